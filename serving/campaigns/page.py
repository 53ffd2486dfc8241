"""``/campaigns``: what runs, what is open in it, what came out, and the question for what to make next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Path, Query, Request, Response
from pydantic import ValidationError

from serving.campaigns import work as campaigns
from serving.campaigns.editing import is_edit
from serving.http.errors import ProblemError
from serving.http.security import WRITE
from serving.http.state import Ident, Shared, State, Store
from serving.pages import forms
from serving.pages.forms import NO, YES, Answers, Field
from serving.pages.rendering import HEADERS, page
from serving.pages.routing import page_router, problem_of
from serving.pages.session import form_of, go_to
from serving.pages.shown import MASS, event_shown, read_mass, suggestion_shown, told_shown
from surrogate.campaign.answers import write_measurement
from surrogate.campaign.campaign import Campaign
from surrogate.campaign.lifecycle import OPEN
from surrogate.errors import SurrogateError
from surrogate.planner.planners import PLANNERS
from surrogate.wire.campaigns import AskInput
from surrogate.wire.problems import Fault
from surrogate.wire.states import State as Life

router = page_router("/campaigns")
ASKING = ("batch", "planner", "simulator", "without_prior", "assignee", "lease_h", "replicate")
PER_PAGE = 50
#: Longest lists on the page of a campaign; the lab sheet has everything.
MOST = 1000
#: What happened just now, in the address after a form: words chosen here, never by an address.
DONE: Mapping[str, str] = {
    "created": "The campaign is there. Ask what to make first.",
    "created-with-commas": "The campaign is there; commas in numbers were read as decimal points.",
    "asked": "New suggestions are below.",
    "asked-with-commas": "New suggestions are below; commas in numbers were read as decimal points.",
    "changed": "Noted.",
    "changed-outside": "Noted. Open suggestions outside of the new space stay open; cancel those that nobody makes.",
    "edited": "This recipe takes the place of the suggestion, which was cancelled.",
    "told": "The results are written down.",
    "told-with-commas": "The results are written down; commas in numbers were read as decimal points.",
    "sheet": "The sheet is written down.",
    "files": "The values of the files are written down.",
}
#: States in the order in which they matter to whoever stands in the laboratory.
ORDER = (Life.RUNNING, Life.ACCEPTED, Life.PROPOSED, Life.MEASURED, Life.FAILED, Life.CANCELLED, Life.EXPIRED)


@router.get("")
async def list_campaigns(
    request: Request,
    state: Shared,
    after: Annotated[str | None, Query(max_length=64)] = None,
    archived: Annotated[bool, Query()] = False,
) -> Response:
    """All campaigns at a glance, or those that were put away."""
    listing = await state.storing.run(campaigns.list_campaigns, state.campaigns, PER_PAGE, after, archived)
    n_others = await state.storing.run(lambda: state.campaigns.open().count(archived=not archived))
    return page(
        request, "campaigns.html", campaigns=listing.items, next=listing.next, after=after, archived=archived,
        n_others=n_others,
    )  # fmt: skip


@router.get("/{campaign_id}")
async def get_campaign(
    campaign_id: Ident,
    request: Request,
    state: Shared,
    done: Annotated[str, Query(max_length=20)] = "",
    mass: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """One campaign: open suggestions first, then what came out."""
    return await _page(request, campaign_id, state, Answers(typed={MASS.path: mass}), done=done)


@router.post("/{campaign_id}/ask", dependencies=[WRITE])
async def ask(campaign_id: Ident, request: Request, state: Shared) -> Response:
    """The next batch. A form that is sent twice asks once: its key goes with it."""
    answers = Answers(typed=forms.typed(await form_of(request)))
    status: int = HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        body = AskInput.model_validate(forms.read(AskInput, asking().values(), answers))
    except ValidationError as error:
        faults = problem_of(error)[2]
    else:
        try:
            if answers.is_sound:
                key = answers.value("key") or None
                await state.planning.run(
                    campaigns.ask, state.campaigns, campaign_id, body, state.snapshot, key, state.patience_s
                )
                done = "asked-with-commas" if answers.notes else "asked"
                return go_to(f"/campaigns/{campaign_id}?done={done}#open")
            faults = []
        except (ProblemError, SurrogateError) as error:
            status, detail, faults = problem_of(error)
            if status == HTTPStatus.NOT_FOUND:
                raise
            faults = faults or [Fault(pointer="", code="later", message=detail, hint=_LATER)]
    forms.place(answers, faults, asking(), move=forms.dotted)
    return await _page(request, campaign_id, state, answers, status=status)


_LATER = "Send the form again in a little while: however often it is sent, it asks once."


@router.get("/{campaign_id}/progress/{property}.png")
async def get_progress(
    campaign_id: Ident, property: Annotated[str, Path(max_length=60)], request: Request, state: Shared
) -> Response:
    """The figure of expected and measured; 404 when nothing was measured."""
    content = await state.compute.run(_progress, state, campaign_id, property)
    return Response(content, media_type="image/png", headers=dict(HEADERS))


@router.get("/{campaign_id}/history")
async def get_history(
    campaign_id: Ident, request: Request, state: Shared, after: Annotated[str | None, Query(max_length=64)] = None
) -> Response:
    """Everything that happened, in order."""
    shown = await state.storing.run(_history, state.campaigns, campaign_id, after)
    return page(request, "history.html", after=after, **shown)


def asking() -> dict[str, Field]:
    """The fields of an ask by name."""
    fields = {name: forms.field_of(AskInput, name) for name in ASKING}
    # Without a word there is no repeat: nothing that could be left unstated.
    flags = ("replicate", "simulator", "without_prior")
    return fields | {name: replace(fields[name], required=True, options=((NO, NO), (YES, YES))) for name in flags}


def _history(store: Store, campaign_id: str, after: str | None) -> dict[str, Any]:
    """A part of the history, with the results that its lines name."""
    events = campaigns.list_events(store, campaign_id, 100, after)
    campaign = store.open().get(campaign_id)
    results = {
        event.measurement: write_measurement(campaign.measurement(event.measurement))
        for event in events.items
        if event.measurement is not None
    }
    return {
        "campaign": campaigns.get_campaign(store, campaign_id),
        "events": [
            event_shown(event, results.get(event.measurement or ""), is_edit=is_edit(event)) for event in events.items
        ],
        "next": events.next,
    }


async def _page(
    request: Request, campaign_id: str, state: State, answers: Answers, *, status: int = 200, done: str = ""
) -> Response:
    mass_g = read_mass(answers)
    shown = await state.storing.run(_shown, state.campaigns, campaign_id, mass_g)
    return page(
        request,
        "campaign.html",
        status=status,
        **shown,
        done=DONE.get(done, ""),
        questions=await state.storing.run(_questions, state.campaigns, campaign_id) if done == "told" else (),
        answers=answers,
        asking=asking(),
        labels={**asking(), MASS.path: MASS},
        mass=MASS,
        planners=[(kind.name, kind.on_page) for kind in PLANNERS.values() if not kind.missing],
        key=forms.key_of(answers),
        ready=state.snapshot.reason_not_ready is None,
    )


def _questions(store: Store, campaign_id: str) -> tuple[str, ...]:
    """Questions about any result of the campaign, asked when one was just told."""
    campaign = store.open().get(campaign_id)
    return campaign.questions([measurement.source.row_id for measurement in campaign.learned()])


def _shown(store: Store, campaign_id: str, mass_g: float | None) -> dict[str, Any]:
    """What the page shows of the campaign: read in one go."""
    campaign = store.open().get(campaign_id)
    still_open = campaigns.list_suggestions(store, campaign_id, "open", MOST)
    suggestions = campaigns.list_suggestions(store, campaign_id, limit=MOST)
    results = campaigns.list_measurements(store, campaign_id, limit=MOST)
    closed = [s for s in suggestions.items if s.state not in OPEN]
    measured = {result.property for result in results.items if result.value is not None}
    return {
        "campaign": campaigns.get_campaign(store, campaign_id),
        "open": [suggestion_shown(s, mass_g) for s in sorted(still_open.items, key=lambda s: ORDER.index(s.state))],
        "closed": [suggestion_shown(s) for s in sorted(closed, key=lambda s: ORDER.index(s.state))],
        "most": MOST if suggestions.next or results.next else 0,
        "told": [told_shown(result) for result in results.items],
        "figures": [name for name in campaign.objective.properties if name in measured],
        "advice": _advice(campaign),
    }


def _advice(campaign: Campaign) -> dict[str, Any]:
    """What the planner said of the last batch as a whole, and whether anything was told since."""
    from surrogate.campaign.records import every

    events = list(every(campaign.history))
    asks = [event for event in events if event.kind == "asked" and not is_edit(event)]
    if not asks:
        return {"sentence": "", "warnings": [], "is_old": False}
    report = campaign.read_report(asks[-1].detail)
    return {
        "sentence": report.stopping.sentence if report.stopping is not None else "",
        "warnings": report.warnings,
        "is_old": any(event.kind in ("measurement", "failure") for event in events if event.number > asks[-1].number),
    }


def _progress(state: State, campaign_id: str, property: str) -> bytes:
    from surrogate.errors import NotFound
    from surrogate.report import figures
    from surrogate.report.outcomes import outcomes_of

    campaign = state.campaigns.open().get(campaign_id)
    goal = next((target for target in campaign.objective.targets if target.quantity == property), None)
    outcomes = [] if goal is None else outcomes_of(campaign, property)
    if goal is None or all(outcome.measured is None for outcome in outcomes):
        raise NotFound("There is no such figure.", hint="Tell the campaign some results first.")
    return figures.png(figures.progress(outcomes, property, maximise=goal.sign > 0))
