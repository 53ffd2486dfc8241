"""Processes that fit models side by side, one thread each, so that the numbers do not depend on how many there are."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from types import TracebackType
from typing import Any, Self

from training.progress import Progress

#: What numerical libraries read when they are loaded: sums in one thread come out in one order.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_POLL_S = 0.5


def one_thread_each() -> None:
    """One thread in this process and those it starts; to be called before NumPy and PyTorch are loaded."""
    os.environ.update(dict.fromkeys(THREADS, "1"))


class Workers:
    """A pool of ``jobs`` processes as a context manager; with one job the work is done in this process.

    Leaving it by an error or Ctrl-C stops the processes at once.
    """

    def __init__(self, jobs: int | None = None, progress: Progress | None = None) -> None:
        self.jobs = jobs or available_cpus()
        self.progress = progress or Progress()
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        if self.jobs > 1:
            spawn = multiprocessing.get_context("spawn")  # forked copies of threads and locks may hang
            self._pool = ProcessPoolExecutor(self.jobs, mp_context=spawn, initializer=_follow_parent)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._pool is None:
            return
        if error is None:
            self._pool.shutdown()
            return
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in multiprocessing.active_children():
            process.terminate()

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """The future of ``function(*arguments)``; both must be picklable when there are several jobs."""
        if self._pool is not None:
            return self._pool.submit(function, *arguments)
        future: Future[Any] = Future()
        try:
            future.set_result(function(*arguments))
        except Exception as problem:
            future.set_exception(problem)
        return future

    def wait(self, futures: Iterable[Future[Any]]) -> set[Future[Any]]:
        """Those of ``futures`` that are done; waits until at least one is."""
        futures = set(futures)
        while True:
            done, _ = wait(futures, timeout=_POLL_S, return_when=FIRST_COMPLETED)
            self.progress.tick()
            if done:
                return done

    def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
        """``function`` of every item, in the order of the items; each that is done advances the progress."""
        if self._pool is None:
            results = []
            for item in items:
                results.append(function(item))
                self.progress.advance()
            return results
        futures = [self.submit(function, item) for item in items]
        open_ = set(futures)
        while open_:
            for future in self.wait(open_):
                future.result()  # the first error ends the work
                open_.discard(future)
                self.progress.advance()
        return [future.result() for future in futures]


def available_cpus() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _follow_parent() -> None:
    """In a worker: Ctrl-C is the parent's to answer, and without a parent there is nothing left to do."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
