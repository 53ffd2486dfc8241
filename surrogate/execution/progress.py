"""How far a long run is, on a stream that people read: a bar on a terminal, now and then a plain line elsewhere."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

PLAIN_INTERVAL_S = 30.0


class ChunkProgress:
    """Chunks done and time left on stderr; call it with (done, total)."""

    def __init__(self, stream: TextIO, *, interval_s: float = PLAIN_INTERVAL_S) -> None:
        self._stream, self._interval_s = stream, interval_s
        self._begun = self._told = time.monotonic()
        self._kept: int | None = None
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if self._stream.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (TextColumn("chunks"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            self._bar = Progress(*columns, console=Console(file=self._stream), transient=True)
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, done: int, total: int) -> None:
        if self._kept is None:
            self._kept, self._begun = done, time.monotonic()
        if self._bar is not None:
            if self._task is None:
                self._task = self._bar.add_task("chunks", total=total)
            self._bar.update(self._task, completed=done)
        elif time.monotonic() - self._told >= self._interval_s:
            self._told = time.monotonic()
            print(f"{done} of {total} chunks, {self._left(done, total)}", file=self._stream, flush=True)

    def _left(self, done: int, total: int) -> str:
        new = done - (self._kept or 0)
        if new <= 0:
            return "time left unknown"
        seconds = (time.monotonic() - self._begun) / new * (total - done)
        return f"about {seconds / 60:.0f} min left" if seconds >= 90 else f"about {seconds:.0f} s left"
