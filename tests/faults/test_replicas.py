"""Two replicas behind nginx, one database: they are restarted under load and asked at once, and nobody notices."""

from __future__ import annotations

import json
import signal
import threading
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from serving.http.examples import PROTOCOL, SULFUR_CELL
from surrogate.campaign import CampaignStore
from surrogate.campaign.records import every
from tests.campaigns import SMALL_SPACE
from tests.clusters import free_port
from tests.faults.replicas import NGINX, Load, Replicas, proxy
from tests.trained import save_provisional

PROPERTY = "first_discharge_capacity"
NEW = {
    "id": "glass",
    "name": "Glasses",
    "space": tomllib.loads(SMALL_SPACE),
    "objective": "maximise ionic_conductivity",
}
ASK = {"batch": 1, "planner": "random", "pool": 64}
PREDICT = {"items": [{"cell": SULFUR_CELL, "protocol": PROTOCOL}], "properties": [PROPERTY]}
PER_S = 50.0
#: A busy machine may be slow, which is not what is tested: requests wait instead of being refused.
PATIENT = {"SURROGATE_MAX_IN_FLIGHT": "9999", "SURROGATE_QUEUE": "9999", "SURROGATE_TIMEOUT_S": "100"}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    save_provisional(folder, property=PROPERTY)
    return folder


@pytest.fixture(scope="module")
def replicas(models: Path, postgresql, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replicas]:
    if NGINX is None:
        pytest.skip("nginx is not installed")
    url = postgresql.url()
    found = Replicas(
        tmp_path_factory.mktemp("replicas"),
        {"SURROGATE_MODELS": str(models), "SURROGATE_CAMPAIGNS": url, "SURROGATE_AUTH": "off", **PATIENT},
    )
    found.store = url
    try:
        assert httpx.post(f"{found.url}/v1/campaigns", json=NEW, timeout=60).status_code == 201
        assert httpx.post(f"{found.url}/v1/campaigns/glass/suggestions", json=ASK, timeout=60).status_code == 201
        yield found
    finally:
        found.stop()


def result(name: str) -> dict:
    """A told value, by its id."""
    told = {"id": name, "suggestion": "s1", "property": "ionic_conductivity", "value": 0.4, "unit": "mS/cm"}
    return {"results": [told]}


def predict(_number):
    return "POST", "/v1/predict", {"json": PREDICT}


def read(_number):
    return "GET", "/v1/campaigns/glass", {}


def tell(number):
    """With a key, and the id that makes it the same result."""
    name = f"m{number}"
    return "POST", "/v1/campaigns/glass/measurements", {"json": result(name), "headers": {"Idempotency-Key": name}}


def told_ids(replicas: Replicas) -> Counter:
    with CampaignStore.open(replicas.store) as store:
        return Counter(m.id for m in every(store.get("glass").measurements))


def restart_under_load(replicas: Replicas, indices: list[int]) -> Load:
    load = Load(url=replicas.url, per_s=PER_S, makers=(predict, read, predict, predict, tell))
    thread = threading.Thread(target=load.run)
    thread.start()
    try:
        time.sleep(1.0)
        for index in indices:
            seen = replicas.leave(index)
            assert 503 in seen, "its /readyz never said that it leaves"
            assert 200 not in seen[seen.index(503) :], "it took back that it leaves"
            replicas.come_back(index)
    finally:
        load.stopping = True
        thread.join(120)
    return load


def check(load: Load, replicas: Replicas) -> None:
    """Nothing failed, everything told is there, and once."""
    assert load.failed == []
    assert len(load.answers) > PER_S * 5
    stored = told_ids(replicas)
    assert {name for name, _ in load.told} <= stored.keys()
    assert set(stored.values()) == {1}


def test_one_replica_restarts_under_load_and_nothing_fails_short(replicas):
    check(restart_under_load(replicas, [0]), replicas)


def test_one_key_at_both_replicas_at_once_is_one_result(replicas):
    before = sum(told_ids(replicas).values())

    def send(number: int) -> httpx.Response:
        key = f"both-{number // 2}"
        body = {"results": [{k: v for k, v in result("")["results"][0].items() if k != "id"}]}  # no id of our own
        url = replicas.services[number % 2].url + "/v1/campaigns/glass/measurements"
        return httpx.post(url, json=body, headers={"Idempotency-Key": key}, timeout=60)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(40)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert sum(told_ids(replicas).values()) == before + 20
    for number in range(0, 40, 2):
        again = [send(number), send(number + 1)]  # whoever was told to come again gets the stored answer, at either
        assert [a.status_code for a in again] == [201, 201]
        assert [a.headers["idempotency-replayed"] for a in again] == ["true", "true"]
        assert again[0].json() == again[1].json()
    assert sum(told_ids(replicas).values()) == before + 20


