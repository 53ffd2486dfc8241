"""Rows mean what their tables say: nothing invented, nothing lost, what is unknown stays unknown."""

from __future__ import annotations

import csv
import subprocess
import sys

import pytest

from surrogate.candidate.cell import Cell, MixingMethod, ParticleKind
from surrogate.candidate.measurement import Censoring, Tier
from surrogate.candidate.recipe import Atmosphere, Densification, Form, Route
from surrogate.datasets import (
    DATA,
    load,
    load_electrodes,
    load_electrolytes,
    load_obelix,
    load_trained,
    read_package,
    read_table,
    sha256_of,
)
from surrogate.datasets.catholyte import catholyte_of
from surrogate.datasets.details import CellDetails, cell_details, read_host, read_promoter
from surrogate.datasets.kinds import Kind, kind_of
from surrogate.datasets.literature import (
    capacity_basis_problem,
    electrode_measurements,
    electrolyte_measurements,
    material_of,
    not_for_training,
)
from surrogate.datasets.recipes import recipe_of
from surrogate.datasets.spellings import canonical
from surrogate.datasets.tables import Row
from surrogate.errors import UnknownName
from surrogate.properties import MODELLED, Subject, get_property

ELECTROLYTES = {m.source.row_id: m for m in load_electrolytes() if m.property == "ionic_conductivity"}
OBELIX = {m.source.row_id: m for m in load_obelix()}


CELL = {"retention_percent": 90.0, "retention_cycles": 50.0, "provenance_tier": "A_full", "record_type": "cell"}


def cells(property: str) -> dict[str, object]:
    return {m.source.row_id: m for m in load_electrodes() if m.property == property}


def row(**stated: str | float) -> Row:
    return Row(table="t", line=2, cells=stated)


def recipe(row_id: str):
    return ELECTROLYTES[row_id].candidate.subject.recipe


def test_a_milled_and_annealed_row_keeps_every_stated_number():
    made = recipe("SE0001")
    assert (made.route, made.form) == (Route.MECHANICAL_MILLING, Form.GLASS_CERAMIC)
    assert (made.milling.time_h, made.milling.speed_rpm) == (10, 500)
    assert (made.heat_treatment.temperature_c, made.heat_treatment.time_h) == (243, 1)
    assert (made.heat_treatment.atmosphere, made.heat_treated) == (Atmosphere.VACUUM, True)
    assert (made.densification, made.pressure_mpa) == (Densification.COLD_PRESSED, 370)


def test_wet_milling_remilling_and_solvent_exposure_stay_apart():
    wet, remilled, exposed = recipe("SE0090"), recipe("SE2185"), recipe("SE2215")
    assert (wet.wet_milling_time_h, wet.milling.time_h, wet.milling.wet) == (0.5, 8.25, False)
    assert (remilled.remilled, remilled.route, remilled.milling.time_h) == (True, None, 5)
    assert (exposed.solvent_exposed, exposed.solvent, exposed.milling.time_h) == (True, "toluene", 10)


def test_as_received_powder_of_a_remilling_series_has_zero_hours_not_none():
    assert recipe("SE2183").milling.time_h == 0


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        ("mechanical_milling", False),
        ("mechanical_milling+wet_milling", False),
        ("mechanical_milling+annealing", True),
        ("glass+heat_treatment", True),
        ("solid_state", True),
        ("melt_quench", None),
        ("solution_ethanol", None),
        ("wet_milling", None),
    ],
)
def test_no_heat_treatment_is_claimed_only_where_the_route_says_so(route, expected):
    assert recipe_of(row(synthesis_route=route)).heat_treated is expected


@pytest.mark.parametrize(
    ("source", "form", "note", "expected"),
    [
        ("full_text", "crystalline", "600 rpm 10 h", False),
        ("abstract", "crystalline", "milling study", None),
        ("abstract", "crystalline", "two-step ball milling, no heat treatment", False),
        ("cited_in_review", "glass", "table entry", False),
        ("abstract", "nanocrystalline", "after 2 h", False),
        ("cited_in_review", "glass-ceramic", "table entry", None),
    ],
)
def test_a_brief_source_that_names_only_milling_may_have_left_the_annealing_out(source, form, note, expected):
    stated = row(synthesis_route="mechanical_milling", source_type=source, form=form, evidence=note)
    assert recipe_of(stated).heat_treated is expected


