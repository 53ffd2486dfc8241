"""Where training is done, with its progress: :mod:`surrogate.execution.workers`, told how far it is.

A thread in each process, so that the numbers do not depend on how many there are or where they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from surrogate.execution.executor import Executor, Job
from surrogate.execution.workers import THREADS, available_cpus, executor, one_thread_each
from training.progress import Progress

__all__ = ["THREADS", "Workers", "available_cpus", "one_thread_each"]


class Workers:
    """``jobs`` processes, or a cluster at ``scheduler``, as a context manager; one job is done in this process."""

    def __init__(
        self, jobs: int | None = None, progress: Progress | None = None, *, scheduler: str | None = None
    ) -> None:
        self.progress = progress or Progress()
        self._count = available_cpus() if jobs is None else jobs
        self._scheduler = scheduler
        self._open = ExitStack()
        self._executor: Executor | None = None

    def __enter__(self) -> Self:
        here = self._count == 1 and self._scheduler is None
        self._executor = self._open.enter_context(
            executor(scheduler=self._scheduler, workers=0 if here else self._count, tick=self.progress.tick)
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._open.__exit__(kind, error, at)

    @property
    def jobs(self) -> int:
        """How many pieces are worked on at once, now."""
        return self._count if self._executor is None else max(1, self._executor.size)

    @property
    def _at_work(self) -> Executor:
        if self._executor is None:
            raise RuntimeError("the workers have not been started; use them in a 'with' statement")
        return self._executor

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Job:
        """Hand out ``function(*arguments)``; both must be picklable when there are several jobs."""
        return self._at_work.submit(function, *arguments)

    def wait(self, jobs: Iterable[Job]) -> set[Job]:
        """Those of ``jobs`` that are done; waits until at least one is."""
        return self._at_work.wait(jobs)

    def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
        """``function`` of every item, in the order of the items; each that is done advances the progress."""
        return self._at_work.map(function, items, on_done=self.progress.advance)
