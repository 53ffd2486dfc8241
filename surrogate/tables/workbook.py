"""Excel workbooks as lines of cells that say what a person sees in them.

A number keeps the unit or the percent sign of its format ("92 %", "60 min"), a merged cell stands in each of its rows,
and what is hidden or struck through is read and mentioned. Of a formula its last value counts.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surrogate.tables.opening import open_workbook, refusing_what_is_broken
from surrogate.text import counted

#: What stands for a formula whose value the file does not hold.
NOT_CALCULATED = "#NOT CALCULATED"
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|[_*].|\[\$(?P<currency>[^\]-]*)[^\]]*\]|\[[^\]]*\]'
    r"|General|E[+-]0+|(?P<digits>[0#?][0#?.,]*|[.,][0#?]+)|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_PUNCTUATION = re.compile(r"[\s()+\-/,.]*")
_CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)\s*(-?[\d.]+)\]")
_COMPARED: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "<>": operator.ne,
}  # fmt: skip
_MAX_LISTED = 8


@dataclass(frozen=True, kw_only=True)
class SheetCells:
    """A sheet: its lines as (number in the file, cells), and what is to be said of it.

    ``filled`` are the (line, position) that a merged cell fills, ``across`` the lines in which one spans columns.
    """

    title: str
    lines: Sequence[tuple[int, list[Any]]]
    notes: tuple[str, ...] = ()
    filled: Set[tuple[int, int]] = frozenset()
    across: Mapping[int, str] | None = None


def read_sheets(path: Path, without: Iterable[str]) -> list[SheetCells]:
    """The sheets of a workbook with their cells as a person sees them.

    Args:
        path: The file.
        without: Titles of sheets that are left out.

    Raises:
        InvalidInput: The file is no workbook, or too large a one.
    """
    left_out = set(without)
    written = open_workbook(path, rich_text=True)
    with refusing_what_is_broken(path):
        sheets = [sheet for sheet in written.worksheets if sheet.title not in left_out]
        formulas = any(cell.data_type == "f" for sheet in sheets for row in sheet.iter_rows() for cell in row)
        values = open_workbook(path, data_only=True) if formulas else written
        return [_read_cells(sheet, values[sheet.title]) for sheet in sheets]


def shown(value: Any, number_format: str) -> Any:
    """A number with what its format writes around it, as text; anything else, and a plain number, as it is.

    >>> shown(0.92, "0.0%"), shown(60, '0" min"'), shown(7, '"LS-"000'), shown(1234.5, "#,##0.00"), shown(1500, "0.0,")
    ('92 %', '60 min', 'LS-007', 1234.5, '1.5')

    Args:
        value: Of the cell.
        number_format: As Excel writes it.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or number_format in ("General", "@"):
        return value
    before, after, digits = _find_affixes(_choose_section(number_format, value))
    is_percent = "%" in after
    scale = (100.0 if is_percent else 1.0) / 1000.0 ** (len(digits) - len(digits.rstrip(",")))
    number = repr(value) if scale == 1.0 else f"{value * scale:.15g}"
    if digits.strip("0") == "" and isinstance(value, int) and value >= 0:
        number = number.zfill(len(digits)) if not is_percent else number
    if not before and not after:
        return value if number == repr(value) else number
    return f"{before}{number}{f' {after}' if after else ''}"


def _choose_section(number_format: str, value: float) -> str:
    """The part of a format that is in force: the first whose condition holds, or that of the sign of the number."""
    sections = re.split(r';(?=(?:[^"]*"[^"]*")*[^"]*$)', number_format)
    conditions = [_CONDITION.search(section) for section in sections]
    if any(conditions):
        for section, condition in zip(sections, conditions, strict=True):
            if condition is None or _COMPARED[condition[1]](value, float(condition[2])):
                return section
        return sections[-1]
    place = 1 if value < 0 else 2 if value == 0 else 0
    return sections[place] if place < len(sections) else sections[0]


def _find_affixes(section: str) -> tuple[str, str, str]:
    """What a format writes before and behind the digits, and its placeholders."""
    before, after, digits = "", "", ""
    for token in _TOKEN.finditer(section):
        if token["digits"] is not None or token[0].lower() == "general":
            digits += token["digits"] or "#"
            continue
        literal = token["quoted"] or token["escaped"] or token["currency"] or token["other"] or ""
        if digits:
            after += literal
        else:
            before += literal
    before, after = ("" if _PUNCTUATION.fullmatch(text) else text.strip() for text in (before, after))
    return before, after, digits


