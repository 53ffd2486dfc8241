"""``/campaigns/{id}/sheet``: the lab sheet, down to the laboratory and up again, looked at before it is taken."""

from __future__ import annotations

import base64
import re
from http import HTTPStatus
from pathlib import PurePath
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import UploadFile

from serving.campaigns import sheets
from serving.campaigns import work as campaigns
from serving.http.errors import ProblemError
from serving.http.security import Role, needs
from serving.http.state import Shared, State
from serving.pages.rendering import page
from serving.pages.routing import PageRoute, problem_of
from serving.pages.session import form_of
from surrogate.errors import SurrogateError
from surrogate.wire.problems import Fault
from surrogate.wire.sheets import SheetOutput

router = APIRouter(
    route_class=PageRoute,
    include_in_schema=False,
    prefix="/campaigns/{campaign_id}/sheet",
    dependencies=[Depends(needs(Role.READ))],
)
WRITE = [Depends(needs(Role.WRITE))]
Ident = Annotated[str, Path(max_length=64)]
#: The file comes back with the form that confirms it, in a third more characters, and both have to fit into a body.
MAX_FILE = 1_400_000
_NAME = re.compile(r"[^\w .()-]+")
_ENCODING = re.compile(r"[\w.-]{1,40}", re.ASCII)


@router.get("")
async def get_form(campaign_id: Ident, request: Request, state: Shared) -> Response:
    """Where to get the sheet, and where to give it back."""
    return await _page(request, campaign_id, state)


@router.get("/{name}.{format}")
async def download(campaign_id: Ident, name: str, format: Literal["xlsx", "csv"], state: Shared) -> Response:
    """The whole campaign as a sheet."""
    return await state.storing.run(sheets.export, state.campaigns, campaign_id, format)


@router.post("", dependencies=WRITE)
async def upload(campaign_id: Ident, request: Request, state: Shared) -> Response:
    """A dry run first, with every cell that needs a look; what was looked at is taken when it is confirmed."""
    given = await form_of(request)
    try:
        name, ending, content = await _file(given)
        decimal, encoding = _decimal(given.get("decimal")), _encoding(given.get("encoding"))
        dry = given.get("step") != "take"
        sheet = sheets.Upload(name=name, ending=ending, content=content, decimal=decimal, encoding=encoding)
        said = await state.storing.run(sheets.take, state.campaigns, campaign_id, sheet, dry)
    except (ProblemError, SurrogateError) as error:
        status, detail, faults = problem_of(error)
        if status != HTTPStatus.UNPROCESSABLE_ENTITY:
            raise
        return await _page(request, campaign_id, state, status=status, trouble=detail, hints=faults)
    if not dry and not (said.faults or said.questions):
        address = f"/campaigns/{campaign_id}?done=sheet#told"
        return RedirectResponse(address, status_code=HTTPStatus.SEE_OTHER)
    again = {
        "name": name, "ending": ending, "content": base64.b64encode(content).decode(),
        "decimal": decimal or "", "encoding": encoding or "",
    }  # fmt: skip
    return await _page(request, campaign_id, state, said=said, again=again)


async def _file(given: dict[str, str | UploadFile]) -> tuple[str, str, bytes]:
    """Name, ending and content of the file that was chosen, or of the one that is confirmed."""
    chosen = given.get("file")
    if isinstance(chosen, UploadFile):
        path = PurePath((chosen.filename or "").replace("\\", "/"))
        name, ending, content = path.stem, path.suffix.lower(), await chosen.read()
    else:
        name, ending, content = str(given.get("name", "")), str(given.get("ending", "")), _decoded(given.get("content"))
    if not content:
        raise _refused("No file was chosen, or it is empty.", "Choose the .xlsx or .csv that you filled in.")
    if ending not in sheets.SHEETS.values():
        raise _refused("The file is neither an Excel workbook nor CSV.", "Save it as .xlsx or .csv.")
    if len(content) > MAX_FILE:
        raise _refused(f"The file has more than {MAX_FILE // 1000} kB.", "Split it, or use 'surrogate sheet import'.")
    return _NAME.sub(" ", name).strip(" .()-")[:60] or "sheet", ending, content


def _decoded(text: Any) -> bytes:
    try:
        return base64.b64decode(text if isinstance(text, str) else "", validate=True)
    except ValueError:  # binascii.Error, and a plain one for what is not ASCII
        return b""


def _decimal(given: object) -> str | None:
    """The decimal sign that was chosen; ``None`` leaves it to the file."""
    return str(given) if given in (".", ",") else None


def _encoding(given: object) -> str | None:
    """The encoding that was declared; ``None`` leaves it to the file."""
    return str(given).strip() if isinstance(given, str) and _ENCODING.fullmatch(given.strip()) else None


def _refused(message: str, hint: str) -> ProblemError:
    fault = Fault(pointer="", code="sheet", message=message, hint=hint)
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, message, errors=[fault])


async def _page(
    request: Request,
    campaign_id: str,
    state: State,
    *,
    status: int = 200,
    said: SheetOutput | None = None,
    again: dict[str, str] | None = None,
    trouble: str = "",
    hints: list[Fault] | None = None,
) -> Response:
    campaign = await state.storing.run(campaigns.get_campaign, state.campaigns, campaign_id)
    return page(
        request, "sheet.html", status=status, campaign=campaign, said=said, again=again, trouble=trouble,
        hints=[fault.hint for fault in hints or [] if fault.hint],
    )  # fmt: skip
