"""Why a prediction is what it is, over HTTP: effects that add up, papers that are cited, limits that are kept."""

from __future__ import annotations

import asyncio
import json
import math
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from serving.http import examples
from serving.http.state import Library
from surrogate.candidate.measurement import Measurement
from surrogate.client import SurrogateClient
from surrogate.datasets import load
from surrogate.errors import InvalidInput
from surrogate.models import explanation, fit
from surrogate.models.base import FittedSurrogate, ModelStatus
from surrogate.models.surrogate import Surrogate
from surrogate.wire.explanations import MAX_EXPLAINED
from tests.serving.conftest import Application, Running

ITEM: dict[str, Any] = {"electrolyte": examples.ARGYRODITE, "protocol": {"temperature_c": 25}}
ONE = {"items": [ITEM], "properties": ["ionic_conductivity"]}


@pytest.fixture(scope="module")
def forest() -> Surrogate:
    """A small model of trees with what the simulator says among its features."""
    rows = load("ionic_conductivity")[:150]
    made = fit(
        rows,
        property="ionic_conductivity",
        kind="tree_ensemble",
        hyperparameters={"n_trees": 20},
    )
    return made.with_identity(status=ModelStatus.CHAMPION)


def explained(http: Any, body: dict[str, Any] = ONE) -> dict[str, Any]:
    answer = http.post("/v1/explain", json=body)
    assert answer.status_code == 200, answer.text
    (item,) = answer.json()["items"]
    return dict(item["properties"])


def test_effects_lead_to_the_prediction_that_is_served(http: httpx.Client) -> None:
    said = explained(http)["ionic_conductivity"]
    (predicted,) = http.post("/v1/predict", json=ONE).json()["items"]
    assert said["prediction"] == pytest.approx(predicted["properties"]["ionic_conductivity"]["median"], rel=1e-9)
    assert said["model"] == predicted["properties"]["ionic_conductivity"]["model"]
    assert (said["unit"], said["effect_unit"], said["compared_with"]["group"]) == ("S/cm", "decades", "argyrodite")
    moved = sum(effect["size"] for effect in said["effects"])
    assert math.log10(said["start"]) + moved == pytest.approx(math.log10(said["prediction"]), abs=1e-9)
    sizes = [abs(effect["size"]) for effect in said["effects"]]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(effect["share"] for effect in said["effects"]) == pytest.approx(1.0)
    assert all(effect["factor"] == pytest.approx(10 ** effect["size"]) for effect in said["effects"])


def test_effects_on_a_linear_scale_are_in_the_unit(http: httpx.Client) -> None:
    body = {"items": [{"cell": examples.SULFUR_CELL, "protocol": examples.PROTOCOL}]}
    for name, unit in (("first_discharge_capacity", "mAh/g"), ("capacity_retention", "%")):
        said = explained(http, body)[name]
        assert (said["effect_unit"], said["unit"], said["uses_physics"], said["physics_share"]) == (
            unit,
            unit,
            False,
            0,
        )
        moved = sum(effect["size"] for effect in said["effects"])
        assert said["start"] + moved == pytest.approx(said["prediction"], abs=1e-6)
        assert {effect["factor"] for effect in said["effects"]} <= {None}


def test_papers_are_cited_and_their_shares_sum_to_one(http: httpx.Client) -> None:
    papers = explained(http, {**ONE, "papers": 3})["ionic_conductivity"]["papers"]
    assert len(papers["named"]) == 3
    assert papers["trees_share"] == 1.0
    shares = [paper["share"] for paper in papers["named"]]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) + papers["others_share"] == pytest.approx(1.0)
    assert any((paper["doi"] or "").startswith("10.") for paper in papers["named"])
    assert all(paper["reference"] for paper in papers["named"])
    none = explained(http, {**ONE, "papers": 0})["ionic_conductivity"]["papers"]
    assert (none["named"], none["others_share"]) == ([], pytest.approx(1.0))


def test_the_share_of_physics_is_between_nothing_and_all(application: Application, forest: Surrogate) -> None:
    said = explained(application(models={"ionic_conductivity": forest}))["ionic_conductivity"]
    assert said["uses_physics"]
    assert 0.0 < said["physics_share"] < 1.0


def test_other_tables_than_those_of_the_training_are_named(application: Application, forest: Surrogate) -> None:
    (warning,) = explained(application(models={"ionic_conductivity": forest}))["ionic_conductivity"]["warnings"]
    assert "not the one that the model was trained on" in warning


def test_same_tables_as_those_of_the_training_need_no_words(http: httpx.Client) -> None:
    assert explained(http)["ionic_conductivity"]["warnings"] == []


