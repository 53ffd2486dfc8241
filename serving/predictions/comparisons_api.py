"""``POST /v1/compare``: which of some recipes has more."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Depends

from serving.http import examples
from serving.http.bodies import JsonRoute
from serving.http.security import Role, needs
from serving.http.state import Shared
from serving.predictions import comparisons as comparison
from surrogate.wire.comparisons import CompareRequest, CompareResponse

router = APIRouter(tags=["predictions"], route_class=JsonRoute, dependencies=[Depends(needs(Role.READ))])

Given = Annotated[CompareRequest, Body(openapi_examples=examples.COMPARE)]


@router.post("/v1/compare", summary="Which of 2 to 20 items has more of each property")
async def compare(body: Given, state: Shared) -> CompareResponse:
    """Every pair, with the chance that the second has more if one laboratory makes and measures both: what differs
    between laboratories cancels. Chances are learnt from pairs of papers held out."""
    return await state.compute.run(comparison.compare, body, state.snapshot)
