"""Laws of the test conditions: what temperature does to a conductivity, and cycles to a retention."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from surrogate.candidate.active_material import active_material
from surrogate.candidate.cell import Cell, Electrode
from surrogate.candidate.measurement import Candidate, Protocol
from surrogate.candidate.recipe import Electrolyte
from surrogate.composition import parse_composition
from surrogate.datasets import load
from surrogate.instruments.conductivity import activation_energy
from surrogate.instruments.geometry import Uncertain
from surrogate.models import Surrogate, fit
from surrogate.models.base import DomainStatus
from surrogate.models.conditions import (
    BARRIER_ERROR_EV,
    BARRIER_LEVEL_EV,
    BARRIER_SLOPE_EV,
    LAWS,
    arrhenius,
    arrhenius_through,
    fade,
)

temperatures = st.floats(-100.0, 300.0)
decades = st.floats(-12.0, -1.0)


@pytest.fixture(scope="module")
def conductivity() -> Surrogate:
    rows, few = load("ionic_conductivity"), {"iterations": 15}
    return fit(rows, property="ionic_conductivity", kind="gaussian_process", hyperparameters=few)


@pytest.fixture(scope="module")
def retention() -> Surrogate:
    rows, few = load("capacity_retention"), {"n_trees": 40}
    return fit(rows, property="capacity_retention", kind="tree_ensemble", hyperparameters=few)


def at(temperature_c: float | None) -> Candidate:
    return Candidate(
        subject=Electrolyte(composition=parse_composition("Li6PS5Cl")), protocol=Protocol(temperature_c=temperature_c)
    )


def after(cycles: int | None, relative_to: int | None = None) -> Candidate:
    return Candidate(
        subject=Cell(electrode=Electrode(active_material=active_material("LiNi0.8Co0.1Mn0.1O2"))),
        protocol=Protocol(cycles=cycles, reference_cycle=relative_to),
    )


@given(temperatures, decades)
def test_a_law_undone_gives_back_what_it_was_applied_to(temperature_c: float, decade: float) -> None:
    law, standard = arrhenius(np.array([temperature_c])), np.array([decade])
    np.testing.assert_allclose(law.undone(law.applied(standard)), standard, rtol=1e-9)


@given(temperatures, st.floats(0.1, 50.0), decades)
def test_every_conductivity_rises_on_heating_and_the_poor_conductor_faster(
    temperature_c: float, rise_k: float, decade: float
) -> None:
    law = arrhenius(np.array([temperature_c, temperature_c + rise_k]))
    good, poor = np.diff(law.applied(np.full(2, decade))), np.diff(law.applied(np.full(2, decade - 1.0)))
    assert 0.0 < good < poor


@given(temperatures, temperatures, st.floats(0.1, 0.8), decades)
def test_two_temperatures_imply_the_activation_energy_as_an_instrument_reads_it(
    one_c: float, other_c: float, barrier_ev: float, decade: float
) -> None:
    assume(abs(one_c - other_c) > 5.0)
    third_c = 0.5 * (one_c + other_c)
    celsius = np.array([one_c, third_c, other_c])
    law = arrhenius_through(celsius, np.full(3, barrier_ev), np.zeros(3))
    sigmas = [Uncertain(value=10.0**y, uncertainty=1e-3 * 10.0**y) for y in law.applied(np.full(3, decade))]
    energy, _, _ = activation_energy(celsius.tolist(), sigmas)
    assert energy.value == pytest.approx(barrier_ev, abs=1e-6)


def test_the_barrier_is_that_of_the_shipped_rows() -> None:
    barriers = {m.source.row_id: m.value for m in load("activation_energy")}
    both = [(np.log10(m.value), barriers[m.source.row_id]) for m in load("ionic_conductivity")
            if m.source.row_id in barriers]  # fmt: skip
    decade, barrier = np.array(both).T
    slope, level = np.polyfit(decade, barrier, 1)
    assert (level, -slope) == pytest.approx((BARRIER_LEVEL_EV, BARRIER_SLOPE_EV), abs=5e-4)
    assert np.std(barrier - level - slope * decade) == pytest.approx(BARRIER_ERROR_EV, abs=5e-4)


@given(st.floats(0.0, 110.0), st.integers(1, 5000), st.integers(1, 5000))
def test_a_retention_begins_at_a_hundred_and_what_is_lost_stays_lost(end: float, one: int, other: int) -> None:
    retentions = fade(np.log10([1, min(one, other), max(one, other)])).applied(np.full(3, end))
    assert retentions[0] == pytest.approx(100.0)
    assert abs(100.0 - retentions[1]) <= abs(100.0 - retentions[2]) + 1e-9


def test_a_cell_goes_on_losing_long_after_its_first_hundred_cycles() -> None:
    retentions = fade(np.log10([1.0, 2.0, 10.0, 100.0, 300.0, 1000.0, 2000.0, 10_000.0])).applied(np.full(8, 80.0))
    assert np.all(np.diff(retentions) < -0.5)
    assert retentions[1] > 96.0


def test_what_inserts_loses_less_at_first_than_what_converts() -> None:
    cycles = np.log10([2.0, 10.0, 30.0, 100.0])
    inserts, converts = (fade(cycles, converts=np.full(4, kind)).applied(np.full(4, 80.0)) for kind in (False, True))
    assert np.all(inserts[:3] > converts[:3])
    assert inserts[3] == pytest.approx(80.0) == converts[3]
    assert 100.0 - inserts[1] < 0.5 * (100.0 - inserts[3]) < 100.0 - inserts[2]


@given(st.floats(0.0, 90.0), st.floats(-20.0, 60.0), st.floats(5.0, 40.0))
def test_a_warm_cell_loses_more_and_loses_nothing_at_its_reference(end: float, cold_c: float, rise_k: float) -> None:
    law = fade(np.log10([200.0, 200.0, 1.0]), np.array([cold_c, cold_c + rise_k, 60.0]))
    cold, warm, first = law.applied(np.full(3, end))
    assert warm < cold < 100.0
    assert first == pytest.approx(100.0)


@given(st.floats(0.0, 110.0), st.floats(1.0, 40_000.0), st.floats(-20.0, 80.0))
def test_a_row_is_read_and_written_by_one_law(stated: float, cycles: float, temperature_c: float) -> None:
    law = fade(np.log10([cycles]), np.array([temperature_c]))
    standard = law.undone(np.array([stated]))
    np.testing.assert_allclose(law.redone(standard), stated, atol=1e-9)
    if law.slope[0] >= 0.3:  # below, after few cycles, a stated value says little of the one after a hundred
        np.testing.assert_allclose(law.applied(standard), stated, atol=1e-9)


@given(st.floats(0.0, 100.0), st.integers(1, 5000), st.integers(1, 5000), st.integers(1, 5000))
def test_a_retention_is_a_hundred_at_its_own_reference_and_less_is_lost_from_a_later_one(
    end: float, one: int, other: int, more: int
) -> None:
    first, later = sorted((one, other))
    cycles = later + more
    counted_from = np.array([first, later, first, later, np.nan])
    law = fade(np.log10([first, later, cycles, cycles, cycles]), reference_cycle=counted_from)
    own, own_later, from_first, from_later, unstated = law.applied(np.full(5, end))
    assert [own, own_later] == pytest.approx([100.0, 100.0])
    assert np.all(np.diff([unstated, from_first, from_later, 100.0]) >= -1e-9)


def test_a_condition_that_is_not_stated_is_the_standard_one() -> None:
    gap = np.array([np.nan])
    for law in (arrhenius(gap), fade(gap)):
        assert law.slope == pytest.approx(1.0)
        assert law.error == pytest.approx(0.0)


def test_a_retention_after_one_cycle_is_not_blown_up() -> None:
    assert 90.0 < fade(np.zeros(1)).undone(np.array([99.0]))[0] < 100.0


def test_every_law_is_of_a_feature_that_the_property_has(conductivity: Surrogate, retention: Surrogate) -> None:
    for model in (conductivity, retention):
        standards, law = LAWS[model.property.name]
        assert set(standards) <= set(model.encoding.names)
        assert law(*(np.array([standard]) for standard in standards.values()), None).slope == pytest.approx(1.0)


def test_the_law_itself_is_the_less_sure_the_farther_from_25_c() -> None:
    error = arrhenius(np.array([25.0, 30.0, 60.0, 100.0, 200.0])).error
    assert error[0] == 0.0
    assert np.all(np.diff(error) > 0)


def test_a_conductivity_of_a_model_follows_the_law(conductivity: Surrogate) -> None:
    cold, room, unsaid, warm, hot = conductivity.predict([at(t) for t in (-20.0, 25.0, None, 60.0, 100.0)])
    assert cold.median < room.median == unsaid.median < warm.median < hot.median
    # A barrier of some 0.3 eV: about a decade from 25 to 100 °C.
    assert 0.6 < np.log10(hot.median / room.median) < 1.6


def test_ordinary_rooms_are_in_and_an_oven_is_not(conductivity: Surrogate) -> None:
    status = [p.domain.status for p in conductivity.predict([at(t) for t in (20.0, 22.0, 25.0, 33.0, 60.0, 298.0)])]
    assert set(status[:4]) == {DomainStatus.IN}
    assert status[4:] == [DomainStatus.EDGE, DomainStatus.OUT]


def test_a_conductivity_that_is_cut_at_the_bound_says_so(conductivity: Surrogate) -> None:
    bound = conductivity.property.upper
    for answer in conductivity.predict([at(t) for t in (25.0, 60.0, 150.0, 300.0, 500.0)]):
        assert any("is cut at 0.1 S/cm" in warning for warning in answer.warnings) == (answer.median == bound)
    assert answer.median == bound


def test_a_model_says_a_hundred_at_first_and_never_recovers(retention: Surrogate) -> None:
    medians = [p.median for p in retention.predict([after(n) for n in (1, 2, 10, 100, 1000, 5000)])]
    assert medians[0] == pytest.approx(100.0)
    assert medians == sorted(medians, reverse=True)
    assert retention.predict([after(100, 100)])[0].median == pytest.approx(100.0)
    counted = [p.median for p in retention.predict([after(100, r) for r in (None, 1, 10, 50)])]
    assert counted[0] == counted[1] < counted[2] < counted[3]
    assert retention.predict([after(None)])[0].median == pytest.approx(medians[3], abs=0.1)
