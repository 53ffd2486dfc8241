"""Campaigns: requests to the store, records to answers. The store does the rest, one transaction at a time."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from threading import Lock
from typing import Any

from serving import conversion
from serving.errors import blaming, not_ready
from serving.registry import Snapshot
from serving.suggestion import space_of
from surrogate.campaign.campaign import Campaign
from surrogate.campaign.planning import Planner, bayesian_planner, random_planner
from surrogate.campaign.records import Asked, Event, MeasurementRecord, Result, SuggestionRecord, Summary, Told
from surrogate.campaign.store import CampaignStore
from surrogate.design.asking import MIN_DISTANCE
from surrogate.design.objective import Objective
from surrogate.errors import MeasurementError
from surrogate.properties import get_property
from surrogate.units import convert
from surrogate.wire.campaigns import (
    AskedOutput,
    AskInput,
    CampaignInput,
    CampaignOutput,
    EventOutput,
    MeasurementRecordOutput,
    ResultInput,
    SuggestionRecordOutput,
    TellInput,
    ToldOutput,
)

SECONDS_PER_H = 3600.0


class Store:
    """The campaign store, opened by the first request that needs it: a service that only predicts needs none."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._opening = Lock()
        self._store: CampaignStore | None = None

    def open(self) -> CampaignStore:
        """The store; :class:`~surrogate.errors.StoreUnavailable` when it cannot be opened (it is tried again)."""
        with self._opening:
            if self._store is None:
                self._store = CampaignStore.open(self._url)
            return self._store

    def close(self) -> None:
        """Close the connections."""
        with self._opening:
            if self._store is not None:
                self._store.close()
                self._store = None


def create(store: Store, given: CampaignInput, key: str | None) -> tuple[CampaignOutput, bool]:
    """A new campaign, or the one that exists already with this content; and whether ``key`` was used before."""
    with blaming("/space"):
        space = space_of(given.space)
    with blaming("/objective"):
        objective = Objective.parse(given.objective, weighted=given.weighted)
    with blaming(""):
        made = store.open().make(
            given.name, space, objective, id=given.id, seed=given.seed, lease_s=given.lease_h * SECONDS_PER_H, key=key
        )
    return summary(made.campaign.summary()), made.replayed


def ask(campaign: Campaign, given: AskInput, snapshot: Snapshot, key: str | None, *, wait_s: float) -> Asked:
    """The next batch; the planner works with the models in service now."""
    request = given.model_dump(include={"planner", "pool", "replicate"})
    if given.min_distance != MIN_DISTANCE:  # what was asked under a key before this could be said stays the same
        request["min_distance"] = given.min_distance
    lease_s = None if given.lease_h is None else given.lease_h * SECONDS_PER_H
    with blaming(""):
        return campaign.ask(
            _planner(given, snapshot),
            batch=given.batch,
            seed=given.seed,
            lease_s=lease_s,
            assignee=given.assignee,
            key=key,
            request=request,
            wait_s=wait_s,
        )


def _planner(given: AskInput, snapshot: Snapshot) -> Planner:
    if given.planner == "random":
        return random_planner(given.pool)
    if snapshot.reason_not_ready is not None:
        raise not_ready(f"No model is in service: {snapshot.reason_not_ready}")
    models = {name: served.surrogate for name, served in snapshot.models.items()}
    return bayesian_planner(
        models,
        planner=given.planner,
        pool=given.pool,
        min_distance=given.min_distance,
        replicate=given.replicate,
    )


def tell(campaign: Campaign, given: TellInput, key: str | None, if_version: int | None) -> Told:
    """Write results down."""
    results = [_result(index, result) for index, result in enumerate(given.results)]
    with blaming("/results"):
        return campaign.tell(results, complete=given.complete, key=key, if_version=if_version, dry_run=given.dry_run)


def _result(index: int, given: ResultInput) -> Result:
    at = f"/results/{index}"
    with blaming(f"{at}/candidate"):
        candidate = None if given.candidate is None else conversion.reported(given.candidate)
    plain = given.model_dump(exclude={"candidate", "value", "unit"})
    value = _value(given, at)
    with blaming(at):
        return Result(candidate=candidate, value=value, **plain)


def _value(given: ResultInput, at: str) -> float | None:
    """The value in the unit of its property."""
    if given.value is None or given.property is None:
        return given.value
    with blaming(f"{at}/property"):
        unit = get_property(given.property).unit
    with blaming(f"{at}/unit"):
        if given.unit is None:
            raise MeasurementError(f"The value of {given.property} has no unit.", hint=f"Give unit, as in '{unit}'.")
        return convert(given.value, given.unit, unit, name=given.property)


def summary(made: Summary) -> CampaignOutput:
    """A campaign as it is sent."""
    return CampaignOutput(**_plain(made))


def suggestion(record: SuggestionRecord) -> SuggestionRecordOutput:
    """A suggestion as it is sent."""
    return SuggestionRecordOutput(
        candidate=conversion.described(record.candidate),
        settings=dict(record.settings),
        weigh_in_g=dict(record.weigh_in_g),
        answer=dict(record.answer),
        created=record.created.isoformat(),
        updated=record.updated.isoformat(),
        lease_until=record.lease_until.isoformat(),
        **{
            name: getattr(record, name)
            for name in ("id", "number", "state", "reason", "is_replicate", "asked", "assignee")
        },
    )


def measurement(record: MeasurementRecord) -> MeasurementRecordOutput:
    """A told result as it is sent."""
    result = record.result
    same = ("property", "value", "uncertainty", "censoring", "status", "reason", "replicate", "note", "replaces")
    return MeasurementRecordOutput(
        id=record.id,
        number=record.number,
        suggestion=result.suggestion,
        candidate=conversion.described(record.candidate),
        unit=None if result.property is None else get_property(result.property).unit,
        superseded_by=record.superseded_by,
        created=record.created.isoformat(),
        **{name: getattr(result, name) for name in same},
    )


def asked(made: Asked) -> AskedOutput:
    """A batch as it is sent."""
    found = [suggestion(record) for record in made.suggestions]
    return AskedOutput(suggestions=found, report=dict(made.report), version=made.version)


def told(made: Told) -> ToldOutput:
    """What a telling did as it is sent."""
    return ToldOutput(
        measurements=[measurement(record) for record in made.measurements],
        repeated=list(made.repeated),
        suggestions=[suggestion(record) for record in made.suggestions],
        version=made.version,
    )


def event(made: Event) -> EventOutput:
    """A line of the history as it is sent."""
    return EventOutput(**_plain(made))


def _plain(record: Summary | Event) -> dict[str, Any]:
    """The fields of a record, times as text."""
    return {name: v.isoformat() if isinstance(v, datetime) else v for name, v in asdict(record).items()}
