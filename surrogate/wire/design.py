"""Inverse design over the wire: wishes in, recipes on the predicted Pareto front out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from surrogate.planner.planners import SIMULATOR_HELP
from surrogate.wire.base import Flag, Input, Output, Text, Whole
from surrogate.wire.candidates import MeasuredInput
from surrogate.wire.suggestions import MAX_HISTORY, RecipeBase, SpaceInput

MAX_RECIPES = 20


class DesignRequest(Input):
    """What is wished for; nothing is remembered between requests, and the same request has the same answer."""

    space: Text | SpaceInput = Field(description="The name of a ready-made space, or a space of your own.")
    targets: Text | Annotated[list[Text], Field(min_length=1, max_length=10)] = Field(
        description="Wishes: 'ionic_conductivity >= 5 mS/cm', 'first_discharge_capacity >= 400 mAh/g', "
        "'minimise process_time_h'."
    )
    measured: list[MeasuredInput] = Field(
        default=[], max_length=MAX_HISTORY, description="Measurements of your own, which correct the models."
    )
    recipes: Whole = Field(default=5, ge=1, le=MAX_RECIPES, description="How many different recipes.")
    search: Literal["pool", "nsga2"] = Field(
        default="pool", description="pool: many feasible recipes, refined. nsga2: a genetic search besides."
    )
    simulator: Flag = Field(default=False, description=SIMULATOR_HELP)
    pool: Whole = Field(default=4096, ge=64, le=8192, description="How many feasible recipes are compared first.")
    seed: Whole = Field(default=0, ge=0, le=2**31 - 1)


class RecipeOutput(RecipeBase):
    """One designed recipe: what to set and weigh in, what is predicted, and the chance that each wish comes true."""

    chance_of_all: float = Field(description="The chance that all of them come true; 1 when none is a threshold.")
    meets: bool = Field(description="Whether every threshold is more likely met than not.")


class DesignResponse(Output):
    """Recipes in the order of the one goal, else the most likely first; when none meets every wish, the nearest."""

    met: bool = Field(description="Whether a recipe is expected to meet every wish.")
    sentence: str
    standing_in_the_way: str | None = Field(description="The wish that is least likely at the nearest recipe.")
    space: str
    objective: str
    searched: int = Field(description="How many recipes were compared.")
    seed: int
    recipes: list[RecipeOutput]
    warnings: list[str]
