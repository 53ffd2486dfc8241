"""Ctrl-C that cannot get lost."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

#: Exit code of a command that was interrupted.
INTERRUPTED = 130
_AGAIN_S = 0.02


class Interruption(KeyboardInterrupt):
    """Ctrl-C, as a type of its own: where the plain one passes a text that is executed (``dataclass`` makes some),
    Python notes it as unhandled and ends by the signal, whoever catches it later.
    """


@contextmanager
def heeding_interruption() -> Iterator[None]:
    """Ctrl-C in the block leaves it as :class:`Interruption`, wherever it strikes.

    Compiled code and finalisers may lose the exception: then it strikes again. Or they turn it into another one: an
    import fails with ``ImportError``. So it is remembered here, and what the block then gives or raises is not
    believed. A signal that is ignored, or somebody else's, is left alone.
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


@contextmanager
def finished_first() -> Iterator[None]:
    """Ctrl-C waits for the end of the block: for what cannot be left half done, such as the start of processes."""
    global _held
    _held += 1
    try:
        yield
    finally:
        _held -= 1
    if not _held and _heeding and _heeding[-1].struck:
        raise Interruption


class _Strike:
    """Handler of the signals that interrupt, and whether one came."""

    def __init__(self) -> None:
        self.struck = False
        self._before: dict[signal.Signals, Any] = {}
        self._hook: Any = None
        self._again: threading.Timer | None = None

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.struck = True
        if not _held:
            raise Interruption

    def __enter__(self) -> None:
        if threading.current_thread() is not threading.main_thread():  # no other may, and no other is interrupted
            return
        for number in (signal.SIGINT, signal.SIGTERM):
            handler = signal.getsignal(number)
            if handler is signal.default_int_handler or isinstance(handler, _Strike):
                self._before[number] = signal.signal(number, self)
        if self._before:
            self._hook, sys.unraisablehook = sys.unraisablehook, self._lost
            _heeding.append(self)

    def __exit__(self, *_: object) -> None:
        if self._before:
            _heeding.remove(self)
            sys.unraisablehook = self._hook
        if self._again is not None:
            self._again.cancel()
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _lost(self, what: Any) -> None:
        """Called with every exception that cannot be raised."""
        if not issubclass(what.exc_type, Interruption):
            self._hook(what)
            return
        # Not at once: it would strike here.
        self._again = threading.Timer(_AGAIN_S, _interrupt_main)
        self._again.daemon = True
        self._again.start()


def _interrupt_main() -> None:
    """From another thread, also where the main one waits."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        _thread.interrupt_main()


_held = 0
_heeding: list[_Strike] = []
