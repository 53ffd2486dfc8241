"""A worker of the service that dies: the others answer meanwhile, and another one takes its place by itself."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import httpx
import psutil
import pytest

from tests.serving.conftest import Running
from tests.trained import save_provisional

PROPERTY = "ionic_conductivity"
BODY = {"items": [{"electrolyte": {"composition": "Li6PS5Cl"}}]}
PATIENCE_S = 90.0


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    save_provisional(folder, property=PROPERTY)
    return folder


def workers_of(service: Running) -> set[int]:
    """The processes that answer, by their numbers."""
    found = set()
    for process in psutil.Process(service.process.pid).children(recursive=True):
        try:
            if "--worker-id" in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE:
                found.add(process.pid)
        except psutil.NoSuchProcess:
            continue
    return found


def wait_for_workers(service: Running, count: int, *, without: set[int]) -> set[int]:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        found = workers_of(service)
        if len(found) == count and not found & without:
            return found
        time.sleep(0.1)
    raise AssertionError(f"there are no {count} workers again:\n{service.log.read_text()}")


@pytest.mark.faults
def test_a_worker_that_dies_is_replaced_and_the_other_answers_meanwhile(models: Path, tmp_path: Path) -> None:
    service = Running(tmp_path, workers=2, SURROGATE_MODELS=str(models))
    try:
        service.wait("/readyz")
        before = wait_for_workers(service, 2, without=set())
        victim = min(before)
        os.kill(victim, signal.SIGKILL)
        end, statuses = time.monotonic() + 5.0, set()
        while time.monotonic() < end:  # each on a connection of its own, as new clients come
            statuses.add(httpx.post(f"{service.url}/v1/predict", json=BODY, timeout=PATIENCE_S).status_code)
        assert statuses == {200}
        after = wait_for_workers(service, 2, without={victim})
        assert service.process.poll() is None
        for each in after:
            os.kill(each, signal.SIGKILL)
        wait_for_workers(service, 2, without=after)
        service.wait("/livez")
        service.wait("/readyz")
        assert httpx.post(f"{service.url}/v1/predict", json=BODY, timeout=PATIENCE_S).status_code == 200
    finally:
        service.stop()
