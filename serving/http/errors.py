"""Everything that can go wrong, told as ``application/problem+json`` (RFC 9457).

A problem names each fault by a JSON pointer into the request, with a stable code, a sentence and a way out. What the
client sent is never sent back: an unprintable or infinite value in an error message would turn a 422 into a 500.
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import HTTPException, RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as StarletteHTTPException

from serving.http.wording import sentence
from surrogate.candidate.field import listed
from surrogate.errors import (
    Busy,
    CampaignError,
    CompositionError,
    InvalidInput,
    KeyReused,
    NotFound,
    StoreUnavailable,
    SurrogateError,
    Unavailable,
    UnknownName,
)
from surrogate.wire.fields import PARTS
from surrogate.wire.problems import Fault, Problem

log = logging.getLogger("serving.http.errors")

PROBLEM_JSON = "application/problem+json"
#: Longest text and most faults a problem repeats; a body of a thousand bad rows must not answer with megabytes.
MAX_TEXT = 500
MAX_FAULTS = 100
UNEXPECTED = "Something unexpected went wrong; the log has the details under the request id."


class ProblemError(HTTPException):
    """Raise it anywhere below a route to answer with a problem."""

    def __init__(
        self, status: int, detail: str, *, errors: Sequence[Fault] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status_code=status, detail=detail, headers=dict(headers or {}))
        self.errors = list(errors)


class Refused(Exception):
    """Something that the library refuses, with the place in the request that is to blame."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


@contextmanager
def blaming(pointer: str) -> Iterator[None]:
    """Turn a refusal of the library into 422 that points at the part of the request it is about."""
    try:
        yield
    except Refused as refused:
        fault = refused.fault.model_copy(update={"pointer": pointer + refused.fault.pointer})
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, fault.message, errors=[fault]) from None
    except StoreUnavailable:
        raise
    except (InvalidInput, Unavailable) as error:  # unavailable: a quantity that the given space cannot tell
        fault = fault_of(error, pointer)
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, fault.message, errors=[fault]) from None


#: The longest that a client is told to wait, in seconds: queues empty quicker than they fill.
_LONGEST_WAIT_S = 60


def busy(detail: str, *, wait_s: float = 1.0) -> ProblemError:
    """429: the service could do it, but not now; ``wait_s`` is how long what is waiting will take."""
    seconds = min(max(1, math.ceil(wait_s)), _LONGEST_WAIT_S)
    return ProblemError(HTTPStatus.TOO_MANY_REQUESTS, detail, headers={"Retry-After": str(seconds)})


def in_state(status: int, code: str, detail: str, *, retry_after_s: int = 10) -> ProblemError:
    """A problem that is none of the request's.

    Args:
        status: The HTTP status.
        code: Tells one such state of the service from another.
        detail: One sentence.
        retry_after_s: When to ask again, in seconds.
    """
    fault = Fault(pointer="", code=code, message=detail)
    return ProblemError(status, detail, errors=[fault], headers={"Retry-After": str(retry_after_s)})


def clean(text: str, *, limit: int = MAX_TEXT) -> str:
    """Make a text fit to be sent back: without control characters or broken Unicode.

    Args:
        text: Whatever was sent.
        limit: Most characters that are left.
    """
    printable = "".join(c if c.isprintable() else " " for c in text[: limit + 1].encode("utf-8", "replace").decode())
    return printable if len(printable) <= limit else printable[: limit - 1] + "…"


def pointer_to(location: Iterable[str | int]) -> str:
    """A JSON pointer (RFC 6901) to a place in the body.

    >>> pointer_to(["items", 0, "a/b"])
    '/items/0/a~1b'
    """
    return "".join("/" + clean(str(part), limit=80).replace("~", "~0").replace("/", "~1") for part in location)


def fault_of(error: SurrogateError, pointer: str = "") -> Fault:
    """Write an error of the library as a fault of a request.

    Args:
        error: Of the library.
        pointer: Where in the request it is, as a JSON pointer.
    """
    proposals = [clean(p, limit=100) for p in error.proposals] if isinstance(error, CompositionError) else []
    return Fault(
        pointer=pointer,
        code=error.code,
        message=clean(_message_to_clients(error)),
        hint=clean(error.hint),
        proposals=proposals,
    )


