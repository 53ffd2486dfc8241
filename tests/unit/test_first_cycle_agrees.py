"""Discharge, charge, efficiency and energy density of one cell are one answer: the models of the package agree."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import pytest

from surrogate.candidate.settings import build
from surrogate.models import Surrogate, load_models
from surrogate.models.predicting import predict
from surrogate.space.energy import predicted_energy_density

OXIDE: dict[str, Any] = {
    "electrolyte": "Li6PS5Cl", "electrolyte_weight_fraction": 0.27, "active_weight_fraction": 0.7,
    "temperature_c": 25.0,
    "additive": "VGCF", "additive_weight_fraction": 0.03, "voltage_min_v": 2.6, "active_loading_mg_per_cm2": 10.0,
    "counter_electrode": "Li-In", "first_step": "charge",
}  # fmt: skip
CELLS = [
    OXIDE | {"active_material": material, "voltage_max_v": high, "c_rate": rate, "coating": coating}
    for material, high, rate, coating in product(
        ("LiCoO2", "LiNi0.33Co0.33Mn0.34O2", "LiNi0.6Co0.2Mn0.2O2", "LiNi0.8Co0.1Mn0.1O2", "LiNi0.9Co0.05Mn0.05O2"),
        (4.1, 4.2, 4.3, 4.5),
        (0.05, 0.2, 1.0),
        ("LiNbO3", "none"),
    )
]


@pytest.fixture(scope="module")
def models() -> Mapping[str, Surrogate]:
    return load_models()


def test_an_oxide_takes_back_most_of_what_it_gave_and_never_more(models: Mapping[str, Surrogate]) -> None:
    capacities = ("first_discharge_capacity", "first_charge_capacity")
    for answer in predict([build(cell) for cell in CELLS], models=models, properties=capacities, neighbours=0):
        discharge, charge = (answer[name] for name in capacities)
        assert 0.6 < discharge.median / charge.median < 1.0
        assert discharge.interval.low < charge.interval.high


def test_a_coating_raises_the_first_efficiency(models: Mapping[str, Surrogate]) -> None:
    capacities = ("first_discharge_capacity", "first_charge_capacity")
    answers = predict([build(cell) for cell in CELLS], models=models, properties=capacities, neighbours=0)
    efficiencies = [answer[capacities[0]].median / answer[capacities[1]].median for answer in answers]
    coated, bare = (efficiencies[start::2] for start in (0, 1))
    assert sum(with_it > without for with_it, without in zip(coated, bare, strict=True)) > 0.9 * len(coated)


def test_an_energy_density_is_that_of_the_discharge_beside_it(models: Mapping[str, Surrogate]) -> None:
    candidate = build(CELLS[0])
    discharge = models["first_discharge_capacity"].predict([candidate], neighbours=0)[0]
    density = predicted_energy_density(candidate, discharge)
    assert density is not None
    assert density.interval.level == discharge.interval.level
    assert density.interval.low < density.median < density.interval.high
