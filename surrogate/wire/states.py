"""Where a suggestion is in its life, and how an experiment went: words that campaigns keep and answers carry."""

from __future__ import annotations

from enum import StrEnum

#: Largest number of a replicate: what the databases hold.
MAX_REPLICATE = 2**31 - 1


class State(StrEnum):
    """Where a suggestion is in its life."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    RUNNING = "running"
    MEASURED = "measured"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Status(StrEnum):
    """How an experiment went."""

    OK = "ok"
    PARTIAL = "partial"  # it gave this value, but did not go as planned
    FAILED = "failed"  # the recipe could not be made: it teaches what can be
    LOST = "lost"  # no value for a reason that has nothing to do with the recipe, or a value that is withdrawn
    SHORTED = "shorted"  # the cell or the contact failed, not the recipe

    @property
    def has_value(self) -> bool:
        """Whether a result of this status is a value."""
        return self in (Status.OK, Status.PARTIAL)


WITHOUT_VALUE = tuple(status for status in Status if not status.has_value)
