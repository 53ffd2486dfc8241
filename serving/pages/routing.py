"""What all pages have in common: errors become pages, and the first page names the browser."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Sequence
from http import HTTPStatus
from typing import Any, cast

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import HTTPException, RequestValidationError
from fastapi.routing import APIRoute
from pydantic import ValidationError
from starlette.exceptions import HTTPException as StarletteHTTPException

from serving.http.errors import UNEXPECTED, ProblemError, fault_of, faults_of, status_of
from serving.http.security import READ
from serving.pages import session
from serving.pages.rendering import page
from surrogate.errors import StoreUnavailable, SurrogateError
from surrogate.wire.problems import Fault

log = logging.getLogger("serving.pages")


class PageRoute(APIRoute):
    """A route whose answer is a page, also when something is wrong."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler with its errors shown to a person."""
        handler = super().get_route_handler()

        async def show_errors(request: Request) -> Response:
            try:
                response = await handler(request)
            except (ProblemError, SurrogateError, RequestValidationError, StarletteHTTPException) as error:
                if isinstance(error, StoreUnavailable):
                    log.error("no store", extra={"fields": {"reason": str(error)}})
                response = _error_page(request, error)
            except Exception:
                log.exception("unexpected", extra={"fields": {"request_id": request.state.request_id}})
                response = _error_page(request, HTTPException(500, UNEXPECTED))
            finally:
                await request.close()  # files that came with a form lie on the disk until then
            return session.finish(request, response)

        return show_errors


def page_router(prefix: str = "", *, needed: Any = READ) -> APIRouter:
    """Make a router of pages.

    Args:
        prefix: Of their addresses.
        needed: What the key of a visitor may do: :data:`READ` or :data:`WRITE`.
    """
    return APIRouter(route_class=PageRoute, include_in_schema=False, prefix=prefix, dependencies=[needed])


def install(app: FastAPI) -> None:
    """Answer a browser that asks for an address that is not there with a page; programs get their problem."""
    problem: Any = app.exception_handlers[StarletteHTTPException]

    async def on_http(request: Request, error: Exception) -> Response:
        browser = "text/html" in request.headers.get("accept", "")
        if not browser or request.url.path.startswith("/v1/"):
            return cast("Response", await problem(request, error))
        lost = HTTPException(404, "There is no page at this address.")
        problem_shown = lost if getattr(error, "status_code", 0) == lost.status_code else error
        return session.finish(request, _error_page(request, problem_shown))

    app.add_exception_handler(StarletteHTTPException, on_http)


def problem_of(error: Exception) -> tuple[int, str, list[Fault]]:
    """Status, sentence and faults of an error, as the interface for programs would tell them."""
    if isinstance(error, SurrogateError):
        fault = fault_of(error)
        return status_of(error), fault.message, [fault]
    if isinstance(error, ValidationError):  # of a form: what was typed stands beside the fault
        return _invalid(error.errors(include_input=False, include_url=False))
    if isinstance(error, RequestValidationError):
        return _invalid(error.errors())
    assert isinstance(error, StarletteHTTPException)
    return error.status_code, str(error.detail), error.errors if isinstance(error, ProblemError) else []


def faults_beside(error: Exception) -> list[Fault]:
    """The faults of an error, for the form that was sent; raises what no form can show: none, or an address not there.

    Args:
        error: What came of the form.

    Returns:
        At least one fault.
    """
    status, _, faults = problem_of(error)
    if status == HTTPStatus.NOT_FOUND or not faults:
        raise error
    return faults


def _invalid(errors: Sequence[Any]) -> tuple[int, str, list[Fault]]:
    faults = faults_of(errors)
    return 422, faults[0].message, faults


def _error_page(request: Request, error: Exception) -> Response:
    status, detail, faults = problem_of(error)
    headers = getattr(error, "headers", None) or {}
    hints = [fault for fault in faults if fault.hint or fault.message != detail]
    response = page(
        request, "error.html", status=status, title=_TITLES.get(status, "That did not work"), detail=detail,
        faults=hints, request_id=request.state.request_id,
    )  # fmt: skip
    if "Retry-After" in headers:
        response.headers["Retry-After"] = headers["Retry-After"]
    return response


_TITLES = {
    403: "Not allowed",
    404: "Not found",
    409: "In conflict",
    413: "Too large",
    422: "That cannot be",
    429: "Busy",
    500: "Something went wrong",
    503: "Not ready",
}
