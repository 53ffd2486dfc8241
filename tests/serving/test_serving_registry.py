"""Models come and go without a pause, and a damaged one never replaces a good one."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from serving.http.registry import FolderSource, Registry, TrackingSource, probe, source_for
from surrogate.errors import ArtifactError, Unavailable, UnknownName
from surrogate.models import artifact
from surrogate.models.base import ModelStatus
from tests.serving.conftest import TRAINED, Application, MemorySource, Running
from tests.serving.family_median import FamilyMedian, fit_family_median

NAME = "ionic_conductivity"


@pytest.fixture
def folder(trained: Path, tmp_path: Path) -> Path:
    """A copy of the trained models that a test may damage."""
    return shutil.copytree(trained, tmp_path / "models")


def registry_of(folder: Path) -> Registry:
    registry = Registry(FolderSource(folder=folder))
    registry.refresh()
    return registry


def version_of(registry: Registry) -> str:
    return registry.snapshot.get(NAME).surrogate.identity.version


def test_folder_is_served_as_it_is(folder: Path) -> None:
    snapshot = registry_of(folder).snapshot
    assert set(snapshot.models) == set(TRAINED)
    assert not snapshot.faults
    assert snapshot.reason_not_ready is None


def test_new_version_is_taken_over(folder: Path) -> None:
    registry = registry_of(folder)
    before = registry.snapshot
    artifact.save(artifact.load(folder / NAME).with_identity(version="2"), folder / NAME)
    registry.refresh()
    assert version_of(registry) == "2"
    assert before.get(NAME).surrogate.identity.version != "2"  # a request that took its snapshot is not disturbed


def test_nothing_is_loaded_again_without_a_change(folder: Path) -> None:
    registry = registry_of(folder)
    first = registry.snapshot.get(NAME)
    registry.refresh()
    assert registry.snapshot.get(NAME) is first


def test_change_is_told_once(folder: Path) -> None:
    changes: list[int] = []
    registry = Registry(FolderSource(folder=folder), on_change=lambda: changes.append(1))
    registry.refresh()
    registry.refresh()
    assert len(changes) == 1
    artifact.save(artifact.load(folder / NAME).with_identity(version="2"), folder / NAME)
    registry.refresh()
    assert len(changes) == 2


@pytest.mark.parametrize(
    "damage", ["manifest", "manifest cut off", "arrays", "arrays gone", "other property", "binary"]
)
def test_damaged_artifact_leaves_the_last_one_in_service(folder: Path, damage: str) -> None:
    registry = registry_of(folder)
    version = version_of(registry)
    manifest, arrays = folder / NAME / "manifest.json", folder / NAME / "arrays.npz"
    if damage == "manifest":
        manifest.write_text(manifest.read_text().replace('"version": "', '"version": "evil-'))
    elif damage == "manifest cut off":
        manifest.write_text(manifest.read_text()[:1000])
    elif damage == "binary":
        manifest.write_bytes(b"\x80\x04\xff\x00")
    elif damage == "arrays":
        artifact.save(artifact.load(folder / NAME).with_identity(version="2"), folder / NAME)
        arrays.write_bytes(arrays.read_bytes()[:-10] + b"0123456789")
    elif damage == "arrays gone":
        artifact.save(artifact.load(folder / NAME).with_identity(version="2"), folder / NAME)
        arrays.unlink()
    else:
        shutil.rmtree(folder / NAME)
        shutil.copytree(folder / "capacity_retention", folder / NAME)
    registry.refresh()
    assert version_of(registry) == version
    assert NAME in registry.snapshot.faults
    assert registry.snapshot.reason_not_ready is None


def test_repaired_artifact_is_taken_over(folder: Path) -> None:
    registry = registry_of(folder)
    good = artifact.load(folder / NAME).with_identity(version="2")
    (folder / NAME / "manifest.json").write_text("{}")
    registry.refresh()
    artifact.save(good, folder / NAME)
    registry.refresh()
    assert version_of(registry) == "2"
    assert not registry.snapshot.faults


def test_missing_artifact_and_missing_folder_leave_the_last_one_in_service(folder: Path) -> None:
    registry = registry_of(folder)
    shutil.rmtree(folder / NAME)
    registry.refresh()
    assert "gone" in registry.snapshot.faults[NAME]
    shutil.rmtree(folder)
    registry.refresh()
    assert set(registry.snapshot.models) == set(TRAINED)
    assert "no folder" in registry.snapshot.faults["source"]


def test_without_a_valid_model_it_says_why(tmp_path: Path) -> None:
    reason = registry_of(tmp_path / "none").snapshot.reason_not_ready
    assert reason is not None
    assert "There is no folder of models" in reason
    (tmp_path / NAME).mkdir()
    (tmp_path / NAME / "manifest.json").write_text("{}")
    reason = registry_of(tmp_path).snapshot.reason_not_ready
    assert reason is not None
    assert NAME in reason


def test_candidate_that_was_not_promoted_is_refused(folder: Path) -> None:
    model = artifact.load(folder / NAME).with_identity(status=ModelStatus.CANDIDATE)
    artifact.save(model, folder / NAME)
    snapshot = registry_of(folder).snapshot
    assert NAME not in snapshot.models
    assert "promote" in snapshot.faults[NAME]


def test_model_that_cannot_predict_is_refused(median: FamilyMedian) -> None:
    class Senseless(FamilyMedian):
        def __init__(self) -> None:
            self.__dict__.update(median.__dict__)

        def predict(self, *_: object, **__: object) -> list[object]:  # type: ignore[override]
            raise KeyError("feature")

    with pytest.raises(ArtifactError, match="cannot predict"):
        probe(Senseless())
    probe(median)


def test_property_that_is_not_there_is_told_apart_from_one_that_does_not_exist(median: FamilyMedian) -> None:
    registry = Registry(MemorySource({NAME: median}))
    snapshot = registry.refresh()
    with pytest.raises(Unavailable):
        snapshot.get("capacity_retention")
    with pytest.raises(UnknownName):
        snapshot.get("colour")


def test_watching_takes_over_a_new_version(median: FamilyMedian) -> None:
    source = MemorySource({NAME: median})
    registry = Registry(source)
    registry.refresh()
    registry.watch(0.02)
    try:
        source.models[NAME], source.prints = fit_family_median(NAME, version="9"), {NAME: "2"}
        end = time.monotonic() + 5
        while version_of(registry) != "9" and time.monotonic() < end:
            time.sleep(0.02)
        assert version_of(registry) == "9"
    finally:
        registry.close()


def test_not_ready_is_503_with_the_reason(application: Application) -> None:
    client = application(models={NAME: ArtifactError("It was tampered with.")})
    answer = client.post("/v1/predict", json={"items": [{"electrolyte": {"composition": "S"}}]})
    assert answer.status_code == 503
    assert "tampered" in answer.json()["detail"]
    models = client.get("/v1/models").json()
    assert (models["ready"], models["faults"][0]["property"]) == (False, NAME)


def test_running_service_reloads_without_refusing_a_request(running: Running, trained: Path) -> None:
    """Both workers change over while requests keep coming."""
    original = artifact.load(trained / NAME)
    body = {"items": [{"electrolyte": {"composition": "Li6PS5Cl"}}], "properties": [NAME], "neighbours": 0}
    try:
        artifact.save(original.with_identity(version="reloaded"), trained / NAME)
        seen: list[str] = []
        end = time.monotonic() + 15
        while seen[-20:] != ["reloaded"] * 20 and time.monotonic() < end:
            # a connection each, so that both workers answer
            answer = httpx.post(f"{running.url}/v1/predict", json=body, timeout=30)
            assert answer.status_code == 200
            seen.append(answer.json()["items"][0]["properties"][NAME]["model"]["version"])
        assert seen[-20:] == ["reloaded"] * 20
    finally:
        artifact.save(original, trained / NAME)


def test_source_follows_the_setting() -> None:
    assert isinstance(source_for("models"), FolderSource)
    tracking = source_for("models:/sulfide-{property}@champion", "sqlite:///x.db")
    assert isinstance(tracking, TrackingSource)
    with pytest.raises(Unavailable, match="which registered models"):
        source_for("models:/sulfide")


def test_a_tracking_server_that_does_not_answer_is_given_up_soon_and_asked_once_at_a_time() -> None:
    """A socket that takes connections and says nothing: MLflow by itself would wait for many minutes."""
    pytest.importorskip("mlflow.tracking")
    with socket.create_server(("127.0.0.1", 0), backlog=64) as deaf:
        uri = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        source = TrackingSource(template="models:/sulfide-{property}@champion", tracking_uri=uri, answer_s=0.5)
        registry = Registry(source)
        for _ in range(3):
            began = time.monotonic()
            snapshot = registry.refresh()
            assert time.monotonic() - began < 5.0
            assert "does not answer" in str(snapshot.reason_not_ready)
        waiting = [thread for thread in threading.enumerate() if thread.name == "tracking-server"]
        assert len(waiting) == 1


def test_a_tracking_server_that_went_away_leaves_its_models_in_service(median: FamilyMedian) -> None:
    pytest.importorskip("mlflow.tracking")
    source = MemorySource({NAME: median})
    registry = Registry(source)
    registry.refresh()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    gone = TrackingSource(
        template="models:/sulfide-{property}@champion", tracking_uri=f"http://127.0.0.1:{port}", answer_s=30.0
    )
    registry._source = gone
    began = time.monotonic()
    snapshot = registry.refresh()
    assert time.monotonic() - began < 20.0
    assert set(snapshot.models) == {NAME}
    assert "tracking server" in snapshot.faults["source"]


class Tracked(NamedTuple):
    """A real registry on SQLite with a registered model that has no version yet."""

    client: Any
    uri: str
    name: str

    def register(self, *folders: Path) -> None:
        """A version for each of ``folders``; the first is the champion."""
        for source in folders:
            self.client.create_model_version(self.name, source=source.as_uri())
        self.promote("1")

    def promote(self, version: str) -> None:
        self.client.set_registered_model_alias(self.name, "champion", version)

    def served(self) -> Registry:
        return Registry(source_for("models:/sulfide-{property}@champion", self.uri))


@pytest.fixture
def tracked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tracked:
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.chdir(tmp_path)
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    client = mlflow.tracking.MlflowClient(tracking_uri=uri, registry_uri=uri)
    client.create_registered_model(f"sulfide-{NAME}")
    return Tracked(client=client, uri=uri, name=f"sulfide-{NAME}")


def test_tracking_server_gives_the_model_behind_the_alias(folder: Path, tmp_path: Path, tracked: Tracked) -> None:
    """The alias moves, the model in service follows."""
    second = tmp_path / "second"
    artifact.save(artifact.load(folder / NAME).with_identity(version="second"), second)
    tracked.register(folder / NAME, second)
    registry = tracked.served()
    snapshot = registry.refresh()
    assert set(snapshot.models) == {NAME}, snapshot.faults
    assert snapshot.get(NAME).alias == "champion"
    tracked.promote("2")
    registry.refresh()
    assert version_of(registry) == "second"


@pytest.mark.parametrize("spoil", ["many", "large"])
def test_a_registered_model_without_end_is_refused_and_the_last_one_stays(
    folder: Path, tmp_path: Path, tracked: Tracked, spoil: str
) -> None:
    endless = tmp_path / "endless"
    artifact.save(artifact.load(folder / NAME).with_identity(version="endless"), endless)
    if spoil == "many":
        for number in range(100):
            (endless / f"{number}.txt").write_text("x")
    else:
        with (endless / artifact.ARRAYS).open("r+b") as file:
            file.truncate(10 * artifact.MAX_STORED_BYTES)  # takes no space here
    tracked.register(folder / NAME, endless)
    registry = tracked.served()
    before = version_of(registry) if registry.refresh().models else ""
    tracked.promote("2")
    faults = registry.refresh().faults
    assert set(faults) == {NAME}
    assert version_of(registry) == before != "endless"
