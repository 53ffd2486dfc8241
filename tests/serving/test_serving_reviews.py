"""Results of campaigns beside what was predicted for them, over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from surrogate.campaign import CampaignStore
from tests.reviews import NAME, tell_results
from tests.serving.conftest import Application, Client


@pytest.fixture
def client(application: Application, tmp_path: Path) -> Client:
    with CampaignStore.open(tmp_path / "campaigns.db") as store:
        tell_results(store, "mill", [0.5, 0.5, 1e-6])
        tell_results(store, "furnace", [2.0])
        store.create("nothing yet", store.get("mill").space, store.get("mill").objective, id="new")
    return application(campaigns=str(tmp_path / "campaigns.db"))


def test_coverage_and_bias_after_every_result(client: Client) -> None:
    answer = client.get("/v1/review?campaign=mill").json()
    assert [row["is_inside"] for row in answer["results"]] == [True, True, False]
    assert [row["standing"]["coverage"] for row in answer["results"]] == pytest.approx([1.0, 1.0, 2 / 3])
    assert answer["results"][1]["standing"]["bias"] == pytest.approx(-0.30103, abs=1e-4)
    (standing,) = answer["standings"]
    assert standing == answer["results"][-1]["standing"]
    assert (standing["n"], standing["level"], standing["error_unit"]) == (3, 0.9, "decades")
    assert "cannot tell yet" in standing["judgement"]


def test_all_campaigns_some_or_the_last_results(client: Client) -> None:
    every = client.get("/v1/review").json()
    assert [row["campaign"] for row in every["results"]] == ["mill", "mill", "mill", "furnace"]
    assert client.get("/v1/review?campaign=mill, furnace,").json() == every
    last = client.get("/v1/review?limit=1").json()
    assert (last["results"], last["n_earlier"]) == (every["results"][-1:], 3)
    assert last["standings"] == every["standings"]
    empty = {"standings": [], "results": [], "n_earlier": 0, "left_out": ""}
    assert client.get("/v1/review?campaign=new").json() == empty
    assert client.get("/v1/review?property=activation_energy").json()["results"] == []


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("campaign=nowhere", 404, "nowhere"),
        ("property=conductance", 422, "no property named 'conductance'"),
        ("campaigns=mill", 422, "knows no 'campaigns'"),
        ("limit=0", 422, "limit"),
    ],
)
def test_what_cannot_be_reviewed_is_named(client: Client, query: str, status: int, words: str) -> None:
    answer = client.get(f"/v1/review?{query}")
    assert (answer.status_code, words in answer.text) == (status, True), answer.text


def test_the_property_is_the_one_that_was_measured(client: Client) -> None:
    assert {row["property"] for row in client.get(f"/v1/review?property={NAME}").json()["results"]} == {NAME}
