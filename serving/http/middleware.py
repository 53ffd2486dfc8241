"""What happens to every request before and after its route: identity, limits, headers, one line of log.

Plain ASGI around the application. The body is read before it, completely and with limits (:mod:`serving.http.places`),
because an exception raised while a route reads it would surface as a 500, and because who sends slowly must not hold a
place meanwhile.
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
from serving.http.errors import UNEXPECTED, ProblemError, in_state, respond
from serving.http.metrics import metrics
from serving.http.places import BodyReader, Places
from serving.http.security import Gate, presented
from serving.http.settings import Settings

log = logging.getLogger("serving.requests")

#: What a caller without a valid key gets instead of a problem, or ``None`` for the problem.
Doorkeeper = Callable[[Scope], ASGIApp | None]
#: The methods that an address takes.
Methods = Callable[[str], Collection[str]]

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
#: Addresses that need no key: how to use the service, and whether it works. They tell nothing about anyone's data.
SIGN_IN = "/sign-in"
OPEN_PATHS = frozenset({SIGN_IN, "/v1/openapi.json", "/v1/docs", "/metrics"})
OPEN_FOLDER = "/static/"
#: Places of the sign-in, which strangers may ask for, and the largest body of it in bytes.
SIGN_INS, SIGN_IN_BYTES = 8, 16 * 1024
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
        self._bodies = BodyReader()
        self._places = Places(settings.max_in_flight, "Too many requests are at work.")
        self._signing_in = Places(SIGN_INS, "Too many people sign in at once.")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in _METHODS else "other"
        if method == "HEAD":  # what GET answers, without its body; the server below still knows what was asked
            scope = {**scope, "method": "GET"}
        answer = _Answer(scope, send, method=method, methods=self._methods, last=self._drain.active)
        try:
            if self._drain.refuses(Headers(scope=scope)):
                raise in_state(ASK_ANOTHER, "leaving", "This replica is leaving.", retry_after_s=1)
            await self._handle(scope, receive, answer)
        except ProblemError as problem:
            await answer.problem(problem.status_code, problem.detail, errors=problem.errors, headers=problem.headers)
        except Exception:
            log.exception("unexpected", extra={"fields": {"request_id": answer.request_id}})
            await answer.problem(500, UNEXPECTED)
        finally:
            answer.record()

    async def _handle(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        """Answer once the caller is admitted and the body is here: until then a request takes nobody's place."""
        headers = Headers(scope=scope)
        app = self._admit(scope, headers) or self._app
        signs_in = scope["path"] == SIGN_IN
        limit = min(SIGN_IN_BYTES, self._settings.max_body_bytes) if signs_in else self._settings.max_body_bytes
        body = await self._bodies.read(receive, headers, limit)
        try:
            with (self._signing_in if signs_in else self._places).take():
                async with asyncio.timeout(self._settings.timeout_s + 5.0):
                    await app(scope, _replay(body, receive), answer.send)
        except TimeoutError:
            raise in_state(503, "too_slow", "The request took too long.") from None

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
        sent = Headers(scope=scope).get("x-request-id", "")
        self.request_id = sent if _REQUEST_ID.fullmatch(sent) else secrets.token_hex(8)
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


def _replay(body: bytes, receive: Receive) -> Receive:
    """A ``receive`` that gives the body that was read, then whatever comes next."""
    is_over = False

    async def replay() -> Message:
        nonlocal is_over
        if is_over:
            return await receive()
        is_over = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


async def _nothing() -> Message:
    return {"type": "http.disconnect"}
