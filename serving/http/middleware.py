"""What happens to every request before and after its route: identity, limits, headers, one line of log.

Plain ASGI around the application. The body is read here, completely and with a limit, because an exception raised while
a route reads it would surface as a 500.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import time
from collections.abc import Callable, Collection
from http import HTTPStatus
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.http.draining import ASK_ANOTHER, Drain
from serving.http.errors import UNEXPECTED, ProblemError, busy, in_state, respond
from serving.http.metrics import metrics
from serving.http.security import Gate, presented
from serving.http.settings import Settings
from surrogate.wire.problems import Fault

log = logging.getLogger("serving.requests")

#: What a caller without a valid key gets instead of a problem, or ``None`` for the problem.
Doorkeeper = Callable[[Scope], ASGIApp | None]
#: The methods that an address takes.
Methods = Callable[[str], Collection[str]]

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
#: Addresses that need no key: how to use the service, and whether it works. They tell nothing about anyone's data.
OPEN_PATHS = frozenset({"/sign-in", "/v1/openapi.json", "/v1/docs", "/metrics"})
OPEN_FOLDER = "/static/"
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


class Front:
    """Wraps the application; answers every failure, its own included, with a problem."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        settings: Settings,
        gate: Gate,
        doorkeeper: Doorkeeper,
        drain: Drain,
        methods: Methods,
    ) -> None:
        self._app = app
        self._methods = methods
        self._settings = settings
        self._gate = gate
        self._doorkeeper = doorkeeper
        self._drain = drain
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = _method(scope)
        if method == "HEAD":  # what GET answers, without its body; the server below still knows what was asked
            scope = {**scope, "method": "GET"}
        answer = _Answer(scope, send, method=method, methods=self._methods, last=self._drain.active)
        try:
            if self._drain.refuses(Headers(scope=scope)):
                raise in_state(ASK_ANOTHER, "leaving", "This replica is leaving.", retry_after_s=1)
            try:
                async with asyncio.timeout(self._settings.timeout_s + 5.0):
                    await self._handle(scope, receive, answer)
            except TimeoutError:
                raise in_state(503, "too_slow", "The request took too long.") from None
        except ProblemError as problem:
            await answer.problem(problem.status_code, problem.detail, errors=problem.errors, headers=problem.headers)
        except Exception:
            log.exception("unexpected", extra={"fields": {"request_id": answer.request_id}})
            await answer.problem(500, UNEXPECTED)
        finally:
            answer.record()

    async def _handle(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        if self._in_flight >= self._settings.max_in_flight:
            raise busy("Too many requests are at work.")
        self._in_flight += 1
        metrics().in_flight.inc()
        try:
            headers = Headers(scope=scope)
            app = self._admit(scope, headers) or self._app
            body = await _read(receive, headers, self._settings.max_body_bytes)
            await app(scope, _replay(body, receive), answer.send)
        finally:
            self._in_flight -= 1
            metrics().in_flight.dec()

    def _admit(self, scope: Scope, headers: Headers) -> ASGIApp | None:
        """Note the key of the caller; what a stranger gets instead of the application, if it is not a problem."""
        path = scope["path"]
        try:
            if path not in OPEN_PATHS and not path.startswith(OPEN_FOLDER):
                scope["state"]["key"] = self._gate.admit(presented(path, headers))
        except ProblemError:
            instead = self._doorkeeper(scope)
            if instead is None:
                raise
            return instead
        return None


class _Answer:
    """The response on its way out: adds headers, remembers what happened."""

    def __init__(self, scope: Scope, send: Send, *, method: str, methods: Methods, last: bool) -> None:
        self._scope, self._send, self._last = scope, send, last
        self._method, self._methods = method, methods
        self._started = time.perf_counter()
        self.status: int | None = None
        self._complete = False
        given = Headers(scope=scope).get("x-request-id", "")
        self.request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        scope.pop("route", None)  # set where this application is mounted; ours is set when one of our routes matches
        scope["state"] = {**scope.get("state", {}), "request_id": self.request_id, "key": None}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-ID"] = self.request_id
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
            if self._last:  # a connection that is kept would bring its next request to a closed door
                headers["Connection"] = "close"
            if self.status == HTTPStatus.METHOD_NOT_ALLOWED:  # the router names the methods of one route alone
                headers["Allow"] = ", ".join(sorted(self._methods(self._scope["path"])))
        elif self._method == "HEAD":
            message = {**message, "body": b""}
        await self._send(message)
        self._complete = message["type"] == "http.response.body" and not message.get("more_body", False)

    async def problem(self, status: int, detail: str, **more: Any) -> None:
        if self._complete:  # the application has answered with its own problem and told us what happened
            return
        if self.status is not None:  # the response has begun; all that is left is to break it off
            raise ConnectionAbortedError("the answer failed after it had begun")
        response = respond(status, detail, request_id=self.request_id, **more)
        await response(self._scope, _nothing, self.send)

    def record(self) -> None:
        route = getattr(self._scope.get("route"), "path", "unmatched")
        seconds = time.perf_counter() - self._started
        key = self._scope["state"]["key"]
        metrics().requests.labels(route=route, method=self._method, code=str(self.status)).inc()
        metrics().duration.labels(route=route).observe(seconds)
        log.info(
            "request",
            extra={
                "fields": {
                    "request_id": self.request_id,
                    "method": self._method,
                    "route": route,
                    "status": self.status,
                    "milliseconds": round(seconds * 1000, 2),
                    "key": key.id if key else None,
                }
            },
        )


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _method(scope: Scope) -> str:
    method = str(scope["method"])
    return method if method in _METHODS else "other"


async def _read(receive: Receive, headers: Headers, limit: int) -> bytes:
    """The whole body; 413 if it is longer than ``limit`` bytes, without keeping what is beyond."""
    announced = headers.get("content-length", "0")
    if announced.isdecimal() and int(announced[:20]) > _PATIENCE * limit:
        raise _too_large(limit)
    kept = bytearray()
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ProblemError(400, "The request broke off.")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size <= limit:
            kept += chunk
        if size > _PATIENCE * limit:
            raise _too_large(limit)
        if not message.get("more_body", False):
            break
    if size > limit:
        raise _too_large(limit)
    return bytes(kept)


# A client that sends before it reads sees the answer only if what it sends is taken: up to so many times the limit.
_PATIENCE = 8


def _too_large(limit: int) -> ProblemError:
    hint = "Send it in several requests; SURROGATE_MAX_BODY_BYTES sets the limit."
    fault = Fault(pointer="", code="too_large", message=f"The body is larger than {limit} bytes.", hint=hint)
    return ProblemError(413, fault.message, errors=[fault], headers={"Connection": "close"})


def _replay(body: bytes, receive: Receive) -> Receive:
    """A ``receive`` that gives the body that was read, then whatever comes next."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


async def _nothing() -> Message:
    return {"type": "http.disconnect"}
