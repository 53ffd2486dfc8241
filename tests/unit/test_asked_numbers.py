"""Seeds and counts mean the same at every door of the library, and what is none is refused there in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from surrogate.beliefs.simulator import simulators
from surrogate.campaign import CampaignStore
from surrogate.datasets import load, paper_folds
from surrogate.errors import InvalidInput
from surrogate.models import evaluate, fit
from surrogate.physics.sweep import Sweep
from surrogate.planner.inverse import design
from surrogate.planner.objective import Objective
from surrogate.planner.screening.task import Screening
from surrogate.planner.suggest import suggest
from surrogate.space.ready import ready
from training.config import Plan

PROPERTY = "electronic_conductivity"
WISH = "maximise ionic_conductivity"
SPACE = ready("argyrodite")
MODELS = simulators(["ionic_conductivity"])
ROWS = load(PROPERTY)
SCREENING: dict[str, Any] = {"space": SPACE, "objective": Objective.parse(WISH), "models": MODELS, "n": 10}
ASKING: dict[str, Any] = {"planner": "analytic", "batch": 1, "pool": 64}
FLOOR: dict[str, Any] = {"property": PROPERTY, "kinds": ("group_median",)}


def in_a_new_store(ask: Callable[[CampaignStore], object]) -> None:
    with TemporaryDirectory() as folder:
        ask(CampaignStore.open(Path(folder) / "campaigns.db"))


DRAWN: dict[str, Callable[[Any], object]] = {
    "suggest": lambda seed: suggest(SPACE, WISH, models=MODELS, seed=seed, **ASKING),
    "design": lambda seed: design(SPACE, WISH, models=MODELS, seed=seed, pool=64),
    "screen": lambda seed: Screening(**SCREENING, seed=seed),
    "sample": lambda seed: SPACE.sample(8, seed),
    "campaign": lambda seed: in_a_new_store(lambda store: store.create("argyrodites", SPACE, WISH, seed=seed)),
    "sweep": lambda seed: Sweep(n=10, seed=seed),
    "folds": lambda seed: paper_folds(ROWS, 2, seed),
    "fit": lambda seed: fit(ROWS, property=PROPERTY, kind="group_median", seed=seed),
    "evaluate": lambda seed: evaluate(ROWS, folds=2, seed=seed, **FLOOR),
    "plan": lambda seed: Plan(property=PROPERTY, seed=seed),
}
COUNTED: dict[str, Callable[[Any], object]] = {
    "batch": lambda count: suggest(SPACE, WISH, models=MODELS, **{**ASKING, "batch": count}),
    "pool": lambda count: suggest(SPACE, WISH, models=MODELS, **{**ASKING, "pool": count}),
    "recipes": lambda count: design(SPACE, WISH, models=MODELS, recipes=count),
    "screened": lambda count: Screening(**{**SCREENING, "n": count}),
    "shortlist": lambda count: Screening(**SCREENING, top=count),
    "sample": lambda count: SPACE.sample(count),
    "sweep": lambda count: Sweep(n=count, seed=0),
}


@pytest.mark.parametrize("seed", [-1, 2**63, 1.5, True, "7", None])
@pytest.mark.parametrize("door", DRAWN)
def test_what_is_no_seed_is_refused_at_every_door(door: str, seed: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        DRAWN[door](seed)
    assert caught.value.message == f"The seed is {seed!r}; it must be a whole number from 0 to 2^63 - 1."


@pytest.mark.parametrize("seed", [0, 2**63 - 1])
@pytest.mark.parametrize("door", DRAWN)
def test_what_is_a_seed_is_taken_at_every_door(door: str, seed: int) -> None:
    DRAWN[door](seed)


@pytest.mark.parametrize("count", [0, -3, 2.5, True, "4"])
@pytest.mark.parametrize("door", COUNTED)
def test_what_is_no_count_is_refused_at_every_door(door: str, count: object) -> None:
    with pytest.raises(InvalidInput, match=f"of {count!r} was asked for; it must be a whole number from 1"):
        COUNTED[door](count)
