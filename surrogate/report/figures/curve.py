"""A property against one setting of a recipe, everything else as it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.fields import FIELDS
from surrogate.candidate.measurement import Candidate, Measurement
from surrogate.models.base import DomainStatus, Prediction
from surrogate.models.encoding import describe, group_of, material_of
from surrogate.models.surrogate import Surrogate
from surrogate.properties import Scale
from surrogate.report.figures.canvas import (
    BLUE,
    GREY,
    VERMILION,
    Array,
    axis_label,
    canvas,
    legend,
    logarithmic_axis,
    span,
    title,
    wrapped,
)  # fmt: skip
from surrogate.report.response import Response, respond
from surrogate.text import percent_in_full

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def response(
    model: Surrogate,
    candidate: Candidate,
    setting: str,
    low: float,
    high: float,
    *,
    measurements: Sequence[Measurement] = (),
    logarithmic: bool = False,
    level: float = 0.9,
) -> Figure:
    """Draw what a model expects of a candidate, with its interval, as one setting varies.

    Grey ground is out of domain, pale ground at its edge.

    Args:
        model: What predicts.
        candidate: All other settings.
        setting: A field that is a number.
        low: Where the axis begins.
        high: Where the axis ends.
        measurements: Drawn underneath where they state the setting: the same material in colour, its family in grey.
        logarithmic: Whether the axis of the setting is.
        level: Probability that the interval holds.

    Raises:
        InvalidInput: The range is empty.
        UnknownName: The setting is not a number.
    """
    answer = respond(
        model, candidate, setting, low, high, measurements=measurements, logarithmic=logarithmic, level=level
    )
    grid, predictions = answer.grid, answer.predictions
    prop, scale = model.property, model.property.shown_factor
    figure, (axes,) = canvas(5.8, 3.9)
    _draw_verdicts(axes, grid, predictions, logarithmic)
    lower, upper = (scale * np.array([getattr(p.interval, end) for p in predictions]) for end in ("low", "high"))
    median = scale * np.array([p.median for p in predictions])
    axes.fill_between(
        grid, lower, upper, color=BLUE, alpha=0.18, linewidth=0, label=f"{percent_in_full(level)} interval"
    )
    axes.plot(grid, median, color=BLUE, linewidth=1.8, label="median expected")
    measured_values = _draw_underneath(axes, candidate, answer, scale)
    bottom, top = span([*lower, *upper, *measured_values], logarithmic=prop.scale is Scale.LOG10)
    axes.set(xlim=(grid[0], grid[-1]), ylim=(bottom, top))
    if prop.scale is Scale.LOG10:
        logarithmic_axis(axes.yaxis, low=bottom, high=top)
    if logarithmic:
        logarithmic_axis(axes.xaxis, low=float(grid[0]), high=float(grid[-1]))
    axes.set(xlabel=FIELDS[setting].titled if setting in FIELDS else setting, ylabel=axis_label(prop, milli=True))
    title(axes, wrapped(describe(candidate), 78), size=8.5)
    legend(axes, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


def _draw_verdicts(axes: Any, grid: Array, predictions: Sequence[Prediction], logarithmic: bool) -> None:
    """Shade where the verdict is *out* or *edge*."""
    status = np.array([p.domain.status.value for p in predictions])
    between = np.sqrt(grid[1:] * grid[:-1]) if logarithmic else (grid[1:] + grid[:-1]) / 2
    borders = np.concatenate([grid[:1], between, grid[-1:]])
    for verdict, words, options in (
        (DomainStatus.EDGE, "edge of the domain", {"facecolor": "#F4F4F4"}),
        (DomainStatus.OUT, "out of domain", {"facecolor": "#DDDDDD", "hatch": "///", "edgecolor": "#C4C4C4"}),
    ):
        label: str | None = words
        for start, end in _find_runs(status == verdict.value):
            axes.axvspan(borders[start], borders[end], zorder=0, linewidth=0, label=label, **options)
            label = None


def _find_runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Half-open intervals of consecutive places where ``mask`` (n,) is true."""
    steps = np.diff(np.concatenate([[0], mask.astype(int), [0]]))
    return list(zip(np.flatnonzero(steps == 1).tolist(), np.flatnonzero(steps == -1).tolist(), strict=True))


def _draw_underneath(axes: Any, candidate: Candidate, answer: Response, scale: float) -> list[float]:
    """Draw the cited rows that state the setting; the values that were drawn."""
    same = [(row.at, scale * row.measurement.value) for row in answer.rows if row.is_same]
    alike = [(row.at, scale * row.measurement.value) for row in answer.rows if not row.is_same]
    if alike:
        axes.scatter(*zip(*alike, strict=True), s=9, color=GREY, alpha=0.45, linewidth=0, zorder=1,
                     label=f"measured, other {group_of(candidate)}")  # fmt: skip
    if same:
        axes.scatter(*zip(*same, strict=True), s=26, color=VERMILION, edgecolor="white", linewidth=0.5, zorder=4,
                     label=f"measured, {material_of(candidate)}")  # fmt: skip
    return [value for _, value in (*same, *alike)]
