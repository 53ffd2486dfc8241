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
#: Calls that take so many seconds together are done in the event loop; everything else there waits as long.
QUICK_S = 0.02
#: Whoever was answered soon asks again: so long after the last one came, nobody else is waited for.
PATIENCE_S = 0.0002


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
        """Call a function in a thread.

        Args:
            function: Blocks.
            args: For it.

        Returns:
            What the function returns.

        Raises:
            ProblemError: 429 when all places are taken, 503 when it takes too long.
        """
        self.take()

        def work() -> T:
            began = time.perf_counter()
            try:
                return function(*args)
            finally:
                self.pace.note(time.perf_counter() - began)

        future = self.executor.submit(work)
        future.add_done_callback(self.release)
        return await self.wait(asyncio.wrap_future(future))

    def take(self) -> None:
        """Take a place, to be given back with :meth:`release`; 429 when there is none."""
        with self._lock:
            if self._taken >= self._capacity:
                raise busy("All models are at work.", wait_s=self.pace.wait_s(self._taken, self._threads))
            self._taken += 1

    async def wait(self, future: asyncio.Future[T]) -> T:
        """What ``future`` brings; 503 when it takes too long."""
        try:
            async with asyncio.timeout(self._timeout_s):
                return await future
        except TimeoutError:
            raise in_state(503, "too_slow", f"The answer took longer than {self._timeout_s:g} s.") from None

    def close(self) -> None:
        """Let running calls finish, drop those that wait."""
        self.executor.shutdown(wait=False, cancel_futures=True)

    def release(self, _: Future[Any] | None = None) -> None:
        """Give a place back."""
        with self._lock:
            self._taken -= 1


class Together(Generic[A, T]):
    """Calls that wait at the same moment, done as one: what they share is then paid once.

    Who comes in the same round of the event loop, or while others are at work, is taken along. Where calls come side by
    side, the next one is waited for as well, a fraction of what it costs to begin twice; who asks alone never waits.
    What is known to be quick is done in the event loop itself, since a change of threads and back takes as long
    as a prediction; what is not, and whatever comes first, in a thread of ``compute``. Only the work is ever there.
    """

    def __init__(
        self, compute: Compute, function: Callable[[Sequence[A]], Sequence[T | Exception]], *, most: int
    ) -> None:
        self._compute, self._function, self._most = compute, function, most
        self._waiting: deque[tuple[A, asyncio.Future[T]]] = deque()
        self._is_at_work = self._has_company = False
        self._pace = Pace()

    async def run(self, argument: A) -> T:
        """The answer to one call; refused as :meth:`Compute.run` refuses."""
        self._compute.take()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._waiting.append((argument, future))
        if not self._is_at_work:
            self._is_at_work = True
            loop.call_soon(self._gather if self._has_company else self._take_up, loop)
        return await self._compute.wait(future)

    def _gather(self, loop: asyncio.AbstractEventLoop, count: int = 0, since_s: float = 0.0) -> None:
        """Begin once nobody has joined the ``count`` calls that wait for a while, or there are enough."""
        now_s = time.perf_counter()
        if len(self._waiting) != count:
            count, since_s = len(self._waiting), now_s
        if count >= self._most or now_s - since_s >= PATIENCE_S:
            self._take_up(loop)
        else:
            loop.call_soon(self._gather, loop, count, since_s)

    def _take_up(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin with whoever waits."""
        calls = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
        self._has_company = len(calls) > 1
        # Never fewer than there are: where a machine is busy, company is what makes calls cheap.
        if 0.0 < self._pace.mean_s * len(calls) <= QUICK_S:
            self._hand_out(loop, calls, self._work(calls))
        else:
            work = self._compute.executor.submit(self._work, calls)
            work.add_done_callback(
                lambda done: (
                    None
                    if done.cancelled()  # the worker ends
                    else loop.call_soon_threadsafe(self._hand_out, loop, calls, done.result())
                )
            )

    def _work(self, calls: Sequence[tuple[A, asyncio.Future[T]]]) -> Sequence[T | Exception]:
        began = time.perf_counter()
        answers = self._answer([argument for argument, _ in calls])
        call_s = (time.perf_counter() - began) / len(calls)
        self._pace.note(call_s)
        self._compute.pace.note(call_s)
        return answers

    def _hand_out(
        self,
        loop: asyncio.AbstractEventLoop,
        calls: Sequence[tuple[A, asyncio.Future[T]]],
        answers: Sequence[T | Exception],
    ) -> None:
        for (_, future), answer in zip(calls, answers, strict=True):
            self._compute.release()
            if future.done():  # nobody waits for it any more
                continue
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)
        self._is_at_work = bool(self._waiting)
        if self._waiting:
            loop.call_soon(self._gather, loop)

    def _answer(self, arguments: Sequence[A]) -> Sequence[T | Exception]:
        """The answers; where something unforeseen happens, one by one, so that it happens to one alone."""
        try:
            return self._function(arguments)
        except Exception as error:
            if len(arguments) == 1:
                return [error]
        return [answer for argument in arguments for answer in self._answer([argument])]
