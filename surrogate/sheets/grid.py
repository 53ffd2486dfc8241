"""Files as tables of cells: Excel workbooks and CSV of any separator, and which column of the file is which of ours.

A sheet is recognised by its columns, not by their order. The header may be ours (labels in row 1, machine names in
row 2, an example in row 3) or any single row of labels or machine names; a unit in a label is heeded.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from surrogate.errors import Fault, InvalidInput, TableError, Unavailable, UnitError
from surrogate.properties import InForce, PropertyTable, current_table
from surrogate.sheets.columns import (
    COLUMNS,
    EXAMPLE_ID,
    EXPERIMENTS,
    LISTS,
    READ_ME,
    RESULTS,
    SUGGESTIONS,
    Column,
    columns_for,
)
from surrogate.tables.cells import FULL_WIDTH, decimal_evidence, is_either, is_missing, text_of
from surrogate.tables.opening import check_extent, content_of
from surrogate.tables.separated import TITLE_ROWS, count_names, read_separated
from surrogate.tables.workbook import SheetCells, read_sheets
from surrogate.text import counted
from surrogate.units import convert

_UNIT = re.compile(
    r"^(?P<title>.*?)\s*"
    r"(?:(?:/|,|\bin\b)\s*(?P<slash>[^/()\[\]]+(?:/[^()\[\]]+)?)|[\[(]\s*(?P<brackets>[^()\[\]]*)\s*[\])])?\s*$"
)
_OURS = (READ_ME, LISTS, SUGGESTIONS)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a column of ours stands in a file: its position, what the header says, and the unit the header gives."""

    column: Column
    position: int
    header: str
    unit: str | None = None


@dataclass(frozen=True, kw_only=True)
class Grid:
    """One table: places of the known columns, the others by header, and rows as (line number, cells).

    ``refused`` are the rows of which nobody knows which cell is which; ``faults`` say why.
    """

    sheet: str
    places: Mapping[str, Place]
    others: Mapping[str, int]
    rows: Sequence[tuple[int, Sequence[Any]]]
    header: Sequence[Sequence[Any]]
    notes: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    refused: Sequence[tuple[int, Sequence[Any]]] = ()

    def cell(self, row: Sequence[Any], name: str) -> Any:
        """The cell of a column of ours; ``None`` where the file has no such column or the row ends before."""
        place = self.places.get(name)
        return row[place.position] if place is not None and place.position < len(row) else None


@dataclass(frozen=True, kw_only=True)
class Workbook:
    """All tables of a file that hold experiments or results, and how the file was read.

    ``faults`` are about whole tables that could not be read.
    """

    path: Path
    grids: tuple[Grid, ...]
    decimal: str
    notes: tuple[str, ...] = field(default=())
    faults: tuple[Fault, ...] = field(default=())


def read_workbook(
    path: Path,
    *,
    decimal: str | None,
    separator: str | None,
    renamed: Mapping[str, str] | None = None,
    encoding: str | None = None,
) -> Workbook:
    """Open a file; ``decimal``, ``separator`` and ``encoding`` are detected and reported when they are not declared.

    ``renamed`` maps headers of the file to machine names. Raises :class:`Unavailable` without the file,
    :class:`InvalidInput` for what is neither Excel nor CSV, :class:`TableError` when no column is recognised.
    """
    if decimal not in (None, ".", ","):
        raise InvalidInput(f"The decimal sign '{decimal}' is not possible.", hint="Declare '.' or ','.")
    if separator is not None and (len(separator) != 1 or separator in '"\r\n'):
        raise InvalidInput(f"'{separator[:20]}' cannot separate cells.", hint="Declare one character, such as ';'.")
    if not path.is_file():
        raise Unavailable(f"There is no file '{path}'.", hint="Write a template with: surrogate sheet template.")
    notes: list[str] = []
    faults: list[Fault] = []
    is_excel = path.suffix.lower() in (".xlsx", ".xlsm") or content_of(path).startswith(_ZIPPED)
    if is_excel:
        sheets, used = read_sheets(path, without=_OURS), ""
    else:
        sheet, used = _text(path, separator, encoding, notes, faults)
        sheets = [sheet]
    grids = {sheet.title: _grid(sheet, renamed or {}, keep=not is_excel) for sheet in sheets}
    known = tuple(grid for grid in grids.values() if grid is not None)
    if not known:
        unrecognised = Fault(table=path.name, row=1, column=None, message="No column is recognised.", hint=_COMPARE)
        raise TableError([*faults, unrecognised])
    unread = [s.title for s in sheets if grids[s.title] is None and any(_is_filled(row) for _, row in s.lines)]
    faults += [
        Fault(
            table=name, row=1, column=None, message="No column is recognised, so nothing here is read.", hint=_COMPARE
        )
        for name in unread
        if name in _OWN
    ]
    notes += [f"The sheet {name} has no columns of a lab sheet and is not read." for name in unread if name not in _OWN]
    notes += [note for sheet in sheets if grids[sheet.title] is not None for note in sheet.notes]
    if is_excel and any(grid.sheet not in _OWN for grid in known) and len(known) > 1:
        notes.append(f"Read were the sheets {', '.join(grid.sheet for grid in known)}.")
    sign, sign_notes = _decimal(known, decimal, used)
    notes += [*sign_notes, *(note for grid in known for note in grid.notes)]
    return Workbook(path=path, grids=known, decimal=sign, notes=tuple(notes), faults=tuple(faults))


