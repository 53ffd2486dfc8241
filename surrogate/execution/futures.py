"""The interface of :mod:`concurrent.futures` for work that is split, and the executor of this process."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor as FuturesExecutor
from concurrent.futures import Future
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from surrogate.execution.progress import ProgressDisplay

T = TypeVar("T")

_AHEAD_PER_WORKER = 2


class Executor(FuturesExecutor):
    """Hands out work, as :func:`~surrogate.execution.workers.executor` opens it.

    Beside ``submit`` there is what long work needs: :meth:`stream` keeps memory bounded, :meth:`share` sends a large
    argument to each worker once, and ``progress`` is kept up to date while it waits.
    """

    def __init__(self, progress: ProgressDisplay | None = None) -> None:
        self.progress = progress or ProgressDisplay()

    @property
    @abstractmethod
    def size(self) -> int:
        """How many calls are computed at once, now: a cluster may grow and shrink."""

    @abstractmethod
    def share(self, value: Any) -> Any:
        """A handle for ``value``, to be given as the last arguments of many calls."""

    @abstractmethod
    def wait(self, futures: Iterable[Future[Any]]) -> set[Future[Any]]:
        """Those of ``futures`` that are done; waits until at least one is."""

    def stream(self, function: Callable[..., Any], items: Iterable[T], *shared: Any) -> Iterator[tuple[T, Future[Any]]]:
        """Call a function with every item, few calls in flight at a time.

        Args:
            function: Called as ``function(item, *shared)``.
            items: Read lazily: no more calls are in flight than the workers can soon compute.
            shared: Handles of :meth:`share`.

        Returns:
            Each item with its finished future, in the order in which they finish.
        """
        remaining, in_flight = iter(items), dict[Future[Any], T]()
        while True:
            for item in islice(remaining, max(0, self._ahead - len(in_flight))):
                in_flight[self.submit(function, item, *shared)] = item
            if not in_flight:
                return
            for future in self.wait(in_flight):
                yield in_flight.pop(future), future

    def map(self, function: Callable[[T], Any], items: Iterable[T]) -> list[Any]:  # type: ignore[override]
        """Call a function with every item; each result advances ``progress`` by a step, the first error ends the work.

        Args:
            function: Of one item.
            items: All of them.

        Returns:
            The results in the order of the items.
        """
        results: dict[int, Any] = {}
        for (index, _), future in self.stream(partial(_call_numbered, function), enumerate(items)):
            results[index] = future.result()
            self.progress.advance()
        return [results[index] for index in sorted(results)]

    @property
    def _ahead(self) -> int:
        return _AHEAD_PER_WORKER * max(1, self.size)


def _call_numbered(function: Callable[[T], Any], numbered: tuple[int, T]) -> Any:
    return function(numbered[1])


class Here(Executor):
    """Computes each call in this process when it is submitted."""

    size = 1
    _ahead = 1

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **keywords: Any) -> Future[Any]:
        future = Future[Any]()
        try:
            future.set_result(function(*arguments, **keywords))
        except Exception as error:
            future.set_exception(error)
        return future

    def share(self, value: Any) -> Any:
        return value

    def wait(self, futures: Iterable[Future[Any]]) -> set[Future[Any]]:
        self.progress.tick()
        return set(futures)
