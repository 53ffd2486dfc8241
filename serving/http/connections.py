"""One connection to a worker: its head is bounded in size, number and time before anything is made of it.

BentoML starts uvicorn and lets nobody set its limits, and its parser has none: two heads of 200 MB are two times 200 MB
of memory. So this is uvicorn's own connection with three bounds more. Requests for the application also go straight to
it from here: what BentoML lays around it (a context, a span of tracing, a timer) is for its own addresses.
"""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from serving.http.errors import busy, respond

#: The most that a request line and its headers may take together, in bytes and in number of headers.
HEAD_BYTES, HEADERS = 32 * 1024, 100
#: Seconds in which they have to be here, from the first byte or, on a new connection, from its start.
HEAD_S = 10.0
#: The most connections of one worker, where the system allows so many open files; and the seconds that one more has.
MOST_CONNECTIONS, BEYOND_S = 2000, 1.0
_SPARE_FILES = 200
#: Addresses that BentoML answers.
OF_BENTOML = frozenset({"/livez", "/readyz", "/healthz", "/schema.json"})

#: The application and whether it is complete; set by the service when it has started.
Direct = Callable[[], ASGIApp | None]


class Connection(HttpToolsProtocol):
    """uvicorn's connection with bounds before the application, which :func:`bound_connections` makes its own."""

    direct: Direct = staticmethod(lambda: None)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.app = _with_direct_way(self.app, type(self).direct)
        self._head_bytes = 0
        self._is_refused = self._is_beyond = False
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # One connection too many is answered too, but has to be quick about it: closed at once, it would only be reset.
        # How many connections one worker takes, with files to spare for the models and the store.
        allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._is_beyond = len(self.connections) > max(1, min(MOST_CONNECTIONS, allowed - _SPARE_FILES))
        self._await_head(BEYOND_S if self._is_beyond else HEAD_S)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_wait()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        if self._deadline is not None:
            self._head_bytes += len(data)
        super().data_received(data)
        # A head that is still not over by now is as long as what has come of it.
        if self._deadline is not None and self._head_bytes > HEAD_BYTES and not self._is_refused:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, f"The head is larger than {HEAD_BYTES} bytes.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._deadline is None:
            self._await_head()

    def on_headers_complete(self) -> None:
        self._end_wait()
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > HEAD_BYTES:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, f"The head is larger than {HEAD_BYTES} bytes.")
        elif len(self.headers) > HEADERS:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, f"There are more than {HEADERS} headers.")
        elif self._is_beyond:
            self._refuse(HTTPStatus.TOO_MANY_REQUESTS, "Too many connections are open.")
        if not self._is_refused:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self._is_refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if not self._is_refused:
            super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(HTTPStatus.BAD_REQUEST, msg)

    def _await_head(self, seconds: float = HEAD_S) -> None:
        self._head_bytes = 0
        self._deadline = self.loop.call_later(seconds, self._give_up)

    def _end_wait(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        if self._head_bytes:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, f"The head took longer than {HEAD_S:g} s.")
        else:
            self.transport.close()

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        """Answer with a problem and close: whatever comes next on this connection cannot be trusted to be a head."""
        self._is_refused = True
        self._end_wait()
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete:  # else bytes of an answer may be on their way
            headers = {"Connection": "close", **(busy(detail).headers or {} if status == 429 else {})}
            answer = respond(status, detail, headers=headers)
            lines = b"".join(name + b": " + value + b"\r\n" for name, value in answer.raw_headers)
            self.transport.write(STATUS_LINE[status] + lines + b"\r\n" + bytes(answer.body))
        self.transport.close()


def bound_connections(direct: Direct) -> None:
    """Have uvicorn use :class:`Connection` in this process, and send requests straight to what ``direct`` gives.

    The process may open as many files from then on as its connections need, where the system lets it.

    Entering it among uvicorn's protocols is the one way that BentoML leaves: it hands no option on.
    """
    from uvicorn.config import HTTP_PROTOCOLS

    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = MOST_CONNECTIONS + _SPARE_FILES
    if allowed < needed:
        soft = needed if most == resource.RLIM_INFINITY else min(needed, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, most))
    Connection.direct = staticmethod(direct)
    HTTP_PROTOCOLS["auto"] = f"{__name__}:{Connection.__name__}"


def _with_direct_way(app: Any, direct: Direct) -> Callable[[Any, Any, Any], Awaitable[None]]:
    async def choose(scope: Scope, receive: Receive, send: Send) -> None:
        way = None if scope["path"] in OF_BENTOML else direct()
        await (way or app)(scope, receive, send)

    return choose