#: How a zip archive begins, and so a workbook, whatever its name ends in.
_ZIPPED = b"PK\x03\x04"
_OWN = (EXPERIMENTS, RESULTS)
_COMPARE = "Compare row 1 with a template; a program can map its headers with columns = {…}."


def _is_filled(row: Sequence[Any]) -> bool:
    return any(text_of(cell) for cell in row)


def _text(
    path: Path, separator: str | None, encoding: str | None, notes: list[str], faults: list[Fault]
) -> tuple[SheetCells, str]:
    """The lines of a text file, and what separates its cells."""
    table = read_separated(path, table=path.stem, is_name=_is_name, separator=separator, encoding=encoding)
    check_extent(len(table.lines), max((len(row) for _, row in table.lines), default=0))
    notes += table.notes
    faults += [table.fault] if table.fault is not None else []
    cells = [(number, [cell if cell.strip() else None for cell in row]) for number, row in table.lines]
    return SheetCells(title=path.stem, lines=cells), table.separator


def _is_name(cell: Any) -> bool:
    return _recognised(cell) is not None


def _decimal(grids: Sequence[Grid], declared: str | None, separator: str) -> tuple[str, list[str]]:
    """The decimal sign: declared, or the one that the cells with numbers prove.

    Where nothing proves it in a table of a country with decimal commas (cells separated by ';'), a point before three
    digits is a question, as it is beside decimal commas.
    """
    places = [(grid, place) for grid in grids for place in grid.places.values() if place.column.is_number]
    proofs = Counter(
        decimal_evidence(grid.cell(row, place.column.name)) for grid, place in places for _, row in grid.rows
    )
    commas, points = proofs[","], proofs["."]
    if declared is not None:
        return declared, [f"Decimal sign as declared: '{declared}'."]
    if commas and not points:
        return ",", [f"Decimal commas were detected ({counted(commas, 'cell')}) and read as such."]
    if commas and points:
        both = f"{counted(points, 'number')} with decimal points and {commas} with decimal commas"
        return ".", [f"{both}; those with commas are not read. Declare decimal = ',' if commas are right."]
    if separator != ";" or points:
        return ".", []
    unsure = [
        cell for grid, place in places for _, row in grid.rows if is_either(cell := grid.cell(row, place.column.name))
    ]
    if not unsure:
        return ",", []
    sign = "." if all("," in cell for cell in unsure) else ","  # the sign of which each is a question
    return sign, [f"Nothing says whether {str(unsure[0]).strip()} is a thousand or a little more than one."]


def _normal(text: str) -> str:
    return re.sub(r"[\s_\-]+", " ", text.translate(FULL_WIDTH)).strip().casefold()


@cache
def _spellings(table: PropertyTable) -> Mapping[str, Column]:
    """Every way to write a column, for one table of properties."""
    columns: dict[str, Column] = {}
    for column in columns_for(table).values():
        for spelling in (column.name, column.title, *column.aliases):
            columns.setdefault(_normal(spelling), column)
    return columns


_BY_NAME: Mapping[str, Column] = InForce(lambda: _spellings(current_table()))


def _recognised(header: Any) -> tuple[Column, str | None] | None:
    """The column a header means, and the unit it gives."""
    text = text_of(header)
    if text is None:
        return None
    if _normal(text) in _BY_NAME:
        return _BY_NAME[_normal(text)], None
    match = _UNIT.match(text.translate(FULL_WIDTH))
    if match is None or _normal(match["title"]) not in _BY_NAME:
        return None
    column, unit = _BY_NAME[_normal(match["title"])], (match["slash"] or match["brackets"] or "").strip()
    if unit and not column.is_number:
        return None
    return column, None if unit in ("", column.unit) else unit


