"""How a command ends that cannot go on: in a sentence on stderr and with the exit code of its error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

from surrogate.errors import InvalidInput, SurrogateError, TableError
from surrogate.execution.interruption import INTERRUPTED, heeding_interruption


@contextmanager
def answering(resume: Callable[[], str] | None = None, *, every_fault: bool = False) -> Iterator[None]:
    """Errors raised on purpose as sentences and their exit code; Ctrl-C with how to go on.

    Args:
        resume: Says how to go on.
        every_fault: Whether each fault of a table is a sentence, and a file that cannot be written an error of ours.
    """
    try:
        with heeding_interruption():
            yield
    except SurrogateError as problem:
        faults = problem.faults if every_fault and isinstance(problem, TableError) else [problem]
        print(*faults, sep="\n", file=sys.stderr, flush=True)
        raise typer.Exit(problem.exit_code) from None
    except KeyboardInterrupt:
        print(f"Interrupted.{' ' + resume() if resume else ''}", file=sys.stderr, flush=True)
        raise typer.Exit(INTERRUPTED) from None
    except OSError as problem:
        if not every_fault:
            raise
        print(f"'{problem.filename}' cannot be written: {problem.strerror}.", file=sys.stderr, flush=True)
        raise typer.Exit(InvalidInput.exit_code) from None
