"""The service as it runs in production, started once, with models trained on the bundled data; and the application
alone, for tests that need it slow, empty or broken."""

from __future__ import annotations

import asyncio
import ctypes
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from serving.app import build_state, guarded, routed_app
from serving.http.registry import Registry
from serving.http.security import Gate
from serving.http.settings import Settings
from serving.http.state import State
from surrogate.models.base import FittedSurrogate
from tests.clusters import free_port
from tests.serving.family_median import fit_family_median
from tests.trained import save_provisional

ROOT = Path(__file__).resolve().parents[2]
START_S, STOP_S = 180.0, 90.0
#: The quickest kinds that are worth serving; the tests are about the service.
FOREST = {"n_trees": 60}
TRAINED = {
    "ionic_conductivity": "tree_ensemble",
    "first_discharge_capacity": "group_median",
    "capacity_retention": "group_median",
}


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of exported models, as training leaves it."""
    folder = tmp_path_factory.mktemp("models")
    for name, kind in TRAINED.items():
        save_provisional(folder, property=name, kind=kind, **(FOREST if kind == "tree_ensemble" else {}))
    return folder


class Running:
    """A service in a process of its own on a free port of the loopback interface."""

    def __init__(
        self,
        folder: Path,
        *,
        workers: int = 2,
        host: str = "127.0.0.1",
        port: int | None = None,
        files: int | None = None,
        **environment: str,
    ) -> None:
        """Start it; ``files`` is how many it may open, as the system allows when left out."""
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "service.log"
        metrics = folder / "metrics"
        metrics.mkdir()
        settings = {
            "BENTOML_HOME": str(folder / "bentoml"),
            "BENTOML_DO_NOT_TRACK": "True",
            "PROMETHEUS_MULTIPROC_DIR": str(metrics),
            "SURROGATE_WORKERS": str(workers),
            "SURROGATE_CAMPAIGNS": str(folder / "campaigns.db"),
            "OMP_NUM_THREADS": "1",
            **({} if "SURROGATE_KEYS" in environment else {"SURROGATE_AUTH": "off"}),
            **environment,
        }
        command = [sys.executable, "-m", "bentoml", "serve", "serving.service:SurrogateService"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, "--host", host, "--port", str(self.port)],
                cwd=ROOT,
                env={**os.environ, **settings},
                stdout=log,
                stderr=log,
                preexec_fn=partial(_begin, files),
            )

    def wait(self, path: str = "/livez", status: int = 200) -> httpx.Response:
        """Poll until ``path`` answers with ``status``."""
        end = time.monotonic() + START_S
        while time.monotonic() < end and self.process.poll() is None:
            try:
                answer = httpx.get(self.url + path, timeout=5.0)
                if answer.status_code == status:
                    return answer
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"{path} did not answer {status}:\n{self.log.read_text()}")

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


def _begin(files: int | None) -> None:
    """Stop the service even if the test run is killed and cleans up nothing."""
    if files is not None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


@pytest.fixture(scope="session")
def running(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The service with two workers and the trained models."""
    service = Running(tmp_path_factory.mktemp("service"), SURROGATE_MODELS=str(trained), SURROGATE_RELOAD_S="0.3")
    try:
        service.wait("/readyz")
        yield service
    finally:
        service.stop()


@pytest.fixture(scope="session")
def http(running: Running) -> Iterator[httpx.Client]:
    """A client of the running service."""
    with httpx.Client(base_url=running.url, timeout=60.0) as client:
        yield client


class MemorySource:
    """Models that are there already, for a registry; change ``models`` or ``prints`` to see what it does."""

    def __init__(self, models: Mapping[str, FittedSurrogate | Exception]) -> None:
        self.models = dict(models)
        self.prints = dict.fromkeys(models, "1")

    def fingerprints(self) -> Mapping[str, str]:
        return self.prints

    def load(self, property: str) -> FittedSurrogate:
        model = self.models[property]
        if isinstance(model, Exception):
            raise model
        return model

    def alias(self, model: FittedSurrogate) -> str:
        return model.identity.status.value


@pytest.fixture(scope="session")
def median() -> FittedSurrogate:
    """A model of the ionic conductivity that answers in microseconds."""
    return fit_family_median("ionic_conductivity")


class Client:
    """Calls an application in this process; each call has an event loop of its own."""

    def __init__(self, app: ASGIApp, state: State) -> None:
        self.app = app
        self.state = state

    def open(self) -> httpx.AsyncClient:
        """For tests that send several requests at once."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://service")

    def request(self, method: str, path: str, **given: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            async with self.open() as client:
                return await client.request(method, path, **given)

        return asyncio.run(send())

    def get(self, path: str, **given: Any) -> httpx.Response:
        return self.request("GET", path, **given)

    def post(self, path: str, **given: Any) -> httpx.Response:
        return self.request("POST", path, **given)


class InProcess(httpx.BaseTransport):
    """The application in this process, for a client that does not wait for events."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer of the application to ``request``."""
        path = request.url.raw_path.decode()
        answer = self._client.request(request.method, path, headers=request.headers, content=request.read())
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


Application = Callable[..., Client]


@pytest.fixture
def application(median: FittedSurrogate) -> Iterator[Application]:
    """Makes the application in this process: ``application(models={...}, gate=..., max_in_flight=1)``."""
    clients: list[Client] = []

    def make(
        *, models: Mapping[str, FittedSurrogate | Exception] | None = None, gate: Gate | None = None, **settings: Any
    ) -> Client:
        chosen = Settings(**settings)
        registry = Registry(MemorySource({"ionic_conductivity": median} if models is None else models))
        registry.refresh()
        app = routed_app()
        app.state.surrogate = build_state(chosen, registry)
        front = guarded(app, settings=chosen, gate=gate or Gate(keys=None))
        clients.append(Client(front, app.state.surrogate))
        return clients[-1]

    yield make
    for client in clients:
        client.state.close()
