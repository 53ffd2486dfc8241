"""The Python client against the service as it runs, and against one that misbehaves."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import openpyxl
import pandas as pd
import pytest

from serving.http import examples
from serving.http.security import Gate, KeyFile, Role, new_key, write_keys
from surrogate.client import AccessDenied, ServiceProblem, SurrogateClient
from surrogate.client.problems import error_of, problem_of
from surrogate.client.transport import FIRST_WAIT_S, LONGEST_WAIT_S, Transport
from surrogate.errors import CompositionError, Conflict, InvalidInput, KeyReused, NotFound, SurrogateError, Unavailable
from tests.campaigns import SMALL_SPACE
from tests.serving.conftest import TRAINED, Application, InProcess, Running

SPACE = tomllib.loads(SMALL_SPACE)
ASK = {"planner": "random", "pool": 128}
ITEM: dict[str, Any] = {"electrolyte": {"composition": "Li6PS5Cl"}}


@pytest.fixture(scope="module")
def client(running: Running) -> Iterator[SurrogateClient]:
    with SurrogateClient(running.url) as opened:
        yield opened


def test_questions_that_change_nothing(client: SurrogateClient) -> None:
    assert client.parse("75Li2S·25P2S5")["reading"] == "75Li2S·25P2S5 → Li3PS4"
    assert set(client.schema()["properties"]) >= set(TRAINED)
    assert client.models()["ready"]
    assert client.model("ionic_conductivity")["model"]["version"]
    (answer,) = client.predict([ITEM], level=0.8, neighbours=1)
    predicted = answer["properties"]["ionic_conductivity"]
    assert predicted["interval"]["low"] < predicted["median"] < predicted["interval"]["high"]
    near = predicted["neighbours"][0]
    assert client.measurement(near["row_id"])["source"]["doi"] == near["doi"]


def test_long_lists_are_sent_in_parts_and_keep_their_order(client: SurrogateClient) -> None:
    items = [{"id": str(n), **ITEM} for n in range(1003)]
    found = client.predict(items, properties=["ionic_conductivity"], neighbours=0)
    assert [answer["id"] for answer in found] == [str(n) for n in range(1003)]
    assert [answer["index"] for answer in found] == list(range(1003))


def test_plans(client: SurrogateClient) -> None:
    wish = dict(examples.SUGGEST["own_space"]["value"])
    suggested = client.suggest(wish.pop("space"), wish.pop("objective"), **wish)
    assert suggested["suggestions"][0]["weigh_in_g"]
    wish = dict(examples.DESIGN["out_of_reach"]["value"])
    assert not client.design(wish.pop("space"), wish.pop("targets"), **wish)["met"]


def test_campaign_from_the_wish_to_the_sheet(client: SurrogateClient, tmp_path: Path) -> None:
    name = f"client-{uuid.uuid4().hex[:8]}"
    campaign = client.create_campaign("Glasses", SPACE, "maximise ionic_conductivity", id=name)
    asked = campaign.ask(3, key="first", **ASK)
    assert campaign.ask(3, key="first", **ASK) == asked
    assert campaign.change("s2", "failed", reason="The ampoule cracked.")["state"] == "failed"
    told = campaign.tell([{"suggestion": "s1", "property": "ionic_conductivity", "value": 0.4, "unit": "mS/cm"}])
    assert told["measurements"][0]["value"] == pytest.approx(4e-4)
    assert [s["id"] for s in campaign.suggestions("open")] == ["s3"]
    assert [m["suggestion"] for m in campaign.measurements()] == ["s1"]
    assert next(campaign.history())["kind"] == "created"
    assert name in [each["id"] for each in client.campaigns()]
    assert json.loads(campaign.export(tmp_path / "all.json").read_text())
    book = openpyxl.load_workbook(campaign.export(tmp_path / "Müller & Co.xlsx"))
    results = book["Results"]
    names = {cell.value: cell.column for cell in results[2]}
    results.cell(results.max_row + 1, names["row_id"], "s3")
    results.cell(results.max_row, names["ionic_conductivity_s_per_cm"], 2e-3)
    book.save(tmp_path / "Müller & Co.xlsx")
    assert campaign.send_sheet(tmp_path / "Müller & Co.xlsx", dry_run=True)["told"] == ["s3:ionic_conductivity"]
    assert campaign.send_sheet(tmp_path / "Müller & Co.xlsx")["told"] == ["s3:ionic_conductivity"]
    assert campaign.summary()["measurements"] == 2
    with pytest.raises(InvalidInput, match="no lab sheet"):
        campaign.send_sheet(tmp_path / "x.pdf")
    with pytest.raises(InvalidInput, match="no name for an export"):
        campaign.export(tmp_path / "x.pdf")


def test_pages_are_fetched_until_the_last(client: SurrogateClient) -> None:
    campaign = client.create_campaign("Pages", SPACE, "maximise ionic_conductivity")
    for _ in range(4):
        campaign.ask(32, **ASK)
    assert [s["number"] for s in campaign.suggestions()] == list(range(1, 129))


def test_refusals_are_the_errors_of_the_library(client: SurrogateClient) -> None:
    with pytest.raises(CompositionError, match="LPSCl") as refused:
        client.parse("LPSCl")
    assert refused.value.proposals
    problem = refused.value.__cause__
    assert isinstance(problem, ServiceProblem)
    assert (problem.status, problem.faults[0].pointer) == (422, "/composition")
    assert problem.request_id
    with pytest.raises(InvalidInput, match="argyrodit"):
        client.suggest("argyrodit", "maximise ionic_conductivity")
    with pytest.raises(NotFound):
        client.campaign("a/../b").summary()
    with pytest.raises(InvalidInput, match="colour"):
        client.model("colour")
    campaign = client.create_campaign("Once", SPACE, "maximise ionic_conductivity")
    campaign.ask(1, key="k", **ASK)
    with pytest.raises(KeyReused):
        campaign.ask(2, key="k", **ASK)
    campaign.change("s1", "cancelled")
    with pytest.raises(Conflict):
        campaign.change("s1", "running")


def test_key_is_sent_and_never_shown(application: Application, tmp_path: Path) -> None:
    key, stored = new_key(Role.READ)
    write_keys(tmp_path / "keys.json", [stored])
    app = application(gate=Gate(keys=KeyFile(tmp_path / "keys.json")))

    def opened(given: str | None) -> SurrogateClient:
        return SurrogateClient("http://service", key=given, transport=InProcess(app))

    assert opened(key).models()["ready"]
    assert key not in repr(opened(key))
    with pytest.raises(AccessDenied, match="key"):
        opened(None).models()
    with pytest.raises(AccessDenied, match="role") as refused:
        opened(key).create_campaign("x", "argyrodite", "maximise ionic_conductivity")
    assert key not in f"{refused.value!r} {refused.value.__cause__!r} {refused.value}"


class Sequence:
    """A network that answers with one thing after the other, and remembers what it was asked."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers, self.asked, self.waits = list(answers), list[httpx.Request](), list[float]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def transport(self, attempts: int = 4) -> Transport:
        network = httpx.MockTransport(self)
        return Transport(
            "http://s", key=None, timeout_s=1, attempts=attempts, transport=network, sleep=self.waits.append
        )


