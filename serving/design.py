"""Inverse design: from wishes to recipes, from what one request says and the models in service."""

from __future__ import annotations

from serving import conversion
from serving.errors import blaming, not_ready
from serving.registry import Snapshot
from serving.suggestion import alias_of, measurements_of, space_of
from surrogate.design.inverse import DesignAnswer, Recipe
from surrogate.design.inverse import design as search
from surrogate.design.objective import Objective
from surrogate.wire.design import DesignRequest, DesignResponse, RecipeOutput


def design(request: DesignRequest, snapshot: Snapshot) -> DesignResponse:
    """Recipes for ``request``; 422 with the place of what contradicts itself, 503 when a model is not in service."""
    if snapshot.reason_not_ready is not None:
        raise not_ready(f"No model is in service: {snapshot.reason_not_ready}")
    with blaming("/space"):
        space = space_of(request.space)
    with blaming("/targets"):
        targets = Objective.parse(request.targets)
    models = {name: snapshot.get(name).surrogate for name in targets.properties}
    measured = measurements_of(request.measured)
    with blaming(""):
        answer = search(
            space,
            targets,
            models=models,
            measurements=measured,
            seed=request.seed,
            pool=request.pool,
            recipes=request.recipes,
            search=request.search,
        )
    return _response(answer, snapshot)


def _response(answer: DesignAnswer, snapshot: Snapshot) -> DesignResponse:
    same = ("met", "sentence", "standing_in_the_way", "space", "objective", "searched", "seed")
    return DesignResponse(
        recipes=[_recipe(made, snapshot) for made in answer.recipes],
        warnings=list(answer.warnings),
        **{name: getattr(answer, name) for name in same},
    )


def _recipe(made: Recipe, snapshot: Snapshot) -> RecipeOutput:
    return RecipeOutput(
        number=made.number,
        candidate=conversion.described(made.candidate),
        settings=dict(made.settings),
        weigh_in_g=dict(made.weigh_in_g),
        predictions={
            name: conversion.prediction(item, protocol=made.candidate.protocol, alias=alias_of(name, item, snapshot))
            for name, item in made.predictions.items()
        },
        derived=dict(made.derived),
        chances=dict(made.chances),
        chance_of_all=made.chance_of_all,
        meets=made.meets,
        binding=list(made.binding),
        reason=made.reason,
    )
