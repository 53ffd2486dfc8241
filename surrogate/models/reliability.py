"""Whether chances come true: how often unseen papers report what a model gave a chance.

A chance is read from the normal distribution on the scale whose central 90 % is the interval, as planners read it. For
each held-out row the value is taken that the model expects to be passed with a given chance; the share of rows that
pass theirs, papers counting equally, is how often such events happen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from surrogate.models.calibration import NORMAL_QUANTILE_95
from surrogate.properties import Property, Scale

#: Chances that are put to the test.
CHANCES = (0.05, 0.10, 0.20, 0.50, 0.80)


def judge_chances(property: Property, held_out: Mapping[str, Sequence[Any]]) -> dict[float, float]:
    """How often events of each of :data:`CHANCES` happen on unseen papers.

    Args:
        property: whose scale counts.
        held_out: columns ``value``, ``predicted``, ``low_90``, ``high_90`` and ``paper`` of the card of a model: in
            decades where errors are reported in these, else in the unit of the property.

    Returns:
        Share by stated chance; empty where the card keeps no held-out rows.
    """
    from scipy.special import ndtri

    if not held_out or not len(held_out["value"]):
        return {}
    columns = np.array([held_out[name] for name in ("value", "predicted", "low_90", "high_90")], dtype=np.float64)
    value, middle, low, high = columns if property.scale is Scale.LOG10 else property.to_scale(columns)
    std = np.maximum(high - low, 1e-9) / (2.0 * NORMAL_QUANTILE_95)
    _, paper, count = np.unique(np.asarray(held_out["paper"]), return_inverse=True, return_counts=True)
    weights = 1.0 / count[paper]
    usable = np.isfinite(value) & np.isfinite(middle) & np.isfinite(std)
    return {
        chance: float(np.average((value >= middle - ndtri(chance) * std)[usable], weights=weights[usable]))
        for chance in CHANCES
    }
