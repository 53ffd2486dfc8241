"""The notebook runs from start to end, offline, and leaves its sheets; what is stored fits its script."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted((ROOT / "notebooks").glob("*.py"))
LARGEST_BYTES = 2_000_000


#: What each notebook has to show: figures, and sentences that only a run to the end can say.
SHOWN = {
    "recommend_next_experiments": (
        6,
        ("the same sheet once more: told 0", "failed, simulated", "activation energy: ", "rows of mine",
         "the next sheet: ", "the same answer", "attempt 2: "),
    ),
    "design_recipes": (3, ("in the way: ionic_conductivity >= 40 mS/cm", "after: ")),
    "train_and_track": (6, ("challenger: version", "trial 2", "MLflow's function", "Where not to rely on it")),
}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_runs_from_start_to_end_with_small_models(script: Path, tmp_path: Path) -> None:
    figures, sentences = SHOWN[script.stem]
    small = {"SURROGATE_QUICK": "1", "SURROGATE_OUT": str(tmp_path / "sheets")}
    command = [sys.executable, str(ROOT / "scripts" / "notebook.py"), script.stem, "--out", str(tmp_path)]
    done = subprocess.run(command, env={**os.environ, **small}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    notebook = nbformat.read(tmp_path / f"{script.stem}.ipynb", as_version=4)
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    assert sum("image/png" in out.get("data", {}) for out in outputs) >= figures
    said = "\n".join(str(out.get("text") or out.get("data", {}).get("text/markdown", "")) for out in outputs)
    assert [sentence for sentence in sentences if sentence not in said] == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_the_stored_notebook_is_that_of_the_script_and_small(script: Path) -> None:
    stored = script.with_suffix(".ipynb")
    assert stored.stat().st_size < LARGEST_BYTES
    notebook = nbformat.read(stored, as_version=4)
    assert [c.source for c in notebook.cells] == [c.source for c in jupytext.read(script).cells], (
        "the script has changed: run 'python scripts/notebook.py --keep'"
    )
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    assert [out for out in outputs if out.output_type == "error" or out.get("name") == "stderr"] == []
    assert any("image/png" in out.get("data", {}) for out in outputs)
    assert str(ROOT) not in stored.read_text("utf-8")
