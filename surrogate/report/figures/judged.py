"""Figures of an evaluation on unseen papers; each takes the ``rows`` of :class:`surrogate.models.Evaluation`.

On the scale of the property: log10 for conductivities, which are drawn on logarithmic axes in S/cm.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from surrogate.properties import Property, Scale, get_property
from surrogate.report.figures.canvas import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    PALE,
    VERMILION,
    Array,
    Mark,
    axis_label,
    canvas,
    grouped,
    legend,
    mark,
    title,
)
from surrogate.text import counted, percent

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

#: Coverage of the 90 % interval that the gate asks for is drawn by those who know it; here only the honest line is.
LEVELS = (0.5, 0.8, 0.9)
#: The colour of each verdict.
VERDICTS: Mapping[str, str] = MappingProxyType({"in": BLUE, "edge": ORANGE, "out": VERMILION})
N_BOOTSTRAP = 400
_LONG_TAIL = 0.01


def parity(rows: pd.DataFrame, property: str) -> Figure:
    """Draw predicted against measured: a mark per measurement of an unseen paper, by family, with its 90 % interval.

    Args:
        rows: Of an evaluation, one a measurement.
        property: Its name.
    """
    prop = get_property(property)
    figure, (axes,) = canvas(6.9, 4.9)
    value, predicted = _to_unit(prop, rows["value"]), _to_unit(prop, rows["predicted"])
    low, high = _to_unit(prop, rows["low_90"]), _to_unit(prop, rows["high_90"])
    axes.vlines(value, low, high, color=GREY, linewidth=0.4, alpha=0.35)
    for name, in_group in grouped(list(rows["group"])).items():
        style, papers = mark(name), rows.loc[in_group, "paper"].nunique()
        axes.scatter(
            value[in_group], predicted[in_group], s=17, color=style.colour, marker=style.marker, alpha=0.75,
            linewidth=0, label=f"{name}: {in_group.sum()} in {counted(papers, 'paper')}",
        )  # fmt: skip
    limits = _limits(prop, np.concatenate([value, predicted]))
    axes.plot(limits, limits, color=BLACK, linewidth=0.8, zorder=1)
    if prop.scale is Scale.LOG10:
        axes.set(xscale="log", yscale="log")
    axes.set(xlim=limits, ylim=limits, aspect="equal")
    axes.set(xlabel=axis_label(prop, prefix="Measured"), ylabel=axis_label(prop, prefix="Predicted"))
    title(axes, f"Papers the model had not seen: {_headline(prop, rows)}")
    axes.plot([], [], color=GREY, linewidth=0.6, label="90 % interval")
    legend(axes, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


def residuals(rows: pd.DataFrame, property: str) -> Figure:
    """Draw predicted minus measured, by family and by verdict: a dot per measurement, the median and the middle half.

    Args:
        rows: Of an evaluation on unseen papers.
        property: Their property.
    """
    prop = get_property(property)
    sizes = rows.groupby("group")["paper"].nunique().sort_values()
    verdicts = [name for name in reversed(list(VERDICTS)) if (rows["domain"] == name).any()]
    figure, (left, right) = canvas(9.0, 1.6 + 0.34 * len(sizes), columns=2, ratios=(1.5, 1))
    _spread_by(left, rows, "group", list(sizes.index), {name: mark(name) for name in sizes.index})
    _spread_by(right, rows, "domain", verdicts, {name: Mark(colour=VERDICTS[name], marker="o") for name in verdicts})
    unit = "decades" if prop.scale is Scale.LOG10 else "points" if prop.unit == "%" else prop.unit
    spread = prop.between_papers
    for axes in (left, right):
        axes.axvline(0.0, color=GREY, linewidth=0.8, zorder=0)
        axes.axvspan(-spread, spread, color=PALE, zorder=-1, label="papers differ by this much")
    left.set(xlabel=f"Predicted − measured {prop.label.lower()} / {unit}", ylim=(-1.4, len(sizes) - 0.4))
    right.set(xlabel=f"Predicted − measured / {unit}")
    title(left, "Errors on unseen papers, by family: median and middle half")
    title(right, "The same, by verdict")
    legend(left, loc="lower right")
    return figure


def _spread_by(axes: Any, rows: pd.DataFrame, column: str, names: list[str], marks: Mapping[str, Mark]) -> None:
    """A line of dots for each of the ``names`` in a column of the rows, from the bottom up."""
    error = (rows["predicted"] - rows["value"]).to_numpy(dtype=float)
    rng = np.random.default_rng(0)  # only spreads the dots
    for place, name in enumerate(names):
        chosen = (rows[column] == name).to_numpy()
        jitter = place + rng.uniform(-0.24, 0.24, chosen.sum())
        style = marks[name]
        axes.scatter(error[chosen], jitter, s=9, color=style.colour, marker=style.marker, alpha=0.6, linewidth=0)
        low, middle, high = np.quantile(error[chosen], [0.25, 0.5, 0.75])
        axes.plot([low, high], [place, place], color=BLACK, linewidth=1.2)
        axes.plot(middle, place, marker="|", color=BLACK, markersize=9, markeredgewidth=1.6)
    papers = [rows.loc[rows[column] == name, "paper"].nunique() for name in names]
    axes.set_yticks(range(len(names)), [f"{n} ({counted(k, 'paper')})" for n, k in zip(names, papers, strict=True)])
    axes.set(ylim=(-0.6, len(names) - 0.4))


def reliability(rows: pd.DataFrame, property: str) -> Figure:
    """Draw how often values of unseen papers fall inside intervals of each level, and how wide those of 90 % are.

    Papers count equally. The bar at each level is a 95 % bootstrap interval over papers.

    Args:
        rows: Of an evaluation, one a measurement.
        property: Its name.
    """
    prop = get_property(property)
    figure, (left, right) = canvas(7.6, 3.5, columns=2, ratios=(1, 1.15))
    observed, spread = _coverage(rows)
    left.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, label="honest")
    left.errorbar(
        LEVELS, observed, yerr=np.abs(spread - observed), color=BLUE, marker="o", markersize=5, capsize=2.5,
        linewidth=1.2, label="model",
    )  # fmt: skip
    for level, share in zip(LEVELS, observed, strict=True):
        left.annotate(percent(share), (level, share), xytext=(7, -9), textcoords="offset points", fontsize=7.5)
    left.set(xlim=(0.35, 1.0), ylim=(0.35, 1.0), aspect="equal")
    left.set(xlabel="Level of the interval", ylabel="Share of values inside")
    title(left, "Do the intervals hold?")
    legend(left, loc="upper left")
    _widths(right, prop, rows)
    return figure


def _widths(axes: Any, prop: Property, rows: pd.DataFrame) -> None:
    """Widths of the 90 % interval by applicability verdict, beside the one width that would hold as often."""
    width = (rows["high_90"] - rows["low_90"]).to_numpy(dtype=float)
    error = np.abs((rows["predicted"] - rows["value"]).to_numpy(dtype=float))
    constant = 2.0 * float(np.quantile(error, 0.9))
    names = [name for name in VERDICTS if (rows["domain"] == name).any()]
    bins = np.linspace(0.0, float(np.quantile(width, 1.0 - _LONG_TAIL)), 26)
    for name in names:
        has_verdict = (rows["domain"] == name).to_numpy()
        axes.hist(
            np.clip(width[has_verdict], None, bins[-1]), bins=bins, histtype="stepfilled" if name == "in" else "step",
            color=VERDICTS[name], alpha=0.45 if name == "in" else 1.0, linewidth=1.4,
            label=f"domain: {name} ({has_verdict.sum()})",
        )  # fmt: skip
    axes.axvline(constant, color=BLACK, linewidth=1.0, linestyle="--", label="one width for all")
    unit = "decades" if prop.scale is Scale.LOG10 else prop.unit
    axes.set(xlabel=f"Width of the 90 % interval / {unit}", ylabel="Measurements", xlim=(0, None))
    title(axes, "How wide are they?")
    legend(axes)


def _coverage(rows: pd.DataFrame) -> tuple[Array, Array]:
    """Share inside per level, papers weighted equally, (levels,), and its bootstrap bounds over papers (2, levels)."""
    inside = np.column_stack(
        [((rows[f"low_{n}"] <= rows["value"]) & (rows["value"] <= rows[f"high_{n}"])) for n in (50, 80, 90)]
    ).astype(float)
    _, code = np.unique(rows["paper"].to_numpy(dtype=str), return_inverse=True)
    per_paper = np.column_stack([np.bincount(code, weights=of_level) / np.bincount(code) for of_level in inside.T])
    draws = np.random.default_rng(0).integers(len(per_paper), size=(N_BOOTSTRAP, len(per_paper)))
    return per_paper.mean(axis=0), np.quantile(per_paper[draws].mean(axis=1), [0.025, 0.975], axis=0)


def _headline(prop: Property, rows: pd.DataFrame) -> str:
    from surrogate.models.evaluation import row_weights

    error = np.abs((rows["predicted"] - rows["value"]).to_numpy(dtype=float))
    unit = "decades" if prop.scale is Scale.LOG10 else "points" if prop.unit == "%" else prop.unit
    return (
        f"mean error {float(row_weights(rows) @ error):.2g} {unit}"
        if error.mean() < 10
        else (f"mean error {float(row_weights(rows) @ error):.0f} {unit}")
    )


def _to_unit(prop: Property, values: Any) -> Array:
    """Values on the scale → in the unit."""
    numbers = np.asarray(values, dtype=float)
    return np.asarray(np.power(10.0, numbers)) if prop.scale is Scale.LOG10 else numbers


def _limits(prop: Property, values: Array) -> tuple[float, float]:
    if prop.scale is Scale.LOG10:
        low, high = np.log10(np.quantile(values, [0.002, 1.0]))
        return float(10 ** (low - 0.4)), float(10 ** (high + 0.4))
    low, high = float(values.min()), float(values.max())
    room = 0.05 * (high - low)
    return low - room, high + room
