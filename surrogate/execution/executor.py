"""A piece of work, and what does pieces of work: the interface that :mod:`.workers` gives an implementation of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

T = TypeVar("T")

_AHEAD_PER_WORKER = 2


class Job:
    """A piece of work that was handed out. ``done`` turns true in :meth:`Executor.wait`."""

    def __init__(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self.function, self.arguments = function, arguments
        self.done = False
        self._value: Any = None
        self._error: BaseException | None = None

    def result(self) -> Any:
        """What the function returned; raises what it raised, or :class:`WorkerLost` when it kills its worker."""
        if not self.done:
            raise RuntimeError("the job is not done; wait for it first")
        if self._error is not None:
            raise self._error
        return self._value

    def settle(self, value: Any = None, error: BaseException | None = None) -> None:
        """For executors: this is what came of it. The arguments are let go."""
        self._value, self._error, self.done, self.arguments = value, error, True, ()


class Executor(ABC):
    """Does pieces of work; made by :func:`executor`. ``tick`` is called now and then while it waits."""

    def __init__(self, tick: Callable[[], None]) -> None:
        self.tick = tick

    @property
    @abstractmethod
    def size(self) -> int:
        """How many pieces are worked on at once, now: a cluster may grow and shrink."""

    @abstractmethod
    def submit(self, function: Callable[..., Any], *arguments: Any) -> Job:
        """Hand out ``function(*arguments)``; handles of :meth:`share` may be among the arguments."""

    @abstractmethod
    def share(self, value: Any) -> Any:
        """A handle for ``value``, to be given as an argument to many jobs: it travels to each worker once."""

    @abstractmethod
    def wait(self, jobs: Iterable[Job]) -> set[Job]:
        """Those of ``jobs`` that are done; waits until at least one is."""

    def stream(self, function: Callable[..., Any], items: Iterable[T], *shared: Any) -> Iterator[tuple[T, Job]]:
        """``function(item, *shared)`` of every item, as (item, finished job), in the order in which they finish.

        ``items`` is read lazily and no more are in flight than the workers can soon use, so that a sweep of any length
        needs bounded memory.
        """
        todo, open_ = iter(items), dict[Job, T]()
        while True:
            for item in islice(todo, max(0, self._ahead - len(open_))):
                open_[self.submit(function, item, *shared)] = item
            if not open_:
                return
            for job in self.wait(open_):
                yield open_.pop(job), job

    def map(
        self, function: Callable[[T], Any], items: Iterable[T], *, on_done: Callable[[], None] | None = None
    ) -> list[Any]:
        """``function`` of every item, in the order of the items; the first error ends the work."""
        found: dict[int, Any] = {}
        for (index, _), job in self.stream(_of_numbered, enumerate(items), function):
            found[index] = job.result()
            if on_done is not None:
                on_done()
        return [found[index] for index in sorted(found)]

    @property
    def _ahead(self) -> int:
        return _AHEAD_PER_WORKER * max(1, self.size)


def _of_numbered(numbered: tuple[int, T], function: Callable[[T], Any]) -> Any:
    return function(numbered[1])


class Here(Executor):
    """Work is done when it is handed out."""

    size = 1
    _ahead = 1

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Job:
        job = Job(function, arguments)
        try:
            job.settle(function(*arguments))
        except Exception as problem:
            job.settle(error=problem)
        return job

    def share(self, value: Any) -> Any:
        return value

    def wait(self, jobs: Iterable[Job]) -> set[Job]:
        self.tick()
        return set(jobs)