def _message_to_clients(error: SurrogateError) -> str:
    """What is wrong, without the host, the user or the path that an operator finds in the log."""
    if isinstance(error, StoreUnavailable):
        return "The campaign store cannot be used."
    return without_folders(error.message) if isinstance(error, Unavailable) else error.message


def without_folders(text: str) -> str:
    """``text`` with the last part alone of each path in quotes.

    >>> without_folders("There is no model in '/srv/models/ionic_conductivity'.")
    "There is no model in 'ionic_conductivity'."
    """
    return re.sub(r"'[^']*/([^'/]*)'", r"'\1'", text)


def faults_of(errors: Sequence[Any], *, at: str = "", known_fields: Iterable[str] = ()) -> list[Fault]:
    """Write the errors of a validation as faults; of the input, nothing is repeated but numbers and unknown names.

    Args:
        errors: As pydantic lists them.
        at: JSON pointer of what was validated.
        known_fields: Names of fields that are proposed for unknown ones.

    Returns:
        At most :data:`MAX_FAULTS` faults.
    """
    faults = [_fault(error, at, known_fields) for error in errors[:MAX_FAULTS]]
    return _merged([fault for fault in faults if not _is_other_branch(fault, faults)])


def _merged(faults: Sequence[Fault]) -> list[Fault]:
    """One fault for what may be of several types and is of none of them."""
    merged: dict[tuple[str, str], Fault] = {}
    for number, fault in enumerate(faults):
        _, must, kind = fault.message.partition(" must be ")
        of_type = must and fault.code.endswith("_type")
        key = (fault.pointer, "type" if of_type else str(number))
        if key in merged:
            both = f"{merged[key].message.removesuffix('.')} or {kind}"
            fault = merged[key].model_copy(update={"message": both, "hint": "Write it as one of them."})
        merged[key] = fault
    return list(merged.values())


def _is_other_branch(fault: Fault, faults: Sequence[Fault]) -> bool:
    """Whether a fault only says that something is not of another type that would have been allowed in its place."""
    return fault.code.endswith("_type") and any(
        other.pointer.startswith(f"{fault.pointer}/")
        or (other.pointer == fault.pointer and not other.code.endswith("_type"))
        for other in faults
    )


#: How alike (0 to 1) the name of a field must be to be proposed for one that does not exist: a slip of the finger.
_ALIKE = 0.75
# What pydantic puts into a location besides names and indices: the body itself, and the branches of a union.
_NOT_PLACES = frozenset(
    {"body", "str", "float", "constrained-str", "list[constrained-str]", "ActiveMaterialInput", "SpaceInput"}
)


def _place(error: Mapping[str, Any]) -> list[str | int]:
    """Where a fault is, in the request alone; what ends the place of an unknown or a missing field is its name."""
    *before, last = error["loc"] or ("body",)
    named = error["type"] in ("extra_forbidden", "missing")
    return [part for part in before if part not in _NOT_PLACES] + ([last] if named or last not in _NOT_PLACES else [])


def _fault(error: Mapping[str, Any], at: str, known_fields: Iterable[str]) -> Fault:
    kind, place = error["type"], _place(error)
    pointer = at + pointer_to(place)
    if kind == "extra_forbidden":
        name = clean(str(place[-1]), limit=60)
        fields = set(known_fields)
        near = get_close_matches(name, sorted(fields - {name}), n=3, cutoff=_ALIKE)
        hint = f"Did you mean {' or '.join(near)}?" if near else "GET /v1/schema lists the fields."
        hint = _say_where(name) if name in fields else hint
        return Fault(
            pointer=pointer, code="unknown_field", message=f"There is no field named '{name}' here.", hint=hint
        )
    if kind == "missing":
        name = clean(str(place[-1]), limit=60) if place else "body"
        return Fault(pointer=pointer, code="missing", message=f"The field '{name}' is required.")
    message, hint = sentence(error, [*_parts(at), *place], clean) or (error["msg"].removeprefix("Value error, "), "")
    return Fault(pointer=pointer, code=kind, message=clean(message), hint=clean(hint))


