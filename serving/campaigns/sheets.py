"""Campaigns as lab sheets over HTTP: written to send, read back row by row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from fastapi import Response

from serving.http.errors import ProblemError, clean, fault_of
from serving.http.state import Store
from surrogate.errors import CampaignError, InvalidInput, StoreUnavailable, SurrogateError, TableError
from surrogate.errors import Fault as SheetFault
from surrogate.execution.isolated import try_apart
from surrogate.sheets import SheetReading, export_sheet, import_sheet, read_for
from surrogate.tables.opening import try_to_open
from surrogate.wire.problems import Fault
from surrogate.wire.sheets import CellFault, SheetOutput

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
#: Media type → ending of the file.
SHEETS = {XLSX: ".xlsx", CSV: ".csv"}
#: Rows are told one at a time, each safely; more than so many would not be done within the time for an answer.
MAX_ROWS = 2000


def export(store: Store, campaign_id: str, format: Literal["xlsx", "csv"]) -> Response:
    """The whole campaign as a sheet."""
    campaign, ending = store.open().get(campaign_id), f".{format}"
    with TemporaryDirectory(prefix="surrogate-sheet-") as folder:
        content = export_sheet(campaign, Path(folder) / f"sheet{ending}").read_bytes()
    media_type = next(media_type for media_type, end in SHEETS.items() if end == ending)
    headers = {"Content-Disposition": f'attachment; filename="{campaign_id}{ending}"'}
    return Response(content, media_type=media_type, headers=headers)


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


def take(store: Store, campaign_id: str, sheet: Upload, dry_run: bool) -> SheetOutput:
    """Tell the campaign what a sheet says; 422 for a file that is no sheet at all."""
    campaign = store.open().get(campaign_id)
    with TemporaryDirectory(prefix="surrogate-sheet-") as folder:
        path = Path(folder) / f"{sheet.name}{sheet.ending}"
        path.write_bytes(sheet.content)
        with _refusing_what_is_no_sheet():
            if sheet.ending == ".xlsx":
                try_apart(try_to_open, sheet.content)
            reading = read_for(campaign, path, decimal=sheet.decimal, encoding=sheet.encoding, origin=sheet.origin)
            _check_length(reading)
        done = import_sheet(campaign, reading, dry_run=dry_run)
    places = _places(reading)
    return SheetOutput(
        dry_run=dry_run,
        rows=[clean(row.read_as) for row in reading.rows],
        told=list(done.told),
        repeated=list(done.repeated),
        moved=list(done.moved),
        faults=_cells([*reading.faults, *done.faults], places),
        questions=_cells(reading.questions, places),
        warnings=_cells(reading.warnings, places),
        notes=[clean(note) for note in reading.notes],
        version=campaign.summary().version,
    )


@contextmanager
def _refusing_what_is_no_sheet() -> Iterator[None]:
    try:
        yield
    except (CampaignError, StoreUnavailable):
        raise
    except SurrogateError as error:
        raise _no_sheet(error) from None


def _check_length(reading: SheetReading) -> None:
    rows = sum(len(grid.rows) for grid in reading.workbook.grids)
    if rows > MAX_ROWS:
        raise InvalidInput(f"The sheet has {rows} rows; {MAX_ROWS} are the most at once.", hint="Split it.")


def _no_sheet(error: SurrogateError) -> ProblemError:
    faults = [fault_of(error)]
    if isinstance(error, TableError):
        faults = [Fault(pointer="", code="table", message=clean(f.message), hint=clean(f.hint)) for f in error.faults]
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, faults[0].message, errors=faults)


def _places(reading: SheetReading) -> dict[tuple[str, str], int]:
    """(sheet, header or name of a column) → its position."""
    return {
        (grid.sheet, name): place.position
        for grid in reading.workbook.grids
        for place in grid.places.values()
        for name in (place.header, place.column.label, place.column.name)
    }


def _cells(faults: Iterable[SheetFault], places: dict[tuple[str, str], int]) -> list[CellFault]:
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
