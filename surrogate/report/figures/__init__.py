"""One function per figure; each returns a matplotlib ``Figure`` on its own canvas, so no display is needed.

Colours are Okabe and Ito's, which colour-blind readers can tell apart, and are never the only sign: marks differ too.
Every axis has its unit. Names are loaded when they are asked for.

========================  ==============================================================================
``parity``                predicted against measured, on papers the model had not seen
``residuals``             the same errors by family and by verdict
``reliability``           how often intervals hold, and how wide they are
``learning_curve``        the error against the number of papers learnt from
``importance``            how far each part of a description moves the predictions of a model
``domain_map``            a map of the measured rows, with candidates and suggestions in it
``response``              a property against one setting of a recipe, with the cited rows underneath
``ternary``               measured and suggested compositions in Li2S-P2S5-LiX
``pareto``                two goals against each other, with numbered suggestions
``data_overview``         where the measurements come from: year, trust, family, what is stated
``progress``              what was expected and what was measured in a campaign
``contributions``         which papers one prediction rests on
``effects``               which parts of a description moved one prediction, and how far
========================  ==============================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from surrogate._lazy import lazy_names

if TYPE_CHECKING:
    from surrogate.report.figures.campaign import progress
    from surrogate.report.figures.canvas import png, save
    from surrogate.report.figures.contribution import contributions
    from surrogate.report.figures.curve import response
    from surrogate.report.figures.data import data_overview
    from surrogate.report.figures.domain import domain_map
    from surrogate.report.figures.explained import effects
    from surrogate.report.figures.goals import pareto
    from surrogate.report.figures.judged import parity, reliability, residuals
    from surrogate.report.figures.learnt import importance, learning_curve
    from surrogate.report.figures.triangle import ternary

__all__ = [
    "contributions",
    "data_overview",
    "domain_map",
    "effects",
    "importance",
    "learning_curve",
    "pareto",
    "parity",
    "png",
    "progress",
    "reliability",
    "residuals",
    "response",
    "save",
    "ternary",
]

__getattr__, __dir__ = lazy_names(__name__)
