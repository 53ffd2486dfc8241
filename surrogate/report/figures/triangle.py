"""Compositions of Li2S, P2S5 and a lithium halide in one triangle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from surrogate.candidate.measurement import Candidate, Measurement
from surrogate.composition import Composition
from surrogate.properties import Scale, get_property
from surrogate.report.figures.canvas import (
    BLACK,
    COLOUR_MAP,
    GREY,
    Array,
    axis_label,
    canvas,
    legend,
    numbered,
    title,
    wrapped,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_HALOGENS = ("F", "Cl", "Br", "I")
_MARKERS = {"": "o", "F": "P", "Cl": "s", "Br": "^", "I": "D", "mixed": "v"}
#: How far the sulfur of a composition may be from what the three compounds give, per formula, to be in the plane.
_TOLERANCE = 0.02
#: Where the triangle is cut off when nothing lies above: most of it is empty.
_TOP = 0.5
_HEIGHT = np.sqrt(3.0) / 2.0


def compounds(composition: Composition) -> tuple[float, float, float] | None:
    """Mole fractions of (Li2S, P2S5, LiX), or ``None`` for what these three cannot make.

    >>> from surrogate.composition import parse_composition
    >>> compounds(parse_composition("Li6PS5Cl"))
    (0.625, 0.125, 0.25)
    """
    amounts = composition.amounts
    if not set(amounts) <= {"Li", "P", "S", *_HALOGENS}:
        return None
    halide = sum(amounts.get(x, 0.0) for x in _HALOGENS)
    phosphide = amounts.get("P", 0.0) / 2.0
    sulfide = (amounts.get("Li", 0.0) - halide) / 2.0
    missing = sulfide + 5.0 * phosphide - amounts.get("S", 0.0)
    if sulfide < 0 or abs(missing) > _TOLERANCE * max(amounts.get("S", 0.0), 1e-9):
        return None
    total = sulfide + phosphide + halide
    return sulfide / total, phosphide / total, halide / total


def ternary(measurements: Sequence[Measurement], suggestions: Sequence[Candidate] = ()) -> Figure:
    """Draw measured compositions in Li2S-P2S5-LiX, coloured by their best value.

    Where several rows share a composition the best value is shown: the others differ in how they were made. What holds
    other elements is not in this plane; how many rows that are is said.

    Args:
        measurements: All of one property.
        suggestions: Drawn with their numbers.
    """
    prop = get_property(measurements[0].property)
    figure, (axes,) = canvas(7.0, 4.4)
    best: dict[tuple[float, ...], tuple[float, str]] = {}
    outside = 0
    for m in measurements:
        place = _place(m.candidate)
        if place is None:
            outside += 1
            continue
        key = tuple(round(p, 4) for p in place)
        if key not in best or m.value > best[key][0]:
            best[key] = (m.value, _name_halide(m.candidate))
    places = [*best, *(p for p in map(_place, suggestions) if p is not None)]
    _draw_frame(axes, top=_TOP if all(p[1] < _TOP - 0.02 for p in places) else 1.0)
    if best:
        _draw_measured(figure, axes, best, prop)
    beyond = _draw_numbered(axes, suggestions)
    note = f"; suggestions {', '.join(map(str, beyond))} too" if beyond else ""
    title(
        axes, wrapped(f"Best {prop.label.lower()} of each composition. {outside} of {len(measurements)} measurements "
                      f"hold other elements and are not in this plane{note}.", 92), size=8.5,
    )  # fmt: skip
    legend(axes, loc="upper right")
    return figure


def _draw_measured(figure: Any, axes: Any, best: dict[tuple[float, ...], tuple[float, str]], prop: Any) -> None:
    from matplotlib.colors import LogNorm, Normalize

    scale = prop.shown_factor
    values = scale * np.array([value for value, _ in best.values()])
    if prop.scale is Scale.LOG10:
        norm: Any = LogNorm(vmin=max(float(np.quantile(values, 0.05)), values.max() / 1e4), vmax=values.max())
    else:
        norm = Normalize(vmin=values.min(), vmax=values.max())
    xy, halides = _to_xy(np.array(list(best))), np.array([halide for _, halide in best.values()])
    order = np.argsort(values)  # the best on top
    drawn = None
    for halide, marker in _MARKERS.items():
        of_halide = order[halides[order] == halide]
        if not len(of_halide):
            continue
        label = {"": "no halide", "mixed": "mixed halides"}.get(halide, f"X = {halide}")
        drawn = axes.scatter(
            xy[of_halide, 0], xy[of_halide, 1], c=values[of_halide], norm=norm, cmap=COLOUR_MAP, marker=marker, s=30,
            edgecolor="white", linewidth=0.4, zorder=3,
        )  # fmt: skip
        axes.plot([], [], linestyle="", marker=marker, color=GREY, markersize=5, label=label)
    bar = figure.colorbar(drawn, ax=axes, shrink=0.75, pad=0.02)
    bar.set_label(axis_label(prop, milli=True), fontsize=8.5)
    bar.ax.tick_params(labelsize=8)


def _draw_numbered(axes: Any, suggestions: Sequence[Candidate]) -> list[int]:
    """Draw the suggestions that lie in the plane; the numbers of those that do not."""
    beyond = []
    for number, candidate in enumerate(suggestions, 1):
        place = _place(candidate)
        if place is None:
            beyond.append(number)
            continue
        ((x, y),) = _to_xy(np.array([place]))
        numbered(axes, number, (float(x), float(y)), degrees=60.0 - 35.0 * ((number - 1) % 5))  # most lie left
    return beyond


def _place(candidate: Candidate) -> tuple[float, float, float] | None:
    return None if candidate.electrolyte is None else compounds(candidate.electrolyte.composition)


def _name_halide(candidate: Candidate) -> str:
    there = [] if candidate.electrolyte is None else [
        x for x in _HALOGENS if candidate.electrolyte.composition.amount(x) > 0
    ]  # fmt: skip
    return "" if not there else there[0] if len(there) == 1 else "mixed"


def _to_xy(fractions: Array) -> Array:
    """(n, 3) fractions of Li2S (left corner), P2S5 (top), LiX (right) → (n, 2)."""
    return np.column_stack([fractions[:, 2] + fractions[:, 1] / 2.0, fractions[:, 1] * _HEIGHT])


def _draw_frame(axes: Any, *, top: float) -> None:
    """The triangle up to ``top`` of P2S5, with lines every 10 or 20 mol%; the third share is what is left of 100."""
    axes.set_axis_off()
    axes.set(aspect="equal", xlim=(-0.14, 1.1), ylim=(-0.13, (top + 0.05) * _HEIGHT))
    corners = [(1 - top, top, 0), (1, 0, 0), (0, 0, 1), (0, top, 1 - top)]
    axes.plot(*_to_xy(np.array(corners, dtype=float)).T, color=BLACK, linewidth=1.0)
    step = 0.1 if top < 1 else 0.2
    for share in np.arange(step, 1.0 - 1e-9, step):
        cut = min(top, 1 - share)
        lines = [
            [[1 - share, 0, share], [1 - share - cut, cut, share]],
            [[share, 0, 1 - share], [share, cut, 1 - share - cut]],
        ]
        if share < top + 1e-9:
            lines.append([[1 - share, share, 0], [0, share, 1 - share]])
            _draw_tick(axes, (1 - share, share, 0), f"{100 * share:.0f}", (-4, 1), "right")
        _draw_tick(axes, (1 - share, 0, share), f"{100 * share:.0f}", (0, -10), "center")
        for line in lines:
            axes.plot(*_to_xy(np.array(line, dtype=float)).T, color=GREY, linewidth=0.35, alpha=0.6, zorder=0)
    axes.text(0.5, -0.07, "LiX / mol%", fontsize=9, ha="center", va="top")
    (middle,) = _to_xy(np.array([(1 - top / 2, top / 2, 0)]))
    axes.text(
        middle[0] - 0.07, middle[1] + 0.03, "P$_2$S$_5$ / mol%", fontsize=9, rotation=60, ha="center", va="center"
    )
    for text, x, alignment in (("Li$_2$S", 0.0, "right"), ("LiX", 1.0, "left")):
        axes.text(x, -0.02, f" {text} ", fontsize=9, ha=alignment, va="top", fontweight="bold")
    if top >= 1:
        axes.text(0.5, _HEIGHT + 0.01, "P$_2$S$_5$", fontsize=9, ha="center", va="bottom", fontweight="bold")


def _draw_tick(
    axes: Any, place: tuple[float, float, float], text: str, offset: tuple[float, float], alignment: str
) -> None:
    ((x, y),) = _to_xy(np.array([place], dtype=float))
    axes.annotate(text, (x, y), xytext=offset, textcoords="offset points", fontsize=6.5, color=GREY, ha=alignment)
