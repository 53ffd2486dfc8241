"""How formulas and intervals are written in a report."""

from __future__ import annotations

from surrogate.candidate.measurement import Candidate
from surrogate.composition.formula import formula_of
from surrogate.models.base import Prediction
from surrogate.text import span


def formula(candidate: Candidate) -> str:
    """The formula of its electrolyte with three decimals; what is weighed in is exact."""
    material = candidate.electrolyte
    return "" if material is None else formula_of(material.composition.amounts, decimals=3)


def interval(prediction: Prediction) -> str:
    """The interval with its unit: ``0.35 – 6.1 mS/cm``."""
    return span(prediction.interval.low, prediction.interval.high, prediction.property)
