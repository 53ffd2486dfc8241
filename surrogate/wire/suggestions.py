"""Questions for what to make next, and the answers: recipes that can be weighed in, with a reason for each."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AliasChoices, AliasPath, Field

from surrogate.planner.planners import (
    BATCH,
    DEFAULT_PLANNER,
    MIN_DISTANCE,
    PLANNERS,
    POOL,
    SIMULATOR_HELP,
    WITHOUT_PRIOR_HELP,
    PlannerName,
)
from surrogate.wire.base import FiniteOrNone, Flag, Input, Number, Output, Text, Whole
from surrogate.wire.candidates import CandidateInput, MeasuredInput
from surrogate.wire.described import Described
from surrogate.wire.predictions import NeighbourOutput, PropertyOutput

MAX_BATCH = 32
MAX_HISTORY = 500
PLANNING = (
    f"How recipes are chosen: {'; '.join(f'{kind.name}, {kind.meaning}' for kind in PLANNERS.values())}. "
    "Where one needs measurements that are not there yet, analytic chooses; the answer names what chose. "
    "botorch is the old name of analytic."
)
DISTANCE = "How far apart the recipes of a batch must be, in ranges of the space; 0.3 is clearly another."

Names = Annotated[list[Text], Field(max_length=40)]
Conditions = Annotated[dict[Text, Names], Field(max_length=10)]


class VariableInput(Input):
    """What a lab may set: a number between ``low`` and ``high``, or one of ``options``."""

    low: Number | None = Field(default=None, ge=-1e9, le=1e9)
    high: Number | None = Field(default=None, ge=-1e9, le=1e9)
    step: Number | None = Field(default=None, ge=1e-9, le=1e9, description="Smallest step that can be set.")
    scale: Literal["linear", "log"] = "linear"
    options: Names | None = None
    when: Conditions = Field(default={}, description="The choices under which it applies.")


class LimitInput(Input):
    """A linear inequality between settings or element amounts: ``Cl + Br <= 1.6``."""

    rule: Text
    when: Conditions = Field(default={})
    source: str = Field(default="", max_length=500)


class ForbiddenInput(Input):
    """A region where every one of ``rules`` holds, forbidden for a reason."""

    reason: Text
    rules: Annotated[list[Text], Field(max_length=20)] = Field(default=[])
    when: Conditions = Field(default={})


class BalanceInput(Input):
    """What the balance can weigh, and how much is made."""

    resolution_mg: Number = Field(default=0.1, gt=0.0, le=1000.0)
    batch_mass_g: Number = Field(default=1.0, gt=0.0, le=1e5)


class DesignedComposition(Input):
    """Charge-neutral compositions: a mixture of precursors, or Li(6-x+vz)P(1-z)M(z)S(5-x)X(1+x)."""

    kind: Literal["mixture", "argyrodite"]
    precursors: Annotated[dict[Text, list[Number]], Field(max_length=12)] | None = Field(
        default=None, description="Formula → lowest and highest mole fraction, for a mixture."
    )
    x: list[Number] | None = Field(default=None, min_length=2, max_length=2)
    z: list[Number] = Field(default=[0.0, 0.0], min_length=2, max_length=2)
    halides: Names = Field(default=["Cl"])
    dopants: Names = Field(default=["none"])
    rich: Names | None = Field(default=None, description="The halides of which x is drawn; left out: all.")
    step: Number | None = Field(
        default=None,
        ge=0.0,
        le=1.0,
        description="Of x, z and shares (0.05 when left out) or mole fractions (0.01); 0 or null: any composition.",
    )


class SpaceInput(Input):
    """A design space of your own, in the shape of the ready-made ones."""

    name: Text
    subject: Literal["electrolyte", "cell"]
    title: str = Field(default="", max_length=200)
    composition: DesignedComposition | None = None
    variables: Annotated[dict[Text, VariableInput], Field(max_length=30)] = Field(default={})
    fixed: Annotated[dict[Text, Number | Text], Field(max_length=60)] = Field(default={})
    limits: Annotated[list[LimitInput], Field(max_length=50)] = Field(default=[])
    forbidden: Annotated[list[ForbiddenInput], Field(max_length=50)] = Field(default=[])
    shared: Names = Field(default=[], description="Settings with one value within a batch, as in one furnace run.")
    rest: Text | None = Field(default=None, description="The weight fraction that fills a composite up to one.")
    weighing: BalanceInput = BalanceInput()
    composite_weighing: BalanceInput = BalanceInput()
    prices_per_g: Annotated[dict[Text, Number], Field(max_length=30)] = Field(default={})


class SuggestRequest(Input):
    """Everything that is known; nothing is remembered between requests, and the same request has the same answer."""

    space: Text | SpaceInput = Field(description="The name of a ready-made space, or a space of your own.")
    objective: Text | Annotated[list[Text], Field(min_length=1, max_length=10)] = Field(
        description="Wishes: 'maximise ionic_conductivity', 'first_discharge_capacity >= 400 mAh/g', "
        "'minimise process_time_h'."
    )
    weighted: Flag = Field(default=False, description="Sum the goals by weight instead of spanning a Pareto front.")
    measured: list[MeasuredInput] = Field(default=[], max_length=MAX_HISTORY)
    pending: list[CandidateInput] = Field(default=[], max_length=MAX_HISTORY, description="Suggested, still open.")
    failed: list[CandidateInput] = Field(default=[], max_length=MAX_HISTORY, description="Tried without success.")
    batch: Whole = Field(default=BATCH, ge=1, le=MAX_BATCH)
    seed: Whole = Field(default=0, ge=0, le=2**31 - 1)
    planner: PlannerName = Field(default=DEFAULT_PLANNER, description=PLANNING)
    simulator: Flag = Field(default=False, description=SIMULATOR_HELP)
    without_prior: Flag = Field(default=False, description=WITHOUT_PRIOR_HELP)
    pool: Whole = Field(default=POOL, ge=64, le=8192, description="How many feasible recipes are compared.")
    min_distance: Number = Field(default=MIN_DISTANCE, ge=0.0, le=100.0, description=DISTANCE)
    replicate: Flag = Field(default=False, description="Keep one place for repeating the best measured recipe.")


class RecipeBase(Output):
    """A recipe with what is predicted of it: what suggestions and designs have in common."""

    number: int
    candidate: Described = Field(description="Send it back as pending, measured or failed, or to be predicted.")
    composition: str | None = Field(description="Of the electrolyte, as it was written.")
    reading: str | None = Field(description="How that composition was read.")
    notes: list[str] = Field(description="What was assumed while reading it.")
    settings: dict[str, float | str] = Field(description="What to set, by name with its unit.")
    weigh_in_g: dict[str, float] = Field(description="Masses of the precursors.")
    predictions: dict[str, PropertyOutput]
    derived: dict[str, float]
    chances: dict[str, float] = Field(description="The chance of each wish that is a threshold.")
    binding: list[str] = Field(description="Limits that hold the recipe where it is.")
    reason: str
    warnings: list[str]


class SuggestionOutput(RecipeBase):
    """One recipe to make next, and why; null is what its planner does not say, as one that draws at random."""

    acquisition: FiniteOrNone = Field(description="By which it was chosen: a logarithm, with all chances.")
    expected_gain: float | None = Field(description="On the scale of the goal, or as hypervolume for several goals.")
    exploit_share: float | None = Field(description="Part of the gain that stays if the prediction is exact.")
    explore_share: float | None
    chance_of_success: float | None
    chance_of_thresholds: float | None
    neighbours: list[NeighbourOutput]
    is_replicate: bool


class CalibrationOutput(Output):
    """How often the intervals held, at ``level``: leave-one-out, and for what was measured last."""

    level: float
    cross_validated_coverage: float | None = Field(
        validation_alias=AliasChoices("cross_validated_coverage", "cross_validated")
    )
    last_coverage: float | None = Field(validation_alias=AliasChoices("last_coverage", "last"))
    last_measurements: int = Field(validation_alias=AliasChoices("last_measurements", "n_last"))
    widened_by: float = Field(validation_alias=AliasChoices("widened_by", "widened"))


def _as_in_calibration(*names: str) -> Any:
    """A field that repeats one of the calibration, under the first of ``names``."""
    places = [AliasPath("calibration", name) for name in names]
    return Field(description="As in calibration.", validation_alias=AliasChoices(names[0], *places))


class ChoiceOutput(Output):
    """Which model speaks for a property after what was measured, and how well its intervals held."""

    winner: str
    n_measurements: int
    log_scores: dict[str, FiniteOrNone]
    calibration: CalibrationOutput
    level: float = _as_in_calibration("level")
    cross_validated_coverage: float | None = _as_in_calibration("cross_validated_coverage", "cross_validated")
    widened_by: float = _as_in_calibration("widened_by", "widened")


class StoppingOutput(Output):
    """Whether going on is expected to be worth it."""

    stop: bool
    expected_gain: float
    smallest_worthwhile: float
    sentence: str


class BatchOutput(Output):
    """What a planner says of a batch as a whole; null is what it does not say, as one that draws at random."""

    space: str
    objective: str
    planner: str
    seed: int
    pool: int | None
    exploit_share: float | None = Field(description="The mean of its suggestions.")
    models: dict[str, ChoiceOutput]
    stopping: StoppingOutput | None
    shared: dict[str, float | str]
    warnings: list[str]


class SuggestResponse(BatchOutput):
    """A batch in the order of its choice."""

    suggestions: list[SuggestionOutput]