def _grid(sheet: SheetCells, renamed: Mapping[str, str], *, keep: bool) -> Grid | None:
    """A table with its header understood; ``None`` for one in which no column is."""
    lines = [(number, row) for number, row in sheet.lines if _is_filled(row)]
    if not lines:
        return None
    top = _top(lines)
    labels = list(lines[top][1])
    names = _machine_names(lines[top + 1][1]) if top + 1 < len(lines) else None
    places, others, notes, faults = _places(sheet.title, labels, names, renamed, lines[top][0])
    if not places or (len(places) < 2 and not keep and sheet.title != EXPERIMENTS):
        return None
    start = top + (2 if names is not None else 1)
    header, body = [row for _, row in lines[top:start]], lines[start:]
    titles = [f"{sheet.title}, line {number}: a title, skipped: {_words(row)}." for number, row in lines[:top]]
    if names is None and body and (units := _units_below(places, body[0][1])):
        places = {name: replace(place, unit=units.get(name, place.unit)) for name, place in places.items()}
        notes = (*notes, *(_converted(sheet.title, places[name]) for name in units))
        header, body = [*header, body[0][1]], body[1:]
    unread = {place.position: fault for place in places.values() if (fault := _unknown_unit(sheet.title, lines, place))}
    grid = Grid(sheet=sheet.title, places=places, others=others, rows=(), header=header)
    if body and (text_of(grid.cell(body[0][1], "row_id")) or "").casefold() == EXAMPLE_ID:
        header, body = [*header, body[0][1]], body[1:]
    if keep:
        width = max(len(labels), len(names or ()))
        ragged = {number: fault for number, row in body if (fault := _ragged(sheet.title, number, row, width))}
    else:
        ragged = _merged(sheet, places, {number for number, _ in body})
    ended = next((number for number, row in body if _is_header(row) and not _same(row, labels)), None)
    body = [(number, row) for number, row in body if number == ended or not _is_header(row)]
    held_back = {*ragged, *(number for number, row in body if _fills(row, unread))}
    held_back |= {number for number, _ in body if ended is not None and number >= ended}
    if ended is not None:
        ragged = {number: fault for number, fault in ragged.items() if number < ended}
        ragged[ended] = _second_header(sheet.title, ended)
    return Grid(
        sheet=sheet.title,
        places=places,
        others=others,
        rows=[(number, row) for number, row in body if number not in held_back],
        header=header,
        notes=(*titles, *notes),
        faults=(*faults, *unread.values(), *ragged.values()),
        refused=[(number, row) for number, row in body if number in held_back],
    )


def _units_below(places: Mapping[str, Place], row: Sequence[Any]) -> dict[str, str]:
    """The units that a row of their own gives below the header; nothing where the row holds anything else."""
    units: dict[str, str] = {}
    for name, place in places.items():
        cell = row[place.position] if place.position < len(row) else None
        text = None if is_missing(cell) else text_of(cell)
        if text is None:
            continue
        unit = text.translate(FULL_WIDTH).strip("[]() /")
        if not place.column.is_number or not _is_convertible(unit, place.column.unit):
            return {}
        if place.unit not in (None, unit) or (place.header == place.column.label and unit != place.column.unit):
            return {}
        units[name] = unit
    return {name: unit for name, unit in units.items() if unit != places[name].column.unit} if units else {}


def _is_convertible(unit: str, wanted: str) -> bool:
    try:
        convert(1.0, unit, wanted)
    except UnitError:
        return False
    return True


def _unknown_unit(table: str, lines: Sequence[tuple[int, Sequence[Any]]], place: Place) -> Fault | None:
    """What is wrong with the unit that a header gives: it is said once, and not in every row."""
    if place.unit is None:
        return None
    try:
        convert(1.0, place.unit, place.column.unit, name=place.column.title)
    except UnitError as error:
        top = next((number for number, row in lines if place.header in map(text_of, row)), lines[0][0])
        return Fault(table=table, row=top, column=place.header, message=error.message, hint=error.hint)
    return None


def _fills(row: Sequence[Any], positions: Iterable[int]) -> bool:
    return any(position < len(row) and not is_missing(row[position]) for position in positions)


def _is_header(row: Sequence[Any]) -> bool:
    """Whether a row names columns instead of filling them."""
    filled = sum(1 for cell in row if text_of(cell))
    return filled >= 2 and 2 * count_names(row, _is_name) > filled and count_names(row, _is_name) >= 2


def _same(one: Sequence[Any], other: Sequence[Any]) -> bool:
    return list(filter(None, map(text_of, one))) == list(filter(None, map(text_of, other)))


def _second_header(table: str, number: int) -> Fault:
    message = "A second header stands here, so nobody knows what the cells below are; they were not read."
    return Fault(table=table, row=number, column=None, message=message, hint="Give each table a sheet of its own.")


