"""Commands that take their time: how far they are, told on stderr, and a clean end by Ctrl-C."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from surrogate.execution.interruption import INTERRUPTED, heeding_interruption
from surrogate.execution.process import settle_to_compute
from surrogate.execution.progress import Progress, ProgressDisplay

#: What Ctrl-C leaves behind where a command only computes.
NOTHING = "nothing was written. Run the same command again."


@contextmanager
def waiting(left: str = NOTHING, *, unit: str = "steps") -> Iterator[Progress]:
    """Steps (or ``unit`` else is counted) done and time left, as something to call with (done, total).

    ``left`` says what Ctrl-C leaves behind.
    """
    settle_to_compute()
    try:
        with heeding_interruption(), ProgressDisplay(sys.stderr, unit=unit) as progress:
            yield progress
    except KeyboardInterrupt:
        print(f"Interrupted; {left}", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None
