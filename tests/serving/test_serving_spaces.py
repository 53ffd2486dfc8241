"""Design spaces over HTTP: what is in one can be read, changed and sent back; a campaign changes its mind."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from surrogate.space.ready import names, parse_space, ready, space_from
from tests.campaigns import SMALL_SPACE
from tests.serving.conftest import Application, Client

ASK = {"planner": "random", "pool": 128}


@pytest.fixture
def client(application: Application, tmp_path: Path) -> Client:
    return application(campaigns=str(tmp_path / "campaigns.db"))


def test_every_space_is_listed_and_comes_back_equal(client: Client) -> None:
    listed = client.get("/v1/spaces").json()["spaces"]
    assert [space["name"] for space in listed] == list(names())
    for name in names():
        answer = client.get(f"/v1/spaces/{name}").json()
        assert space_from(answer["space"]) == parse_space(answer["toml"]) == ready(name)
        assert answer["rules_of_thumb"]
        assert all(rule["source"] for rule in answer["rules_of_thumb"])
    assert client.get("/v1/spaces/nowhere").status_code == 404


def test_what_was_read_is_taken_as_a_space_of_ones_own(client: Client) -> None:
    space: dict[str, Any] = client.get("/v1/spaces/argyrodite").json()["space"]
    space["composition"] |= {"halides": ["Cl"], "dopants": ["none"]}  # the limits of the others may stay
    new = {"id": "own", "name": "own", "space": space, "objective": "maximise ionic_conductivity"}
    assert client.post("/v1/campaigns", json=new).status_code == 201
    asked = client.post("/v1/campaigns/own/suggestions", json=ASK).json()
    assert {s["settings"]["halide"] for s in asked["suggestions"]} == {"Cl"}


def test_a_campaign_changes_its_mind(client: Client) -> None:
    wish = "maximise ionic_conductivity"
    space = space_plain()
    assert (
        client.post("/v1/campaigns", json={"id": "c", "name": "c", "space": space, "objective": wish}).json()["batch"]
        == 4
    )
    client.post("/v1/campaigns/c/suggestions", json=ASK)
    etag = client.get("/v1/campaigns/c").headers["etag"]
    space["variables"]["heat_treatment_temperature_c"]["high"] = 200
    change = {"space": space, "batch": 2, "objective": "activation_energy <= 0.3 eV", "reason": "a smaller furnace"}
    answer = client.request("PATCH", "/v1/campaigns/c", json=change, headers={"If-Match": etag})
    assert answer.status_code == 200
    assert (answer.json()["batch"], answer.headers["etag"]) == (2, f'"{answer.json()["version"]}"')
    assert answer.json()["outside"]
    assert "activation_energy" in answer.json()["objective"]
    assert client.request("PATCH", "/v1/campaigns/c", json={"batch": 3}, headers={"If-Match": etag}).status_code == 409
    asked = client.post("/v1/campaigns/c/suggestions", json=ASK).json()["suggestions"]
    assert len(asked) == 2
    assert all(s["settings"]["heat_treatment_temperature_c"] <= 200 for s in asked)
    events = client.get("/v1/campaigns/c/history").json()["items"]
    assert [e["detail"]["reason"] for e in events if e["kind"] == "changed"] == ["a smaller furnace"]
    wrong = client.request("PATCH", "/v1/campaigns/c", json={"space": "tis2-composite"})
    assert wrong.status_code == 409


def space_plain() -> dict[str, Any]:
    return tomllib.loads(SMALL_SPACE)
