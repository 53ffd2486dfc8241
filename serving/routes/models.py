"""``GET /v1/models``: which models answer, how good they are, and what could not be loaded."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path

from serving import conversion
from serving.registry import Served
from serving.security import Role, needs
from serving.state import Shared
from surrogate.models.base import ModelCard
from surrogate.wire.catalogue import ModelFault, ModelsResponse, ServedModel

router = APIRouter(tags=["models"], dependencies=[Depends(needs(Role.READ))])


@router.get("/v1/models", summary="The models in service")
async def list_models(state: Shared) -> ModelsResponse:
    """One model per property, and what is wrong with those that could not be loaded."""
    snapshot = state.snapshot
    return ModelsResponse(
        ready=snapshot.reason_not_ready is None,
        models=[_described(name, served) for name, served in snapshot.models.items()],
        faults=[ModelFault(property=name, reason=reason) for name, reason in snapshot.faults.items()],
    )


@router.get("/v1/models/{property}", summary="The model of one property")
async def get_model(property: Annotated[str, Path(max_length=100)], state: Shared) -> ServedModel:
    """Its version, the hash of its data, and its card; 404 for an unknown property, 503 when no model is in service."""
    return _described(property, state.snapshot.get(property))


def _described(name: str, served: Served) -> ServedModel:
    card = getattr(served.surrogate, "card", None)
    return ServedModel(
        property=name,
        model=conversion.model(served.surrogate.identity, alias=served.alias),
        loaded_at=served.loaded_at.isoformat(timespec="seconds"),
        card=_shown(card) if isinstance(card, ModelCard) else None,
    )


def _shown(card: ModelCard) -> dict[str, Any]:
    """A card without its held-out values, which are what figures are drawn from."""
    return {name: value for name, value in asdict(card).items() if name != "held_out"}
