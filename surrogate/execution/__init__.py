"""How long work is carried out: calls handed to this process or to Dask, results in a folder that can be resumed.

:func:`executor` opens the place, :class:`RunFolder` keeps the results. Neither knows what is computed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from surrogate._lazy import lazy_names

if TYPE_CHECKING:
    from surrogate.execution.checks import check_count, check_seed, is_whole
    from surrogate.execution.folder import RunFolder, unwritable, write_whole
    from surrogate.execution.futures import Executor
    from surrogate.execution.interruption import INTERRUPTED, heeding_interruption
    from surrogate.execution.isolated import work_apart
    from surrogate.execution.process import (
        available_cpus,
        in_one_thread,
        keep_freed_memory,
        one_thread,
        one_thread_each,
        search_garbage_seldom,
        settle_to_compute,
    )
    from surrogate.execution.progress import Progress, ProgressDisplay, silent
    from surrogate.execution.workers import check_workers, executor

__all__ = [
    "INTERRUPTED",
    "Executor",
    "Progress",
    "ProgressDisplay",
    "RunFolder",
    "available_cpus",
    "check_count",
    "check_seed",
    "check_workers",
    "executor",
    "heeding_interruption",
    "in_one_thread",
    "is_whole",
    "keep_freed_memory",
    "one_thread",
    "one_thread_each",
    "search_garbage_seldom",
    "settle_to_compute",
    "silent",
    "unwritable",
    "work_apart",
    "write_whole",
]

__getattr__, __dir__ = lazy_names(__name__)
