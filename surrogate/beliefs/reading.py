"""What reported values say before anything is learnt from them: bounds, stated uncertainties, and slips of the pen.

A bound is a truncated normal around what the other rows predict, told to the regressors as a value with a variance of
its own that has the same two moments (one pass of expectation propagation; Minka, UAI 2001). A value that the
others, fitted without it, predict to lie beyond :data:`BEYOND` standard deviations is suspect: it is kept with the
variance that makes it unremarkable, so that it moves little until a neighbour agrees with it. Rows that are plain
values and fit stay exactly as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from surrogate.beliefs.base import Array, Points, Regressor, spread_rows
from surrogate.beliefs.priors import WITHIN_LAB
from surrogate.beliefs.selection import IGNORANCE, WEIGHED, fit_regressor

#: Left-out standard deviations beyond which a value is questioned.
BEYOND = 4.0
#: Fewest rows that may question one of theirs.
LEAST_ROWS = 6
#: A site wider than this many predictive deviations says nothing.
_NOTHING = 100.0


@dataclass(frozen=True, kw_only=True)
class Suspect:
    """A value that the others contradict: what they predict without it, on the scale, and how far it lies off."""

    row: int
    expected: float
    std: float
    z: float


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Points with the extra variance of their values, the values to learn from (n,), and which are suspect."""

    points: Points
    y: Array
    suspects: tuple[Suspect, ...] = ()


def read_values(points: Points, y: Array, side: Array, *, between: float, seed: int = 0) -> Reading:
    """Values (n,) as regressors can learn from them.

    Args:
        points: the rows, with the stated variances as ``extra``.
        y: the values on the scale, (n,).
        side: −1 where the truth lies below the value, 1 where above, 0 for a value, (n,).
        between: spread between laboratories, on the scale.
        seed: of what is drawn.
    """
    suspects = find_suspects(points, y, side, between=between, seed=seed)
    if suspects:
        extra = points.extra_or_zero.copy()
        for suspect in suspects:
            extra[suspect.row] += (y[suspect.row] - suspect.expected) ** 2
        points = replace(points, extra=extra)
    if np.any(side != 0):
        points, y = _place_bounds(points, y, side, between=between, seed=seed)
    return Reading(points=points, y=y, suspects=suspects)


def find_suspects(points: Points, y: Array, side: Array, *, between: float, seed: int = 0) -> tuple[Suspect, ...]:
    """Values that the rest, fitted without them, contradicts; the worst first, an eighth of the rows at most."""
    rows = np.flatnonzero(side == 0)
    rows = rows[spread_rows(len(rows))]
    suspects: list[Suspect] = []
    for _ in range(max(1, len(rows) // 8)):
        if len(rows) < LEAST_ROWS:
            break
        worst = _worst(points.take(rows), y[rows], between=between, seed=seed)
        if worst is None:
            break
        suspects.append(replace(worst, row=int(rows[worst.row])))
        rows = np.delete(rows, worst.row)
    return tuple(suspects)


def _worst(points: Points, y: Array, *, between: float, seed: int) -> Suspect | None:
    """The row that the others contradict most, if they do.

    A gross error widens what is fitted to it too, so the most remarkable rows are left out and predicted anew.
    """
    whole = _fit(points, y, between=between, seed=seed)
    mean, std = whole.leave_one_out()
    floor = np.sqrt(WITHIN_LAB) * between
    suspect: Suspect | None = None
    for row in np.argsort(-np.abs(y - mean) / std)[:2]:
        kept = np.delete(np.arange(len(y)), row)
        model = _fit(points.take(kept), y[kept], between=between, seed=seed, like=whole)
        one = points.take([row])
        expected = float(model.mean(one)[0])
        variance = float(model.variance(one)[0]) + max(model.noise, floor**2) + float(points.extra_or_zero[row])
        z = float((y[row] - expected) / np.sqrt(variance))
        if abs(z) > max(BEYOND, abs(suspect.z) if suspect else 0.0):
            suspect = Suspect(row=int(row), expected=expected, std=float(np.sqrt(variance)), z=z)
    return suspect


def _place_bounds(points: Points, y: Array, side: Array, *, between: float, seed: int) -> tuple[Points, Array]:
    """Sites for the bounds: values and variances whose products with what the others predict have the right moments."""
    stated, bounded = points.extra_or_zero, np.flatnonzero(side != 0)
    values, extra = y.copy(), stated.copy()
    values[bounded] += side[bounded] * between  # a start well on the right side, of little weight
    extra[bounded] += (2.0 * between) ** 2
    # One pass: in further ones the weights of the priors would follow the sites, which are no values.
    mean, std = _fit(replace(points, extra=extra), values, between=between, seed=seed).leave_one_out()
    for row in bounded:
        # Where next to nothing is known a bound would say that the value lies decades beyond it.
        variance = min(max(float(std[row] ** 2 - extra[row]), 1e-6), between**2) + stated[row]
        values[row], extra[row] = _site(float(mean[row]), variance, float(y[row]), float(side[row]))
    return replace(points, extra=extra), values


def _site(mean: float, variance: float, bound: float, side: float) -> tuple[float, float]:
    """A value and a variance that turn N(mean, variance) into the two moments of its part beyond the bound."""
    std = np.sqrt(variance)
    low, high = (bound, np.inf) if side > 0 else (-np.inf, bound)
    # Moments of the truncated normal by the inverse Mills ratio, stable where the bound cuts deep.
    from scipy.special import log_ndtr

    depth = side * (mean - bound) / std
    mills = float(np.exp(-0.5 * depth**2 - 0.5 * np.log(2.0 * np.pi) - log_ndtr(depth)))
    centre = mean + side * std * mills
    width = variance * max(1.0 - mills * (mills + depth), 1e-6)
    precision = 1.0 / width - 1.0 / variance
    if precision * variance < _NOTHING**-2:
        return float(np.clip(mean, low, high)), _NOTHING**2 * variance
    return float((centre / width - mean / variance) / precision), float(1.0 / precision)


def _fit(points: Points, y: Array, *, between: float, seed: int, like: Regressor | None = None) -> Regressor:
    """The weighed priors, or a Gaussian process where there is no prior: what speaks in doubt, and fits fast."""
    name = WEIGHED if points.prior.shape[1] else "gaussian process" if len(y) >= 3 else IGNORANCE
    like = like if like is not None and like.name == name else None
    return fit_regressor(name, points, y, between=between, seed=seed, like=like)
