"""Exact inference of a Gaussian process: what follows from a covariance and ``n`` noisy values.

Models and campaigns differ in their covariances and share this algebra. Equation numbers are those of Rasmussen and
Williams, *Gaussian Processes for Machine Learning* (MIT Press, 2006). Plain NumPy and SciPy: predicting needs no
PyTorch, and the same numbers give the same bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class ExactPosterior:
    """A process of mean zero, conditioned on ``n`` residuals with noise; make one with :func:`condition`.

    ``cholesky`` (n, n) is the lower factor of the covariance of the noisy values and ``weights`` (n,) are that
    covariance solved for the residuals. Both belong to one unit of the values: whoever scales values scales back.
    """

    cholesky: Array
    weights: Array

    def mean(self, cross: Array) -> Array:
        """Latent mean (m,) where the covariance with the ``n`` known rows is ``cross`` (m, n). Eq. 2.25."""
        return np.asarray(cross @ self.weights)

    def variance(self, prior: Array, cross: Array) -> Array:
        """Latent variance (m,) of rows with the variances ``prior`` (m,) and covariances ``cross`` (m, n). Eq. 2.26."""
        explained = self._whiten(cross)
        return np.asarray(prior - np.einsum("ij,ij->j", explained, explained))

    def covariance(self, prior: Array, left: Array, right: Array) -> Array:
        """Latent covariance (a, b) of two sets of rows. Eq. 2.24.

        Args:
            prior: their covariance before anything is known, (a, b).
            left: covariance of the first set with the known rows, (a, n).
            right: that of the second set, (b, n); the same object as ``left`` where the sets are one.
        """
        first = self._whiten(left)
        second = first if right is left else self._whiten(right)
        return np.asarray(prior - first.T @ second)

    def leave_one_out(self) -> tuple[Array, Array]:
        """Each residual minus what the others predict for it, and the predictive deviation, (n,), (n,). Eq. 5.12."""
        precision = np.diag(self.inverse())
        return self.weights / precision, 1.0 / np.sqrt(precision)

    def merged(self, place: NDArray[np.int64]) -> MergedPosterior:
        """The same process where rows with equal covariances count as one.

        Args:
            place: The position of each of the ``n`` rows among the distinct ones, (n,).
        """
        from scipy.linalg import cholesky

        share = np.eye(int(place.max()) + 1)[place]
        whitened = self._whiten(share.T)
        weights = np.bincount(place, weights=self.weights)
        return MergedPosterior(root=cholesky(whitened.T @ whitened), weights=weights)

    def log_marginal_likelihood(self, residuals: Array) -> float:
        """log p(residuals), (n,), without −n/2·log 2π, which all processes on the same rows share. Eq. 2.30."""
        return float(-0.5 * residuals @ self.weights - np.log(np.diag(self.cholesky)).sum())

    def inverse(self) -> Array:
        """Inverse covariance of the noisy values, (n, n)."""
        from scipy.linalg import cho_solve

        return np.asarray(cho_solve((self.cholesky, True), np.eye(len(self.weights))))

    def _whiten(self, cross: Array) -> Array:
        """L⁻¹·crossᵀ, (n, m): squares of a column add up to the variance that the known rows explain."""
        if not len(self.weights):
            return np.zeros((0, len(cross)))
        # LAPACK itself: for one row, what SciPy checks before it takes longer than the solution.
        solution, fault = self._solver(self._factor, cross.T, lower=1)
        if fault:
            raise np.linalg.LinAlgError(f"The factor of the covariance is singular in row {fault}.")
        return np.asarray(solution)

    @cached_property
    def _factor(self) -> Array:
        """``cholesky`` column by column, as LAPACK reads it without a copy."""
        return np.asfortranarray(self.cholesky)

    @cached_property
    def _solver(self) -> Any:
        from scipy.linalg.lapack import dtrtrs

        return dtrtrs


@dataclass(frozen=True, kw_only=True)
class MergedPosterior:
    """A posterior of which only means and variances are wanted, over ``m`` distinct rows; :meth:`ExactPosterior.merged`.

    With a covariance k (m,) the values explain kᵀ·Eᵀ K⁻¹ E·k, where E repeats the distinct rows as they were measured.
    The upper ``root`` (m, m) is a factor of that matrix, so that a variance is a product and no solution.
    """

    root: Array
    weights: Array

    def mean(self, cross: Array) -> Array:
        """Latent mean (n,) where the covariance with the ``m`` distinct rows is ``cross`` (n, m)."""
        return np.asarray(cross @ self.weights)

    def variance(self, prior: Array, cross: Array) -> Array:
        """Latent variance (n,) of candidates with the variances ``prior`` (n,) and covariances ``cross`` (n, m)."""
        one, many = self._products
        if len(cross) == 1:
            explained = one(self.root.T, cross[0], lower=1, trans=1)
            return np.asarray(prior - explained @ explained)
        explained = many(1.0, self.root.T, cross.T, lower=1, trans_a=1)
        return np.asarray(prior - np.einsum("ij,ij->j", explained, explained))

    @cached_property
    def _products(self) -> tuple[Any, Any]:
        """BLAS itself, for one candidate and for several: half of a matrix is not read."""
        from scipy.linalg.blas import dtrmm, dtrmv

        return dtrmv, dtrmm


def condition(covariance: Array, residuals: Array) -> ExactPosterior:
    """Condition on ``residuals`` (n,), n ≥ 0, from the ``covariance`` (n, n) of the values with their noise.

    Algorithm 2.1, lines 2 and 3. Raises ``LinAlgError`` where the covariance is not positive definite.
    """
    from scipy.linalg import cho_solve, cholesky

    if not len(residuals):
        return ExactPosterior(cholesky=np.zeros((0, 0)), weights=np.zeros(0))
    factor = cholesky(covariance, lower=True)
    return ExactPosterior(cholesky=factor, weights=cho_solve((factor, True), residuals))
