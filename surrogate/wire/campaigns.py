"""Campaigns over the wire: what is wanted, what was suggested, what became of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from surrogate.candidate.measurement import Censoring
from surrogate.planner.planners import (
    BATCH,
    DEFAULT_PLANNER,
    MIN_DISTANCE,
    POOL,
    SIMULATOR_HELP,
    WITHOUT_PRIOR_HELP,
    PlannerName,
)
from surrogate.wire.base import Flag, Input, Moment, Number, Output, Text, Whole
from surrogate.wire.candidates import CandidateInput
from surrogate.wire.described import Described
from surrogate.wire.provenance import ProvenanceInput, ProvenanceOutput
from surrogate.wire.states import MAX_REPLICATE, State, Status
from surrogate.wire.suggestions import DISTANCE, PLANNING, BatchOutput, SpaceInput, SuggestionOutput

MAX_TOLD = 1000
MAX_ASKED = 32

Remark = Annotated[str, Field(max_length=2000)]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class CampaignInput(Input):
    """A new campaign; the same id with the same content gives the one that exists."""

    id: Name | None = Field(default=None, description="Yours, or left out: one is made.")
    name: Text = Field(description="What it is about.")
    space: Text | SpaceInput = Field(description="The name of a ready-made space, or a space of your own.")
    objective: Text | Annotated[list[Text], Field(min_length=1, max_length=10)]
    weighted: Flag = Field(default=False, description="Sum the goals by weight instead of spanning a Pareto front.")
    seed: Whole = Field(default=0, ge=0, le=2**31 - 1)
    lease_h: Number = Field(default=336.0, gt=0.0, le=87_600.0, description="How long a suggestion stays open.")


class CampaignChange(Input):
    """What is different from here on; what is left out stays."""

    space: Text | SpaceInput | None = Field(default=None, description="As for a new campaign, of the same subject.")
    objective: Text | Annotated[list[Text], Field(min_length=1, max_length=10)] | None = None
    weighted: Flag = Field(default=False, description="As for a new campaign; counts with an objective.")
    batch: Whole | None = Field(default=None, ge=1, le=MAX_ASKED, description="Recipes of an ask that does not say.")
    name: Text | None = Field(default=None, description="Another name; the id stays.")
    archived: Flag | None = Field(default=None, description="Put it away, or back; nothing of it is lost.")
    reason: Remark = Field(default="", description="Why; the history keeps it.")


class AskInput(Input):
    """How many recipes, and by which planner; nothing that is open is suggested again."""

    batch: Whole | None = Field(
        default=None, ge=1, le=MAX_ASKED, description=f"Left out: as the campaign says, {BATCH} unless it was changed."
    )
    planner: PlannerName = Field(default=DEFAULT_PLANNER, description=PLANNING)
    simulator: Flag = Field(default=False, description=SIMULATOR_HELP)
    without_prior: Flag = Field(default=False, description=WITHOUT_PRIOR_HELP)
    pool: Whole = Field(default=POOL, ge=64, le=8192, description="How many feasible recipes are compared.")
    min_distance: Number = Field(default=MIN_DISTANCE, ge=0.0, le=100.0, description=DISTANCE)
    replicate: Flag = Field(default=False, description="Keep one place for repeating the best measured recipe.")
    seed: Whole | None = Field(default=None, ge=0, le=2**31 - 1, description="Left out: follows from the campaign's.")
    lease_h: Number | None = Field(default=None, gt=0.0, le=87_600.0)
    assignee: Text | None = None


class SuggestionChange(Input):
    """What became of a suggestion; measured comes from telling results."""

    state: Literal["accepted", "running", "failed", "cancelled"]
    reason: Remark = Field(default="", description="Required for failed.")
    assignee: Text | None = None


class ResultInput(Input):
    """One value that an experiment gave, or the word and the reason that it gave none."""

    id: Text | None = Field(default=None, description="Yours; telling it again with the same content changes nothing.")
    suggestion: Text | None = None
    candidate: CandidateInput | None = Field(default=None, description="What was made, where no suggestion says it.")
    property: Text | None = None
    value: Number | None = None
    unit: Text | None = Field(default=None, description="Of the value: S/cm, mS/cm, mAh/g, % …; required with it.")
    uncertainty: Number | None = Field(
        default=None,
        ge=0.0,
        description="One standard deviation: of a conductivity in decades (0.1 is 26 %), else in the property's unit.",
    )
    censoring: Censoring = Censoring.EXACT
    status: Status = Field(
        default=Status.OK,
        description="Without a value: failed (the recipe could not be made), lost or shorted (not for the recipe).",
    )
    reason: Remark = Field(default="", description="Required unless the status is ok.")
    replicate: Whole | None = Field(default=None, ge=1, le=MAX_REPLICATE)
    note: Remark | None = None
    provenance: ProvenanceInput | None = Field(default=None, description="The files that the value was read from.")
    replaces: Text | None = Field(
        default=None, description="The id of an earlier value that this one corrects, or, with status lost, withdraws."
    )


class TellInput(Input):
    """Results of one or several suggestions; all are taken, or, when one cannot be right, none."""

    results: list[ResultInput] = Field(min_length=1, max_length=MAX_TOLD)
    complete: Flag = Field(default=False, description="No more values of these suggestions will come.")
    dry_run: Flag = Field(default=False, description="Check everything, write nothing.")


class CampaignOutput(Output):
    """A campaign at a glance."""

    id: str
    name: str
    objective: str
    space: str
    version: int = Field(description="Counts changes; send it as If-Match to change only what you have seen.")
    created: Moment
    updated: Moment
    suggestions: dict[str, int] = Field(description="How many are in which state.")
    measurements: int
    failures: int
    batch: int = Field(default=BATCH, description="Recipes of an ask that does not say.")
    archived: bool = Field(default=False, description="Whether it was put away.")
    trouble: str | None = Field(
        description="Why it cannot be worked with, though nothing of it is lost and it can be exported; null: it can."
    )
    notes: list[str] = Field(
        default_factory=list, description="How the wishes of a new campaign were read, such as a decimal comma."
    )


class CampaignChangedOutput(CampaignOutput):
    """A campaign after a change."""

    outside: list[str] = Field(description="Open suggestions that the space would not propose any more.")


class SuggestionRecordOutput(Output):
    """A suggestion of a campaign and its state; ``answer`` is what the planner said of it."""

    id: str
    number: int
    state: State
    reason: str
    candidate: Described
    settings: dict[str, float | str]
    weigh_in_g: dict[str, float]
    is_replicate: bool
    answer: SuggestionOutput
    asked: int
    assignee: str | None
    created: Moment
    updated: Moment
    lease_until: Moment


class AskedOutput(Output):
    """The batch of one ask."""

    suggestions: list[SuggestionRecordOutput]
    report: BatchOutput
    version: int


class MeasurementRecordOutput(Output):
    """A result as it was told."""

    id: str
    number: int
    suggestion: str | None
    candidate: Described = Field(description="What was made.")
    property: str | None
    value: float | None
    unit: str | None
    uncertainty: float | None
    censoring: Censoring
    status: Status
    reason: str
    replicate: int | None
    note: str | None
    replaces: str | None
    superseded_by: str | None
    created: Moment
    provenance: ProvenanceOutput | None = Field(
        default=None, description="The files of instruments that the value was read from, and how."
    )


class ToldOutput(Output):
    """What one telling did."""

    measurements: list[MeasurementRecordOutput]
    repeated: list[str] = Field(description="Ids that were known before, with the same content.")
    suggestions: list[SuggestionRecordOutput] = Field(description="The suggestions that were touched, as they are now.")
    version: int
    questions: list[str] = Field(
        default_factory=list, description="Values that the others contradict: correct, withdraw or leave them."
    )


class EventOutput(Output):
    """One line of the history, which only grows."""

    number: int
    at: Moment
    kind: str
    suggestion: str | None
    measurement: str | None
    detail: dict[str, Any]


class CampaignPage(Output):
    """A part of the list of campaigns; give ``next`` as ``after`` to go on."""

    items: list[CampaignOutput]
    next: str | None


class SuggestionPage(Output):
    """A part of the list of suggestions; give ``next`` as ``after`` to go on."""

    items: list[SuggestionRecordOutput]
    next: str | None


class MeasurementPage(Output):
    """A part of the list of measurements; give ``next`` as ``after`` to go on."""

    items: list[MeasurementRecordOutput]
    next: str | None


class EventPage(Output):
    """A part of the history; give ``next`` as ``after`` to go on."""

    items: list[EventOutput]
    next: str | None
