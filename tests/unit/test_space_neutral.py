"""What a design space promises: neutral, weighable, inside its limits, without repeats, the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surrogate.composition import parse_composition
from surrogate.properties import Subject
from surrogate.space.chemistry import Argyrodite, Mixture
from surrogate.space.design_space import DesignSpace
from surrogate.space.ready import names, ready
from surrogate.space.variables import Number
from surrogate.space.weighing import Balance

READY = names()


def test_the_five_ready_made_spaces_are_there() -> None:
    assert set(READY) == {
        "argyrodite",
        "coated-oxide-composite",
        "li2s-p2s5",
        "sulfur-composite",
        "tis2-composite",
    }


@pytest.mark.parametrize("name", READY)
def test_everything_drawn_is_neutral_feasible_and_different(name: str) -> None:
    space = ready(name)
    pool = space.sample(500, seed=3)
    assert pool.n == 500
    assert pool.feasible.all()
    assert len(np.unique(pool.keys)) == pool.n
    for candidate in pool.candidates:
        assert candidate.electrolyte is not None
        assert abs(candidate.electrolyte.composition.net_charge) < 1e-9


@pytest.mark.parametrize("name", READY)
def test_a_space_contains_what_it_draws(name: str) -> None:
    space = ready(name)
    for candidate in space.sample(60, seed=5).candidates:
        assert space.violations(candidate) == ()


@pytest.mark.parametrize("name", READY)
def test_a_candidate_is_encoded_as_it_was_drawn(name: str) -> None:
    pool = ready(name).sample(200, seed=7)
    assert np.abs(pool.space.encode(pool.candidates) - pool.encoded).max() < 1e-4


@pytest.mark.parametrize("name", READY)
def test_same_seed_same_recipes_another_seed_others(name: str) -> None:
    space = ready(name)
    first, again, other = (space.sample(64, seed=seed) for seed in (1, 1, 2))
    assert first.encoded.tobytes() == again.encoded.tobytes()
    assert first.candidates == again.candidates
    assert first.encoded.tobytes() != other.encoded.tobytes()


@pytest.mark.parametrize("name", ["argyrodite", "li2s-p2s5"])
def test_masses_are_whole_steps_of_the_balance_and_make_the_composition(name: str) -> None:
    space = ready(name)
    pool = space.sample(100, seed=11)
    for row in range(pool.n):
        masses = pool.weigh_in_g(row)
        for mass in masses.values():
            steps = mass * 1000.0 / space.balance.resolution_mg
            assert abs(steps - round(steps)) < 1e-6
        made: dict[str, float] = {}
        for formula, mass in masses.items():
            precursor = parse_composition(formula)
            for element, amount in precursor.amounts.items():
                made[element] = made.get(element, 0.0) + amount * mass / precursor.molar_mass_g_per_mol
        electrolyte = pool.candidates[row].electrolyte
        assert electrolyte is not None
        total, per_formula = sum(made.values()), sum(electrolyte.composition.amounts.values())
        for element, amount in electrolyte.composition.amounts.items():
            assert made[element] / total == pytest.approx(amount / per_formula, abs=2e-6)


@given(
    amounts=st.lists(st.one_of(st.just(0.0), st.floats(1e-3, 1.0)), min_size=2, max_size=6).filter(any),
    resolution=st.sampled_from([0.01, 0.1, 0.5, 1.0, 2.0, 5.0]),
    batch=st.sampled_from([0.5, 1.0, 2.0, 5.0]),
)
def test_masses_add_up_to_the_batch_and_each_is_less_than_a_step_from_its_share(
    amounts: list[float], resolution: float, batch: float
) -> None:
    balance = Balance(resolution_mg=resolution, batch_mass_g=batch)
    shares = np.array([amounts, amounts[::-1]]) / sum(amounts)
    masses = balance.shared_out(shares)
    steps = masses * 1000.0 / resolution
    np.testing.assert_allclose(steps, np.rint(steps), atol=1e-6)
    np.testing.assert_allclose(masses.sum(axis=1), batch, rtol=0, atol=1e-9)
    assert np.all(np.abs(steps - shares * batch * 1000.0 / resolution) < 1.0)
    assert np.all(masses[shares == 0.0] == 0.0)
    assert masses[1].tobytes() == balance.shared_out(shares[1:])[0].tobytes()


@pytest.mark.parametrize("name", READY)
def test_what_is_weighed_in_adds_up_to_the_batch(name: str) -> None:
    pool = ready(name).sample(64, seed=3)
    balances = {False: pool.space.balance, True: pool.space.composite_balance}
    for row in range(pool.n):
        masses = pool.weigh_in_g(row)
        for of_composite, balance in balances.items():
            parts = [mass for part, mass in masses.items() if part.startswith("composite: ") == of_composite]
            assert not parts or sum(parts) == pytest.approx(balance.batch_mass_g, abs=1e-9)


@pytest.mark.parametrize("name", READY)
def test_every_portion_is_worth_weighing(name: str) -> None:
    pool = ready(name).sample(512, seed=5)
    least = min(mass for row in range(pool.n) for mass in pool.weigh_in_g(row).values())
    assert least > 4.9e-3  # fifty steps of 0.1 mg: a step more or less is 2 % of it


@pytest.mark.parametrize("name", ["argyrodite", "li2s-p2s5"])
def test_the_text_of_a_composition_gives_the_same_amounts(name: str) -> None:
    for candidate in ready(name).sample(100, seed=13).candidates:
        assert candidate.electrolyte is not None
        composition = candidate.electrolyte.composition
        read = parse_composition(composition.text)
        assert read.amounts == composition.amounts
        assert abs(read.net_charge) < 1e-9


@given(
    x=st.tuples(st.floats(-0.5, 0.2), st.floats(0.21, 0.9)),
    z=st.tuples(st.floats(0.0, 0.2), st.floats(0.21, 1.0)),
    dopant=st.sampled_from(["none", "Ge", "Si", "Sn", "Sb", "As"]),
    halide=st.sampled_from(["Cl", "Br", "I", "Cl/Br", "Br/I", "F/Cl"]),
    resolution=st.sampled_from([0.01, 0.1, 1.0]),
    seed=st.integers(0, 100),
)
@settings(max_examples=40)
def test_every_argyrodite_is_neutral_whatever_the_substitution(
    x: tuple[float, float], z: tuple[float, float], dopant: str, halide: str, resolution: float, seed: int
) -> None:
    chemistry = Argyrodite(x=x, z=z, halides=(halide,), dopants=(dopant,))
    space = DesignSpace(
        name="any", subject=Subject.ELECTROLYTE, chemistry=chemistry, balance=Balance(resolution_mg=resolution)
    )
    pool = space.sample(8, seed)
    for candidate in pool.candidates:
        assert candidate.electrolyte is not None
        assert abs(candidate.electrolyte.composition.net_charge) < 1e-9
    assert np.all(pool.quantities["x"] >= x[0] - 1e-9)
    assert np.all(pool.quantities["x"] <= x[1] + 1e-9)


@given(
    low=st.lists(st.floats(0.0, 0.3), min_size=3, max_size=3),
    width=st.lists(st.floats(0.05, 0.9), min_size=3, max_size=3),
    seed=st.integers(0, 100),
)
@settings(max_examples=40)
def test_mixtures_add_up_to_one_within_their_bounds_however_narrow(
    low: list[float], width: list[float], seed: int
) -> None:
    high = [min(1.0, a + b) for a, b in zip(low, width, strict=True)]
    if sum(low) > 0.98 or sum(high) < 1.02:
        return
    bounds = dict(zip(("Li2S", "P2S5", "LiI"), zip(low, high, strict=True), strict=True))
    chemistry = Mixture(bounds=bounds)
    unit = np.random.default_rng(seed).random((50, chemistry.dimensions))
    table = chemistry.draw(unit)
    moles = chemistry.moles(table)
    assert np.abs(moles.sum(axis=1) - 1.0).max() < 1e-12
    assert np.all(moles >= np.array(low) - 1e-9)
    assert np.all(moles <= np.array(high) + 1e-9)
    moved = chemistry.moles(chemistry.nudge(table, 0.3 * np.random.default_rng(seed).standard_normal((50, 2))))
    assert np.abs(moved.sum(axis=1) - 1.0).max() < 1e-6
    assert np.all(moved >= np.array(low) - 1e-6)
    assert np.all(moved <= np.array(high) + 1e-6)


@given(
    low=st.floats(0.1, 50),
    width=st.floats(1.0, 500),
    step=st.one_of(st.none(), st.floats(0.1, 5)),
    logarithmic=st.booleans(),
    unit=st.lists(st.floats(0, 1), min_size=1, max_size=20),
)
@settings(max_examples=60)
def test_numbers_stay_on_their_steps_and_return_to_their_place(
    low: float, width: float, step: float | None, logarithmic: bool, unit: list[float]
) -> None:
    number = Number(name="milling_time_h", low=low, high=low + width, step=step, logarithmic=logarithmic)
    values = number.from_unit(np.array(unit))
    assert number.allows(values).all()
    assert np.all(values >= low - 1e-9)
    assert np.all(values <= low + width + 1e-9)
    if step is None:
        assert np.allclose(number.to_unit(values), unit, atol=1e-6)


def test_refinement_stays_inside_the_space() -> None:
    space = ready("argyrodite")
    pool = space.sample(5, seed=0)
    around = space.near(pool, 2, 0.3 * np.random.default_rng(0).standard_normal((100, space.dimensions)))
    assert around.n > 10
    assert around.feasible.all()
    for candidate in around.candidates:
        assert candidate.electrolyte is not None
        assert abs(candidate.electrolyte.composition.net_charge) < 1e-9


def test_a_measured_recipe_outside_the_bounds_keeps_its_place_outside() -> None:
    from dataclasses import replace

    from surrogate.candidate.recipe import HeatTreatment

    space = ready("argyrodite")
    candidate = space.sample(1, seed=0).candidates[0]
    assert candidate.electrolyte is not None
    hot = HeatTreatment(temperature_c=700.0, time_h=5.0)
    recipe = replace(candidate.electrolyte.recipe, heat_treatment=hot)
    outside = replace(candidate, subject=replace(candidate.electrolyte, recipe=recipe))
    column = space.encoder.names.index("heat_treatment_temperature_c")
    assert space.encode([outside])[0, column] > 1.3
    assert any("heat_treatment_temperature_c" in sentence for sentence in space.violations(outside))


def test_foreign_elements_are_kept_at_a_distance() -> None:
    from dataclasses import replace

    space = ready("argyrodite")
    candidate = space.sample(1, seed=0).candidates[0]
    assert candidate.electrolyte is not None
    sodium = replace(candidate.electrolyte, composition=parse_composition("Na3PS4"))
    encoded = space.encode([replace(candidate, subject=sodium)])
    assert np.isfinite(encoded).all()
    assert encoded[0, -1] > 0.3
    assert any("cannot be made" in sentence for sentence in space.violations(replace(candidate, subject=sodium)))
