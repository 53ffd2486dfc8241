"""Where independent pieces of work are computed: in this process, in processes of this machine, or on a Dask cluster.

Everything that can be split goes through this one seam: sweeps, screenings, folds, hyper-parameter trials, benchmark
seeds. What it computes does not depend on where::

    with executor(scheduler=None, workers=2) as workers:
        for item, future in workers.stream(function, items):    # as they finish, few in flight: bounded memory
            future.result()
        values = workers.map(function, items)                   # in the order of the items

``workers=0`` is this process and needs nothing installed; ``workers=n`` starts n processes of one thread each;
``scheduler="tcp://host:port"`` uses a cluster, whose workers need this package but no shared disk. Functions and
arguments must be picklable, and a function must return the same for the same arguments, because it may be called again:

- A worker that dies in the middle is no event: its work is done again elsewhere.
- A call that was on a worker when it died, several times, is tried once more with nothing beside it. If its worker dies
  then too, the call itself is what kills: its future raises :class:`~surrogate.errors.WorkerLost`, and all other work
  goes on. The caller makes a row with a status of it, or gives up.
- What a function raises comes out of its future as it is.
- A scheduler that does not answer, goes away, or has no workers for a minute is one :class:`Unavailable`.

Dask is imported only where processes or a cluster are used.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

from surrogate.errors import InvalidInput, Unavailable
from surrogate.execution.futures import Executor, Here
from surrogate.execution.interruption import finished_first
from surrogate.execution.on_dask import OnDask
from surrogate.execution.process import THREADS, available_cpus
from surrogate.execution.progress import ProgressDisplay

#: How long a scheduler may take to answer, in seconds.
CONNECT_TIMEOUT_S = 5.0
#: Deaths under a call before it is tried alone; a cluster's own scheduler decides this for itself.
_ALLOWED_DEATHS = 1


@contextmanager
def executor(
    *, scheduler: str | None = None, workers: int | None = None, progress: ProgressDisplay | None = None
) -> Iterator[Executor]:
    """Open the executor at an address, of processes on this machine, or of this process.

    Leaving it by an error or Ctrl-C takes back what is in flight and ends the processes that were started.

    Args:
        scheduler: Address of a Dask scheduler.
        workers: How many processes to start without one; 0 for this process alone, by default one per processor.
        progress: Kept up to date while the executor waits; :meth:`Executor.map` advances it.

    Raises:
        Unavailable: Nobody answers at the address, or Dask is missing.
        InvalidInput: The number of workers is negative.
    """
    check_workers(workers)
    if scheduler is None and workers == 0:
        yield Here(progress)
        return
    with _local(workers or available_cpus()) if scheduler is None else _connected(scheduler) as (client, name):
        on_dask = OnDask(client, name, progress)
        try:
            yield on_dask
        except BaseException:
            on_dask.shutdown()
            raise


@contextmanager
def working(jobs: int | None = None, scheduler: str | None = None) -> Iterator[Executor]:
    """Open an executor that says on stderr how far it is.

    Args:
        jobs: How many processes; one is this process alone, by default one per processor.
        scheduler: Address of a Dask scheduler to work on instead.

    Raises:
        Unavailable: Nobody answers at the address, or Dask is missing.
    """
    with (
        ProgressDisplay() as progress,
        executor(workers=0 if jobs == 1 else jobs, scheduler=scheduler, progress=progress) as workers,
    ):
        yield workers


def check_workers(workers: int | None) -> None:
    """Refuse a negative number of workers, before anything is started."""
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
                preload=["surrogate.execution.process"],
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
            role = thread.submit(asyncio.run, _role_of_peer(address)).result()
        if role != "Scheduler":
            raise nobody
        client = distributed.Client(address, timeout=CONNECT_TIMEOUT_S)
    except (OSError, TimeoutError, ValueError, TypeError):
        raise nobody from None
    with _quieted("distributed.client"), client:
        try:
            client.wait_for_workers(1, timeout=CONNECT_TIMEOUT_S)  # a worker that was started just now is on its way
        except TimeoutError:
            raise Unavailable(
                f"The Dask scheduler at {address} has no workers.", hint="Start some with 'dask worker'."
            ) from None
        yield client, f"The Dask scheduler at {address}"


@contextmanager
def _quieted(logger: str) -> Iterator[None]:
    """Without the tracebacks that a lost scheduler leaves in a log: its loss is an error of ours, in one sentence."""
    log = logging.getLogger(logger)
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(level)


async def _role_of_peer(address: str) -> Any:
    """The role that the program at ``address`` reports, such as ``Scheduler``."""
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
