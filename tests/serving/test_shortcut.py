"""A plain request goes past the framework, and nobody can tell: it is answered, refused and counted as on the route."""

from __future__ import annotations

import json
from typing import Any

import pytest
from prometheus_client import REGISTRY

from tests.serving.conftest import Application, Client
from tests.serving.hostile import CORPUS

ITEM = {"electrolyte": {"composition": "Li6PS5Cl", "heat_treatment_temperature_c": 550}, "id": "a"}
BODIES = {
    "one item": {"items": [ITEM]},
    "many items": {"items": [ITEM] * 7, "level": 0.8, "neighbours": 1, "citations": True},
    "one item in order and one not": {"items": [ITEM, {"electrolyte": {"composition": "Xx"}}, {"electrolyte": 3}]},
    "no item in order": {"items": [{"electrolyte": {"composition": "Xx"}}]},
    "a model that is not there": {"items": [ITEM], "properties": ["activation_energy"]},
    "a property that nobody knows": {"items": [ITEM], "properties": ["colour"]},
    "own rows": {"items": [ITEM], "given": [{**ITEM, "values": {"ionic_conductivity_s_per_cm": 0.01}}]},
}
CORPUS_BODIES = {
    case.name: case.body for case in CORPUS if (case.path, case.method) == ("/v1/predict", "POST") and case.body
}


def answers(client: Client, body: bytes) -> list[tuple[int, Any]]:
    """What comes of a body on the short way and, since its type is spelt otherwise, on the route."""
    replies = []
    for media_type in ("application/json", "application/json;charset=utf-8"):
        answer = client.post("/v1/predict", content=body, headers={"Content-Type": media_type})
        fields = answer.json()
        fields.pop("request_id", None)
        replies.append((answer.status_code, fields))
    return replies


@pytest.mark.parametrize("name", BODIES)
def test_both_ways_say_the_same(application: Application, name: str) -> None:
    one, other = answers(application(), json.dumps(BODIES[name]).encode())
    assert one == other


def test_both_ways_refuse_the_same(application: Application) -> None:
    client = application()
    for name, body in CORPUS_BODIES.items():
        one, other = answers(client, body)
        assert one == other, name


def test_the_short_way_is_counted_under_the_address_of_the_route(application: Application) -> None:
    client = application()
    for name, code in (("one item", "200"), ("no item in order", "422"), ("a model that is not there", "503")):
        labels = {"route": "/v1/predict", "method": "POST", "code": code}
        before = REGISTRY.get_sample_value("surrogate_requests_total", labels) or 0.0
        answer = client.post("/v1/predict", json=BODIES[name])
        assert answer.headers["content-type"] == ("application/json" if code == "200" else "application/problem+json")
        assert "x-request-id" in answer.headers
        assert REGISTRY.get_sample_value("surrogate_requests_total", labels) == before + 1.0, name
