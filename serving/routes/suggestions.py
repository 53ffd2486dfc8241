"""``POST /v1/suggest``: what to make next."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Depends

from serving import examples, suggestion
from serving.bodies import JsonRoute
from serving.schemas.suggestions import SuggestRequest, SuggestResponse
from serving.security import Role, needs
from serving.state import Shared

router = APIRouter(tags=["suggestions"], route_class=JsonRoute, dependencies=[Depends(needs(Role.READ))])

Given = Annotated[SuggestRequest, Body(openapi_examples=examples.SUGGEST)]


@router.post("/v1/suggest", summary="Suggest the next recipes", response_model_exclude_unset=True)
async def suggest(given: Given, state: Shared) -> SuggestResponse:
    """The wish, the space, everything measured, pending and failed so far → a batch with a reason for each recipe."""
    return await state.planning.run(suggestion.suggest, given, state.snapshot)
