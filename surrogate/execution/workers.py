"""Where independent pieces of work are done: in this process, in processes of this machine, or on a Dask cluster.

Everything that can be split goes through this one seam: sweeps, screenings, folds, hyper-parameter trials, benchmark
seeds. What it computes does not depend on where::

    with executor(scheduler=None, workers=2) as somewhere:
        for item, job in somewhere.stream(function, items):     # as they finish, few in flight: bounded memory
            job.result()
        values = somewhere.map(function, items)                 # in the order of the items

``workers=0`` is this process and needs nothing installed; ``workers=n`` starts n processes of one thread each;
``scheduler="tcp://host:port"`` uses a cluster, whose workers need this package but no shared disk. Functions and
arguments must be picklable, and a function must give the same for the same arguments, because it may be called again:

- A worker that dies in the middle is no event: its work is done again elsewhere.
- Work that was on a worker when it died, several times, is tried once more with nothing beside it. If its worker dies
  then too, the work itself is what kills: its :meth:`Job.result` raises :class:`~surrogate.errors.WorkerLost`, and all
  other work goes on. The caller makes a row with a status of it, or gives up.
- What a function raises comes out of :meth:`Job.result` as it is.
- A scheduler that does not answer, goes away, or has no workers for a minute is one :class:`Unavailable`.

``dask`` is imported only where a cluster is used.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, TypeVar

from surrogate.errors import InvalidInput, Unavailable
from surrogate.execution.executor import Executor, Here
from surrogate.execution.interruption import finished_first
from surrogate.execution.on_dask import OnDask

#: What numerical libraries read when they are loaded: sums in one thread come out in one order.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
#: How long a scheduler may take to answer, in seconds.
CONNECT_TIMEOUT_S = 5.0
#: Deaths under a piece of work before it is tried alone; a cluster's own scheduler decides this for itself.
_ALLOWED_DEATHS = 1

Common = TypeVar("Common")
Result = TypeVar("Result")


@contextmanager
def executor(
    *, scheduler: str | None = None, workers: int | None = None, tick: Callable[[], None] = lambda: None
) -> Iterator[Executor]:
    """The executor at ``scheduler`` (an address), else of ``workers`` processes here (default: one per processor).

    Leaving it by an error or Ctrl-C takes back what is in flight and ends the processes that were started. Raises
    :class:`Unavailable` when nobody answers at the address or Dask is missing, and :class:`InvalidInput` for an
    impossible number of workers.
    """
    check_workers(workers)
    if scheduler is None and workers == 0:
        yield Here(tick)
        return
    with _local(workers or available_cpus()) if scheduler is None else _connected(scheduler) as (client, name):
        made = OnDask(client, name, tick)
        try:
            yield made
        except BaseException:
            made.cancel()
            raise


def hand_out(
    work: Callable[[Common, int], Result],
    common: Common,
    indices: Iterable[int],
    *,
    scheduler: str | None = None,
    workers: int | None = None,
) -> Iterator[tuple[int, Result]]:
    """``(index, work(common, index))`` for every index, in the order they finish: :meth:`Executor.stream` in one call.

    ``common`` travels to each worker once. The first error ends the work.
    """
    check_workers(workers)
    return _handed_out(work, common, indices, scheduler, workers)


def _handed_out(
    work: Callable[[Common, int], Result],
    common: Common,
    indices: Iterable[int],
    scheduler: str | None,
    workers: int | None,
) -> Iterator[tuple[int, Result]]:
    with executor(scheduler=scheduler, workers=workers) as somewhere:
        for index, job in somewhere.stream(partial(_of_common, work), indices, somewhere.share(common)):
            yield index, job.result()


def _of_common(work: Callable[[Common, int], Result], index: int, common: Common) -> Result:
    return work(common, index)


def check_workers(workers: int | None) -> None:
    """Refuse a number of workers that cannot be, before anything is made."""
    if workers is not None and workers < 0:
        raise InvalidInput(f"{workers} workers are impossible.", hint="Give 0 for none, or a number of processes.")


@contextmanager
def _local(count: int) -> Iterator[tuple[Any, str]]:
    """Processes of this machine, one thread each, that end with this one."""
    distributed = _distributed()
    with ExitStack() as opened:
        with finished_first():  # Dask cannot close processes that have not yet begun
            cluster = distributed.LocalCluster(
                n_workers=count,
                threads_per_worker=1,
                processes=True,
                env=dict.fromkeys(THREADS, "1"),
                preload=["surrogate.execution.quiet"],
                memory_limit=0,  # what a process may have is for the machine to say; a paused one would wait for ever
                dashboard_address="127.0.0.1:0",  # None would take the usual port, on every interface
                silence_logs=50,
                scheduler_kwargs={"allowed_failures": _ALLOWED_DEATHS},
            )
            client = opened.enter_context(distributed.Client(opened.enter_context(cluster)))
        yield client, "This machine"


@contextmanager
def _connected(address: str) -> Iterator[tuple[Any, str]]:
    distributed = _distributed()
    nobody = Unavailable(
        f"No Dask scheduler answers at {address}.",
        hint="Start one with 'dask scheduler', or leave --scheduler out.",
    )
    try:
        # The client itself would wait for ever for a program that accepts connections and says nothing.
        with ThreadPoolExecutor(1) as thread:  # a thread, because a notebook has an event loop of its own in this one
            kind = thread.submit(asyncio.run, _who_answers(address)).result()
        if kind != "Scheduler":
            raise nobody
        client = distributed.Client(address, timeout=CONNECT_TIMEOUT_S)
    except (OSError, TimeoutError, ValueError, TypeError):
        raise nobody from None
    with _said_once("distributed.client"), client:
        if not client.nthreads():
            raise Unavailable(f"The Dask scheduler at {address} has no workers.", hint="Start some with 'dask worker'.")
        yield client, f"The Dask scheduler at {address}"


@contextmanager
def _said_once(logger: str) -> Iterator[None]:
    """Without the tracebacks that a lost scheduler leaves in a log: its loss is an error of ours, in one sentence."""
    log = logging.getLogger(logger)
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(level)


async def _who_answers(address: str) -> Any:
    """What the program at ``address`` says it is."""
    distributed = _distributed()
    secrets = distributed.Security().get_connection_args("client")
    async with asyncio.timeout(CONNECT_TIMEOUT_S), distributed.rpc(address, connection_args=secrets) as peer:
        return (await peer.identity()).get("type")


def _distributed() -> Any:
    try:
        import distributed
    except ImportError:
        raise Unavailable("Dask is not installed.", hint="Install the extra 'physics', or use --workers 0.") from None
    return distributed


def available_cpus() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def one_thread_each() -> None:
    """One thread in this process and those it starts; to be called before NumPy and PyTorch are loaded."""
    os.environ.update(dict.fromkeys(THREADS, "1"))
