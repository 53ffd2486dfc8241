"""Work with a file from a stranger, in a process of its own with a bound on its memory and on its time.

A library that was tricked into building gigabytes ends that process, and the one that serves goes on.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module

from surrogate.errors import InvalidInput, SurrogateError
from surrogate.execution.process import THREADS

#: Most address space and processor time of the process; a workbook at the bounds of a sheet takes half of either.
MEMORY_BYTES, PROCESSOR_S = 1024 * 1024 * 1024, 30
_REFUSED, _BEYOND = 3, 4


def work_apart(work: Callable[[bytes], object], content: bytes, *, timeout_s: float = 2.0 * PROCESSOR_S) -> bytes:
    """Call a function of a module with the content of a file, in a process of its own.

    Args:
        work: The function; what it returns other than bytes is forgotten.
        content: Of the file.
        timeout_s: How long the process may take, in seconds.

    Returns:
        The bytes that ``work`` returns, or none.

    Raises:
        InvalidInput: ``work`` refuses the content; or the process needs more memory or time than it has, or dies.
    """
    command = [sys.executable, "-m", __name__, work.__module__, work.__qualname__]
    environment = {**os.environ, **dict.fromkeys(THREADS, "1")}
    try:
        process = subprocess.run(
            command, input=content, capture_output=True, env=environment, timeout=timeout_s, check=False
        )
    except subprocess.TimeoutExpired:
        raise _refuse_excess() from None
    if process.returncode == _REFUSED:
        message, _, hint = process.stdout.decode("utf-8", "replace").partition("\n")
        raise InvalidInput(message, hint=hint)
    if process.returncode != 0:
        raise _refuse_excess()
    return process.stdout


def _refuse_excess() -> InvalidInput:
    return InvalidInput("The file takes too much memory or time to open.", hint="Keep the data alone, or send CSV.")


def main(module: str, name: str) -> int:
    """What the process does: bound itself, read the content from standard input, work on it, write the answer."""
    answers = os.dup(1)
    os.dup2(2, 1)  # what a library prints is no answer
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_S, PROCESSOR_S))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        answer = getattr(import_module(module), name)(sys.stdin.buffer.read())
    except SurrogateError as error:
        return _write(answers, f"{error.message}\n{error.hint}".encode("utf-8", "replace"), _REFUSED)
    except (MemoryError, RecursionError):
        return _BEYOND
    return _write(answers, answer if isinstance(answer, bytes) else b"", 0)


def _write(descriptor: int, content: bytes, status: int) -> int:
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
    return status


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
