"""What a campaign asks a planner, and what it gets back; the planners that come with the library.

A planner is any function from a :class:`Question` to a :class:`Plan`. :func:`bayesian_planner` is the real one,
:func:`random_planner` draws feasible recipes blindly: a baseline, and a way to begin without any model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from surrogate.candidate.measurement import Candidate, Measurement
from surrogate.errors import SpaceError
from surrogate.execution.progress import Progress, silent
from surrogate.models.base import FittedSurrogate
from surrogate.planner.objective import Objective
from surrogate.planner.open_pool import free_of
from surrogate.planner.planners import DEFAULT_PLANNER, MIN_DISTANCE, POOL, get_planner
from surrogate.planner.sharing import first_shared, with_shared
from surrogate.planner.suggest import suggest
from surrogate.planner.suggestion import Suggestion
from surrogate.space.design_space import DesignSpace
from surrogate.wire.answers import write_suggestion
from surrogate.wire.stored import keep
from surrogate.wire.suggestions import BatchOutput


@dataclass(frozen=True, kw_only=True)
class Question:
    """Everything a planner may know: what is wanted, what was measured, what is open, what failed.

    Measurements, pending and failures come in the order of their numbers in the campaign, so the same campaign and seed
    ask the same question.
    """

    space: DesignSpace
    objective: Objective
    batch: int
    seed: int
    measurements: Sequence[Measurement] = ()
    pending: Sequence[Candidate] = ()
    failures: Sequence[Candidate] = ()
    first_number: int = 1


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """One recipe that a planner proposes; ``answer`` is all it says about it, as :mod:`surrogate.wire` writes it."""

    candidate: Candidate
    settings: Mapping[str, float | str]
    weigh_in_g: Mapping[str, float]
    is_replicate: bool = False
    answer: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A batch of proposals, and what the planner says about the batch as a whole."""

    proposals: tuple[Proposal, ...]
    report: Mapping[str, Any] = field(default_factory=dict)


Planner = Callable[[Question], Plan]


def bayesian_planner(
    models: Mapping[str, FittedSurrogate],
    *,
    simulator: bool = False,
    planner: str = DEFAULT_PLANNER,
    pool: int = POOL,
    min_distance: float = MIN_DISTANCE,
    replicate: bool = False,
    progress: Progress = silent,
) -> Planner:
    """Make a planner of :func:`surrogate.planner.suggest.suggest`, whose arguments these are.

    A planner that does not rank by models works without them: then it is :func:`random_planner`.

    Args:
        models: The literature surrogates, priors by property.
        simulator: Whether the physics simulator is a prior too.
        planner: A name of :data:`~surrogate.planner.planners.PLANNERS`.
        pool: How many feasible recipes are compared.
        min_distance: How far apart the recipes of a batch must be, in the encoding of the space.
        replicate: Whether one place of the batch repeats the best measured recipe.
        progress: Called with the steps done and all steps.
    """
    if not get_planner(planner).ranks and not models:
        return random_planner(pool)

    def plan(question: Question) -> Plan:
        batch = suggest(
            question.space,
            question.objective,
            models=models,
            simulator=simulator,
            measurements=question.measurements,
            pending=question.pending,
            failures=question.failures,
            batch=question.batch,
            seed=question.seed,
            planner=planner,
            pool=pool,
            min_distance=min_distance,
            replicate=replicate,
            first_number=question.first_number,
            progress=progress,
        )
        report = keep(BatchOutput.model_validate(batch))
        return Plan(proposals=tuple(_make_proposal(suggestion) for suggestion in batch.suggestions), report=report)

    return plan


def _make_proposal(suggestion: Suggestion) -> Proposal:
    return Proposal(
        candidate=suggestion.candidate,
        settings=suggestion.settings,
        weigh_in_g=suggestion.weigh_in_g,
        is_replicate=suggestion.is_replicate,
        answer=keep(write_suggestion(suggestion)),
    )


def random_planner(pool: int = 256) -> Planner:
    """Feasible recipes from a Sobol sequence that repeat nothing measured, open or failed; no model, no reasons."""

    def plan(question: Question) -> Plan:
        space = question.space
        measured = [measurement.candidate for measurement in question.measurements]
        excluded = space.encode([*measured, *question.pending, *question.failures])
        recipes = space.sample(max(pool, question.batch), question.seed)
        recipes = recipes.take(free_of(recipes.encoded, excluded, 0.0)) if len(excluded) else recipes
        if space.shared and question.batch > 1 and recipes.n:
            recipes = with_shared(recipes, first_shared(recipes, np.arange(recipes.n)))
            recipes = recipes.take(free_of(recipes.encoded, excluded, 0.0))
        if recipes.n < question.batch:
            raise SpaceError(
                f"A batch of {question.batch} was asked for, but {recipes.n} recipes are neither made nor open.",
                hint="Ask for fewer, or widen the space.",
            )
        chosen = recipes.take(np.arange(question.batch))
        proposals = tuple(
            Proposal(
                candidate=chosen.candidates[i],
                settings=chosen.settings(i),
                weigh_in_g=chosen.weigh_in_g(i),
                answer={"number": question.first_number + i, "reason": "Drawn at random from the feasible space."},
            )
            for i in range(question.batch)
        )
        return Plan(proposals=proposals, report={"planner": "random", "seed": question.seed})

    return plan
