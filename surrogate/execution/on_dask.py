"""The executor on a Dask cluster: repeats what dies, tells work that kills from work that only stood beside it."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from surrogate.errors import SurrogateError, Unavailable, WorkerLost
from surrogate.execution.executor import Executor, Job
from surrogate.execution.memory import keep_freed_memory

#: How long a cluster may be without any worker, in seconds.
PATIENCE_S = 60.0
_POLL_S, _LOOK_S, _FETCH_S = 0.5, 2.0, 5.0


@dataclass(frozen=True)
class _Call:
    """A function and its arguments as one opaque thing, so that Dask does not search lists of rows for futures.

    ``holes`` are the places of shared arguments, which travel by themselves.
    """

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    holes: tuple[int, ...]


def _carry_out(call: _Call, *shared: Any) -> Any:
    """In a worker."""
    keep_freed_memory()
    arguments = list(call.arguments)
    for place, value in zip(call.holes, shared, strict=True):
        arguments[place] = value
    return call.function(*arguments)


@dataclass(frozen=True)
class _Shared:
    """A handle; the value is a task of its own, so that it can be made again when the workers that hold it die."""

    future: Any


@dataclass(frozen=True)
class _Boxed:
    value: Any


def _unboxed(box: _Boxed) -> Any:
    """In a worker."""
    return box.value


class OnDask(Executor):
    """Work is done by the workers of a Dask cluster, which is called ``name`` in messages."""

    def __init__(self, client: Any, name: str, tick: Callable[[], None]) -> None:
        super().__init__(tick)
        self._client, self._name = client, name
        self._open: dict[Job, Any] = {}  # job → future
        self._suspects: list[Job] = []
        self._alone: Job | None = None
        self._size, self._looked, self._seen = 0, -_LOOK_S, time.monotonic()
        self._look()

    @property
    def size(self) -> int:
        return self._size

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Job:
        job = Job(function, arguments)
        self._send(job)
        return job

    def share(self, value: Any) -> Any:
        return _Shared(self._client.submit(_unboxed, _Boxed(value), pure=False))

    def wait(self, jobs: Iterable[Job]) -> set[Job]:
        wanted = set(jobs)
        while True:
            self.tick()
            done = {job for job in wanted if job.done}
            if done or not wanted:
                return done
            self._step()

    def cancel(self) -> None:
        """Take back what is not done."""
        with suppress(Exception):  # the cluster may be gone, which is why we are here
            self._client.cancel(list(self._open.values()), force=True)

    def _send(self, job: Job) -> None:
        holes = tuple(place for place, given in enumerate(job.arguments) if isinstance(given, _Shared))
        shared = [job.arguments[place].future for place in holes]
        plain = tuple(None if place in holes else given for place, given in enumerate(job.arguments))
        self._open[job] = self._client.submit(_carry_out, _Call(job.function, plain, holes), *shared, pure=False)

    def _step(self) -> None:
        """Wait a moment, settle what has finished, try a suspect alone when nothing else is in flight."""
        distributed: Any = importlib.import_module("distributed")
        if not self._open and self._suspects:
            self._alone = self._suspects.pop()
            self._send(self._alone)
        with suppress(TimeoutError, distributed.TimeoutError, distributed.CancelledError):
            distributed.wait(list(self._open.values()), timeout=_POLL_S, return_when="FIRST_COMPLETED")
        for job, future in list(self._open.items()):
            if future.done():
                self._settle(job, future)
        self._look()

    def _settle(self, job: Job, future: Any) -> None:
        from distributed.scheduler import KilledWorker

        status, error, value = future.status, None, None
        if status == "finished":
            try:
                value = future.result(timeout=_FETCH_S)
            except TimeoutError:
                return  # its worker died with the result; it is being computed again
        elif status == "error":
            error = future.exception()
        else:
            raise self._gone()
        del self._open[job]
        if not isinstance(error, KilledWorker):
            job.settle(value, error)
        elif job is self._alone:
            job.settle(error=_killed())
        else:
            self._suspects.append(job)

    def _look(self) -> None:
        """How many workers there are; a cluster without any for long, or gone, ends the work."""
        now = time.monotonic()
        if now - self._looked < _LOOK_S:
            return
        try:
            self._size = sum(self._client.nthreads().values())
        except (OSError, TimeoutError, ValueError):
            raise self._gone() from None
        self._looked = time.monotonic()
        if self._size:
            self._seen = self._looked
        elif now - self._seen > PATIENCE_S:
            raise Unavailable(
                f"{self._name} has had no workers for {PATIENCE_S:g} s.",
                hint="Start some with 'dask worker', then repeat the command, with --resume where it has one.",
            )

    def _gone(self) -> SurrogateError:
        return Unavailable(
            f"{self._name} went away in the middle of the work.",
            hint="Start it again, then repeat the command, with --resume where it has one.",
        )


def _killed() -> WorkerLost:
    return WorkerLost(
        "A piece of work ends every worker that takes it.",
        hint="Repeat it in this process (--workers 0) to see why; a worker may also be short of memory.",
    )
