"""JSON bodies, read strictly: what is not JSON is 415 or 400, before any model of the request is looked at.

The parser is pydantic's own (Rust): it bounds depth and number length, knows neither NaN nor Infinity, and refuses
broken UTF-8 and lone surrogates, each of which the standard library accepts and trips over later.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from email.message import Message
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic_core import from_json

from serving.errors import Fault, ProblemError, clean


class JsonRequest(Request):
    """A request whose ``json()`` refuses what is not exactly JSON."""

    async def json(self) -> Any:
        """The body as Python values; :class:`ProblemError` 400 for anything malformed."""
        if not hasattr(self, "_strict"):
            self._strict = parse(await self.body())
        return self._strict


class JsonText(Response):
    """JSON that is text already."""

    media_type = "application/json"


class JsonRoute(APIRoute):
    """A route that takes JSON bodies, if it takes bodies at all."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler with the media type checked before it."""
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            ours = JsonRequest(request.scope, request.receive)
            if self.body_field is not None:
                check_media_type(ours)
                if not await ours.body():
                    raise _malformed("The body is empty.")
            return await handler(ours)

        return strict


def check_media_type(request: Request) -> None:
    """415 unless the body says that it is plain JSON in UTF-8."""
    message = Message()
    message["content-type"] = request.headers.get("content-type", "")
    charset = str(message.get_param("charset", "utf-8")).lower()
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if message.get_content_type() == "application/json" and charset in ("utf-8", "utf8") and encoding == "identity":
        return
    raise ProblemError(
        415,
        "The body has to be JSON.",
        errors=[
            Fault(
                pointer="",
                code="media_type",
                message="The headers do not announce an uncompressed JSON body in UTF-8.",
                hint="Send Content-Type: application/json, and no Content-Encoding.",
            )
        ],
    )


def parse(body: bytes) -> Any:
    """``body`` as Python values; :class:`ProblemError` 400 that says where it stops being JSON."""
    try:
        from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise _malformed(f"The body is not JSON: {clean(str(error), limit=200)}.") from None
    # Safe to read a second time: depth, number length and encoding have been checked above.
    return json.loads(body, object_pairs_hook=_without_repetition)


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        seen: set[str] = set()
        repeated = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise _malformed(f"An object names '{clean(repeated, limit=60)}' more than once.")
    return read


def _malformed(message: str) -> ProblemError:
    return ProblemError(400, message, errors=[Fault(pointer="", code="malformed_json", message=message)])
