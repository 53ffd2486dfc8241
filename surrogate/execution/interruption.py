"""Ctrl-C that cannot get lost."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

#: Exit code of a command that was interrupted.
INTERRUPTED = 130


class Interruption(KeyboardInterrupt):
    """Ctrl-C, as a type of its own: where the plain one passes a text that is executed (``dataclass`` makes some),
    Python notes it as unhandled and ends by the signal, whoever catches it later.
    """


@contextmanager
def heeding_interruption() -> Iterator[None]:
    """Ctrl-C in the block leaves it as :class:`Interruption`, wherever it strikes.

    Compiled code may lose the exception or turn it into another one: an import fails with ``ImportError``, or the
    Sobol numbers of scipy stay unset and every draw is the same. So it is remembered here, and what the block then
    gives or raises is not believed. A signal that is ignored, or somebody else's, is left alone.
    """
    strike = _Strike()
    with strike:
        try:
            yield
        except BaseException as error:
            if strike.struck and not isinstance(error, Interruption):
                raise Interruption from None
            raise
    if strike.struck:
        raise Interruption


class _Strike:
    """Handler of the signals that interrupt, and whether one came."""

    def __init__(self) -> None:
        self.struck = False
        self._before: dict[signal.Signals, Any] = {}

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.struck = True
        raise Interruption

    def __enter__(self) -> None:
        if threading.current_thread() is not threading.main_thread():  # no other may, and no other is interrupted
            return
        for number in (signal.SIGINT, signal.SIGTERM):
            handler = signal.getsignal(number)
            if handler is signal.default_int_handler or isinstance(handler, _Strike):
                self._before[number] = signal.signal(number, self)

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
