"""What is measured comes first: the right rows, each value once, the nearest in recipe at the top."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from surrogate.candidate.active_material import active_material
from surrogate.candidate.cell import Cell, Electrode, Protocol
from surrogate.candidate.measurement import Candidate, Fidelity
from surrogate.candidate.recipe import Electrolyte, HeatTreatment, Recipe, Route
from surrogate.composition import parse_composition
from surrogate.datasets import DATA, load, load_electrolytes, read_package, read_table
from surrogate.datasets.measured import Measured, measured, same_composition, same_material
from surrogate.models.measured import find_measured

CONDUCTIVITIES = load("ionic_conductivity")


def electrolyte(formula: str, *, temperature_c: float | None = 25.0, **recipe: object) -> Candidate:
    return Candidate(
        subject=Electrolyte(composition=parse_composition(formula), recipe=Recipe(**recipe)),
        protocol=Protocol(temperature_c=temperature_c),
    )


FURNACE = HeatTreatment(temperature_c=550, time_h=8)


def test_the_record_material_is_said_to_be_measured_once_however_often_it_is_quoted():
    of_tables = measured(electrolyte("Li9.54Si1.74P1.44S11.7Cl0.3"), "ionic_conductivity", load_electrolytes())
    assert of_tables.sentence == "measured: 1 independent value of 1 paper, 25 mS/cm"


def test_lgps_is_answered_with_its_own_range():
    candidate = electrolyte("Li10GeP2S12", heat_treatment=FURNACE)
    of_tables = measured(candidate, "ionic_conductivity", CONDUCTIVITIES)
    assert {m.candidate.subject.composition.reduced_formula for m in of_tables.rows} == {"Li10GeP2S12"}
    assert max(of_tables.values) >= 0.012
    assert of_tables.n_papers >= 4
    assert of_tables.nearest(candidate, 1)[0][0].source.row_id == "SE0259"  # 550 °C, 8 h


@pytest.mark.parametrize("spelling", ["70Li2S-30P2S5", "Li7P3S11", "Li1.4P0.6S2.2", "Li2.333PS3.667"])
def test_every_spelling_of_a_composition_finds_the_same_rows(spelling):
    of_tables = measured(electrolyte(spelling), "ionic_conductivity", CONDUCTIVITIES)
    expected = measured(electrolyte("Li7P3S11"), "ionic_conductivity", CONDUCTIVITIES)
    assert {m.source.row_id for m in of_tables.rows} == {m.source.row_id for m in expected.rows}


def test_rounding_is_one_composition_and_a_dopant_is_not():
    pure = parse_composition("Li6PS5Cl")
    assert same_composition(pure, parse_composition("Li5.99PS5Cl1.01"))
    assert not same_composition(pure, parse_composition("Li5.9PS4.9Cl1.1"))
    assert not same_composition(pure, parse_composition("Li6.05P0.95Si0.05S5Cl"))


def test_what_is_not_in_the_tables_is_no_answer():
    assert measured(electrolyte("Li6.123PS5.1Cl0.9Br0.023"), "ionic_conductivity", CONDUCTIVITIES) is None


def test_a_value_at_another_temperature_is_not_the_answer():
    hot = electrolyte("Li6PS5Cl", temperature_c=80.0)
    of_tables = measured(hot, "ionic_conductivity", load_electrolytes())
    temperatures = {m.candidate.protocol.temperature_c for m in of_tables.rows if m.candidate.protocol.temperature_c}
    assert all(abs(temperature - 80.0) <= 15.0 for temperature in temperatures)


def test_simulated_rows_are_no_measurements():
    simulated = [replace(m, fidelity=Fidelity.SIMULATED) for m in CONDUCTIVITIES]
    assert measured(electrolyte("Li6PS5Cl"), "ionic_conductivity", simulated) is None


def test_rows_nearest_in_recipe_come_first():
    candidate = electrolyte("Li6PS5Cl", route=Route.MECHANICAL_MILLING, heat_treatment=FURNACE)
    nearest = measured(candidate, "ionic_conductivity", CONDUCTIVITIES).nearest(candidate)
    distances = [distance for _, distance in nearest]
    assert distances == sorted(distances)
    assert 0 <= distances[0] < distances[-1] <= 1
    first = nearest[0][0].candidate.subject.recipe
    assert (first.route, first.heat_treatment.temperature_c) == (Route.MECHANICAL_MILLING, 550)


def test_of_lgps_the_powder_of_the_same_furnace_comes_before_those_that_name_no_recipe():
    candidate = electrolyte("Li10GeP2S12", route=Route.SOLID_STATE, heat_treatment=FURNACE)
    nearest = measured(candidate, "ionic_conductivity", CONDUCTIVITIES).nearest(candidate)
    assert nearest[0][0].source.row_id == "SE0259"  # 12 mS/cm
    recipes = [m.candidate.subject.recipe for m, _ in nearest]
    silent = [place for place, recipe in enumerate(recipes) if recipe.route is None and recipe.heat_treatment is None]
    assert min(silent) > 2


def test_a_row_that_leaves_the_recipe_out_stands_between_one_that_agrees_and_one_that_contradicts():
    def of(**recipe: object):
        return replace(CONDUCTIVITIES[0], candidate=electrolyte("Li6PS5Cl", **recipe))

    agrees, silent = of(heat_treatment=FURNACE), of()
    contradicts = of(heat_treatment=HeatTreatment(temperature_c=200, time_h=80))
    rows = Measured(property="ionic_conductivity", rows=(contradicts, silent, agrees))
    nearest = rows.nearest(electrolyte("Li6PS5Cl", heat_treatment=FURNACE))
    assert [m for m, _ in nearest] == [agrees, silent, contradicts]
    assert nearest[0][1] == 0.0
    assert {distance for _, distance in rows.nearest(electrolyte("Li6PS5Cl"))} == {0.0}


def test_a_cell_is_looked_up_by_its_active_material_and_host():
    electrode = Electrode(
        active_material=active_material("LiCoO2"),
        electrolyte=Electrolyte(composition=parse_composition("Li6PS5Cl")),
        coating="LiNbO3",
    )
    cell = Candidate(subject=Cell(electrode=electrode))
    of_tables = measured(cell, "first_discharge_capacity", load("first_discharge_capacity"))
    for m in of_tables.rows:
        stated = m.candidate.subject.electrode
        assert stated.active_material.name == "LiCoO2"
        assert stated.electrolyte is None or stated.electrolyte.composition.reduced_formula == "Li6PS5Cl"
    assert of_tables.nearest(cell, 1)[0][0].candidate.subject.electrode.coating


NAMES_OF_ONE = [
    ("S", "S8", "sulfur", "Sulphur", "S1"),
    ("Li2S", "Li2S1", "lithium sulfide"),
    ("LiCoO2", "LCO", "LiCo1O2", "Li1CoO2", "Li1.0Co1O2", "LiCoO2(5um)", "LiCoO2 (5 um)"),
    (
        "LiNi0.8Co0.1Mn0.1O2", "NCM811", "NMC811", "NCM-811", "SC-NCM811", "LiNi0.80Co0.10Mn0.10O2",
        "LiNi0.8Mn0.1Co0.1O2", "Li[Ni0.8Co0.1Mn0.1]O2", "Li1Ni0.8Mn0.1Co0.1O2",
    ),
    ("LiNi1/3Co1/3Mn1/3O2", "NCM111", "NCM333", "LiNi0.33Co0.33Mn0.33O2", "LiNi0.333Mn0.333Co0.333O2"),
    ("LiNi0.6Co0.2Mn0.2O2", "NCM622", "LiNi0.60Mn0.20Co0.20O2"),
    ("Li4Ti5O12", "LTO"),
    ("graphite", "Graphite"),
]  # fmt: skip
DISCHARGES = load("first_discharge_capacity")


def cell_of(name: str, host: str | None = None) -> Candidate:
    electrolyte = None if host is None else Electrolyte(composition=parse_composition(host))
    return Candidate(subject=Cell(electrode=Electrode(active_material=active_material(name), electrolyte=electrolyte)))


@pytest.mark.parametrize("host", [None, "Li6PS5Cl"])
@pytest.mark.parametrize("names", NAMES_OF_ONE, ids=lambda names: names[0])
def test_each_name_of_an_active_material_finds_what_is_measured_of_it(names, host):
    expected = measured(cell_of(names[0], host), "first_discharge_capacity", DISCHARGES)
    assert expected is not None
    for name in names:
        cell = cell_of(name, host)
        rows_of_name = find_measured(cell, ["first_discharge_capacity"])["first_discharge_capacity"].measured
        assert rows_of_name.sentence == expected.sentence
        assert measured(cell, "first_discharge_capacity", DISCHARGES).rows == expected.rows


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("S", "Li2S"), ("S", "S@CNT"), ("LiCoO2", "LiNiO2"), ("NCM811", "NCM83"), ("FeS2", "FeS"),
        ("LiNi0.83Co0.11Mn0.06O2", "LiNi0.83Co0.12Mn0.05O2"), ("NCM622", "NCM811"),
    ],
)  # fmt: skip
def test_names_of_two_active_materials_stay_two(one, other):
    assert not same_material(active_material(one), active_material(other))


def test_an_oxide_whose_shares_a_paper_does_not_tell_is_not_one_that_tells_them():
    assert not same_material(active_material("NCM", without_shares=True), active_material("NCM811"))


@pytest.mark.parametrize("host", ["Li6PS5Cl", "Li3PS4"])
@pytest.mark.parametrize("name", ["S", "Li2S", "LiCoO2", "NCM811"])
def test_no_row_with_another_electrolyte_than_the_one_asked_for_is_counted(name, host):
    same = find_measured(cell_of(name, host), ["first_discharge_capacity"])["first_discharge_capacity"]
    stated = {
        row.text("record_id"): row.text("solid_electrolyte")
        for row in read_table(DATA / "literature/electrodes.csv", read_package(DATA)["electrodes"])
    }
    for m in same.measured.rows:
        of_row = m.candidate.electrolyte
        if of_row is None:
            assert stated[m.source.row_id] is None
        else:
            assert same_composition(of_row.composition, parse_composition(host))


def test_an_electrolyte_that_is_not_read_is_another_and_one_that_is_not_stated_is_undecided():
    silent = next(m for m in DISCHARGES if m.candidate.electrolyte is None)
    silent = replace(silent, candidate=cell_of("S"), unread_host=None)
    unread = replace(silent, unread_host="Li2S-P2S5 glass")
    assert measured(cell_of("S", "Li6PS5Cl"), silent.property, [silent, unread]).rows == (silent,)
    assert measured(cell_of("S"), silent.property, [unread]) is not None


# -- looked up by material -----------------------------------------------------------------------------------------
LOOKED_UP = ["Li10GeP2S12", "Li6PS5Cl", "75Li2S-25P2S5", "Li9.54Si1.74P1.44S11.7Cl0.3", "Li6.123PS5.1Cl0.9Br0.023"]


@pytest.mark.parametrize("formula", LOOKED_UP)
def test_looking_up_by_material_gives_what_reading_every_row_gives(formula):
    candidate = electrolyte(formula)
    material = find_measured(candidate, ["ionic_conductivity"]).get("ionic_conductivity")
    by_reading = measured(candidate, "ionic_conductivity", CONDUCTIVITIES)
    assert (material is None) is (by_reading is None)
    if material is not None:
        assert {m.source.row_id for m in material.measured.rows} == {m.source.row_id for m in by_reading.rows}


def test_a_material_that_is_not_there_is_answered_without_reading_the_tables():
    candidates = [
        electrolyte(f"Li{5.93 - x / 1e4:.4f}PS{4.93 - x / 1e4:.4f}Cl{1 + x / 1e4:.4f}Br0.07") for x in range(1, 1001)
    ]
    find_measured(candidates[0], ["ionic_conductivity"])  # the index is made once
    started = time.process_time()
    assert not any(find_measured(candidate, ["ionic_conductivity"]) for candidate in candidates)
    assert time.process_time() - started < 0.2


def test_a_damaged_table_does_not_keep_a_prediction_from_being_made(tmp_path):
    (tmp_path / "literature").mkdir()
    (tmp_path / "literature" / "electrolytes.csv").write_bytes(b"\xff\x00 no table")
    assert find_measured(electrolyte("Li6PS5Cl"), ["ionic_conductivity"], data=tmp_path) == {}
