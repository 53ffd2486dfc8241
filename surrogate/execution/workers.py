"""Work handed out chunk by chunk: in this process, to processes of this machine, or to a Dask cluster.

The caller gives a function of (what is common to all chunks, number of the chunk); results come back in the order they
finish, never more in flight than the workers can soon use. ``dask`` is imported only where a cluster is used.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from surrogate.errors import InvalidInput, Unavailable

IN_FLIGHT_PER_WORKER = 2
CONNECT_TIMEOUT_S = 10

Common = TypeVar("Common")
Result = TypeVar("Result")


def hand_out(
    work: Callable[[Common, int], Result],
    common: Common,
    indices: Sequence[int],
    *,
    scheduler: str | None = None,
    workers: int | None = None,
) -> Iterator[tuple[int, Result]]:
    """``(index, work(common, index))`` for every index, in the order they finish.

    ``scheduler`` is the address of a Dask cluster (whose workers need this package, not this disk); otherwise
    ``workers`` processes are started here (default: one per core), none with ``workers=0``. ``common`` travels to each
    worker once. Raises :class:`Unavailable` for a scheduler that does not answer, is lost on the way, or whose workers
    keep dying, and for a missing package.
    """
    check_workers(workers)
    if workers == 0 and scheduler is None:
        return ((index, work(common, index)) for index in indices)
    return _on_dask(work, common, indices, scheduler, workers)


def check_workers(workers: int | None) -> None:
    """Refuse a number of workers that cannot be, before anything is made."""
    if workers is not None and workers < 0:
        raise InvalidInput(f"{workers} workers are impossible.", hint="Give 0 for none, or a number of processes.")


def _on_dask(
    work: Callable[[Common, int], Result],
    common: Common,
    indices: Sequence[int],
    scheduler: str | None,
    workers: int | None,
) -> Iterator[tuple[int, Result]]:
    with client(scheduler, workers) as cluster:
        import distributed

        as_completed: Any = distributed.as_completed
        # A task rather than scattered data: when the worker that holds it dies, the scheduler makes it again.
        held = cluster.submit(_itself, common, pure=False)

        def submitted(index: int) -> Any:
            return cluster.submit(_numbered, work, held, index, pure=False)

        todo = iter(indices)
        ahead = max(IN_FLIGHT_PER_WORKER * len(cluster.scheduler_info()["workers"]), IN_FLIGHT_PER_WORKER)
        futures = as_completed([submitted(index) for _, index in zip(range(ahead), todo, strict=False)])
        for future in futures:
            yield _result(future, scheduler)
            following = next(todo, None)
            if following is not None:
                futures.add(submitted(following))


def _itself(common: Common) -> Common:
    return common


def _numbered(work: Callable[[Common, int], Result], common: Common, index: int) -> tuple[int, Result]:
    return index, work(common, index)


def _result(future: Any, scheduler: str | None) -> Any:
    import distributed

    killed: Any = distributed.KilledWorker
    if future.status != "error":  # the connection broke, and every future with it
        try:
            return future.result()
        except Exception as problem:
            where = f"The Dask scheduler at {scheduler}" if scheduler else "The Dask scheduler"
            raise Unavailable(
                f"{where} was lost ({type(problem).__name__}); the finished chunks are safe.",
                hint="Start it again and run again with --resume.",
            ) from None
    try:
        return future.result()
    except killed:
        raise Unavailable(
            "The workers die on one chunk again and again, most likely for want of memory.",
            hint="Give fewer workers or smaller chunks, and run again with --resume.",
        ) from None


@contextmanager
def client(scheduler: str | None = None, workers: int | None = None) -> Iterator[Any]:
    """A Dask client: of the cluster at ``scheduler``, else of processes on this machine, one thread each."""
    try:
        import distributed
    except ImportError:
        raise Unavailable("Dask is not installed.", hint="Install the extra 'physics', or use workers=0.") from None
    if scheduler is not None:
        yield from _connected(distributed.Client, scheduler)
        return
    local_cluster: Any = distributed.LocalCluster
    make_client: Any = distributed.Client
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")  # inherited by the workers
    count = workers or available_cpus()
    with (
        local_cluster(
            n_workers=count, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0", silence_logs=50
        ) as local,
        make_client(local) as connected,
    ):
        yield connected


def _connected(maker: Any, scheduler: str) -> Iterator[Any]:
    try:
        connected = maker(scheduler, timeout=CONNECT_TIMEOUT_S)
    except (OSError, TimeoutError, ValueError):
        raise Unavailable(
            f"No Dask scheduler answers at {scheduler}.",
            hint="Start one with 'dask scheduler', or leave --scheduler out.",
        ) from None
    with connected:
        if not connected.scheduler_info()["workers"]:
            raise Unavailable(
                f"The Dask scheduler at {scheduler} has no workers.", hint="Start some with 'dask worker'."
            )
        yield connected


def available_cpus() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
