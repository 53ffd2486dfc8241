"""An interval as a bar: where everything lies between 0 and 100 % of the width, for a template to draw as SVG.

Conductivities are drawn on a logarithmic axis in mS/cm, everything else on a linear one in its unit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from serving.pages.words import plain, quantity, span
from surrogate.properties import PROPERTIES, Property, Scale
from surrogate.text import percent_in_full

#: Fewer ticks than this fit beside each other on a telephone.
MAX_TICKS = 5
_ROOM = 0.06
_LEAST_DECADES = 1.5


@dataclass(frozen=True, kw_only=True)
class Tick:
    """A place on the axis with its number."""

    at: float
    text: str


@dataclass(frozen=True, kw_only=True)
class Bar:
    """Places in per cent of the width. ``floor_low`` to ``floor_high`` is what papers differ by around the median."""

    low: float
    high: float
    median: float
    floor_low: float
    floor_high: float
    points: tuple[float, ...]
    ticks: tuple[Tick, ...]
    axis: str
    words: str


def bar(
    property: str,
    median: float,
    low: float,
    high: float,
    *,
    level: float,
    points: Sequence[float] = (),
    beside: Sequence[float] = (),
) -> Bar:
    """Lay out the bar of one prediction; all values are in the unit of the property.

    Args:
        property: Its name.
        median: Of the prediction.
        low: Lower end of the interval.
        high: Upper end of the interval.
        level: Probability that the interval holds.
        points: Cited values.
        beside: What else the axis is to hold, so that several bars have the same one.
    """
    prop = PROPERTIES[property]
    centre = on_axis(prop, median)
    floor = (centre - prop.between_papers, centre + prop.between_papers)
    ends = [on_axis(prop, v) for v in (low, high, median)]
    near = [on_axis(prop, v) for v in points if v > 0 or prop.scale is not Scale.LOG10]
    first, last = _limits(prop, [*ends, *floor, *near, *(on_axis(prop, v) for v in beside)])

    def at(scaled: float) -> float:
        return round(float(np.clip(100 * (scaled - first) / (last - first), 0, 100)), 2)

    logarithmic = prop.scale is Scale.LOG10
    ticks = decades(first, last, prop.shown_factor) if logarithmic else round_numbers(first, last)
    return Bar(
        low=at(ends[0]),
        high=at(ends[1]),
        median=at(ends[2]),
        floor_low=at(floor[0]),
        floor_high=at(floor[1]),
        points=tuple(at(value_at) for value_at in near),
        ticks=(
            *(Tick(at=at(place), text=text) for place, text in ticks[:-1]),
            *(Tick(at=at(place), text=f"{text} {prop.shown_unit}") for place, text in ticks[-1:]),
        ),
        axis=" · logarithmic axis" if logarithmic else "",
        words=f"{prop.label}: median {quantity(median, property)}, {percent_in_full(level)} interval "
        f"{span(low, high, property)}.",
    )


def reach(property: str, median: float, low: float, high: float) -> list[float]:
    """List what the axis of a bar holds; bars drawn ``beside`` the reach of all of them have one axis.

    Args:
        property: Its name.
        median: Of the prediction, in the unit of the property.
        low: Lower end of the interval.
        high: Upper end of the interval.
    """
    prop = PROPERTIES[property]
    floor = prop.between_papers
    around = (
        [median * 10**-floor, median * 10**floor] if prop.scale is Scale.LOG10 else [median - floor, median + floor]
    )
    return [low, high, *around]


def on_axis(prop: Property, value: float) -> float:
    """A value where the axis of its property has it: its decade, for what is modelled in decades."""
    return math.log10(max(value, prop.lower)) if prop.scale is Scale.LOG10 else value


def _limits(prop: Property, values: Sequence[float]) -> tuple[float, float]:
    """First and last value of the axis, with a little room, never beyond what is possible."""
    low, high = min(values), max(values)
    least = _LEAST_DECADES if prop.scale is Scale.LOG10 else prop.between_papers
    missing = max(0.0, least - (high - low)) / 2
    room = _ROOM * max(high - low, least) + missing
    if prop.scale is Scale.LOG10:
        return low - room, high + room
    first = max(low - room, prop.lower)
    return first, max(high + room, first + least)


def decades(first: float, last: float, factor: float = 1.0) -> list[tuple[float, str]]:
    """Place the ticks of a logarithmic axis: decades, or 1-2-5 where they are few.

    Args:
        first: Where the axis begins, as a power of ten.
        last: Where it ends.
        factor: Of the numbers over the values, for another unit.

    Returns:
        Powers of ten with their numbers.
    """
    powers = range(math.ceil(first), math.floor(last) + 1)
    step = -(-len(powers) // MAX_TICKS) if powers else 1
    ticks = [(float(d), plain(factor * 10.0**d).removeprefix("1 × ")) for d in powers if d % step == 0]
    if len(ticks) < 2:
        ticks = [
            (d + math.log10(m), plain(factor * m * 10.0**d))
            for d in range(math.floor(first), math.ceil(last) + 1)
            for m in (1, 2, 5)
            if first <= d + math.log10(m) <= last
        ]
    return ticks


def round_numbers(first: float, last: float) -> list[tuple[float, str]]:
    """Place at most :data:`MAX_TICKS` ticks at multiples of 1, 2 or 5 times a power of ten.

    Args:
        first: Where the axis begins.
        last: Where it ends, above ``first``.

    Returns:
        Values with their numbers.
    """
    rough = (last - first) / (MAX_TICKS - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough)
    return [(i * step, f"{i * step:g}") for i in range(math.ceil(first / step), math.floor(last / step) + 1)]


def write_points(x: Sequence[float], y: Sequence[float]) -> str:
    """Write the ``points`` of an SVG line.

    Args:
        x: Places across, (n,).
        y: Places downwards, (n,).
    """
    return " ".join(f"{a:g},{b:g}" for a, b in zip(x, y, strict=True))
