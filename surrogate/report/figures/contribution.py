"""Which papers one prediction rests on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from surrogate.candidate.measurement import Candidate
from surrogate.models.encoding import describe
from surrogate.models.surrogate import Surrogate
from surrogate.report.figures.canvas import BLUE, GREY, ORANGE, canvas, heading, shown_unit
from surrogate.report.sources import LEAST_NAMED, shares, tree_weight
from surrogate.text import counted, number, percent

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LONGEST = 46


def contributions(model: Surrogate, candidate: Candidate, *, most: int = 10) -> Figure:
    """Draw the papers that count most in a prediction, with their mean value near it.

    The shares are those of the model's tree ensemble; the title says how much it counts in the blend.

    Args:
        model: The model.
        candidate: What is predicted.
        most: How many papers are drawn one by one; the others are summed.

    Raises:
        Unavailable: The model has no trees.
    """
    papers = shares(model, candidate)
    largest, rest = papers[:most], papers[most:]
    prop = model.property
    figure, (axes,) = canvas(7.2, 1.5 + 0.26 * (len(largest) + bool(rest)))
    labels = [_cut(share.reference) for share in largest]
    colours = [ORANGE if share.fidelity == "simulated" else BLUE for share in largest]
    parts = [100 * share.share for share in largest]
    if rest:
        labels.append(counted(len(rest), "other paper"))
        colours.append(GREY)
        parts.append(100 * sum(share.share for share in rest))
    borrowed = 1.0 - sum(share.share for share in papers)
    if borrowed >= LEAST_NAMED:
        labels.append("cells with a discharge only")
        colours.append(GREY)
        parts.append(100 * borrowed)
    places = list(range(len(labels)))[::-1]
    axes.barh(places, parts, color=colours, height=0.72)
    axes.set_yticks(places, labels, fontsize=7.5)
    for place, share in zip(places, largest, strict=False):
        value = f"{number(prop.shown_factor * share.value)} {shown_unit(prop, milli=True)}"
        axes.annotate(f"{value} ({counted(share.rows, 'row')})", (100 * share.share, place),
                      xytext=(3, 0), textcoords="offset points", va="center", fontsize=7, color=GREY)  # fmt: skip
    axes.set(xlabel="Share of the weight / %", xlim=(0, 1.25 * max(parts)))
    weight = tree_weight(model)
    blend = "" if weight > 0.999 else f" (the trees count {percent(weight)} in the blend)"
    heading(figure, f"{prop.label}: {describe(candidate)}{blend}", width=104, size=8.5)
    return figure


def _cut(text: str) -> str:
    """A reference in few characters; the way it was found goes first."""
    text = re.split(r"; | \((?:digest|SI)", text)[0]
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"
