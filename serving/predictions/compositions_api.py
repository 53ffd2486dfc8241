"""``POST /v1/compositions:parse``: how a composition is read, before anything is made of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Depends

from serving.http import examples
from serving.http.bodies import JsonRoute
from serving.http.security import Role, needs
from serving.predictions import compositions
from surrogate.wire.catalogue import CompositionRequest, CompositionResponse

router = APIRouter(tags=["compositions"], route_class=JsonRoute, dependencies=[Depends(needs(Role.READ))])

Given = Annotated[CompositionRequest, Body(openapi_examples=examples.COMPOSITION)]


@router.post("/v1/compositions:parse", summary="The reading of a composition, with warnings")
def parse(body: Given) -> CompositionResponse:
    """Any notation of the field is read and echoed; what looks wrong is warned about, what cannot be read is refused
    with proposals."""
    return compositions.parse(body)
