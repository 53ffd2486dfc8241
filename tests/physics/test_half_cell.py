"""Laws of link (c), the half cell solved with PyBaMM."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from surrogate.physics.composite import composite
from surrogate.physics.half_cell import (
    first_cycles,
    groups_of,
    headroom,
    sites,
    solve,
)
from tests.physics.electrodes import electrode

T = np.array([303.15])


def test_the_published_first_cycle_comes_out() -> None:
    batch = electrode()
    found = first_cycles(batch, composite(batch), T)
    assert found.discharge_status == found.charge_status == ("ok",)
    assert float(found.discharge[0]) == pytest.approx(263, rel=0.15)
    assert float(found.charge[0]) == pytest.approx(416, rel=0.15)


def test_lithium_is_conserved_over_the_cycle() -> None:
    batch = electrode()
    where = sites(batch)
    found = first_cycles(batch, composite(batch), T)
    held = float(where.capacity[0])
    assert float(found.discharge[0]) <= held * (1 - float(where.filled[0])) * 1.02
    # what is charged was there at the start or came with the discharge
    assert float(found.charge[0]) <= (held * float(where.filled[0]) + float(found.discharge[0])) * 1.001


def test_capacity_falls_as_resistance_rises() -> None:
    batch = electrode(current_ma_cm2=np.full(4, 2.0), electrolyte_conductivity=np.array([3e-3, 1e-3, 4e-4, 2.5e-4]))
    found = first_cycles(batch, composite(batch), np.full(4, 303.15))
    assert np.all(np.diff(found.discharge) <= 1e-6)


def test_conditions_of_the_paper_hardly_feel_transport() -> None:
    poor = electrode(electrolyte_conductivity=1e-4, separator_um=60.0)
    good = electrode(separator_um=60.0)
    capacities = [float(first_cycles(b, composite(b), T).discharge[0]) for b in (poor, good)]
    assert capacities[0] == pytest.approx(capacities[1], rel=0.05)


def test_spme_agrees_with_the_full_model_where_drops_are_small() -> None:
    batch = electrode()
    state = composite(batch)
    rough, fine = first_cycles(batch, state, T), first_cycles(batch, state, T, model="DFN")
    assert float(rough.charge[0]) == pytest.approx(float(fine.charge[0]), abs=0.5)


def test_the_capacity_falls_with_the_rate() -> None:
    batch = electrode()
    currents = [batch.current_ma_cm2 * factor for factor in (1, 10, 60)]
    faster = [replace(batch, current_ma_cm2=current) for current in currents]
    values = [float(first_cycles(each, composite(batch), T).discharge[0]) for each in faster]
    assert values[0] > values[1] > values[2] > 0


def test_a_hopeless_cell_is_a_status_and_not_an_exception() -> None:
    batch = electrode(electrolyte_conductivity=1e-8)
    found = first_cycles(batch, composite(batch), T)
    assert float(found.discharge[0]) == 0.0
    assert "ohmic drop" in found.discharge_status[0]
    assert found.charge_status[0]


def test_a_hopeless_member_spoils_no_other() -> None:
    batch = electrode(electrolyte_conductivity=np.array([1e-3, 1e-8, 5e-4]))
    state, three = composite(batch), np.full(3, 303.15)
    where = sites(batch)
    groups = groups_of(batch, state, three, where, np.ones(3), where.filled)
    assert (headroom(groups) > 0).tolist() == [True, False, True]
    together, alone = solve(groups), [solve(groups.take(np.array([row]))) for row in range(3)]
    assert np.allclose(together.share, [one.share[0] for one in alone], atol=1e-6)
    assert together.status == tuple(one.status[0] for one in alone)
