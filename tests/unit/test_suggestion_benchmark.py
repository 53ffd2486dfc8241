"""The suggestion benchmark on tables of others: it goes on where it stopped, and repeats what another planner made."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks._field import field_methods, field_of
from benchmarks._labs import ASKS, STARTS
from benchmarks._pools import read_pool
from benchmarks.suggestion import main, version_of
from surrogate.errors import Unavailable


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A smooth table of 60 candidates of which less is better."""
    x = np.random.default_rng(0).random((60, 2))
    lines = [f"{a},{b},{(a - 0.3) ** 2 + (b - 0.6) ** 2}" for a, b in x]
    (tmp_path / "bowl.csv").write_text("\n".join(["a,b,y", *lines]), "utf-8")
    (tmp_path / "pools.toml").write_text('[bowl]\ndirection = "minimise"\n', "utf-8")
    return tmp_path


def test_it_goes_on_where_it_stopped(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.suggestion.STEPS", 4)  # how long a run is makes no difference
    state = folder / "state.jsonl"
    arguments = [str(folder), "--seeds", "1", "--only", "recall", "--methods", "tpe", "--json", "--workers", "0"]
    main([*arguments, "--state", str(state)])
    first = json.loads(capsys.readouterr().out)
    runs = state.read_text("utf-8").splitlines()
    assert {tuple(json.loads(line)["key"]) for line in runs} == {
        ("recall", "bowl", method, "0") for method in ("ours", "random", "tpe")
    }
    main([*arguments, "--state", str(state)])
    assert json.loads(capsys.readouterr().out)["rows"] == first["rows"]
    assert state.read_text("utf-8").splitlines() == runs
    old = [{**json.loads(line), "version": "another planner"} for line in runs]
    state.write_text("".join(json.dumps(entry) + "\n" for entry in old), "utf-8")
    main([*arguments, "--state", str(state)])
    assert len(state.read_text("utf-8").splitlines()) == 2 * len(runs)


def test_runs_of_peers_outlive_a_change_of_the_planner() -> None:
    assert version_of(("recall", "bowl", "tpe", "0")).startswith("optuna ")
    assert version_of(("field", "tpe + prior", "0")) == version_of(("recall", "bowl", "gp", "3"))
    assert version_of(("field", "ours without prior", "0")) == version_of(("coverage", "bowl", "0"))
    assert version_of(("recall", "bowl", "random", "0")) != version_of(("recall", "bowl", "ours", "0"))


def test_less_is_better_where_the_folder_says_so(folder: Path) -> None:
    pool = read_pool(folder / "bowl.csv", {"direction": "minimise"})
    best = pool.inputs[int(np.argmax(pool.y))]
    assert np.abs(best - (0.3, 0.6)).max() < 0.2
    assert len(pool.top) == 3


def test_the_field_hides_its_truth_and_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    field, again, other = field_of(3, models=tmp_path), field_of(3, models=tmp_path), field_of(4, models=tmp_path)
    assert field.table.y.tobytes() == again.table.y.tobytes()
    assert field.prior.shape == (len(field.truth), 1)
    assert np.abs(field.truth - field.simulated).max() > 0.05
    assert field.truth.max() > field.goal
    assert other.truth.tobytes() != field.truth.tobytes()
    bent = field_of(3, unknown_error=True, models=tmp_path)
    assert 0.1 < float(np.std(bent.truth - field.truth)) < 1.0


def test_every_method_that_can_be_told_a_prior_runs_with_and_without() -> None:
    assert field_methods(["ours", "random", "tpe", "baybe"]) == [
        "ours", "ours without prior", "random", "tpe", "tpe + prior", "baybe", "baybe + prior"
    ]  # fmt: skip


def test_the_picture_of_the_progress_is_of_the_seeds_that_every_method_has_finished(tmp_path: Path) -> None:
    from scripts.progress_picture import DRAWN, METHODS, draw, read_traces

    def line(scenario: str, method: str, seed: int, level: float) -> str:
        row = {"trace": [level] * (STARTS + ASKS)}
        return json.dumps({"key": ["labs", scenario, method, str(seed)], "version": "", "data": "", "row": row}) + "\n"

    ours, baybe = tmp_path / "ours.jsonl", tmp_path / "baybe.jsonl"
    runs = [(scenario, method, seed) for scenario in DRAWN for method in METHODS for seed in (0, 1, 2)]
    ours.write_text("".join(line(*run, 1.0 + run[2]) for run in runs if run[1] != "baybe"), "utf-8")
    with pytest.raises(Unavailable, match="No seed is finished by every method"):
        read_traces([ours])
    baybe.write_text("".join(line(*run, 5.0) for run in runs if run[1] == "baybe" and run[2] > 0), "utf-8")
    traces, seeds = read_traces([ours, baybe])
    assert seeds == 2
    assert traces["rugged"]["ours"][:, -1].tolist() == [2.0, 3.0]
    words = [text.get_text() for text in draw(traces, seeds).axes[-1].get_legend().get_texts()]
    assert words == ["ours", "BayBE", "Optuna TPE", "random"]
