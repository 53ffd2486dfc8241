"""How a process that computes treats memory it has freed."""

from __future__ import annotations

import ctypes
import gc
import os
from functools import cache

MIB = 2**20
#: glibc's mallopt(3), by the numbers of malloc.h: free space kept at the top of the heap, fetched at a time, and the
#: size from which an array gets pages of its own (32 MiB is the most that glibc takes).
_KEEP, _FETCH, _OWN_PAGES = -1, -2, -3
#: New objects before a search for garbage, and how many searches before a longer one.
_GARBAGE = (200_000, 20, 20)


@cache
def keep_freed_memory(mib: int = 512) -> None:
    """Let this process keep up to ``mib`` that it has freed, for its next arrays; to be called where it computes.

    Numerical code frees and allocates the same megabytes thousands of times. glibc hands them back to the system each
    time, and fetching them again can take as long as the computation. Where there is no glibc nothing happens.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    if mallopt is not None:
        for parameter, size in ((_KEEP, mib), (_FETCH, mib // 8), (_OWN_PAGES, 32)):
            mallopt(parameter, size * MIB)


def settle_to_compute() -> None:
    """For a process of ours that is there to compute: freed memory kept, garbage seldom searched."""
    keep_freed_memory()
    search_garbage_seldom()


def search_garbage_seldom() -> None:
    """Let this process make far more objects before it looks for garbage; to be called where it computes.

    Ten thousand recipes are millions of objects, none of them garbage before the answer is given, and each full search
    goes through a million more that libraries keep for good.
    """
    gc.set_threshold(*_GARBAGE)
