"""How a process that computes treats memory it has freed."""

from __future__ import annotations

import ctypes
import os
from functools import cache

#: glibc's mallopt(3), by the numbers of malloc.h: free space kept at the top of the heap, fetched at a time, and the
#: size from which an array gets pages of its own (32 MiB is the most that glibc takes). In bytes.
_MALLOC = {-1: 512 * 2**20, -2: 64 * 2**20, -3: 32 * 2**20}


@cache
def keep_freed_memory() -> None:
    """Let this process keep up to half a GiB that it has freed, for its next arrays; to be called where it computes.

    Numerical code frees and allocates the same megabytes thousands of times. glibc hands them back to the system each
    time, and fetching them again can take as long as the computation. Where there is no glibc nothing happens.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    if mallopt is not None:
        for parameter, value in _MALLOC.items():
            mallopt(parameter, value)
