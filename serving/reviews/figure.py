"""Results beside their predictions over time, laid out for a template to draw as SVG; all places in per cent.

Results stand in the order in which they were told, at even distances: what a laboratory does comes in bursts. Each is
drawn relative to what was predicted for it: as a ratio for what is modelled in decades, else as a difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from serving.pages.bars import MAX_TICKS, Tick, decades, round_numbers, write_points
from serving.pages.words import quantity, span
from surrogate.properties import Property, Scale, get_property
from surrogate.report.review import Reviewed, Standing
from surrogate.text import percent

#: Room above and below, as a share of the range, and its least: half a decade, or a tenth of an interval.
_ROOM, _LEAST_DECADES, _LEAST_SHARE = 0.08, 0.5, 0.1
#: Beyond so many times the range of what was measured, an interval runs out of the figure.
_REACH = 2.0
#: Where the first result may stand, so that the numbers of the axis have room before it.
_FIRST = 8.0


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One result: its interval from ``low`` to ``high``, and where it lies itself; downwards, as SVG counts."""

    x: float
    y: float
    low: float
    high: float
    coverage: float
    is_inside: bool
    words: str


@dataclass(frozen=True, kw_only=True)
class Track:
    """What is drawn of a property; ``zero`` is where results are as predicted, ``promise`` what intervals promise."""

    marks: tuple[Mark, ...]
    bias: str
    coverage: str
    zero: float
    promise: float
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    y_title: str
    words: str


def lay_out(property: str, rows: Sequence[tuple[Reviewed, Standing]]) -> Track:
    """Lay out the results of ``property`` with the standing after each, in their order; there is at least one."""
    prop = get_property(property)
    is_ratio = prop.scale is Scale.LOG10
    factor = 1.0 if is_ratio else prop.shown_factor
    n = len(rows)
    x = [round(_FIRST + (100 - _FIRST) * (place + 0.5) / n, 2) for place in range(n)]
    errors = [factor * row.error for row, _ in rows]
    ends = [(factor * row.error_of(row.low), factor * row.error_of(row.high)) for row, _ in rows]
    first, last = _limits(prop, errors, ends)

    def y(value: float) -> float:
        return round(float(np.clip(100 * (last - value) / (last - first), 0, 100)), 2)

    ticks = decades(first, last) if is_ratio else round_numbers(first, last)
    newest = rows[-1][1]
    return Track(
        marks=tuple(
            Mark(
                x=place, y=y(error), low=y(low), high=y(high), coverage=_share(standing.coverage),
                is_inside=row.is_inside, words=_name(row),
            )
            for place, error, (low, high), (row, standing) in zip(x, errors, ends, rows, strict=True)
        ),
        bias=write_points(x, [y(factor * standing.bias) for _, standing in rows]),
        coverage=write_points(x, [_share(standing.coverage) for _, standing in rows]),
        zero=y(0.0),
        promise=_share(newest.level),
        x_ticks=tuple(_days(x, [row for row, _ in rows])),
        y_ticks=tuple(Tick(at=y(place), text=text) for place, text in ticks),
        y_title="measured / predicted" if is_ratio else f"measured − predicted / {prop.shown_unit}",
        words=f"{prop.label}, results in the order in which they were told, each beside its interval: "
        f"{sum(row.is_inside for row, _ in rows)} of {n} inside; by the last {newest.n}, {percent(newest.coverage)} "
        f"inside where {percent(newest.level)} are promised.",
    )  # fmt: skip


def _limits(prop: Property, errors: Sequence[float], ends: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The axis holds every result and 0, and of the intervals what leaves the results readable."""
    widest = max(high - low for low, high in ends)
    least = _LEAST_DECADES if prop.scale is Scale.LOG10 else max(_LEAST_SHARE * widest, 1e-9)
    low, high = min(0.0, *errors), max(0.0, *errors)
    reach = _REACH * max(high - low, least)
    low = min(low, max(min(end for end, _ in ends), low - reach))
    high = max(high, min(max(end for _, end in ends), high + reach))
    room = _ROOM * max(high - low, least)
    return low - room, high + room


def _share(share: float) -> float:
    return round(100 - 100 * share, 2)


def _days(x: Sequence[float], rows: Sequence[Reviewed]) -> list[Tick]:
    """The day of some results, never the same twice."""
    step = -(-len(rows) // MAX_TICKS)
    ticks: list[Tick] = []
    for place in range(0, len(rows), step):
        text = f"{rows[place].recorded:%-d %b}"
        if not ticks or ticks[-1].text != text:
            ticks.append(Tick(at=x[place], text=text))
    return ticks


def _name(row: Reviewed) -> str:
    return (
        f"{row.campaign} {row.suggestion}: {row.shown}, predicted "
        f"{quantity(row.expected, row.property_name)} ({span(row.low, row.high, row.property_name)})"
    )
