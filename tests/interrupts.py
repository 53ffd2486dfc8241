"""Processes that a test interrupts."""

from __future__ import annotations

import signal


def hear_ctrl_c() -> None:
    """To be run in a child before its program: what runs in the background of a shell script ignores Ctrl-C, and so do
    its children.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
