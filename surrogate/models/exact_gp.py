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

    def merged(self, place: NDArray[np.int64]) -> ExactPosterior:
        """The same means and variances from ``m`` distinct rows, where rows with equal covariances count as one.

        What n values say of m distinct rows is what m values would say whose precision is Eᵀ K⁻¹ E, where E (n, m)
        repeats the distinct rows as they were measured.

        Args:
            place: The position of each of the ``n`` rows among the distinct ones, (n,).
        """
        from scipy.linalg import cho_solve, cholesky

        whitened = self._whiten(np.eye(int(place.max()) + 1)[:, place])
        precision = cholesky(whitened.T @ whitened, lower=True)
        covariance = cho_solve((precision, True), np.eye(len(precision)))
        weights = np.bincount(place, weights=self.weights).astype(np.float64)
        return ExactPosterior(cholesky=cholesky(covariance, lower=True), weights=weights)

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


def condition(covariance: Array, residuals: Array) -> ExactPosterior:
    """Condition on ``residuals`` (n,), n ≥ 0, from the ``covariance`` (n, n) of the values with their noise.

    Algorithm 2.1, lines 2 and 3. Raises ``LinAlgError`` where the covariance is not positive definite.
    """
    from scipy.linalg import cho_solve, cholesky

    if not len(residuals):
        return ExactPosterior(cholesky=np.zeros((0, 0)), weights=np.zeros(0))
    factor = cholesky(covariance, lower=True)
    return ExactPosterior(cholesky=factor, weights=cho_solve((factor, True), residuals))
