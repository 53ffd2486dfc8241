"""``POST /v1/suggest``: what to make next."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Response

from serving.http import examples
from serving.http.bodies import JsonRoute, JsonText
from serving.http.registry import Snapshot
from serving.http.security import Role, needs
from serving.http.state import Shared
from serving.suggestions import work as suggestion
from surrogate.wire.suggestions import SuggestRequest, SuggestResponse

router = APIRouter(tags=["suggestions"], route_class=JsonRoute, dependencies=[Depends(needs(Role.READ))])

Given = Annotated[SuggestRequest, Body(openapi_examples=examples.SUGGEST)]


@router.post("/v1/suggest", summary="Suggest the next recipes", response_model=SuggestResponse)
async def suggest(body: Given, state: Shared) -> Response:
    """The wish, the space, everything measured, pending and failed so far → a batch with a reason for each recipe."""
    return JsonText(await state.planning.run(_answer, body, state.snapshot))


def _answer(request: SuggestRequest, snapshot: Snapshot) -> str:
    return suggestion.suggest(request, snapshot).model_dump_json(exclude_unset=True)
