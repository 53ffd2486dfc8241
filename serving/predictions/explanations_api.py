"""``POST /v1/explain``: why predictions are what they are."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Depends

from serving.http import examples
from serving.http.bodies import JsonRoute
from serving.http.security import Role, needs
from serving.http.state import Shared
from serving.predictions import explanations as explanation
from surrogate.wire.explanations import ExplainRequest, ExplainResponse

router = APIRouter(tags=["predictions"], route_class=JsonRoute, dependencies=[Depends(needs(Role.READ))])

Given = Annotated[ExplainRequest, Body(openapi_examples=examples.EXPLAIN)]


@router.post("/v1/explain", summary="What moved the predictions of 1 to 8 items")
async def explain(body: Given, state: Shared) -> ExplainResponse:
    """From what is usual in the family to what is predicted, part by part, in decades or in the unit; the share that
    came from physics; the papers that weighed most, with DOI. Effects are what the model has learnt, not laws of
    nature. Items as in POST /v1/predict: they keep their order and each has its own status."""
    return await state.explaining.run(explanation.explain, body, state.snapshot, state.library)
