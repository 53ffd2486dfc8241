"""How far a long run is, on a stream that people read: a bar on a terminal, now and then a plain line elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

PLAIN_INTERVAL_S = 30.0


#: How a long call reports its progress: called with the steps done and all steps.
Progress = Callable[[int, int], None]


def silent(done: int, total: int) -> None:
    """Tell nobody."""


class ChunkProgress:
    """Chunks (or ``what`` else is counted) done and time left on ``stream``; call it with (done, total)."""

    def __init__(self, stream: TextIO, *, interval_s: float = PLAIN_INTERVAL_S, what: str = "chunks") -> None:
        self._stream, self._interval_s, self._what = stream, interval_s, what
        self._begun = self._told = time.monotonic()
        self._kept: int | None = None
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if self._stream.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (TextColumn(self._what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            self._bar = Progress(*columns, console=Console(file=self._stream), transient=True)
            self._bar.start()
            self._task = self._bar.add_task(self._what, total=None)  # of a length yet unknown
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, done: int, total: int) -> None:
        if self._kept is None:
            self._kept, self._begun = done, time.monotonic()
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, total=total)
        elif time.monotonic() - self._told >= self._interval_s:
            self._told = time.monotonic()
            left = time_left(self._begun, done - self._kept, total - done)
            print(f"{done} of {total} {self._what}, {left}", file=self._stream, flush=True)


def time_left(begun: float, done: int, left: int) -> str:
    """In words, from ``done`` steps since ``begun`` (on the monotonic clock): how long those ``left`` will take."""
    if done <= 0:
        return "time left unknown"
    seconds = (time.monotonic() - begun) / done * max(left, 0)
    return f"about {seconds / 60:.0f} min left" if seconds >= 90 else f"about {seconds:.0f} s left"