def test_every_route_of_the_table_is_understood():
    routes = read_package(DATA)["electrolytes"].columns["synthesis_route"].allowed
    unknown = {r for r in routes if recipe_of(row(synthesis_route=r)).route is None}
    assert unknown == {"glass+heat_treatment", "wet_milling", "post_synthesis_milling"}


def test_an_empty_row_gives_an_empty_recipe():
    made = recipe_of(row())
    assert (made.route, made.milling, made.heat_treatment, made.heat_treated, made.solvent) == (None,) * 5


@pytest.mark.parametrize(
    ("note", "densification", "pressure"),
    [
        ("cold pressed 294 MPa, 9 MPa stack", Densification.COLD_PRESSED, 294),
        ("fab 387 MPa, stack about 10 MPa", Densification.COLD_PRESSED, 387),
        ("98 MPa stack pressure", None, None),
        ("stack about 49 MPa", None, None),
        ("hot pressed 400 C, 294 MPa, 30 min", Densification.HOT_PRESSED, 294),
        ("pelletised 360 MPa, then heated", Densification.SINTERED, 360),
        ("densified", None, None),
    ],
)
def test_a_stack_pressure_is_not_a_pressing_pressure(note, densification, pressure):
    made = recipe_of(row(densification_note=note))
    assert (made.densification, made.pressure_mpa) == (densification, pressure)


def test_room_temperature_is_25_and_not_stated_stays_none():
    table = read_table(DATA / "literature/electrolytes.csv", read_package(DATA)["electrolytes"])
    for r in table:
        for m in electrolyte_measurements(r):
            stated, label = r.number("measurement_temperature_C"), r.text("measurement_temperature_label")
            expected = stated if stated is not None else (25.0 if label == "RT" else None)
            assert m.candidate.protocol.temperature_c == expected


def test_signs_become_censoring_and_source_types_become_tiers():
    assert ELECTROLYTES["SE0016"].censoring is Censoring.ABOVE
    assert ELECTROLYTES["SE0014"].censoring is Censoring.APPROXIMATE
    assert ELECTROLYTES["SE0001"].tier is Tier.A
    assert ELECTROLYTES["SE0259"].tier is Tier.D


def test_a_cited_value_is_cited_with_the_work_that_measured_it():
    assert ELECTROLYTES["SE0008"].source.doi == "10.1038/nmat3066"
    assert ELECTROLYTES["SE0008"].source.duplicate_of == "SE0259"


def test_conductivity_is_learnt_from_lithium_electrolytes_at_room_temperature_once():
    measurements = load("ionic_conductivity")
    assert (len(measurements), len({m.source.paper for m in measurements})) == (951, 219)
    for m in measurements:
        composition = m.candidate.subject.composition
        assert composition.amount("Li") > 0
        assert composition.amount("Na") == 0
        assert m.source.duplicate_of is None
        assert m.candidate.protocol.temperature_c is None or 15 <= m.candidate.protocol.temperature_c <= 40


@pytest.mark.parametrize("property", MODELLED)
def test_each_stated_value_is_either_learnt_from_or_left_out_with_a_reason(property):
    name = "electrodes" if get_property(property).subject is Subject.CELL else "electrolytes"
    tables = [r for r in read_package(DATA).values() if r.table == name]
    column = {
        "ionic_conductivity": "ionic_conductivity_S_cm",
        "first_discharge_capacity": "first_discharge_capacity_mAh_g",
        "first_charge_capacity": "first_charge_capacity_mAh_g",
        "capacity_retention": "retention_percent",
        "activation_energy": "activation_energy_eV",
        "electronic_conductivity": "electronic_conductivity_S_cm",
    }[property]
    table = [row for resource in tables for row in read_table(DATA / resource.path, resource)]
    learnt = {m.source.row_id: m.value for m in load(property)}
    stated = {r.text("record_id"): r for r in table if r.number(column) is not None}
    assert learnt == {i: r.number(column) for i, r in stated.items() if not not_for_training(r, property)}


