"""Programs that are started to be measured, shown or followed, and ended with all that they have started."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

HOST = "127.0.0.1"
#: Seconds that a process has to end by itself.
END_S = 20.0


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: Sequence[str], **how: Any) -> Iterator[subprocess.Popen[Any]]:
    """A process that ends with the block, and whatever it has started with it.

    Args:
        command: What is started.
        how: As :class:`subprocess.Popen` takes it.
    """
    process = subprocess.Popen(list(command), start_new_session=True, **how)
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[Any]) -> None:
    """End the group of a process that leads one, and nothing else: make alone would leave what it started behind."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=END_S)


def wait_until(is_there: Callable[[], bool], process: subprocess.Popen[Any], patience_s: float) -> bool:
    """Wait for something, as long as a process runs.

    Args:
        is_there: Whether it is.
        process: That is to bring it about.
        patience_s: Longest wait, in seconds.

    Returns:
        Whether it was there in time.
    """
    until = time.monotonic() + patience_s
    while time.monotonic() < until and process.poll() is None:
        if is_there():
            return True
        time.sleep(0.05)
    return False


def is_up(address: str) -> bool:
    """Whether a page is there, and whole."""
    try:
        with urllib.request.urlopen(address, timeout=10) as page:
            page.read()
            return True
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
