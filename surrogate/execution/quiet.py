"""What a worker of this machine does first: leave Ctrl-C to the process that started it.

Named as ``preload`` where processes are started, so that it holds for those that take the place of dead ones too.
"""

from __future__ import annotations

import signal
from typing import Any


def dask_setup(worker: Any) -> None:
    """Called by Dask in the main thread of the worker; the terminal sends Ctrl-C to every process at once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
