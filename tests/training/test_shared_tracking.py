"""Tracking for a team: PostgreSQL behind it, files on a server, in a shared folder or in an S3-compatible store."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from surrogate.errors import ConfigError, Unavailable
from tests.clusters import free_port
from tests.training.tables import prepare
from tests.training.workspace import PASSES, QUICK, ROOT
from training.tracking import CHAMPION, Tracker

START_S = 90.0
#: Nobody sends the server work of its own; the processes that wait for it take longer to start than everything else.
NO_JOBS = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
ALIAS = "models:/sulfide-{property}@champion"


@contextmanager
def listening(command: list[str], url: str, log: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """A server in a process of its own, until it answers at ``url``."""
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env={**os.environ, **environment}, cwd=log.parent)
    end = time.monotonic() + START_S
    try:
        while True:
            try:
                httpx.get(url, timeout=5)
                break
            except httpx.TransportError:
                assert process.poll() is None, log.read_text()[-2000:]
                assert time.monotonic() < end, log.read_text()[-2000:]
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture
def database(postgresql) -> str:
    """Never given back: MLflow remembers, by address, that a database has its tables."""
    return postgresql.url()


@pytest.fixture
def server(database, tmp_path) -> Iterator[dict[str, str]]:
    """MLflow's own server with PostgreSQL behind it, handing on files to a folder."""
    port, backend = free_port(), database.replace("postgresql://", "postgresql+psycopg://")
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", backend, "--artifacts-destination", (tmp_path / "files").as_uri()]
    with listening(command, f"http://127.0.0.1:{port}", tmp_path / "mlflow.log", NO_JOBS) as url:
        yield {"MLFLOW_TRACKING_URI": url}


@pytest.fixture
def folder(database, tmp_path) -> dict[str, str]:
    """No server: every process speaks to PostgreSQL and to a folder that all can reach."""
    return {"MLFLOW_TRACKING_URI": database, "SURROGATE_ARTIFACTS": str(tmp_path / "shared")}


@pytest.fixture
def s3(database, tmp_path) -> Iterator[dict[str, str]]:
    """The same with an S3-compatible store."""
    boto3 = pytest.importorskip("boto3", reason="boto3 is not installed")
    pytest.importorskip("moto", reason="moto, the S3 server of the tests, is not installed")
    port = free_port()
    secrets = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with listening(command, f"http://127.0.0.1:{port}", tmp_path / "s3.log", {}) as url:
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
        boto3.client("s3", endpoint_url=url, **keys).create_bucket(Bucket="models")
        yield {
            "MLFLOW_TRACKING_URI": database,
            "SURROGATE_ARTIFACTS": "s3://models/mlruns",
            "MLFLOW_S3_ENDPOINT_URL": url,
            **secrets,
        }


def fit(folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """``python -m training fit`` in a folder of its own, as one machine of several."""
    folder.mkdir()
    prepare(folder)
    given = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **environment}
    command = [sys.executable, "-m", "training", "fit", PASSES, *QUICK]
    return subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, timeout=240)


@pytest.mark.parametrize("place", ["server", "folder", "s3"])
def test_what_one_machine_trains_another_one_serves(place, request, tmp_path, monkeypatch):
    from serving.http.registry import Registry, source_for

    environment = request.getfixturevalue(place)
    done = fit(tmp_path / "trainer", environment)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "trainer" / "mlruns" / "1").exists()
    assert not (tmp_path / "trainer" / "mlflow.db").exists()
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    tracker = Tracker(folder=tmp_path)
    assert tracker.by_alias(PASSES, CHAMPION).number == "1"
    uri = tracker.uri
    snapshot = Registry(source_for(ALIAS, uri)).refresh()
    assert dict(snapshot.faults) == {}
    served = snapshot.models[PASSES]
    assert (served.alias, served.surrogate.identity.version) == (CHAMPION, "1")


def test_files_cannot_be_kept_in_two_places(folder, tmp_path):
    tracker = Tracker(folder["MLFLOW_TRACKING_URI"], tmp_path, artifacts=(tmp_path / "a").as_uri())
    with tracker.run(PASSES, "first", {}) as run:
        run.log_text("hello", "note.txt")
    assert list((tmp_path / "a").rglob("note.txt"))
    other = Tracker(folder["MLFLOW_TRACKING_URI"], tmp_path, artifacts=(tmp_path / "b").as_uri())
    with pytest.raises(ConfigError, match="are kept at"), other.run(PASSES, "second", {}):
        pass
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("uri", ["http://127.0.0.1:{port}", "postgresql://nobody:secret@127.0.0.1:{port}/mlflow"])
def test_a_tracking_store_that_does_not_answer_is_one_sentence_within_seconds(uri, tmp_path):
    started = time.monotonic()
    with pytest.raises(Unavailable) as caught:  # noqa: SIM117
        with Tracker(uri.format(port=free_port()), tmp_path).run(PASSES, "r", {}):
            pass
    assert time.monotonic() - started < 20
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("written", [Path, Path.as_uri])
def test_a_folder_is_no_tracking_store_and_the_way_out_is_a_database(written, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"is a folder.* sqlite:///.*/runs/mlflow\.db"):
        Tracker(str(written(tmp_path / "runs")), tmp_path)
    assert list(tmp_path.iterdir()) == []
