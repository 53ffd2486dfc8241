"""Inverse design over HTTP: what was wished for, or what stands in the way."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from serving.http import examples
from tests.serving.conftest import Application


@pytest.fixture(scope="module")
def designed(http: httpx.Client) -> dict[str, Any]:
    answer = http.post("/v1/design", json=examples.DESIGN["conductor"]["value"])
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_recipes_are_different_and_tell_their_chances(designed: dict[str, Any]) -> None:
    assert designed["met"]
    assert designed["standing_in_the_way"] is None
    recipes = designed["recipes"]
    assert [recipe["number"] for recipe in recipes] == list(range(1, len(recipes) + 1))
    assert len({str(recipe["settings"]) for recipe in recipes}) == len(recipes)
    for recipe in recipes:
        assert recipe["meets"]
        assert 0.5 <= recipe["chance_of_all"] <= 1.0
        assert list(recipe["chances"].values()) == [pytest.approx(recipe["chance_of_all"])]
        assert sum(recipe["weigh_in_g"].values()) == pytest.approx(1.0, abs=1e-3)
        assert recipe["predictions"]["ionic_conductivity"]["interval"]["level"] == 0.9
    hours = [recipe["derived"]["process_time_h"] for recipe in recipes]
    assert hours == sorted(hours)  # in the order of the goal


def test_designed_recipe_is_predicted_as_it_was_designed(http: httpx.Client, designed: dict[str, Any]) -> None:
    """What comes back as a candidate is the recipe itself: sent to predict, it gives the same prediction."""
    items = [recipe["candidate"] for recipe in designed["recipes"]]
    answers = http.post("/v1/predict", json={"items": items, "properties": ["ionic_conductivity"]}).json()["items"]
    for recipe, answer in zip(designed["recipes"], answers, strict=True):
        again = answer["properties"]["ionic_conductivity"]
        assert again["median"] == pytest.approx(recipe["predictions"]["ionic_conductivity"]["median"], rel=1e-6)


def test_wish_out_of_reach_names_what_stands_in_the_way(http: httpx.Client) -> None:
    answer = http.post("/v1/design", json=examples.DESIGN["out_of_reach"]["value"]).json()
    assert not answer["met"]
    assert answer["standing_in_the_way"] == "ionic_conductivity >= 0.08 S/cm"
    assert answer["recipes"][0]["chance_of_all"] < 0.5
    assert "No recipe" in answer["sentence"]


def test_same_request_has_the_same_answer(http: httpx.Client, designed: dict[str, Any]) -> None:
    assert http.post("/v1/design", json=examples.DESIGN["conductor"]["value"]).json() == designed


@pytest.mark.parametrize(
    ("changes", "status", "pointer"),
    [
        ({"space": "argyrodit"}, 422, "/space"),
        ({"targets": "make it better"}, 422, "/targets"),
        ({"targets": ["maximise ionic_conductivity", "minimise ionic_conductivity"]}, 422, "/targets"),
        ({"measured": [{"electrolyte": {"composition": "LPSCl"}, "values": {"ionic_conductivity_s_per_cm": 1e-3}}]},
         422, "/measured/0/electrolyte/composition"),
        ({"targets": "maximise first_discharge_capacity"}, 503, ""),
    ],
)  # fmt: skip
def test_what_cannot_be_points_at_the_fault(
    application: Application, changes: dict[str, Any], status: int, pointer: str
) -> None:
    asked = {**examples.DESIGN["conductor"]["value"], **changes}
    answer = application().post("/v1/design", json=asked)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (status, pointer)
