"""A bounded place for blocking work, so that health checks and small answers never wait for a model.

A pool of threads of our own instead of the event loop's: work that outlives its request still occupies its thread, and
the next request is told so (429) instead of joining a queue without end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any, TypeVar

from serving.http.errors import busy, in_state

T = TypeVar("T")


class Compute:
    """``threads`` at work, ``queue`` waiting, everyone else is refused; each call has ``timeout_s`` to finish."""

    def __init__(self, *, threads: int, queue: int, timeout_s: float) -> None:
        self._executor = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="model")
        self._capacity = threads + queue
        self._timeout_s = timeout_s
        self._taken = 0
        self._lock = Lock()

    @property
    def taken(self) -> int:
        """How many calls are running or waiting."""
        return self._taken

    async def run(self, function: Callable[..., T], *args: Any) -> T:
        """``function(*args)`` in a thread; 429 when all places are taken, 503 when it takes too long."""
        with self._lock:
            if self._taken >= self._capacity:
                raise busy("All models are at work.")
            self._taken += 1
        future = self._executor.submit(function, *args)
        future.add_done_callback(self._release)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), self._timeout_s)
        except TimeoutError:
            raise in_state(503, "too_slow", f"The answer took longer than {self._timeout_s:g} s.") from None

    def close(self) -> None:
        """Let running calls finish, drop those that wait."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _release(self, _: Future[Any]) -> None:
        with self._lock:
            self._taken -= 1
