"""From ``fit`` to what is served: the run, the registry, the exported folder, and the way of the champion."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from surrogate.datasets import sha256_of
from surrogate.errors import ArtifactError, InvalidInput, UnknownName
from surrogate.models import load
from surrogate.models.base import ModelStatus
from tests.training.workspace import FAILS, PASSES, QUICK, ROOT, Workspace
from training.tracking import CHALLENGER, CHAMPION, MODEL

# One tree that splits at random: it cannot pass the gate.
BAD = "physics = false\n\n[hyperparameters.tree_ensemble]\nn_trees = 1\nmin_leaf = 1\nmax_features = 0.01\n"


@pytest.fixture(scope="module")
def fitted(tmp_path_factory) -> tuple[Workspace, dict]:
    """Both properties fitted once; tests that read share it."""
    workspace = Workspace(folder=tmp_path_factory.mktemp("fitted"))
    done = workspace.call("fit", PASSES, "--property", FAILS, *QUICK, "--format", "json")
    assert done.code == 0, done.err
    return workspace, {model["property"]: model for model in json.loads(done.out)["models"]}


def run_of(workspace: Workspace, run_id: str):
    from mlflow.tracking import MlflowClient

    client = MlflowClient(tracking_uri=workspace.tracker.uri)
    return client, client.get_run(run_id)


def files_of(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_the_run_holds_settings_data_hash_grouped_metrics_and_baselines(fitted):
    workspace, models = fitted
    _, run = run_of(workspace, models[PASSES]["run_id"])
    assert run.info.status == "FINISHED"
    assert run.data.tags["data_sha256"] == sha256_of(workspace.measurements(PASSES))
    assert {"kind": "tree_ensemble", "folds": "3", "seed": "0", "trials": "0"}.items() <= run.data.params.items()
    metrics = run.data.metrics
    assert metrics["mae"] == models[PASSES]["evaluation"]["mae"]
    assert {"coverage_90", "crps", "nll", "gain", "tier.A.mae", "baseline.group_median.mae"} <= metrics.keys()
    assert metrics["gate_passed"] == 1.0


def test_the_run_names_its_data_its_source_its_members_and_stands_in_the_experiment_of_its_property(fitted):
    workspace, models = fitted
    client, run = run_of(workspace, models[PASSES]["run_id"])
    (entry,) = run.inputs.dataset_inputs
    assert entry.dataset.digest == sha256_of(workspace.measurements(PASSES))[:32]
    assert json.loads(entry.dataset.profile)["num_rows"] == len(workspace.measurements(PASSES))
    assert run.data.tags["mlflow.source.name"] == "python -m training"
    assert run.data.tags["mlflow.note.content"]
    assert run.data.tags["unit"] == "S/cm"
    if (ROOT / ".git").exists():
        assert len(run.data.tags["mlflow.source.git.commit"]) == 40
    assert float(run.data.params["weight.tree_ensemble"]) == 1.0
    collection = client.get_experiment(run.info.experiment_id)
    assert collection.name == f"sulfide-surrogate/{PASSES}"
    assert collection.tags["mlflow.experiment.primaryMetric.name"] == "mae"
    assert "errors and widths are in decades" in collection.tags["mlflow.note.content"]
    registered = client.get_registered_model(f"sulfide-{PASSES}")
    assert registered.tags["error_unit"] == models[PASSES]["evaluation"]["unit"]
    assert registered.description
    assert "papers" in client.get_model_version(registered.name, "1").description


def test_the_run_holds_the_model_its_evaluation_figures_and_card_and_no_pickle(fitted):
    workspace, models = fitted
    _, run = run_of(workspace, models[PASSES]["run_id"])
    folder = Path(run.info.artifact_uri.removeprefix("file://"))
    assert files_of(folder) == {
        "model/manifest.json",
        "model/arrays.npz",
        "model/MLmodel",
        "model/requirements.txt",
        "model/python_env.yaml",
        "model/input_example.json",
        "model/serving_input_example.json",
        "evaluation/rows.parquet",
        "evaluation/summary.json",
        "evaluation/importance.json",
        "figures/parity.png",
        "figures/reliability.png",
        "figures/residuals.png",
        "figures/importance.png",
        "model_card.md",
        "promotion.json",
    }
    assert folder.is_relative_to(workspace.folder / "mlruns")


def test_what_the_furnace_decides_is_what_the_model_heeds(fitted):
    workspace, _ = fitted
    path = workspace.tracker.download(
        workspace.tracker.version(PASSES), "evaluation/importance.json", workspace.folder / "heeded"
    )
    heeded = json.loads(path.read_text("utf-8"))
    assert next(iter(heeded)) == "heat treatment"
    assert heeded["heat treatment"] > 3 * heeded["milling"]
    assert heeded["measurement temperature"] == 0.0  # that of all rows


def test_mlflow_loads_the_registered_model_as_a_function_with_the_same_medians_and_intervals(fitted):
    import pandas as pd

    from surrogate.candidate.settings import read

    with warnings.catch_warnings(action="ignore"):  # of MLflow about type hints of its own
        import mlflow.pyfunc
    workspace, _ = fitted
    _, run = run_of(workspace, workspace.tracker.version(PASSES).run_id)
    function = mlflow.pyfunc.load_model(f"{run.info.artifact_uri}/{MODEL}")
    candidates = [m.candidate for m in workspace.measurements(PASSES)[:7]]
    answered = function.predict(pd.DataFrame([read(candidate) for candidate in candidates]))
    ours = load(workspace.models / PASSES).predict(candidates)
    assert answered["median"].tolist() == [p.median for p in ours]
    assert answered["low"].tolist() == [p.interval.low for p in ours]
    assert answered["high"].tolist() == [p.interval.high for p in ours]
    assert answered["domain"].tolist() == [p.domain.status.value for p in ours]
    assert {column.name for column in function.metadata.get_output_schema()} == set(answered.columns)
    assert len(function.predict(function.input_example)) == 1
    with pytest.raises(UnknownName, match="milling_tim_h"):
        function.predict(pd.DataFrame([{"electrolyte": "Li6PS5Cl", "milling_tim_h": 3.0}]))
    with pytest.raises(InvalidInput, match="Row 2: milling_time_h is '3 h'; it must be a number"):
        function.predict(pd.DataFrame({"electrolyte": ["Li6PS5Cl", "Li3PS4"], "milling_time_h": [None, "3 h"]}))
    with pytest.raises(InvalidInput, match="active_material describes a cell"):
        function.predict(pd.DataFrame([{"electrolyte": "Li6PS5Cl", "active_material": "Li2S"}]))


def test_every_trial_of_a_search_is_a_run_within_that_of_the_model(workspace):
    searched = ("--kind", "group_median", "--folds", "2", "--trials", "3", "--jobs", "1", "--data", "tables")
    assert workspace.call("fit", PASSES, *searched, "--format", "json").code == 0
    parent = workspace.tracker.version(PASSES).run_id
    client, run = run_of(workspace, parent)
    within = f"tags.`mlflow.parentRunId` = '{parent}'"
    children = client.search_runs([run.info.experiment_id], within, order_by=["attributes.run_name"])
    assert [child.info.run_name for child in children] == [f"group_median trial {n}" for n in range(3)]
    for child in children:
        assert child.info.status == "FINISHED"
        assert "group_median.pooling" in child.data.params
        assert child.data.metrics["search_mae"] > 0
    best = min(children, key=lambda child: child.data.metrics["search_mae"])
    assert run.data.params["chosen.group_median.pooling"] == best.data.params["group_median.pooling"]


def test_the_rows_of_the_evaluation_give_its_error_again(fitted):
    import pandas as pd

    from surrogate.models.evaluation import error_metrics

    workspace, models = fitted
    version = workspace.tracker.version(PASSES)
    rows = pd.read_parquet(workspace.tracker.download(version, "evaluation/rows.parquet", workspace.folder / "rows"))
    assert error_metrics(rows, "predicted")["mae"] == pytest.approx(models[PASSES]["evaluation"]["mae"], rel=1e-12)
    assert len(rows) == len(workspace.measurements(PASSES))


def test_only_what_passes_the_gate_becomes_champion(fitted):
    workspace, models = fitted
    tracker = workspace.tracker
    assert tracker.by_alias(PASSES, CHAMPION).number == models[PASSES]["version"] == "1"
    assert tracker.by_alias(PASSES, CHALLENGER) is None
    assert tracker.by_alias(FAILS, CHAMPION) is None
    assert tracker.by_alias(FAILS, CHALLENGER).number == models[FAILS]["version"]
    assert load(workspace.models / PASSES).identity.status is ModelStatus.CHAMPION


def test_a_property_without_champion_is_served_provisionally_with_the_reason(fitted):
    workspace, models = fitted
    identity = load(workspace.models / FAILS).identity
    assert identity.status is ModelStatus.PROVISIONAL
    assert "on unseen papers" in identity.reason
    assert models[FAILS]["reasons"][0].lower() in identity.reason.lower()
    assert models[FAILS]["gate"]["passed"] is False


def test_the_exported_folder_is_the_registered_artifact_and_knows_its_own_quality(fitted):
    workspace, models = fitted
    stored = workspace.tracker.download(workspace.tracker.version(PASSES), MODEL, workspace.folder / "registered")
    for name in ("manifest.json", "arrays.npz"):
        assert (stored / name).read_bytes() == (workspace.models / PASSES / name).read_bytes()
    card = load(workspace.models / PASSES).card
    assert card.metrics["evaluation"]["mae"] == models[PASSES]["evaluation"]["mae"]
    assert card.metrics["baselines"].keys() == models[PASSES]["baselines"].keys()
    assert card.metrics["protocol"]["folds"] == 3
    assert card.limits


def test_the_service_draws_the_held_out_values_that_the_model_carries(fitted):
    from serving.models.page import _draw

    workspace, _ = fitted
    card = load(workspace.models / PASSES).card
    assert {len(column) for column in card.held_out.values()} == {card.metrics["evaluation"]["n_rows"]}
    assert len(set(card.held_out["paper"])) == card.metrics["evaluation"]["n_papers"]
    assert _draw(card).startswith(b"\x89PNG")


def test_the_service_finds_the_champion_in_the_registry(fitted):
    from serving.http.registry import TrackingSource

    workspace, _ = fitted
    source = TrackingSource(template="models:/sulfide-{property}@champion", tracking_uri=workspace.tracker.uri)
    assert source.fingerprints() == {PASSES: f"sulfide-{PASSES}/1"}
    assert source.load(PASSES).identity.status is ModelStatus.CHAMPION


def test_promoting_what_misses_the_gate_ends_with_7_and_the_reason(fitted):
    workspace, _ = fitted
    done = workspace.call("promote", "--property", FAILS, "--format", "json")
    assert done.code == 7
    assert "is not promoted" in done.err
    assert "on unseen papers" in done.err
    (promotion,) = json.loads(done.out)["promotions"]
    assert promotion["served"]["status"] == "provisional"
    assert workspace.tracker.by_alias(FAILS, CHAMPION) is None


def test_promoting_the_champion_again_changes_nothing(fitted):
    workspace, _ = fitted
    before = (workspace.models / PASSES / "manifest.json").read_bytes()
    assert workspace.call("promote", PASSES, "--version", "1").code == 0
    assert (workspace.models / PASSES / "manifest.json").read_bytes() == before


def test_what_is_not_registered_cannot_be_promoted(fitted):
    workspace, _ = fitted
    done = workspace.call("promote", "capacity_retention")
    assert (done.code, done.out) == (5, "")
    assert "No model of capacity_retention is registered" in done.err
    assert workspace.call("promote", PASSES, "--version", "9").code == 5
    assert workspace.call("promote", "--version", "1").code == 2


def test_the_model_card_is_made_from_the_manifests(fitted):
    workspace, models = fitted
    printed = workspace.call("card")
    assert printed.code == 0
    assert workspace.call("card", "--out", "docs/model_card.md").code == 0
    text = (workspace.folder / "docs/model_card.md").read_text()
    assert text == printed.out
    assert "## Ionic conductivity" in text
    assert "Why it is provisional" in text
    for name in models[PASSES]["evaluation"]["by_group"]:
        assert f"| {name} |" in text
    assert f"of {models[FAILS]['evaluation']['n_papers']} papers" in text


def test_a_challenger_that_fails_leaves_the_champion_in_service(workspace):
    assert workspace.call("fit", PASSES, *QUICK).code == 0
    (workspace.folder / "bad.toml").write_text(BAD)
    done = workspace.call("fit", PASSES, *QUICK, "--config", "bad.toml", "--strict", "--format", "json")
    assert done.code == 7
    (model,) = json.loads(done.out)["models"]
    assert (model["version"], model["promoted"]) == ("2", False)
    assert model["comparison"]["champion"] == "1"
    assert model["comparison"]["gain"] < 0
    assert model["served"] == {"version": "1", "status": "champion", "folder": f"models/{PASSES}"}
    assert load(workspace.models / PASSES).identity.version == "1"
    tracker = workspace.tracker
    assert tracker.by_alias(PASSES, CHAMPION).number == "1"
    assert tracker.by_alias(PASSES, CHALLENGER).number == "2"


def test_what_was_fitted_without_promotion_can_be_promoted_later(workspace):
    assert workspace.call("fit", PASSES, *QUICK, "--no-promote").code == 0
    identity = load(workspace.models / PASSES).identity
    assert (identity.status, identity.reason) == (ModelStatus.PROVISIONAL, "It was not put up for promotion.")
    assert workspace.tracker.by_alias(PASSES, CHAMPION) is None
    done = workspace.call("promote")
    assert done.code == 0, done.err
    version = workspace.tracker.by_alias(PASSES, CHAMPION)
    assert version.number == "1"
    assert workspace.tracker.by_alias(PASSES, CHALLENGER) is None
    for folder in (workspace.models / PASSES, workspace.tracker.download(version, MODEL, workspace.folder / "again")):
        assert load(folder).identity.status is ModelStatus.CHAMPION


def test_a_registered_artifact_that_was_changed_is_refused(workspace):
    assert workspace.call("fit", PASSES, *QUICK, "--no-promote").code == 0
    (arrays,) = workspace.folder.glob("mlruns/*/artifacts/model/arrays.npz")
    content = bytearray(arrays.read_bytes())
    content[len(content) // 2] ^= 1
    arrays.write_bytes(content)
    done = workspace.call("promote", PASSES)
    assert (done.code, done.out) == (5, "")
    assert f"arrays.npz of the stored model of {PASSES} (version 1) is not what was saved" in done.err
    assert workspace.tracker.by_alias(PASSES, CHAMPION) is None
    with pytest.raises(ArtifactError):
        load(arrays.parent)


def test_a_champion_that_can_no_longer_be_read_does_not_stand_in_the_way(workspace):
    assert workspace.call("fit", PASSES, *QUICK).code == 0
    (manifest,) = workspace.folder.glob("mlruns/*/artifacts/model/manifest.json")
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "format": 0}))
    done = workspace.call("fit", PASSES, *QUICK, "--no-promote", "--format", "json")
    assert done.code == 0, done.err
    assert f"champion, which cannot be served: The stored model of {PASSES} (version 1) has format 0" in done.err
    assert json.loads(done.out)["models"][0]["served"]["status"] == "provisional"
    assert load(workspace.models / PASSES).identity.version == "2"
    assert workspace.call("promote", PASSES).code == 0
    assert workspace.tracker.by_alias(PASSES, CHAMPION).number == "2"


def test_a_run_that_breaks_is_marked_as_failed_and_registers_nothing(workspace):
    tracker = workspace.tracker
    with pytest.raises(RuntimeError, match="broke"), tracker.run(PASSES, "a run", {}) as run:
        raise RuntimeError("broke")
    _, stored = run_of(workspace, run.id)
    assert stored.info.status == "FAILED"
    with pytest.raises(KeyboardInterrupt), tracker.run(PASSES, "another", {}) as run:
        raise KeyboardInterrupt
    assert run_of(workspace, run.id)[1].info.status == "KILLED"
    assert not tracker.has_versions(PASSES)


def test_the_tracking_store_can_be_elsewhere(workspace, tmp_path, monkeypatch):
    from training.tracking import Tracker

    elsewhere = tmp_path / "elsewhere" / "store.db"
    elsewhere.parent.mkdir()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{elsewhere}")
    assert not Tracker(folder=workspace.folder).has_versions(PASSES)
    assert elsewhere.is_file()
    assert not (workspace.folder / "mlflow.db").exists()


# What a machine that only serves need not have.
BLOCKED = ("mlflow", "torch", "sklearn", "optuna", "botorch", "matplotlib", "training")

READER = """
import json, sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked!r}:
            raise ImportError(name + " is blocked")
sys.meta_path.insert(0, Blocked())
from surrogate.datasets import load as rows
from surrogate.models import load_models
(model,) = load_models().values()
found = model.predict([m.candidate for m in rows({property!r}, data="tables")[:5]])
print(json.dumps([[p.median, p.interval.low, p.interval.high] for p in found]))
"""


def test_an_exported_forest_predicts_the_same_where_only_the_library_is(workspace):
    assert workspace.call("fit", PASSES, *QUICK).code == 0
    code = READER.format(blocked=BLOCKED, property=PASSES)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    read = subprocess.run(
        [sys.executable, "-c", code], cwd=workspace.folder, env=environment, capture_output=True, text=True
    )
    assert read.returncode == 0, read.stderr
    here = load(workspace.models / PASSES).predict([m.candidate for m in workspace.measurements(PASSES)[:5]])
    assert json.loads(read.stdout) == [[p.median, p.interval.low, p.interval.high] for p in here]
