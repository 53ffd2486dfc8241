"""How far a long run is, on a stream that people read: a bar on a terminal, now and then a plain line elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

#: Seconds between two plain lines.
PLAIN_INTERVAL_S = 30.0

#: How a long call reports its progress: called with the steps done and all steps.
Progress = Callable[[int, int], None]


def silent(completed: int, total: int) -> None:
    """Report nothing; see :data:`Progress`.

    Args:
        completed: Steps that are done.
        total: All steps.
    """


class ProgressDisplay:
    """Steps done and time left, as a context manager.

    Either :meth:`begin` a stage of known length, :meth:`advance` it and :meth:`tick` while waiting, or call it with
    (done, total). ``unit`` names the steps; ``stream`` is stderr or a file like it, because stdout is for data.
    """

    def __init__(
        self, stream: TextIO | None = None, *, interval_s: float = PLAIN_INTERVAL_S, unit: str | None = None
    ) -> None:
        self._stream, self._interval_s, self._unit = stream or sys.stderr, interval_s, unit
        self._stage, self._done, self._total = "", 0, 0
        self._done_before = 0
        self._begun = self._last = time.monotonic()
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if self._stream.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar

            self._bar = Bar(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(elapsed_when_finished=True),
                console=Console(file=self._stream),
                transient=True,
            )
            self._bar.start()
            if self._unit is not None:
                self._task = self._bar.add_task(self._unit, total=None)  # of a length yet unknown
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()

    def begin(self, stage: str, total: int, *, completed: int = 0) -> None:
        """Begin a stage.

        Args:
            stage: Its name, such as ``ionic_conductivity: folds``.
            total: Its steps.
            completed: How many of them are done already.
        """
        self._stage, self._done, self._total, self._done_before = stage, completed, total, completed
        self._begun = self._last = time.monotonic()
        if self._bar is not None:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._task = self._bar.add_task(stage or self._unit or "", total=total, completed=completed)

    def advance(self) -> None:
        """One step of the stage is done."""
        self._update(self._done + 1)

    def __call__(self, completed: int, total: int) -> None:
        if total != self._total:
            self.begin("", total, completed=completed)
        self._update(completed)

    def tick(self) -> None:
        """Call it now and then while waiting, so that the plain line comes in time."""
        if self._bar is None and 0 < self._total >= self._done and time.monotonic() - self._last >= self._interval_s:
            self._last = time.monotonic()
            left = time_left(self._begun, self._done - self._done_before, self._total - self._done)
            stage, unit = self._stage and f"{self._stage}: ", self._unit and f" {self._unit}"
            print(f"{stage}{self._done} of {self._total}{unit or ''}, {left}", file=self._stream, flush=True)

    def say(self, line: str) -> None:
        """A line for people that stays."""
        if self._bar is not None:
            self._bar.console.print(line, highlight=False, markup=False, soft_wrap=True)
        else:
            print(line, file=self._stream, flush=True)

    def _update(self, completed: int) -> None:
        self._done = completed
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=completed)
        self.tick()


def time_left(begun: float, completed: int, left: int) -> str:
    """Estimate, in words, how long the rest takes.

    Args:
        begun: When the work began, by the monotonic clock.
        completed: Steps that are done since.
        left: Steps that are left.
    """
    if completed <= 0:
        return "time left unknown"
    seconds = (time.monotonic() - begun) / completed * max(left, 0)
    return f"about {seconds / 60:.0f} min left" if seconds >= 90 else f"about {seconds:.0f} s left"