@pytest.mark.parametrize(
    ("material", "basis", "agrees"),
    [
        ("S", "S", True),
        ("S", "S (not restated)", True),
        ("LiNi0.8Co0.1Mn0.1O2 (single crystal)", "NCM811", True),
        ("85Li2S-15CuI", "Li2S", True),
        ("amorphous TiS4", "TiS4", True),
        ("Li-rich Mn-based oxide", "LRM", True),
        ("Li2S (core) - Li3PS4 shell (LSS)", "S", False),
        ("Se0.05S0.95@pPAN", "composite (basis not stated)", False),
        ("S or Li2S", "S or Li2S, not stated in table", False),
        ("none (Li6PS5Cl as active)", "Li6PS5Cl", False),
        ("78Li2S-22P2S5 (as active material)", "78Li2S-22P2S5", False),
        ("none (super P + SE control)", "carbon", False),
    ],
)
def test_a_capacity_counts_only_per_gram_of_its_active_material(material, basis, agrees):
    problem = capacity_basis_problem(row(active_material=material, capacity_basis=basis))
    assert (problem == "") is agrees


def test_a_cell_keeps_its_window_mixing_and_protocol():
    m = cells("first_discharge_capacity")["SREP-02"]
    cell = m.candidate.subject
    assert isinstance(cell, Cell)
    assert (m.value, cell.electrode.active_material.text) == (267, "TiS2")
    assert (cell.electrode.mixing.method, cell.electrode.mixing.time_min) == (MixingMethod.BALL_MILLED, 3)
    assert (m.candidate.protocol.voltage_min_v, m.candidate.protocol.voltage_max_v) == (1.5, 3.0)
    assert cell.electrode.electrolyte.composition.reduced_formula == "Li3PS4"
    assert (cell.electrode.coating, cell.electrode.additive) == ("", "")


def test_retention_has_its_cycles_and_its_reference_where_it_is_said():
    retention = cells("capacity_retention")
    assert all(m.candidate.protocol.cycles for m in retention.values())
    assert (retention["SREP-01"].candidate.protocol.cycles, retention["SREP-01"].value) == (60, 95)
    assert retention["SREP-01"].candidate.protocol.reference_cycle == 1


def test_a_flag_belongs_to_the_retention_of_a_row_that_has_one():
    assert cells("capacity_retention")["BMR23-07"].censoring is Censoring.ABOVE
    assert cells("first_discharge_capacity")["BMR23-07"].censoring is Censoring.EXACT
    assert cells("first_discharge_capacity")["SHI19-03"].censoring is Censoring.ABOVE


@pytest.mark.parametrize("spelling", ["NMC811", "NCM811", "LiNi0.8Mn0.1Co0.1O2", "LiNi0.8Co0.1Mn0.1O2 (10 um)"])
def test_one_active_material_has_one_name(spelling):
    assert material_of(spelling).name == "LiNi0.8Co0.1Mn0.1O2"


def test_counter_electrodes_additives_and_coatings_have_one_name_each():
    assert canonical("counter_electrode", "In/InLi (33 at% Li)") == "Li-In (33 at% Li)"
    assert canonical("additive", "super P") == "Super P"
    assert canonical("coating", "LiNbO3-type (Nb)") == "LiNbO3 (Nb)"
    assert canonical("coating", "Li3InCl6") == "Li3InCl6"
    assert canonical("coating", None) is None


