"""Failures teach what can be made: chances from learnt lengths, and a planner that keeps off a cliff."""

from __future__ import annotations

import time

import numpy as np
import pytest

from surrogate.beliefs.feasibility import learn_feasibility
from surrogate.beliefs.limits import Limit
from surrogate.candidate.measurement import Candidate, Measurement, Source
from surrogate.candidate.settings import read
from surrogate.planner.opening import value_of_outcome
from surrogate.planner.suggest import suggest
from surrogate.space.ready import ready

CLIFF_C = 495.0


def outcomes(n: int, seed: int, *, d: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Recipes in a unit cube of which those above 0.6 in the first column fail."""
    x = np.random.default_rng(seed).random((n, d))
    return x[x[:, 0] <= 0.6], x[x[:, 0] > 0.6]


def test_the_setting_that_decides_is_found_and_the_others_are_let_be() -> None:
    learnt = learn_feasibility(*outcomes(24, 0))
    assert learnt is not None
    heaviest = learnt.patterns[int(np.argmax(learnt.weights))]
    assert (heaviest.column if isinstance(heaviest, Limit) else int(np.argmin(heaviest.lengths))) == 0
    new = np.random.default_rng(1).random((2000, 5))
    assert np.mean((learnt.chance(new) > 0.5) == (new[:, 0] <= 0.6)) > 0.9


def test_an_unseen_corner_starts_at_the_base_rate_and_no_failure_is_no_doubt() -> None:
    succeeded, failed = outcomes(30, 2)
    learnt = learn_feasibility(succeeded, failed, limits={})
    assert learnt is not None
    far = float(learnt.chance(np.full((1, 5), 500.0))[0])
    assert far == pytest.approx((len(succeeded) + 1) / 32, abs=1e-6)
    assert learn_feasibility(succeeded, failed[:0]) is None


def test_what_differs_in_a_setting_that_may_decide_is_not_given_up() -> None:
    """Everything heated failed, at the hot end; what is heated less is open, and what is heated as much is not."""
    rng = np.random.default_rng(4)
    unheated = np.column_stack([np.zeros(8), np.full(8, 0.5), rng.random(8)])
    heated = np.column_stack([np.ones(4), rng.uniform(0.7, 1.0, 4), rng.random(4)])
    learnt = learn_feasibility(unheated, heated)
    assert learnt is not None
    chance, hope = learnt.chance_and_hope(np.array([[1.0, 0.0, 0.5], [1.0, 0.85, 0.5], [0.0, 0.5, 0.5]]))
    assert hope[0] > 0.5 > hope[1]
    assert chance[0] > 2.0 * chance[1]
    assert chance[2] > 0.8
    assert np.all(hope >= chance)
    assert np.all(hope <= 1.0)


def test_the_heat_of_a_furnace_says_nothing_of_what_never_was_in_one() -> None:
    """Recipes that no furnace saw stand in the middle of its range; there the heated ones begin to fail."""
    rng = np.random.default_rng(5)
    unheated = np.column_stack([np.zeros(3), np.full(3, 0.5), rng.random(3)])
    heated = np.column_stack([np.ones(12), np.linspace(0.0, 1.0, 12), rng.random(12)])
    succeeded, failed = np.vstack([unheated, heated[:5]]), heated[5:]
    plain, told_apart = learn_feasibility(succeeded, failed), learn_feasibility(succeeded, failed, [(0,), (1, 0), (2,)])
    assert plain is not None
    assert told_apart is not None
    new = np.array([[0.0, 0.5, 0.9], [1.0, 0.05, 0.9], [1.0, 0.95, 0.9]])
    chance = told_apart.chance(new)
    assert chance[0] > max(0.8, plain.chance(new)[0])
    assert chance[1] > 0.8
    assert chance[2] < 0.2


def test_beyond_a_limit_nothing_returns_to_the_base_rate() -> None:
    """The hottest that failed lies in the middle: what is hotter still fails too, what is colder was made."""
    rng = np.random.default_rng(6)
    heat = np.concatenate([np.linspace(0.0, 0.4, 6), np.linspace(0.5, 0.6, 4)])
    x = np.column_stack([heat, rng.random((10, 3))])
    learnt, without = learn_feasibility(x[:6], x[6:]), learn_feasibility(x[:6], x[6:], limits={})
    assert learnt is not None
    assert without is not None
    hottest = np.column_stack([np.ones(20), rng.random((20, 3))])
    assert learnt.chance(hottest).max() < min(0.4, float(without.chance(hottest).min()))


def test_a_limit_says_nothing_of_what_does_not_have_the_number() -> None:
    names = ready("argyrodite").encoder.names
    column = names.index("heat_treatment_temperature_c")
    options = ready("argyrodite").encoder.limits[column]
    assert options == ((names.index("heat_treated = yes"),),)
    x = np.zeros((4, len(names)))
    x[:, column] = [0.1, 0.2, 0.8, 0.9]
    x[:, options[0][0]] = 1.0
    limit = Limit.of(x, np.array([1.0, 1.0, -1.0, -1.0]), column, options)
    cold = np.repeat(x[3:], 2, axis=0)
    cold[1, options[0][0]] = 0.0
    heated, unheated = limit.chance(cold)
    assert heated < 0.3
    assert unheated > 0.8


def trapped() -> tuple[np.ndarray, np.ndarray]:
    """Columns: heated or not, heat, another. Unheated recipes were made; those heated at 0.5 and above failed."""
    rng = np.random.default_rng(7)
    unheated = np.column_stack([np.zeros(6), np.full(6, 0.5), rng.random(6)])
    heated = np.column_stack([np.ones(3), np.array([0.5, 0.7, 0.9]), rng.random(3)])
    return unheated, heated


def test_two_recipes_can_both_be_made_at_most_as_often_as_either_and_likes_go_together() -> None:
    learnt = learn_feasibility(*trapped(), limits={1: ((0,),)})
    assert learnt is not None
    x = np.array([[1.0, 0.0, 0.5], [1.0, 0.02, 0.5], [1.0, 1.0, 0.5], [0.0, 0.5, 0.5]])
    chance, both = learnt.chance(x), learnt.chance_of_both(x, x)
    assert np.all(both <= np.minimum(chance[:, None], chance) + 1e-3)
    assert np.allclose(both, both.T, atol=0.02)
    after_a_success = both[0] / chance[0]
    assert after_a_success[1] > 1.3 * chance[1]
    assert after_a_success[3] == pytest.approx(chance[3], abs=0.05)


def test_an_outcome_is_worth_what_it_opens() -> None:
    """Where a safe recipe would be chosen, it pays to ask whether what promises more can be made; where it promises
    nothing, it does not.
    """
    learnt = learn_feasibility(*trapped(), limits={1: ((0,),)})
    assert learnt is not None
    coolest, hottest, unheated = np.array([[1.0, 0.0, 0.5], [1.0, 1.0, 0.5], [0.0, 0.5, 0.5]])
    heated = np.column_stack([np.ones(5), np.linspace(0.0, 0.4, 5), np.full(5, 0.5)])
    prospects = np.vstack([heated, unheated])
    much = value_of_outcome(learnt, np.vstack([coolest, hottest]), prospects, np.array([*[0.5] * 5, 0.4]))
    assert much[0] > 2.0 * much[1] >= 0.0
    assert much[0] > 0.02
    nothing = value_of_outcome(learnt, coolest[None], prospects, np.array([*[0.01] * 5, 0.5]))
    assert nothing[0] == pytest.approx(0.0, abs=1e-6)


def test_settings_that_only_some_recipes_have_come_with_the_choice_that_says_which() -> None:
    encoder = ready("argyrodite").encoder
    names = [tuple(encoder.names[column] for column in setting) for setting in encoder.settings]
    choice = ("heat_treated = yes", "heat_treated = no")
    assert choice in names
    assert ("heat_treatment_temperature_c", *choice) in names
    assert ("milling_time_h",) in names


def test_many_outcomes_are_learnt_in_seconds() -> None:
    succeeded, failed = outcomes(600, 3)
    started = time.process_time()
    learnt = learn_feasibility(succeeded, failed)
    assert learnt is not None
    new = np.random.default_rng(1).random((2000, 5))
    chance = learnt.chance(new)
    assert time.process_time() - started < 10.0
    assert np.mean((chance > 0.5) == (new[:, 0] <= 0.6)) > 0.95


def test_stated_chances_come_true() -> None:
    """On a slope: recipes succeed nine times in ten at one end of a setting and never at the other."""
    stated, made = [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        x, new = rng.random((40, 4)), rng.random((500, 4))
        works = rng.random(40) < 0.9 * (1.0 - x[:, 0])
        learnt = learn_feasibility(x[works], x[~works])
        assert learnt is not None
        stated.append(learnt.chance(new))
        made.append(0.9 * (1.0 - new[:, 0]))
    chance, success = np.concatenate(stated), np.concatenate(made)
    for low, high in ((0.1, 0.3), (0.3, 0.6), (0.6, 0.9)):
        inside = (chance > low) & (chance <= high)
        assert abs(success[inside].mean() - chance[inside].mean()) < 0.15


def heat_c(candidate: Candidate) -> float:
    """The temperature of the furnace; what is not heated stays at that of the room."""
    return float(read(candidate).get("heat_treatment_temperature_c", 25.0))


def test_a_planner_keeps_off_a_cliff_twice_as_well_as_chance() -> None:
    """Above the cliff 38 % of the space fails, and the truth rises towards it."""
    space, asks, failing = ready("argyrodite"), 16, []
    share = np.mean([heat_c(c) > CLIFF_C for c in space.sample(1000, 9).candidates])
    place = space.encoder.names.index("heat_treatment_temperature_c")
    for seed in range(3):
        rng, measured, failures = np.random.default_rng(seed), [], []
        made = list(space.sample(4, seed).candidates)
        for ask in range(asks + 4):
            if ask >= 4:
                batch = suggest(
                    space, "maximise ionic_conductivity", models={}, measurements=measured, failures=failures,
                    batch=1, seed=ask, pool=256,
                )  # fmt: skip
                made.append(batch.suggestions[0].candidate)
            if heat_c(made[ask]) > CLIFF_C:
                failures.append(made[ask])
                failing.append(ask >= 4)
                continue
            x = space.encode([made[ask]])[0]
            value = 10.0 ** (-3.5 + x[place] - ((x[:8] - 0.3) ** 2).sum() + 0.1 * rng.standard_normal())
            source = Source(row_id=f"m{ask}", paper="lab")
            measured.append(
                Measurement(property="ionic_conductivity", value=float(value), candidate=made[ask], source=source)
            )
    assert sum(failing) <= 0.5 * share * asks * 3
