"""Where a measured value comes from, as it travels: files by name and hash, instrument, software, assumptions."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from surrogate.candidate.provenance import MAX_ASSUMPTIONS, MAX_CHARACTERS, MAX_FILES
from surrogate.wire.base import Input, Output

Sentence = Annotated[str, Field(min_length=1, max_length=MAX_CHARACTERS)]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="Of its content.")]


class SourceFileInput(Input):
    """A file of an instrument; the file itself stays where it is."""

    name: Sentence
    sha256: Hash


class ProvenanceInput(Input):
    """What a program that read the files itself says of them; what is not known is left out."""

    files: list[SourceFileInput] = Field(default_factory=list, max_length=MAX_FILES)
    instrument: Sentence | None = None
    software: Sentence | None = Field(default=None, description="Of the instrument, with its version.")
    read_by: Sentence | None = Field(default=None, description="What made the value of the files, with its version.")
    assumptions: list[Sentence] = Field(default_factory=list, max_length=MAX_ASSUMPTIONS)


class SourceFileOutput(Output):
    """A file of an instrument, by which a value can be traced back."""

    name: str
    sha256: str


class ProvenanceOutput(Output):
    """How a value came out of files of instruments; null is what they do not state."""

    files: list[SourceFileOutput]
    instrument: str | None
    software: str | None = Field(description="Of the instrument, with its version.")
    read_by: str | None = Field(description="What made the value of the files, with its version.")
    assumptions: list[str] = Field(description="All that went into the value beside the files, and every choice.")