def test_particles_coating_binder_and_anode_are_read_as_numbers():
    details = cell_details(
        row(
            am_particle_kind="single_crystal",
            am_particle_size_um="1-5",
            coating_amount="1.0 wt%, about 10 nm",
            binder="PTFE 0.2 wt%",
            anode_np_ratio_or_thickness="Si 3.8 mg/cm2, N/P 2.6",
        )
    )
    assert (details.particle_kind, details.particle_size_um) == (ParticleKind.SINGLE_CRYSTAL, 3.0)
    assert (details.coating_thickness_nm, details.coating_weight_fraction) == (10.0, 0.01)
    assert (details.binder, details.np_ratio) == ("PTFE 0.2 wt%", 2.6)
    assert cell_details(row()) == CellDetails()
    assert cell_details(row(active_material="LiNi0.6Co0.2Mn0.2O2 (d50 4.0 um)")).particle_size_um == 4.0
    assert cell_details(row(active_material="LiNi0.5Co0.2Mn0.3O2 (3-5 um)")).particle_size_um == 4.0
    assert cell_details(row(active_material="Li2S@Li4SnS4 (30 nm shell)")).particle_size_um is None
    assert cell_details(row(am_particle_size_um="4 and 15 (mean 12)")).particle_size_um == 12.0
    assert cell_details(row(anode_np_ratio_or_thickness="Li 100 um", binder="none")).anode_thickness_um == 100.0


def test_pressure_and_ball_to_powder_ratio_belong_to_the_recipe():
    made = recipe_of(row(pressure_MPa=196.0, densification_note="98 MPa stack pressure", ball_to_powder_ratio=30.0))
    assert (made.pressure_mpa, made.milling.ball_to_powder_ratio) == (196.0, 30.0)


def test_a_stated_reference_cycle_counts_more_than_words():
    stated = row(retention_first_cycle_reference=4.0, retention_basis="vs 1st cycle", active_material="S")
    cell = electrode_measurements(Row(table="t", line=2, cells={**stated.cells, **CELL}))
    assert cell[0].candidate.protocol.reference_cycle == 4


@pytest.mark.parametrize(
    ("stated", "kind"),
    [
        ({"family": "argyrodite", "composition_normalized": "Li6PS5Cl"}, Kind.SULFIDE),
        ({"family": "sulfide_glass_other", "composition_normalized": "Li0.5Na0.5GeS1.5", "form": "glass"}, Kind.SODIUM),
        ({"family": "halide", "composition_normalized": "Li3InCl6"}, Kind.HALIDE),
        ({"family": "oxide_reference"}, Kind.OXIDE),
        ({"family": "composite_electrode", "composition_normalized": "Li6PS5Cl"}, Kind.COMPOSITE),
        ({"family": "Li2S-P2S5", "form": "glass", "composition_normalized": "Li3PS4"}, Kind.GLASS),
        ({"record_type": "cell"}, Kind.CELL),
        ({"record_type": "conductivity_only"}, Kind.CONDUCTIVITY),
    ],
)
def test_what_a_row_is_follows_from_label_and_composition(stated, kind):
    assert kind_of(row(**stated)) is kind


def test_a_model_without_glasses_learns_from_none_of_their_rows():
    with_all, without = load("ionic_conductivity"), load("ionic_conductivity", without=["glasses"])
    assert len(without) < len(with_all)
    assert not [m for m in without if m.source.notice]
    assert {m.source.row_id for m in without} == {m.source.row_id for m in with_all if not m.source.notice}
    with pytest.raises(UnknownName, match="glasses"):
        load("ionic_conductivity", without=["glass"])


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("Li3PS4 (75Li2S-25P2S5 glass)", "Li3PS4"),
        ("75Li2S-25P2S5 glass", "Li3PS4"),
        ("beta-Li3PS4", "Li3PS4"),
        ("Li3InCl6 (catholyte); Li6PS5Cl separator", "Li3InCl6"),
        ("Li7Ge3PS12 (separator); Li10GeP2S12 in cathode", "Li10GeP2S12"),
        ("Li3PS4 (cathode side) / Li6PS5Cl", "Li3PS4"),
        ("Li3PS4 separator; P2S5 in cathode", None),
        ("Li10GeP2S12/Li3PS4 separator", None),
        ("Li6PS5Cl@Li3YBr6 core-shell", None),
        ("Li6PS5Cl class argyrodite", None),
        ("Li2S-P2S5", None),
        ("sulfide SE not named in the main text", None),
        ("none (liquid electrolyte)", None),
        (None, None),
    ],
)
def test_the_electrolyte_of_the_electrode_is_read_only_where_it_is_one(text, formula):
    electrolyte = catholyte_of(text)
    assert (electrolyte and electrolyte.composition.reduced_formula) == formula


