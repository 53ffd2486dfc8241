"""The law by itself: what the physics says with constants read from the rows, and their median where it is silent.

It stands beside trees in the stack of capacities: the law puts the recipes of a paper in order, trees know how high
papers lie (docs/decisions/0022, 0036).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.models.estimators.kinds import Kind
from surrogate.models.preparation import physics_columns
from surrogate.models.training_set import TrainingSet, paper_weights, weighted_median

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class ReadLaw:
    """The feature ``column`` (0 or 1,) of the law, the ``median`` of rows, and their ``spread`` about what is said."""

    column: NDArray[np.int64]
    median: float
    spread: float

    def predict(self, X: Array, group: NDArray[np.int64]) -> tuple[Array, Array]:
        """X (n, d) → what the law says (n,) and the mean absolute deviation from it (n,)."""
        return _say(X, self.column, self.median), np.full(len(X), self.spread)


def fit(training: TrainingSet, hyperparameters: Mapping[str, Any], rng: np.random.Generator) -> ReadLaw:
    """Find the law among the features of ``training``; ``rng`` is unused, the law has been read already."""
    column = np.array(physics_columns(training.names), dtype=np.int64)
    weights = paper_weights(training.paper)
    median = weighted_median(training.y, weights)
    spread = np.average(np.abs(training.y - _say(training.X, column, median)), weights=weights)
    return ReadLaw(column=column, median=median, spread=float(spread))


def _say(X: Array, column: NDArray[np.int64], median: float) -> Array:
    law = X[:, column[0]] if len(column) else np.full(len(X), np.nan)
    return np.where(np.isnan(law), median, law)


KIND = Kind(name="read_law", fit=fit, defaults={}, allowed={}, search={}, stored=ReadLaw)
