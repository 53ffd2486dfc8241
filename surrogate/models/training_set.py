"""What an estimator is fitted to: a matrix with names, targets on the model's scale, and who measured what.

The arrays share their rows: ``X`` (n, d) with NaN for *not stated*, ``y`` (n,), and per row the paper, the group for
partial pooling, the trust tier and the censoring. Estimators see nothing else of the domain.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.columns import CellColumns, ElectrolyteColumns

Array = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class OtherDirection:
    """``k`` rows of the other direction of the first cycle: discharges beside charges.

    ``y`` (k,) is their utilisation and ``own`` (k,) that of the property's direction where the same cell states it, NaN
    elsewhere; ``lithiated`` (k,) is 1 for an active material that holds its lithium when the cell is built, else 0.
    ``paper`` and ``group`` (k,) are codes of the training set; papers and groups that it has no row of come after its
    own. See :mod:`surrogate.models.first_cycle` for what is made of them.
    """

    y: Array
    own: Array
    lithiated: Array
    paper: Codes
    group: Codes

    def without(self, papers: Codes) -> OtherDirection:
        """The rows that are not of ``papers``."""
        kept = ~np.isin(self.paper, papers)
        return OtherDirection(
            y=self.y[kept],
            own=self.own[kept],
            lithiated=self.lithiated[kept],
            paper=self.paper[kept],
            group=self.group[kept],
        )


@dataclass(frozen=True, kw_only=True)
class TrainingSet:
    """``n`` rows, ``d`` features. ``paper``, ``group`` and ``material`` are integer codes; ``tier`` 0–3 is A–D, 4 is
    simulated; ``censoring`` is −1 (true value below y), 0 (exact) or +1 (above). ``other`` is what was measured in the
    other direction of the first cycle, for models that borrow from it. ``simulated`` names the feature that the
    simulator is to add, with constants read from these rows (:func:`surrogate.models.simulated.with_simulator`), which
    it sees as ``columns``; ``None`` for none.
    """

    names: tuple[str, ...]
    X: Array
    y: Array
    paper: Codes
    group: Codes
    material: Codes
    tier: Codes
    censoring: Codes
    other: OtherDirection | None = None
    columns: ElectrolyteColumns | CellColumns | None = None
    simulated: str | None = None

    def __len__(self) -> int:
        return len(self.y)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> TrainingSet:
        """The same set with only ``rows``; of a paper none of whose rows is left, nothing of the other direction is."""
        left_out = np.setdiff1d(self.paper, self.paper[rows])
        return replace(
            self,
            X=self.X[rows],
            y=self.y[rows],
            paper=self.paper[rows],
            group=self.group[rows],
            material=self.material[rows],
            tier=self.tier[rows],
            censoring=self.censoring[rows],
            other=None if self.other is None else self.other.without(left_out),
            columns=None if self.columns is None else self.columns.take(rows),
        )

    def seen(self, group: Codes) -> Codes:
        """Group codes with −1 for groups that this set has no row of, in neither direction of the first cycle."""
        own = self.group if self.other is None else np.concatenate([self.group, self.other.group])
        return np.where(np.isin(group, own), group, -1)

    def with_targets(self, y: Array) -> TrainingSet:
        """The same rows with other targets, for models of residuals."""
        return replace(self, y=y)


def paper_weights(paper: Codes, *, power: float = 1.0) -> Array:
    """Row weights (n,) that sum to n; a paper counts n_rows^(1−power): with 1 all papers are equal, with 0 all rows."""
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
