"""``POST /v1/suggest`` and ``POST /v1/design``: what to make next, and what is expected to meet a wish."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Response

from serving.http import examples
from serving.http.bodies import JsonRoute, JsonText
from serving.http.registry import Snapshot
from serving.http.security import READ
from serving.http.state import Shared
from serving.suggestions import work
from surrogate.wire.design import DesignRequest, DesignResponse
from surrogate.wire.suggestions import SuggestRequest, SuggestResponse

router = APIRouter(route_class=JsonRoute, dependencies=[READ])

Suggest = Annotated[SuggestRequest, Body(openapi_examples=examples.SUGGEST)]
Design = Annotated[DesignRequest, Body(openapi_examples=examples.DESIGN)]


@router.post("/v1/suggest", summary="Suggest the next recipes", tags=["suggestions"], response_model=SuggestResponse)
async def suggest(body: Suggest, state: Shared) -> Response:
    """The wish, the space, everything measured, pending and failed so far → a batch with a reason for each recipe."""
    return JsonText(await state.planning.run(_answer, body, state.snapshot))


@router.post("/v1/design", summary="Design recipes for a wish", tags=["design"], response_model=DesignResponse)
async def make_design(body: Design, state: Shared) -> Response:
    """Wishes → different recipes with the chance of each wish, or what comes nearest and what stands in the way."""
    return JsonText(await state.planning.run(_answer, body, state.snapshot))


def _answer(request: SuggestRequest | DesignRequest, snapshot: Snapshot) -> str:
    """The answer as text, written where it was computed."""
    if isinstance(request, DesignRequest):
        return work.design(request, snapshot).model_dump_json(exclude_unset=True)
    return work.suggest(request, snapshot).model_dump_json(exclude_unset=True)
