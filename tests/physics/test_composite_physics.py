"""Laws of links (b), (d) and (e): reaction, transport, capacities, fade, energy density."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import _break_even
from surrogate.errors import CellError, InvalidInput
from surrogate.physics import energy_density as energy
from surrogate.physics.composite import (
    composite,
    electrolyte_activity,
    reacted_fraction,
    volume_fractions,
)
from surrogate.physics.fade import electrode_retention, retention
from surrogate.physics.parameters.electrodes import MATERIALS
from tests.physics.electrodes import electrode

ratios = st.floats(0.2, 3.0)
minutes = st.floats(0.0, 60.0)


@given(ratios, minutes)
def test_volumes_and_pores_fill_the_electrode(ratio: float, time: float) -> None:
    share = ratio / (1 + ratio)
    batch = electrode(active=share, electrolyte=1 - share, joint_dose_h=time / 60)
    y = reacted_fraction(batch)
    v = volume_fractions(batch, y)
    solid = v.active + v.electrolyte + v.additive + v.reacted
    assert float(solid[0]) == pytest.approx(0.87, abs=1e-9)
    assert min(float(x[0]) for x in (v.active, v.electrolyte, v.reacted)) >= -1e-12


@given(ratios, minutes)
def test_the_reaction_never_uses_more_electrolyte_than_there_is(ratio: float, time: float) -> None:
    share = ratio / (1 + ratio)
    y = reacted_fraction(electrode(active=share, electrolyte=1 - share, joint_dose_h=time / 60))
    offered = (1 - share) / 180.06 / (share / 111.997)
    assert 0.0 <= float(y[0]) <= min(1.0, offered / 1.14) + 1e-12


def test_controls_hold() -> None:
    alone = composite(electrode(joint_dose_h=0.0))
    assert float(alone.reacted_fraction[0]) == 0.0
    assert float(alone.first_discharge[0]) == pytest.approx(237, rel=0.02)
    assert 1.0 <= float(electrolyte_activity(0.15)) * 10 <= 2.0
    charged = composite(electrode(charge_first=True))
    assert float(charged.first_charge[0]) == pytest.approx(151, rel=0.05)


def test_milling_raises_the_coulombic_efficiency_above_hundred() -> None:
    efficiency = [float(composite(electrode(joint_dose_h=t / 60)).coulombic_efficiency[0]) for t in (0, 3, 9)]
    assert efficiency[0] < 100 < efficiency[1] < efficiency[2]


@pytest.mark.parametrize("key", sorted(set(MATERIALS) - {"TiS2"}))
@given(dose=st.floats(0, 20), rate=st.floats(0.01, 3.0), infiltrated=st.booleans())
def test_a_material_gives_no_more_than_its_lithium(key: str, dose: float, rate: float, infiltrated: bool) -> None:
    state = composite(electrode(material=key, theoretical=300.0, joint_dose_h=dose, current_ma_cm2=rate,
                                infiltrated=infiltrated, voltage_min=2.6, voltage_max=4.3,
                                active=0.6, electrolyte=0.35, additive=0.05))  # fmt: skip
    assert 0 <= float(state.first_discharge[0]) <= 300.0 * 1.1
    assert 0 <= float(state.utilisation[0]) <= 1.1


@given(st.floats(-5, -2), st.floats(1.01, 20))
def test_resistance_never_adds_capacity(log_sigma: float, worse: float) -> None:
    better = composite(electrode(electrolyte_conductivity=10**log_sigma))
    poorer = composite(electrode(electrolyte_conductivity=10**log_sigma / worse))
    assert float(poorer.first_discharge[0]) <= float(better.first_discharge[0]) + 1e-9
    assert float(poorer.overpotential[0]) >= float(better.overpotential[0])


@pytest.mark.parametrize(
    "change", [{"active": -0.1}, {"active": 1.4}, {"loading_mg_cm2": 0.0}, {"current_ma_cm2": -1.0}]
)
def test_impossible_electrodes_are_refused(change: dict[str, float]) -> None:
    with pytest.raises(CellError, match="but it must"):
        electrode(**change)


@given(st.floats(0, 500), st.floats(0, 500))
def test_retention_starts_at_hundred_and_never_rises(n: float, more: float) -> None:
    values = retention([[100.0, 50.0]], [[1e-3, 1e-2]], np.array([n]))
    later = retention([[100.0, 50.0]], [[1e-3, 1e-2]], np.array([n + more]))
    assert float(later[0]) <= float(values[0]) <= 100.0 + 1e-9
    assert float(retention([[100.0, 50.0]], [[1e-3, 1e-2]], np.array([0.0]))[0]) == pytest.approx(100.0)


@pytest.mark.parametrize(("low", "expected"), [(1.5, 95.0), (1.0, 76.0)])
def test_published_fade_of_titanium_disulfide(low: float, expected: float) -> None:
    batch = electrode(voltage_min=low)
    kept = electrode_retention(batch, composite(batch), np.array([60.0]), np.array([303.15]))
    assert float(kept[0]) == pytest.approx(expected, abs=1.0)


@given(st.integers(1, 500), st.integers(0, 500), st.sampled_from(["LiCoO2", "NCM", "S", "TiS2"]))
def test_an_electrode_keeps_all_at_its_reference_cycle_and_less_later(first: int, more: int, material: str) -> None:
    batch = electrode(material=material)
    made, warm = composite(batch), np.array([303.15])

    def kept(cycles: float, reference: float) -> float:
        said = electrode_retention(batch, made, np.array([cycles]), warm, reference_cycle=np.array([reference]))
        return float(said[0])

    assert kept(first, first) == pytest.approx(100.0)
    assert kept(first + more, first) <= 100.0 + 1e-9
    # Twice in a row is once: what is left relative to the first cycle is the product.
    assert kept(first + more, 1) == pytest.approx(kept(first + more, first) * kept(first, 1) / 100.0)


@pytest.mark.parametrize("material", ["LiCoO2", "NCM", "S", "TiS2"])
def test_the_warmer_a_cell_is_kept_the_faster_it_fades(material: str) -> None:
    batch = electrode(material=material)
    temperatures_k = np.array([273.15, 303.15, 333.15])
    kept = [float(electrode_retention(batch, composite(batch), 60.0, t)[0]) for t in temperatures_k]
    assert kept[0] > kept[1] > kept[2]


@pytest.mark.parametrize("material", ["LiCoO2", "NCM", "S", "TiS2"])
def test_the_slower_a_cell_is_cycled_the_more_it_fades_in_a_cycle(material: str) -> None:
    kept = []
    for current in (0.02, 0.1, 0.5):
        batch = electrode(material=material, current_ma_cm2=current)
        kept.append(float(electrode_retention(batch, composite(batch), 60.0, 303.15)[0]))
    assert kept[0] < kept[1] < kept[2]


def test_negative_cycles_are_refused() -> None:
    with pytest.raises(InvalidInput, match="cycles"):
        retention([[1.0]], [[0.1]], np.array([-1.0]))


@given(st.floats(1, 60), st.floats(1, 200))
def test_a_break_even_separator_breaks_even(loading: float, density_tenths: float) -> None:
    cell = energy.SolidCell(loading_mg_per_cm2=loading, electrolyte_density_g_cm3=1 + density_tenths / 40)
    thick = _break_even.break_even_um(cell, gravimetric=True)
    if thick > 0:
        from dataclasses import replace

        found = energy.energy_density(replace(cell, separator_um=thick)).gravimetric_wh_per_kg
        assert found == pytest.approx(_break_even.liquid_cell().gravimetric_wh_per_kg, rel=1e-9)


def test_energy_density_refuses_nonsense() -> None:
    with pytest.raises(CellError):
        energy.SolidCell(separator_um=-1)
    with pytest.raises(CellError):
        _break_even.ohmic_limit_um(0.05, 0.0, 1e-4)
