"""A bounded place for blocking work, so that health checks and small answers never wait for a model.

A pool of threads of our own instead of the event loop's: work that outlives its request still occupies its thread, and
the next request is told so (429) instead of joining a queue without end.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any, Generic, TypeVar

from serving.http.errors import busy, in_state
from serving.http.places import Pace

T = TypeVar("T")
A = TypeVar("A")


class Compute:
    """``threads`` at work, ``queue`` waiting, everyone else is refused; each call has ``timeout_s`` to finish."""

    def __init__(self, *, threads: int, queue: int, timeout_s: float) -> None:
        self.executor = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="model")
        self._threads, self._capacity = threads, threads + queue
        self._timeout_s = timeout_s
        self._taken = 0
        self._lock = Lock()
        self.pace = Pace()

    @property
    def taken(self) -> int:
        """How many calls are running or waiting."""
        return self._taken

    async def run(self, function: Callable[..., T], *args: Any) -> T:
        """``function(*args)`` in a thread; 429 when all places are taken, 503 when it takes too long."""
        self.take()

        def work() -> T:
            began = time.perf_counter()
            try:
                return function(*args)
            finally:
                self.pace.note(time.perf_counter() - began)

        future = self.executor.submit(work)
        future.add_done_callback(self.release)
        return await self.wait(future)

    def take(self) -> None:
        """Take a place, which the future that it is for gives back; 429 when there is none."""
        with self._lock:
            if self._taken >= self._capacity:
                raise busy("All models are at work.", wait_s=self.pace.wait_s(self._taken, self._threads))
            self._taken += 1

    async def wait(self, future: Future[T]) -> T:
        """What ``future`` brings; 503 when it takes too long."""
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), self._timeout_s)
        except TimeoutError:
            raise in_state(503, "too_slow", f"The answer took longer than {self._timeout_s:g} s.") from None

    def close(self) -> None:
        """Let running calls finish, drop those that wait."""
        self.executor.shutdown(wait=False, cancel_futures=True)

    def release(self, _: Future[Any]) -> None:
        """Give a place back."""
        with self._lock:
            self._taken -= 1


class Together(Generic[A, T]):
    """Calls that wait at the same moment, done as one in a thread of ``compute``: what they share is then paid once.

    Nobody waits for company. Whoever comes while a thread is at work is taken along when it takes up the next ones.
    """

    def __init__(
        self, compute: Compute, function: Callable[[Sequence[A]], Sequence[T | Exception]], *, most: int
    ) -> None:
        self._compute, self._function, self._most = compute, function, most
        self._waiting: deque[tuple[A, Future[T]]] = deque()
        self._is_at_work = False
        self._lock = Lock()

    async def run(self, argument: A) -> T:
        """The answer to one call; refused as :meth:`Compute.run` refuses."""
        self._compute.take()
        future: Future[T] = Future()
        future.add_done_callback(self._compute.release)
        with self._lock:
            self._waiting.append((argument, future))
            idle, self._is_at_work = not self._is_at_work, True
        if idle:
            self._compute.executor.submit(self._work)
        return await self._compute.wait(future)

    def _work(self) -> None:
        """Take up whoever waits until nobody does."""
        while True:
            with self._lock:
                calls = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
                if not calls:
                    self._is_at_work = False
                    return
            began = time.perf_counter()
            # One that is cancelled from here on is answered all the same, to nobody.
            calls = [call for call in calls if call[1].set_running_or_notify_cancel()]
            for (_, future), answer in zip(calls, self._answer([argument for argument, _ in calls]), strict=True):
                if isinstance(answer, Exception):
                    future.set_exception(answer)
                else:
                    future.set_result(answer)
            self._compute.pace.note((time.perf_counter() - began) / max(1, len(calls)))

    def _answer(self, arguments: Sequence[A]) -> Sequence[T | Exception]:
        """The answers; where something unforeseen happens, one by one, so that it happens to one alone."""
        if not arguments:
            return []
        try:
            return self._function(arguments)
        except Exception as error:
            if len(arguments) == 1:
                return [error]
        return [answer for argument in arguments for answer in self._answer([argument])]
