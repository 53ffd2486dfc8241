"""Questions why a prediction is what it is, and the answers: what moved it, physics' share, the papers behind it."""

from __future__ import annotations

from pydantic import Field

from surrogate.wire.base import Input, Output, Text, Whole
from surrogate.wire.predictions import AnsweredItem, Item, ModelOutput

#: Each takes as long as some thousand predictions.
MAX_EXPLAINED = 8


class ExplainRequest(Input):
    """A few candidates; the answers come in the same order."""

    items: list[Item] = Field(min_length=1, max_length=MAX_EXPLAINED)
    properties: list[Text] | None = Field(
        default=None, min_length=1, max_length=10, description="Which to explain; left out: all that the items have."
    )
    papers: Whole = Field(default=5, ge=0, le=20, description="How many of the papers that weigh most to name.")


class EffectOutput(Output):
    """How far one part of the description moves the prediction, in the stated ``effect_unit``."""

    part: str = Field(description="composition, heat treatment, milling, mixing, voltage window …")
    size: float = Field(description="Its Shapley value; the sizes of all parts add up from start to prediction.")
    factor: float | None = Field(description="What it multiplies the value with, where the unit is decades; else null.")
    share: float = Field(description="Its part of all that was moved, whatever the direction; 0 to 1.")


class ComparedOutput(Output):
    """What the prediction is compared with: measured rows of the same family or chemistry."""

    group: str
    rows: int
    papers: int


class PaperOutput(Output):
    """A paper that the prediction rests on."""

    paper: str
    doi: str | None
    reference: str | None
    share: float = Field(description="Its part of the weight of all measured rows, 0 to 1.")
    rows: int = Field(description="How many of its rows count.")
    value: float = Field(description="Their weighted mean, in the unit of the property.")
    fidelity: str = Field(description="measured or simulated.")


class PapersOutput(Output):
    """The papers that the trees of the model average over for this item, the weightiest first."""

    trees_share: float = Field(description="How much the trees count in the blend of the model; 0: it has none.")
    named: list[PaperOutput]
    others: int = Field(description="How many further papers count.")
    others_share: float = Field(description="Their part of the weight, 0 to 1.")
    borrowed_share: float = Field(
        default=0.0,
        description="What cells weigh of which only the other direction of the first cycle was measured, 0 to 1.",
    )


class ExplanationOutput(Output):
    """One explained prediction: from what is usual in its family to what is predicted, part by part."""

    unit: str
    ucum: str
    start: float = Field(description="What the model says of usual members of the family, in the unit.")
    prediction: float = Field(description="The median that POST /v1/predict gives, in the unit.")
    compared_with: ComparedOutput
    effect_unit: str = Field(description="decades (0.3 doubles the value), or the unit; % are points.")
    effects: list[EffectOutput] = Field(description="The largest first; parts in which nothing differs are left out.")
    uses_physics: bool = Field(description="Whether what the simulator says is among the inputs of the model.")
    physics_share: float = Field(
        description="What came through the simulator beside what came otherwise, 0 to 1; 0 where it is no input."
    )
    papers: PapersOutput
    warnings: list[str]
    model: ModelOutput


class ExplainedItem(AnsweredItem):
    """The answer for one item: explanations, or the reason why there are none."""

    properties: dict[str, ExplanationOutput]


class ExplainResponse(Output):
    """One answer per item, in the order of the request."""

    items: list[ExplainedItem]
