"""Which features go where, and from a feature matrix with gaps to numbers that distances and gradients can work on.

Estimators choose their features by the grammar of the names, never by position.

Trees take NaN as it is. Gaussian processes and networks do not, so here a gap is filled with the training median *and*
marked in a column of its own: the model can tell "not stated" from a typical value. The step is part of the model and
named in its card; features themselves are never imputed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: What a material or an electrode *is*; the rest is how it was made, built and tested.
_IDENTITY = ("composition.", "electrode.")
#: How the names of what the simulator says begin.
PHYSICS = "physics."
#: By how many decades the simulated conductivity of an argyrodite lies above that after the usual furnace and without
#: more halide than it dissolves: half of it is the mean about which members learn that hear nothing else of it.
RESPONSE = f"{PHYSICS}response"
RESPONSE_SHARE = 0.5
#: Raw material for trees, too many and too alike for a distance.
_BULKY = ("composition.magpie.", "composition.fraction.", "composition.family.")


def identity_columns(names: Sequence[str]) -> list[int]:
    """What the candidate is: composition descriptors, or the electrode."""
    return [i for i, name in enumerate(names) if name.startswith(_IDENTITY) and not name.startswith(_BULKY)]


def process_columns(names: Sequence[str]) -> list[int]:
    """How it was made and tested: recipe, cell, protocol."""
    return [i for i, name in enumerate(names) if not name.startswith((*_IDENTITY, PHYSICS))]


def physics_columns(names: Sequence[str]) -> list[int]:
    """The columns of simulated values."""
    return [i for i, name in enumerate(names) if name.startswith(PHYSICS) and name != RESPONSE]


def response_columns(names: Sequence[str]) -> NDArray[np.int64]:
    """The column of the simulated response, (1,), or none, (0,)."""
    return np.array([i for i, name in enumerate(names) if name == RESPONSE], dtype=np.int64)


def add_response(X: Array, columns: NDArray[np.int64]) -> Array:
    """What ``columns`` of X (n, d), from :func:`response_columns`, add to a prediction, (n,); 0 without one."""
    return np.asarray(RESPONSE_SHARE * X[:, columns].sum(axis=1))


def extrapolating_columns(names: Sequence[str]) -> list[int]:
    """The columns of simulated values that laws carry beyond all rows, by decades: those of conductivities."""
    return [i for i in physics_columns(names) if names[i].endswith("_log10")]


def smooth_columns(names: Sequence[str]) -> list[int]:
    """Everything a network reads: identity with atomic fractions, process, and physics."""
    fractions = [i for i, name in enumerate(names) if name.startswith("composition.fraction.")]
    return sorted({*identity_columns(names), *fractions, *process_columns(names), *physics_columns(names)})


#: A gap gets a column of its own when at least this share of the training rows has it, and has it not.
MIN_GAP_SHARE = 0.03


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """Select ``columns`` of X (n, d), fill gaps, scale to unit spread, append gap markers → (n, k)."""

    columns: NDArray[np.int64]
    center: Array
    scale: Array
    gaps: NDArray[np.int64]  # positions within ``columns`` whose absence is marked

    @classmethod
    def fit(cls, X: Array, columns: Sequence[int]) -> Preparation:
        """Learn medians and spreads from X (n, d); constant columns are dropped."""
        chosen = [c for c in columns if _varies(X[:, c])]
        part = X[:, chosen]
        center = np.nanmedian(part, axis=0)
        spread = np.nanstd(part, axis=0)
        missing = np.isnan(part).mean(axis=0)
        gaps = np.flatnonzero((missing >= MIN_GAP_SHARE) & (missing <= 1 - MIN_GAP_SHARE))
        # Columns with the same pattern of gaps (time and temperature of one heat treatment) share one marker.
        patterns: dict[bytes, int] = {}
        for position in gaps:
            patterns.setdefault(np.isnan(part[:, position]).tobytes(), int(position))
        return cls(
            columns=np.array(chosen, dtype=np.int64),
            center=center,
            scale=np.where(spread > 1e-9, spread, 1.0),
            gaps=np.array(sorted(patterns.values()), dtype=np.int64),
        )

    def __call__(self, X: Array) -> Array:
        """X (n, d) → (n, k), finite everywhere."""
        part = X[:, self.columns]
        missing = np.isnan(part)
        prepared = np.empty((self.width, len(X))).T  # column by column, as ``part`` is
        scaled = np.subtract(part, self.center, out=prepared[:, : len(self.columns)])
        scaled /= self.scale
        np.copyto(scaled, 0.0, where=missing)
        prepared[:, len(self.columns) :] = missing[:, self.gaps]
        return prepared

    @property
    def width(self) -> int:
        """k, the number of columns that come out."""
        return len(self.columns) + len(self.gaps)


def _varies(column: Array) -> bool:
    values = column[~np.isnan(column)]
    return len(values) > 0 and bool(np.ptp(values) > 1e-12)
