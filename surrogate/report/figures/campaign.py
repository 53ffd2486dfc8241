"""A campaign so far: what was expected, what was measured, and the best of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from surrogate.errors import InvalidInput
from surrogate.properties import Property, Scale, get_property
from surrogate.report.figures.canvas import (
    BLACK,
    BLUE,
    GREY,
    VERMILION,
    axis_label,
    canvas,
    legend,
    logarithmic_axis,
    span,
    title,
)
from surrogate.report.outcomes import Outcome

if TYPE_CHECKING:
    from matplotlib.figure import Figure


#: From the lower to the upper end of a logarithmic axis, at least.
_LEAST_RATIO = 3.0


def progress(outcomes: Sequence[Outcome], property: str, *, maximise: bool = True) -> Figure:
    """Draw, left, expected (with interval) beside measured, in the order of the suggestions; right, the best so far.

    The right side is there once there are two results.

    Args:
        outcomes: From :func:`surrogate.report.outcomes.outcomes_of`.
        property: The one that is followed.
        maximise: Whether the best is the largest.

    Raises:
        InvalidInput: None of the outcomes is measured.
    """
    measured = [o for o in outcomes if o.measured is not None]
    if not measured:
        raise InvalidInput("Nothing of this campaign was measured yet.", hint="Tell it some results first.")
    prop = get_property(property)
    is_series = len(measured) > 1
    figure, (left, *rest) = canvas(8.4, 3.6, columns=2, ratios=(1.5, 1)) if is_series else canvas(8.4, 3.6)
    _draw_expected_and_measured(left, outcomes, prop.shown_factor)
    for right in rest:
        _draw_best(right, measured, prop.shown_factor, maximise)
        right.set(xlabel="Results, as they were told", ylabel=axis_label(prop, prefix="Best", milli=True))
        title(right, "Best so far")
    for axes in (left, *rest):
        axes.xaxis.get_major_locator().set_params(integer=True)
    numbers = [o.number for o in outcomes if o.number is not None]
    if numbers:  # room beside the first and the last, and no tick between two suggestions
        left.set_xlim(min(numbers) - 0.6, max(numbers) + 0.6)
    if prop.scale is Scale.LOG10:
        drawn = [o.measured for o in measured if o.measured is not None]
        ends = [v for o in outcomes for v in (o.low, o.high) if v is not None]
        numbered = [o.measured for o in measured if o.measured is not None and o.number is not None]
        for axes, values in zip((left, *rest), ([*numbered, *ends], drawn), strict=False):
            low, high = span([prop.shown_factor * v for v in values], logarithmic=True)
            if high < _LEAST_RATIO * low:  # one value is no reason to look at its last digits
                middle = float(np.sqrt(low * high))
                low, high = middle / _LEAST_RATIO**0.5, middle * _LEAST_RATIO**0.5
            logarithmic_axis(axes.yaxis, low=low, high=high)
    left.set(xlabel="Number of the suggestion", ylabel=axis_label(prop, milli=True))
    inside = [o for o in measured if o.low is not None and o.high is not None]
    n_inside = sum(o.low <= o.measured <= o.high for o in inside)  # type: ignore[operator]
    inside_words = (
        f":\n{n_inside} of {len(inside)} inside the interval{_write_beside(measured, prop)}" if inside else ""
    )
    title(left, f"Expected and measured{inside_words}")
    legend(left, loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=4)
    return figure


def _write_beside(measured: Sequence[Outcome], prop: Property) -> str:
    """What was measured beside the medians, on the average: the width of intervals alone flatters."""
    pairs = [(o.measured, o.expected) for o in measured if o.measured is not None and o.expected is not None]
    if prop.scale is Scale.LOG10:
        ratios = [np.log10(value / median) for value, median in pairs if value > 0 and median > 0]
        return f", {10 ** np.mean(ratios):.2g} times the median" if ratios else ""
    difference = prop.shown_factor * float(np.mean([value - median for value, median in pairs]))
    return f", {difference:+.3g} {prop.shown_unit} beside the median"


def _draw_expected_and_measured(axes: Any, outcomes: Sequence[Outcome], scale: float) -> None:
    predicted = [
        (o.number, scale * o.expected, scale * o.low, scale * o.high)
        for o in outcomes
        if o.number is not None and o.expected is not None and o.low is not None and o.high is not None
    ]
    if predicted:
        number, median, low, high = zip(*predicted, strict=True)
        axes.vlines(number, low, high, color=BLUE, linewidth=4, alpha=0.3, label="expected, interval")
        axes.plot(number, median, linestyle="", marker="_", color=BLUE, markersize=10, label="expected, median")
    measured = [(o.number, scale * o.measured) for o in outcomes if o.number is not None and o.measured is not None]
    if measured:
        number, value = zip(*measured, strict=True)
        axes.plot(number, value, linestyle="", marker="o", color=VERMILION, markersize=5, label="measured")
    failed = [o.number for o in outcomes if o.failed and o.number is not None]
    if failed:
        axes.plot(failed, [0.03] * len(failed), linestyle="", marker="x", color=BLACK, markersize=6, label="failed",
                  transform=axes.get_xaxis_transform())  # fmt: skip


def _draw_best(axes: Any, measured: Sequence[Outcome], scale: float, maximise: bool) -> None:
    in_order = sorted(measured, key=lambda o: o.order or 0)
    values = scale * np.array([o.measured for o in in_order], dtype=float)
    best = np.maximum.accumulate(values) if maximise else np.minimum.accumulate(values)
    count = np.arange(1, len(values) + 1)
    axes.scatter(count, values, s=14, color=GREY, linewidth=0)
    axes.step(count, best, where="post", color=VERMILION, linewidth=1.6)
