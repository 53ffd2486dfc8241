"""``/campaigns/new``: what is wanted, among which recipes."""

from __future__ import annotations

import tomllib
from functools import cache
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from serving.campaigns import work as campaigns
from serving.http.errors import ProblemError, clean, faults_of
from serving.http.security import Role, needs
from serving.http.state import Shared
from serving.pages import forms
from serving.pages.forms import Answers, Field
from serving.pages.rendering import page
from serving.pages.routing import PageRoute, problem_of
from serving.pages.session import form_of
from surrogate.errors import SurrogateError
from surrogate.properties import MODELLED, PROPERTIES
from surrogate.space.derived import DERIVED
from surrogate.space.energy import FROM_PROPERTY
from surrogate.space.ready import names, ready
from surrogate.wire.campaigns import CampaignInput
from surrogate.wire.problems import Fault

router = APIRouter(
    route_class=PageRoute, include_in_schema=False, prefix="/campaigns", dependencies=[Depends(needs(Role.WRITE))]
)
#: A space of one's own is chosen by this word and written in a field of its own.
OWN = "own"
EXAMPLE = """name = "glass"
subject = "electrolyte"

[composition]
kind = "mixture"
precursors = { Li2S = [0.60, 0.80], P2S5 = [0.20, 0.40] }

[variables.milling_time_h]
low = 5
high = 60
step = 1

[fixed]
route = "mechanical_milling"
temperature_c = 25
"""


@cache
def fields() -> dict[str, Field]:
    """The fields of the form by name, with what the request itself says of each."""
    made = {name: forms.field_of(CampaignInput, name) for name in ("name", "id", "space", "objective", "lease_h")}
    toml = Field(path="toml", label="Space as TOML", kind="text", unit="", help="")
    return {**made, "toml": toml}


@cache
def spaces() -> tuple[tuple[str, str], ...]:
    """The ready-made spaces with what they span."""
    return tuple((name, ready(name).title) for name in names())


@router.get("/new")
async def new_campaign(request: Request) -> Response:
    """The empty form."""
    start = {"objective": "maximise ionic_conductivity", "space": "argyrodite"}
    return _form(request, Answers(typed=start))


@router.post("/new")
async def make_campaign(request: Request, state: Shared) -> Response:
    """The campaign, or the form again with what is wrong."""
    answers = Answers(typed=forms.typed(await form_of(request)))
    given = _given(answers)
    if given is not None:
        try:
            made, _ = await state.storing.run(campaigns.create, state.campaigns, given, answers.value("key") or None)
        except (ProblemError, SurrogateError) as error:
            status, _, faults = problem_of(error)
            if status not in (HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.CONFLICT):
                raise
            _blame(answers, faults)
        else:
            done = "created-with-commas" if answers.notes or made.notes else "created"
            return RedirectResponse(f"/campaigns/{made.id}?done={done}", status_code=HTTPStatus.SEE_OTHER)
    return _form(request, answers, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _given(answers: Answers) -> CampaignInput | None:
    """The request that the form stands for; ``None`` when something cannot be read."""
    own = fields()
    said: dict[str, Any] = forms.read(CampaignInput, [own[name] for name in ("name", "id", "lease_h")], answers)
    wishes = [line.strip() for line in answers.value("objective").splitlines() if line.strip()]
    said["objective"] = wishes[0] if len(wishes) == 1 else wishes
    said["weighted"] = answers.value("weighted") == forms.YES
    said["space"] = _own_space(answers) if answers.value("space") == OWN else answers.value("space")
    if not answers.is_sound:
        return None
    try:
        return CampaignInput.model_validate(said)
    except ValidationError as error:
        _blame(answers, faults_of(error.errors(include_input=False, include_url=False)))
        return None


def _own_space(answers: Answers) -> dict[str, Any]:
    try:
        return tomllib.loads(answers.value("toml").replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        hint = "Compare it with the example."
        fault = Fault(pointer="", code="toml", message=f"This is not TOML: {clean(str(error), limit=200)}.", hint=hint)
        answers.blame("toml", fault)
        return {}


def _blame(answers: Answers, faults: list[Fault]) -> None:
    """Put faults beside their fields; those of a space of one's own beside its text, with their place in it."""
    own = answers.value("space") == OWN
    for fault in faults:
        path = forms.dotted(fault.pointer)
        if own and path.startswith("space"):
            inside = path.removeprefix("space").strip(".")
            message = f"{inside}: {fault.message}" if inside else fault.message
            answers.blame("toml", fault.model_copy(update={"message": message}))
        else:
            forms.place(answers, [fault], fields(), move=forms.dotted)


def _form(request: Request, answers: Answers, status: int = 200) -> Response:
    wishes = [*MODELLED, *DERIVED, *FROM_PROPERTY]
    return page(
        request, "new_campaign.html", status=status, answers=answers, fields=fields(), spaces=spaces(), own=OWN,
        example=EXAMPLE, wishes=wishes, key=forms.key_of(answers),
        labels={name: PROPERTIES[name].label for name in MODELLED},
    )  # fmt: skip
