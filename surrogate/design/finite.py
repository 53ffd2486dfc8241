"""Planning over a finite table of candidates: a list of recipes with their encoded inputs, some of them measured.

For campaigns whose candidates are given (a shelf of samples, a NIMO ``candidates.csv``, a benchmark pool) rather than
drawn from a :class:`~surrogate.design.space.DesignSpace`. One goal, no categories: :func:`next_rows` is the whole face.
Beliefs and choice are those of :func:`surrogate.design.planner.suggest`, so what is measured on tables is what a space
is served with.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surrogate.design.acquisition import OPTIMISM, beside
from surrogate.design.posteriors import Belief, learn
from surrogate.design.regression import Points
from surrogate.design.variables import Array
from surrogate.errors import SpaceError

#: Models that need no standard deviation of a prior.
WITHOUT_SPREAD = ("gaussian process", "forest", "mixture", "residual to prior")


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
    prior_std: Array | None = None,
    between: float | None = None,
) -> list[int]:
    """The rows of ``x`` (n, d) to measure next, best first.

    ``measured`` are rows with their ``values`` (k,), ``pending`` rows without; ``prior`` (n, p) are predictions of all
    rows from elsewhere. Where their standard deviations ``prior_std`` (n, p) and the spread ``between`` laboratories
    are known, the priors may also speak for themselves, and nothing need be measured yet. Raises :class:`SpaceError`
    when fewer rows than ``batch`` are left.
    """
    taken = [*measured, *pending]
    left = np.setdiff1d(np.arange(len(x)), taken)
    if len(left) < batch:
        raise SpaceError(
            f"A batch of {batch} was asked for, but {len(left)} candidates are left.", hint="Ask for fewer."
        )
    sign = 1.0 if maximise else -1.0
    points = _points(x, None if prior is None else sign * prior, prior_std)
    kinds = None if prior is None or prior_std is not None else WITHOUT_SPREAD
    belief = believe(points, measured, sign * np.asarray(values), seed=seed, kinds=kinds, between=between)
    chosen: list[int] = []
    for _ in range(batch):
        waiting = points.take([*pending, *chosen])
        mean, std = beside(belief.regressor, points.take(left), waiting)
        chosen.append(int(left[int(np.argmax(mean + OPTIMISM * std))]))
        left = left[left != chosen[-1]]
    return chosen


def believe(
    points: Points, measured: Sequence[int], values: Array, *, seed: int, kinds: tuple[str, ...] | None = None,
    calibrate: bool = False, between: float | None = None,
) -> Belief:  # fmt: skip
    """The belief after measuring rows of ``points``; ``between`` laboratories the spread is that of values unless
    given.
    """
    if between is None:
        between = float(np.std(values)) if len(values) > 1 else 0.0
    points = points.take(list(measured))
    return learn(points, values, between=between or 1.0, seed=seed, calibrate=calibrate, kinds=kinds)


def _points(x: Array, prior: Array | None, prior_std: Array | None) -> Points:
    if prior is None:
        return Points.plain(x)
    return Points(x=x, prior=prior, prior_std=np.ones_like(prior) if prior_std is None else prior_std)
