"""Expected gains: how much one more recipe is expected to add to the best that a campaign has; and optimism.

For one goal the gain is noisy expected improvement, for several noisy expected hypervolume improvement (Daulton,
Balandat, Bakshy, NeurIPS 2021), both in logarithms so that hopeless candidates still differ (Ament et al., NeurIPS
2023). It says what a recipe is expected to add and how much of that is exploration, and with several goals it chooses.
With one goal :func:`beside` and :func:`log_worth` choose, on a space and on a table alike. For the gain, what
was measured is uncertain too: draws of the front are taken from the joint posterior at all measured and pending
recipes, and given each draw the gain of a candidate is exact (products of one-dimensional integrals over the boxes of
the region that the front does not dominate). Greedy batches add each chosen recipe to the pending ones, which is the
sequential greedy batch of qLogNEHVI.
"""

from __future__ import annotations

import itertools
import math

import numpy as np

from surrogate.beliefs.base import Points, Regressor
from surrogate.space.variables import Array, Mask, Rows

_LN_SQRT_2PI = 0.5 * math.log(2.0 * math.pi)
_SQRT_HALF, _SQRT_HALF_PI = math.sqrt(0.5), math.sqrt(0.5 * math.pi)
#: Expected gains below this are found in logarithms.
_SMALL = 1e-250
#: Standard deviations above the mean at which a recipe is valued when there is one goal and no prior (Srinivas et al.,
#: ICML 2010). On measured tables one deviation finds clearly more of the best candidates than a half, than two, or than
#: expected improvement, and it finds the single best as soon (decision 0006; tuned on seeds that no benchmark reports).
OPTIMISM = 1.0


def log_psi(lower: Array, mean: Array, std: Array) -> Array:
    """log E[max(y − lower, 0)] for y normal; all arrays broadcast. Stable far into the tail, −inf for lower = +inf."""
    from scipy.special import erfcx, ndtr

    z = np.maximum((mean - lower) / std, -1e100)
    below = z < -1.0
    # φ(z) + zΦ(z) = φ(z)·(1 − |z|·Mills(|z|)) below −1, with Mills(t) = √(π/2)·erfcx(t/√2).
    tail, body = z[below], z[~below]
    mills = _SQRT_HALF_PI * erfcx(-tail * _SQRT_HALF)
    gap = np.where(tail < -1e3, 1.0 / np.square(tail), np.maximum(1.0 + tail * mills, 1e-300))
    log_excess = np.empty_like(z)
    log_excess[below] = -0.5 * tail**2 - _LN_SQRT_2PI + np.log(gap)
    log_excess[~below] = np.log(np.exp(-0.5 * body**2 - _LN_SQRT_2PI) + body * ndtr(body))
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(np.isposinf(lower), -np.inf, np.log(std) + log_excess))


def non_dominated(values: Array) -> Mask:
    """Mask of the rows (n, m) that no other row beats in every column (more is better); of equal rows the first
    stays.
    """
    left = np.lexsort(values.T[::-1])[::-1]  # best in the first column first: no later row can dominate an earlier one
    mask = np.zeros(len(values), dtype=bool)
    while len(left):
        mask[left[0]] = True
        left = left[~np.all(values[left[0]] >= values[left], axis=1)]
    return mask


def boxes(front: Array, reference: Array) -> tuple[Array, Array]:
    """Lower and upper corners (c, m) of boxes that tile what lies above ``reference`` and is not dominated by
    ``front``.

    Slabs along the last column, each with the boxes of one dimension less (more is better; +inf above).
    """
    front = np.maximum(front.reshape(-1, len(reference)), reference)
    if len(reference) == 1:
        best = front.max() if len(front) else reference[0]
        return np.array([[best]]), np.array([[np.inf]])
    edges = np.unique(np.append(front[:, -1], reference[-1]))
    lows, highs = [], []
    for place, low in enumerate(edges):
        high = edges[place + 1] if place + 1 < len(edges) else np.inf
        above = front[front[:, -1] >= high, :-1] if np.isfinite(high) else front[:0, :-1]
        if len(above) > 1 and above.shape[1] > 1:
            above = above[non_dominated(above)]
        sub_low, sub_high = boxes(above, reference[:-1])
        lows.append(np.column_stack([sub_low, np.full(len(sub_low), low)]))
        highs.append(np.column_stack([sub_high, np.full(len(sub_high), high)]))
    return np.vstack(lows), np.vstack(highs)


def log_box_gain(mean: Array, std: Array, lows: Array, highs: Array) -> Array:
    """log of the expected hypervolume that independent normals (n, m) add inside the boxes (c, m), (n,).

    Boxes share their sides, so each pair of a lower and an upper edge is integrated once per dimension. Gains too small
    to be numbers are logs in logarithms, which takes twice as long.
    """
    volumes = np.ones((len(lows), len(mean)))
    for j in range(mean.shape[1]):
        edges, sides, side_of = _sides(lows[:, j], highs[:, j])
        above = _psi(np.where(np.isfinite(edges), edges, 0.0)[:, None], mean[:, j], std[:, j])
        above[np.isposinf(edges)] = 0.0
        inside = above[sides[0]] - above[sides[1]]
        inside[np.isneginf(edges)[sides[0]]] = 1.0
        volumes *= inside[side_of]
    total = volumes.sum(axis=0)
    small = np.flatnonzero(total < _SMALL)
    total[small] = 1.0
    logs = np.log(total)
    if len(small):
        logs[small] = _log_small_box_gain(mean[small], std[small], lows, highs)
    return np.asarray(logs)


