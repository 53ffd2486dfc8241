"""What a model has learnt: from how many papers, and from which parts of a description."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from surrogate.properties import Scale, get_property
from surrogate.report.figures.canvas import BLUE, GREY, ORANGE, canvas, legend, logarithmic_axis, title
from surrogate.text import effect, number

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def importance(sizes: Mapping[str, float], property: str) -> Figure:
    """How far predictions move when a part of the description is that of another measured row, the farthest on top.

    Args:
        sizes: What :func:`surrogate.models.explanation.importance` gives.
        property: Name of the property.
    """
    prop = get_property(property)
    names = sorted(sizes, key=lambda name: sizes[name])
    figure, (axes,) = canvas(6.4, 1.2 + 0.3 * len(names))
    axes.barh(names, [sizes[name] for name in names], color=BLUE, height=0.6)
    for place, name in enumerate(names):
        axes.annotate(
            effect(sizes[name], prop), (sizes[name], place), xytext=(5, 0), textcoords="offset points", va="center",
            fontsize=7.5,
        )  # fmt: skip
    axes.set(xlim=(0.0, 1.25 * max([*sizes.values(), 1e-9])))
    axes.set_xlabel(f"Mean change of the predicted {prop.label.lower()} / {_error_unit(property)}")
    title(axes, "How far predictions move when one part is that of another row")
    return figure


def learning_curve(curve: Mapping[str, Any], property: str) -> Figure:
    """The error on unseen papers against the number of papers learnt from, the power law, and where it would lead.

    Args:
        curve: What a training with a learning curve writes on the card of a model.
        property: Name of the property.
    """
    points = curve["points"]
    papers, errors = (np.array([point[name] for point in points], dtype=float) for name in ("papers", "mae"))
    bounds = np.array([point["mae_interval"] for point in points], dtype=float).T
    twice = np.array([2.0 * papers[-1]])
    figure, (axes,) = canvas(5.4, 3.6)
    axes.errorbar(
        papers, errors, yerr=np.abs(bounds - errors), color=BLUE, marker="o", markersize=5, capsize=2.5, linewidth=0,
        elinewidth=1.2, label="judged on the same papers",
    )  # fmt: skip
    fitted = [*(point["fitted"] for point in points), curve["doubled"]]
    law = f"power law, exponent {curve['exponent']:.2f}".replace("-", "−")
    axes.plot([*papers, *twice], fitted, color=GREY, linewidth=1.0, label=law)
    doubled = np.array([curve["doubled"]])
    spread = np.abs(np.array(curve["doubled_interval"], dtype=float)[:, None] - doubled)
    axes.errorbar(
        twice, doubled, yerr=spread, color=ORANGE, marker="D", markersize=5, capsize=2.5, linewidth=0, elinewidth=1.2,
        label="twice as many, if that went on",
    )  # fmt: skip
    logarithmic_axis(axes.xaxis, low=0.8 * papers[0], high=1.25 * twice[0])
    axes.set_ylim(0.0, 1.3 * max(bounds[1].max(), *curve["doubled_interval"]))
    axes.set(xlabel="Papers learnt from", ylabel=f"Mean error on unseen papers / {_error_unit(property)}")
    title(axes, f"{get_property(property).label}: error {number(errors[-1])} with {papers[-1]:.0f} papers")
    legend(axes, loc="best")
    return figure


def _error_unit(property: str) -> str:
    prop = get_property(property)
    return "decades" if prop.scale is Scale.LOG10 else "points" if prop.unit == "%" else prop.unit