def _say_where(name: str) -> str:
    """The part of a candidate that a field belongs to, such as ``protocol``."""
    parts = [part for part, model in PARTS.items() if part != "candidate" and name in model.model_fields]
    return f"It is a field of {listed(parts)}." if parts else "It is a field of another part of the request."


def _parts(pointer: str) -> list[str | int]:
    """What :func:`pointer_to` made a pointer of."""
    return [int(part) if part.isdecimal() else part for part in pointer.split("/")[1:]]


def respond(
    status: int,
    detail: str,
    *,
    errors: Sequence[Fault] = (),
    request_id: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Make a response of a problem: the one place where that happens.

    Args:
        status: The HTTP status.
        detail: One sentence.
        errors: What is wrong, each with its place in the request.
        request_id: Of the request, for the log.
        headers: Further headers.
    """
    problem = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=clean(detail),
        request_id=request_id,
        errors=list(errors[:MAX_FAULTS]),
    )
    return JSONResponse(problem.model_dump(), status_code=status, headers=dict(headers or {}), media_type=PROBLEM_JSON)


def install(app: FastAPI, *, known_fields: Iterable[str]) -> None:
    """Make an application answer every error with a problem.

    Args:
        app: The application.
        known_fields: Names of fields that are proposed for unknown ones.
    """
    fields = tuple(known_fields)

    async def on_invalid(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        faults = faults_of(error.errors(), known_fields=fields)
        return respond(422, _summary(faults), errors=faults, request_id=_id(request))

    async def on_http(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, StarletteHTTPException)
        faults = error.errors if isinstance(error, ProblemError) else []
        detail = error.detail if isinstance(error, ProblemError) else _DETAILS.get(error.status_code, error.detail)
        return respond(error.status_code, detail, errors=faults, request_id=_id(request), headers=error.headers)

    async def on_surrogate(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, SurrogateError)
        status = status_of(error)
        headers = {"Retry-After": "5"} if isinstance(error, Busy | Unavailable) else None
        if isinstance(error, StoreUnavailable):
            log.error("no store", extra={"fields": {"request_id": _id(request), "reason": str(error)}})
        fault = fault_of(error)
        return respond(status, fault.message, errors=[fault], request_id=_id(request), headers=headers)

    async def on_unexpected(request: Request, error: Exception) -> JSONResponse:
        return respond(500, UNEXPECTED, request_id=_id(request))  # the error goes on to whoever logs it

    app.add_exception_handler(Exception, on_unexpected)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(StarletteHTTPException, on_http)
    app.add_exception_handler(SurrogateError, on_surrogate)


def status_of(error: SurrogateError) -> int:
    """The status that belongs to an error of the library; the first kind that fits decides."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)


_STATUS: tuple[tuple[type[SurrogateError], int], ...] = (
    (NotFound, HTTPStatus.NOT_FOUND),
    (UnknownName, HTTPStatus.NOT_FOUND),
    (KeyReused, HTTPStatus.UNPROCESSABLE_ENTITY),
    (CampaignError, HTTPStatus.CONFLICT),
    (InvalidInput, HTTPStatus.UNPROCESSABLE_ENTITY),
    (Unavailable, HTTPStatus.SERVICE_UNAVAILABLE),
)
_DETAILS = {
    404: "There is nothing at this address; GET /v1/openapi.json lists what there is.",
    405: "This address does not take this method; the Allow header says which it takes.",
}


def _summary(faults: Sequence[Fault]) -> str:
    first = f"{faults[0].pointer}: {faults[0].message}" if faults[0].pointer else faults[0].message
    return first if len(faults) == 1 else f"{len(faults)} faults, the first at {first}"


def _id(request: Request) -> str | None:
    return getattr(request.state, "request_id", None)