def _read_cells(sheet: Any, values: Any) -> SheetCells:
    rows = [[_read_value(cell, values) for cell in row] for row in sheet.iter_rows()]
    # Merged cells first: the value of one may be all that its last rows hold.
    filled, across = _fill(sheet, rows)
    while rows and not any(cell is not None for cell in rows[-1]):
        rows.pop()
    return SheetCells(
        title=sheet.title,
        lines=list(enumerate(rows, 1)),
        notes=tuple(_mention(sheet, len(rows), len(filled))),
        filled=filled,
        across=across,
    )


def _read_value(cell: Any, values: Any) -> Any:
    value = cell.value
    if cell.data_type == "f":
        value = values.cell(cell.row, cell.column).value
        value = NOT_CALCULATED if value is None else value
    if isinstance(value, list):
        # A text without what is struck through in it, unless all is; powers of ten keep their place: ``10^-3``.
        kept = [piece for piece in value if not _is_struck(piece)] or list(value)
        text = ""
        for piece in kept:
            raised = getattr(getattr(piece, "font", None), "vertAlign", None) == "superscript"
            text += f"^{piece}" if raised and text.rstrip().endswith("10") else str(piece)
        return text
    return value if value is None or isinstance(value, str) else shown(value, cell.number_format or "General")


def _is_struck(piece: Any) -> bool:
    font = getattr(piece, "font", None)
    return bool(getattr(font, "strike", None)) and bool(str(piece).strip())


def _fill(sheet: Any, rows: list[list[Any]]) -> tuple[frozenset[tuple[int, int]], dict[int, str]]:
    """Write the value of each merged cell into all of its rows, in its first column; say where columns are merged."""
    filled: set[tuple[int, int]] = set()
    across: dict[int, str] = {}
    for area in sheet.merged_cells.ranges:
        value = rows[area.min_row - 1][area.min_col - 1] if area.min_row <= len(rows) else None
        if value is None:
            continue
        for line in range(area.min_row, min(area.max_row, len(rows)) + 1):
            if area.max_col > area.min_col:
                across[line] = area.coord
            if line > area.min_row:
                rows[line - 1][area.min_col - 1] = value
                filled.add((line, area.min_col - 1))
    return frozenset(filled), across


def _mention(sheet: Any, length: int, filled: int) -> Iterable[str]:
    if filled:
        merged = ", ".join(str(area) for area in list(sheet.merged_cells.ranges)[:_MAX_LISTED])
        yield f"{sheet.title}: merged cells ({merged}) were read as their value in every row."
    if sheet.sheet_state != "visible":
        yield f"{sheet.title}: the sheet is hidden; it was read."
    hidden = [line for line, row in sheet.row_dimensions.items() if _is_hidden(row, row.ht) and 1 < line <= length]
    if hidden:
        yield f"{sheet.title}: {counted(len(hidden), 'hidden row')} read as the others: {_list_lines(hidden)}."
    columns = [letter for letter, column in sheet.column_dimensions.items() if _is_hidden(column, column.width)]
    if columns:
        yield f"{sheet.title}: {counted(len(columns), 'hidden column')} read as the others: {', '.join(columns)}."
    struck = [
        row[0].row
        for row in sheet.iter_rows()
        if any(cell.value is not None and cell.font is not None and cell.font.strike for cell in row)
    ]
    if struck:
        rows = counted(len(struck), "row")
        yield f"{sheet.title}: {rows} struck through, wholly or in part, read as the others: {_list_lines(struck)}."
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    corrected = [c.coordinate for c in cells if isinstance(c.value, list) and any(map(_is_struck, c.value))]
    if corrected:
        yield f"{sheet.title}: what is struck through inside a cell was left out: {_cut_list(corrected)}."
    unseen = [c.coordinate for c in cells if not isinstance(c.value, str | list) and _shows_nothing(c)]
    if unseen:
        count = counted(len(unseen), "cell")
        yield f"{sheet.title}: {count} that the format hides read as the others: {_cut_list(unseen)}."
    commented = [c.coordinate for c in cells if c.comment is not None]
    if commented:
        yield f"{sheet.title}: the comments of {counted(len(commented), 'cell')} were not read: {_cut_list(commented)}."


def _is_hidden(dimension: Any, size: float | None) -> bool:
    return bool(dimension.hidden) or size == 0


def _shows_nothing(cell: Any) -> bool:
    """Whether the format of a number writes nothing for it, as ``;;;`` does."""
    is_number = isinstance(cell.value, int | float) and not isinstance(cell.value, bool)
    return is_number and cell.number_format != "General" and not _choose_section(cell.number_format, cell.value).strip()


def _cut_list(items: Sequence[str]) -> str:
    return ", ".join(items[:_MAX_LISTED]) + (", …" if len(items) > _MAX_LISTED else "")


def _list_lines(lines: Sequence[int]) -> str:
    return f"line {_cut_list([str(line) for line in lines])}"
