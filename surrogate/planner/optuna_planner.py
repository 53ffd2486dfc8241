"""Optuna as a planner: its sampler proposes a place in the encoded space, the nearest free recipe of the pool is taken.

The history is told to a study in memory (constraints through ``Trial.set_constraint``'s storage key are not needed:
every recipe of the pool is feasible). Optuna works on the measured values alone; it does not know the priors, so at
least three recipes must be measured in every goal; until then it does not apply.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from surrogate.errors import UnknownName
from surrogate.planner.acquisition import Acquisition
from surrogate.planner.open_pool import OpenPool
from surrogate.planner.planners import PLANNERS
from surrogate.planner.reasons import Chosen
from surrogate.space.variables import Array


def _sampler_of(kind: str, seed: int) -> Any:
    """Optuna's sampler of this name."""
    import optuna

    seed %= 2**32  # what its generators start from
    startup = PLANNERS[kind].least_measured
    if kind == "tpe":
        return optuna.samplers.TPESampler(seed=seed, n_startup_trials=startup)
    if kind == "gp":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            return optuna.samplers.GPSampler(seed=seed, n_startup_trials=startup, deterministic_objective=False)
    raise UnknownName("Optuna sampler", kind, ("tpe", "gp"))


def nearest_of_proposal(kind: str, history: Array, utilities: Array, pending: Array, pool: Array, *, seed: int) -> int:
    """Row of ``pool`` (n, d) nearest to what Optuna proposes after ``history`` (h, d) with ``utilities`` (h, m) to
    raise.

    ``pending`` (p, d) are running trials without a value. Columns that never vary are left out.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    every = np.vstack([history, pending, pool])
    low, high = every.min(axis=0), every.max(axis=0)
    open_columns = np.flatnonzero(high - low > 1e-12)
    spaces: dict[str, optuna.distributions.BaseDistribution] = {
        f"x{c}": optuna.distributions.FloatDistribution(float(low[c]), float(high[c])) for c in open_columns
    }
    study = optuna.create_study(directions=["maximize"] * utilities.shape[1], sampler=_sampler_of(kind, seed))

    def params(row: Array) -> dict[str, float]:
        return {f"x{c}": float(row[c]) for c in open_columns}

    for row, values in zip(history, utilities, strict=True):
        study.add_trial(
            optuna.trial.create_trial(params=params(row), distributions=spaces, values=[float(v) for v in values])
        )
    for row in pending:
        running = optuna.trial.TrialState.RUNNING
        study.add_trial(optuna.trial.create_trial(params=params(row), distributions=spaces, state=running))
    trial = study.ask(spaces)
    proposed = np.array([trial.params[f"x{c}"] for c in open_columns])
    width = np.array([high[c] - low[c] for c in open_columns])
    return int(np.argmin((((pool[:, open_columns] - proposed) / width) ** 2).sum(axis=1)))


def choose_tpe(open_pool: OpenPool, acquisition: Acquisition, seed: int) -> Chosen:
    """The free recipe nearest to the proposal of the tree-structured Parzen estimator."""
    return _choose("tpe", open_pool, acquisition, seed)


def choose_gp(open_pool: OpenPool, acquisition: Acquisition, seed: int) -> Chosen:
    """The free recipe nearest to the proposal of Optuna's Gaussian process."""
    return _choose("gp", open_pool, acquisition, seed)


def _choose(kind: str, open_pool: OpenPool, acquisition: Acquisition, seed: int) -> Chosen:
    free = open_pool.free_or_refuse()
    x, (rows, utilities), baseline = open_pool.encoded.x[free], acquisition.complete_rows(), acquisition.baseline.x
    complete = {row.tobytes() for row in rows}
    pending = np.array([row for row in baseline if row.tobytes() not in complete]).reshape(-1, x.shape[1])
    position = int(free[nearest_of_proposal(kind, rows, utilities, pending, x, seed=seed)])
    return Chosen.of(open_pool.pool, open_pool.encoded, position, acquisition)
