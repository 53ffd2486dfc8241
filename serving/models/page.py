"""``/models``: what answers, how good it is on papers it had not seen, and where it is not."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Path, Request, Response

from serving.http.errors import ProblemError
from serving.http.registry import Snapshot
from serving.http.state import Shared
from serving.models import work as models
from serving.pages.rendering import HEADERS, page
from serving.pages.routing import page_router
from surrogate.errors import NotFound
from surrogate.models.base import ModelCard
from surrogate.models.baselines import name_baseline
from surrogate.properties import PROPERTIES
from surrogate.wire.catalogue import ServedModel

router = page_router("/models")
LEVELS = (50, 80, 90)


@router.get("")
async def list_models(request: Request, state: Shared) -> Response:
    """A card for each model in service, and what is wrong with those that are not."""
    answer = models.list_models(state.snapshot)
    order = list(PROPERTIES)
    listed = sorted(answer.models, key=lambda model: order.index(model.property))
    return page(request, "models.html", faults=answer.faults, models=[_describe_card(model) for model in listed])


@router.get("/{property}")
async def get_model(property: Annotated[str, Path(max_length=100)], request: Request, state: Shared) -> Response:
    """The card of one model in full."""
    if property not in PROPERTIES:
        raise ProblemError(HTTPStatus.NOT_FOUND, "There is no property of this name.")
    card = _card(state.snapshot, property)
    is_judged = bool(card and card.held_out)
    return page(request, "model.html", parity=is_judged, **_describe_card(models.get_model(property, state.snapshot)))


@router.get("/{property}/parity.png")
async def parity(property: Annotated[str, Path(max_length=100)], state: Shared) -> Response:
    """Predicted against measured on unseen papers; 404 for a model that was not judged."""
    card = _card(state.snapshot, property)
    if card is None or not card.held_out:
        raise NotFound("There is no such figure.", hint="Only a model that was judged has held-out values.")
    content = await state.compute.run(_draw, card)
    return Response(content, media_type="image/png", headers=dict(HEADERS))


def _card(snapshot: Snapshot, property: str) -> ModelCard | None:
    served = snapshot.models.get(property)
    return getattr(served.surrogate, "card", None) if served else None


def _draw(card: ModelCard) -> bytes:
    import pandas as pd

    from surrogate.report import figures

    return figures.png(figures.parity(pd.DataFrame(card.held_out), card.property))


def _describe_card(model: ServedModel) -> dict[str, Any]:
    """A card as pages show it; ``judged`` is ``None`` for a model that was not judged when it was trained."""
    card: Mapping[str, Any] = model.card or {}
    metrics: Mapping[str, Any] = card.get("metrics", {})
    judged: Mapping[str, Any] | None = metrics.get("evaluation")
    return {
        "model": model,
        "prop": PROPERTIES[model.property],
        "card": card,
        "metrics": metrics,
        "judged": judged,
        "baselines": [
            (name_baseline(name), own)
            for name, own in sorted(metrics.get("baselines", {}).items(), key=lambda item: float(item[1]["mae"]))
        ],
        "coverage": [] if judged is None else [(level, judged[f"coverage_{level}"]) for level in LEVELS],
        "families": [] if judged is None else _families(judged),
    }


def _families(judged: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Errors by family, the best known first, with the length of each bar in per cent of the longest."""
    rows = sorted(judged.get("by_group", {}).items(), key=lambda item: -item[1]["n_papers"])
    longest = max((max(errors["mae"], errors.get("best_median_mae") or 0.0) for _, errors in rows), default=1.0) or 1.0
    return [
        {
            "name": name,
            **errors,
            "bar": round(100 * errors["mae"] / longest, 1),
            "best": None
            if errors.get("best_median_mae") is None
            else round(100 * errors["best_median_mae"] / longest, 1),
        }
        for name, errors in rows
    ]
