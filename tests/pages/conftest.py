"""The site as a person meets it: a real server with models that were trained, and a real browser."""

from __future__ import annotations

import shutil
import socket
import threading
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from serving.app import build_state, guarded, routed_app
from serving.http.registry import FolderSource, Registry
from serving.http.security import Gate, KeyFile, Role, new_key, write_keys
from serving.http.settings import Settings
from surrogate.models import artifact
from surrogate.models.base import ModelStatus
from tests.campaigns import GOAL, SMALL_SPACE
from tests.pages.person import Person
from tests.trained import fitted

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
#: The quickest kinds there are, one of them with papers behind it; the tests are about the pages.
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "ionic_conductivity": ("tree_ensemble", {"n_trees": 20}),
    "first_discharge_capacity": ("group_median", {}),
    "capacity_retention": ("group_median", {}),
}


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models, one of them champion and the others provisional."""
    folder = tmp_path_factory.mktemp("models")
    for name, (kind, hyperparameters) in KINDS.items():
        model = fitted(name, kind, hyperparameters)
        champion = name == "ionic_conductivity"
        model = model.with_identity(
            status=ModelStatus.CHAMPION if champion else ModelStatus.PROVISIONAL,
            reason="" if champion else "Trained for a test.",
        )
        artifact.save(model, folder / name)
    return folder


class Site:
    """A server on a free port of this machine, in a thread."""

    def __init__(self, models: Path, folder: Path, *, gate: Gate, **settings: Any) -> None:
        chosen = Settings(models=str(models), campaigns=str(folder / "campaigns.db"), **settings)
        registry = Registry(FolderSource(folder=models))
        registry.refresh()
        app = routed_app()
        self.state = app.state.surrogate = build_state(chosen, registry)
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(guarded(app, settings=chosen, gate=gate), log_config=None, lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)

    def start(self) -> None:
        self._thread.start()
        end = time.monotonic() + 30.0
        while not self._server.started and time.monotonic() < end:
            time.sleep(0.02)
        assert self._server.started

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10.0)
        self.state.close()
        self._socket.close()


@contextmanager
def running(models: Path, folder: Path, *, gate: Gate) -> Iterator[Site]:
    made = Site(models, folder, gate=gate)
    made.start()
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="session")
def site(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server that asks for no key."""
    with running(models, tmp_path_factory.mktemp("site"), gate=Gate(keys=None)) as made:
        yield made


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[Role, str]]:
    """A keys file, and a key for each role."""
    file = tmp_path_factory.mktemp("keys") / "keys.json"
    made = {role: new_key(role) for role in Role}
    write_keys(file, [stored for _, stored in made.values()])
    return file, {role: key for role, (key, _) in made.items()}


@pytest.fixture(scope="session")
def locked(
    models: Path, keys: tuple[Path, dict[Role, str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """A server that asks for a key."""
    with running(models, tmp_path_factory.mktemp("locked"), gate=Gate(keys=KeyFile(keys[0]))) as made:
        yield made


class Visitor:
    """A browser without a screen or scripts: keeps cookies, sends forms as they stand on the page."""

    def __init__(self, site: Site) -> None:
        self.http = httpx.Client(base_url=site.url, timeout=60.0, headers={"Sec-Fetch-Site": "same-origin"})

    def get(self, path: str) -> httpx.Response:
        return self.http.get(path)

    def token(self, path: str) -> str:
        """The token of the first form that ``path`` shows."""
        return _between(self.get(path).text, 'name="token" value="', '"')

    def post(self, path: str, shown_on: str, files: Any = None, **fields: str) -> httpx.Response:
        """Send a form that stands on the page ``shown_on``."""
        return self.http.post(path, data={"token": self.token(shown_on), **fields}, files=files)

    def sign_in(self, key: str) -> httpx.Response:
        return self.post("/sign-in", "/sign-in", key=key, next="/")


def _between(text: str, before: str, after: str) -> str:
    assert before in text
    return text.split(before, 1)[1].split(after, 1)[0]


@pytest.fixture
def visitor(site: Site) -> Iterator[Visitor]:
    made = Visitor(site)
    yield made
    made.http.close()


@pytest.fixture
def stranger(locked: Site) -> Iterator[Visitor]:
    """A visitor of the server that asks for a key, who has shown none yet."""
    made = Visitor(locked)
    yield made
    made.http.close()


@pytest.fixture(scope="session")
def chrome() -> Iterator[Any]:
    """One real browser for all tests, with a log of what it fetched."""
    if CHROMIUM is None or DRIVER is None:
        pytest.skip("the Debian packages chromium and chromium-driver are not installed")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    driver.set_page_load_timeout(60)
    try:
        yield driver
    finally:
        driver.quit()


@pytest.fixture
def person(chrome: Any, site: Site) -> Iterator[Person]:
    chrome.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    chrome.set_window_size(1280, 900)
    for kind in ("performance", "browser"):
        chrome.get_log(kind)
    yield Person(chrome, site.url)
    assert [line for line in chrome.get_log("browser") if "Content Security Policy" in line["message"]] == []


def begin_campaign(site: Site, ident: str, batch: int) -> str:
    """Make a campaign with ``batch`` open suggestions; its address."""
    new = {"id": ident, "name": "Glasses", "space": tomllib.loads(SMALL_SPACE), "objective": GOAL}
    ask = {"batch": batch, "planner": "random", "pool": 128}
    with httpx.Client(base_url=site.url, timeout=60.0) as http:
        created = http.post("/v1/campaigns", json=new)
        suggested = http.post(f"/v1/campaigns/{ident}/suggestions", json=ask)
    assert (created.status_code, suggested.status_code) == (201, 201)
    return f"/campaigns/{ident}"
