"""The methods that are compared on pools: each names the next row from the rows seen and their values.

Ours, random, Optuna's TPE and GP are always there; BayBE and Ax are peers that run where they are installed
(``pip install sulfide-surrogate[bench]``) and are left out, and said to be, where they are not.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

import numpy as np

from benchmarks._pools import Array, Pool
from benchmarks._tables import next_rows
from surrogate.design.optuna_planner import nearest_of_proposal

Chooser = Callable[[Pool, Sequence[int], int], int]
OURS = "ours"
_MANY_CELLS = 8000  # all pools of measured values have fewer


def ours(pool: Pool, seen: Sequence[int], seed: int) -> int:
    """The planner of this project on a finite table."""
    return next_rows(pool.x, list(seen), pool.y[list(seen)], seed=seed)[0]


def random_row(pool: Pool, seen: Sequence[int], seed: int) -> int:
    """Any row not seen."""
    left = np.setdiff1d(np.arange(len(pool.y)), seen)
    return int(np.random.default_rng((seed, len(seen))).choice(left))


def _optuna(kind: str) -> Chooser:
    def choose(pool: Pool, seen: Sequence[int], seed: int) -> int:
        return optuna_after(kind, pool, seen, seed, np.zeros((0, pool.x.shape[1])), np.zeros(0))

    return choose


def optuna_after(kind: str, pool: Pool, seen: Sequence[int], seed: int, x: Array, y: Array) -> int:
    """Optuna's proposal after the rows seen and finished trials from elsewhere, ``x`` (k, d) with values ``y`` (k,)."""
    left = np.setdiff1d(np.arange(len(pool.y)), seen)
    known = list(seen)
    place = nearest_of_proposal(
        kind,
        np.vstack([x, pool.x[known]]),
        np.concatenate([y, pool.y[known]])[:, None],
        np.zeros((0, pool.x.shape[1])),
        pool.x[left],
        seed=seed * 1000 + len(seen),
    )
    return int(left[place])


def baybe(pool: Pool, seen: Sequence[int], seed: int) -> int:
    """BayBE's default recommender over the pool as a discrete space."""
    return _baybe(pool, seen, seed, None)


def baybe_with_task(pool: Pool, seen: Sequence[int], seed: int, x: Array, y: Array) -> int:
    """The same with its own transfer learning: ``x`` (k, d) with values ``y`` (k,) are another task."""
    return _baybe(pool, seen, seed, (x, y))


