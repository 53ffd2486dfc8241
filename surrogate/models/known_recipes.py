"""A recipe that was measured is answered with what was measured, as far as one recipe tells another apart.

A blend of members smooths: it answers the rows it learnt from with the middle of their surroundings. What it misses on
its own rows, e, is given back to candidates whose recipe is the same in nearly everything that is stated,

    + k(x, X) · (K + v I)⁻¹ e,  k(x, x') = c(x) c(x') · e^(−D² / l),

where D² is the squared distance summed over features in units of their spread, and the completeness c, the share of the
features that a row states of those that rows may leave open, keeps rows that say next to nothing from passing for one
recipe. Whoever is far from every row gets nothing, so answers for unseen papers, and the intervals that were read from
them, stay what they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surrogate.models.applicability import Applicability
from surrogate.models.encoding import View

Array = NDArray[np.float64]

#: Length l of a recipe in summed squared spreads, and the variance v of what is measured twice, over that of e.
LENGTH, NOISE = 0.7, 0.15
#: From this share of the features on a row counts as fully described.
COMPLETE = 0.8


@dataclass(frozen=True, kw_only=True)
class KnownRecipes:
    """How each row of a training set pulls: ``pull`` (rows,) is c · (K + v I)⁻¹ e, ``open`` the features (k,) that rows
    may leave unstated."""

    pull: Array
    open: NDArray[np.int64]

    @classmethod
    def fit(cls, applicability: Applicability, view: View, residuals: Array) -> KnownRecipes:
        """Learn from the ``residuals`` (n,) of a blend on the rows of ``view``, those of ``applicability``."""
        columns = applicability.preparation.columns
        unstated = np.isnan(view.X[:, columns])
        left_open = columns[unstated.any(axis=0)]
        complete = _completeness(view.X[:, left_open])
        kernel = complete[:, None] * complete * _likeness(applicability, applicability.distances(view))
        pull = np.linalg.solve(kernel + NOISE * np.eye(len(kernel)), residuals)
        return cls(pull=complete * pull, open=left_open)

    def correction(self, applicability: Applicability, view: View, distances: Array) -> Array:
        """What is added to the blend for ``n`` candidates, (n,), on the learnt scale.

        Args:
            applicability: That of the model.
            view: The candidates.
            distances: How far ``applicability`` finds them from its rows, (n, rows).
        """
        return np.asarray(_completeness(view.X[:, self.open]) * (_likeness(applicability, distances) @ self.pull))


def _likeness(applicability: Applicability, distances: Array) -> Array:
    """e^(−D² / l) between candidates and rows at these distances, (n, rows)."""
    width = applicability.rows.shape[1]
    squares = (distances * applicability.inner) ** 2 * width
    return np.asarray(np.exp(-squares / LENGTH))


def _completeness(X: Array) -> Array:
    """The share of the features that each row states, (n,), against :data:`COMPLETE`."""
    if not X.shape[1]:
        return np.ones(len(X))
    return np.asarray(np.minimum(1.0, (~np.isnan(X)).mean(axis=1) / COMPLETE))
