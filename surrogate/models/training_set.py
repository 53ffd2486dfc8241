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

    See :mod:`surrogate.models.first_cycle` for what is made of them.

    Attributes:
        X: The features of their cells, (k, d).
        columns: Their cells.
        y: Their utilisation, (k,).
        own: The utilisation in the property's direction where the same cell states it, else NaN, (k,).
        lithiated: 1 for an active material that holds its lithium when the cell is built, else 0, (k,).
        paper: Codes of the training set, (k,); papers without a row there have codes after its own.
        group: Codes of the training set, (k,); groups without a row there have codes after its own.
        tier: Trust, (k,), as of the training set.
    """

    X: Array
    columns: CellColumns
    y: Array
    own: Array
    lithiated: Array
    paper: Codes
    group: Codes
    tier: Codes

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> OtherDirection:
        """The same with only ``rows``."""
        return OtherDirection(
            X=self.X[rows],
            columns=self.columns.take(rows),
            y=self.y[rows],
            own=self.own[rows],
            lithiated=self.lithiated[rows],
            paper=self.paper[rows],
            group=self.group[rows],
            tier=self.tier[rows],
        )

    def without(self, papers: Codes) -> OtherDirection:
        """The rows that are not of ``papers``."""
        return self.take(~np.isin(self.paper, papers))


@dataclass(frozen=True, kw_only=True)
class LentConductivities:
    """``k`` ionic conductivities that tell a model of activation energies the constants of its simulator.

    Attributes:
        columns: The electrolytes, k rows.
        y: log10 S/cm at 25 °C, (k,).
        paper: Codes of the training set, (k,); papers without a row there have codes after its own.
    """

    columns: ElectrolyteColumns
    y: Array
    paper: Codes

    def without(self, papers: Codes) -> LentConductivities:
        """The rows that are not of ``papers``."""
        keep = ~np.isin(self.paper, papers)
        return LentConductivities(columns=self.columns.take(keep), y=self.y[keep], paper=self.paper[keep])


@dataclass(frozen=True, kw_only=True)
class TrainingSet:
    """What an estimator is fitted to: ``n`` rows, ``d`` features.

    Attributes:
        names: Of the features.
        X: The features, (n, d); NaN is *not stated*.
        y: The targets on the model's scale, (n,).
        paper: Code of the paper, (n,).
        group: Code of the group for partial pooling, (n,).
        material: Code of the material, (n,).
        tier: Trust, (n,): 0 to 3 is A to D, 4 is simulated.
        censoring: −1 where the true value lies below y, 0 where it is exact, +1 where it lies above, (n,).
        other: Rows of the other direction of the first cycle, for models that borrow from it.
        lent: Conductivities, for models of activation energies that borrow the simulator's constants from them.
        columns: The candidates as the simulator sees them.
        simulated: The name of the feature that the simulator adds
            (:func:`surrogate.models.simulated.with_simulator`); ``None`` for none.
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
    lent: LentConductivities | None = None
    columns: ElectrolyteColumns | CellColumns | None = None
    simulated: str | None = None

    def __len__(self) -> int:
        return len(self.y)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> TrainingSet:
        """The same set with only ``rows``; a paper with no row left loses what it lends too."""
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
            lent=None if self.lent is None else self.lent.without(left_out),
            columns=None if self.columns is None else self.columns.take(rows),
        )

    def mask_unknown_groups(self, group: Codes) -> Codes:
        """Group codes (n,) with −1 for groups without a row here, in either direction of the first cycle."""
        groups = self.group if self.other is None else np.concatenate([self.group, self.other.group])
        return np.where(np.isin(group, groups), group, -1)

    def with_targets(self, y: Array) -> TrainingSet:
        """The same rows with other targets, for models of residuals."""
        return replace(self, y=y)


def paper_weights(paper: Codes, *, power: float = 1.0) -> Array:
    """Row weights (n,) that sum to n; a paper counts n_rows^(1−power): with 1 all papers are equal, with 0 all rows."""
    _, inverse, counts = np.unique(paper, return_inverse=True, return_counts=True)
    weights = counts[inverse].astype(float) ** -power
    return np.asarray(weights * len(paper) / weights.sum())


def weighted_quantile(values: Array, weights: Array, level: float) -> float:
    """The value below which the share ``level`` of the weight lies, interpolated between midpoints.

    Args:
        values: In any order, (n,).
        weights: Positive, (n,).
        level: From 0 to 1.
    """
    order = np.argsort(values, kind="stable")
    cumulative = np.cumsum(weights[order]) - 0.5 * weights[order]
    return float(np.interp(level * weights.sum(), cumulative, values[order]))


def weighted_median(values: Array, weights: Array) -> float:
    """The weighted median; see :func:`weighted_quantile`."""
    return weighted_quantile(values, weights, 0.5)
