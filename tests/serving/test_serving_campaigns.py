"""Campaigns over HTTP: ask and tell, once each, whoever repeats or contradicts what."""

from __future__ import annotations

import json
import sqlite3
import tomllib
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from serving.http.security import Gate, KeyFile, Role, new_key, write_keys
from surrogate.campaign.store import CampaignStore
from tests.campaigns import SMALL_SPACE
from tests.serving.conftest import Application, Client

SPACE = tomllib.loads(SMALL_SPACE)
NEW = {"id": "glass", "name": "Glasses", "space": SPACE, "objective": "maximise ionic_conductivity"}
ASK = {"batch": 2, "planner": "analytic", "pool": 128}
MEASURED = {"suggestion": "s1", "property": "ionic_conductivity", "value": 0.4, "unit": "mS/cm"}
RETAINED = {"property": "capacity_retention", "value": 80.0, "unit": "%"}


def cell(**protocol: float) -> dict[str, Any]:
    """A cell that was made without a suggestion."""
    return {"cell": {"electrode": {"active_material": "TiS2"}}, "protocol": protocol}


@pytest.fixture
def client(application: Application, tmp_path: Path) -> Client:
    """The application with a store of its own and one campaign in it."""
    made = application(campaigns=str(tmp_path / "campaigns.db"))
    answer = made.post("/v1/campaigns", json=NEW)
    assert (answer.status_code, answer.headers["location"]) == (201, "/v1/campaigns/glass")
    return made


def keyed(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


def test_ask_measure_and_ask_again(client: Client) -> None:
    asked = client.post("/v1/campaigns/glass/suggestions", json=ASK)
    assert asked.status_code == 201
    first = asked.json()["suggestions"]
    assert [(s["id"], s["state"]) for s in first] == [("s1", "proposed"), ("s2", "proposed")]
    assert all(s["answer"]["predictions"]["ionic_conductivity"]["interval"] for s in first)
    assert all(s["weigh_in_g"] and s["answer"]["reason"] for s in first)
    told = client.post("/v1/campaigns/glass/measurements", json={"results": [{"id": "EIS-1", **MEASURED}]})
    assert told.status_code == 201
    (record,) = told.json()["measurements"]
    assert (record["id"], record["value"], record["unit"]) == ("EIS-1", pytest.approx(4e-4), "S/cm")
    assert told.json()["suggestions"][0]["state"] == "measured"
    second = client.post("/v1/campaigns/glass/suggestions", json=ASK).json()["suggestions"]
    assert not [s for s in second if s["candidate"] in [f["candidate"] for f in first]]
    campaign = client.get("/v1/campaigns/glass")
    assert campaign.json()["suggestions"]["measured"] == 1
    assert campaign.headers["etag"] == f'"{campaign.json()["version"]}"'


def test_same_key_gives_the_same_answer(client: Client) -> None:
    once = client.post("/v1/campaigns/glass/suggestions", json=ASK, headers=keyed("a1"))
    again = client.post("/v1/campaigns/glass/suggestions", json=ASK, headers=keyed("a1"))
    assert "idempotency-replayed" not in once.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == once.json()
    body = {"results": [MEASURED]}
    told = client.post("/v1/campaigns/glass/measurements", json=body, headers=keyed("t1"))
    repeated = client.post("/v1/campaigns/glass/measurements", json=body, headers=keyed("t1"))
    assert repeated.headers["idempotency-replayed"] == "true"
    assert [m["id"] for m in repeated.json()["measurements"]] == [m["id"] for m in told.json()["measurements"]]
    assert client.get("/v1/campaigns/glass").json()["measurements"] == 1


def test_a_decimal_comma_in_a_wish_is_read_and_mentioned(client: Client) -> None:
    wishes = ["maximise ionic_conductivity", "ionic_conductivity >= 0,5 mS/cm"]
    made = client.post("/v1/campaigns", json={**NEW, "id": "commas", "objective": wishes}).json()
    assert ">= 0.0005 S/cm" in made["objective"]
    assert ["0,5" in note for note in made["notes"]] == [True]
    assert client.get("/v1/campaigns/glass").json()["notes"] == []


def test_a_campaign_created_again_with_its_key_is_marked_as_replayed(client: Client) -> None:
    new = {**NEW, "id": None}
    once, again = (client.post("/v1/campaigns", json=new, headers=keyed("c1")) for _ in range(2))
    assert once.json()["id"] == again.json()["id"]
    assert "idempotency-replayed" not in once.headers
    assert again.headers["idempotency-replayed"] == "true"


def test_an_empty_key_is_refused(client: Client) -> None:
    for path, body in (("", NEW), ("/glass/suggestions", ASK), ("/glass/measurements", {"results": [MEASURED]})):
        answer = client.post(f"/v1/campaigns{path}", json=body, headers=keyed(""))
        assert answer.status_code == 422
        assert "Idempotency-Key is empty" in answer.json()["detail"]


def test_a_misspelt_name_in_the_query_does_not_write(client: Client) -> None:
    sheet = client.get("/v1/campaigns/glass/export?format=csv").content
    csv = {"content-type": "text/csv"}
    answer = client.post("/v1/campaigns/glass/sheet?dryrun=true", content=sheet, headers=csv)
    (fault,) = answer.json()["errors"]
    assert (answer.status_code, fault["pointer"], fault["hint"]) == (422, "/query/dryrun", "Did you mean dry_run?")
    for path in ("?limit=1&limit=2", "/glass?version=1", "/glass/suggestions?state=open", "/glass/export?formt=csv"):
        assert client.get(f"/v1/campaigns{path}").status_code == 422, path


def test_a_campaign_that_is_refused_today_is_listed_with_the_reason_and_exported(
    client: Client, tmp_path: Path
) -> None:
    client.post("/v1/campaigns", json={**NEW, "id": "other"})
    connection = sqlite3.connect(tmp_path / "campaigns.db")
    (space,) = connection.execute("SELECT space FROM campaign WHERE id = 'glass'").fetchone()
    broken = json.dumps({**json.loads(space), "prices_per_g": {"Li2S": -1}})
    connection.execute("UPDATE campaign SET space = ? WHERE id = 'glass'", (broken,))
    connection.commit()
    connection.close()
    listed = {item["id"]: item["trouble"] for item in client.get("/v1/campaigns").json()["items"]}
    assert "price of Li2S is -1" in listed["glass"]
    assert listed["other"] is None
    assert client.get("/v1/campaigns/glass").json()["trouble"] == listed["glass"]
    refused = client.post("/v1/campaigns/glass/suggestions", json=ASK)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (409, "campaign")
    assert client.get("/v1/campaigns/glass/export").json()["campaign"]["id"] == "glass"
    assert "price of Li2S is -1" in client.get("/campaigns").text


def test_an_objective_that_the_space_cannot_have_is_refused_at_once(client: Client) -> None:
    answer = client.post("/v1/campaigns", json={**NEW, "id": "cells", "objective": "maximise first_discharge_capacity"})
    assert answer.status_code == 422
    assert "the space is of electrolytes" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["suggestions", "measurements"])
