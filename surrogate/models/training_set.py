"""What an estimator is fitted to: a matrix with names, targets on the model's scale, and who measured what.

The arrays share their rows: ``X`` (n, d) with NaN for *not stated*, ``y`` (n,), and per row the paper, the group for
partial pooling, the trust tier and the censoring. Estimators see nothing else of the domain.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class TrainingSet:
    """``n`` rows, ``d`` features. ``paper``, ``group`` and ``material`` are integer
    codes; ``tier`` 0–3 is A–D, 4 is simulated;
    ``censoring`` is −1 (true value below y), 0 (exact) or +1 (above)."""

    names: tuple[str, ...]
    X: Array
    y: Array
    paper: Codes
    group: Codes
    material: Codes
    tier: Codes
    censoring: Codes

    def __len__(self) -> int:
        return len(self.y)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> TrainingSet:
        """The same set with only ``rows``."""
        return replace(
            self,
            X=self.X[rows],
            y=self.y[rows],
            paper=self.paper[rows],
            group=self.group[rows],
            material=self.material[rows],
            tier=self.tier[rows],
            censoring=self.censoring[rows],
        )

    def with_targets(self, y: Array) -> TrainingSet:
        """The same rows with other targets, for models of residuals."""
        return replace(self, y=y)


def paper_weights(paper: Codes, *, power: float = 1.0) -> Array:
    """Row weights (n,) that sum to n and give every paper n_rows^(1−power): 1 weights papers equally, 0 weights
    rows.
    """
    _, inverse, counts = np.unique(paper, return_inverse=True, return_counts=True)
    weights = counts[inverse].astype(float) ** -power
    return np.asarray(weights * len(paper) / weights.sum())


def weighted_quantile(values: Array, weights: Array, level: float) -> float:
    """The smallest value below which the share ``level`` of the weight lies, interpolated between midpoints."""
    order = np.argsort(values, kind="stable")
    cumulative = np.cumsum(weights[order]) - 0.5 * weights[order]
    return float(np.interp(level * weights.sum(), cumulative, values[order]))


def weighted_median(values: Array, weights: Array) -> float:
    """The weighted median; see :func:`weighted_quantile`."""
    return weighted_quantile(values, weights, 0.5)
