"""What campaigns were told beside what was predicted for it. It blocks: routes and pages run it in a thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from serving.http.errors import blaming
from serving.http.state import Store
from surrogate.properties import get_property
from surrogate.report.review import Reviewed, Standing, latest, review_store, standings
from surrogate.wire.predictions import IntervalOutput
from surrogate.wire.reviews import ReviewedOutput, ReviewResponse, StandingOutput


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Results in the order in which they were told, each with the standing of its property after it."""

    rows: tuple[tuple[Reviewed, Standing], ...]
    latest: dict[str, Standing]
    omissions: str


def look_back(store: Store, campaigns: Sequence[str], properties: Sequence[str]) -> Kept:
    """The review of ``campaigns`` of the store (all when empty), of ``properties`` (all when empty)."""
    with blaming("/query"):
        for name in properties:
            get_property(name)
    reviewed = review_store(store.open(), campaigns, properties)
    rows = reviewed.rows
    return Kept(rows=tuple(zip(rows, standings(rows), strict=True)), latest=latest(rows), omissions=reviewed.omissions)


def write_review(store: Store, campaigns: Sequence[str], properties: Sequence[str], limit: int) -> ReviewResponse:
    """The review as it is sent, with the last ``limit`` results."""
    kept = look_back(store, campaigns, properties)
    shown = kept.rows[-limit:]
    return ReviewResponse(
        standings=[StandingOutput.model_validate(standing) for standing in kept.latest.values()],
        results=[_write(row, standing) for row, standing in shown],
        n_earlier=len(kept.rows) - len(shown),
        left_out=kept.omissions,
    )


def _write(row: Reviewed, standing: Standing) -> ReviewedOutput:
    return ReviewedOutput(
        property=row.property_name,
        unit=get_property(row.property_name).unit,
        recorded=row.recorded.isoformat(),
        campaign=row.campaign,
        suggestion=row.suggestion,
        model=row.model,
        predicted=row.expected,
        interval=IntervalOutput(level=row.level, low=row.low, high=row.high),
        measured=row.measured,
        censoring=row.censoring,
        is_inside=row.is_inside,
        error=row.error,
        standing=StandingOutput.model_validate(standing),
    )
