"""The rows that were held back, in a workbook of their own, with a comment on every cell that needs a look."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from surrogate.errors import Fault
from surrogate.sheets.answers import SheetReading
from surrogate.sheets.grid import Grid
from surrogate.sheets.workbook import put, save_workbook


def write_errors(reading: SheetReading, path: str | Path, *, more: Sequence[Fault] = ()) -> Path | None:
    """Write the rows with faults and questions to an Excel file.

    Header and cells are those of the file, so a repaired row can be read from here or copied back. The source is never
    changed.

    Args:
        reading: From :func:`surrogate.sheets.read_sheet`.
        path: Where to write.
        more: Further faults, such as those of an import.

    Returns:
        The path; ``None``, and no file, where nothing is held back.
    """
    import openpyxl

    held_back = [*reading.faults, *reading.questions, *more]
    if not held_back:
        return None
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for grid in reading.workbook.grids:
        sheet_faults = [fault for fault in held_back if fault.table == grid.sheet]
        if sheet_faults:
            _write(workbook.create_sheet(grid.sheet), grid, sheet_faults)
    return save_workbook(workbook, Path(path))


def _write(sheet: Any, grid: Grid, faults: Sequence[Fault]) -> None:
    for last, row in enumerate(grid.header, 1):
        _fill(sheet, last, row)
    _mark(sheet, 1, grid, [fault for fault in faults if fault.row is None or fault.row <= len(grid.header)])
    last = len(grid.header)
    for number, cells in sorted((*grid.rows, *grid.refused), key=lambda row: row[0]):
        row_faults = [fault for fault in faults if fault.row == number]
        if row_faults:
            last += 1
            _fill(sheet, last, cells)
            _mark(sheet, last, grid, row_faults)


def _fill(sheet: Any, row: int, cells: Iterable[Any]) -> None:
    """The cells of one row as they were read: text of a file stays text, whatever a spreadsheet would make of it."""
    for position, value in enumerate(cells, 1):
        put(sheet, row, position, value)


def _mark(sheet: Any, row: int, grid: Grid, faults: Iterable[Fault]) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    for fault in faults:
        cell = sheet.cell(row, _find_position(grid, fault.column) + 1)
        before = f"{cell.comment.text}\n" if cell.comment is not None else ""
        cell.comment = Comment(
            f"{before}{fault.message} {fault.hint}".strip(), "sulfide-surrogate", width=320, height=120
        )
        cell.fill = PatternFill("solid", fgColor="FFC7CE")


def _find_position(grid: Grid, column: str | None) -> int:
    for place in grid.places.values():
        if column in (place.header, place.column.label, place.column.name):
            return place.position
    row_id = grid.places.get("row_id")
    return row_id.position if row_id is not None else 0
