"""The command line, run as a person runs it, or here, which spares the imports."""

from __future__ import annotations

import io
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from surrogate.cli import app

Done = subprocess.CompletedProcess[str]


def run(*arguments: object, cwd: Path | None = None) -> Done:
    """`surrogate` with these arguments, in a process of its own."""
    command = [sys.executable, "-m", "surrogate.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=120, check=False)


def run_here(*arguments: object, cwd: Path | None = None) -> Done:
    """`surrogate` with these arguments, in this process."""
    out, err = io.StringIO(), io.StringIO()
    command = ["surrogate", *map(str, arguments)]
    code: int | str | None = 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", command)
        if cwd is not None:
            patch.chdir(cwd)
        try:
            app()
        except SystemExit as end:
            code = end.code or 0
    assert isinstance(code, int), code
    return subprocess.CompletedProcess(command, code, out.getvalue(), err.getvalue())
