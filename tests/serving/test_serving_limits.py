"""What happens when there is too much, too long, or something unforeseen."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Iterator, Sequence

import httpx
import pytest

from serving.http import logs
from serving.http.errors import PROBLEM_JSON
from surrogate.candidate.measurement import Candidate
from surrogate.errors import InvalidInput
from surrogate.models.base import FittedSurrogate, Prediction
from tests.serving.conftest import Application
from tests.serving.family_median import FamilyMedian

BODY = {"items": [{"electrolyte": {"composition": "Li6PS5Cl"}}]}
SECRET = "secret-in-an-exception"


class Blocked(FamilyMedian):
    """A model that waits until it is told to go on (after the probe with which it was loaded)."""

    def __init__(self, median: FamilyMedian) -> None:
        self.__dict__.update(median.__dict__)
        self.go, self.calls = threading.Event(), 0

    def predict(self, candidates: Sequence[Candidate], *, level: float = 0.9, neighbours: int = 3) -> list[Prediction]:
        self.calls += 1
        if self.calls > 1:
            self.go.wait(10)
        return super().predict(candidates, level=level, neighbours=neighbours)


class Broken(FamilyMedian):
    """A model with a bug that shows only when it is used."""

    def __init__(self, median: FamilyMedian, error: Exception) -> None:
        self.__dict__.update(median.__dict__)
        self.error, self.calls = error, 0

    def predict(self, candidates: Sequence[Candidate], *, level: float = 0.9, neighbours: int = 3) -> list[Prediction]:
        self.calls += 1
        if self.calls > 1:
            raise self.error
        return super().predict(candidates, level=level, neighbours=neighbours)


@pytest.fixture
def blocked(median: FamilyMedian) -> Iterator[Blocked]:
    model = Blocked(median)
    yield model
    model.go.set()


async def together(client: httpx.AsyncClient, n: int, model: Blocked) -> list[httpx.Response]:
    """``n`` predictions at once; the model goes on when all that can be refused have been."""
    tasks = [asyncio.create_task(client.post("/v1/predict", json=BODY)) for _ in range(n)]
    await asyncio.sleep(0.3)
    model.go.set()
    return list(await asyncio.gather(*tasks))


@pytest.mark.parametrize("limits", [{"max_in_flight": 2}, {"threads": 1, "queue": 1}])
def test_overload_is_refused_at_once(application: Application, blocked: Blocked, limits: dict[str, int]) -> None:
    client = application(models={"ionic_conductivity": blocked}, **limits)

    async def run() -> list[httpx.Response]:
        async with client.open() as opened:
            return await together(opened, 6, blocked)

    answers = asyncio.run(run())
    refused = [a for a in answers if a.status_code == 429]
    assert sorted(a.status_code for a in answers) == [200] * 2 + [429] * 4
    assert all(a.headers["retry-after"].isdecimal() and a.headers["content-type"] == PROBLEM_JSON for a in refused)
    assert client.post("/v1/predict", json=BODY).status_code == 200


def test_small_answers_do_not_wait_for_models(application: Application, blocked: Blocked) -> None:
    client = application(models={"ionic_conductivity": blocked}, threads=1)

    async def run() -> tuple[int, int]:
        async with client.open() as opened:
            slow = asyncio.create_task(opened.post("/v1/predict", json=BODY))
            await asyncio.sleep(0.1)
            quick = await asyncio.wait_for(opened.get("/v1/models"), 2)
            blocked.go.set()
            return quick.status_code, (await slow).status_code

    assert asyncio.run(run()) == (200, 200)


def test_timeout_is_503_and_the_work_keeps_its_place(application: Application, blocked: Blocked) -> None:
    client = application(models={"ionic_conductivity": blocked}, threads=1, queue=0, timeout_s=0.2)
    late = client.post("/v1/predict", json=BODY)
    assert (late.status_code, late.headers["retry-after"]) == (503, "10")
    assert client.post("/v1/predict", json=BODY).status_code == 429
    blocked.go.set()
    client.state.compute.close()


def test_body_limit_counts_what_is_sent(application: Application) -> None:
    client = application(max_body_bytes=1000)

    async def chunks() -> None:
        async def content() -> Iterator[bytes]:  # type: ignore[misc]
            for _ in range(20):
                yield b" " * 100

        async with client.open() as opened:
            answer = await opened.post("/v1/predict", content=content(), headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.headers["content-type"]) == (413, PROBLEM_JSON)

    asyncio.run(chunks())


@pytest.mark.parametrize("error", [RuntimeError(SECRET), ZeroDivisionError(SECRET), RecursionError(SECRET)])
def test_unforeseen_error_is_a_problem_without_details(
    application: Application, median: FamilyMedian, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    client = application(models={"ionic_conductivity": Broken(median, error)})
    with caplog.at_level(logging.ERROR, logger="serving"):
        answer = client.post("/v1/predict", json=BODY)
    assert (answer.status_code, answer.headers["content-type"]) == (500, PROBLEM_JSON)
    assert SECRET not in answer.text
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_refusal_of_one_item_does_not_lose_the_others(application: Application, median: FamilyMedian) -> None:
    class Picky(FamilyMedian):
        def __init__(self) -> None:
            self.__dict__.update(median.__dict__)

        def predict(self, candidates: Sequence[Candidate], **options: object) -> list[Prediction]:  # type: ignore[override]
            if any(c.electrolyte and "I" in c.electrolyte.composition.amounts for c in candidates):
                raise InvalidInput("Iodides are refused here.", hint="For the test.")
            return super().predict(candidates, **options)  # type: ignore[arg-type]

    client = application(models={"ionic_conductivity": Picky()})
    texts = ["Li6PS5Cl", "Li6PS5I", "Li6PS5Br"]
    items = [{"electrolyte": {"composition": text}} for text in texts]
    answers = client.post("/v1/predict", json={"items": items}).json()["items"]
    assert [a["status"] for a in answers] == ["ok", "error", "ok"]
    assert answers[1]["errors"][0]["pointer"] == "/items/1"


def test_log_lines_are_json_without_bodies_or_keys(application: Application, median: FittedSurrogate) -> None:
    record = logging.LogRecord("serving.requests", logging.INFO, __file__, 1, "request", None, None)
    record.fields = {"status": 200, "key": None}
    line = json.loads(logs.JsonLines().format(record))
    assert (line["event"], line["status"], line["level"]) == ("request", 200, "info")
    assert set(line) == {"time", "level", "logger", "event", "status", "key"}
