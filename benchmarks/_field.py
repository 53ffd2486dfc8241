"""Our own field, closed loop: how many experiments until a recipe within 95 % of the best of 1024 was made.

The hidden truth is the simulator with every uncertain parameter drawn from its prior; a laboratory adds an offset of
its own and noise to each experiment. The prior is the simulator as it is and, where models are trained, the literature
surrogate. ``unknown_error`` adds to the truth a smooth error that no parameter explains, as simulators have.

``ours`` and every method ``… + prior`` start from the prior alone; all others start from three random recipes, which
count. Peers are given the prior as the simulated values of :data:`PRIOR_ROWS` recipes: BayBE as another task, Optuna as
finished trials. They get the simulator alone, which is the better half of the prior.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks._choosers import OURS, baybe_with_task, methods, optuna_after
from benchmarks._pools import Array, Pool
from surrogate.errors import Unavailable
from surrogate.models.base import FittedSurrogate

if TYPE_CHECKING:
    from surrogate.physics.parameters.base import ParameterDraw

PROPERTY = "ionic_conductivity"
RECIPES, PRIOR_ROWS, STARTS, MOST = 1024, 128, 3, 60
NOISE, OFFSET = 0.1, 0.3  # decades: between pellets of one laboratory, between laboratories
UNKNOWN_ERROR = 0.4  # decades
MODELS = Path(__file__).parents[1] / "models"


@dataclass(frozen=True, kw_only=True)
class Field:
    """Recipes of a space with what they truly reach, what a laboratory finds, and what is believed beforehand."""

    table: Pool  # ``y`` is what the laboratory finds
    truth: Array
    prior: Array
    prior_std: Array
    simulated: Array
    between: float

    @property
    def goal(self) -> float:
        """95 % of the best, on the scale (decades)."""
        return float(self.truth.max() + np.log10(0.95))


def field_of(seed: int, *, unknown_error: bool = False, models: Path = MODELS) -> Field:
    """The field of one campaign; the same seed gives the same recipes, truth and noise."""
    from surrogate.beliefs.simulator import simulators
    from surrogate.physics.chain import simulate
    from surrogate.properties import get_property
    from surrogate.space.ready import ready

    pool = ready("argyrodite").sample(RECIPES, seed)
    outcomes = simulate(pool.candidates, parameters=_parameters(seed))
    property = get_property(PROPERTY)
    truth = np.asarray(property.to_scale(np.array([o.ionic_conductivity_s_per_cm or np.nan for o in outcomes])))
    x = pool.encoded[:, np.ptp(pool.encoded, axis=0) > 0]
    if unknown_error:
        truth = truth + smooth_error(x, seed)
    simulator = simulators([PROPERTY])[PROPERTY]
    beliefs = [prior.posterior(pool.candidates) for prior in (*_literature(models), simulator)]
    rng = np.random.default_rng((seed, 3))
    measured = truth + NOISE * rng.standard_normal(len(truth)) + OFFSET * rng.standard_normal()
    return Field(
        table=Pool(name="field", inputs=x, x=x, y=measured),
        truth=truth,
        prior=np.column_stack([b.mean for b in beliefs]),
        prior_std=np.column_stack([b.std_model for b in beliefs]),
        simulated=np.asarray(beliefs[-1].mean),
        between=property.between_papers,
    )


def _parameters(seed: int) -> ParameterDraw:
    """One draw of all uncertain parameters, the same for every recipe."""
    from surrogate.physics.parameters import sample_draw
    from surrogate.physics.parameters.base import ParameterDraw

    drawn = sample_draw(1, np.random.default_rng((seed, 5)))
    return ParameterDraw({name: float(np.ravel(value)[0]) for name, value in drawn.values.items()})


def _literature(models: Path) -> list[FittedSurrogate]:
    from surrogate.models.artifact import load_models

    try:
        return [load_models(models)[PROPERTY]]
    except (Unavailable, KeyError):
        return []


def smooth_error(x: Array, seed: int) -> Array:
    """A random function of :data:`UNKNOWN_ERROR` decades (random Fourier features of length 0.8), (n,)."""
    rng = np.random.default_rng((seed, 7))
    frequencies, phases = rng.standard_normal((64, x.shape[1])) / 0.8, rng.uniform(0, 2 * np.pi, 64)
    return np.asarray(UNKNOWN_ERROR * np.sqrt(2.0 / 64) * np.cos(x @ frequencies.T + phases).sum(axis=1))


def field_methods(names: Sequence[str]) -> list[str]:
    """Each method alone and, where it can be told, with the prior; ``ours`` has it, ``ours without prior`` not."""
    methods = [OURS, f"{OURS} without prior"]
    for name in names:
        if name != OURS:
            methods += [name, f"{name} + prior"] if name in ("tpe", "gp", "baybe") else [name]
    return methods


def run_field(method: str, seed: int, unknown_error: bool = False) -> dict[str, object]:
    """One closed loop: experiments made until the goal was reached, at most :data:`MOST`."""
    field = field_of(seed, unknown_error=unknown_error)
    choose = _chooser(method, field, seed)
    informed = method == OURS or method.endswith("+ prior")
    rng = np.random.default_rng((seed, 11))
    seen = [] if informed else rng.choice(RECIPES, STARTS, replace=False).tolist()
    if not informed and field.truth[seen].max() >= field.goal:
        first = next(i for i, row in enumerate(seen, 1) if field.truth[row] >= field.goal)
        return {"experiments": first, "reached": True}
    while len(seen) < MOST and (not seen or field.truth[seen[-1]] < field.goal):
        seen.append(choose(seen))
    return {"experiments": len(seen), "reached": bool(field.truth[seen[-1]] >= field.goal)}


def _chooser(method: str, field: Field, seed: int) -> Callable[[list[int]], int]:
    from benchmarks._tables import next_rows

    if method == OURS:
        return lambda seen: next_rows(
            field.table.x, seen, field.table.y[seen], seed=seed, prior=field.prior, prior_std=field.prior_std,
            between=field.between,
        )[0]  # fmt: skip
    name = method.removesuffix(" + prior").removesuffix(" without prior")
    if not method.endswith("+ prior"):
        return lambda seen: methods()[0][name](field.table, seen, seed)
    rows = np.random.default_rng((seed, 13)).choice(RECIPES, PRIOR_ROWS, replace=False)
    x, y = field.table.x[rows], field.simulated[rows]
    if name == "baybe":
        return lambda seen: baybe_with_task(field.table, seen, seed, x, y)
    return lambda seen: optuna_after(name, field.table, seen, seed, x, y)
