"""How formulas and intervals are written in a report."""

from __future__ import annotations

from surrogate.candidate.measurement import Candidate
from surrogate.models.base import Prediction
from surrogate.text import span


def formula(candidate: Candidate) -> str:
    """What its electrolyte is called; what is weighed in is exact."""
    material = candidate.electrolyte
    return "" if material is None else material.composition.title


def interval(prediction: Prediction) -> str:
    """The interval with its unit: ``0.35 – 6.1 mS/cm``."""
    return span(prediction.interval.low, prediction.interval.high, prediction.property)