def test_bad_items_do_not_spoil_good_ones(http: httpx.Client) -> None:
    misspelt = {"electrolyte": {"composition": "S", "mil_time_h": 1}}
    items = [{"electrolyte": {"composition": "LPSCl"}}, {"id": "b", **ITEM}, misspelt]
    answer = http.post("/v1/explain", json={"items": items, "properties": ["ionic_conductivity"]})
    got = answer.json()["items"]
    assert [(item["index"], item["status"]) for item in got] == [(0, "error"), (1, "ok"), (2, "error")]
    assert got[1]["id"] == "b"
    assert got[2]["errors"][0]["pointer"] == "/items/2/electrolyte/mil_time_h"
    assert "milling_time_h" in got[2]["errors"][0]["hint"]


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({"items": []}, 422, "/items"),
        ({"items": [ITEM] * (MAX_EXPLAINED + 1)}, 422, "/items"),
        ({"items": [ITEM], "papers": 21}, 422, "/papers"),
        ({"items": [ITEM], "papers": True}, 422, "/papers"),
        ({"items": [ITEM], "level": 0.9}, 422, "/level"),
        ({"items": [ITEM], "properties": ["colour"]}, 422, "/properties/0"),
        ({"items": [ITEM], "properties": ["capacity_retention"]}, 422, "/items/0"),
        ({"items": [ITEM], "properties": ["first_charge_capacity"]}, 503, ""),
    ],
)
def test_what_cannot_be_explained_is_a_problem(
    http: httpx.Client, body: dict[str, Any], status: int, pointer: str
) -> None:
    answer = http.post("/v1/explain", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    if pointer:
        assert answer.json()["errors"][0]["pointer"] == pointer


def test_a_model_without_known_parts_is_refused(application: Application, median: FittedSurrogate) -> None:
    answer = application(models={"ionic_conductivity": median}).post("/v1/explain", json=ONE)
    (fault,) = answer.json()["errors"]
    assert (answer.status_code, "cannot be explained" in fault["message"]) == (422, True)


def test_tables_that_are_not_there_are_a_problem(application: Application, forest: Surrogate, tmp_path: Path) -> None:
    client = application(models={"ionic_conductivity": forest}, data=tmp_path / "none")
    assert client.post("/v1/explain", json=ONE).status_code == 503
    assert client.post("/v1/predict", json=ONE).status_code == 200


def test_explanations_wait_in_a_place_of_their_own(
    application: Application, forest: Surrogate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too many are refused at once, one that takes too long is a 503, and predictions go on meanwhile."""
    go = threading.Event()

    def slow(model: Surrogate, candidate: Any, measurements: Sequence[Measurement]) -> explanation.Explanation:
        go.wait(10)
        raise InvalidInput("Enough.", hint="For the test.")

    monkeypatch.setattr("surrogate.report.explanations.explain", slow)
    client = application(models={"ionic_conductivity": forest}, planning_queue=0, timeout_s=1.0)

    async def run() -> tuple[list[int], list[str]]:
        async with client.open() as opened:
            first = asyncio.create_task(opened.post("/v1/explain", json=ONE))
            await asyncio.sleep(0.2)
            refused = await opened.post("/v1/explain", json=ONE)
            predicted = await opened.post("/v1/predict", json=ONE)
            late = await first
            waits = [answer.headers["retry-after"] for answer in (refused, late)]
            return [refused.status_code, predicted.status_code, late.status_code], waits

    statuses, waits = asyncio.run(run())
    go.set()
    assert statuses == [429, 200, 503]
    assert all(wait.isdecimal() for wait in waits)


def test_tables_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from surrogate import datasets

    asked: list[str] = []

    def counted(name: str, sha256: str, *, data: Path | None = None) -> tuple[list[Measurement], str]:
        asked.append(name)
        return load("ionic_conductivity")[:3], sha256

    monkeypatch.setattr(datasets, "load_trained", counted)
    library = Library(None)
    assert library.learnt("ionic_conductivity", "") is library.learnt("ionic_conductivity", "")
    assert asked == ["ionic_conductivity"]


def test_the_client_explains_and_sends_long_lists_in_parts(running: Running) -> None:
    items = [{"id": str(n), **ITEM} for n in range(MAX_EXPLAINED + 1)]
    with SurrogateClient(running.url) as client:
        found = client.explain(items, properties=["ionic_conductivity"], papers=1)
        assert [(item["index"], item["id"]) for item in found] == [(n, str(n)) for n in range(MAX_EXPLAINED + 1)]
        said = found[0]["properties"]["ionic_conductivity"]
        assert (said["effects"][0]["part"], len(said["papers"]["named"])) == ("composition", 1)
        with pytest.raises(InvalidInput, match="LPSCl"):
            client.explain([{"electrolyte": {"composition": "LPSCl"}}])


def test_the_client_sends_as_many_as_the_service_takes() -> None:
    from surrogate.client import service

    assert service.MAX_EXPLAINED == MAX_EXPLAINED
    assert json.dumps(examples.EXPLAIN)
