"""Files as tables of cells: Excel workbooks and CSV of any separator, and which column of the file is which of ours.

A sheet is recognised by its columns, not by their order. The header may be ours (labels in row 1, machine names in
row 2, an example in row 3) or any single row of labels or machine names; a unit in a label is heeded.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from surrogate.errors import Fault, InvalidInput, TableError, Unavailable
from surrogate.properties import InForce, PropertyTable, current_table
from surrogate.sheets.cells import decimal_evidence, text_of
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
from surrogate.sheets.opening import check_extent, content_of, open_workbook, refusing_what_is_broken
from surrogate.text import counted

SEPARATORS = (",", ";", "\t", "|")
#: What stands for a formula whose value the file does not hold; numbers read it as an error of the spreadsheet.
NOT_CALCULATED = "#NOT CALCULATED"
_UNIT = re.compile(
    r"^(?P<title>.*?)\s*"
    r"(?:/\s*(?P<slash>[^/()\[\]]+(?:/[^()\[\]]+)?)|[\[(]\s*(?P<brackets>[^()\[\]]*)\s*[\])])?\s*$"
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
    """One table: places of the known columns, the others by header, and rows as (line number, cells)."""

    sheet: str
    places: Mapping[str, Place]
    others: Mapping[str, int]
    rows: Sequence[tuple[int, Sequence[Any]]]
    header: Sequence[Sequence[Any]]
    notes: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()

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
    path: Path, *, decimal: str | None, separator: str | None, renamed: Mapping[str, str] | None = None
) -> Workbook:
    """Open a file; ``decimal`` and ``separator`` are detected and reported when they are not declared.

    ``renamed`` maps headers of the file to machine names. Raises :class:`Unavailable` without the file,
    :class:`InvalidInput` for what is neither Excel nor CSV, :class:`TableError` when no column is recognised.
    """
    if decimal not in (None, ".", ","):
        raise InvalidInput(f"The decimal sign '{decimal}' is not possible.", hint="Declare '.' or ','.")
    if not path.is_file():
        raise Unavailable(f"There is no file '{path}'.", hint="Write a template with: surrogate sheet template.")
    notes: list[str] = []
    excel = path.suffix.lower() in (".xlsx", ".xlsm")
    tables = _excel(path) if excel else {path.stem: _csv(path, separator, notes)}
    grids = {name: _grid(name, rows, renamed or {}, keep=not excel) for name, rows in tables.items()}
    known = tuple(grid for grid in grids.values() if grid is not None)
    if not known:
        raise TableError(
            [Fault(table=path.name, row=1, column=None, message="No column is recognised.", hint=_COMPARE)]
        )
    unread = [name for name, grid in grids.items() if grid is None and any(map(_is_filled, tables[name]))]
    faults = [
        Fault(
            table=name, row=1, column=None, message="No column is recognised, so nothing here is read.", hint=_COMPARE
        )
        for name in unread
        if name in _OWN
    ]
    notes += [f"The sheet {name} has no columns of a lab sheet and is not read." for name in unread if name not in _OWN]
    found, sign_notes = _decimal(known, decimal)
    grid_notes = [note for grid in known for note in grid.notes]
    return Workbook(
        path=path, grids=known, decimal=found, notes=(*notes, *sign_notes, *grid_notes), faults=tuple(faults)
    )


_OWN = (EXPERIMENTS, RESULTS)
_COMPARE = "Compare row 1 with a template; a program can map its headers with columns = {…}."


def _is_filled(row: Sequence[Any]) -> bool:
    return any(text_of(cell) for cell in row)


def _excel(path: Path) -> dict[str, list[list[Any]]]:
    """The cells of each sheet; of a formula its last value, or a mark where the file does not hold one."""
    written = open_workbook(path)
    with refusing_what_is_broken(path):
        sheets = [sheet for sheet in written.worksheets if sheet.title not in _OURS]
        formulas = any(cell.data_type == "f" for sheet in sheets for row in sheet.iter_rows() for cell in row)
        values = open_workbook(path, data_only=True) if formulas else written
        tables = {}
        for sheet in sheets:
            shown = values[sheet.title]
            rows = [[_value(cell, shown) for cell in row] for row in sheet.iter_rows()]
            while rows and not any(cell is not None for cell in rows[-1]):
                rows.pop()
            tables[sheet.title] = rows
    return tables


def _value(cell: Any, shown: Any) -> Any:
    if cell.data_type != "f":
        return cell.value
    found = shown.cell(cell.row, cell.column).value
    return NOT_CALCULATED if found is None else found


def _csv(path: Path, separator: str | None, notes: list[str]) -> list[list[Any]]:
    with refusing_what_is_broken(path):
        text = _decoded(path, notes)
        if text[:4].lower() == "sep=":
            line, _, text = text.partition("\n")
            separator = separator or line[4:].strip("\r\n") or "\t"
        used = separator or _separator(text)
        if separator is None and used != ",":
            notes.append(f"Cells are separated by '{'tab' if used == chr(9) else used}'.")
        rows: list[list[Any]] = []
        widest = 0
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=used):
            widest = max(widest, len(row))
            rows.append([cell if cell.strip() else None for cell in row])
            check_extent(len(rows), widest)
    return rows


def _decoded(path: Path, notes: list[str]) -> str:
    raw = content_of(path)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
            text = raw.decode("utf-16")
            notes.append("The file is in UTF-16.")
        else:
            text = raw.decode("cp1252", errors="replace")
            notes.append("The file is not in UTF-8; it was read as Windows-1252.")
    if "\x00" in text:
        raise InvalidInput(f"'{path.name}' is neither a workbook nor a text file.", hint="Save it as .xlsx or CSV.")
    return text


def _separator(text: str) -> str:
    """The separator that splits the first line into the most recognised columns, else into the most cells."""
    first = next((line for line in text.splitlines() if line.strip()), "")

    def score(separator: str) -> tuple[int, int]:
        cells = next(csv.reader([first], delimiter=separator), [])
        return sum(_recognised(cell) is not None for cell in cells), len(cells)

    return max(SEPARATORS, key=score)


def _decimal(grids: Sequence[Grid], declared: str | None) -> tuple[str, list[str]]:
    """The decimal sign: declared, or the one that the cells with numbers prove."""
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
        said = f"{points} numbers have decimal points and {commas} decimal commas"
        return ".", [f"{said}; those with commas are not read. Declare decimal = ',' if commas are right."]
    return ".", []


def _normal(text: str) -> str:
    return re.sub(r"[\s_\-]+", " ", text).strip().casefold()


@cache
def _spellings(table: PropertyTable) -> Mapping[str, Column]:
    """Every way to write a column, for one table of properties."""
    found: dict[str, Column] = {}
    for column in columns_for(table).values():
        for spelling in (column.name, column.title, *column.aliases):
            found.setdefault(_normal(spelling), column)
    return found


_BY_NAME: Mapping[str, Column] = InForce(lambda: _spellings(current_table()))


def _recognised(header: Any) -> tuple[Column, str | None] | None:
    """The column a header means, and the unit it gives."""
    text = text_of(header)
    if text is None:
        return None
    if _normal(text) in _BY_NAME:
        return _BY_NAME[_normal(text)], None
    match = _UNIT.match(text)
    if match is None or _normal(match["title"]) not in _BY_NAME:
        return None
    column, unit = _BY_NAME[_normal(match["title"])], (match["slash"] or match["brackets"] or "").strip()
    if unit and not column.is_number:
        return None
    return column, None if unit in ("", column.unit) else unit


def _grid(sheet: str, rows: Sequence[Sequence[Any]], renamed: Mapping[str, str], *, keep: bool) -> Grid | None:
    """A table with its header understood; ``None`` for one in which no column is."""
    filled = [place for place, row in enumerate(rows) if _is_filled(row)]
    if not filled:
        return None
    top = filled[0]
    labels = list(rows[top])
    names = _machine_names(rows[top + 1]) if top + 1 < len(rows) else None
    places, others, notes, faults = _places(sheet, labels, names, renamed)
    if not places or (len(places) < 2 and not keep and sheet != EXPERIMENTS):
        return None
    start = top + (2 if names is not None else 1)
    header = [rows[place] for place in range(top, start)]
    grid = Grid(sheet=sheet, places=places, others=others, rows=(), header=header, notes=notes, faults=faults)
    body = [(place + 1, row) for place, row in enumerate(rows) if place >= start and any(text_of(c) for c in row)]
    if body and (text_of(grid.cell(body[0][1], "row_id")) or "").casefold() == EXAMPLE_ID:
        header, body = [*header, body[0][1]], body[1:]
    return Grid(sheet=sheet, places=places, others=others, rows=body, header=header, notes=notes, faults=faults)


def _machine_names(row: Sequence[Any]) -> list[str] | None:
    """Row 2, if it holds machine names: then it decides."""
    texts = [text_of(cell) or "" for cell in row]
    filled = [text for text in texts if text]
    known = sum(text in COLUMNS for text in filled)
    return texts if known >= 2 and known >= 0.5 * len(filled) else None


def _places(
    sheet: str, labels: Sequence[Any], names: Sequence[str] | None, renamed: Mapping[str, str]
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
        found = _meant(label, name, renamed)
        if found is None:
            others[header] = position
            notes.append(_unknown(sheet, header))
            continue
        column, unit = found
        if column.name in places:
            message, hint = f"A second column holds {column.title.lower()}.", "Keep one of them, or rename the other."
            faults.append(Fault(table=sheet, row=1, column=header, message=message, hint=hint))
            continue
        if unit is not None:
            notes.append(f"{sheet}, column {header}: read in {unit} and converted to {column.unit or 'a pure number'}.")
        places[column.name] = Place(column=column, position=position, header=header, unit=unit)
    return places, others, tuple(notes), tuple(faults)


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