def test_asks_at_both_replicas_at_once_never_propose_one_recipe_twice(replicas):
    def ask(number: int) -> httpx.Response:
        url = replicas.services[number % 2].url + "/v1/campaigns/glass/suggestions"
        return httpx.post(url, json=ASK, headers={"Idempotency-Key": f"ask-{number // 2}"}, timeout=60)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, range(12)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    made = [ask(number).json()["suggestions"][0] for number in range(0, 12, 2)]
    assert len({suggestion["id"] for suggestion in made}) == 6
    recipes = [str(sorted(suggestion["settings"].items())) for suggestion in made]
    assert len(set(recipes)) == 6


class Echo(BaseHTTPRequestHandler):
    """Answers with the headers that arrived."""

    def do_GET(self) -> None:
        body = json.dumps({name.lower(): value for name, value in self.headers.items()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_the_proxy_says_whom_it_speaks_for_and_how_it_was_reached(tmp_path):
    """The service asks for keys and marks its cookies by what is said here; a client cannot take it back."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as behind:
        threading.Thread(target=behind.serve_forever, daemon=True).start()
        nginx, url = proxy(tmp_path / "nginx", [behind.server_port])
        try:
            for path in ("/v1/models", "/campaigns"):
                plain = httpx.get(url + path).json()
                assert (plain["x-forwarded-for"], plain["x-forwarded-proto"]) == ("127.0.0.1", "http")
                lied = httpx.get(url + path, headers={"X-Forwarded-For": "192.0.2.7"}).json()
                assert lied["x-forwarded-for"] == "192.0.2.7, 127.0.0.1"
                assert (
                    httpx.get(url + path, headers={"X-Forwarded-Proto": "https"}).json()["x-forwarded-proto"] == "https"
                )
                assert (
                    httpx.get(url + path, headers={"X-Forwarded-Proto": "gopher"}).json()["x-forwarded-proto"] == "http"
                )
            sender = HTTPConnection("127.0.0.1", int(url.rpartition(":")[2]), timeout=20)
            sender.putrequest("POST", "/v1/predict")
            sender.putheader("Content-Length", str(64 * 2**20))
            sender.endheaders()
            large = sender.getresponse()
            assert (large.status, large.headers["content-type"]) == (413, "application/problem+json")
            assert json.loads(large.read())["status"] == 413
            sender.close()
        finally:
            nginx.terminate()
            nginx.wait(timeout=10)
            behind.shutdown()


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_when_nobody_answers_the_proxy_says_so_as_a_problem(tmp_path):
    nginx, url = proxy(tmp_path / "nginx", [free_port(), free_port()], ready=503)
    try:
        for method, path in (("GET", "/v1/models"), ("POST", "/v1/campaigns")):
            answer = httpx.request(method, url + path, timeout=20)
            assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
            assert answer.json()["detail"] == "No replica answers."
            assert answer.headers["retry-after"] == "5"
    finally:
        nginx.terminate()
        nginx.wait(timeout=10)


@pytest.mark.faults
def test_both_replicas_restart_one_after_the_other_twice_under_load(replicas):
    check(restart_under_load(replicas, [0, 1, 0, 1]), replicas)


@pytest.mark.faults
def test_a_replica_that_is_killed_fails_nothing_that_may_be_repeated(replicas):
    load = Load(url=replicas.url, per_s=PER_S, makers=(predict, read, tell))
    thread = threading.Thread(target=load.run)
    thread.start()
    try:
        time.sleep(1.0)
        replicas.kill(1)
        time.sleep(2.0)
        replicas.come_back(1)
    finally:
        load.stopping = True
        thread.join(120)
    check(load, replicas)


def test_a_client_that_asks_for_a_missing_model_fails_nobody_else(replicas):
    load = Load(url=replicas.url, per_s=20, makers=(predict, read))
    thread = threading.Thread(target=load.run)
    thread.start()
    try:
        answers = [httpx.get(f"{replicas.url}/v1/models/electronic_conductivity", timeout=30) for _ in range(40)]
    finally:
        load.stopping = True
        thread.join(120)
    assert {answer.status_code for answer in answers} == {503}
    assert {answer.json()["errors"][0]["code"] for answer in answers} == {"unavailable"}
    assert load.failed == []


@pytest.mark.faults
def test_predictions_go_on_while_the_database_is_away(replicas, postgresql):
    load = Load(url=replicas.url, per_s=20, makers=(predict,))
    reading = Load(url=replicas.url, per_s=5, makers=(read,))
    threads = [threading.Thread(target=each.run) for each in (load, reading)]
    for thread in threads:
        thread.start()
    try:
        time.sleep(1.0)
        postgresql.stop(signal.SIGINT)
        time.sleep(10.0)
        postgresql.start()
        time.sleep(1.0)
    finally:
        load.stopping = reading.stopping = True
        for thread in threads:
            thread.join(120)
    assert load.failed == []
    assert len(load.answers) > 100
    refused = [text for _, status, text in reading.answers if status == 503]
    assert refused
    assert all("store_unavailable" in text and "127.0.0.1" not in text for text in refused)
