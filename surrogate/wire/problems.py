"""What is wrong with a request, as ``application/problem+json`` (RFC 9457) says it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Fault(BaseModel):
    """One thing wrong with a request."""

    model_config = ConfigDict(extra="forbid")

    pointer: str = Field(description="JSON pointer (RFC 6901) to what is wrong; empty for the request as a whole.")
    code: str = Field(description="Stable name of the kind of fault.")
    message: str = Field(description="What is wrong: the value and the rule.")
    hint: str = Field(default="", description="What to do about it.")
    proposals: list[str] = Field(default=[], description="Likely readings, for a composition that cannot be read.")


class Problem(BaseModel):
    """The body of every answer that is not a success (RFC 9457)."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(default="about:blank", description="Always about:blank: the status and the codes say it all.")
    title: str = Field(description="The name of the status.")
    status: int = Field(description="The HTTP status, repeated.")
    detail: str = Field(description="What happened, in a sentence.")
    request_id: str | None = Field(default=None, description="Quote it when you ask for help; the log has it too.")
    errors: list[Fault] = Field(default=[], description="Each fault with its place.")
