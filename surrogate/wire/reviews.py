"""Answers that hold what a laboratory measured against what was predicted for it."""

from __future__ import annotations

from pydantic import AliasChoices, Field

from surrogate.candidate.measurement import Censoring
from surrogate.wire.base import Moment, Output
from surrogate.wire.predictions import IntervalOutput

_NAME = AliasChoices("property", "property_name")


class StandingOutput(Output):
    """How predictions of a property stand by its last results."""

    property: str = Field(validation_alias=_NAME)
    recorded: Moment = Field(description="When the last of the results was told.")
    n: int = Field(description="Results that it rests on, the last 20 at most.")
    level: float = Field(description="The share that the intervals promise.")
    coverage: float = Field(description="The share of the results that lay inside their intervals.")
    bias: float = Field(description="Mean of measured minus predicted; below 0 the predictions are too high.")
    mean_absolute_error: float
    error_unit: str = Field(description="What bias and errors are in: decades, or the unit of the property.")
    sentence: str
    judgement: str = Field(description="Whether the intervals hold here, as far as so many results can tell.")


class ReviewedOutput(Output):
    """One result beside what was predicted for it, in the unit of the property."""

    property: str = Field(validation_alias=_NAME)
    unit: str
    recorded: Moment
    campaign: str
    suggestion: str
    model: str
    predicted: float = Field(description="The median.")
    interval: IntervalOutput
    measured: float
    censoring: Censoring = Field(description="Whether measured is the value, or a limit that the value lies beyond.")
    is_inside: bool = Field(description="Whether the interval held.")
    error: float = Field(description="Measured minus predicted, in decades or in the unit; see error_unit.")
    standing: StandingOutput = Field(description="How predictions of the property stood after this result.")


class ReviewResponse(Output):
    """Where predictions stand, and the results behind it in the order in which they were told."""

    standings: list[StandingOutput]
    results: list[ReviewedOutput]
    n_earlier: int = Field(description="Results before these, which were left out for length.")
    left_out: str = Field(description="How many results say nothing about a prediction, and why; empty if none.")
