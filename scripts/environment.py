"""Make an environment what its pinned requirements say: `python3.11 scripts/environment.py [predict | peers]`.

`.venv` is that of the project, and `make` calls this for every target that runs code. `.venv-predict` is small and made
within a minute: it predicts and suggests (`make predict`). `.venv-peers` holds what the suggestion benchmark compares
with and what cannot live beside the rest (`make peers`). This needs nothing but the standard library and a Python of
3.11 or newer. An environment is made in stages, each done again only when the file it depends on has changed: PyTorch
by itself, the pinned packages, and the project as an editable install.

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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One `pip install`, repeated only when the content of ``source`` changes."""

    name: str
    source: Path
    arguments: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        """A hash of what is installed from."""
        return hashlib.sha256(self.source.read_bytes()).hexdigest()


TORCH = Stage(name="torch", source=REQUIREMENTS / "torch.txt", arguments=("-r", str(REQUIREMENTS / "torch.txt")))
PROJECT = Stage(
    name="project",
    source=ROOT / "pyproject.toml",
    arguments=("--no-deps", "--no-build-isolation", "--editable", str(ROOT)),
)


def pinned(lock: str) -> Stage:
    """The packages that ``lock`` pins: all of them, by their hashes, and nothing else."""
    path = REQUIREMENTS / lock
    return Stage(name="packages", source=path, arguments=("--no-deps", "--require-hashes", "-r", str(path)))


@dataclass(frozen=True, kw_only=True)
class Environment:
    """A virtual environment of this project: its ``folder`` and the ``stages`` it is made in."""

    folder: Path
    stages: tuple[Stage, ...]

    @property
    def python(self) -> Path:
        """The interpreter."""
        return self.folder / "bin" / "python"

    @property
    def unfinished(self) -> Path:
        """A file that is there while an install runs, so one that is left behind was cut off."""
        return self.folder / ".unfinished"

    @property
    def installed(self) -> Path:
        """A file that maps the stages to hashes of what they were installed from."""
        return self.folder / ".installed.json"

    @property
    def ready(self) -> Path:
        """A file whose age make compares with that of the requirements."""
        return self.folder / ".ready"

    def bring_up_to_date(self) -> None:
        """Make it if it does not work, and run the stages whose files have changed."""
        started = time.monotonic()
        if self.unfinished.exists() or not self.works():
            self.create()
        installed = json.loads(self.installed.read_text()) if self.installed.exists() else {}
        due = [stage for stage in self.stages if installed.get(stage.name) != stage.fingerprint]
        if due:
            self.ready.unlink(missing_ok=True)
            self.unfinished.touch()
            for stage in due:
                say(f"installing {stage.name} ({stage.source.relative_to(ROOT)})")
                self.pip("install", "--quiet", *stage.arguments)
                self.pip("check")
                installed[stage.name] = stage.fingerprint
                self.installed.write_text(json.dumps(installed, indent=2) + "\n")
            self.unfinished.unlink()
            say(f"{self.folder.name} is ready after {time.monotonic() - started:.0f} s")
        self.ready.touch()

    def works(self) -> bool:
        """Whether it holds a Python that starts and has pip (an upgrade of the base Python can break it)."""
        command = [str(self.python), "-c", "import pip"]
        return self.python.exists() and subprocess.run(command, capture_output=True, check=False).returncode == 0

    def create(self) -> None:
        """Make it empty, in place of what was there."""
        say(f"creating {self.folder.relative_to(ROOT)} with Python {sys.version.split()[0]}")
        if self.folder.exists():
            shutil.rmtree(self.folder)
        self.folder.mkdir()
        self.unfinished.touch()
        if importlib.util.find_spec("ensurepip"):
            run(sys.executable, "-m", "venv", str(self.folder))
            return
        # Debian ships Python without ensurepip; the pip that is there can install another one.
        run(sys.executable, "-m", "venv", "--without-pip", str(self.folder))
        run(sys.executable, "-m", "pip", "--python", str(self.python), "install", "--quiet", "pip")

    def pip(self, *arguments: str) -> None:
        """Run its pip."""
        run(str(self.python), "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments)


ENVIRONMENTS = {
    "project": Environment(folder=ROOT / ".venv", stages=(TORCH, pinned("dev.lock"), PROJECT)),
    "predict": Environment(folder=ROOT / ".venv-predict", stages=(pinned("predict.lock"), PROJECT)),
    "peers": Environment(folder=ROOT / ".venv-peers", stages=(TORCH, pinned("peers.lock"))),
}


def main(arguments: Sequence[str] = ("project",)) -> int:
    """Bring an environment up to date; 0 when it is, 1 with a sentence when it cannot be."""
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever starts this may have an older one
        say(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}. Run 'make PYTHON=/path/to/python3.11'.")
        return 1
    (name,) = arguments or ("project",)
    if name not in ENVIRONMENTS:
        say(f"There is no environment '{name}'. Name one of {', '.join(ENVIRONMENTS)}.")
        return 1
    environment = ENVIRONMENTS[name]
    with _one_at_a_time():
        try:
            environment.bring_up_to_date()
        except subprocess.CalledProcessError as error:
            say(f"The step that failed: {' '.join(map(str, error.cmd))}")
            if error.returncode > 0:  # pip undid what it had begun; a step that was killed did not
                environment.unfinished.unlink(missing_ok=True)
            return 1
        except KeyboardInterrupt:
            say("Interrupted. The next call makes the environment afresh.")
            return 130
    return 0


def run(*command: str) -> None:
    """Run a step; a step that fails ends everything."""
    subprocess.run(command, check=True, cwd=ROOT)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Hold a lock on the project's folder; it needs no file of its own and ends with the process."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def say(text: str) -> None:
    """Tell the person who waits, on stderr."""
    print(f"environment: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
