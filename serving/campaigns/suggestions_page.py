"""``/campaigns/{id}/suggestions/{sid}``: one recipe to make: why, what to weigh in, how it goes, what came out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import ValidationError

from serving.campaigns import editing
from serving.campaigns import work as campaigns
from serving.campaigns.page import DONE
from serving.campaigns.results import read_result
from serving.http import conversion
from serving.http.errors import ProblemError
from serving.http.security import WRITE
from serving.http.state import Ident, Shared, State, Store
from serving.pages import forms
from serving.pages.forms import NO, YES, Answers, Field
from serving.pages.rendering import page
from serving.pages.routing import faults_beside, page_router, problem_of
from serving.pages.session import form_of, go_to
from serving.pages.shown import MASS, read_mass, suggestion_shown, told_shown
from serving.pages.words import shown_text
from surrogate.candidate.settings import read
from surrogate.errors import InvalidInput, SurrogateError
from surrogate.properties import PROPERTIES, Property, Scale
from surrogate.wire.campaigns import (
    MeasurementRecordOutput,
    ResultInput,
    SuggestionChange,
    SuggestionRecordOutput,
    TellInput,
)
from surrogate.wire.problems import Fault
from surrogate.wire.states import WITHOUT_VALUE

router = page_router("/campaigns/{campaign_id}/suggestions/{suggestion_id}")
#: Words of a field of a result on this form, after the property: ``ionic_conductivity.value``.
PARTS = ("value", "unit", "censoring", "uncertainty", "note")
FAILED = "failed"
#: Before the names of settings in the form that edits a suggestion.
EDIT = "edit."
_CENSORING = {
    "exact": "the value itself",
    "approximate": "about this value",
    "below": "an upper bound: below this",
    "above": "a lower bound: above this",
}


@router.get("")
async def get_suggestion(
    campaign_id: Ident,
    suggestion_id: Ident,
    request: Request,
    state: Shared,
    done: Annotated[str, Query(max_length=20)] = "",
    mass: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """The recipe, its state, and the form for its results."""
    answers = Answers(typed={MASS.path: mass})
    return await _page(request, campaign_id, suggestion_id, state, answers, done=done)


@router.post("/state", dependencies=[WRITE])
async def change(campaign_id: Ident, suggestion_id: Ident, request: Request, state: Shared) -> Response:
    """Accepted, running, failed with a reason, or cancelled."""
    form = forms.typed(await form_of(request))
    answers = Answers(typed=form)
    entries = {name: form[name].strip() for name in ("state", "reason", "assignee") if form.get(name, "").strip()}
    faults: list[Fault] = []
    try:
        if "state" not in entries:
            raise InvalidInput("Nothing says how it goes.", hint="Press one of the buttons below the reason.")
        body = SuggestionChange.model_validate(entries)
        await state.storing.run(campaigns.change_suggestion, state.campaigns, campaign_id, suggestion_id, body)
    except ValidationError as error:
        faults = problem_of(error)[2]
    except (ProblemError, SurrogateError) as error:
        faults = faults_beside(error)
        record = await state.storing.run(campaigns.get_suggestion, state.campaigns, campaign_id, suggestion_id)
        if (record.state.value, record.reason) == (entries.get("state"), entries.get("reason", "")):
            faults = []  # a second click: it is so already
    if not faults:
        back = f"/campaigns/{campaign_id}" + (f"/suggestions/{suggestion_id}" if form.get("stay") else "")
        return go_to(f"{back}?done=changed")
    for fault in faults:
        of_reason = "state" not in entries or (entries["state"] == FAILED and "reason" not in entries)
        answers.blame("reason" if of_reason else None, fault)
    return await _page(request, campaign_id, suggestion_id, state, answers, status=HTTPStatus.UNPROCESSABLE_ENTITY)


@router.post("/edit", dependencies=[WRITE])
async def edit(campaign_id: Ident, suggestion_id: Ident, request: Request, state: Shared) -> Response:
    """Another recipe in the place of this one, before it is made."""
    answers = Answers(typed=forms.typed(await form_of(request)))
    record = await state.storing.run(campaigns.get_suggestion, state.campaigns, campaign_id, suggestion_id)
    fields = _edit_fields(_settings(record))
    changes = {path.removeprefix(EDIT): value for path, value in forms.read_fields(fields.values(), answers).items()}
    # A flag is told by yes and no among settings, and what was cleared stays as it was suggested.
    changes = {name: (YES if value else NO) if isinstance(value, bool) else value for name, value in changes.items()}
    if answers.is_sound:
        try:
            new = await state.planning.run(
                editing.edit, state.campaigns, campaign_id, suggestion_id, changes, state.snapshot
            )
        except (ProblemError, SurrogateError) as error:
            _place_edit(answers, faults_beside(error), fields)
        else:
            return go_to(f"/campaigns/{campaign_id}/suggestions/{new.id}?done=edited")
    return await _page(request, campaign_id, suggestion_id, state, answers, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _settings(record: SuggestionRecordOutput) -> Mapping[str, float | str]:
    return read(conversion.build(record.candidate))


def _edit_fields(settings: Mapping[str, float | str]) -> dict[str, Field]:
    """The fields of the form that edits a suggestion with ``settings``, by path."""
    rows = editing.editable_fields(settings)
    fields = [forms.field_of_row(row, [f"{EDIT}{row.name}"]) for row in rows]
    return {field.path: replace(field, required=True, help="") for field in fields}


def _place_edit(answers: Answers, faults: Sequence[Fault], fields: Mapping[str, Field]) -> None:
    """Put faults beside the settings that their sentences begin with."""
    for fault in faults:
        path = next((path for path in fields if fault.message.startswith(path.removeprefix(EDIT))), None)
        message = fault.message if path is None else f"It{fault.message.removeprefix(path.removeprefix(EDIT))}"
        answers.blame(path, fault.model_copy(update={"message": message}))


@router.post("/results", dependencies=[WRITE])
async def tell(campaign_id: Ident, suggestion_id: Ident, request: Request, state: Shared) -> Response:
    """Write down what was measured: some of the properties, or all of them."""
    answers = Answers(typed=forms.typed(await form_of(request)))
    places: list[str] = []
    body = _body(answers, suggestion_id, places)
    if body is not None and answers.is_sound:
        try:
            report = TellInput.model_validate(body)
            key = answers.value("key") or None
            await state.storing.run(campaigns.tell, state.campaigns, campaign_id, report, key)
        except (ValidationError, ProblemError, SurrogateError) as error:
            _blame(answers, faults_beside(error), places)
        else:
            done = "told-with-commas" if answers.notes else "told"
            return go_to(f"/campaigns/{campaign_id}?done={done}#told")
    return await _page(request, campaign_id, suggestion_id, state, answers, status=HTTPStatus.UNPROCESSABLE_ENTITY)


@cache
def _result_fields(property: str) -> tuple[Field, ...]:
    """The fields of one result, named after its property."""
    prop = PROPERTIES[property]
    # Where a laboratory writes more than one unit, it says which; the usual one comes first.
    units = (prop.shown_unit, prop.unit) if prop.shown_unit != prop.unit else ()
    fields = {name: forms.field_of(ResultInput, name, f"{property}.") for name in PARTS}
    overrides: Mapping[str, dict[str, Any]] = {
        "value": {"label": prop.label, "unit": "" if units else prop.unit},
        "unit": {"kind": "choice", "options": tuple((unit, unit) for unit in units), "help": "", "required": True},
        "censoring": {"label": "It is", "options": tuple(_CENSORING.items()), "help": "", "required": True},
        "uncertainty": {"kind": "text", "unit": "", "help": _spread_help(prop)},
    }
    return tuple(replace(fields[name], **overrides.get(name, {})) for name in PARTS if name != "unit" or units)


def _spread_help(prop: Property) -> str:
    if prop.scale is Scale.LOG10:
        return f"One standard deviation: 10 %, 0.2 {prop.shown_unit}, or 0.05 decades."
    return f"One standard deviation in {prop.shown_unit}."


def _body(answers: Answers, suggestion: str, places: list[str]) -> dict[str, Any] | None:
    """The request that the form stands for; ``places`` gets the property of each result, in order."""
    results: list[dict[str, Any]] = []
    status = answers.value("status") or "ok"
    about = {"suggestion": suggestion, "status": status, "reason": answers.value("reason").strip()}
    for name in PROPERTIES:
        entry = read_result(name, _result_fields(name), answers)
        corrected = answers.value(f"{name}.replaces").strip()
        if "value" in entry:
            entry |= {"replaces": corrected} if corrected else {}
            results.append({**entry, "property": name, "unit": entry.get("unit", PROPERTIES[name].unit), **about})
            places.append(name)
        elif f"{name}.value" not in answers.faults and set(entry) - {"unit", "censoring"}:
            missing = Fault(
                pointer="", code="missing", message="There is no value.", hint="Give one, or clear the row."
            )
            answers.blame(f"{name}.value", missing)
    if not results and status in WITHOUT_VALUE:
        results.append(about)
        places.append("")
    if not results and answers.is_sound:
        hint = "Give at least one value, or say that it failed and why."
        answers.blame(None, Fault(pointer="", code="missing", message="Nothing was filled in.", hint=hint))
    complete = answers.value("complete") == forms.YES
    return {"results": results, "complete": complete} if results else None


def _blame(answers: Answers, faults: list[Fault], places: list[str]) -> None:
    """Put faults of results beside the fields of their properties."""

    def move(pointer: str) -> str:
        parts = forms.dotted(pointer).split(".")
        if len(parts) < 2 or parts[0] != "results" or not parts[1].isdecimal():
            return _only(places) if parts[0] == "results" else ""
        property = places[int(parts[1])] if int(parts[1]) < len(places) else ""
        last = parts[-1] if len(parts) > 2 else "value"
        return "reason" if last == "reason" or not property else f"{property}.{last if last in PARTS else 'value'}"

    forms.place(answers, faults, _labels(), move=move)


def _only(places: list[str]) -> str:
    """The one value that was told, where a fault does not say which it is about."""
    return f"{places[0]}.value" if len(places) == 1 and places[0] else ""


async def _page(
    request: Request,
    campaign_id: str,
    suggestion_id: str,
    state: State,
    answers: Answers,
    *,
    status: int = 200,
    done: str = "",
) -> Response:
    mass_g = read_mass(answers)
    shown = await state.storing.run(_shown, state.campaigns, campaign_id, suggestion_id, mass_g)
    record = shown["shown"]["record"]
    settings = _settings(record) if record.state in editing.EDITABLE else {}
    editable = _edit_fields(settings)
    suggested = {path: shown_text(settings[path.removeprefix(EDIT)]) for path in editable}
    return page(
        request,
        "suggestion.html",
        status=status,
        **shown,
        labels={**_labels(), **editable, MASS.path: MASS},
        editable=editable.values(),
        edited=replace(answers, typed={**suggested, **answers.typed}),
        mass=MASS,
        answers=answers,
        done=DONE.get(done, ""),
        key=forms.key_of(answers),
    )


def _shown(store: Store, campaign_id: str, suggestion_id: str, mass_g: float | None) -> dict[str, Any]:
    """What the page shows of the campaign: read in one go."""
    record = campaigns.get_suggestion(store, campaign_id, suggestion_id)
    results = campaigns.list_measurements(store, campaign_id, suggestion_id, limit=1000).items
    goals = list(store.open().get(campaign_id).objective.properties)
    return {
        "campaign": campaigns.get_campaign(store, campaign_id),
        "shown": suggestion_shown(record, mass_g),
        "told": [told_shown(result) for result in results],
        "rows": _rows(goals, "cell" if record.candidate.cell else "electrolyte", results),
    }


def _rows(goals: list[str], kind: str, records: Sequence[MeasurementRecordOutput]) -> list[dict[str, Any]]:
    """A row of the form for each property that such a thing has, what the campaign wants first; ``earlier`` are the
    values that a new one may correct."""
    earlier = [t for t in records if t.value is not None and t.superseded_by is None]
    fitting = [name for name, prop in PROPERTIES.items() if prop.subject.value == kind]
    order = [name for name in goals if name in fitting] + [name for name in fitting if name not in goals]
    return [
        {
            "name": name,
            "fields": _result_fields(name),
            "wanted": name in goals,
            "earlier": [told_shown(t) for t in earlier if t.property == name],
        }
        for name in order
    ]


@cache
def _labels() -> Mapping[str, Field]:
    """Every field of the page that a fault may be about."""
    reason = Field(path="reason", label="Reason", kind="text", unit="", help="")
    return {"reason": reason, **{f.path: f for name in PROPERTIES for f in _result_fields(name)}}