def test_obelix_bounds_are_censored_and_the_misprint_is_corrected():
    assert (OBELIX["obelix-47i"].value, OBELIX["obelix-47i"].censoring) == (1e-10, Censoring.BELOW)
    assert OBELIX["obelix-r5y"].candidate.subject.composition.reduced_formula == "Li2CdCl4"
    assert sum(m.censoring is Censoring.BELOW for m in OBELIX.values()) == 29


def test_every_row_identifier_is_unique_across_tables():
    tables = (load_electrolytes(), load_electrodes(), load_obelix())
    identifiers = [{m.source.row_id for m in table} for table in tables]
    assert sum(map(len, identifiers)) == len(set.union(*identifiers))


def test_a_model_is_compared_with_the_tables_it_was_trained_on():
    without_glasses = load("ionic_conductivity", without=["glasses"])
    measurements, sha256 = load_trained("ionic_conductivity", sha256_of(without_glasses))
    assert (measurements, sha256) == (without_glasses, sha256_of(without_glasses))
    complete = load("ionic_conductivity")
    assert load_trained("ionic_conductivity", "of tables that are gone") == (complete, sha256_of(complete))


def test_loading_everything_takes_less_than_a_second_and_a_half():
    code = (  # in a process of its own, without the threads and the garbage of other tests
        "import time; from surrogate.datasets import load; from surrogate.properties import MODELLED; "
        "started = time.process_time(); [load(p) for p in MODELLED]; print(time.process_time() - started)"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=DATA.parent)
    assert float(printed.stdout) < 1.5


def test_importing_datasets_stays_light():
    heavy = ("pandas", "pint", "pymatgen", "torch", "pyarrow")
    code = f"import sys, surrogate.datasets; print([m for m in {heavy} if m in sys.modules])"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=DATA.parent)
    assert printed.stdout.strip() == "[]"


def test_the_elemental_table_covers_the_elements_of_the_tables():
    with (DATA.parent / "surrogate" / "features" / "elements.csv").open(encoding="utf-8", newline="") as file:
        known = {line["element"] for line in csv.DictReader(file)}
    used = {e for m in load("ionic_conductivity") for e in m.candidate.subject.composition.amounts}
    assert len(known) == 103
    assert used <= known


@pytest.mark.parametrize(
    ("stated", "host", "promoter"),
    [
        ({"active_material": "S", "mixing_detail": "S+KB melt 160 C 10 h, then milled"}, "infiltrated_carbon", None),
        ({"active_material": "S", "additive": "Ketjen black", "mixing_method": "ball_milled"}, "milled_carbon", None),
        ({"active_material": "S (polyacrylonitrile-sulfur composite)"}, "polyacrylonitrile", None),
        ({"active_material": "Li2S", "additive": "LiI + CR10 carbon + VGCF"}, None, "LiI"),
        ({"active_material": "Li2S (no CuI)", "additive": "VGCF"}, None, ""),
        ({"active_material": "S", "solid_electrolyte": "Li-Ti-P-S MIEC10 (10 mol% TiS2)"}, None, "TiS2"),
        ({"active_material": "S", "solid_electrolyte": "75Li2S-25P2S5 glass"}, None, None),
        ({"active_material": "LiCoO2", "additive": "VGCF", "mixing_method": "ball_milled"}, None, None),
    ],
)
def test_host_and_promoter_of_sulfur_are_read_from_names_and_mixing(stated, host, promoter):
    of_table = row(**stated)
    material = material_of(of_table.text("active_material"))
    assert (read_host(of_table, material), read_promoter(of_table, material)) == (host, promoter)
