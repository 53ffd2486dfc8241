"""Equal parts of two regressors, for when the rows cannot tell which of them is right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surrogate.beliefs.base import Array, Points, Regressor


@dataclass(frozen=True, kw_only=True)
class Mixture:
    """Equal parts of two regressors: mean of the means, and a variance that holds their disagreement."""

    name: str
    first: Regressor
    second: Regressor

    @property
    def noise(self) -> float:
        """Mean of the noises."""
        return 0.5 * (self.first.noise + self.second.noise)

    def mean(self, points: Points) -> Array:
        """Mean of the means."""
        return 0.5 * (self.first.mean(points) + self.second.mean(points))

    def variance(self, points: Points) -> Array:
        """Mean of the variances and a quarter of the squared difference of the means."""
        gap = 0.5 * (self.first.mean(points) - self.second.mean(points))
        return 0.5 * (self.first.variance(points) + self.second.variance(points)) + gap**2

    def covariance(self, a: Points, b: Points) -> Array:
        """As the variance: which of the two is right is one draw for all rows."""
        left = 0.5 * (self.first.mean(a) - self.second.mean(a))
        right = left if a is b else 0.5 * (self.first.mean(b) - self.second.mean(b))
        return 0.5 * (self.first.covariance(a, b) + self.second.covariance(a, b)) + np.outer(left, right)

    def leave_one_out(self) -> tuple[Array, Array]:
        """Moments of the mixture of both."""
        (mean_a, std_a), (mean_b, std_b) = self.first.leave_one_out(), self.second.leave_one_out()
        gap = 0.5 * (mean_a - mean_b)
        return 0.5 * (mean_a + mean_b), np.sqrt(0.5 * (std_a**2 + std_b**2) + gap**2)
