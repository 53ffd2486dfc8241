"""Make the environment in `.venv` what the pinned requirements say: `python3.11 scripts/environment.py`.

`make` calls this for every target that runs code. It needs nothing but the standard library and a Python of 3.11 or
newer. Three stages, each done again only when the file it depends on has changed: PyTorch by itself, the pinned
packages, the project as an editable install.

Safe to call twice at once (the second caller waits) and to interrupt (a half-made environment is made afresh).
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UNFINISHED = VENV / ".unfinished"  # present while an install runs, so left behind by one that was cut off
INSTALLED = VENV / ".installed.json"  # stage -> hash of the file it was installed from
READY = VENV / ".ready"  # make compares its age with the files above


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One `pip install`, repeated only when the content of ``source`` changes."""

    name: str
    source: Path
    arguments: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.source.read_bytes()).hexdigest()


REQUIREMENTS = ROOT / "requirements"
STAGES = (
    Stage(name="torch", source=REQUIREMENTS / "torch.txt", arguments=("-r", str(REQUIREMENTS / "torch.txt"))),
    Stage(name="packages", source=REQUIREMENTS / "dev.lock", arguments=("-r", str(REQUIREMENTS / "dev.lock"))),
    Stage(
        name="project",
        source=ROOT / "pyproject.toml",
        arguments=("--no-deps", "--no-build-isolation", "--editable", str(ROOT)),
    ),
)


def main() -> int:
    """Bring `.venv` up to date; 0 when it is, 1 with a sentence when it cannot be."""
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever starts this may have an older one
        say(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}. Run 'make PYTHON=/path/to/python3.11'.")
        return 1
    with one_at_a_time():
        try:
            bring_up_to_date()
        except subprocess.CalledProcessError as error:
            say(f"The step that failed: {' '.join(error.cmd)}")
            if error.returncode > 0:  # pip undid what it had begun; a step that was killed did not
                UNFINISHED.unlink(missing_ok=True)
            return 1
        except KeyboardInterrupt:
            say("Interrupted. The next call makes the environment afresh.")
            return 130
    return 0


def bring_up_to_date() -> None:
    started = time.monotonic()
    if UNFINISHED.exists() or not works():
        create()
    installed = json.loads(INSTALLED.read_text()) if INSTALLED.exists() else {}
    due = [stage for stage in STAGES if installed.get(stage.name) != stage.fingerprint]
    if due:
        READY.unlink(missing_ok=True)
        UNFINISHED.touch()
        for stage in due:
            say(f"installing {stage.name} ({stage.source.relative_to(ROOT)})")
            pip("install", "--quiet", *stage.arguments)
            pip("check")
            installed[stage.name] = stage.fingerprint
            INSTALLED.write_text(json.dumps(installed, indent=2) + "\n")
        UNFINISHED.unlink()
        say(f"ready after {time.monotonic() - started:.0f} s")
    READY.touch()


def works() -> bool:
    """Whether `.venv` holds a Python that starts and has pip (an upgrade of the base Python can break it)."""
    return PYTHON.exists() and subprocess.run([PYTHON, "-c", "import pip"], capture_output=True).returncode == 0


def create() -> None:
    say(f"creating {VENV.relative_to(ROOT)} with Python {sys.version.split()[0]}")
    if VENV.exists():
        shutil.rmtree(VENV)
    VENV.mkdir()
    UNFINISHED.touch()
    if importlib.util.find_spec("ensurepip"):
        run(sys.executable, "-m", "venv", str(VENV))
        return
    # Debian ships Python without ensurepip; the pip that is there can install another one.
    run(sys.executable, "-m", "venv", "--without-pip", str(VENV))
    run(sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "--quiet", "pip")


def pip(*arguments: str) -> None:
    run(str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments)


def run(*command: str) -> None:
    subprocess.run(command, check=True, cwd=ROOT)


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hold a lock on the project's folder; it needs no file of its own and ends with the process."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def say(text: str) -> None:
    print(f"environment: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