def test_same_key_for_another_request_is_422(client: Client, path: str) -> None:
    bodies: dict[str, list[dict[str, Any]]] = {
        "suggestions": [ASK, {**ASK, "batch": 1}],
        "measurements": [{"results": [MEASURED]}, {"results": [{**MEASURED, "value": 0.5}]}],
    }
    client.post("/v1/campaigns/glass/suggestions", json=ASK)
    assert client.post(f"/v1/campaigns/glass/{path}", json=bodies[path][0], headers=keyed("k")).status_code == 201
    answer = client.post(f"/v1/campaigns/glass/{path}", json=bodies[path][1], headers=keyed("k"))
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "idempotency_key")


def test_client_chosen_ids_are_safe_to_repeat(client: Client) -> None:
    client.post("/v1/campaigns/glass/suggestions", json=ASK)
    one = {"id": "EIS-1", **MEASURED}
    for _ in range(2):
        assert client.post("/v1/campaigns/glass/measurements", json={"results": [one]}).status_code == 201
    other = client.post("/v1/campaigns/glass/measurements", json={"results": [{**one, "value": 0.9}]})
    assert (other.status_code, other.json()["errors"][0]["code"]) == (409, "conflict")
    assert client.post("/v1/campaigns", json=NEW).status_code == 201
    assert client.post("/v1/campaigns", json={**NEW, "seed": 5}).status_code == 409


