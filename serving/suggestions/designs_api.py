"""``POST /v1/design``: recipes that are expected to meet a wish."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Response

from serving.http import examples
from serving.http.bodies import JsonRoute, JsonText
from serving.http.registry import Snapshot
from serving.http.security import Role, needs
from serving.http.state import Shared
from serving.suggestions import designs as design
from surrogate.wire.design import DesignRequest, DesignResponse

router = APIRouter(tags=["design"], route_class=JsonRoute, dependencies=[Depends(needs(Role.READ))])

Given = Annotated[DesignRequest, Body(openapi_examples=examples.DESIGN)]


@router.post("/v1/design", summary="Design recipes for a wish", response_model=DesignResponse)
async def make_design(body: Given, state: Shared) -> Response:
    """Wishes → different recipes with the chance of each wish, or what comes nearest and what stands in the way."""
    return JsonText(await state.planning.run(_answer, body, state.snapshot))


def _answer(request: DesignRequest, snapshot: Snapshot) -> str:
    return design.design(request, snapshot).model_dump_json(exclude_unset=True)
