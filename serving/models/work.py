"""The models in service, as they are described to clients and on pages."""

from __future__ import annotations

from dataclasses import asdict

from serving.http.registry import Served, Snapshot
from surrogate.models.base import ModelCard
from surrogate.wire.answers import write_model
from surrogate.wire.catalogue import ModelFault, ModelsResponse, ServedModel


def list_models(snapshot: Snapshot) -> ModelsResponse:
    """One model per property, and what is wrong with those that could not be loaded."""
    return ModelsResponse(
        ready=snapshot.reason_not_ready is None,
        models=[_describe(name, served) for name, served in snapshot.models.items()],
        faults=[ModelFault(property=name, reason=reason) for name, reason in snapshot.faults.items()],
    )


def get_model(property: str, snapshot: Snapshot) -> ServedModel:
    """The model of one property; 404 for an unknown property, 503 when no model is in service."""
    return _describe(property, snapshot.get(property))


def _describe(name: str, served: Served) -> ServedModel:
    card = getattr(served.surrogate, "card", None)
    # Held-out values are what figures are drawn from; a card is sent without them.
    fields = asdict(card) if isinstance(card, ModelCard) else {}
    return ServedModel(
        property=name,
        model=write_model(served.surrogate.identity, alias=served.alias),
        loaded_at=served.loaded_at.isoformat(timespec="seconds"),
        card={name: value for name, value in fields.items() if name != "held_out"} or None,
    )
