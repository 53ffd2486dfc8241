"""``GET /v1/measurements/{row_id}``: where a cited value comes from."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from serving.data import work as measurements
from serving.http.security import READ
from serving.http.state import Shared
from surrogate.wire.catalogue import MeasurementResponse

router = APIRouter(tags=["measurements"], dependencies=[READ])


@router.get("/v1/measurements/{row_id}", summary="Provenance and citation of a measurement")
async def get_measurement(row_id: Annotated[str, Path(max_length=100)], state: Shared) -> MeasurementResponse:
    """Everything measured in the row that a prediction cites as a neighbour."""
    return await state.compute.run(measurements.get_measurement, row_id, state.library)
