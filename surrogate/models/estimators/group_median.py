"""The median of a group, pulled towards the median of all where few papers speak for the group.

The floor under every model (a family median is hard to beat on argyrodites) and the base that a family with three rows
borrows: with ``n`` papers the group counts n / (n + pooling), the shrinkage of a one-way random-effects model (Efron &
Morris, J. Am. Stat. Assoc. 70, 311 (1975)) with medians for means.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.models.estimators.kinds import PAPER_POWER, Kind, Range
from surrogate.models.training_set import TrainingSet, paper_weights, weighted_median

Array = NDArray[np.float64]

DEFAULTS: Mapping[str, Any] = {"pooling": 3.0, "paper_power": 1.0}


@dataclass(frozen=True, kw_only=True)
class GroupMedian:
    """Medians of groups, drawn to the ``overall`` one, which stands for a group without rows.

    Spreads are mean absolute deviations.
    """

    medians: Array
    spreads: Array
    overall: float
    overall_spread: float

    def predict(self, X: Array, group: NDArray[np.int64]) -> tuple[Array, Array]:
        """Median (n,) and spread (n,) of each ``group`` (n,), −1 for one without rows; ``X`` (n, d) is not used."""
        has_group = (group >= 0) & (group < len(self.medians))
        at = np.where(has_group, group, 0)
        spread = np.where(has_group, self.spreads[at], self.overall_spread)
        return np.where(has_group, self.medians[at], self.overall), spread


def fit(training: TrainingSet, hyperparameters: Mapping[str, Any], rng: np.random.Generator) -> GroupMedian:
    """The pulled medians of every group; ``rng`` is unused and there so that all estimators are called alike."""
    settings = {**DEFAULTS, **hyperparameters}
    y = training.y
    weights = paper_weights(training.paper, power=settings["paper_power"])
    overall = weighted_median(y, weights)
    overall_spread = float(np.average(np.abs(y - overall), weights=weights))
    n_groups = int(training.group.max()) + 1
    medians, spreads = np.full(n_groups, overall), np.full(n_groups, overall_spread)
    for group in range(n_groups):
        rows = training.group == group
        if not rows.any():
            continue
        n_papers = len(np.unique(training.paper[rows]))
        trust = n_papers / (n_papers + settings["pooling"])
        median = weighted_median(y[rows], weights[rows])
        medians[group] = trust * median + (1 - trust) * overall
        spread = float(np.average(np.abs(y[rows] - median), weights=weights[rows]))
        spreads[group] = trust * spread + (1 - trust) * overall_spread
    return GroupMedian(medians=medians, spreads=spreads, overall=overall, overall_spread=overall_spread)


KIND = Kind(
    name="group_median",
    fit=fit,
    defaults=DEFAULTS,
    allowed={"pooling": Range(low=0.0, high=1000.0), "paper_power": PAPER_POWER},
    search={"pooling": Range(low=0.1, high=10.0, log=True)},
    stored=GroupMedian,
)
