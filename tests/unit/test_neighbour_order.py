"""Neighbours are of the same material first, then near in what both state; the notice of their table goes with them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from surrogate.candidate.measurement import Candidate
from surrogate.candidate.recipe import Electrolyte, HeatTreatment, Recipe, Route
from surrogate.composition import parse_composition
from surrogate.datasets import load
from surrogate.models import artifact, fit
from surrogate.models.neighbours import ANOTHER_MATERIAL


@pytest.fixture(scope="module")
def model():
    return fit(load("ionic_conductivity"), property="ionic_conductivity", kind="group_median", physics=False)


def candidate(formula: str, **recipe: object) -> Candidate:
    return Candidate(subject=Electrolyte(composition=parse_composition(formula), recipe=Recipe(**recipe)))


def nearest(model, asked: Candidate, count: int = 5):
    return model.predict([asked], neighbours=count)[0].neighbours


def test_the_record_material_is_its_own_first_neighbour(model):
    first, *others = nearest(model, candidate("Li9.54Si1.74P1.44S11.7Cl0.3", route=Route.SOLID_STATE))
    assert (first.row_id, first.value) == ("SE0260", 0.025)
    assert all("Li9.54" not in other.description for other in others)


@pytest.mark.parametrize("formula", ["Li10GeP2S12", "Li6PS5I", "Li6PS5Cl"])
def test_rows_of_the_same_material_come_before_all_others(model, formula):
    heated = HeatTreatment(temperature_c=550, time_h=8)
    rows = nearest(model, candidate(formula, route=Route.SOLID_STATE, heat_treatment=heated))
    formula_of = {m.source.row_id: m.candidate.subject.composition.reduced_formula for m in load("ionic_conductivity")}
    assert [formula_of[row.row_id] for row in rows] == [formula] * 5


def test_of_equally_near_rows_one_that_states_the_recipe_comes_before_one_that_is_silent(model):
    asked = candidate("Li6PS5Cl", route=Route.MECHANICAL_MILLING, heat_treatment=HeatTreatment(temperature_c=550))
    assert all("550 °C" in row.description for row in nearest(model, asked, 3))


def test_rows_that_share_the_furnace_come_before_rows_that_name_no_recipe(model):
    heated = HeatTreatment(temperature_c=550, time_h=8)
    rows = nearest(model, candidate("Li10GeP2S12", route=Route.SOLID_STATE, heat_treatment=heated), 6)
    assert "SE0259" in [row.row_id for row in rows[:3]]  # 12 mS/cm, 550 °C 8 h
    states = [row.description != "Li10GeP2S12" for row in rows]
    assert states == sorted(states, reverse=True)
    assert 0 < sum(states) < len(states)


def test_what_the_candidate_does_not_state_is_no_distance(model):
    assert nearest(model, candidate("Li6PS5Cl"), 1)[0].distance == 0.0


def test_the_distance_that_is_shown_is_one_a_reader_can_compare(model):
    assert all(0 <= row.distance < ANOTHER_MATERIAL for row in nearest(model, candidate("Li2ZrS3"), 20))


def test_an_artifact_keeps_order_and_notices(model, tmp_path):
    asked = candidate("Li10GeP2S12", heat_treatment=HeatTreatment(temperature_c=550))
    again = artifact.load(artifact.save(model, tmp_path / "ionic_conductivity"))
    assert nearest(again, asked) == nearest(model, asked)
    assert again.card.notices == model.card.notices
    assert any("SciGlass" in notice for notice in again.card.notices)


def test_a_model_without_glasses_carries_no_notice():
    rows = load("ionic_conductivity", without=["glasses"])
    assert fit(rows, property="ionic_conductivity", kind="group_median", physics=False).card.notices == ()


def test_a_model_of_before_orders_its_rows_too(model):
    older = replace(model, applicability=replace(model.applicability, stated=None))
    assert nearest(older, candidate("Li10GeP2S12"))[0].description.startswith("Li10GeP2S12")
