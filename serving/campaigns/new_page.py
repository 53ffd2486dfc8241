"""``/campaigns/new``: what is wanted, among which recipes."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from pydantic import ValidationError

from serving.campaigns import work as campaigns
from serving.http.errors import ProblemError
from serving.http.security import WRITE
from serving.http.state import Shared
from serving.pages import forms
from serving.pages.forms import Answers, Field
from serving.pages.rendering import page
from serving.pages.routing import page_router, problem_of
from serving.pages.session import form_of, go_to
from serving.suggestions import wishes
from surrogate.errors import SurrogateError
from surrogate.wire.campaigns import CampaignInput

router = page_router("/campaigns", needed=WRITE)


@cache
def fields() -> dict[str, Field]:
    """The fields of the form by name, with what the request itself says of each."""
    return {**{name: forms.field_of(CampaignInput, name) for name in ("name", "id", "lease_h")}, **wishes.fields()}


@router.get("/new")
async def new_campaign(request: Request) -> Response:
    """The empty form, or with what another page knows already."""
    typed = forms.typed(request.query_params)
    stated = {name: typed[name] for name in wishes.NAMES if name in typed}
    return _form(request, Answers(typed={**wishes.START, **stated}))


@router.post("/new")
async def make_campaign(request: Request, state: Shared) -> Response:
    """The campaign, or the form again with what is wrong."""
    answers = Answers(typed=forms.typed(await form_of(request)))
    body = _read_form(answers)
    if body is not None:
        try:
            campaign, _ = await state.storing.run(campaigns.create, state.campaigns, body, answers.value("key") or None)
        except (ProblemError, SurrogateError) as error:
            status, _, faults = problem_of(error)
            if status not in (HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.CONFLICT):
                raise
            wishes.place(answers, faults, fields())
        else:
            done = "created-with-commas" if answers.notes or campaign.notes else "created"
            return go_to(f"/campaigns/{campaign.id}?done={done}")
    return _form(request, answers, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _read_form(answers: Answers) -> CampaignInput | None:
    """The request that the form stands for; ``None`` when something cannot be read."""
    own = fields()
    stated: dict[str, Any] = forms.read(CampaignInput, [own[name] for name in ("name", "id", "lease_h")], answers)
    stated["objective"] = wishes.read_wishes(answers)
    stated["weighted"] = answers.value(wishes.WEIGHTED) == forms.YES
    stated["space"] = wishes.read_space(answers)
    if not answers.is_sound:
        return None
    try:
        return CampaignInput.model_validate(stated)
    except ValidationError as error:
        wishes.place(answers, problem_of(error)[2], fields())
        return None


def _form(request: Request, answers: Answers, status: int = 200) -> Response:
    return page(
        request, "new_campaign.html", status=status, answers=answers, fields=fields(), choices=wishes.choices(),
        key=forms.key_of(answers),
    )  # fmt: skip
