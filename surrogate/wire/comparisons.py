"""Questions for comparisons, and the answers: which of some recipes has more, if one laboratory makes them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from pydantic import Field

from surrogate.candidate.measurement import Candidate
from surrogate.models.base import MOST_COMPARED, MOST_OWN_ROWS
from surrogate.wire.answers import list_conditions, prediction_fields, reading_fields, take_status, write_model
from surrogate.wire.base import Input, Number, Output, Text
from surrogate.wire.candidates import CandidateInput, MeasuredInput
from surrogate.wire.predictions import PropertyOutput

if TYPE_CHECKING:
    from surrogate.models.comparing import Compared


class CompareRequest(Input):
    """Two candidates or some more of one kind; every pair is compared."""

    items: list[CandidateInput] = Field(min_length=2, max_length=MOST_COMPARED)
    properties: list[Text] | None = Field(
        default=None, min_length=1, max_length=10, description="Which to compare; left out: all that the items have."
    )
    level: Number = Field(default=0.9, ge=0.5, le=0.99, description="Probability that the intervals hold.")
    given: list[MeasuredInput] = Field(
        default=[],
        max_length=MOST_OWN_ROWS,
        description="What your laboratory measured itself: shifts and sharpens the comparison of its recipes.",
    )


class ComparisonOutput(Output):
    """The chance that the next value of ``second`` lies above that of ``first``; both are places among the items."""

    property: str
    first: int
    second: int
    chance: float = Field(description="That second has more, if one laboratory makes and measures both.")
    sentence: str = Field(description="'B keeps more of its capacity than A: 71 %.'; A is the first item.")


class ComparedItem(Output):
    """What is predicted of one of the candidates by itself."""

    index: int
    name: str = Field(description="A, B, C … in the order of the request.")
    description: str
    reading: str | None
    warnings: list[str]
    notes: list[str]
    properties: dict[str, PropertyOutput]


class CompareResponse(Output):
    """The candidates, and every pair of them in every property."""

    items: list[ComparedItem]
    comparisons: list[ComparisonOutput]


def write_comparisons(
    candidates: Sequence[Candidate], answer: Compared, aliases: Mapping[str, str] = MappingProxyType({})
) -> CompareResponse:
    """Compared candidates as they are sent.

    Args:
        candidates: In the order of the request.
        answer: Their predictions, and every pair of them.
        aliases: Of models in service, by property.
    """
    from surrogate.models.comparing import letter
    from surrogate.properties import get_property

    items = [
        {
            "index": place,
            "name": letter(place),
            **reading_fields(candidate),
            "properties": {
                name: prediction_fields(
                    prediction,
                    get_property(name),
                    list_conditions(candidate.protocol),
                    write_model(prediction.model, alias=aliases.get(name, take_status(name, prediction))).model_dump(),
                )
                for name, prediction in predictions.items()
            },
        }
        for place, (candidate, predictions) in enumerate(zip(candidates, answer.predictions, strict=True))
    ]
    return CompareResponse.model_validate({"items": items, "comparisons": answer.comparisons})
