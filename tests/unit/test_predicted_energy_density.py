"""What a predicted capacity comes to in Wh/kg: the law of Wu et al., its interval, and when there is no answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surrogate.candidate.cell import Cell
from surrogate.candidate.measurement import Candidate
from surrogate.candidate.settings import build
from surrogate.models.base import Domain, DomainStatus, Interval, ModelIdentity, ModelStatus, Prediction
from surrogate.properties import Subject
from surrogate.space.energy import energy_per_capacity, predicted_energy_density

FULL = {
    "active_material": "S", "electrolyte": "Li6PS5Cl", "active_weight_fraction": 0.4,
    "electrolyte_weight_fraction": 0.5, "active_loading_mg_per_cm2": 5.0, "separator_thickness_um": 30.0,
}  # fmt: skip


def cell(**changes: float | str | None) -> Candidate:
    stated = {name: value for name, value in {**FULL, **changes}.items() if value is not None}
    return build(stated, Subject.CELL)


def capacity(low: float, median: float, high: float, property: str = "first_discharge_capacity") -> Prediction:
    return Prediction(
        property=property,
        median=median,
        interval=Interval(level=0.9, low=low, high=high),
        scale_mean=median,
        scale_std=1.0,
        domain=Domain(status=DomainStatus.IN, score=0.5),
        neighbours=(),
        model=ModelIdentity(name="m", version="1", status=ModelStatus.CHAMPION, data_sha256=""),
    )


@given(st.lists(st.floats(0.0, 4000.0), min_size=3, max_size=3).map(sorted))
def test_the_interval_holds_the_median_and_rises_with_the_capacity(ends: list[float]) -> None:
    found = predicted_energy_density(cell(), capacity(*ends))
    assert found is not None
    assert 0.0 <= found.interval.low <= found.median <= found.interval.high


def test_it_agrees_with_the_objective_at_the_nominal_capacity() -> None:
    candidate = cell()
    assert isinstance(candidate.subject, Cell)
    theoretical = candidate.subject.electrode.active_material.theoretical_capacity_mah_per_g
    assert theoretical is not None
    nominal = 0.8 * theoretical
    found = predicted_energy_density(candidate, capacity(nominal, nominal, nominal))
    assert found is not None
    assert found.median == pytest.approx(nominal * energy_per_capacity([candidate])[0])


def test_a_thicker_separator_weighs() -> None:
    thin, thick = (
        predicted_energy_density(cell(separator_thickness_um=t), capacity(900, 1000, 1100)) for t in (20, 600)
    )
    assert thin is not None
    assert thick is not None
    assert thin.median > 2 * thick.median
    assert any("600 µm, as stated" in each for each in thick.assumptions)


@pytest.mark.parametrize(
    "missing", ["active_weight_fraction", "electrolyte_weight_fraction", "active_loading_mg_per_cm2"]
)
def test_what_is_not_stated_is_not_guessed(missing: str) -> None:
    assert predicted_energy_density(cell(**{missing: None}), capacity(900, 1000, 1100)) is None


def test_only_the_first_discharge_counts() -> None:
    assert predicted_energy_density(cell(), capacity(900, 1000, 1100, "first_charge_capacity")) is None
