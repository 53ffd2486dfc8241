"""Work for executors, importable by workers in processes of their own: some of it hurts."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import numpy as np

from surrogate.errors import UnknownName


def numbers(seed: int) -> list[float]:
    """Depends on the argument alone, bit for bit, and takes long enough to be interrupted."""
    time.sleep(0.02)
    return np.random.default_rng(seed).standard_normal(3).tolist()


def noted(seed: int, journal: str) -> list[float]:
    """As :func:`numbers`; says first which process does it."""
    with Path(journal).open("a") as file:
        file.write(f"{seed} {os.getpid()}\n")
    return numbers(seed)


def deadly(seed: int, poison: int) -> list[float]:
    """As :func:`numbers`; one seed ends the process, as a crash in compiled code or a want of memory would."""
    if seed == poison:
        os.kill(os.getpid(), signal.SIGKILL)
    return numbers(seed)


def faulty(seed: int) -> list[float]:
    """As :func:`numbers`; seed 3 is an error of ours, whose class asks for more than a message."""
    if seed == 3:
        raise UnknownName("property", "sigma", ["ionic_conductivity"])
    return numbers(seed)


def slow(seed: int) -> int:
    """Still at it when the test is over."""
    time.sleep(60.0)
    return seed


def own_pid(seed: int) -> int:
    """Which process this is, after a moment in which others get work too."""
    time.sleep(0.2)
    return os.getpid()
