"""Two goals against each other: what the space offers, the front, what was measured, and the numbered suggestions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from surrogate.errors import InvalidInput, Unavailable
from surrogate.models.base import FittedSurrogate
from surrogate.planner.improvement import non_dominated
from surrogate.planner.inverse import DesignedCandidate
from surrogate.planner.objective import Goal, Objective, objective_of
from surrogate.planner.suggestion import Suggestion
from surrogate.properties import PROPERTIES, Scale
from surrogate.report.figures.canvas import (
    BLUE,
    GREY,
    VERMILION,
    Array,
    axis_label,
    canvas,
    legend,
    logarithmic_axis,
    numbered,
    span,
    title,
)  # fmt: skip
from surrogate.space.derived import DERIVED, process_totals
from surrogate.space.design_space import DesignSpace
from surrogate.units import unit_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What a design space offers for two goals: ``values`` by quantity (n,), medians in its unit."""

    objective: Objective
    values: Mapping[str, Array]

    @property
    def names(self) -> tuple[str, str]:
        """The two quantities: across, up."""
        first, second = (goal.quantity for goal in self.objective.goals[:2])
        # A property that was asked for reads best upwards.
        return (second, first) if first in PROPERTIES and second not in PROPERTIES else (first, second)

    def front(self) -> Array:
        """Which rows no other row beats in both goals, (n,) of bool."""
        utility = np.column_stack(
            [goal.sign * goal.to_scale(self.values[goal.quantity]) for goal in self.objective.goals[:2]]
        )
        return np.asarray(non_dominated(utility))


def offer(
    space: DesignSpace, objective: Objective | str | Sequence[str], models: Mapping[str, FittedSurrogate], *,
    n: int = 1500, seed: int = 0,
) -> Offer:  # fmt: skip
    """Predict what recipes drawn from a space reach in the first two goals of an objective.

    Args:
        space: Where recipes are drawn.
        objective: At least two goals that are raised or lowered.
        models: By property.
        n: How many recipes.
        seed: Of the draw.

    Raises:
        InvalidInput: The objective has fewer than two such goals.
        Unavailable: A property has no model.
    """
    wish = objective_of(objective)
    if len(wish.goals) < 2 or any(goal.goal is Goal.REACH for goal in wish.goals[:2]):
        raise InvalidInput(
            f"A front needs two goals, but the objective is '{wish}'.",
            hint="For example: maximise ionic_conductivity, minimise process_time_h.",
        )
    pool = space.sample(n, seed)
    totals = process_totals(pool.table)
    values: dict[str, Array] = {}
    for goal in wish.goals[:2]:
        name = goal.quantity
        if name in DERIVED:
            if name not in totals:
                raise Unavailable(f"{name} cannot be drawn without prices.", hint="Choose another goal.")
            values[name] = totals[name]
        elif name in models:
            prop = PROPERTIES[name]
            values[name] = np.asarray(prop.from_scale(models[name].posterior(list(pool.candidates)).mean))
        else:
            raise Unavailable(f"There is no model of {name}.", hint="Train it, or leave the property out.")
    return Offer(objective=wish, values=values)


def pareto(
    offered: Offer, suggestions: Sequence[Suggestion | DesignedCandidate] = (), *, called: str = "suggestion"
) -> Figure:
    """Draw the expected trade-off of two goals: grey what the space offers, the front as a line, suggestions by number.

    Args:
        offered: What the space offers.
        suggestions: Drawn with the intervals of their predictions; designed recipes take their place as well.
        called: Their name in the legend.
    """
    across, up = offered.names
    figure, (axes,) = canvas(6.6, 3.9)
    x, y = (_find_factor(name) * offered.values[name] for name in (across, up))
    axes.scatter(x, y, s=6, color=GREY, alpha=0.35, linewidth=0, label=f"{len(x)} recipes of the space")
    front = np.flatnonzero(offered.front())
    front = front[np.argsort(x[front], kind="stable")]
    axes.plot(x[front], y[front], color=BLUE, linewidth=1.4, marker="o", markersize=3, label="expected front")
    drawn_x, drawn_y = list(x), list(y)
    for s in suggestions:
        px, py = (_read_value(s, name) for name in (across, up))
        if px is None or py is None:
            continue
        style = {"color": VERMILION, "linewidth": 1.0, "alpha": 0.7}
        if across in s.predictions:
            axes.hlines(py, *_list_ends(s, across, px), **style)
        if up in s.predictions:
            axes.vlines(px, *_list_ends(s, up, py), **style)
        drawn_x += _list_ends(s, across, px)
        drawn_y += _list_ends(s, up, py)
        numbered(axes, s.number, (px, py), VERMILION)
    for axis, name, drawn in ((axes.xaxis, across, drawn_x), (axes.yaxis, up, drawn_y)):
        is_logarithmic = name in PROPERTIES and PROPERTIES[name].scale is Scale.LOG10
        low, high = span(drawn, logarithmic=is_logarithmic)
        if is_logarithmic:
            logarithmic_axis(axis, low=low, high=high)
        else:
            (axes.set_xlim if axis is axes.xaxis else axes.set_ylim)(low, high)
    axes.set(xlabel=_label(across), ylabel=_label(up))
    title(axes, f"Objective: {offered.objective}", size=8.5)
    if suggestions:
        axes.plot([], [], linestyle="", marker="o", markersize=9, markerfacecolor="white", markeredgecolor=VERMILION,
                  label=f"{called}, 90 % interval")  # fmt: skip
    legend(axes, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


def _find_factor(name: str) -> float:
    return PROPERTIES[name].shown_factor if name in PROPERTIES else 1.0


def _label(name: str) -> str:
    if name in PROPERTIES:
        return axis_label(PROPERTIES[name], prefix="Expected", milli=True)
    unit = unit_of(name)
    plain = {"process_time_h": "Process time", "peak_temperature_c": "Peak temperature"}.get(
        name, name.replace("_", " ").capitalize()
    )
    return f"{plain} / {unit}" if unit else plain


def _read_value(suggestion: Suggestion | DesignedCandidate, name: str) -> float | None:
    if name in suggestion.predictions:
        return _find_factor(name) * suggestion.predictions[name].median
    return suggestion.derived.get(name)


def _list_ends(suggestion: Suggestion | DesignedCandidate, name: str, value: float) -> list[float]:
    prediction = suggestion.predictions.get(name)
    return (
        [value]
        if prediction is None
        else [_find_factor(name) * prediction.interval.low, _find_factor(name) * prediction.interval.high]
    )