def _baybe(pool: Pool, seen: Sequence[int], seed: int, other: tuple[Array, Array] | None) -> int:
    import pandas as pd
    from baybe import Campaign
    from baybe.objectives import SingleTargetObjective
    from baybe.targets import NumericalTarget
    from baybe.utils.random import set_random_seed

    set_random_seed(seed * 1000 + len(seen))
    x, space = _baybe_space(pool.x.shape, pool.x.tobytes(), other is not None)
    names = [f"x{i}" for i in range(x.shape[1])]
    rows = pd.DataFrame(x[list(seen)], columns=names).assign(y=pool.y[list(seen)])
    if other is not None:
        elsewhere = pd.DataFrame(_coarse(other[0], len(x)), columns=names).assign(y=other[1], task="elsewhere")
        rows = pd.concat([elsewhere, rows.assign(task="here")], ignore_index=True)
    objective = SingleTargetObjective(NumericalTarget("y"))
    campaign = Campaign(space, objective, allow_recommending_already_measured=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if len(rows):
            campaign.add_measurements(rows)
        proposed = campaign.recommend(1)[names].to_numpy(dtype=float)[0]
    left = np.setdiff1d(np.arange(len(x)), seen)
    return int(left[int(np.argmin(((x[left] - proposed) ** 2).sum(axis=1)))])


def baybe_batch(x: Array, values: Array, *, minimised: Sequence[bool], batch: int) -> Array:
    """BayBE's next ``batch`` of the rows of ``x`` (n, d) for several objectives, after the first of them were measured:
    ``values`` (k, m), each objective with whether it is ``minimised``. (batch, d).
    """
    import pandas as pd
    from baybe import Campaign
    from baybe.objectives import ParetoObjective
    from baybe.targets import NumericalTarget

    rows, space = _baybe_space(x.shape, x.tobytes(), False)
    names, goals = [f"x{i}" for i in range(x.shape[1])], [f"y{i}" for i in range(len(minimised))]
    objective = ParetoObjective([NumericalTarget(n, minimize=down) for n, down in zip(goals, minimised, strict=True)])
    measured = pd.DataFrame(np.hstack([rows[: len(values)], values]), columns=[*names, *goals])
    campaign = Campaign(space, objective, allow_recommending_already_measured=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        campaign.add_measurements(measured)
        return campaign.recommend(batch)[names].to_numpy(dtype=float)


@lru_cache(maxsize=2)
def _baybe_space(shape: tuple[int, int], content: bytes, task: bool) -> tuple[Array, Any]:
    """The rows as BayBE sees them and its search space, made once per pool."""
    import pandas as pd
    from baybe.parameters import NumericalDiscreteParameter, TaskParameter
    from baybe.searchspace import SearchSpace

    x = _coarse(np.frombuffer(content).reshape(shape), shape[0])
    table = pd.DataFrame(x, columns=[f"x{i}" for i in range(shape[1])])
    parameters = [NumericalDiscreteParameter(n, sorted(set(table[n]))) for n in table]
    if task:
        parameters.append(TaskParameter("task", ["elsewhere", "here"], active_values=["here"]))
        table = table.assign(task="here")
    return x, SearchSpace.from_dataframe(table, parameters)


def _coarse(x: Array, rows: int) -> Array:
    """The inputs of a pool of many ``rows`` on a grid of 64 steps where it has many columns, since the time that BayBE
    takes to check its search space grows with rows times values.
    """
    return np.round(x * 64.0) / 64.0 if rows * x.shape[1] > _MANY_CELLS else x


def ax(pool: Pool, seen: Sequence[int], seed: int) -> int:
    """Ax's client over the box of the inputs, snapped to the nearest free row.

    The random starts count as Ax's own initialisation (no centre first), so that its model speaks from the first
    suggestion on.
    """
    import logging

    from ax.api.client import Client
    from ax.api.configs import RangeParameterConfig
    from ax.utils.common.logger import set_ax_logger_levels

    set_ax_logger_levels(logging.WARNING)

    names = [f"x{i}" for i in range(pool.x.shape[1])]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        client = Client(random_seed=seed * 1000 + len(seen))
        client.configure_experiment(
            [RangeParameterConfig(name=n, parameter_type="float", bounds=(0.0, 1.0)) for n in names]
        )
        client.configure_optimization(objective="y")
        client.configure_generation_strategy(initialize_with_center=False)
        for row in seen:
            index = client.attach_trial(dict(zip(names, map(float, pool.x[row]), strict=True)))
            client.complete_trial(index, raw_data={"y": float(pool.y[row])})
        (proposed,) = client.get_next_trials(1).values()
    return _nearest_free(pool, seen, np.array([proposed[n] for n in names], dtype=float))


def _nearest_free(pool: Pool, seen: Sequence[int], proposed: Array) -> int:
    left = np.setdiff1d(np.arange(len(pool.y)), seen)
    return int(left[int(np.argmin(((pool.x[left] - proposed) ** 2).sum(axis=1)))])


METHODS: dict[str, Chooser] = {OURS: ours, "random": random_row, "tpe": _optuna("tpe"), "gp": _optuna("gp")}
_PEERS: dict[str, Chooser] = {"baybe": baybe, "ax": ax}


def methods() -> tuple[dict[str, Chooser], tuple[str, ...]]:
    """What can run here, and the names of the peers that are not installed."""
    there = {name: chooser for name, chooser in _PEERS.items() if find_spec(name) is not None}
    return {**METHODS, **there}, tuple(name for name in _PEERS if name not in there)
