"""The law of utilisation: signs that rows cannot easily turn, constants that are read, cells that it calls dead."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from surrogate.candidate.columns import cell_columns
from surrogate.candidate.settings import build
from surrogate.datasets import load
from surrogate.models.cell_state import lacks_electron_path
from surrogate.models.surrogate import encode
from surrogate.models.targets import LEAST_SHARE, reference
from surrogate.models.utilisation import ChargeLaw, UtilisationLaw
from surrogate.properties import get_property

NICKEL = {
    "electrolyte": "Li6PS5Cl", "active_material": "LiNi0.8Co0.1Mn0.1O2", "active_weight_fraction": 0.7,
    "electrolyte_weight_fraction": 0.27, "additive_weight_fraction": 0.03, "active_loading_mg_per_cm2": 10.0,
    "voltage_min_v": 2.6, "voltage_max_v": 4.3, "c_rate": 0.1, "temperature_c": 25.0, "coating": "none",
    "stack_pressure_mpa": 10.0, "electrolyte_conductivity_s_per_cm": 2e-3,
}  # fmt: skip
SULFUR = {
    "electrolyte": "Li6PS5Cl", "active_material": "S", "active_weight_fraction": 0.3, "additive": "VGCF",
    "electrolyte_weight_fraction": 0.55, "additive_weight_fraction": 0.15, "active_loading_mg_per_cm2": 1.5,
    "voltage_min_v": 1.1, "voltage_max_v": 3.1, "c_rate": 0.1, "temperature_c": 25.0, "mixing_method": "ball_milled",
    "mixing_time_min": 600.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def law() -> UtilisationLaw:
    _, training, _ = encode(load("first_discharge_capacity"), "first_discharge_capacity")
    return UtilisationLaw.fit(training.columns, training.y, training.paper)


def utilisation(law: UtilisationLaw, settings: dict[str, Any], **changes: Any) -> float:
    return float(law.predict(cell_columns([build(settings | changes)]))[0])


@pytest.mark.parametrize(
    ("settings", "name", "worse", "better"),
    [
        (NICKEL, "c_rate", 1.0, 0.05),
        (NICKEL, "active_loading_mg_per_cm2", 30.0, 5.0),
        (NICKEL, "temperature_c", 0.0, 60.0),
        (NICKEL, "electrolyte_conductivity_s_per_cm", 2e-4, 5e-3),
        (NICKEL, "stack_pressure_mpa", 2.0, 70.0),
        (NICKEL, "coating", "none", "LiNbO3"),
        (NICKEL, "coating", "Al2O3", "LiNbO3"),
        (NICKEL, "electrolyte", "Li6PS5Cl", "Li3InCl6"),
        (NICKEL, "active_particle_size_um", 15.0, 3.0),
        (NICKEL, "mixing_method", "hand_mixed", "infiltrated"),
        (NICKEL | {"coating": "LiNbO3"}, "coating_thickness_nm", 50.0, 10.0),
        (NICKEL | {"coating": "LiNbO3"}, "coating_weight_fraction", 0.05, 0.01),
        (SULFUR, "active_host", "milled_carbon", "infiltrated_carbon"),
        (SULFUR, "active_host", "infiltrated_carbon", "polyacrylonitrile"),
        (SULFUR, "promoter", "none", "LiI"),
        (SULFUR, "c_rate", 1.0, 0.05),
        (SULFUR, "active_loading_mg_per_cm2", 6.0, 1.0),
        (SULFUR, "mixing_time_min", 30.0, 1200.0),
    ],
)
def test_what_hinders_transport_lowers_the_utilisation(
    law: UtilisationLaw, settings: dict[str, Any], name: str, worse: float | str, better: float | str
) -> None:
    assert utilisation(law, settings, **{name: better}) > utilisation(law, settings, **{name: worse})


def test_a_coating_raises_a_charge_less_than_half_as_much_as_a_discharge(law: UtilisationLaw) -> None:
    _, training, _ = encode(load("first_charge_capacity"), "first_charge_capacity")
    charges = ChargeLaw.fit(training.columns, training.y, training.paper)
    discharged, charged = (
        utilisation(one, NICKEL, coating="LiNbO3") / utilisation(one, NICKEL) - 1.0 for one in (law, charges)
    )
    assert 0.0 < charged < 0.5 * discharged


def test_a_metal_that_takes_lithium_in_gives_nearly_all_it_holds(law: UtilisationLaw) -> None:
    titanium = {"active_material": "TiS2", "voltage_min_v": 1.6, "voltage_max_v": 3.0, "mixing_method": "hand_mixed"}
    assert 0.9 < utilisation(law, titanium) < 1.1


@pytest.mark.parametrize("material", ["S", "Li2S"])
def test_only_an_insulator_without_carbon_and_host_lacks_a_path_for_electrons(material: str) -> None:
    bare = {"active_material": material, "additive": "none", "additive_weight_fraction": 0.0}
    cells = (bare, bare | {"mixing_method": "infiltrated"}, bare | {"active_material": "LiCoO2"}, {})
    shares = {"electrolyte_weight_fraction": 0.7}
    columns = cell_columns([build(SULFUR | shares | cell | {"mixing_time_min": 0.0}) for cell in cells[:3]])
    assert lacks_electron_path(columns).tolist() == [True, False, False]


def test_sulfur_without_carbon_by_hand_gives_little(law: UtilisationLaw) -> None:
    bare = {
        "additive": "none",
        "additive_weight_fraction": 0.0,
        "electrolyte_weight_fraction": 0.7,
        "mixing_method": "hand_mixed",
        "mixing_time_min": 0.0,
    }
    prop = get_property("first_discharge_capacity")
    little, much = (
        utilisation(law, SULFUR, **changes) * reference(prop, cell_columns([build(SULFUR | changes)]))[0]
        for changes in (bare, {})
    )
    assert little < 0.1 * much


def test_the_utilisation_lies_between_nothing_and_a_little_more_than_all(law: UtilisationLaw) -> None:
    columns = cell_columns([measurement.candidate for measurement in load("first_discharge_capacity")])
    shares = law.predict(columns)
    assert (shares > 0.0).all()
    assert (shares < 1.15 + 1e-9).all()


def test_a_paper_that_shifts_all_its_cells_teaches_no_slope() -> None:
    """Cells of one paper that are better by the same offset leave the slopes nearer to their priors than two papers."""
    _, training, _ = encode(load("first_discharge_capacity"), "first_discharge_capacity")
    rate = training.columns.c_rate
    fast = np.nan_to_num(rate, nan=0.1) > 0.2
    lifted = replace(training, y=np.where(fast, training.y + 0.3, training.y))
    one_paper = UtilisationLaw.fit(lifted.columns, lifted.y, np.where(fast, 10_000, lifted.paper))
    many = UtilisationLaw.fit(lifted.columns, lifted.y, lifted.paper)
    assert one_paper.slopes[0] < many.slopes[0]


def test_a_window_without_the_couple_is_answered_with_next_to_nothing() -> None:
    prop = get_property("first_discharge_capacity")
    settings = NICKEL | {"active_material": "LiCoO2", "voltage_max_v": 3.4}
    assert reference(prop, cell_columns([build(settings)]))[0] == pytest.approx(LEAST_SHARE * 139.0, rel=0.1)


def test_titanium_disulfide_without_shares_is_not_taken_as_reacted() -> None:
    prop = get_property("first_charge_capacity")
    settings = {"active_material": "TiS2", "mixing_method": "ball_milled", "mixing_time_min": 27.0}
    assert reference(prop, cell_columns([build(settings)]))[0] < 239.0
