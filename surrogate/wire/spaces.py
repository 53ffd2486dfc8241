"""Design spaces over the wire: which there are, and what is in one."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from surrogate.properties import Subject
from surrogate.wire.base import Output


class SpaceLine(Output):
    """A ready-made space in the list."""

    name: str
    title: str = Field(description="What it spans.")
    subject: Subject


class SpacesResponse(Output):
    """The ready-made spaces by name."""

    spaces: list[SpaceLine]


class RuleOfThumbOutput(Output):
    """What a chemist checks before making a recipe; a suggestion that breaks it says so."""

    rule: str
    when: dict[str, list[str]] = Field(description="The recipes that it is about.")
    reason: str
    source: str


class SpaceOutput(SpaceLine):
    """All that is in a space."""

    space: dict[str, Any] = Field(description="In the shape of the space of a request; a step of null is none.")
    toml: str = Field(description="The same as a file for the command line.")
    rules_of_thumb: list[RuleOfThumbOutput]
