"""The command line: quick to ask, exact about what is wrong, data on stdout and nothing else there."""

from __future__ import annotations

import json
import resource
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from surrogate.properties import MODELLED
from tests.training.workspace import FAILS, PASSES, QUICK, ROOT, TABLES

COMMANDS = ("check", "simulate", "fit", "evaluate", "promote", "card")


def cpu_seconds(*arguments: str) -> tuple[float, str]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-m", "training", *arguments], cwd=ROOT, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stderr
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def test_help_names_every_command_in_under_a_second():
    cpu_seconds("--help")  # the first call may have to compile
    seconds, text = min(cpu_seconds("--help") for _ in range(2))
    assert seconds < 1
    assert all(f"\n  {command} " in text for command in COMMANDS)


def test_the_help_of_a_command_loads_nothing_heavy():
    code = (
        "import sys, json\nfrom training.commands import main\ncode = main(['fit', '--help'])\n"
        "print(json.dumps([code, sorted({name.partition('.')[0] for name in sys.modules})]))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    code, loaded = json.loads(done.stdout.splitlines()[-1])
    assert code == 0
    heavy = {"mlflow", "optuna", "torch", "sklearn", "pandas", "numpy", "scipy", "matplotlib", "pymatgen"}
    assert heavy.isdisjoint(loaded)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("fit", "--folds", "many"), 2, "--folds"),
        (("fit", "--folds", "1"), 2, "--folds"),
        (("teach",), 2, "teach"),
        (("evaluate", "--format", "yaml"), 2, "yaml"),
        (("fit", "ionic_conductivty"), 3, "ionic_conductivity"),
        (("fit", PASSES, "--kind", "tree_ensembel"), 3, "There is no kind named 'tree_ensembel'. Did you mean tree_"),
        (("evaluate", PASSES, "--kinds", "group_median,forest"), 3, "forest"),
        (("evaluate", PASSES, "--kinds", ""), 3, "no kind of model named ''"),
        (("evaluate", PASSES, "--folds", "500", "--kinds", "group_median"), 3, "500 folds"),
        (("evaluate", PASSES, "--data", "nowhere"), 5, "nowhere"),
        (("fit", PASSES, "--config", "none.toml"), 5, "none.toml"),
        (("card", "--models", "nowhere"), 5, "nowhere"),
        (("check", "--data", "nowhere"), 5, "nowhere"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence_with_its_exit_code(workspace, arguments, code, said):
    done = workspace.call(*arguments)
    assert done.code == code
    assert said in done.err + (done.out if arguments[0] == "check" else "")
    assert "Traceback" not in done.err
    if arguments[0] != "check":
        assert done.out == ""


def test_a_broken_configuration_is_told_before_any_work_begins(workspace):
    (workspace.folder / "own.toml").write_text("[hyperparameters.group_median]\npoling = 1.0\n")
    done = workspace.call("fit", PASSES, *QUICK, "--config", "own.toml")
    assert (done.code, done.out) == (3, "")
    assert "pooling" in done.err
    assert not (workspace.folder / "mlflow.db").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("fit", PASSES, *QUICK, "--out", "taken"),
        ("promote", PASSES, "--out", "taken"),
        ("fit", PASSES, *QUICK, "--trials", "1", "--studies", "taken/searches.db"),
    ],
)
def test_a_place_that_cannot_be_written_is_said_before_any_model_is_registered(workspace, arguments):
    (workspace.folder / "taken").write_text("a file")
    done = workspace.call(*arguments)
    assert (done.code, done.out) == (5, "")
    assert "taken" in done.err
    assert len(done.err.strip().splitlines()[-1]) < 200
    assert not workspace.tracker.has_versions(PASSES)


def test_spaces_after_the_commas_of_kinds_are_no_names(workspace):
    done = workspace.call("evaluate", PASSES, "--kinds", "group_median, tree_ensemble", *QUICK[2:])
    assert done.code == 0
    assert "tree ensemble" in done.out


def test_a_table_without_rows_says_that_there_are_none(workspace):
    table = workspace.folder / "tables" / "literature" / "electrolytes.csv"
    table.write_text(table.read_text("utf-8").splitlines()[0] + "\n", "utf-8")
    done = workspace.call("evaluate", PASSES, *QUICK[2:])
    assert done.code == 3
    assert f"There are no measurements of {PASSES} to learn from." in done.err


def test_evaluate_puts_kinds_beside_baselines_and_stores_nothing(workspace):
    arguments = ("evaluate", PASSES, "--kinds", "group_median", *QUICK[2:])
    table = workspace.call(*arguments)
    assert table.code == 0
    for word in ("MAE", "in 90 %", "group median", "baseline: nearest neighbour"):
        assert word in table.out
    (found,) = json.loads(workspace.call(*arguments, "--format", "json").out)["evaluations"]
    assert found["kinds"]["group_median"]["evaluation"]["n_papers"] > 10
    assert found["baselines"]["global_median"]["mae"] > 0
    assert {path.name for path in workspace.folder.iterdir()} == {"tables", "quick.toml"}


def test_the_numbers_do_not_depend_on_the_number_of_processes(workspace):
    arguments = ("evaluate", PASSES, "--kinds", "tree_ensemble", "--folds", "3", *TABLES, "--format", "json")
    one, two = (workspace.call(*arguments, "--jobs", jobs) for jobs in ("1", "2"))
    assert one.code == two.code == 0
    assert one.out == two.out


def test_a_seed_gives_the_same_numbers_again_and_another_gives_others(workspace):
    arguments = ("evaluate", FAILS, "--kinds", "group_median", "--folds", "2", "--jobs", "1", "--format", "json")
    first, again, other = (workspace.call(*arguments, "--seed", seed).out for seed in ("4", "4", "5"))
    assert first == again != other


def test_every_property_can_be_named():
    from training.commands import _chosen

    assert _chosen(None, None) == _chosen(["all"], None) == _chosen(None, ["all"]) == list(MODELLED)
    assert _chosen([FAILS], [PASSES]) == _chosen([PASSES, FAILS], [PASSES]) == [PASSES, FAILS]


def test_check_and_simulate_are_handed_their_own_arguments(workspace):
    done = workspace.call("check")
    assert done.code == 0
    assert "no fault" in done.out
    assert "--seed" in workspace.call("simulate", "--help").out


def test_an_interrupted_fit_tells_the_command_that_asks_for_the_rest(tmp_path, monkeypatch, capsys):
    """The command that goes on has the same options, whatever their values are spelt like, and the properties left."""
    from training import fitting
    from training.commands import main

    asked = []

    def interrupted(plan, **options):
        asked.append((plan, {name: options[name] for name in ("data", "out", "promote", "studies")}))
        raise KeyboardInterrupt

    monkeypatch.setattr(fitting, "fit_property", interrupted)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    monkeypatch.chdir(tmp_path)
    given = ["--out", FAILS, "--studies=all", "--kind", "group_median", "--no-promote", "--jobs=1", "--seed", "3"]
    assert main(["fit", PASSES, *given, "--property", FAILS]) == 130
    resumed = shlex.split(capsys.readouterr().err.partition("Go on with: python -m training ")[2])
    assert main(resumed) == 130
    assert asked[0] == asked[1]
    assert asked[0][1]["out"] == Path(FAILS)
    assert resumed[1:3] == [PASSES, FAILS]
