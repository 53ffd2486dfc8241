"""Figures of one evaluation, for its run: predicted against measured on unseen papers, and honesty of the intervals.

They are drawn on their own canvas, so neither a display nor pyplot's global state is involved.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from surrogate.models.evaluation import COVERAGE_BOUNDS, LEVELS
from surrogate.properties import Scale, get_property

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from surrogate.models import Evaluation

#: Okabe & Ito's colours (jfly.uni-koeln.de/color, 2008), which colour-blind readers can tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = "os^Dv<>"


def parity(evaluation: Evaluation) -> Figure:
    """Predicted against measured, a mark per measurement of an unseen paper, with 90 % intervals, by family."""
    figure, axes = _canvas(5.2, 5.0)
    rows = evaluation.rows
    largest = list(rows["group"].value_counts().index[: len(COLOURS) - 1])
    for number, name in enumerate([*largest, "others"]):
        part = rows[rows["group"] == name] if name != "others" else rows[~rows["group"].isin(largest)]
        if part.empty:
            continue
        below, above = part["predicted"] - part["low_90"], part["high_90"] - part["predicted"]
        axes.errorbar(
            part["value"],
            part["predicted"],
            yerr=[below.clip(lower=0), above.clip(lower=0)],
            fmt=MARKERS[number],
            color=COLOURS[number],
            markersize=4,
            elinewidth=0.4,
            alpha=0.7,
            label=f"{name} ({part['paper'].nunique()} papers)",
        )
    low, high = rows[["value", "predicted"]].min().min(), rows[["value", "predicted"]].max().max()
    axes.plot([low, high], [low, high], color="0.4", linewidth=0.8)
    label = _label(evaluation)
    axes.set(xlabel=f"Measured {label}", ylabel=f"Predicted {label}, unseen papers")
    axes.legend(fontsize=7, frameon=False)
    return figure


def reliability(evaluation: Evaluation) -> Figure:
    """How often values of unseen papers fall inside intervals of each level, beside the level itself."""
    figure, axes = _canvas(4.2, 4.0)
    observed = [evaluation.metrics[f"coverage_{level * 100:.0f}"] for level in LEVELS]
    axes.plot([0, 1], [0, 1], color="0.4", linewidth=0.8, label="honest")
    axes.plot(LEVELS, observed, marker="o", color=COLOURS[0], label=f"{evaluation.kind.replace('_', ' ')}")
    axes.vlines(LEVELS[-1], *COVERAGE_BOUNDS, color=COLOURS[1], linewidth=4, alpha=0.5, label="bounds of the gate")
    axes.set(
        xlabel="Level of the interval",
        ylabel="Share of values inside (papers weighted equally)",
        xlim=(0.4, 1.0),
        ylim=(0.4, 1.0),
    )
    axes.legend(fontsize=8, frameon=False)
    return figure


def save(figure: Figure, path: Path) -> None:
    """``figure`` as a PNG at ``path``."""
    figure.savefig(path, dpi=150, metadata={"Software": None})


def _canvas(width: float, height: float) -> tuple[Figure, Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()


def _label(evaluation: Evaluation) -> str:
    prop = get_property(evaluation.property)
    unit = f"log10({prop.unit})" if prop.scale is Scale.LOG10 else prop.unit
    return f"{prop.label.lower()} / {unit}"
