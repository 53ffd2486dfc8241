"""A suggestion edited before it is made: the planner's recipe is put away, and the edited one takes its place.

Both stay in the history. What is expected of the edited recipe comes from the models in service.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from serving.campaigns.work import get_suggestion
from serving.http.errors import blaming
from serving.http.registry import Snapshot
from serving.http.state import Store
from surrogate.campaign.campaign import Campaign
from surrogate.campaign.planning import Plan, Proposal, Question
from surrogate.campaign.records import SuggestionRecord, every
from surrogate.candidate.field import Field
from surrogate.candidate.fields import FIELDS
from surrogate.candidate.measurement import Candidate, check_asked
from surrogate.candidate.settings import OF_A_MATERIAL, build, read
from surrogate.errors import Conflict, InvalidInput
from surrogate.text import setting, spoken
from surrogate.wire.answers import write_prediction
from surrogate.wire.campaigns import SuggestionRecordOutput
from surrogate.wire.states import State

#: What the report of a batch calls its planner where a person edited a suggestion.
BY_HAND = "edited by hand"
_REPLACED = "Edited by hand: {} takes its place."
#: What can still be edited, before somebody has begun.
EDITABLE = (State.PROPOSED, State.ACCEPTED)


def editable_fields(settings: Mapping[str, float | str]) -> list[Field]:
    """What a laboratory may set differently: everything stated but what is weighed in."""
    weighed = ("electrolyte", "active_material", "separator", *OF_A_MATERIAL)
    return [FIELDS[n] for n in settings if n in FIELDS and n not in weighed and not n.endswith("weight_fraction")]


def edit(
    store: Store, campaign_id: str, suggestion_id: str, changes: Mapping[str, Any], snapshot: Snapshot
) -> SuggestionRecordOutput:
    """The suggestion that takes the place of ``suggestion_id``, with ``changes`` to its settings.

    Raises:
        ProblemError: 422 for what cannot be, with the name of its field.
        Conflict: It is being made already, or the edited recipe is open already.
    """
    campaign = store.open().get(campaign_id)
    record = campaign.suggestion(suggestion_id)
    before = read(record.candidate)
    differing = {name: value for name, value in changes.items() if before.get(name) != value}
    if not differing:
        raise InvalidInput("Nothing is different from the suggestion.", hint="Change a setting, or accept it as it is.")
    edited = _edited(record.candidate, {**before, **differing})
    if record.state not in EDITABLE:
        return _edited_before(store, campaign, record, edited)
    reason = f"{suggestion_id} with {_words(differing, before)}."
    proposal = _proposal(campaign, record, edited, reason, snapshot)

    def plan(question: Question) -> Plan:
        numbered = replace(proposal, answer={**proposal.answer, "number": question.first_number})
        return Plan(proposals=(numbered,), report={"planner": BY_HAND, "seed": question.seed})

    with blaming(""):
        request = {"edited": suggestion_id, "settings": dict(differing)}
        batch = campaign.ask(plan, batch=1, assignee=record.assignee, request=request)
        new = batch.suggestions[0].id
        campaign.update(suggestion_id, State.CANCELLED, reason=_REPLACED.format(new))
    return get_suggestion(store, campaign_id, new)


def _edited_before(
    store: Store, campaign: Campaign, record: SuggestionRecord, edited: Candidate
) -> SuggestionRecordOutput:
    """What took the place of ``record`` in the same edit before: a second click is none."""
    for other in every(campaign.suggestions):
        if record.reason == _REPLACED.format(other.id) and other.candidate == edited:
            return get_suggestion(store, campaign.id, other.id)
    raise Conflict(
        f"Suggestion {record.id} is {record.state}; it cannot be edited any more.",
        hint="Write what was made differently into the lab sheet.",
    )


def is_edit(event: Any) -> bool:
    """Whether an event of asking is that of an edited suggestion."""
    return bool(dict(event.detail.get("report") or {}).get("planner") == BY_HAND)


def _edited(planned: Candidate, settings: Mapping[str, float | str]) -> Candidate:
    material = planned.electrolyte
    with blaming(""):
        candidate = build(settings, planned.kind, None if material is None else material.composition)
        check_asked(candidate)
    return candidate


def _proposal(
    campaign: Campaign, record: SuggestionRecord, edited: Candidate, reason: str, snapshot: Snapshot
) -> Proposal:
    """The edited recipe with the masses of the suggestion, what is expected of it, and what the space says to it."""
    predictions = {}
    for name in campaign.objective.properties:
        served = snapshot.models.get(name)
        if served is not None:
            (prediction,) = served.surrogate.predict([edited], neighbours=3)
            output = write_prediction(prediction, edited.protocol, alias=served.alias)
            predictions[name] = output.model_dump(mode="json")
    settings = {**record.settings, **{n: v for n, v in read(edited).items() if n != "electrolyte"}}
    outside = [f"Outside the space of the campaign: {sentence}" for sentence in campaign.space.violations(edited)]
    return Proposal(
        candidate=edited,
        settings=settings,
        weigh_in_g=record.weigh_in_g,
        answer={"reason": reason, "predictions": predictions, "warnings": outside},
    )


def _words(differing: Mapping[str, Any], before: Mapping[str, float | str]) -> str:
    """``heat treatment temperature 500 °C instead of 470 °C``."""
    return ", ".join(
        f"{spoken(name)} {setting(value, name)}"
        + (f" instead of {setting(before[name], name)}" if name in before else "")
        for name, value in differing.items()
    )