def _sides(low: Array, high: Array) -> tuple[Array, Rows, Rows]:
    """The edges of boxes in one dimension (e,), their different sides as places of a lower and an upper edge (2, s),
    and which side each box has (c,).
    """
    edges, place = np.unique(np.concatenate([low, high]), return_inverse=True)
    sides, side_of = np.unique(place.reshape(2, -1), axis=1, return_inverse=True)
    return edges, sides, side_of.ravel()


def _psi(lower: Array, mean: Array, std: Array) -> Array:
    """E[max(y − lower, 0)] for y normal: σ·(φ(z)·(1 − |z|·Mills(|z|)) + max(z, 0)), Mills(t) = √(π/2)·erfcx(t/√2)."""
    from scipy.special import erfcx

    z = (mean - lower) / std
    size = np.abs(z)
    tail = np.maximum(1.0 - size * (_SQRT_HALF_PI * erfcx(size * _SQRT_HALF)), 0.0)
    return np.asarray(std * (np.exp(-0.5 * z**2 - _LN_SQRT_2PI) * tail + np.maximum(z, 0.0)))


def _log_small_box_gain(mean: Array, std: Array, lows: Array, highs: Array) -> Array:
    total = np.zeros((len(mean), len(lows)))
    for j in range(mean.shape[1]):
        edges, sides, side_of = _sides(lows[:, j], highs[:, j])
        psi = log_psi(edges[None, :], mean[:, [j]], std[:, [j]])
        lower, upper = psi[:, sides[0]], psi[:, sides[1]]
        with np.errstate(divide="ignore", invalid="ignore"):
            width = np.log1p(-np.exp(np.minimum(upper - lower, 0.0)))
        inside = lower + np.where(np.isneginf(upper), 0.0, np.maximum(width, -745.0))
        total += np.where(np.isneginf(lower), -1e300, inside)[:, side_of]
    most = total.max(axis=1)
    return np.asarray(most + np.log(np.exp(total - most[:, None]).sum(axis=1)))


def hypervolume(front: Array, reference: Array) -> float:
    """Volume between ``reference`` and ``front`` (n, m), more is better."""
    front = front[np.all(front > reference, axis=1)].reshape(-1, len(reference))
    if not len(front):
        return 0.0
    if len(reference) == 1:
        return float(front.max() - reference[0])
    edges = np.unique(np.append(front[:, -1], reference[-1]))
    return float(
        sum(
            (high - low) * hypervolume(front[front[:, -1] >= high, :-1], reference[:-1])
            for low, high in itertools.pairwise(edges)
        )
    )


def reference_point(values: Array, thresholds: Array) -> Array:
    """A point a tenth of the range below the worst of the front of ``values`` (n, m); a stated threshold takes its
    place.
    """
    front = values[non_dominated(values)]
    low, high = front.min(axis=0), front.max(axis=0)
    width = np.where(high > low, high - low, np.maximum(np.ptp(values, axis=0), 1e-6))
    return np.where(np.isfinite(thresholds), thresholds, low - 0.1 * width)


def normal_draws(n: int, d: int, seed: int) -> Array:
    """(n, d) quasi-random standard normals; odd and even rows mirror each other, so their mean is exactly zero."""
    from scipy.special import ndtri
    from scipy.stats import qmc

    unit = (
        qmc.Sobol(d, scramble=True, rng=np.random.default_rng(seed)).random(max(1, n // 2))
        if d
        else np.zeros((n // 2, 0))
    )
    half = ndtri(np.clip(unit, 1e-9, 1.0 - 1e-9))
    return np.vstack([half, -half])[: max(n, 1)]


def beside(regressor: Regressor, points: Points, pending: Points) -> tuple[Array, Array]:
    """Latent mean and standard deviation of rows (n,) once ``pending`` rows will be known, whatever they show.

    What pending rows will be is not known, so the means stay; what they will remove from the variances is (the batch
    rule of Desautels, Krause, Burdick, J. Mach. Learn. Res. 15, 4053 (2014)).
    """
    mean, variance = regressor.mean(points), regressor.variance(points)
    if len(pending):
        among = regressor.covariance(pending, pending) + regressor.noise * np.eye(len(pending))
        cross = regressor.covariance(points, pending)
        less = (cross * np.linalg.solve(among, cross.T).T).sum(axis=1)
        variance = np.maximum(variance - less, 1e-6 * variance + 1e-18)
    return mean, np.asarray(np.sqrt(variance))


def log_worth(mean: Array, std: Array, *, incumbent: float | None, lowest: float, ceiling: float = np.inf) -> Array:
    """log of what recipes are worth with one goal, (n,), from the moments that :func:`beside` gives.

    Beside a prior, the expected improvement over the ``incumbent``, the highest mean among what is measured or pending
    (Mockus, Tiesis, Zilinskas, Towards Global Optimisation 2, 117 (1978)): the prior tells the good from the bad, and
    what is left is to find the best; nothing above the ``ceiling`` is hoped for. Without one (no ``incumbent``) the
    optimistic value above ``lowest``, since the experiments on the way have to tell the good from the bad first
    (decisions 6 and 11).
    """
    if incumbent is not None:
        whole = log_psi(np.array(incumbent), mean, std)
        if not incumbent < ceiling < np.inf:
            return whole
        beyond = log_psi(np.array(ceiling), mean, std)
        return np.asarray(whole + np.log1p(-np.exp(np.minimum(beyond - whole, -1e-12))))
    return np.asarray(np.log(np.maximum(mean + OPTIMISM * std - lowest, 1e-12)))


def log_probability(mean: Array, std: Array, bound: Array | float, sign: float) -> Array:
    """log P(sign·(y − bound) ≥ 0) for normal y, (n,)."""
    from scipy.special import log_ndtr

    return np.asarray(log_ndtr(sign * (mean - bound) / std))
