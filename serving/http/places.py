"""What a request needs before it is worked on: its whole body, and then a place.

In this order, so that a client that sends slowly holds a connection and the bytes it has sent, and nothing else.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import Receive

from serving.http.errors import ProblemError, busy
from serving.http.metrics import metrics
from surrogate.wire.problems import Fault

#: Seconds in which a body has to be here, and bytes of bodies that may be on their way to one worker.
BODY_S, BODIES_BYTES = 20.0, 128 * 1024 * 1024
#: A client that sends before it reads sees the answer only if what it sends is taken: up to so many times the limit.
_PATIENCE = 8
#: Share of the newest duration in the mean of them all.
_NEWEST = 0.1


class Pace:
    """How long calls take, as a mean in which the newest count most; from it, when it is worth to come back."""

    def __init__(self) -> None:
        self._mean_s = 0.0

    @property
    def mean_s(self) -> float:
        """The mean, 0 before the first call."""
        return self._mean_s

    def note(self, seconds: float) -> None:
        """Count one call."""
        self._mean_s += (seconds - self._mean_s) * (_NEWEST if self._mean_s else 1.0)

    def wait_s(self, ahead: int, side_by_side: int) -> float:
        """Seconds until ``ahead`` calls are done, so many of them ``side_by_side``."""
        return self._mean_s * ahead / side_by_side


class Places:
    """So many requests at work; one more is told to come back."""

    def __init__(self, count: int, reason: str) -> None:
        self._count, self._reason = count, reason
        self._taken = 0
        self._pace = Pace()

    @contextmanager
    def take(self) -> Iterator[None]:
        """A place until the end of the block; 429 when there is none."""
        if self._taken >= self._count:
            raise busy(self._reason, wait_s=self._pace.wait_s(1, 1))
        self._taken += 1
        metrics().in_flight.inc()
        began = time.perf_counter()
        try:
            yield
        finally:
            self._taken -= 1
            metrics().in_flight.dec()
            self._pace.note(time.perf_counter() - began)


class BodyReader:
    """Reads bodies whole, each within its time, all of them within so many bytes."""

    def __init__(self) -> None:
        self._bytes = 0

    async def read(self, receive: Receive, headers: Headers, limit: int) -> bytes:
        """The whole body; 413 beyond ``limit`` bytes, 408 when it takes too long, 429 beside too many others."""
        if "content-length" not in headers and "transfer-encoding" not in headers:
            return b""
        announced = headers.get("content-length", "0")
        if announced.isdecimal() and int(announced[:20]) > _PATIENCE * limit:
            raise _too_large(limit)
        kept = bytearray()
        try:
            async with asyncio.timeout(BODY_S):
                await self._read(receive, kept, limit)
        except TimeoutError:
            message = f"The body took longer than {BODY_S:g} s."
            fault = Fault(pointer="", code="too_slow", message=message, hint="Send it again, or in several requests.")
            headers_of_problem = {"Connection": "close"}
            raise ProblemError(
                HTTPStatus.REQUEST_TIMEOUT, message, errors=[fault], headers=headers_of_problem
            ) from None
        finally:
            self._bytes -= len(kept)
        return bytes(kept)

    async def _read(self, receive: Receive, kept: bytearray, limit: int) -> None:
        """Into ``kept``, without keeping what is beyond ``limit`` bytes."""
        size, is_over = 0, False
        while not is_over:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ProblemError(HTTPStatus.BAD_REQUEST, "The request broke off.")
            chunk = message.get("body", b"")
            size += len(chunk)
            if size <= limit:
                if self._bytes + len(chunk) > BODIES_BYTES:
                    raise busy("Too many bodies are on their way.")
                kept += chunk
                self._bytes += len(chunk)
            if size > _PATIENCE * limit:
                raise _too_large(limit)
            is_over = not message.get("more_body", False)
        if size > limit:
            raise _too_large(limit)


def _too_large(limit: int) -> ProblemError:
    hint = "Send it in several requests; SURROGATE_MAX_BODY_BYTES sets the limit."
    fault = Fault(pointer="", code="too_large", message=f"The body is larger than {limit} bytes.", hint=hint)
    return ProblemError(413, fault.message, errors=[fault], headers={"Connection": "close"})
