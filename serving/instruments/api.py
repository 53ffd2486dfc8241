"""``POST /v1/measure``: what files of instruments say, with its uncertainty and where it comes from."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from serving.http.bodies import JsonRoute
from serving.http.security import READ
from serving.http.state import Shared
from serving.instruments.uploads import Upload, body_schema, only_details, read_upload
from surrogate.campaign.files import RowFiles
from surrogate.instruments.measuring import Details
from surrogate.report.apart import measure_apart
from surrogate.wire.instruments import MeasureOutput

router = APIRouter(tags=["instruments"], route_class=JsonRoute, dependencies=[READ])

Drawn = Annotated[bool, Query(description="Draw the spectra with their fits, or the cycling.")]


@router.post("/v1/measure", summary="Read files of instruments", openapi_extra=body_schema(rows=False))
async def measure(request: Request, state: Shared, figure: Drawn = False) -> MeasureOutput:
    """Spectra of one pellet give conductivities and their activation energy, cycling capacities; nothing is stored."""
    upload = await read_upload(request, rows=False)
    return await state.measuring.run(_measure, upload, figure)


def _measure(upload: Upload, figure: bool) -> MeasureOutput:
    details = Details(**only_details(upload), reference_cycle=upload.reference_cycle)
    files, written = tuple(file for _, file in upload.files), tuple(text for _, text in upload.written)
    row = RowFiles(suggestion="", files=files, written=written, details=details)
    return measure_apart([row], figure=figure)[0]
