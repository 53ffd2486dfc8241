"""Questions for predictions, and the answers: never a number without its interval, its domain and its model."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, WrapValidator
from pydantic_core.core_schema import ValidatorFunctionWrapHandler

from surrogate.models.base import MOST_OWN_ROWS, DomainStatus, ModelStatus
from surrogate.wire.base import FiniteOrNone, Flag, Input, Number, Output, Text, Whole
from surrogate.wire.candidates import CandidateInput, MeasuredInput
from surrogate.wire.problems import Fault

MAX_ITEMS = 1000


def _is_none(value: object) -> bool:
    return value is None


class InvalidItem:
    """An item that does not fit the schema: it gets its own error, the others are predicted."""

    def __init__(self, errors: list[Any], name: str | None) -> None:
        self.errors = errors
        self.name = name


def _keep_invalid(value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
    try:
        return validate(value)
    except ValidationError as error:
        identifier = value.get("id") if isinstance(value, dict) else None
        name = identifier if isinstance(identifier, str) and 0 < len(identifier) <= 200 else None
        return InvalidItem(error.errors(include_url=False), name)


Item = Annotated[CandidateInput, WrapValidator(_keep_invalid)]


class PredictRequest(Input):
    """A thousand candidates at most; the answers come in the same order."""

    items: list[Item] = Field(min_length=1, max_length=MAX_ITEMS)
    properties: list[Text] | None = Field(
        default=None, min_length=1, max_length=10, description="Which to predict; left out: all that the items have."
    )
    level: Number = Field(default=0.9, ge=0.5, le=0.99, description="Probability that the intervals hold.")
    neighbours: Whole = Field(default=3, ge=0, le=20, description="How many nearest measurements to cite.")
    citations: Flag = Field(default=False, description="Whether every cited row brings its citation and BibTeX.")
    given: list[MeasuredInput] = Field(
        default=[],
        max_length=MOST_OWN_ROWS,
        description="What your laboratory measured itself: shifts and sharpens the predictions for its recipes.",
    )


class IntervalOutput(Output):
    """Where the next reported value falls with probability ``level``, in the unit of the property."""

    level: float
    low: float
    high: float


class Spread(Output):
    """Mean and standard deviation of the prediction on the scale on which it is modelled."""

    mean: float
    std: float


class DomainOutput(Output):
    """Whether the model has seen anything like it: score 0 at the heart of the data, 1 at the border."""

    status: DomainStatus
    score: FiniteOrNone = Field(description="null when there is nothing to measure the distance from.")
    reasons: list[str]


class NeighbourOutput(Output):
    """A measurement near the candidate; ``value`` is in the unit of the property."""

    row_id: str = Field(description="GET /v1/measurements/{row_id} tells more.")
    distance: float = Field(description="In feature space; 1 is the typical distance between neighbours.")
    value: float
    doi: str | None
    paper: str
    reference: str | None
    description: str
    tier: str | None
    fidelity: str
    quoted_in: str | None = Field(default=None, description="The work that quotes the value, if seen only there.")
    quoted_in_doi: str | None = None
    notice: str | None = Field(default=None, description="What the licence of the table asks to be told.")
    citation: str | None = Field(
        default=None, exclude_if=_is_none, description="One line to cite, where citations were asked for."
    )
    bibtex: str | None = Field(default=None, exclude_if=_is_none)


class MeasuredOutput(Output):
    """What the tables hold of the same material; equal values of which one only quotes another count once."""

    sentence: str = Field(description="'measured: 5 independent values of 5 papers, from 2.76 to 12 mS/cm'.")
    values: int = Field(description="How many independent ones.")
    papers: int = Field(description="How many papers report them.")
    low: float = Field(description="The lowest, in the unit of the property; mere bounds do not count.")
    high: float
    rows: list[NeighbourOutput] = Field(
        description="Nearest in recipe first, as many as neighbours; distance is 0 for the same recipe, 1 for another."
    )


class ModelOutput(Output):
    """Which model answered; version and data hash make the answer reproducible."""

    name: str
    version: str
    alias: str
    data_sha256: str
    status: ModelStatus
    reason: str = Field(description="Why a provisional model is served.")


class WithoutOwnRowsOutput(Output):
    """What was predicted before the given rows were known, and how many of them entered."""

    own_rows: int
    median: float
    interval: IntervalOutput


class PropertyOutput(Output):
    """One predicted property. Exactly one of ``log10``, ``logit`` and ``linear`` is there: the scale of the model."""

    unit: str
    ucum: str
    conditions: dict[str, float | int | str] = Field(description="What was stated of the protocol.")
    measured: MeasuredOutput | None = Field(
        default=None, exclude_if=_is_none, description="What the tables hold of the same material, where they do."
    )
    median: float
    interval: IntervalOutput
    scale: Spread = Field(description="The same as log10, logit or linear, whichever is there.")
    log10: Spread | None = Field(default=None, exclude_if=_is_none)
    logit: Spread | None = Field(default=None, exclude_if=_is_none)
    linear: Spread | None = Field(default=None, exclude_if=_is_none)
    domain: DomainOutput
    neighbours: list[NeighbourOutput]
    warnings: list[str]
    model: ModelOutput
    without_own_rows: WithoutOwnRowsOutput | None = Field(
        default=None, exclude_if=_is_none, description="What given rows changed, where there were any."
    )


class DerivedOutput(Output):
    """A quantity that follows from a predicted property and the recipe, with the interval of that property."""

    unit: str
    ucum: str
    median: float
    interval: IntervalOutput
    follows_from: str = Field(description="The predicted property; its domain verdict holds here, too.")
    assumptions: list[str] = Field(description="What the recipe does not say and was assumed.")


class AnsweredItem(Output):
    """What every answer about an item says of it."""

    index: int
    id: str | None
    status: Literal["ok", "error"]
    description: str | None = Field(description="The item in a line; null when it could not be read.")
    reading: str | None = Field(description="How the composition of its electrolyte was read.")
    warnings: list[str] = Field(description="What was noticed while reading the item.")
    notes: list[str] = Field(description="What was assumed while reading the item.")
    errors: list[Fault]


class PredictedItem(AnsweredItem):
    """The answer for one item: predictions, or the reason why there are none."""

    properties: dict[str, PropertyOutput]
    derived: dict[str, DerivedOutput] = Field(
        description="energy_density_wh_per_kg of a cell with loading, weight fractions and a predicted first discharge."
    )
    domain: DomainOutput | None = Field(description="The worst verdict of its properties.")


class PredictResponse(Output):
    """One answer per item, in the order of the request."""

    items: list[PredictedItem]
