"""``/campaigns/{id}/edit``: another name, wishes, space or batch from here on; put away and taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from pydantic import ValidationError

from serving.campaigns import work as campaigns
from serving.http.errors import ProblemError
from serving.http.security import WRITE
from serving.http.state import Ident, Shared, State, Store
from serving.pages import forms
from serving.pages.forms import Answers, Field
from serving.pages.rendering import page
from serving.pages.routing import faults_beside, page_router
from serving.pages.session import form_of, go_to
from serving.suggestions import wishes
from surrogate.errors import SurrogateError
from surrogate.space.writing import space_to_toml
from surrogate.wire.campaigns import CampaignChange, CampaignChangedOutput

router = page_router("/campaigns/{campaign_id}", needed=WRITE)
#: The space stays unless another is chosen.
SAME = "same"


@cache
def fields() -> Mapping[str, Field]:
    """The fields of the form beside wishes and space."""
    own = {name: forms.field_of(CampaignChange, name) for name in ("name", "batch", "reason")}
    reason = replace(own["reason"], label="Why", help="The history keeps it.")
    return {**own, "reason": reason, **wishes.fields()}


@router.get("/edit")
async def edit_form(campaign_id: Ident, request: Request, state: Shared) -> Response:
    """The form, filled with what is so now."""
    typed = await state.storing.run(_now, state.campaigns, campaign_id)
    return await _page(request, campaign_id, state, Answers(typed=typed))


@router.post("/edit")
async def edit(campaign_id: Ident, request: Request, state: Shared) -> Response:
    """The campaign as it is from here on, or the form again with what is wrong."""
    answers = Answers(typed=forms.typed(await form_of(request)))
    now = await state.storing.run(_now, state.campaigns, campaign_id)
    stated = forms.read(CampaignChange, [fields()[name] for name in ("name", "batch", "reason")], answers)
    if answers.value(wishes.WISHES).split() != now[wishes.WISHES].split():
        stated |= {"objective": wishes.read_wishes(answers), "weighted": answers.value(wishes.WEIGHTED) == forms.YES}
    if answers.value(wishes.SPACE) not in ("", SAME):
        stated["space"] = wishes.read_space(answers)
    changed = await _change(campaign_id, stated, answers, state)
    if changed is None:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return await _page(request, campaign_id, state, answers, status=status)
    done = "changed-outside" if changed.outside else "changed"
    return go_to(f"/campaigns/{campaign_id}?done={done}")


@router.post("/archive")
async def archive(campaign_id: Ident, request: Request, state: Shared) -> Response:
    """Put the campaign away, or take it back."""
    archived = (await form_of(request)).get("archived") == forms.YES
    change = CampaignChange(archived=archived)
    await state.storing.run(campaigns.change_campaign, state.campaigns, campaign_id, change, None)
    return go_to("/campaigns" if archived else f"/campaigns/{campaign_id}?done=changed")


async def _change(
    campaign_id: str, stated: Mapping[str, Any], answers: Answers, state: State
) -> CampaignChangedOutput | None:
    """The changed campaign; ``None`` with what is wrong beside its field."""
    if not answers.is_sound:
        return None
    try:
        change = CampaignChange.model_validate(stated)
        return await state.storing.run(campaigns.change_campaign, state.campaigns, campaign_id, change, None)
    except (ValidationError, ProblemError, SurrogateError) as error:
        wishes.place(answers, faults_beside(error), fields())
    return None


def _now(store: Store, campaign_id: str) -> dict[str, str]:
    """What the form says of the campaign as it is."""
    campaign, summary = store.open().get(campaign_id), campaigns.get_campaign(store, campaign_id)
    return {
        "name": summary.name,
        "batch": str(summary.batch),
        wishes.WISHES: "\n".join(str(target) for target in campaign.objective.targets),
        wishes.WEIGHTED: forms.YES if campaign.objective.weighted else "",
        wishes.SPACE: SAME,
        wishes.TOML: space_to_toml(campaign.space),
    }


async def _page(request: Request, campaign_id: str, state: State, answers: Answers, *, status: int = 200) -> Response:
    campaign = await state.storing.run(campaigns.get_campaign, state.campaigns, campaign_id)
    choices = wishes.choices()
    same = (SAME, f"as it is: “{campaign.space}”")
    return page(
        request, "edit_campaign.html", status=status, campaign=campaign, answers=answers, fields=fields(),
        choices={**choices, "spaces": (same, *choices["spaces"])},
    )  # fmt: skip
