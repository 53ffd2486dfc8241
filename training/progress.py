"""Where a long job is and how long it will take, told on stderr: a bar on a terminal, elsewhere a line every 30 s."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from surrogate.execution.progress import time_left

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

#: Seconds between two plain lines.
PLAIN_INTERVAL_S = 30.0


class Progress:
    """A context manager: :meth:`begin` a stage of known length, :meth:`advance` it, :meth:`tick` while waiting.

    ``stream`` must be stderr or a file like it; stdout is for data.
    """

    def __init__(self, stream: TextIO | None = None, *, interval_s: float = PLAIN_INTERVAL_S) -> None:
        self._stream = stream or sys.stderr
        self._interval_s = interval_s
        self._stage, self._done, self._total = "", 0, 0  # of no stage there is nothing to tell
        self._kept = 0
        self._begun = self._last = time.monotonic()
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if self._stream.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(elapsed_when_finished=True),
                console=Console(file=self._stream),
                transient=True,
            )
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()

    def begin(self, stage: str, total: int, *, done: int = 0) -> None:
        """A new stage, for instance ``ionic_conductivity: folds``; ``done`` of its ``total`` steps are done already."""
        self._stage, self._done, self._total = stage, done, total
        self._kept = done
        self._begun = self._last = time.monotonic()
        if self._bar is not None:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._task = self._bar.add_task(stage, total=total, completed=done)

    def advance(self) -> None:
        """One step of the stage is done."""
        self._done += 1
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=self._done)
        self.tick()

    def tick(self) -> None:
        """Call it now and then while waiting, so that the plain line comes in time."""
        if self._bar is None and 0 < self._total >= self._done and time.monotonic() - self._last >= self._interval_s:
            self._last = time.monotonic()
            left = time_left(self._begun, self._done - self._kept, self._total - self._done)
            print(f"{self._stage}: {self._done} of {self._total}, {left}", file=self._stream, flush=True)

    def say(self, line: str) -> None:
        """A line for people that stays."""
        if self._bar is not None:
            self._bar.console.print(line, highlight=False, markup=False, soft_wrap=True)
        else:
            print(line, file=self._stream, flush=True)
