"""The methods that are compared on pools: each names the next row from the rows seen and their values.

Ours, random, Optuna's TPE and GP are always there; BayBE and Ax are peers that run where they are installed (``make
peers``) and are left out, and said to be, where they are not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from benchmarks._peers import find_versions, propose
from benchmarks._pools import Array, Pool
from benchmarks._tables import next_rows
from surrogate.planner.optuna_planner import nearest_of_proposal

Chooser = Callable[[Pool, Sequence[int], int], int]
OURS = "ours"


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
    rows = list(seen)
    place = nearest_of_proposal(
        kind,
        np.vstack([x, pool.x[rows]]),
        np.concatenate([y, pool.y[rows]])[:, None],
        np.zeros((0, pool.x.shape[1])),
        pool.x[left],
        seed=seed * 1000 + len(seen),
    )
    return int(left[place])


def baybe(pool: Pool, seen: Sequence[int], seed: int) -> int:
    """BayBE's default recommender over the pool as a discrete space."""
    return _ask("baybe", pool, seen, seed)


def baybe_with_task(pool: Pool, seen: Sequence[int], seed: int, x: Array, y: Array) -> int:
    """The same with its own transfer learning: ``x`` (k, d) with values ``y`` (k,) are another task."""
    return _ask("baybe", pool, seen, seed, other_x=x, other_y=y[:, None])


def ax(pool: Pool, seen: Sequence[int], seed: int) -> int:
    """Ax's client over the box of the inputs."""
    return _ask("ax", pool, seen, seed)


def _ask(peer: str, pool: Pool, seen: Sequence[int], seed: int, **settings: Array) -> int:
    """The free row nearest to what a peer proposes."""
    values = pool.y[list(seen)][:, None]
    proposed = propose(peer, pool.x, seen, values, seed=seed * 1000 + len(seen), **settings).rows[0]
    left = np.setdiff1d(np.arange(len(pool.y)), seen)
    return int(left[int(np.argmin(((pool.x[left] - proposed) ** 2).sum(axis=1)))])


METHODS: dict[str, Chooser] = {OURS: ours, "random": random_row, "tpe": _optuna("tpe"), "gp": _optuna("gp")}
_PEERS: dict[str, Chooser] = {"baybe": baybe, "ax": ax}


def methods() -> tuple[dict[str, Chooser], tuple[str, ...]]:
    """What can run here, and the names of the peers that are not installed."""
    installed = find_versions()
    there = {name: chooser for name, chooser in _PEERS.items() if name in installed}
    return {**METHODS, **there}, tuple(name for name in _PEERS if name not in there)
