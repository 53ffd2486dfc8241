"""Campaigns as lab sheets over HTTP: written to send, read back row by row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from fastapi import Response

from serving.http.errors import clean
from serving.http.state import Store
from serving.http.uploads import (
    SHEETS,
    Upload,
    cells_of,
    check_length,
    open_apart,
    places_of,
    refuse_what_is_no_sheet,
)
from surrogate.sheets import export_sheet, import_sheet, read_for, template
from surrogate.wire.sheets import SheetOutput

#: Rows are told one at a time, each safely; more than so many would not be done within the time for an answer.
MAX_ROWS = 2000


def export(store: Store, campaign_id: str, format: Literal["xlsx", "csv"]) -> Response:
    """The whole campaign as a sheet."""
    campaign = store.open().get(campaign_id)
    return _written(campaign_id, format, lambda path: export_sheet(campaign, path))


def write_empty(format: Literal["xlsx", "csv"]) -> Response:
    """A sheet that nothing was written into yet."""
    return _written("lab-sheet", format, template)


def _written(name: str, format: str, write: Callable[[Path], Path]) -> Response:
    """What ``write`` makes of a path, as a file to download."""
    with TemporaryDirectory(prefix="surrogate-sheet-") as folder:
        content = write(Path(folder) / f"sheet.{format}").read_bytes()
    media_type = next(media_type for media_type, end in SHEETS.items() if end == f".{format}")
    headers = {"Content-Disposition": f'attachment; filename="{name}.{format}"'}
    return Response(content, media_type=media_type, headers=headers)


def tell(store: Store, campaign_id: str, sheet: Upload, dry_run: bool) -> SheetOutput:
    """Tell the campaign what a sheet says; 422 for a file that is no sheet at all."""
    campaign = store.open().get(campaign_id)
    with open_apart(sheet) as path:
        with refuse_what_is_no_sheet():
            reading = read_for(campaign, path, decimal=sheet.decimal, encoding=sheet.encoding, origin=sheet.origin)
            check_length(reading, MAX_ROWS)
        imported = import_sheet(campaign, reading, dry_run=dry_run)
    places = places_of(reading)
    return SheetOutput(
        dry_run=dry_run,
        rows=[clean(row.read_as) for row in reading.rows],
        told=list(imported.told),
        repeated=list(imported.repeated),
        moved=list(imported.moved),
        faults=cells_of([*reading.faults, *imported.faults], places),
        questions=cells_of(reading.questions, places),
        warnings=cells_of(reading.warnings, places),
        notes=[clean(note) for note in reading.notes],
        version=campaign.summary().version,
    )
