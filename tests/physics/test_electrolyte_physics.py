"""Laws of link (a): phases, milling, heat treatment, substitution."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surrogate.candidate.amounts import amounts_of
from surrogate.candidate.cell import Protocol
from surrogate.candidate.measurement import Candidate
from surrogate.candidate.recipe import Electrolyte, HeatTreatment, Milling, Recipe, Route
from surrogate.composition import parse_composition
from surrogate.errors import InvalidInput, RecipeError
from surrogate.physics import conduction, crystallisation, milling
from surrogate.physics.chain import Status, simulate
from surrogate.physics.coordinates import Family, coordinates
from surrogate.physics.effective_medium import bruggeman, coat_spheres, percolation, porous
from surrogate.physics.parameters.universal import BOLTZMANN_EV_PER_K
from surrogate.physics.remarks import first_on

fractions = st.floats(0.0, 1.0)
conductivities = st.floats(-9.0, -1.5).map(lambda x: 10.0**x)


def sigma(formula: str, at: float = 30.0, **recipe: object) -> float:
    electrolyte = Electrolyte(composition=parse_composition(formula), recipe=Recipe(**recipe))  # type: ignore[arg-type]
    outcome = simulate([Candidate(subject=electrolyte, protocol=Protocol(temperature_c=at))])[0]
    assert outcome.ionic_conductivity_s_per_cm is not None
    return outcome.ionic_conductivity_s_per_cm


def solution(formula: str, temperature: float) -> float:
    return sigma(formula, route=Route.SOLUTION, heat_treatment=HeatTreatment(temperature_c=temperature, time_h=5.0))


@given(fractions, conductivities, conductivities)
def test_a_mixture_lies_between_its_phases(f: float, one: float, two: float) -> None:
    mixed = float(bruggeman(f, one, two))
    assert min(one, two) * (1 - 1e-9) <= mixed <= max(one, two) * (1 + 1e-9)
    assert mixed == pytest.approx(float(bruggeman(1 - f, two, one)), rel=1e-9)


@given(fractions, conductivities, conductivities)
def test_the_mixture_solves_bruggemans_equation(f: float, one: float, two: float) -> None:
    s = float(bruggeman(f, one, two))
    assert f * (one - s) / (one + 2 * s) + (1 - f) * (two - s) / (two + 2 * s) == pytest.approx(0.0, abs=1e-9)


@given(fractions, conductivities, conductivities)
def test_what_coats_carries_the_mixture_at_any_share(f: float, coat: float, core: float) -> None:
    coated = float(coat_spheres(np.float64(f), np.float64(coat), np.float64(core)))
    assert min(coat, core) * (1 - 1e-9) <= coated <= max(coat, core) * (1 + 1e-9)
    # At least the share that Maxwell's spheres of an insulator leave, where Bruggeman's have a threshold.
    assert coated >= coat * 2.0 * f / (3.0 - f) * (1 - 1e-9)


def test_percolation_needs_its_threshold_and_pores_never_help() -> None:
    assert float(percolation(220.0, 0.04, 0.05, 1.5)) == 0.0
    assert float(percolation(220.0, 1.0, 0.05, 1.5)) == pytest.approx(220.0)
    assert float(porous(1e-3, 0.5)) < 1e-3


def test_a_percentage_is_not_a_fraction() -> None:
    with pytest.raises(InvalidInput, match="between 0 and 1"):
        bruggeman(26.0, 1e-3, 1e-4)


@given(st.floats(-7, -2), st.floats(250, 350), st.floats(250, 350))
def test_arrhenius_and_meyer_neldel_agree(log: float, t0: float, t1: float) -> None:
    energy = conduction.activation_energy(10**log, t0)
    there = conduction.arrhenius(10**log, energy, t0, t1)
    assert float(conduction.arrhenius(there, energy, t1, t0)) == pytest.approx(10**log, rel=1e-9)
    if abs(t1 - t0) > 1:
        assert float(conduction.apparent_energy(10**log, there, t0, t1)) == pytest.approx(float(energy), rel=1e-6)


def test_better_conductors_have_lower_barriers_and_prefactors() -> None:
    sigma = np.array([1e-6, 1e-4, 1e-2])
    energy = conduction.activation_energy(sigma, 298.15)
    assert np.all(np.diff(energy) < 0)
    prefactor = sigma * 298.15 * np.exp(energy / (BOLTZMANN_EV_PER_K * 298.15))  # of sigma T = A exp(-Ea/kT)
    assert np.all(np.diff(prefactor) < 0)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_glass_metastable_and_stable_sum_to_one(first: float, second: float, limit: float) -> None:
    parts = crystallisation.sequence(first, second, limit)
    assert sum(float(p) for p in parts) == pytest.approx(1.0)
    assert all(float(p) >= -1e-12 for p in parts)


@given(st.floats(100, 600), st.floats(0.1, 100), st.floats(1.0, 3.0))
def test_transformation_grows_with_time_and_temperature(temperature: float, hours: float, exponent: float) -> None:
    done = crystallisation.progress(crystallisation.rate(temperature, 300.0, 150.0), hours, exponent)
    later = crystallisation.progress(crystallisation.rate(temperature, 300.0, 150.0), hours * 1.5, exponent)
    hotter = crystallisation.progress(crystallisation.rate(temperature + 10, 300.0, 150.0), hours, exponent)
    assert 0.0 <= float(done) <= 1.0
    assert float(later) >= float(done)
    assert float(hotter) >= float(done)


def test_the_same_kinetics_give_opposite_trends() -> None:
    grid = [180.0, 260.0, 300.0, 400.0, 550.0]
    assert np.all(np.diff([solution("Li6.5P0.5Ge0.5S5I", t) for t in grid]) >= 0)
    assert np.all(np.diff([solution("Li6PS5I", t) for t in grid]) <= 0)
    assert solution("Li6.5P0.5Ge0.5S5I", 550) == pytest.approx(6.5e-3, rel=0.05)
    assert solution("Li6PS5I", 550) == pytest.approx(6.1e-6, rel=0.05)


@pytest.mark.parametrize(("metal", "limit"), [("Ge", 0.5), ("Sn", 0.3), ("Si", 0.7)])
def test_conductivity_over_substitution_is_a_volcano_at_the_solubility_limit(metal: str, limit: float) -> None:
    x = np.round(np.arange(0.05, 0.96, 0.05), 2)
    values = [solution(f"Li{6 + v:g}P{1 - v:g}{metal}{v:g}S5I", 400) for v in x]
    assert x[int(np.argmax(values))] == pytest.approx(limit, abs=0.051)
    assert values[-1] < 0.5 * max(values)


def test_seventy_thirty_has_a_maximum_over_temperature() -> None:
    def glass(t: float) -> float:
        heat = HeatTreatment(temperature_c=t, time_h=1.0)
        return sigma("70Li2S-30P2S5", 25, route=Route.MECHANICAL_MILLING, milling=Milling(time_h=20, speed_rpm=500),
                     heat_treatment=heat)  # fmt: skip

    assert glass(360) > 30 * glass(150)
    assert glass(360) > 100 * glass(550)


@given(st.floats(0.0, 20.0), st.floats(0.1, 20.0))
def test_milling_a_finished_powder_only_harms_it(hours: float, more: float) -> None:
    def remilled(time: float) -> float:
        recipe = Recipe(route=Route.SOLID_STATE, remilled=True, milling=Milling(time_h=time, speed_rpm=500))
        subject = Electrolyte(composition=parse_composition("Li6PS5Cl"), recipe=recipe)
        return float(simulate([Candidate(subject=subject)])[0].ionic_conductivity_s_per_cm or 0)

    assert remilled(hours + more) <= remilled(hours)


@given(st.sampled_from(["75Li2S-25P2S5", "Li6PS5Cl", "Li10GeP2S12"]), st.floats(0.25, 64.0))
def test_twice_the_milling_is_no_cliff(formula: str, hours: float) -> None:
    def unheated(time: float) -> float:
        recipe = {"route": Route.MECHANICAL_MILLING, "milling": Milling(time_h=time, speed_rpm=500)}
        return sigma(formula, heat_treated=False, **recipe)

    assert -1e-9 <= np.log10(unheated(2.0 * hours) / unheated(hours)) < 0.5


def test_a_lukewarm_furnace_does_not_finish_what_the_mill_began() -> None:
    def milled(hours: float, heat: HeatTreatment) -> float:
        milling = Milling(time_h=hours, speed_rpm=500)
        return sigma("Li6PS5Cl", route=Route.MECHANICAL_MILLING, milling=milling, heat_treatment=heat)

    lukewarm, hot = (HeatTreatment(temperature_c=celsius, time_h=5.0) for celsius in (100.0, 550.0))
    assert milled(1.0, lukewarm) < 0.5 * milled(20.0, lukewarm)
    assert milled(1.0, hot) == pytest.approx(milled(20.0, hot), rel=1e-3)


def test_ground_precursors_react_in_a_furnace_or_not_at_all() -> None:
    def fired(celsius: float) -> float:
        heat = HeatTreatment(temperature_c=celsius, time_h=8.0)
        return float(np.log10(sigma("Li6PS5Cl", route=Route.SOLID_STATE, heat_treatment=heat)))

    steps = np.diff([fired(celsius) for celsius in range(150, 560, 10)])
    assert fired(250.0) < fired(550.0) - 0.7
    assert (steps >= 0.0).all()
    assert steps.max() <= 0.3
    assert fired(450.0) > fired(550.0) - 0.1


def test_speeds_compare_only_through_intensity() -> None:
    assert float(milling.intensity(500, 30)) == pytest.approx(1.0)
    assert float(milling.intensity(2000, 1, True)) == pytest.approx(1.0)


@pytest.mark.parametrize("call", [
    lambda: milling.dose(-1.0, 1.0),
    lambda: milling.intensity(-500, 30),
    lambda: crystallisation.rate(-300.0, 300.0, 150.0),
    lambda: crystallisation.progress(1.0, -2.0, 1.0),
])  # fmt: skip
def test_impossible_values_are_refused_with_a_hint(call: object) -> None:
    with pytest.raises(RecipeError) as caught:
        call()  # type: ignore[operator]
    assert caught.value.hint


@pytest.mark.parametrize(("formula", "family"), [
    ("Li6PS5Cl", Family.ARGYRODITE), ("Li5.5PS4.5Cl1.5", Family.ARGYRODITE), ("Li7PS6", Family.ARGYRODITE),
    ("75Li2S-25P2S5", Family.GLASS), ("Li7P3S11", Family.GLASS), ("Li7P2S8I", Family.GLASS),
    ("Li10GeP2S12", Family.LGPS), ("Li4SnS4", Family.THIO_LISICON), ("Li3InCl6", Family.NONE), ("Na3PS4", Family.NONE),
])  # fmt: skip
def test_families_are_told_from_the_composition(formula: str, family: Family) -> None:
    place = coordinates(amounts_of([parse_composition(formula)]))
    assert place.family[0] == int(family)
    assert bool(first_on(0, place.reasons)) is (family is Family.NONE)


@settings(max_examples=40)
@given(st.floats(0, 0.8), st.floats(0, 0.8), st.sampled_from(["Cl", "Br", "I"]), st.floats(20, 80))
def test_every_argyrodite_has_a_conductivity_that_rises_with_temperature(
    z: float, x: float, halide: str, t: float
) -> None:
    amounts = {"Li": 6 - x + z, "P": 1 - z, "Ge": z, "S": 5 - x, halide: 1 + x}
    formula = "".join(f"{e}{v:.4f}" for e, v in amounts.items() if v > 1e-3)
    assert sigma(formula, t + 5) > sigma(formula, t) > 0


def test_missing_steps_are_filled_visibly_and_silence_has_a_reason() -> None:
    bare = simulate([Candidate(subject=Electrolyte(composition=parse_composition("Li6PS5Cl")))])[0]
    assert bare.ionic_conductivity_s_per_cm
    assert any("heat-treated" in sentence for sentence in bare.assumptions)
    silent = simulate([Candidate(subject=Electrolyte(composition=parse_composition("Na3PS4")))])[0]
    assert silent.status is Status.NOT_COVERED
    assert silent.ionic_conductivity_s_per_cm is None
    assert silent.reason
