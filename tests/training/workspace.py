"""A working folder with a tracking store, searches and exported models of its own."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from surrogate.candidate.measurement import Measurement
from surrogate.datasets import load
from surrogate.execution.process import THREADS
from tests.interrupts import hear_ctrl_c
from tests.training.tables import prepare
from training.commands import main
from training.tracking import Tracker

ROOT = Path(__file__).resolve().parents[2]

# Quick and known (tests/training/tables.py): a small forest surely beats every baseline on the one property and none on
# the other.
PASSES, FAILS = "ionic_conductivity", "activation_energy"
TABLES = ("--data", "tables", "--config", "quick.toml")
QUICK = ("--kind", "tree_ensemble", "--folds", "3", "--jobs", "1", *TABLES)


@dataclass(frozen=True, kw_only=True)
class Result:
    code: int
    out: str
    err: str


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """A working folder in which ``python -m training`` runs, in this process or in one of its own."""

    folder: Path

    def __post_init__(self) -> None:
        prepare(self.folder)

    def measurements(self, property: str) -> list[Measurement]:
        """What :data:`QUICK` learns from."""
        return load(property, data=self.folder / "tables")

    @property
    def models(self) -> Path:
        return self.folder / "models"

    @property
    def tracker(self) -> Tracker:
        return Tracker(uri=f"sqlite:///{self.folder / 'mlflow.db'}", folder=self.folder)

    def environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "training", *arguments]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment(),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=hear_ctrl_c,
        )

    def run(self, *arguments: str) -> Result:
        """One command in a process of its own."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=120)
        return Result(code=process.returncode, out=out, err=err)

    def call(self, *arguments: str) -> Result:
        """One command in this process, which spares the imports."""
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.chdir(self.folder)
            patch.delenv("MLFLOW_TRACKING_URI", raising=False)
            for name in THREADS:
                patch.setenv(name, "1")
            code = main(arguments)
        return Result(code=code, out=out.getvalue(), err=err.getvalue())