def _top(lines: Sequence[tuple[int, Sequence[Any]]]) -> int:
    """The row of labels: the first of those with the most recognised columns; machine names stand below it."""
    scores = [0 if _machine_names(row) else count_names(row, _is_name) for _, row in lines[:TITLE_ROWS]]
    if max(scores) < 2 or scores[0] == max(scores):
        return 0
    if _machine_names(lines[0][1]) or (len(lines) > 1 and _machine_names(lines[1][1])):
        return 0
    return scores.index(max(scores))


def _words(row: Sequence[Any]) -> str:
    text = ", ".join(filter(None, map(text_of, row)))
    return text if len(text) <= 60 else f"{text[:60]}…"


def _ragged(table: str, number: int, row: Sequence[Any], width: int) -> Fault | None:
    """A line of text with more or fewer cells than the header has: nobody knows which cell is which."""
    if len(row) < width:
        message, hint = f"is cut short: {len(row)} cells", "Restore the line; an empty cell keeps its separator."
    elif any(text_of(cell) for cell in row[width:]):
        message = f"has too many: {len(row)} cells"
        hint = "A separator inside a cell, such as a decimal comma, needs quotes around the cell."
    else:
        return None
    message = f"The line {message} where the header has {width}."
    return Fault(table=table, row=number, column=None, message=message, hint=hint)


def _merged(sheet: SheetCells, places: Mapping[str, Place], numbers: Set[int]) -> dict[int, Fault]:
    """Rows in which merged cells leave open what belongs to which row or column."""
    faults: dict[int, Fault] = {}
    hint = "Unmerge the cells and write into each what holds for it."
    for number, area in (sheet.across or {}).items():
        if number in numbers:
            message = f"The cells {area} are merged across columns."
            faults[number] = Fault(table=sheet.title, row=number, column=None, message=message, hint=hint)
    for place in places.values():
        for number in numbers:
            if place.column.quantity is not None and (number, place.position) in sheet.filled:
                message = f"One merged cell gives {place.column.title.lower()} for several rows."
                faults[number] = Fault(table=sheet.title, row=number, column=place.header, message=message, hint=hint)
    return faults


def _machine_names(row: Sequence[Any]) -> list[str] | None:
    """Row 2, if it holds machine names: then it decides."""
    texts = [text_of(cell) or "" for cell in row]
    filled = [text for text in texts if text]
    known = sum(text in COLUMNS for text in filled)
    return texts if known >= 2 and known >= 0.5 * len(filled) else None


def _places(
    sheet: str, labels: Sequence[Any], names: Sequence[str] | None, renamed: Mapping[str, str], top: int
) -> tuple[dict[str, Place], dict[str, int], tuple[str, ...], tuple[Fault, ...]]:
    places: dict[str, Place] = {}
    others: dict[str, int] = {}
    notes, faults = [], []
    for position in range(max(len(labels), len(names or ()))):
        label = text_of(labels[position]) if position < len(labels) else None
        name = names[position] if names is not None and position < len(names) else ""
        header = label or name
        if not header:
            continue
        meaning = _meant(label, name, renamed)
        if meaning is None:
            others[header] = position
            notes.append(_unknown(sheet, header))
            continue
        column, unit = meaning
        if column.name in places:
            message, hint = f"A second column holds {column.title.lower()}.", "Keep one of them, or rename the other."
            faults.append(Fault(table=sheet, row=top, column=header, message=message, hint=hint))
            continue
        place = places[column.name] = Place(column=column, position=position, header=header, unit=unit)
        if unit is not None and _is_convertible(unit, column.unit):
            notes.append(_converted(sheet, place))
    return places, others, tuple(notes), tuple(faults)


def _converted(sheet: str, place: Place) -> str:
    return (
        f"{sheet}, column {place.header}: read in {place.unit} and converted to {place.column.unit or 'a pure number'}."
    )


def _meant(label: str | None, name: str, renamed: Mapping[str, str]) -> tuple[Column, str | None] | None:
    if label is not None and label in renamed:
        return COLUMNS[renamed[label]], None
    if name in COLUMNS:
        written = _recognised(label)
        return COLUMNS[name], written[1] if written is not None and written[0].name == name else None
    return _recognised(label)


def _unknown(sheet: str, header: str) -> str:
    near = get_close_matches(_normal(header), list(_BY_NAME), n=1, cutoff=0.75)
    meant = f"; did you mean '{_BY_NAME[near[0]].label}'?" if near else ""
    return f"{sheet}, column {header}: not a column of the sheet, left as it is{meant}."
