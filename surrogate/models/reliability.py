"""Whether chances come true: how often unseen papers report what a model gave a chance.

A chance is read from the normal distribution on the scale whose central 90 % is the interval, as planners read it. For
each held-out row the value is taken that the model expects to be passed with a given chance; the share of rows that
pass theirs, papers counting equally, is how often such events happen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.models.calibration import NORMAL_QUANTILE_95
from surrogate.properties import Property, Scale

Array = NDArray[np.float64]

#: Chances that are put to the test.
CHANCES = (0.05, 0.10, 0.20, 0.50, 0.80)


#: Papers that a correlation of 0 is worth, so that a few papers say little.
_DOUBT = 10.0


def correlate_errors(
    one: tuple[Property, Mapping[str, Sequence[Any]]], other: tuple[Property, Mapping[str, Sequence[Any]]]
) -> float:
    """The correlation of the errors that two models made on unseen papers, drawn towards 0 where few papers have both.

    Args:
        one: A property and the held-out rows of the card of its model.
        other: Another property with those of its model.
    """
    of_one, of_other = (_errors_by_paper(*pair) for pair in (one, other))
    papers = sorted(of_one.keys() & of_other.keys())
    x, y = (np.array([errors[paper] for paper in papers]) for errors in (of_one, of_other))
    if len(papers) < 3 or min(np.ptp(x), np.ptp(y)) <= 0.0:
        return 0.0
    return float(np.corrcoef(x, y)[0, 1]) * len(papers) / (len(papers) + _DOUBT)


def _errors_by_paper(property: Property, held_out: Mapping[str, Sequence[Any]]) -> dict[str, float]:
    """The mean error of each paper in standard deviations."""
    value, middle, std = _moments(property, held_out)
    usable = np.isfinite(value) & np.isfinite(middle) & np.isfinite(std)
    paper, place = np.unique(np.asarray(held_out["paper"])[usable], return_inverse=True)
    sums = np.bincount(place, weights=((value - middle) / std)[usable], minlength=len(paper))
    return dict(zip(paper.tolist(), (sums / np.bincount(place)).tolist(), strict=True))


def _moments(property: Property, held_out: Mapping[str, Sequence[Any]]) -> tuple[Array, Array, Array]:
    """Value, expectation and standard deviation of held-out rows on the scale, (n,) each."""
    columns = np.array([held_out[name] for name in ("value", "predicted", "low_90", "high_90")], dtype=np.float64)
    value, middle, low, high = columns if property.scale is Scale.LOG10 else property.to_scale(columns)
    return value, middle, np.maximum(high - low, 1e-9) / (2.0 * NORMAL_QUANTILE_95)


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
    value, middle, std = _moments(property, held_out)
    _, paper, count = np.unique(np.asarray(held_out["paper"]), return_inverse=True, return_counts=True)
    weights = 1.0 / count[paper]
    usable = np.isfinite(value) & np.isfinite(middle) & np.isfinite(std)
    return {
        chance: float(np.average((value >= middle - ndtri(chance) * std)[usable], weights=weights[usable]))
        for chance in CHANCES
    }
