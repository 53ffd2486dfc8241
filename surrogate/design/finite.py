"""Planning over a finite table of candidates: a list of recipes with their encoded inputs, some of them measured.

For campaigns whose candidates are given (a shelf of samples, a NIMO ``candidates.csv``, a benchmark pool) rather than
drawn from a :class:`~surrogate.design.space.DesignSpace`. One goal, no categories: :func:`next_rows` is the whole face.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from surrogate.design.posteriors import Belief, learn
from surrogate.design.regression import Points
from surrogate.design.variables import Array
from surrogate.errors import SpaceError

#: Standard deviations above the mean at which a candidate is valued. On measured pools one deviation finds more of the
#: best candidates than two, or than expected improvement, which goes for the single best
#: (``python -m benchmarks.suggestion``).
OPTIMISM = 1.0


def scaled(inputs: Array) -> Array:
    """Inputs (n, d) to 0..1 per column; columns that never vary are left out. Raises :class:`SpaceError` for gaps."""
    if not np.all(np.isfinite(inputs)):
        raise SpaceError("The table of candidates has gaps or infinite inputs.", hint="Fill or remove those rows.")
    low, width = inputs.min(axis=0), np.ptp(inputs, axis=0)
    return np.asarray((inputs - low)[:, width > 0] / width[width > 0])


def next_rows(
    x: Array,
    measured: Sequence[int],
    values: Array,
    *,
    maximise: bool = True,
    pending: Sequence[int] = (),
    batch: int = 1,
    seed: int = 0,
    prior: Array | None = None,
    kinds: tuple[str, ...] | None = None,
) -> list[int]:
    """The rows of ``x`` (n, d) to measure next, best first.

    ``measured`` are rows with their ``values`` (k,), ``pending`` rows without; ``prior`` (n, p) are predictions of all
    rows from elsewhere. Raises :class:`SpaceError` when fewer rows than ``batch`` are left.
    """
    taken = [*measured, *pending]
    left = np.setdiff1d(np.arange(len(x)), taken)
    if len(left) < batch:
        raise SpaceError(
            f"A batch of {batch} was asked for, but {len(left)} candidates are left.", hint="Ask for fewer."
        )
    points = _points(x, prior)
    sign = 1.0 if maximise else -1.0
    belief = believe(points, measured, sign * values, seed=seed, kinds=kinds)
    chosen: list[int] = []
    waiting = list(pending)
    for _ in range(batch):
        worth = _worth(belief, points, left, waiting)
        best = int(left[int(np.argmax(worth))])
        chosen.append(best)
        waiting.append(best)
        left = left[left != best]
    return chosen


def believe(
    points: Points, measured: Sequence[int], values: Array, *, seed: int, kinds: tuple[str, ...] | None = None,
    calibrate: bool = False,
) -> Belief:  # fmt: skip
    """The belief after measuring rows of ``points``; the prior's scale is fitted, so its spread between is that of
    values.
    """
    between = float(np.std(values)) or 1.0
    if kinds is None:
        kinds = ("gaussian process", "forest", "mixture", *(["residual to prior"] if points.prior.shape[1] else []))
    return learn(points.take(list(measured)), values, between=between, seed=seed, calibrate=calibrate, kinds=kinds)


def _points(x: Array, prior: Array | None) -> Points:
    if prior is None:
        return Points.plain(x)
    return Points(x=x, prior=prior, prior_std=np.ones_like(prior))


def _worth(belief: Belief, points: Points, left: Any, waiting: Sequence[int]) -> Array:
    """Upper confidence bound of the candidates ``left``, given that those ``waiting`` will be known."""
    rows = points.take(left)
    mean, variance = belief.mean(rows), belief.regressor.variance(rows)
    if waiting:
        open_rows = points.take(list(waiting))
        among = belief.regressor.covariance(open_rows, open_rows) + belief.regressor.noise * np.eye(len(waiting))
        cross = belief.regressor.covariance(rows, open_rows)
        variance = np.maximum(variance - (cross * np.linalg.solve(among, cross.T).T).sum(axis=1), 1e-12)
    return np.asarray(mean + OPTIMISM * np.sqrt(variance))
