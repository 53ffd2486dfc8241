"""From ``application/problem+json`` to the errors of the library."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from surrogate.errors import (
    Busy,
    CompositionError,
    Conflict,
    InvalidInput,
    NotFound,
    SurrogateError,
    TableError,
    Unavailable,
    UnknownName,
)
from surrogate.wire.problems import Fault


class AccessDenied(SurrogateError):
    """The service wants a key, another key, or a key with another role."""

    code: ClassVar[str] = "access"
    exit_code: ClassVar[int] = 3


@dataclass(kw_only=True, eq=False)
class ServiceProblem(Exception):
    """What the service answered; it is the ``__cause__`` of the error that is raised."""

    status: int
    detail: str
    request_id: str | None = None
    faults: tuple[Fault, ...] = ()
    retry_after_s: float | None = field(default=None)

    def __str__(self) -> str:
        places = [f"{fault.pointer or 'request'}: {fault.message}" for fault in self.faults]
        return "; ".join([f"{self.status} {self.detail}", *places, f"request id {self.request_id}"])


#: How an error is made of a sentence and a hint, by the status when the code of a fault does not say more.
_BY_STATUS: Mapping[int, type[SurrogateError]] = {
    400: InvalidInput,
    401: AccessDenied,
    403: AccessDenied,
    404: NotFound,
    405: InvalidInput,
    409: Conflict,
    413: InvalidInput,
    415: InvalidInput,
    422: InvalidInput,
    429: Unavailable,
    503: Unavailable,
}
_HINTS = {
    401: "Give the client a key: SurrogateClient(url, key='ssk_…').",
    429: "Send less at once, or later.",
    503: "Try again later.",
}


def problem_of(status: int, headers: Mapping[str, str], body: Any) -> ServiceProblem:
    """Read an answer that is no success.

    Args:
        status: The HTTP status.
        headers: Of the answer.
        body: Its JSON, or ``None`` where it has none, as from a proxy.
    """
    content = body if isinstance(body, dict) else {}
    faults = tuple(
        Fault(
            pointer=str(fault.get("pointer", "")),
            code=str(fault.get("code", "")),
            message=str(fault.get("message", "")),
            hint=str(fault.get("hint", "")),
            proposals=[str(proposal) for proposal in fault.get("proposals", ())],
        )
        for fault in content.get("errors", ())
        if isinstance(fault, dict)
    )
    seconds = headers.get("retry-after", "")
    return ServiceProblem(
        status=status,
        detail=str(content.get("detail", "The service answered without an explanation.")),
        request_id=content.get("request_id") or headers.get("x-request-id"),
        faults=faults,
        retry_after_s=float(seconds) if seconds.isascii() and seconds.isdecimal() and len(seconds) < 6 else None,
    )


def error_of(problem: ServiceProblem) -> SurrogateError:
    """The error of the library for a problem; raise it ``from`` the problem."""
    first = problem.faults[0] if problem.faults else None
    message = first.message if first is not None and len(problem.faults) == 1 else problem.detail
    hint = (first.hint if first is not None else "") or _HINTS.get(problem.status, "")
    if first is not None and first.code == CompositionError.code:
        return CompositionError(message, hint=hint, proposals=first.proposals)
    kind = _BY_CODE.get(first.code if first is not None else "")
    return (kind or _BY_STATUS.get(problem.status, SurrogateError))(message, hint=hint)


def _list_family(kind: type[SurrogateError]) -> Iterator[type[SurrogateError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _list_family(child)


#: Errors with further arguments of their own come as the kind above them.
_BY_CODE: Mapping[str, type[SurrogateError]] = {
    kind.code: kind for kind in _list_family(SurrogateError) if kind.__module__ == SurrogateError.__module__
} | {UnknownName.code: InvalidInput, TableError.code: InvalidInput, SurrogateError.code: SurrogateError}


def is_busy(problem: ServiceProblem) -> bool:
    """Whether the same request may succeed a little later."""
    codes = {fault.code for fault in problem.faults}
    return problem.status in (429, 503) or (problem.status == 409 and Busy.code in codes)
