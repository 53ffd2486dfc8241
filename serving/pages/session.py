"""Who looks at a page, and whether a form that comes back is one of ours.

Where keys are needed, the key stands in a cookie that scripts cannot read and that other sites cannot make a browser
send. Every form carries a token that belongs to this browser and this key; a form from elsewhere is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from http import HTTPStatus
from urllib.parse import quote, urlsplit

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData, UploadFile
from starlette.types import Scope

from serving.http.errors import ProblemError
from serving.http.security import KEY_COOKIE, StoredKey, is_page
from surrogate.wire.problems import Fault

FORM_COOKIE = "surrogate_form"
TOKEN = "token"
SIGN_IN = "/sign-in"
#: Most fields of one form; the largest of ours has about sixty.
MAX_FIELDS = 300


def key_of(request: Request) -> StoredKey | None:
    """The key that opened this page; ``None`` where none is needed."""
    key: StoredKey | None = getattr(request.state, "key", None)
    return key


def token(request: Request) -> str:
    """What a form of this page has to bring back."""
    key = request.cookies.get(KEY_COOKIE, "").encode("utf-8", "replace")
    return hmac.new(_browser(request).encode(), key, hashlib.sha256).hexdigest()


def _browser(request: Request) -> str:
    """The random name of this browser; a new one is remembered until :func:`finish` sends it."""
    cookie = request.cookies.get(FORM_COOKIE, "")
    if 16 <= len(cookie) <= 64 and cookie.isascii():
        return cookie
    if not hasattr(request.state, "browser"):
        request.state.browser = secrets.token_urlsafe(24)
    return str(request.state.browser)


def finish(request: Request, response: Response) -> Response:
    """Send the name of the browser with the first page it gets."""
    if hasattr(request.state, "browser"):
        set_cookie(request, response, FORM_COOKIE, request.state.browser)
    return response


def set_cookie(request: Request, response: Response, name: str, value: str) -> None:
    """Set a cookie for this browser session that no script reads, no other site sends, and no plain line carries twice.

    Args:
        request: Says whether the line is encrypted.
        response: Carries it.
        name: Of the cookie.
        value: What it holds.
    """
    forwarded = request.headers.get("x-forwarded-proto", "").partition(",")[0].strip().lower()
    secure = request.url.scheme == "https" or forwarded == "https"
    response.set_cookie(name, value, httponly=True, samesite="strict", secure=secure, path="/")


def go_to(address: str) -> RedirectResponse:
    """Send the browser to another page, as after a form."""
    return RedirectResponse(address, status_code=HTTPStatus.SEE_OTHER)


async def form_of(request: Request) -> dict[str, str | UploadFile]:
    """The fields of the form that was sent, by name; see :func:`fields_of`."""
    return dict(await fields_of(request, max_files=1))


async def fields_of(request: Request, *, max_files: int) -> FormData:
    """Read the fields of the form that was sent.

    Args:
        request: That brings it.
        max_files: Most files that come with it.

    Raises:
        ProblemError: 403 unless the form is one of ours, shown to this browser with this key.
    """
    # Refuse a form that the browser says comes from another site.
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None and site not in ("same-origin", "none"):
        raise _foreign("The form comes from another site.")
    if site is None and origin is not None and origin.partition("://")[2] != request.headers.get("host", ""):
        raise _foreign("The form comes from another site.")
    form = await request.form(max_files=max_files, max_fields=MAX_FIELDS)
    sent = form.get(TOKEN, "")
    has_cookie = FORM_COOKIE in request.cookies
    if not (has_cookie and isinstance(sent, str) and hmac.compare_digest(sent.encode(), token(request).encode())):
        raise _foreign("The form is too old, or it comes from another site.")
    return FormData([(name, value) for name, value in form.multi_items() if name != TOKEN])


def _foreign(message: str) -> ProblemError:
    fault = Fault(pointer="", code="form", message=message, hint="Go back, load the page again, and send it once more.")
    return ProblemError(HTTPStatus.FORBIDDEN, message, errors=[fault])


def ask_to_sign_in(scope: Scope) -> Response | None:
    """What a stranger gets who asks for a page: the way to the sign-in. ``None`` for addresses of programs."""
    if not is_page(scope["path"]):
        return None
    address = scope["path"] if scope["method"] in ("GET", "HEAD") else "/"
    query = scope.get("query_string", b"").decode("ascii", "ignore") if address == scope["path"] else ""
    back = quote(address + (f"?{query}" if query else ""), safe="")
    return go_to(f"{SIGN_IN}?next={back}")


def local(address: str) -> str:
    """``address`` if it is a page of this site, else the start: signing in leads nowhere else."""
    plain = address.isascii() and address.isprintable() and "\\" not in address and len(address) <= 8000
    inside = address.startswith("/") and not address.startswith("//")
    return address if plain and inside and is_page(urlsplit(address).path) else "/"
