"""A map of what the model has seen, with candidates and suggestions in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from surrogate.candidate.measurement import Candidate
from surrogate.models.base import DomainStatus
from surrogate.models.surrogate import Surrogate
from surrogate.report.figures.canvas import (
    BLACK,
    GREEN,
    ORANGE,
    VERMILION,
    Array,
    canvas,
    grouped,
    legend,
    mark,
    numbered,
    title,
)
from surrogate.text import percent

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Features are clipped at this many deviations first, so that no principal component is made of one exotic row.
_CUT = 4.0
_VERDICTS = {DomainStatus.IN: GREEN, DomainStatus.EDGE: ORANGE, DomainStatus.OUT: VERMILION}


def domain_map(model: Surrogate, candidates: Sequence[Candidate] = (), suggestions: Sequence[Candidate] = ()) -> Figure:
    """Draw the measured rows of a model on the first two principal components of its features, by family.

    The verdict itself is judged on all features and not on this map, which shows part of the variance.

    Args:
        model: The model.
        candidates: Drawn as stars, whose rims tell the verdict.
        suggestions: Drawn with their numbers, with the same rims.
    """
    rows = np.clip(model.applicability.rows, -_CUT, _CUT)
    center = rows.mean(axis=0)
    _, singular, components = np.linalg.svd(rows - center, full_matrices=False)
    share = singular**2 / (singular**2).sum()
    places_of_rows = (rows - center) @ components[:2].T
    names = np.array([*model.encoding.groups, "others"])[model.applicability.group]

    figure, (axes,) = canvas(6.4, 4.8)
    for name, in_group in grouped(names.tolist()).items():
        style, xy = mark(name), places_of_rows[in_group]
        axes.scatter(
            xy[:, 0], xy[:, 1], s=16, color=style.colour, marker=style.marker, alpha=0.55, linewidth=0,
            label=name,
        )  # fmt: skip
    if candidates:
        _draw_candidates(axes, model, candidates, _project(model, candidates, center, components))
    if suggestions:
        _draw_suggestions(axes, model, suggestions, _project(model, suggestions, center, components))
    axes.set(
        xlabel=f"First principal component ({percent(share[0])} of the variance)",
        ylabel=f"Second principal component ({percent(share[1])} of the variance)",
    )
    title(axes, f"What the model of {model.property.label.lower()} has seen")
    legend(axes, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


def _project(model: Surrogate, candidates: Sequence[Candidate], center: Array, components: Array) -> Array:
    """The places of ``candidates`` on the first two principal components, (n, 2)."""
    scaled = np.clip(model.applicability.preparation(model.encoding.view(candidates).X), -_CUT, _CUT)
    return np.asarray((scaled - center) @ components[:2].T)


def _judge(model: Surrogate, candidates: Sequence[Candidate]) -> list[DomainStatus]:
    return [p.domain.status for p in model.predict(candidates, neighbours=0)]


def _draw_candidates(axes: Any, model: Surrogate, candidates: Sequence[Candidate], places: Array) -> None:
    verdicts = _judge(model, candidates)
    for status, colour in _VERDICTS.items():
        of_status = [i for i, verdict in enumerate(verdicts) if verdict is status]
        if of_status:
            axes.scatter(
                places[of_status, 0], places[of_status, 1], s=150, marker="*", color="white", edgecolor=colour,
                linewidth=1.6, zorder=5, label=f"yours, {status.value}",
            )  # fmt: skip


def _draw_suggestions(axes: Any, model: Surrogate, suggestions: Sequence[Candidate], places: Array) -> None:
    for number, ((x, y), verdict) in enumerate(zip(places, _judge(model, suggestions), strict=True), 1):
        numbered(axes, number, (float(x), float(y)), _VERDICTS[verdict])
    axes.plot([], [], linestyle="", marker="o", markersize=9, markerfacecolor="white", markeredgecolor=BLACK,
              label="suggestion")  # fmt: skip
