"""Planning over a finite table of candidates: a list of recipes with their encoded inputs, some of them measured.

For campaigns whose candidates are given (a shelf of powders, a NIMO ``candidates.csv``, a benchmark pool) rather than
drawn from a design space. One goal, no categories: :func:`next_rows` is the whole face, with :func:`learn_elsewhere`
where another table of the same inputs has something to tell. Beliefs and choice are those of
:func:`surrogate.planner.suggest.suggest`, so what is measured on tables is what a space is served with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surrogate.beliefs.base import Array, Points
from surrogate.beliefs.forest import fit_forest
from surrogate.beliefs.gaussian_process import fit_rbf_process
from surrogate.beliefs.selection import PropertyPosterior, learn
from surrogate.errors import SpaceError
from surrogate.execution.process import in_one_thread
from surrogate.planner.improvement import beside, log_worth


def scaled(inputs: Array) -> Array:
    """Inputs (n, d) to 0..1 per column; columns that never vary are left out. Raises :class:`SpaceError` for gaps."""
    if not np.all(np.isfinite(inputs)):
        raise SpaceError("The table of candidates has gaps or infinite inputs.", hint="Fill or remove those rows.")
    low, width = inputs.min(axis=0), np.ptp(inputs, axis=0)
    return np.asarray((inputs - low)[:, width > 0] / width[width > 0])


#: Fewest rows of another table that a model is fitted to.
_LEAST_ELSEWHERE = 6


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """What another table says of ``n`` candidates, as :func:`next_rows` takes it: ``prior`` and ``prior_std`` (n, 2),
    the latent values by a smooth and by a rugged model, and the spread ``between`` the values of that table.
    """

    prior: Array
    prior_std: Array
    between: float


@in_one_thread
def learn_elsewhere(x: Array, values: Array, candidates: Array, *, seed: int = 0) -> Elsewhere:
    """A Gaussian process and a forest of another table, ``x`` (k, d) with ``values`` (k,), asked for ``candidates``
    (n, d).

    Inputs are scaled alike in both tables. Which of the two models is nearer is left to the rows of the campaign, which
    weigh them as they weigh any priors (decision 0013). Raises :class:`SpaceError` for fewer than six rows, for other
    inputs than the candidates have, for gaps, and for values that are all the same.
    """
    if len(x) != len(values) or len(x) < _LEAST_ELSEWHERE:
        raise SpaceError(
            f"The other table has {len(x)} rows of inputs and {len(values)} values; at least {_LEAST_ELSEWHERE} of "
            "each are needed.",
            hint="Leave it out, or give more of its rows.",
        )
    if x.shape[1] != candidates.shape[1]:
        raise SpaceError(
            f"The other table has {x.shape[1]} inputs, the candidates have {candidates.shape[1]}.",
            hint="Give the same columns in the same order, scaled alike.",
        )
    if not (np.all(np.isfinite(x)) and np.all(np.isfinite(values))):
        raise SpaceError("The other table has gaps or infinite numbers.", hint="Fill or remove those rows.")
    if not np.ptp(values) > 0.0:
        raise SpaceError(f"All values of the other table are {values[0]:g}.", hint="Leave it out: it tells nothing.")
    rows, targets = Points.plain(x), Points.plain(candidates)
    smooth = fit_rbf_process(rows, values, name="smooth", use_prior=False)
    rugged = fit_forest(rows, values, seed=seed)
    return Elsewhere(
        prior=np.column_stack([smooth.mean(targets), rugged.mean(targets)]),
        prior_std=np.sqrt(np.column_stack([smooth.variance(targets), rugged.variance(targets)])),
        between=float(values.std()),
    )


@in_one_thread
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

    ``measured`` are rows with their ``values`` (k,), ``pending`` rows without; ``prior`` and ``prior_std`` (n, p) are
    what p models from elsewhere predict for all rows, and ``between`` is the spread between laboratories (that of
    ``values`` where it is not given). With a prior nothing need be measured yet. Raises :class:`SpaceError` when fewer
    rows than ``batch`` are left, or for a prior without its standard deviations.
    """
    if (prior is None) != (prior_std is None):
        raise SpaceError("A prior has a mean and a standard deviation for every row.", hint="Give both or neither.")
    excluded = [*measured, *pending]
    left = np.setdiff1d(np.arange(len(x)), excluded)
    if len(left) < batch:
        raise SpaceError(
            f"A batch of {batch} was asked for, but {len(left)} candidates are left.", hint="Ask for fewer."
        )
    sign = 1.0 if maximise else -1.0
    points = Points.plain(x)
    if prior is not None and prior_std is not None:
        points = Points(x=x, prior=sign * prior, prior_std=prior_std)
    posterior = learn_rows(points, measured, sign * np.asarray(values), seed=seed, between=between)
    chosen: list[int] = []
    for _ in range(batch):
        waiting = [*pending, *chosen]
        mean, std = beside(posterior.regressor, points.take(left), points.take(waiting))
        incumbent = None if prior is None else _to_beat(posterior, points, measured, waiting)
        worth = log_worth(mean, std, incumbent=incumbent, lowest=float(mean.min()))
        chosen.append(int(left[int(np.argmax(worth))]))
        left = left[left != chosen[-1]]
    return chosen


def _to_beat(posterior: PropertyPosterior, points: Points, measured: Sequence[int], waiting: Sequence[int]) -> float:
    """The highest mean of what is measured or waiting; while nothing is measured, at least the usual mean."""
    values = posterior.mean(points.take([*measured, *waiting]))
    return float(values.max(initial=-np.inf if len(measured) else np.median(posterior.mean(points))))


def learn_rows(
    points: Points,
    measured: Sequence[int],
    values: Array,
    *,
    seed: int,
    calibrate: bool = False,
    between: float | None = None,
) -> PropertyPosterior:
    """The posterior after measuring rows of ``points``; ``between`` as for :func:`next_rows`."""
    if between is None:
        between = float(np.std(values)) if len(values) > 1 else 0.0
    return learn(points.take(list(measured)), values, between=between or 1.0, seed=seed, calibrate=calibrate)
