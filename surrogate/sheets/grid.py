"""Files as tables of cells: Excel workbooks and CSV of any separator.

A sheet is recognised by its columns, not by their order (see :mod:`surrogate.sheets.headers`). What stands above its
header is a title; rows of which nobody knows which cell is which are held back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from surrogate.errors import Fault, InvalidInput, TableError, Unavailable
from surrogate.sheets.columns import (
    EXAMPLE_ID,
    EXPERIMENTS,
    LISTS,
    READ_ME,
    RESULTS,
    SUGGESTIONS,
)
from surrogate.sheets.headers import (
    Place,
    check_header,
    check_unit,
    describe_conversion,
    find_lost_results,
    find_places,
    is_name,
    names_columns,
    read_machine_names,
    read_units_below,
)
from surrogate.tables.cells import is_missing, text_of
from surrogate.tables.decimals import find_decimal
from surrogate.tables.opening import check_extent, content_of
from surrogate.tables.reading import ZIPPED
from surrogate.tables.separated import TITLE_ROWS, count_names, read_separated
from surrogate.tables.workbook import SheetCells, read_sheets

#: Rows of cells, each with its number in the file.
Lines = Sequence[tuple[int, Sequence[Any]]]
_OURS = (READ_ME, LISTS, SUGGESTIONS)


@dataclass(frozen=True, kw_only=True)
class Grid:
    """One table: places of the known columns, the others by header, and rows as (line number, cells).

    ``refused`` are the rows of which nobody knows which cell is which; ``faults`` say why.
    """

    sheet: str
    places: Mapping[str, Place]
    others: Mapping[str, int]
    rows: Lines
    header: Sequence[Sequence[Any]]
    notes: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    refused: Lines = ()

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
    """Open a file of experiments as grids of cells under known columns.

    Args:
        path: Excel or CSV.
        decimal: "." or ","; this and what follows is detected and reported when not declared.
        separator: One character between cells.
        renamed: Headers of the file → machine names.
        encoding: Of a text file.

    Raises:
        Unavailable: There is no such file.
        InvalidInput: It is neither Excel nor CSV.
        TableError: No column is recognised.
    """
    if decimal not in (None, ".", ","):
        raise InvalidInput(f"The decimal sign '{decimal}' is not possible.", hint="Declare '.' or ','.")
    if separator is not None and (len(separator) != 1 or separator in '"\r\n'):
        raise InvalidInput(f"'{separator[:20]}' cannot separate cells.", hint="Declare one character, such as ';'.")
    if not path.is_file():
        raise Unavailable(f"There is no file '{path}'.", hint="Write a template with: surrogate sheet template.")
    notes: list[str] = []
    faults: list[Fault] = []
    is_excel = path.suffix.lower() in (".xlsx", ".xlsm") or content_of(path).startswith(ZIPPED)
    if is_excel:
        sheets, used = read_sheets(path, without=_OURS), ""
    else:
        sheet, used = _read_text(path, separator, encoding, notes, faults)
        sheets = [sheet]
    grids = {sheet.title: _make_grid(sheet, renamed or {}, keep=not is_excel) for sheet in sheets}
    recognised = tuple(grid for grid in grids.values() if grid is not None)
    if not recognised:
        raise TableError([*faults, _explain_unrecognised(path.name, sheets)])
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
    if is_excel and any(grid.sheet not in _OWN for grid in recognised) and len(recognised) > 1:
        notes.append(f"Read were the sheets {', '.join(grid.sheet for grid in recognised)}.")
    sign, sign_notes = _find_decimal_sign(recognised, decimal, used)
    notes += [*sign_notes, *(note for grid in recognised for note in grid.notes)]
    return Workbook(path=path, grids=recognised, decimal=sign, notes=tuple(notes), faults=tuple(faults))


_OWN = (EXPERIMENTS, RESULTS)
_COMPARE = "Compare row 1 with a template; a program can map its headers with columns = {…}."


def _explain_unrecognised(name: str, sheets: Sequence[SheetCells]) -> Fault:
    """Why nothing of a file can be read."""
    lines = [line for sheet in sheets for line in sheet.lines if _is_filled(line[1])]
    message, hint = "No column is recognised.", _COMPARE
    if not lines:
        message = "No cell of it can hold an experiment or a result."
        hint = "Is it the right file?" if sheets else f"Its sheets {', '.join(_OURS)} are not read."
    elif max(sum(1 for cell in row if text_of(cell)) for _, row in lines) == 1:
        message, hint = "Nothing separates its cells.", "Separate them with commas, semicolons or tabs."
    return Fault(table=name, row=lines[0][0] if lines else 1, column=None, message=message, hint=hint)


def _is_filled(row: Sequence[Any]) -> bool:
    return any(text_of(cell) for cell in row)


def _read_text(
    path: Path, separator: str | None, encoding: str | None, notes: list[str], faults: list[Fault]
) -> tuple[SheetCells, str]:
    """The lines of a text file, and what separates its cells."""
    table = read_separated(path, table=path.stem, is_name=is_name, separator=separator, encoding=encoding)
    check_extent(len(table.lines), max((len(row) for _, row in table.lines), default=0))
    notes += table.notes
    faults += [table.fault] if table.fault is not None else []
    cells = [(number, [cell if cell.strip() else None for cell in row]) for number, row in table.lines]
    return SheetCells(title=path.stem, lines=cells), table.separator


def _find_decimal_sign(grids: Sequence[Grid], declared: str | None, separator: str) -> tuple[str, list[str]]:
    places = [(grid, place) for grid in grids for place in grid.places.values() if place.column.is_number]
    numbers = [grid.cell(row, place.column.name) for grid, place in places for _, row in grid.rows]
    return find_decimal(numbers, declared=declared, separator=separator)


def _make_grid(sheet: SheetCells, renamed: Mapping[str, str], *, keep: bool) -> Grid | None:
    """A table with its header understood; ``None`` for one in which no column is."""
    lines = [(number, row) for number, row in sheet.lines if _is_filled(row)]
    if not lines:
        return None
    top = _find_top(lines)
    labels = list(lines[top][1])
    names = read_machine_names(lines[top + 1][1]) if top + 1 < len(lines) else None
    places, others, notes, faults = find_places(sheet.title, labels, names, renamed, lines[top][0])
    if not places or (len(places) < 2 and not keep and sheet.title != EXPERIMENTS):
        return None
    if _is_turned(lines, top, len(places)):
        message = "The names of the columns stand below each other, in the first column."
        turned = Fault(table=sheet.title, row=lines[top][0], column=None, message=message, hint="Turn the table.")
        return Grid(sheet=sheet.title, places={}, others=others, rows=(), header=(), faults=(turned,))
    start = top + (2 if names is not None else 1)
    header, body = [row for _, row in lines[top:start]], lines[start:]
    titles = [f"{sheet.title}, line {number}: a title, skipped: {_quote_row(row)}." for number, row in lines[:top]]
    if names is None and body and (units := read_units_below(places, body[0][1])):
        places = {name: replace(place, unit=units.get(name, place.unit)) for name, place in places.items()}
        notes = (*notes, *(describe_conversion(sheet.title, places[name]) for name in units))
        header, body = [*header, body[0][1]], body[1:]
    grid = Grid(sheet=sheet.title, places=places, others=others, rows=(), header=header)
    if body and (text_of(grid.cell(body[0][1], "row_id")) or "").casefold() == EXAMPLE_ID:
        header, body = [*header, body[0][1]], body[1:]
    grid = replace(grid, header=header, notes=(*titles, *notes), faults=faults)
    again = {number: _are_same(row, labels) for number, row in body if names_columns(row)}
    ended = next((number for number, same in again.items() if not same), None)
    body = [(number, row) for number, row in body if number == ended or number not in again]
    if keep:
        width = max(len(labels), len(names or ()))
        ragged = {number: fault for number, row in body if (fault := _check_length(sheet.title, number, row, width))}
    else:
        ragged = _find_merged(sheet, places, {number for number, _ in body})
    if ended is not None:
        message = "A second header stands here, so nobody knows what the cells below are; they were not read."
        hint = "Give each table a sheet of its own."
        second = Fault(table=sheet.title, row=ended, column=None, message=message, hint=hint)
        ragged = {**{number: fault for number, fault in ragged.items() if number < ended}, ended: second}
    return _fill_grid(grid, lines[top][0], lines, body, ragged, ended)


def _fill_grid(grid: Grid, top: int, lines: Lines, body: Lines, ragged: Mapping[int, Fault], ended: int | None) -> Grid:
    """The table with its rows; held back are those of which a cell or the whole cannot be read.

    Args:
        grid: Without rows.
        top: The number of the header.
        lines: All that are filled.
        body: Those below the header.
        ragged: The faults of rows of which nobody knows which cell is which.
        ended: The number of a second header, from which on nothing is read.
    """
    table, places, others = grid.sheet, grid.places, grid.others
    unread = {place.position: fault for place in places.values() if (fault := check_unit(table, lines, place))}
    unread |= {place: fault for name, place in others.items() if (fault := check_header(table, top, name))}
    unread = {**find_lost_results(table, top, places, others), **unread}
    held_back = {*ragged, *(number for number, row in body if _fills(row, unread))}
    held_back |= {number for number, _ in body if ended is not None and number >= ended}
    return replace(
        grid,
        rows=[(number, row) for number, row in body if number not in held_back],
        faults=(*grid.faults, *unread.values(), *ragged.values()),
        refused=[(number, row) for number, row in body if number in held_back],
    )


def _is_turned(lines: Lines, top: int, named: int) -> bool:
    """Whether the names of the columns stand in the first column instead of the first row."""
    first = [row[0] for _, row in lines[top:] if row]
    return named <= 1 and count_names(first, is_name) > max(named, 1)


def _fills(row: Sequence[Any], positions: Iterable[int]) -> bool:
    return any(position < len(row) and not is_missing(row[position]) for position in positions)


def _are_same(one: Sequence[Any], other: Sequence[Any]) -> bool:
    return list(filter(None, map(text_of, one))) == list(filter(None, map(text_of, other)))


def _find_top(lines: Lines) -> int:
    """The row of labels: the first of those with the most recognised columns; machine names stand below it."""
    scores = [0 if read_machine_names(row) else count_names(row, is_name) for _, row in lines[:TITLE_ROWS]]
    if max(scores) < 2 or scores[0] == max(scores):
        return 0
    if read_machine_names(lines[0][1]) or (len(lines) > 1 and read_machine_names(lines[1][1])):
        return 0
    return scores.index(max(scores))


def _quote_row(row: Sequence[Any]) -> str:
    text = ", ".join(filter(None, map(text_of, row)))
    return text if len(text) <= 60 else f"{text[:60]}…"


def _check_length(table: str, number: int, row: Sequence[Any], width: int) -> Fault | None:
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


def _find_merged(sheet: SheetCells, places: Mapping[str, Place], numbers: Set[int]) -> dict[int, Fault]:
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
