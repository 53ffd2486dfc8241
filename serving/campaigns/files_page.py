"""``/campaigns/{id}/files``: files of instruments, shown with a figure of what was read before it is taken."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import Query, Request, Response
from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import FormData, UploadFile

from serving.campaigns import files
from serving.campaigns import work as campaigns
from serving.http.errors import ProblemError
from serving.http.security import WRITE
from serving.http.state import Ident, Shared, State
from serving.instruments.uploads import FILE, MAX_FILES, NOTE, WRITTEN, upload_of
from serving.pages.forms import YES
from serving.pages.rendering import CONTENT_SECURITY_POLICY, page
from serving.pages.routing import page_router, problem_of
from serving.pages.session import fields_of, go_to
from surrogate.campaign.files import DETAILS
from surrogate.errors import SurrogateError
from surrogate.wire.instruments import FilesOutput, RowOutput
from surrogate.wire.problems import Fault

router = page_router("/campaigns/{campaign_id}/files")
#: A figure of what was read stands in the page itself: it is stored nowhere that it could be fetched from.
_POLICY = CONTENT_SECURITY_POLICY.replace("img-src 'self'", "img-src 'self' data:")
_ROWS = TypeAdapter(list[RowOutput])
#: Label and help of what no file says, by name.
ENTRIES = (
    ("thickness", "Thickness of the pellet", "Such as 0.95 mm."),
    ("diameter", "Diameter of the pellet", "Such as 10.00 mm: the digits say how exact it is."),
    ("area", "Or its area", "Such as 0.785 cm2."),
    ("mass", "Mass of active material", "Such as 12.3 mg."),
    ("temperature", "Temperature of the spectrum", "Such as 25 °C, where neither file nor name says it."),
    ("reference_cycle", "Reference cycle of the retention", "Left out: the first at the current of the last."),
)


@router.get("")
async def get_form(
    campaign_id: Ident, request: Request, state: Shared, suggestion: Annotated[str, Query(max_length=64)] = ""
) -> Response:
    """Where to give the files, of one suggestion or of several."""
    return await _page(request, campaign_id, state, {"suggestion": suggestion})


@router.post("", dependencies=[WRITE])
async def upload(campaign_id: Ident, request: Request, state: Shared) -> Response:
    """What the files say first; what was looked at is written down when it is confirmed."""
    form = await fields_of(request, max_files=MAX_FILES)
    typed = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    correct = typed.get("correct") == YES
    try:
        if typed.get("step") == "take":
            rows = _ROWS.validate_json(typed.get("rows", ""))
            note = typed.get(NOTE) or None
            await state.storing.run(
                lambda: files.tell_read(state.campaigns, campaign_id, rows, note=note, correct=correct)
            )
            return go_to(f"/campaigns/{campaign_id}?done=files#told")
        body = await upload_of(_addressed(form, typed.get("suggestion", "")), rows=True)
        manner = files.Manner(dry_run=True, correct=correct, figure=True)
        read = await state.measuring.run(files.tell, state.campaigns, campaign_id, body, manner)
    except ValidationError:
        hint = "Choose the files again."
        fault = Fault(pointer="", code="form", message="What was read before did not come back whole.", hint=hint)
        return await _page(request, campaign_id, state, typed, status=422, trouble=fault.message, hints=[fault])
    except (ProblemError, SurrogateError) as error:
        status, detail, faults = problem_of(error)
        if status not in (HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.CONFLICT):
            raise
        return await _page(request, campaign_id, state, typed, status=status, trouble=detail, hints=faults)
    return await _page(request, campaign_id, state, typed, read=read)


def _addressed(form: FormData, suggestion: str) -> FormData:
    """The fields as a program would send them: for one suggestion, or each for what its name says."""
    items: list[tuple[str, UploadFile | str]] = []
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            if value.filename:
                items.append((suggestion or name, value))
        elif name == WRITTEN:
            items.append((suggestion or name, value))
        elif name in DETAILS:
            items += [(name, part) for part in value.split(";")]
        elif value and name not in ("step", "suggestion", "correct"):
            items.append((name, value))
    return FormData(items)


async def _page(
    request: Request,
    campaign_id: str,
    state: State,
    typed: dict[str, str],
    *,
    status: int = 200,
    read: FilesOutput | None = None,
    trouble: str = "",
    hints: list[Fault] | None = None,
) -> Response:
    campaign = await state.storing.run(campaigns.get_campaign, state.campaigns, campaign_id)
    suggestions = await state.storing.run(campaigns.list_suggestions, state.campaigns, campaign_id, None, 1000)
    rows = [] if read is None else [row.model_copy(update={"figure_png": None}) for row in read.rows]
    response = page(
        request, "files.html", status=status, campaign=campaign, read=read, typed=typed, trouble=trouble,
        again=_ROWS.dump_json(rows).decode(), entries=ENTRIES, field=FILE,
        ids=[record.id for record in suggestions.items],
        hints=[fault.hint for fault in hints or [] if fault.hint],
    )  # fmt: skip
    if read is not None:
        response.headers["Content-Security-Policy"] = _POLICY
    return response
