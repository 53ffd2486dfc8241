"""How a process that computes treats memory it has freed."""

from __future__ import annotations

import ctypes
import os
from functools import cache

MIB = 2**20
#: glibc's mallopt(3), by the numbers of malloc.h: free space kept at the top of the heap, fetched at a time, and the
#: size from which an array gets pages of its own (32 MiB is the most that glibc takes).
_KEEP, _FETCH, _OWN_PAGES = -1, -2, -3


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
