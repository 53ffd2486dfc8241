"""What moved one prediction away from usual members of its family."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from surrogate.models.explanation import Explanation
from surrogate.report.figures.canvas import (
    BLUE,
    GREY,
    VERMILION,
    canvas,
    heading,
    logarithmic_axis,
    shown_unit,
)
from surrogate.text import counted, number
from surrogate.text import effect as effect_in_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def effects(explanation: Explanation) -> Figure:
    """Steps from usual members of the group to the prediction, the largest effect first."""
    prop = explanation.property
    unit, times = shown_unit(prop, milli=True), prop.shown_factor
    figure, (axes,) = canvas(7.2, 1.3 + 0.3 * (len(explanation.effects) + 2))
    at, ends = explanation.start, [explanation.start]
    for effect in explanation.effects:
        at = at * 10**effect.size if explanation.in_decades else at + effect.size
        ends.append(at)
    names = [f"usual {explanation.group}", *(effect.part for effect in explanation.effects), "prediction"]
    places = list(range(len(names)))[::-1]
    for place, (before, after) in zip(places[1:-1], pairwise(ends), strict=True):
        colour = BLUE if after >= before else VERMILION
        axes.barh(place, times * (after - before), left=times * before, color=colour, height=0.6)
        axes.plot([times * after] * 2, [place - 1, place + 0.3], color=GREY, linewidth=0.7)
    axes.plot([times * ends[0]] * 2, [places[0] - 1, places[0]], color=GREY, linewidth=0.7)
    axes.plot([times * ends[0]], [places[0]], "o", color=GREY)
    axes.plot([times * ends[-1]], [places[-1]], "D", color=GREY)
    axes.set_yticks(places, names, fontsize=8)
    labels = ["", *(effect_in_words(step.size, prop) for step in explanation.effects), ""]
    labels[0], labels[-1] = (f"{number(times * value)} {unit}" for value in (ends[0], ends[-1]))
    rights = [ends[0], *(max(step) for step in pairwise(ends)), ends[-1]]
    for place, text, right in zip(places, labels, rights, strict=True):
        axes.annotate(
            text, (times * right, place), xytext=(6, 0), textcoords="offset points", va="center", fontsize=7.5
        )
    low, high = times * min(ends), times * max(ends)
    if explanation.in_decades:
        room = (high / low) ** 0.12 * 1.02
        logarithmic_axis(axes.xaxis, low=low / room, high=high * room**2)
    else:
        room = 0.12 * (high - low) + 0.01 * abs(high)
        axes.set_xlim(low - room, high + 2 * room)
    axes.set_xlabel(f"{prop.label} / {unit}")
    compared = f"compared with {counted(explanation.rows, 'measured row')} of {counted(explanation.papers, 'paper')}"
    heading(figure, f"What moves the prediction away from usual rows of {explanation.group} ({compared})", size=8.5)
    return figure
