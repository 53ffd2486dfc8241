"""Campaigns: requests to the store, records to answers. The store does the rest, one transaction at a time.

Every function here blocks: routes and pages run them in a thread.
"""

from __future__ import annotations

from serving.http import conversion
from serving.http.errors import blaming
from serving.http.registry import Snapshot
from serving.http.state import Store
from serving.suggestions.work import space_of
from surrogate.campaign.answers import write_measurement
from surrogate.campaign.codec import provenance_from_plain
from surrogate.campaign.planning import Planner, bayesian_planner, random_planner
from surrogate.campaign.records import Result
from surrogate.errors import MeasurementError
from surrogate.planner.objective import Objective
from surrogate.planner.planners import MIN_DISTANCE, get_planner
from surrogate.properties import Scale, get_property
from surrogate.units import convert
from surrogate.wire.campaigns import (
    AskedOutput,
    AskInput,
    CampaignChange,
    CampaignChangedOutput,
    CampaignInput,
    CampaignOutput,
    CampaignPage,
    EventPage,
    MeasurementPage,
    ResultInput,
    SuggestionChange,
    SuggestionPage,
    SuggestionRecordOutput,
    TellInput,
    ToldOutput,
)

SECONDS_PER_H = 3600.0


def create(store: Store, body: CampaignInput, key: str | None) -> tuple[CampaignOutput, bool]:
    """A new campaign, or the one that exists already with this content; and whether ``key`` was used before."""
    with blaming("/space"):
        space = space_of(body.space)
    with blaming("/objective"):
        objective = Objective.parse(body.objective, weighted=body.weighted)
    with blaming(""):
        creation = store.open().make(
            body.name, space, objective, id=body.id, seed=body.seed, lease_s=body.lease_h * SECONDS_PER_H, key=key
        )
    output = CampaignOutput.model_validate(creation.campaign.summary())
    return output.model_copy(update={"notes": list(objective.notes)}), creation.replayed


def list_campaigns(store: Store, limit: int, after: str | None, archived: bool | None = None) -> CampaignPage:
    """Campaigns at a glance, in the order of their ids: all, those that were put away, or the others."""
    with blaming("/query"):
        return CampaignPage.model_validate(store.open().list(limit=limit, after=after, archived=archived))


def get_campaign(store: Store, campaign_id: str) -> CampaignOutput:
    """A campaign at a glance."""
    return CampaignOutput.model_validate(store.open().summary(campaign_id))


def change_campaign(
    store: Store, campaign_id: str, changes: CampaignChange, if_version: int | None
) -> CampaignChangedOutput:
    """The campaign with what is different from here on, and the open suggestions outside of its space."""
    with blaming("/space"):
        space = None if changes.space is None else space_of(changes.space)
    with blaming("/objective"):
        wishes = changes.objective
        objective = None if wishes is None else Objective.parse(wishes, weighted=changes.weighted)
    campaign = store.open().get(campaign_id)
    with blaming(""):
        done = campaign.change(
            space=space,
            objective=objective,
            batch=changes.batch,
            name=changes.name,
            archived=changes.archived,
            reason=changes.reason,
            if_version=if_version,
        )
    summary = store.open().summary(campaign_id)
    return CampaignChangedOutput.model_validate({**vars(summary), "outside": list(done.outside)})


def ask(
    store: Store, campaign_id: str, body: AskInput, snapshot: Snapshot, key: str | None, wait_s: float
) -> tuple[AskedOutput, bool]:
    """The next batch, and whether ``key`` was used before; the planner works with the models in service now."""
    campaign = store.open().get(campaign_id)
    request = body.model_dump(include={"planner", "pool", "replicate"})
    if body.min_distance != MIN_DISTANCE:  # what was asked under a key before this could be said stays the same
        request["min_distance"] = body.min_distance
    if body.simulator:
        request["simulator"] = True
    if body.without_prior:
        request["without_prior"] = True
    lease_s = None if body.lease_h is None else body.lease_h * SECONDS_PER_H
    with blaming(""):
        answer = campaign.ask(
            _planner(body, snapshot),
            batch=body.batch,
            seed=body.seed,
            lease_s=lease_s,
            assignee=body.assignee,
            key=key,
            request=request,
            wait_s=wait_s,
        )
    return AskedOutput.model_validate(answer), answer.replayed


def _planner(body: AskInput, snapshot: Snapshot) -> Planner:
    if not get_planner(body.planner).ranks:
        return random_planner(body.pool)
    if not body.without_prior:
        snapshot.check_ready()
    return bayesian_planner(
        {} if body.without_prior else snapshot.surrogates,
        planner=body.planner,
        simulator=body.simulator,
        pool=body.pool,
        min_distance=body.min_distance,
        replicate=body.replicate,
    )


