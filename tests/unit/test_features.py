"""Features: parity with Magpie, a grammar, gaps that stay gaps, and invariances."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surrogate.candidate.active_material import active_material
from surrogate.candidate.amounts import FAMILIES, amounts_of
from surrogate.candidate.cell import Cell, Electrode, Protocol
from surrogate.candidate.columns import electrolyte_columns
from surrogate.candidate.measurement import Candidate
from surrogate.candidate.recipe import Electrolyte, HeatTreatment, Milling, Recipe, Route
from surrogate.composition import composition_from_amounts, parse_composition
from surrogate.datasets import load
from surrogate.features import feature_table, features_of
from surrogate.features.composition import STATISTICS, composition_matrix
from surrogate.features.electrode import nickel_fraction
from surrogate.features.elements import element_table
from surrogate.features.registry import GRAMMAR
from surrogate.properties import Subject
from tests.strategies import argyrodites

PARITY = Path(__file__).parents[1] / "data" / "magpie_parity.csv"


def electrolyte(text: str, recipe: Recipe | None = None) -> Candidate:
    return Candidate(subject=Electrolyte(composition=parse_composition(text), recipe=recipe or Recipe()))


@given(st.floats(0.01, 99.0), st.floats(0.01, 99.0))
@settings(max_examples=200)
def test_one_kind_of_framework_cation_has_no_spread(aluminium: float, sulfur: float) -> None:
    made = composition_from_amounts({"Li": 1.0, "Al": aluminium, "S": sulfur})
    candidate = Candidate(subject=Electrolyte(composition=made, recipe=Recipe()))
    found = features_of([candidate], Subject.ELECTROLYTE)
    assert float(found["composition.network_radius_spread"].iloc[0]) < 1e-12


def test_borohydride_sits_where_a_halide_does() -> None:
    halide, borohydride = electrolyte("Li6PS5Cl"), electrolyte("Li6PS5BH4")
    frame = features_of([halide, borohydride], Subject.ELECTROLYTE)
    for name in ("lithium_per_network_cation", "halide_per_network_cation", "halide_per_anion", "free_chalcogen"):
        stated = frame[f"composition.{name}"]
        assert stated[1] == pytest.approx(stated[0]), name
    assert frame["composition.halide_radius"][1] > frame["composition.halide_radius"][0]


@pytest.mark.parametrize("formula", ["Li5.7Al0.1PS5Cl", "Li5.8Zn0.1PS5Cl", "Li5.8Mg0.1PS5Cl"])
def test_a_dopant_with_the_lithium_is_no_framework(formula: str) -> None:
    frame = features_of([electrolyte(text) for text in ("Li6PS5Cl", formula)], Subject.ELECTROLYTE)
    of_framework = ["halide_per_network_cation", "free_chalcogen", "substituted_network", "network_radius"]
    descriptors = frame[[f"composition.{name}" for name in of_framework]].to_numpy()
    assert descriptors[1] == pytest.approx(descriptors[0])


@given(st.floats(0.05, 0.95))
def test_only_aliovalent_substitution_spreads_the_charges_of_the_framework(x: float) -> None:
    isovalent, aliovalent = f"Li6P{1 - x:.4f}Sb{x:.4f}S5I", f"Li{6 + x:.4f}P{1 - x:.4f}Si{x:.4f}S5I"
    spread = features_of([electrolyte(isovalent), electrolyte(aliovalent)], Subject.ELECTROLYTE)[
        "composition.network_charge_spread"
    ]
    assert spread[0] == pytest.approx(0.0, abs=1e-9)
    assert spread[1] == pytest.approx(math.sqrt(x * (1 - x)), abs=1e-3)


def test_alcohol_and_water_are_protic_and_other_solvents_are_not() -> None:
    protic = ("ethanol", "THF + ethanol", "water", "MeOH", "isopropyl alcohol", "aqueous THF")
    aprotic = ("THF", "acetonitrile", "ethyl acetate", "water-free THF", "non-aqueous", "anisole (800 ppm water)")
    recipes = [Recipe(route=Route.SOLUTION, solvent=solvent) for solvent in (*protic, *aprotic)]
    frame = features_of([electrolyte("Li6PS5Cl", recipe) for recipe in recipes], Subject.ELECTROLYTE)
    assert frame["recipe.solvent_protic"].tolist() == [1.0] * len(protic) + [0.0] * len(aprotic)


def test_the_liquid_phase_is_a_solution() -> None:
    recipes = [Recipe(route=route, solvent="THF") for route in (Route.SOLUTION, Route.LIQUID_PHASE)]
    frame = features_of([electrolyte("Li3PS4", recipe) for recipe in recipes], Subject.ELECTROLYTE)
    assert frame.iloc[0].equals(frame.iloc[1])


def test_elemental_statistics_equal_matminers() -> None:
    with PARITY.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    matrix = composition_matrix(amounts_of([parse_composition(row["formula"]) for row in rows]))
    names = [f"MagpieData {stat} {prop}" for stat in STATISTICS for prop in element_table().properties]
    expected = np.array([[float(row[name]) for name in names] for row in rows])
    np.testing.assert_allclose(matrix[:, : len(names)], expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("subject", list(Subject))
def test_every_name_follows_the_grammar_and_has_a_meaning(subject: Subject) -> None:
    for name, feature in feature_table(subject).items():
        assert GRAMMAR.fullmatch(name)
        assert feature.meaning


def test_what_is_not_stated_stays_nan_and_zero_stays_zero() -> None:
    bare = features_of([electrolyte("Li6PS5Cl")], Subject.ELECTROLYTE).iloc[0]
    assert math.isnan(bare["recipe.milling_time_h"])
    assert math.isnan(bare["recipe.heat_treated"])
    stated = features_of(
        [electrolyte("Li6PS5Cl", Recipe(milling=Milling(time_h=0.0), heat_treated=False))], Subject.ELECTROLYTE
    ).iloc[0]
    assert stated["recipe.milling_time_h"] == 0.0
    assert stated["recipe.heat_treated"] == 0.0


@given(argyrodites(), st.floats(min_value=0.1, max_value=20.0))
@settings(max_examples=40)
def test_descriptors_do_not_depend_on_the_size_of_the_formula_unit(composition, factor) -> None:  # type: ignore[no-untyped-def]
    scaled = composition_from_amounts({el: amount * factor for el, amount in composition.amounts.items()})
    frame = features_of(
        [Candidate(subject=Electrolyte(composition=c)) for c in (composition, scaled)], Subject.ELECTROLYTE
    )
    np.testing.assert_allclose(frame.iloc[0], frame.iloc[1], rtol=1e-6, atol=1e-8, equal_nan=True)


def test_the_descriptors_say_what_the_field_says() -> None:
    row = features_of([electrolyte("Li6PS5Cl"), electrolyte("75Li2S-25P2S5")], Subject.ELECTROLYTE)
    assert row["composition.lithium_per_network_cation"][0] == pytest.approx(6.0)
    assert row["composition.halide_per_network_cation"][0] == pytest.approx(1.0)
    assert row["composition.free_chalcogen"][0] == pytest.approx(0.2)  # one S of five is outside PS4
    assert row["composition.alkali_sulfide_fraction"][1] == pytest.approx(0.75)


def test_a_hotter_furnace_changes_only_the_temperature() -> None:
    cool, hot = (electrolyte("Li6PS5I", Recipe(heat_treatment=HeatTreatment(temperature_c=t))) for t in (180.0, 550.0))
    frame = features_of([cool, hot], Subject.ELECTROLYTE)
    differing = [n for n in frame.columns if not np.array_equal(*frame[n].to_numpy(), equal_nan=True)]
    assert differing == ["recipe.heat_treatment_temperature_c"]


def test_current_follows_from_rate_and_theoretical_capacity() -> None:
    cell = Cell(electrode=Electrode(active_material=active_material("TiS2")))
    by_rate = Candidate(subject=cell, protocol=Protocol(c_rate=0.5))
    by_current = replace(by_rate, protocol=Protocol(current_ma_per_g=0.5 * 239.3))
    frame = features_of([by_rate, by_current], Subject.CELL)
    assert frame["protocol.current_log10"][0] == pytest.approx(frame["protocol.current_log10"][1], abs=1e-3)
    assert frame["protocol.c_rate_log10"][0] == pytest.approx(frame["protocol.c_rate_log10"][1], abs=1e-3)


@pytest.mark.parametrize("name", ["ionic_conductivity", "capacity_retention"])
def test_every_measured_row_has_features_without_infinities(name: str) -> None:
    measurements = load(name)
    kind = measurements[0].candidate.kind
    frame = features_of([m.candidate for m in measurements], kind)
    assert len(frame) == len(measurements)
    assert not np.isinf(frame.to_numpy()).any()


def test_columns_have_the_families_of_the_compositions() -> None:
    candidates = [m.candidate for m in load("ionic_conductivity")]
    codes = electrolyte_columns(candidates).families
    assert [FAMILIES[code] for code in codes] == [c.electrolyte.composition.family for c in candidates if c.electrolyte]


@pytest.mark.parametrize(
    ("abbreviation", "formula"),
    [
        ("NCM811", "LiNi0.8Co0.1Mn0.1O2"), ("NMC 622", "LiNi0.6Co0.2Mn0.2O2"), ("NCM-523", "LiNi0.5Co0.2Mn0.3O2"),
        ("NCM955", "LiNi0.9Co0.05Mn0.05O2"), ("NMC333", "LiNi1/3Mn1/3Co1/3O2"), ("SC-NCM83", "LiNi0.83Co0.11Mn0.06O2"),
        ("Ni90", "LiNi0.9Co0.05Mn0.05O2"), ("NCA, 94% Ni", "LiNi0.94Co0.04Al0.02O2"), ("LNO", "LiNiO2"),
        ("LCO", "LiCoO2"),
    ],
)  # fmt: skip
def test_a_layered_oxide_holds_the_same_nickel_by_name_and_by_formula(abbreviation: str, formula: str) -> None:
    named, written = (active_material(text) for text in (abbreviation, formula))
    assert nickel_fraction(named) == pytest.approx(nickel_fraction(written))
    assert named.theoretical_capacity_mah_per_g == pytest.approx(written.theoretical_capacity_mah_per_g, rel=0.02)


@given(st.integers(0, 999))
def test_digits_that_cannot_be_shares_say_nothing_of_the_nickel(digits: int) -> None:
    share = nickel_fraction(active_material(f"NCM{digits:03d}", without_shares=True))
    assert np.isnan(share) or 0.0 <= share <= 1.0
