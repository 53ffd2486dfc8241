"""Files of instruments over the wire: what was read from them, and what a campaign was told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from surrogate.properties import get_property
from surrogate.wire.base import Output
from surrogate.wire.provenance import ProvenanceOutput

if TYPE_CHECKING:
    from surrogate.instruments.measuring import Reading


class MeasuredValue(Output):
    """A value that files of instruments gave."""

    property: str
    value: float
    unit: str
    uncertainty: float | None = Field(description="One standard deviation on the scale of the property.")
    temperature_c: float | None
    cycles: int | None
    reference_cycle: int | None
    provenance: ProvenanceOutput


class MeasureOutput(Output):
    """What was read from files of instruments; nothing of it is stored."""

    values: list[MeasuredValue]
    facts: list[str] = Field(description="What the files say besides.")
    warnings: list[str] = Field(description="What a person should look at before the values are believed.")
    figure_png: str | None = Field(description="The spectra with their fits, or the cycling: a PNG in base64.")


class RowOutput(MeasureOutput):
    """What was read for one suggestion."""

    suggestion: str
    files: list[str]


class FilesOutput(Output):
    """What files of instruments say of the suggestions of a campaign, and what came of it."""

    dry_run: bool = Field(description="Whether nothing was written.")
    rows: list[RowOutput] = Field(description="One for each suggestion.")
    told: list[str] = Field(description="Ids of the measurements that are new.")
    repeated: list[str] = Field(description="Ids that were known before, with the same content.")
    kept: list[str] = Field(description="Hashes of the files that are kept beside the campaign.")
    questions: list[str] = Field(description="Values that the others contradict: correct, withdraw or leave them.")
    version: int = Field(description="Of the campaign, afterwards.")


def write_reading(reading: Reading, *, figure_png: str | None = None) -> MeasureOutput:
    """What was read from files of instruments, as it is sent.

    Args:
        reading: What was read.
        figure_png: The spectra or the cycling as a picture, in base64.
    """
    values = [
        MeasuredValue.model_validate(
            {
                **{name: getattr(value, name) for name in MeasuredValue.model_fields if name != "unit"},
                "unit": get_property(value.property).unit,
            }
        )
        for value in reading.values
    ]
    return MeasureOutput(
        values=values, facts=list(reading.facts), warnings=list(reading.warnings), figure_png=figure_png
    )