def test_an_uncertainty_in_the_unit_of_a_conductivity_is_no_number_of_decades(client: Client) -> None:
    client.post("/v1/campaigns", json={**NEW, "id": "spread"})
    result = {"property": "ionic_conductivity", "value": 320.0, "unit": "µS/cm", "uncertainty": 20.0}
    sent = {**result, "candidate": {"electrolyte": {"composition": "Li3PS4"}}}
    answer = client.post("/v1/campaigns/spread/measurements", json={"results": [sent]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/results/0/uncertainty"
    taken = {**sent, "uncertainty": 0.03}
    assert client.post("/v1/campaigns/spread/measurements", json={"results": [taken]}).status_code == 201


def test_all_results_of_one_telling_or_none(client: Client) -> None:
    client.post("/v1/campaigns/glass/suggestions", json=ASK)
    results = [MEASURED, {**MEASURED, "suggestion": "s2", "value": 400.0}]  # 0.4 S/cm
    answer = client.post("/v1/campaigns/glass/measurements", json={"results": results})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/results/1")
    assert "mS/cm" in answer.json()["errors"][0]["hint"]
    assert client.get("/v1/campaigns/glass").json()["measurements"] == 0


def test_dry_run_writes_nothing(client: Client) -> None:
    client.post("/v1/campaigns/glass/suggestions", json=ASK)
    answer = client.post("/v1/campaigns/glass/measurements", json={"results": [MEASURED], "dry_run": True})
    assert (answer.status_code, answer.json()["suggestions"][0]["state"]) == (200, "measured")
    assert client.get("/v1/campaigns/glass").json()["measurements"] == 0


@pytest.mark.parametrize(
    ("result", "pointer", "status"),
    [
        ({**MEASURED, "unit": None}, "/results/0/unit", 422),
        ({**MEASURED, "unit": "mAh/g"}, "/results/0/unit", 422),
        ({**MEASURED, "unit": "9^9^9^9"}, "/results/0/unit", 422),
        ({**MEASURED, "property": "colour"}, "/results/0/property", 422),
        ({**MEASURED, "value": None}, "/results/0", 422),
        ({**MEASURED, "value": -1}, "/results/0", 422),
        ({**MEASURED, "suggestion": None}, "/results/0", 422),
        ({**MEASURED, "status": "partial"}, "/results/0", 422),
        ({**MEASURED, "candidate": {"electrolyte": {"composition": "LPS"}}},
         "/results/0/candidate/electrolyte/composition", 422),
        ({**RETAINED, "candidate": cell(cycles=10.5)}, "/results/0/candidate/protocol/cycles", 422),
        ({**RETAINED, "candidate": cell(cycles=10, c_rate=0.1, current_ma_per_g=1000.0)},
         "/results/0/candidate/protocol/c_rate", 422),
        ({"suggestion": "s1", "status": "failed"}, "/results/0", 422),
        ({**MEASURED, "replicate": 10**30}, "/results/0/replicate", 422),
        ({**MEASURED, "replicate": 2**31}, "/results/0/replicate", 422),
        ({**MEASURED, "suggestion": "s99"}, "", 404),
        ({**MEASURED, "replaces": "m-none"}, "", 404),
    ],
)  # fmt: skip
def test_impossible_result_points_at_the_fault(
    client: Client, result: dict[str, Any], pointer: str, status: int
) -> None:
    client.post("/v1/campaigns/glass/suggestions", json=ASK)
    answer = client.post("/v1/campaigns/glass/measurements", json={"results": [result]})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (status, pointer), answer.text


def test_suggestion_moves_forward_and_never_back(client: Client) -> None:
    client.post("/v1/campaigns/glass/suggestions", json=ASK)
    path = "/v1/campaigns/glass/suggestions/s1"
    for state in ("accepted", "running"):
        assert client.request("PATCH", path, json={"state": state, "assignee": "Ada"}).json()["state"] == state
    assert client.request("PATCH", path, json={"state": "accepted"}).status_code == 409
    assert client.request("PATCH", path, json={"state": "failed"}).status_code == 422
    assert client.request("PATCH", path, json={"state": "measured"}).status_code == 422
    failed = client.request("PATCH", path, json={"state": "failed", "reason": "The ampoule cracked."})
    assert (failed.json()["state"], failed.json()["assignee"]) == ("failed", "Ada")
    assert [s["id"] for s in client.get("/v1/campaigns/glass/suggestions?status=open").json()["items"]] == ["s2"]
    assert client.get("/v1/campaigns/glass/suggestions?status=lost").status_code == 422
    assert client.get(path).json() == failed.json()


def test_change_of_what_was_not_seen_is_refused(client: Client) -> None:
    client.post("/v1/campaigns/glass/suggestions", json=ASK)
    seen = client.get("/v1/campaigns/glass").headers["etag"]
    path = "/v1/campaigns/glass/suggestions/s1"
    assert client.request("PATCH", path, json={"state": "accepted"}, headers={"If-Match": seen}).status_code == 200
    late = client.request("PATCH", path, json={"state": "running"}, headers={"If-Match": seen})
    assert late.status_code == 409
    strange = client.request("PATCH", path, json={"state": "running"}, headers={"If-Match": "W/abc"})
    assert strange.status_code == 422


def test_lists_come_in_pages(client: Client) -> None:
    for _ in range(3):
        client.post("/v1/campaigns/glass/suggestions", json={**ASK, "planner": "random"})
    seen, after = [], ""
    while after is not None:
        page = client.get(f"/v1/campaigns/glass/suggestions?limit=4{after and '&after=' + after}").json()
        seen += [s["id"] for s in page["items"]]
        after = page["next"]
    assert seen == [f"s{n}" for n in range(1, 7)]
    assert client.get("/v1/campaigns?limit=0").status_code == 422
    assert client.get("/v1/campaigns/glass/history?after=x").status_code == 422
    kinds = [e["kind"] for e in client.get("/v1/campaigns/glass/history").json()["items"]]
    assert kinds[0] == "created"
    assert kinds.count("asked") == 3


def test_export_goes_into_another_store(client: Client, tmp_path: Path) -> None:
    client.post("/v1/campaigns/glass/suggestions", json=ASK)
    client.post("/v1/campaigns/glass/measurements", json={"results": [MEASURED]})
    data = client.get("/v1/campaigns/glass/export?format=json").json()
    with CampaignStore.open(tmp_path / "other.db") as store:
        assert store.import_(data).summary().measurements == 1
    assert client.get("/v1/campaigns/glass/export?format=exe").status_code == 422


@pytest.mark.parametrize(
    "path", ["none", "none/suggestions", "none/measurements", "none/history", "none/export", "none/export?format=xlsx"]
)
def test_campaign_that_does_not_exist_is_404(client: Client, path: str) -> None:
    assert client.get(f"/v1/campaigns/{path}").status_code == 404


def test_reading_key_cannot_write(application: Application, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    (reader, stored), (writer, also) = new_key(Role.READ), new_key(Role.WRITE)
    write_keys(file, [stored, also])
    client = application(gate=Gate(keys=KeyFile(file)), campaigns=str(tmp_path / "c.db"))
    refused = client.post("/v1/campaigns", json=NEW, headers={"Authorization": f"Bearer {reader}"})
    made = client.post("/v1/campaigns", json=NEW, headers={"Authorization": f"Bearer {writer}"})
    seen = client.get("/v1/campaigns/glass", headers={"Authorization": f"Bearer {reader}"})
    assert (refused.status_code, made.status_code, seen.status_code) == (403, 201, 200)


def test_store_that_cannot_be_opened_is_503_and_predictions_go_on(application: Application, tmp_path: Path) -> None:
    client = application(campaigns=str(tmp_path / "no" / "such" / "folder" / "c.db"))
    assert client.get("/v1/campaigns").status_code == 503
    body = {"items": [{"electrolyte": {"composition": "Li6PS5Cl"}}]}
    assert client.post("/v1/predict", json=body).status_code == 200


def test_two_clients_of_two_workers_never_get_the_same_recipe(http: httpx.Client) -> None:
    """Asks that meet are put one after the other; a repeated key replays whichever worker answers."""
    name = f"shared-{uuid.uuid4().hex[:8]}"
    assert http.post("/v1/campaigns", json={**NEW, "id": name}).status_code == 201

    def ask(number: int) -> httpx.Response:
        path = f"/v1/campaigns/{name}/suggestions"
        return http.post(path, json={**ASK, "planner": "random"}, headers=keyed(f"ask-{number}"))

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, [1, 2, 3, 4, 1, 2, 3, 4]))
    assert {a.status_code for a in answers} == {201}
    batches = {tuple(s["id"] for s in a.json()["suggestions"]) for a in answers}
    assert len(batches) == 4
    found = http.get(f"/v1/campaigns/{name}/suggestions").json()["items"]
    recipes = [str(s["candidate"]) for s in found]
    assert len(recipes) == len(set(recipes)) == 8