OK = {"json": {"ok": True}}


def test_busy_service_is_asked_again_with_the_same_key() -> None:
    busy = httpx.Response(429, headers={"Retry-After": "7"})
    network = Sequence(busy, httpx.ReadError("cut"), httpx.Response(503), httpx.Response(200, **OK))
    assert network.transport().store("/v1/campaigns", {"name": "x"}) == {"ok": True}
    keys = {request.headers["idempotency-key"] for request in network.asked}
    assert (len(network.asked), len(keys)) == (4, 1)
    assert network.waits == [7.0, 2 * FIRST_WAIT_S, 4 * FIRST_WAIT_S]


def test_service_that_stays_away_is_unavailable() -> None:
    network = Sequence(*[httpx.ConnectError("refused")] * 3)
    with pytest.raises(Unavailable, match="cannot be reached"):
        network.transport(attempts=3).get("/v1/models")
    assert len(network.asked) == 3
    with pytest.raises(Unavailable):
        Sequence(httpx.Response(503)).transport(attempts=1).get("/v1/models")


def test_what_cannot_be_repeated_safely_is_sent_once() -> None:
    network = Sequence(httpx.ReadError("cut"), httpx.Response(200, **OK))
    with pytest.raises(Unavailable):
        network.transport().send("PATCH", "/x", body={}, repeatable=False)
    unsent = Sequence(httpx.ConnectError("refused"), httpx.Response(200, **OK))
    assert unsent.transport().send("PATCH", "/x", body={}, repeatable=False).json() == {"ok": True}


def test_values_of_tables_and_arrays_are_sent_as_the_numbers_they_are() -> None:
    network = Sequence(httpx.Response(200, **OK))
    said = {"a": np.int64(3), "b": np.float32(0.5), "c": np.arange(2), "d": (pd.Series([1.5])[0], np.bool_(True), None)}
    network.transport().compute("/x", {"items": [said]})
    assert json.loads(network.asked[0].content) == {"items": [{"a": 3, "b": 0.5, "c": [0, 1], "d": [1.5, True, None]}]}


