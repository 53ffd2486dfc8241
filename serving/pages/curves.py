"""A response curve laid out for a template to draw as SVG: all places in per cent of the width and of the height.

The band and the line are stretched to whatever width the page has; texts and points are not, so that they stay
readable on a telephone. Conductivities are drawn on a logarithmic axis in mS/cm, everything else in its unit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from serving.pages.bars import Tick, decades, on_axis, round_numbers, write_points
from serving.pages.words import quantity, span
from surrogate.properties import Property, Scale, get_property
from surrogate.report.response import Response, Row

#: Room above and below the curve, as a share of its range, and least range: half a decade, or a tenth of the value.
_ROOM, _LEAST_DECADES, _LEAST_SHARE = 0.06, 0.5, 0.1
#: A maximum is named where it is so many times what both ends have.
_PEAK = 1.15


@dataclass(frozen=True, kw_only=True)
class Zone:
    """Where the verdict is ``edge`` or ``out``."""

    x: float
    width: float
    status: str


@dataclass(frozen=True, kw_only=True)
class Point:
    """A measured row, with what is said when one points at it."""

    x: float
    y: float
    is_same: bool
    words: str


@dataclass(frozen=True, kw_only=True)
class Curve:
    """What is drawn; ``band`` and ``middle`` are points of SVG in a square of 100, ``here`` is the recipe as it is."""

    band: str
    middle: str
    zones: tuple[Zone, ...]
    points: tuple[Point, ...]
    here: float | None
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    words: str


@dataclass(frozen=True, kw_only=True)
class Axis:
    """How the setting is called and shown, and whether its axis is logarithmic."""

    label: str
    unit: str
    is_logarithmic: bool = False

    def shown(self, value: float) -> str:
        """A value with its unit."""
        return f"{round(value, 9):.4g} {self.unit}".strip()


def curve(property: str, answer: Response, axis: Axis, *, here: float | None = None, rows: Sequence[Row] = ()) -> Curve:
    """Lay out the response of ``property``.

    Args:
        property: Its name.
        answer: The predictions along the setting.
        axis: Of the setting.
        here: The setting of the recipe as it is, where that is stated.
        rows: Measured rows to draw.
    """
    prop = get_property(property)
    x_of = math.log10 if axis.is_logarithmic else float
    first_x, last_x = x_of(answer.grid[0]), x_of(answer.grid[-1])
    x = _to_percent([x_of(v) for v in answer.grid], first_x, last_x)
    lows = [on_axis(prop, p.interval.low) for p in answer.predictions]
    highs = [on_axis(prop, p.interval.high) for p in answer.predictions]
    medians = [on_axis(prop, p.median) for p in answer.predictions]
    shown = [row for row in rows if row.measurement.value > 0 or prop.scale is not Scale.LOG10]
    first, last = _find_limits(prop, [*lows, *highs, *(on_axis(prop, row.measurement.value) for row in shown)])

    def y(values: Sequence[float]) -> list[float]:
        return [round(100 - place, 2) for place in _to_percent(values, first, last)]

    lower, upper = y(lows), y(highs)
    ticks = decades(first, last, prop.shown_factor) if prop.scale is Scale.LOG10 else round_numbers(first, last)
    return Curve(
        band=write_points([*x, *reversed(x)], [*upper, *reversed(lower)]),
        middle=write_points(x, y(medians)),
        zones=tuple(_find_zones(x, [p.domain.status.value for p in answer.predictions])),
        points=tuple(
            Point(
                x=_to_percent([x_of(row.at)], first_x, last_x)[0],
                y=y([on_axis(prop, row.measurement.value)])[0],
                is_same=row.is_same,
                words=_describe_row(row, axis),
            )
            for row in sorted(shown, key=lambda row: row.is_same)  # those that matter most lie above the others
            if row.at > 0 or not axis.is_logarithmic
        ),
        here=_locate_recipe(here, x_of, first_x, last_x, axis),
        x_ticks=_place_ticks((decades if axis.is_logarithmic else round_numbers)(first_x, last_x), first_x, last_x),
        y_ticks=tuple(Tick(at=y([at])[0], text=text) for at, text in ticks),
        words=_describe_curve(property, answer, axis),
    )  # fmt: skip


def _describe_row(row: Row, axis: Axis) -> str:
    m = row.measurement
    return f"{m.source.row_id}: {quantity(m.value, m.property)} at {axis.shown(row.at)}"


def _locate_recipe(
    here: float | None, x_of: Callable[[float], float], first: float, last: float, axis: Axis
) -> float | None:
    if here is None or (axis.is_logarithmic and here <= 0) or not first <= x_of(here) <= last:
        return None
    return _to_percent([x_of(here)], first, last)[0]


def _find_limits(prop: Property, values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    least = _LEAST_DECADES if prop.scale is Scale.LOG10 else _LEAST_SHARE * max(abs(high), 1e-9)
    missing = max(0.0, least - (high - low)) / 2
    room = _ROOM * max(high - low, least) + missing
    return low - room, high + room


def _to_percent(values: Sequence[float], first: float, last: float) -> list[float]:
    places = 100 * (np.asarray(values, dtype=float) - first) / (last - first)
    return [round(float(place), 2) for place in np.clip(places, 0, 100)]


def _place_ticks(ticks: Sequence[tuple[float, str]], first: float, last: float) -> tuple[Tick, ...]:
    return tuple(Tick(at=_to_percent([at], first, last)[0], text=text) for at, text in ticks)


def _find_zones(x: Sequence[float], verdicts: Sequence[str]) -> list[Zone]:
    """Runs of one verdict that is not *in*, each from the middle before it to the middle behind it."""
    borders = [x[0], *((a + b) / 2 for a, b in pairwise(x)), x[-1]]
    zones: list[Zone] = []
    start = 0
    for place in range(1, len(verdicts) + 1):
        if place < len(verdicts) and verdicts[place] == verdicts[start]:
            continue
        if verdicts[start] != "in":
            width = round(borders[place] - borders[start], 2)
            zones.append(Zone(x=round(borders[start], 2), width=width, status=verdicts[start]))
        start = place
    return zones


def _describe_curve(property: str, answer: Response, axis: Axis) -> str:
    """The curve for whoever cannot see it; the table below it has the numbers."""
    ends = [
        f"{quantity(p.median, property)} ({span(p.interval.low, p.interval.high, property)}) at {axis.shown(v)}"
        for v, p in ((float(answer.grid[i]), answer.predictions[i]) for i in (0, -1))
    ]
    medians = [p.median for p in answer.predictions]
    peak = int(np.argmax(medians))
    prop = get_property(property)
    words = f"{prop.label} against {axis.label.lower()}: from {ends[0]} to {ends[1]}"
    if medians[peak] < _PEAK * max(medians[0], medians[-1]):
        return f"{words}."
    return f"{words}, highest {quantity(medians[peak], property)} at {axis.shown(float(answer.grid[peak]))}."
