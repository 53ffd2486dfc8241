"""Sheets that come over HTTP, and how much of one is read: what every door for sheets has in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from serving.http.errors import ProblemError, clean, fault_of
from surrogate.errors import CampaignError, InvalidInput, StoreUnavailable, SurrogateError, TableError
from surrogate.errors import Fault as SheetFault
from surrogate.execution.isolated import work_apart
from surrogate.sheets import SheetReading, read_sheet
from surrogate.tables.opening import try_to_open
from surrogate.wire.problems import Fault
from surrogate.wire.sheets import CellFault

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
#: Media type → ending of the file.
SHEETS = {XLSX: ".xlsx", CSV: ".csv"}


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A sheet as it was sent; decimal sign and encoding are detected where they are not declared.

    ``origin`` is the campaign that it is from, where that is another than the one that takes it.
    """

    name: str
    ending: str
    content: bytes
    decimal: str | None = None
    encoding: str | None = None
    origin: str | None = None


@dataclass(frozen=True, kw_only=True)
class Recipes:
    """A sheet that belongs to no campaign: how it was read, and what is to mend, to confirm and to look at in it."""

    reading: SheetReading
    faults: list[CellFault]
    questions: list[CellFault]
    warnings: list[CellFault]


def read_recipes(sheet: Upload, max_rows: int) -> Recipes:
    """Read a sheet of recipes, with or without results.

    Args:
        sheet: As it was sent.
        max_rows: Most rows that are read.

    Raises:
        ProblemError: 422 for a file that is no sheet at all, or too long.
    """
    with open_apart(sheet) as path, refuse_what_is_no_sheet():
        reading = read_sheet(path, decimal=sheet.decimal, encoding=sheet.encoding)
        check_length(reading, max_rows)
    places = places_of(reading)
    return Recipes(
        reading=reading,
        faults=cells_of(reading.faults, places),
        questions=cells_of(reading.questions, places),
        warnings=cells_of(reading.warnings, places),
    )


@contextmanager
def open_apart(sheet: Upload) -> Iterator[Path]:
    """The sheet as a file; a workbook is opened in a process of its own before."""
    with TemporaryDirectory(prefix="surrogate-sheet-") as folder:
        path = Path(folder) / f"{sheet.name}{sheet.ending}"
        path.write_bytes(sheet.content)
        if sheet.ending == ".xlsx":
            with refuse_what_is_no_sheet():
                work_apart(try_to_open, sheet.content)
        yield path


@contextmanager
def refuse_what_is_no_sheet() -> Iterator[None]:
    """Turn what a file is refused for into 422, with each of its faults."""
    try:
        yield
    except (CampaignError, StoreUnavailable):
        raise
    except SurrogateError as error:
        raise _no_sheet(error) from None


def check_length(reading: SheetReading, most: int) -> None:
    """Refuse a sheet that is too long.

    Args:
        reading: Of the sheet.
        most: Rows that are possible.

    Raises:
        InvalidInput: It has more.
    """
    rows = sum(len(grid.rows) for grid in reading.workbook.grids)
    if rows > most:
        raise InvalidInput(f"The sheet has {rows} rows; {most} are the most at once.", hint="Split it.")


def _no_sheet(error: SurrogateError) -> ProblemError:
    faults = [fault_of(error)]
    if isinstance(error, TableError):
        faults = [Fault(pointer="", code="table", message=clean(f.message), hint=clean(f.hint)) for f in error.faults]
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, faults[0].message, errors=faults)


def places_of(reading: SheetReading) -> dict[tuple[str, str], int]:
    """(sheet, header or name of a column) → its position."""
    return {
        (grid.sheet, name): place.position
        for grid in reading.workbook.grids
        for place in grid.places.values()
        for name in (place.header, place.column.label, place.column.name)
    }


def cells_of(faults: Iterable[SheetFault], places: dict[tuple[str, str], int]) -> list[CellFault]:
    """Find the cell in which each fault of a sheet stands.

    Args:
        faults: By sheet, row and column.
        places: From :func:`places_of`.
    """
    return [_cell(fault, places) for fault in faults]


def _cell(fault: SheetFault, places: dict[tuple[str, str], int]) -> CellFault:
    at = places.get((fault.table, fault.column or ""))
    return CellFault(
        sheet=clean(fault.table),
        row=fault.row,
        column=None if fault.column is None else clean(fault.column),
        cell=None if at is None or fault.row is None else f"{_letters(at)}{fault.row}",
        message=clean(fault.message),
        hint=clean(fault.hint),
    )


def _letters(position: int) -> str:
    from openpyxl.utils import get_column_letter

    letters: Any = get_column_letter(position + 1)
    return str(letters)
