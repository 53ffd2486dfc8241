"""Optuna as a planner: its sampler proposes a place in the encoded space, the nearest free recipe of the pool is taken.

The history is told to a study in memory (constraints through ``Trial.set_constraint``'s storage key are not needed:
every recipe of the pool is feasible). Optuna works on the measured values alone; it does not know the priors, so at
least :data:`LEAST_MEASURED` complete measurements are needed, and until then the closed form decides.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from surrogate.design.acquisition import Acquisition, score, utility
from surrogate.design.observations import EncodedCandidates
from surrogate.design.variables import Array
from surrogate.errors import UnknownName

LEAST_MEASURED = 3


def sampler_of(kind: str, seed: int) -> Any:
    """Optuna's sampler of this name."""
    import optuna

    seed %= 2**32  # what its generators start from
    if kind == "tpe":
        return optuna.samplers.TPESampler(seed=seed, n_startup_trials=LEAST_MEASURED)
    if kind == "gp":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            return optuna.samplers.GPSampler(seed=seed, n_startup_trials=LEAST_MEASURED, deterministic_objective=False)
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
    study = optuna.create_study(directions=["maximize"] * utilities.shape[1], sampler=sampler_of(kind, seed))

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


def propose(kind: str, encoded: EncodedCandidates, acquisition: Acquisition, *, seed: int) -> int:
    """The row of ``encoded`` nearest to Optuna's proposal after the measured recipes of the campaign."""
    rows, utilities = _measured(acquisition)
    if len(rows) < LEAST_MEASURED:
        return int(np.argmax(score(acquisition, encoded)))
    known = {row.tobytes() for row in rows}
    pending = np.array([row for row in acquisition.baseline.x if row.tobytes() not in known]).reshape(
        -1, encoded.x.shape[1]
    )
    return nearest_of_proposal(kind, rows, utilities, pending, encoded.x, seed=seed)


def _measured(acquisition: Acquisition) -> tuple[Array, Array]:
    """Encoded recipes at which every goal is known, and their utilities, (h, d) and (h, m)."""
    observations, baseline = acquisition.observations, acquisition.baseline
    columns: list[dict[bytes, float]] = []
    for target in acquisition.goals:
        if target.base is None:
            column = {
                r.tobytes(): v
                for r, v in zip(acquisition.baseline.x, acquisition.baseline.derived[target.quantity], strict=True)
            }
        else:
            slopes = zip(baseline.x, observations.slope(baseline, target), strict=True)
            slope = {row.tobytes(): float(value) for row, value in slopes}
            column = {}
            for row, value in zip(*observations.values[target.base], strict=True):
                if row.tobytes() in slope:
                    column[row.tobytes()] = float(value) * slope[row.tobytes()]
        columns.append(column)
    rows = [row for row in observations.measured_x if all(row.tobytes() in column for column in columns)]
    if not rows:
        return np.zeros((0, observations.measured_x.shape[1])), np.zeros((0, len(columns)))
    known = np.array([[column[row.tobytes()] for column in columns] for row in rows])
    utilities = np.column_stack([utility(t, known[:, j]) for j, t in enumerate(acquisition.goals)]) / acquisition.scales
    if observations.objective.weighted:
        utilities = (utilities * np.array([t.weight for t in acquisition.goals])).sum(axis=1, keepdims=True)
    return np.vstack(rows), utilities
