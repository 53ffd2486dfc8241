"""``GET /v1/models``: which models answer, how good they are, and what could not be loaded."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from serving.http.security import READ
from serving.http.state import Shared
from serving.models import work as models
from surrogate.wire.catalogue import ModelsResponse, ServedModel

router = APIRouter(tags=["models"], dependencies=[READ])


@router.get("/v1/models", summary="The models in service")
async def list_models(state: Shared) -> ModelsResponse:
    """One model per property, and what is wrong with those that could not be loaded."""
    return models.list_models(state.snapshot)


@router.get("/v1/models/{property}", summary="The model of one property")
async def get_model(property: Annotated[str, Path(max_length=100)], state: Shared) -> ServedModel:
    """Its version, the hash of its data, and its card; 404 for an unknown property, 503 when no model is in service."""
    return models.get_model(property, state.snapshot)
