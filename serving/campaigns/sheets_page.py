"""``/campaigns/{id}/sheet``: the lab sheet, down to the laboratory and up again, looked at before it is taken."""

from __future__ import annotations

from http import HTTPStatus
from typing import Literal

from fastapi import Request, Response

from serving.campaigns import sheets
from serving.campaigns import work as campaigns
from serving.http.errors import ProblemError
from serving.http.security import WRITE
from serving.http.state import Ident, Shared, State
from serving.pages.rendering import page
from serving.pages.routing import page_router, problem_of
from serving.pages.session import form_of, go_to
from serving.pages.uploads import read_upload, sent_again
from surrogate.errors import SurrogateError
from surrogate.wire.problems import Fault
from surrogate.wire.sheets import SheetOutput

router = page_router("/campaigns/{campaign_id}/sheet")


@router.get("")
async def get_form(campaign_id: Ident, request: Request, state: Shared) -> Response:
    """Where to get the sheet, and where to give it back."""
    return await _page(request, campaign_id, state)


@router.get("/{name}.{format}")
async def download(campaign_id: Ident, name: str, format: Literal["xlsx", "csv"], state: Shared) -> Response:
    """The whole campaign as a sheet."""
    return await state.storing.run(sheets.export, state.campaigns, campaign_id, format)


@router.post("", dependencies=[WRITE])
async def upload(campaign_id: Ident, request: Request, state: Shared) -> Response:
    """A dry run first, with every cell that needs a look; what was looked at is taken when it is confirmed."""
    form = await form_of(request)
    try:
        sheet = await read_upload(form)
        dry = form.get("step") != "take"
        reading = await state.storing.run(sheets.tell, state.campaigns, campaign_id, sheet, dry)
    except (ProblemError, SurrogateError) as error:
        status, detail, faults = problem_of(error)
        if status != HTTPStatus.UNPROCESSABLE_ENTITY:
            raise
        return await _page(request, campaign_id, state, status=status, trouble=detail, hints=faults)
    if not dry and not (reading.faults or reading.questions):
        return go_to(f"/campaigns/{campaign_id}?done=sheet#told")
    return await _page(request, campaign_id, state, reading=reading, again=sent_again(sheet))


async def _page(
    request: Request,
    campaign_id: str,
    state: State,
    *,
    status: int = 200,
    reading: SheetOutput | None = None,
    again: dict[str, str] | None = None,
    trouble: str = "",
    hints: list[Fault] | None = None,
) -> Response:
    campaign = await state.storing.run(campaigns.get_campaign, state.campaigns, campaign_id)
    return page(
        request, "sheet.html", status=status, campaign=campaign, reading=reading, again=again, trouble=trouble,
        hints=[fault.hint for fault in hints or [] if fault.hint],
    )  # fmt: skip
