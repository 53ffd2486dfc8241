"""Columns give the numbers that objects give, row by row and whatever stands beside them."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surrogate.candidate.active_material import active_material
from surrogate.candidate.amounts import FAMILIES, Amounts, amounts_of, amounts_of_texts, family_codes
from surrogate.candidate.cell import Cell, Electrode
from surrogate.candidate.columns import (
    CellColumns,
    ElectrolyteColumns,
    Labels,
    cell_columns,
    columns_of,
    electrolyte_columns,
)
from surrogate.candidate.measurement import Candidate
from surrogate.candidate.recipe import Electrolyte, Milling, Recipe
from surrogate.composition import Composition, family_of, parse_composition
from surrogate.errors import CellError, CompositionError, InvalidInput, RecipeError
from surrogate.features import feature_matrix
from surrogate.features.composition import STATISTICS, composition_features, composition_matrix
from surrogate.features.elements import element_table
from surrogate.physics.cell_defaults import settle_cells
from surrogate.planner.observations import view
from surrogate.properties import Subject, get_property
from surrogate.space.columns import check_extremes, columns_of_pool
from surrogate.space.ready import names, ready, space_from
from tests.strategies import compositions, plausible_electrolytes

ODD = {
    "name": "odd", "subject": "electrolyte",
    "composition": {"kind": "mixture", "precursors": {
        "Li2S": [0.4, 0.8], "P2S5": [0.1, 0.3], "Li2O": [0.0, 0.4], "LiI": [0.0, 0.2]}},
    "variables": {
        "route": {"options": ["solution", "solid_state", "melt_quench"]},
        "atmosphere": {"options": ["vacuum", "argon"]},
        "form": {"options": ["glass", "crystalline"]},
        "milling_time_h": {"low": 1.0, "high": 9.0, "when": {"route": ["solid_state"]}},
        "heat_treatment_time_h": {"low": 1.0, "high": 5.0, "when": {"route": ["solid_state", "solution"]}},
        "wet_milling_time_h": {"low": 0.0, "high": 2.0, "when": {"route": ["solution"]}},
    },
    "fixed": {"solvent": "ethanol", "densification": "sintered", "pressure_mpa": 300.0, "temperature_c": 30.0},
}  # fmt: skip
DOPED = {
    "name": "doped cell", "subject": "cell", "rest": "additive_weight_fraction",
    "composition": {"kind": "argyrodite", "x": [-0.5, 0.9], "z": [0.1, 0.5], "dopants": ["none", "Sb", "Ge"],
                    "halides": ["Cl", "Br/I"]},
    "variables": {
        "active_material": {"options": ["S", "LiNi0.8Co0.1Mn0.1O2", "FeS2"]},
        "mixing_method": {"options": ["hand_mixed", "ball_milled", "slurry_cast"]},
        "mixing_time_min": {"low": 1.0, "high": 90.0, "when": {"mixing_method": ["ball_milled"]}},
        "active_weight_fraction": {"low": 0.3, "high": 0.6},
        "current_ma_per_cm2": {"low": 0.1, "high": 1.0},
        "active_loading_mg_per_cm2": {"low": 1.0, "high": 9.0, "scale": "log"},
        "first_step": {"options": ["charge", "discharge"]},
        "counter_electrode": {"options": ["Li", "Li-In"]},
    },
    "fixed": {"electrolyte_weight_fraction": 0.3, "coating": "LiNbO3", "voltage_min_v": 1.0},
}  # fmt: skip
SPACES = {**{name: ready(name) for name in names()}, "odd": space_from(ODD), "doped cell": space_from(DOPED)}
PROPERTIES = ("ionic_conductivity", "first_discharge_capacity", "capacity_retention")


def assert_same(one: ElectrolyteColumns | CellColumns, other: ElectrolyteColumns | CellColumns) -> None:
    """Every column says the same, row by row; to the last digits where a composition is weighed in."""
    assert type(one) is type(other)
    for field in fields(one):
        column, twin = getattr(one, field.name), getattr(other, field.name)
        if isinstance(column, Labels):
            assert [column.values[i] for i in column.codes] == [twin.values[i] for i in twin.codes], field.name
        elif isinstance(column, Amounts):
            elements = tuple(dict.fromkeys((*column.elements, *twin.elements)))
            rows = zip((column, twin), (one.composition, other.composition), strict=True)  # type: ignore[union-attr]
            values = [amounts.of(elements)[composition] for amounts, composition in rows]
            np.testing.assert_allclose(*values, rtol=1e-12, atol=1e-12)
        elif field.name != "composition":
            np.testing.assert_allclose(column, twin, rtol=1e-12, err_msg=field.name)


@pytest.mark.parametrize("place", SPACES)
@given(seed=st.integers(0, 2**32), n=st.integers(1, 12))
@settings(max_examples=8)
def test_a_pool_as_columns_is_the_pool_as_candidates(place: str, seed: int, n: int) -> None:
    space = SPACES[place]
    pool = space.sample(n, seed)
    check_extremes(pool)
    for name in PROPERTIES:
        subject = get_property(name).subject
        if subject is Subject.CELL and space.subject is not Subject.CELL:
            continue
        if subject is Subject.ELECTROLYTE and pool.candidates[0].electrolyte is None:
            continue
        columns = columns_of_pool(pool, subject)
        objects = columns_of([view(c, name) for c in pool.candidates], subject)
        assert_same(columns, objects)
        np.testing.assert_allclose(feature_matrix(columns), feature_matrix(objects), rtol=1e-12, atol=1e-12)


@given(st.lists(plausible_electrolytes(), min_size=1, max_size=6), st.data())
@settings(max_examples=30)
def test_a_candidate_is_the_same_whatever_stands_beside_it(candidates: list[Candidate], data: st.DataObject) -> None:
    rows = np.array(data.draw(st.lists(st.integers(0, len(candidates) - 1), min_size=1, max_size=9)))
    together = electrolyte_columns(candidates).take(rows)
    assert len(together) == len(rows)
    assert_same(together, electrolyte_columns([candidates[i] for i in rows]))


def test_a_candidate_put_together_has_its_columns_from_where_they_are_taken() -> None:
    texts = ("Li6PS5Cl", "Li3PS4")
    recipes = (Recipe(milling=Milling(time_h=1.0, mill="A")), Recipe(milling=Milling(time_h=2.0, mill="B")))
    one, other = (
        Candidate(subject=Electrolyte(composition=parse_composition(text), recipe=recipe))
        for text, recipe in zip(texts, recipes, strict=True)
    )
    mixed = electrolyte_columns([one, other]).pick(lambda name: np.array([1 if name == "composition" else 0]))
    swapped = Candidate(subject=Electrolyte(composition=other.subject.composition, recipe=one.subject.recipe))  # type: ignore[union-attr]
    assert_same(mixed, electrolyte_columns([swapped]))


def test_what_a_recipe_implies_is_in_its_columns_whatever_it_is_made_from() -> None:
    furnace = {**ODD, "fixed": {"atmosphere": "argon"}, "variables": {"wet_milling_time_h": {"low": 0.0, "high": 2.0}}}
    columns = columns_of_pool(space_from(furnace).sample(4, 0), Subject.ELECTROLYTE)
    assert isinstance(columns, ElectrolyteColumns)
    assert columns.heat_treated.tolist() == columns.solvent_exposed.tolist() == [1.0] * 4


def test_a_cell_where_an_electrolyte_is_meant_is_refused() -> None:
    cell = Candidate(subject=Cell(electrode=Electrode(active_material=active_material("S"))))
    with pytest.raises(InvalidInput, match="belongs to an electrolyte"):
        columns_of([cell], Subject.ELECTROLYTE)


@pytest.mark.parametrize(("coating", "coated"), [(None, np.nan), ("", 0.0), ("none", 0.0), ("LiNbO3", 1.0)])
def test_a_bare_material_is_bare_for_features_and_physics(coating: str | None, coated: float) -> None:
    electrode = Electrode(active_material=active_material("LiCoO2"), coating=coating)
    columns = cell_columns([Candidate(subject=Cell(electrode=electrode))])
    np.testing.assert_array_equal(columns.coated, [coated])
    assert settle_cells(columns, np.array([1e-3])).batch().coated.tolist() == [coated != 0.0]


@given(st.lists(compositions(), min_size=1, max_size=8))
@settings(max_examples=60)
def test_many_compositions_have_the_numbers_of_each_alone(made: list[Composition]) -> None:
    together = composition_matrix(amounts_of(made))
    for row, composition in zip(together, made, strict=True):
        np.testing.assert_allclose(row, composition_matrix(amounts_of([composition]))[0], rtol=1e-12, atol=1e-12)


@given(st.lists(compositions(), min_size=1, max_size=8))
@settings(max_examples=60)
def test_families_and_charges_follow_the_rules_for_one_composition(made: list[Composition]) -> None:
    amounts = amounts_of(made)
    codes = family_codes(amounts.elements, amounts.values)
    assert [FAMILIES[code] for code in codes] == [family_of(c.amounts) for c in made]
    np.testing.assert_allclose(amounts.net_charge, [c.net_charge for c in made], atol=1e-9)


@given(st.lists(compositions(), min_size=1, max_size=8))
@settings(max_examples=60)
def test_texts_have_the_amounts_of_what_they_are_read_as(made: list[Composition]) -> None:
    texts = [c.formula if "x" in c.text else c.text for c in made]
    quick, slow = amounts_of_texts(texts), amounts_of([parse_composition(text) for text in texts])
    order = [quick.elements.index(element) for element in slow.elements]
    assert len(quick.elements) == len(slow.elements)
    np.testing.assert_array_equal(quick.values[:, order], slow.values)
    np.testing.assert_allclose(quick.net_charge, slow.net_charge, atol=1e-9)


@pytest.mark.parametrize("text", ["LiPON", "Li6PS5CI", "Li6PSS5Cl,", "", "Li" * 150, "Li0"])
def test_texts_that_cannot_be_read_are_refused_alike(text: str) -> None:
    with pytest.raises(CompositionError) as one:
        parse_composition(text)
    with pytest.raises(CompositionError) as many:
        amounts_of_texts(["Li3PS4", text])
    assert str(many.value) == str(one.value)


@given(compositions())
@settings(max_examples=30)
def test_statistics_are_what_their_names_say(composition: Composition) -> None:
    table = element_table()
    values = np.array([table.values[table.index[el]] for el in composition.amounts])
    share = np.array(list(composition.amounts.values())) / sum(composition.amounts.values())
    mean = (share[:, None] * values).sum(axis=0)
    most = values[share >= share.max() * (1 - 1e-12)].min(axis=0)
    deviation = (share[:, None] * np.abs(values - mean)).sum(axis=0)
    wanted = [values.min(axis=0), values.max(axis=0), np.ptp(values, axis=0), mean, deviation, most]
    gaps = np.isnan(values).any(axis=0)
    wanted = np.concatenate([np.where(gaps, np.nan, block) for block in wanted])
    names = [f.name for f in composition_features() if ".magpie." in f.name]
    found = composition_matrix(amounts_of([composition]))[0, : len(names)]
    assert len(names) == len(STATISTICS) * len(table.properties)
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9)


def test_a_recipe_weighs_the_same_whatever_stands_beside_it() -> None:
    pool = SPACES["odd"].sample(200, 5)
    together = pool.amounts
    assert together is not None
    assert np.abs(together.net_charge).max() == 0.0
    for row in (0, 17, 199):
        alone = pool.take(np.array([row])).amounts
        assert alone is not None
        np.testing.assert_array_equal(alone.values[0], together.values[row])


def test_what_an_object_refuses_columns_refuse_too() -> None:
    hot = {**ODD, "variables": {"heat_treatment_temperature_c": {"low": 100.0, "high": 5000.0}}}
    with pytest.raises(RecipeError, match="heat_treatment_temperature_c"):
        check_extremes(space_from(hot).sample(200, 0))
    heavy = {**DOPED, "rest": None, "fixed": {"electrolyte_weight_fraction": 0.65}}
    del heavy["rest"]
    with pytest.raises(CellError, match="sum to"):
        check_extremes(space_from(heavy).sample(200, 0))
    cold = {**ODD, "fixed": {"heat_treated": "no", "heat_treatment_temperature_c": 300.0}}
    with pytest.raises(RecipeError, match="there was none"):
        check_extremes(space_from(cold).sample(4, 0))
