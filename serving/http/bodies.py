"""JSON bodies, read strictly: what is not JSON is 415 or 400, before any model of the request is looked at.

The parser is pydantic's own (Rust): it bounds depth and number length, knows neither NaN nor Infinity, and refuses
broken UTF-8 and lone surrogates, each of which the standard library accepts and trips over later.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Coroutine, Sequence
from difflib import get_close_matches
from email.message import Message
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic_core import from_json

from serving.http.errors import ProblemError, clean, pointer_to
from surrogate.wire.problems import Fault


class _JsonRequest(Request):
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
    """A route for programs: it takes JSON bodies, if it takes bodies at all, and no query that it does not know."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler with the media type and the names in the query checked before it."""
        handler = super().get_route_handler()
        names = sorted(_in_query(self.dependant))

        async def strict(request: Request) -> Response:
            parsed = _JsonRequest(request.scope, request.receive)
            _check_query(parsed, names)
            if self.body_field is not None:
                _check_media_type(parsed)
                if not await parsed.body():
                    raise _malformed("The body is empty.", "Send the request as a JSON object.")
            return await handler(parsed)

        return strict


def _in_query(dependant: Dependant) -> set[str]:
    """The names in the query that a route and what it depends on read."""
    names = {field.alias for field in dependant.query_params}
    return names.union(*(_in_query(dependency) for dependency in dependant.dependencies))


def _check_query(request: Request, names: Sequence[str]) -> None:
    """422 for a name that is not among ``names``, or sent twice: with ``?dryrun=true`` nobody means to write.

    An ignored name would do something else than was asked, as an ignored field of a body would.
    """
    sent = [name for name, _ in request.query_params.multi_items()]
    faults = [_query_fault(name, names) for name in dict.fromkeys(sent) if name not in names]
    faults += [_repetition_fault(name) for name in names if sent.count(name) > 1]
    if faults:
        raise ProblemError(422, faults[0].message, errors=faults)


def _query_fault(name: str, names: Sequence[str]) -> Fault:
    unknown = clean(name, limit=60)
    near = get_close_matches(unknown, names, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(names)}." if names else "Leave it out."
    message = f"The query of this address knows no '{unknown}'."
    return Fault(pointer="/query" + pointer_to([name]), code="unknown_field", message=message, hint=hint)


def _repetition_fault(name: str) -> Fault:
    message = f"The query gives '{name}' more than once."
    return Fault(pointer="/query" + pointer_to([name]), code="repeated", message=message, hint="Give it once.")


def check_file_type(request: Request, media_types: Collection[str], message: str, hint: str) -> str:
    """Refuse a body of another type than these, or a compressed one, with 415.

    Args:
        request: The request.
        media_types: Those that are taken.
        message: What was expected.
        hint: What to send.

    Returns:
        The media type of the body.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if media_type not in media_types or encoding != "identity":
        fault = Fault(pointer="", code="media_type", message=message, hint=hint)
        raise ProblemError(415, message, errors=[fault])
    return media_type


def _check_media_type(request: Request) -> None:
    """415 unless the body says that it is plain JSON in UTF-8."""
    if request.headers.get("content-type") == "application/json" and "content-encoding" not in request.headers:
        return  # as nearly every program writes it
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
        raise _malformed(f"The body is not JSON: {clean(str(error), limit=200)}.", _NO_NAN) from None
    # Safe to read a second time: depth, number length and encoding have been checked above.
    return json.loads(body, object_pairs_hook=_without_repetition)


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        before: set[str] = set()
        repeated = next(name for name, _ in pairs if name in before or before.add(name))  # type: ignore[func-returns-value]
        raise _malformed(f"An object names '{clean(repeated, limit=60)}' more than once.", "Give it once.")
    return read


_NO_NAN = "JSON knows neither NaN nor Infinity: leave a field out when its value is not known."


def _malformed(message: str, hint: str = "") -> ProblemError:
    return ProblemError(400, message, errors=[Fault(pointer="", code="malformed_json", message=message, hint=hint)])
