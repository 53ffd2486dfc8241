"""How a process that computes treats threads, freed memory, garbage and Ctrl-C.

It is named as ``preload`` where worker processes are started, so that :func:`dask_setup` also holds for those that take
the place of dead ones.
"""

from __future__ import annotations

import ctypes
import gc
import os
import signal
from collections.abc import Callable
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

#: What numerical libraries read when they are loaded: sums in one thread come out in one order.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
MIB = 2**20
#: glibc's mallopt(3), by the numbers of malloc.h: free space kept at the top of the heap, fetched at a time, and the
#: size from which an array gets pages of its own (32 MiB is the most that glibc takes).
_KEEP, _FETCH, _OWN_PAGES = -1, -2, -3
#: New objects before a search for garbage, and how many searches before a longer one.
_GARBAGE = (200_000, 20, 20)


def available_cpus() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def dask_setup(worker: Any) -> None:
    """Leave Ctrl-C to the process that started this worker: the terminal sends it to every process at once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


# -- threads ----------


def one_thread_each() -> None:
    """One thread in this process and those it starts; to be called before NumPy and PyTorch are loaded."""
    os.environ.update(dict.fromkeys(THREADS, "1"))


def one_thread() -> Any:
    """A context in which the numerical libraries loaded so far use one thread.

    Sums in another order would be other numbers, processes side by side would fight for the cores, and with arrays of
    some hundred rows threads wait for each other longer than they work.
    """
    import scipy.linalg  # noqa: F401 - only libraries that are loaded can be held to one thread
    from threadpoolctl import threadpool_limits

    return threadpool_limits(limits=1)


def in_one_thread(function: Callable[P, R]) -> Callable[P, R]:
    """``function`` within :func:`one_thread`."""

    @wraps(function)
    def alone(*args: P.args, **kwargs: P.kwargs) -> R:
        with one_thread():
            return function(*args, **kwargs)

    return alone


# -- memory ----------


def settle_to_compute() -> None:
    """For a process of ours that is there to compute: freed memory kept, garbage seldom searched."""
    keep_freed_memory()
    search_garbage_seldom()


@cache
def keep_freed_memory(mib: int = 512) -> None:
    """Let this process keep up to ``mib`` that it has freed, for its next arrays.

    Numerical code frees and allocates the same megabytes thousands of times. glibc hands them back to the system each
    time, and fetching them again can take as long as the computation. Where there is no glibc nothing happens.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    if mallopt is not None:
        for parameter, size in ((_KEEP, mib), (_FETCH, mib // 8), (_OWN_PAGES, 32)):
            mallopt(parameter, size * MIB)


def search_garbage_seldom() -> None:
    """Let this process make far more objects before it looks for garbage.

    Ten thousand recipes are millions of objects, none of them garbage before the answer is given, and each full search
    goes through a million more that libraries keep for good.
    """
    gc.set_threshold(*_GARBAGE)
