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
    FAILED = "failed"  # it gave no value
