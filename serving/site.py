"""The site as a whole: its routers, the files that pages refer to, and the sign-in."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from serving.campaigns import edit_page as edit_campaign
from serving.campaigns import empty_sheet_page as empty_sheet
from serving.campaigns import files_page as files
from serving.campaigns import new_page as new_campaign
from serving.campaigns import page as campaigns
from serving.campaigns import sheets_page as sheets
from serving.campaigns import suggestions_page as suggestions
from serving.data import page as data
from serving.http.errors import ProblemError
from serving.http.security import KEY_COOKIE, Gate
from serving.models import page as models
from serving.pages.rendering import assets, page
from serving.pages.routing import PageRoute
from serving.pages.session import SIGN_IN, form_of, go_to, local, set_cookie
from serving.predictions import compare_page as compare
from serving.predictions import many_page as many
from serving.predictions import page as predict
from serving.predictions import report_page as report
from serving.predictions import what_if_page as what_if
from serving.reviews import page as reviews
from serving.suggestions import page as plans
from serving.suggestions import spaces_page as spaces

router = APIRouter(route_class=PageRoute, include_in_schema=False)

ROUTERS: tuple[APIRouter, ...] = (
    router,
    predict.router,
    what_if.router,
    compare.router,
    many.router,
    plans.router,
    spaces.router,
    report.router,
    empty_sheet.router,
    new_campaign.router,
    edit_campaign.router,
    campaigns.router,
    suggestions.router,
    sheets.router,
    files.router,
    models.router,
    reviews.router,
    data.router,
)


@router.get("/static/{name}")
async def get_asset(name: Annotated[str, Path(max_length=60)]) -> Response:
    """A file that pages refer to; its address changes with its content, so it may be kept for good."""
    asset = assets().get(name)
    if asset is None:
        raise ProblemError(HTTPStatus.NOT_FOUND, "There is no such file.")
    for_good = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(asset.content, media_type=asset.media_type, headers=for_good)


@router.get(SIGN_IN)
async def sign_in(
    request: Request,
    back: Annotated[str, Query(alias="next")] = "/",
    token: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Ask for a key, where one is needed; the link that the start prints brings its token along."""
    if _gate(request).is_open:
        return go_to(local(back))
    if token:
        return _let_in(request, token, local(back))
    return page(request, "sign_in.html", next=local(back), refused=False)


@router.post(SIGN_IN)
async def signed_in(request: Request) -> Response:
    """Let a valid key in: it goes into a cookie, and the browser back to where it wanted to go."""
    fields = await form_of(request)
    return _let_in(request, str(fields.get("key", "")).strip(), local(str(fields.get("next", "/"))))


def _let_in(request: Request, key: str, back: str) -> Response:
    try:
        _gate(request).admit(f"Bearer {key}")
    except ProblemError:
        return page(request, "sign_in.html", status=HTTPStatus.UNAUTHORIZED, next=back, refused=True)
    response = go_to(back)
    set_cookie(request, response, KEY_COOKIE, key)
    return response


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """Forget the key."""
    await form_of(request)
    response = go_to(SIGN_IN)
    response.delete_cookie(KEY_COOKIE, path="/", httponly=True, samesite="strict")
    return response


def _gate(request: Request) -> Gate:
    gate: Gate = request.app.state.gate
    return gate
