"""The executor on a Dask cluster: repeats calls whose worker died, and isolates a call that kills its worker."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from itertools import takewhile
from typing import Any

from surrogate.errors import SurrogateError, Unavailable, WorkerLost
from surrogate.execution.futures import Executor
from surrogate.execution.process import keep_freed_memory
from surrogate.execution.progress import ProgressDisplay

#: How long a cluster may be without any worker, in seconds.
PATIENCE_S = 60.0
_POLL_S, _CHECK_S, _FETCH_S = 0.5, 2.0, 5.0


class OnDask(Executor):
    """Work is computed by the workers of a Dask cluster, which is called ``name`` in messages.

    A call that was on several workers when they died is a suspect: it is tried again with nothing beside it, and only
    when its worker dies then too is it :class:`WorkerLost`.
    """

    def __init__(self, client: Any, name: str, progress: ProgressDisplay | None) -> None:
        super().__init__(progress)
        self._client, self._name = client, name
        self._distributed: Any = importlib.import_module("distributed")
        self._calls: dict[Future[Any], tuple[Any, ...]] = {}  # what is computed: the call, and shared values
        self._in_flight: dict[Future[Any], Any] = {}  # ours → Dask's
        self._suspects: list[Future[Any]] = []
        self._isolated: Future[Any] | None = None
        self._size, self._checked, self._seen = 0, -_CHECK_S, time.monotonic()
        self._check_cluster()

    @property
    def size(self) -> int:
        return self._size

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **keywords: Any) -> Future[Any]:
        # Dask searches arguments for its own futures, which takes long in lists of rows: in a partial it does not.
        plain = tuple(takewhile(lambda argument: not isinstance(argument, self._distributed.Future), arguments))
        future = Future[Any]()
        self._calls[future] = (partial(_compute, function, *plain, **keywords), *arguments[len(plain) :])
        self._send(future)
        return future

    def share(self, value: Any) -> Any:
        # A task of its own, so that the value can be made again when the workers that hold it die.
        return self._client.submit(partial(_identity, value), pure=False)

    def wait(self, futures: Iterable[Future[Any]]) -> set[Future[Any]]:
        waiting = set(futures)
        while True:
            self.progress.tick()
            finished = {future for future in waiting if future.done()}
            if finished or not waiting:
                return finished
            self._step()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take back what is not done."""
        with suppress(Exception):  # the cluster may be gone, which is why we are here
            self._client.cancel(list(self._in_flight.values()), force=True)

    def _send(self, future: Future[Any]) -> None:
        self._in_flight[future] = self._client.submit(*self._calls[future], pure=False)

    def _step(self) -> None:
        """Wait a moment, settle what has finished, try a suspect alone when nothing else is in flight."""
        if not self._in_flight and self._suspects:
            self._isolated = self._suspects.pop()
            self._send(self._isolated)
        with suppress(TimeoutError, self._distributed.TimeoutError, self._distributed.CancelledError):
            self._distributed.wait(list(self._in_flight.values()), timeout=_POLL_S, return_when="FIRST_COMPLETED")
        for future, remote in list(self._in_flight.items()):
            if remote.done():
                self._settle(future, remote)
        self._check_cluster()

    def _settle(self, future: Future[Any], remote: Any) -> None:
        error: BaseException | None = None
        if remote.status == "finished":
            try:
                future.set_result(remote.result(timeout=_FETCH_S))
            except TimeoutError:
                return  # its worker died with the result; it is being computed again
        elif remote.status == "error":
            error = remote.exception()
        else:
            raise self._describe_loss()
        del self._in_flight[future]
        if isinstance(error, self._distributed.scheduler.KilledWorker):
            if future is not self._isolated:
                self._suspects.append(future)
                return
            error = WorkerLost(
                "A piece of work ends every worker that takes it.",
                hint="Repeat it in this process (--workers 0) to see why; a worker may also be short of memory.",
            )
        if error is not None:
            future.set_exception(error)
        del self._calls[future]

    def _check_cluster(self) -> None:
        """Count the workers; a cluster without any for long, or gone, ends the work."""
        now = time.monotonic()
        if now - self._checked < _CHECK_S:
            return
        try:
            self._size = sum(self._client.nthreads().values())
        except (OSError, TimeoutError, ValueError):
            raise self._describe_loss() from None
        self._checked = time.monotonic()
        if self._size:
            self._seen = self._checked
        elif now - self._seen > PATIENCE_S:
            raise Unavailable(
                f"{self._name} has had no workers for {PATIENCE_S:g} s.",
                hint="Start some with 'dask worker', then repeat the command, with --resume where it has one.",
            )

    def _describe_loss(self) -> SurrogateError:
        return Unavailable(
            f"{self._name} went away in the middle of the work.",
            hint="Start it again, then repeat the command, with --resume where it has one.",
        )


def _compute(function: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
    """In a worker."""
    keep_freed_memory()
    return function(*arguments, **keywords)


def _identity(value: Any) -> Any:
    return value
