"""Ctrl-C that cannot get lost."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any

#: Exit code of a command that was interrupted.
INTERRUPTED = 130
_AGAIN_S = 0.02


class Interruption(KeyboardInterrupt):
    """Ctrl-C as a type of its own.

    Where the plain one passes a text that is executed (``dataclass`` makes some), Python notes it as unhandled and ends
    by the signal, whoever catches it later.
    """


class heeding_interruption:  # noqa: N801 - a context manager, used like a function
    """Ctrl-C in the block leaves it as :class:`Interruption`, wherever it strikes.

    Compiled code and finalisers may lose the exception: then it strikes again. Or they turn it into another one: an
    import fails with ``ImportError``. So it is remembered here, and what the block then gives or raises is not
    believed. A signal that is ignored, or somebody else's, is left alone.
    """

    def __init__(self) -> None:
        self.struck = False
        self._handlers: dict[signal.Signals, Any] = {}
        self._hook: Any = None
        self._again: threading.Timer | None = None

    def __enter__(self) -> None:
        if threading.current_thread() is not threading.main_thread():  # no other may, and no other is interrupted
            return
        for number in (signal.SIGINT, signal.SIGTERM):
            handler = signal.getsignal(number)
            if handler is signal.default_int_handler or isinstance(getattr(handler, "__self__", None), type(self)):
                self._handlers[number] = signal.signal(number, self._strike)
        if self._handlers:
            self._hook, sys.unraisablehook = sys.unraisablehook, self._strike_again
            _heeding.append(self)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._handlers:
            _heeding.remove(self)
            sys.unraisablehook = self._hook
        if self._again is not None:
            self._again.cancel()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        if self.struck and not isinstance(error, Interruption):
            raise Interruption from None

    def _strike(self, number: int, frame: FrameType | None) -> None:
        self.struck = True
        if not _n_held:
            raise Interruption

    def _strike_again(self, unraisable: Any) -> None:
        """Called with every exception that cannot be raised."""
        if not issubclass(unraisable.exc_type, Interruption):
            self._hook(unraisable)
            return
        self._again = threading.Timer(_AGAIN_S, _interrupt_main)  # not at once, for it would strike here
        self._again.daemon = True
        self._again.start()


def _interrupt_main() -> None:
    """From another thread, also where the main one waits."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        _thread.interrupt_main()


@contextmanager
def finished_first() -> Iterator[None]:
    """Ctrl-C waits for the end of the block: for what cannot be left half done, such as the start of processes."""
    global _n_held
    _n_held += 1
    try:
        yield
    finally:
        _n_held -= 1
    if not _n_held and _heeding and _heeding[-1].struck:
        raise Interruption


_n_held = 0
_heeding: list[heeding_interruption] = []