def list_suggestions(
    store: Store, campaign_id: str, status: str | None = None, limit: int = 100, after: str | None = None
) -> SuggestionPage:
    """Suggestions by number, all or those in one state."""
    campaign = store.open().get(campaign_id)
    with blaming("/query"):
        return SuggestionPage.model_validate(campaign.suggestions(status, limit=limit, after=after))


def get_suggestion(store: Store, campaign_id: str, suggestion_id: str) -> SuggestionRecordOutput:
    """One suggestion and its state."""
    return SuggestionRecordOutput.model_validate(store.open().get(campaign_id).suggestion(suggestion_id))


def change_suggestion(
    store: Store, campaign_id: str, suggestion_id: str, body: SuggestionChange, if_version: int | None = None
) -> SuggestionRecordOutput:
    """A suggestion moved on."""
    campaign = store.open().get(campaign_id)
    with blaming(""):
        changed = campaign.update(
            suggestion_id, body.state, reason=body.reason, assignee=body.assignee, if_version=if_version
        )
    return SuggestionRecordOutput.model_validate(changed)


def tell(
    store: Store, campaign_id: str, body: TellInput, key: str | None, if_version: int | None = None
) -> tuple[ToldOutput, bool]:
    """What writing results down did, and whether ``key`` was used before."""
    campaign = store.open().get(campaign_id)
    results = [_result(index, result) for index, result in enumerate(body.results)]
    with blaming("/results"):
        done = campaign.tell(results, complete=body.complete, key=key, if_version=if_version, dry_run=body.dry_run)
    measurements = [write_measurement(record) for record in done.measurements]
    questions = () if body.dry_run else campaign.questions([record.id for record in done.measurements])
    fields = {**vars(done), "measurements": measurements, "questions": list(questions)}
    return ToldOutput.model_validate(fields, extra="ignore"), done.replayed


def list_measurements(
    store: Store, campaign_id: str, suggestion: str | None = None, limit: int = 100, after: str | None = None
) -> MeasurementPage:
    """Results by number, corrected ones among them."""
    campaign = store.open().get(campaign_id)
    with blaming("/query"):
        page = campaign.measurements(suggestion=suggestion, limit=limit, after=after)
    return MeasurementPage(items=[write_measurement(record) for record in page.items], next=page.next)


def list_events(store: Store, campaign_id: str, limit: int = 100, after: str | None = None) -> EventPage:
    """The history in order."""
    campaign = store.open().get(campaign_id)
    with blaming("/query"):
        return EventPage.model_validate(campaign.history(limit=limit, after=after))


def _result(index: int, item: ResultInput) -> Result:
    at = f"/results/{index}"
    with blaming(f"{at}/candidate"):
        candidate = None if item.candidate is None else conversion.build_report(item.candidate)
    plain = item.model_dump(exclude={"candidate", "value", "unit", "provenance"})
    value = _value(item, at)
    _check_spread(item, at)
    with blaming(f"{at}/provenance"):
        stated = item.provenance
        provenance = None if stated is None else provenance_from_plain(stated.model_dump())
    with blaming(at):
        return Result(candidate=candidate, value=value, provenance=provenance, **plain)


#: An uncertainty of more decades than this is rather one in the unit of the value.
_MOST_DECADES = 3.0


def _check_spread(item: ResultInput, at: str) -> None:
    """Refuse an uncertainty of a conductivity that can be none in decades."""
    prop = None if item.property is None else get_property(item.property)
    if prop is None or item.uncertainty is None or prop.scale is not Scale.LOG10 or item.uncertainty <= _MOST_DECADES:
        return
    with blaming(f"{at}/uncertainty"):
        raise MeasurementError(
            f"The uncertainty of {prop.name} is {item.uncertainty:g} decades.",
            hint="Give one standard deviation of log10 of the value: u/(2.303 value), such as 0.1 for 23 %.",
        )


def _value(item: ResultInput, at: str) -> float | None:
    """The value in the unit of its property."""
    if item.value is None or item.property is None:
        return item.value
    with blaming(f"{at}/property"):
        unit = get_property(item.property).unit
    with blaming(f"{at}/unit"):
        if item.unit is None:
            raise MeasurementError(f"The value of {item.property} has no unit.", hint=f"Give unit, as in '{unit}'.")
        return convert(item.value, item.unit, unit, name=item.property)