@pytest.mark.parametrize(
    ("value", "says"), [(float("nan"), "not a finite"), (np.inf, "not a finite"), ({1}, "a set"), (1j, "a complex")]
)
def test_what_json_cannot_say_is_refused_with_its_place_before_it_is_sent(value: Any, says: str) -> None:
    network = Sequence()
    with pytest.raises(InvalidInput, match=f"/items/1/milling_time_h is .*{says}"):
        network.transport().compute("/x", {"items": [{}, {"milling_time_h": value}]})
    assert not network.asked


def test_one_item_in_the_place_of_a_list_is_refused_and_one_property_is_one() -> None:
    network = Sequence(httpx.Response(200, json={"items": []}))
    with SurrogateClient("http://s", transport=httpx.MockTransport(network)) as client:
        for one in (ITEM, "Li6PS5Cl"):
            with pytest.raises(InvalidInput, match="list of them"):
                client.predict(one)  # type: ignore[arg-type]
        with pytest.raises(InvalidInput, match="list of them"):
            client.campaign("a").tell({"suggestion": "s1"})  # type: ignore[arg-type]
        client.predict((item for item in [ITEM]), properties="ionic_conductivity")  # type: ignore[arg-type]
    assert json.loads(network.asked[0].content)["properties"] == ["ionic_conductivity"]


def test_a_wrong_address_and_a_damaged_key_are_said_to_be_that() -> None:
    with SurrogateClient("127.0.0.1:3000") as client, pytest.raises(InvalidInput, match="no address"):
        client.models()
    with pytest.raises(Unavailable, match="not the service"):
        Sequence(httpx.Response(200, text="<html>")).transport().get("/v1/models")
    with pytest.raises(InvalidInput, match="The key holds"):
        SurrogateClient("http://s", key="ssk_ü")


@pytest.mark.parametrize("key", ["", " ", "Prüfung 7", "a\nb", "a\0b", " k", "k" * 101])
def test_a_key_that_no_header_carries_is_refused_before_anything_is_sent(key: str) -> None:
    network = Sequence()
    with pytest.raises(InvalidInput, match="idempotency key"):
        network.transport().store("/x", {}, key=key)
    assert not network.asked
    assert not network.waits


@pytest.mark.parametrize("key", ["k", "batch 7/8: robot=3", "~" * 100])
def test_every_other_key_is_taken_by_the_service(client: SurrogateClient, key: str) -> None:
    made = [client.create_campaign("Keys", "argyrodite", "maximise ionic_conductivity", key=key) for _ in range(2)]
    assert made[0].id == made[1].id


def test_waits_are_bounded() -> None:
    network = Sequence(httpx.Response(429, headers={"Retry-After": "99999"}), httpx.Response(200, **OK))
    network.transport().get("/x")
    assert network.waits == [LONGEST_WAIT_S]


@pytest.mark.parametrize("body", [None, [], "text", {"errors": "none"}, {"errors": [5]}, {"detail": 7}])
def test_answer_of_a_proxy_is_an_error_too(body: Any) -> None:
    for status in (400, 401, 404, 409, 418, 500, 502):
        assert isinstance(error_of(problem_of(status, {}, body)), SurrogateError)


def test_a_candidate_of_an_answer_can_be_sent_again(client: SurrogateClient) -> None:
    wish = dict(examples.SUGGEST["own_space"]["value"])
    (first, *_) = client.suggest(wish.pop("space"), wish.pop("objective"), **wish).suggestions
    (again,) = client.predict([first.candidate], properties=list(first.predictions))
    assert again.status == "ok"
    assert again.reading == first.reading


def test_fields_of_a_newer_service_are_left_out_and_answers_of_another_are_said_to_be_that() -> None:
    summary = {"id": "a", "name": "A", "objective": "", "space": "s", "version": 1, "created": "", "updated": ""}
    summary |= {"suggestions": {}, "measurements": 0, "failures": 0, "trouble": None}
    network = Sequence(httpx.Response(200, json={**summary, "mood": "good"}), httpx.Response(200, json={"id": 5}))
    with SurrogateClient("http://s", transport=httpx.MockTransport(network)) as client:
        assert client.campaign("a").summary()["name"] == "A"
        with pytest.raises(Unavailable, match="cannot read"):
            client.campaign("a").summary()


def test_importing_the_client_costs_no_library() -> None:
    code = "import sys, surrogate.client.service as s; print(sorted({m.partition('.')[0] for m in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"httpx", "serving", "pandas", "scipy", "sklearn", "torch", "optuna", "pint", "sqlalchemy"}
    assert not heavy & set(eval(done.stdout))
