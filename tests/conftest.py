"""For all tests: patience, a folder for the models of a run, and a database server that starts when it is needed."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, settings

#: The environment variable that names the folder of the models of a run, for ``tests/trained.py``.
FOLDER = "TEST_MODELS_FOLDER"

# How long an example takes says how busy the machine is, and the first one may import a library.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

# A shell starts what runs in its background deaf to Ctrl-C, and the tests of Ctrl-C would find that nothing happens.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    """Name the folder of fitted models before worker processes start, which inherit it."""
    if not hasattr(config, "workerinput"):
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="test-models-")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove that folder when all workers have ended."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(FOLDER), ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[object]:
    """A PostgreSQL cluster, where its programs and the driver are installed."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    from tests.postgresql import Cluster, programs

    bindir = programs()
    if bindir is None:
        pytest.skip("PostgreSQL is not installed")
    cluster = Cluster(bindir)
    yield cluster
    cluster.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """Addresses of new, empty campaign stores, on either database."""
    if request.param == "sqlite":
        yield lambda: f"sqlite:///{tmp_path_factory.mktemp('store')}/campaigns.db"
        return
    cluster, lent = request.getfixturevalue("postgresql"), []

    def lend() -> str:
        lent.append(cluster.url())
        return lent[-1]

    yield lend
    for url in lent:
        cluster.give_back(url)
