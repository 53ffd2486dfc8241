"""What an ask promises: feasible, different, reasoned, and the same answer for the same question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from surrogate.beliefs.simulator import PhysicsSimulator, simulators
from surrogate.candidate.measurement import Candidate, Measurement, Source
from surrogate.candidate.recipe import Electrolyte, HeatTreatment
from surrogate.errors import SpaceError, UnknownName
from surrogate.models.base import FittedSurrogate
from surrogate.planner.acquisition import _less_cost
from surrogate.planner.open_pool import SAME
from surrogate.planner.planners import PLANNERS
from surrogate.planner.suggest import suggest
from surrogate.planner.suggestion import SuggestionBatch
from surrogate.properties import get_property
from surrogate.space.design_space import DesignSpace
from surrogate.space.ready import ready
from surrogate.wire.answers import write_batch

SIGMA = "ionic_conductivity"
MODELS = simulators([SIGMA, "first_discharge_capacity", "capacity_retention"])


@pytest.fixture(scope="module")
def space() -> DesignSpace:
    return ready("argyrodite")


def measured(candidates: Sequence[Candidate], *, seed: int = 0, property: str = SIGMA) -> list[Measurement]:
    """What a laboratory might find: the simulation off by an offset and noise, so the prior is good but not right."""
    rng = np.random.default_rng(seed)
    simulated = PhysicsSimulator(property=get_property(property)).posterior(candidates).mean
    values = simulated - 0.4 + 0.05 * rng.standard_normal(len(candidates))
    return [
        Measurement(property=property, value=float(min(10.0**y, 0.09)), candidate=candidate,
                    source=Source(row_id=f"lab-{i}", paper="lab"))
        for i, (y, candidate) in enumerate(zip(values, candidates, strict=True))
    ]  # fmt: skip


def ask(space: DesignSpace, objective: Any = "maximise ionic_conductivity", **more: Any) -> SuggestionBatch:
    return suggest(space, objective, models=more.pop("models", MODELS), **{"pool": 256, "planner": "analytic", **more})


def test_the_simulator_is_a_fitted_surrogate() -> None:
    assert isinstance(MODELS[SIGMA], FittedSurrogate)


@pytest.mark.parametrize("planner", list(PLANNERS))
def test_the_same_question_has_the_same_answer_bit_for_bit(space: DesignSpace, planner: str) -> None:
    history = measured(space.sample(8, 1).candidates)
    first, again = (
        ask(
            space,
            ["maximise ionic_conductivity", "minimise process_time_h"],
            measurements=history,
            planner=planner,
            batch=2,
            pool=64,
        )
        for _ in range(2)
    )
    assert write_batch(first) == write_batch(again)
    assert first.candidates == again.candidates


@pytest.mark.parametrize(
    "name", ["argyrodite", "li2s-p2s5", "tis2-composite", "sulfur-composite", "coated-oxide-composite"]
)
def test_every_ready_made_space_can_be_asked(name: str) -> None:
    space = ready(name)
    wish = ["maximise ionic_conductivity", "minimise process_time_h"]
    if space.subject == "cell":
        wish = ["maximise first_discharge_capacity", "maximise capacity_retention", "ionic_conductivity >= 1e-4"]
    batch = ask(space, wish, batch=3, pool=128)
    encoded = space.encode(batch.candidates)
    for i, suggestion in enumerate(batch.suggestions):
        assert space.contains(suggestion.candidate)
        assert suggestion.candidate.electrolyte is not None
        assert abs(suggestion.candidate.electrolyte.composition.net_charge) < 1e-9
        assert suggestion.weigh_in_g
        assert set(suggestion.predictions) == set(batch.models)
        assert 0.0 <= suggestion.exploit_share <= 1.0
        assert suggestion.number == i + 1
        assert suggestion.reason
        assert all(np.abs(encoded[i] - encoded[j]).max() > SAME for j in range(i))
    write_batch(batch).model_dump_json()


def test_open_measured_and_failed_recipes_are_never_repeated(space: DesignSpace) -> None:
    first = ask(space, batch=2)
    history = measured(first.candidates[:1])
    second = ask(
        space, batch=3, measurements=history, pending=first.candidates[1:], failures=space.sample(4, 0).candidates
    )
    known = space.encode([*first.candidates, *space.sample(4, 0).candidates])
    for row in space.encode(second.candidates):
        assert np.abs(known - row).max(axis=1).min() > SAME


def test_a_good_prior_and_a_few_rounds_find_what_a_large_pool_holds(space: DesignSpace) -> None:
    truth = PhysicsSimulator(property=get_property(SIGMA))
    best = truth.posterior(space.sample(2000, 99).candidates).mean.max()
    found = truth.posterior(ask(space, batch=4, pool=1024).candidates).mean.max()
    assert found > best - 0.1


def test_a_recipe_outside_the_space_is_used_and_said_so(space: DesignSpace) -> None:
    inside = list(space.sample(6, 2).candidates)
    electrolyte = inside[0].electrolyte
    assert electrolyte is not None
    hot = replace(electrolyte.recipe, heat_treatment=HeatTreatment(temperature_c=700.0, time_h=3.0))
    inside[0] = replace(inside[0], subject=replace(electrolyte, recipe=hot))
    batch = ask(space, measurements=measured(inside), batch=1)
    assert batch.models[SIGMA].n_measurements == 6
    assert any("outside the space" in warning for warning in batch.warnings)


def test_a_measured_recipe_of_unknown_duration_is_no_rival_in_duration(space: DesignSpace) -> None:
    goals = ("maximise ionic_conductivity", "minimise process_time_h")
    history = measured(space.sample(6, 1).candidates)
    subject = history[0].candidate.subject
    assert isinstance(subject, Electrolyte)
    silent = replace(subject, recipe=replace(subject.recipe, milling=None, heat_treatment=None, heat_treated=None))
    unknown = replace(history[0], value=0.09, candidate=replace(history[0].candidate, subject=silent))
    gains = [
        max(s.expected_gain for s in ask(space, goals, measurements=h).suggestions)
        for h in (history[1:], [unknown, *history[1:]])
    ]
    assert gains[1] > 0.1 * gains[0]  # taken as zero hours, it would leave nothing to gain


def test_replicates_and_contradicting_duplicates_are_all_used(space: DesignSpace) -> None:
    twice = list(space.sample(3, 3).candidates) * 3
    batch = ask(space, measurements=measured(twice, seed=1), batch=1)
    assert batch.models[SIGMA].n_measurements == 9


def test_failures_drive_suggestions_away(space: DesignSpace) -> None:
    lure = ask(space, batch=1)
    shaped = space.described(lure.candidates)
    noise = 0.02 * np.random.default_rng(0).standard_normal((12, space.dimensions))
    failures = [*lure.candidates, *space.near(space.weighed(shaped.table), 0, noise).candidates]
    away = ask(space, batch=1, failures=failures)
    gap = np.abs(space.encode(away.candidates)[0] - space.encode(lure.candidates)[0]).max()
    assert gap > 0.1
    assert ask(space, batch=1, failures=failures[:1]).suggestions[0].chance_of_success < 1.0


def test_the_recipes_of_a_batch_have_compositions_of_their_own() -> None:
    """Four times the best composition was the first batch of the binary glasses."""
    shares = [float(s.settings["mole_fraction_Li2S"]) for s in ask(ready("li2s-p2s5"), batch=4).suggestions]
    assert min(abs(a - b) for place, a in enumerate(shares) for b in shares[:place]) > 0.011


def test_what_costs_more_than_it_gains_comes_after_what_gains() -> None:
    """A likely failure is worth asking for where it may gain much, and not where it may gain little."""
    gains, cost = np.log(np.array([1e-9, 0.05, 0.2, 1e-300])), np.array([0.0, 0.1, 0.1, 0.1])
    net = _less_cost(gains, cost)
    assert net[0] == gains[0]
    assert net[2] == pytest.approx(np.log(0.1))
    assert net[2] > net[0] > net[1] > net[3]


def test_thresholds_on_what_is_certain_are_kept(space: DesignSpace) -> None:
    batch = ask(
        space, ["maximise ionic_conductivity", "peak_temperature_c <= 450", "process_time_h <= 12"], batch=3, pool=512
    )
    for suggestion in batch.suggestions:
        assert suggestion.derived["peak_temperature_c"] <= 450.0
        assert suggestion.derived["process_time_h"] <= 12.0
        assert suggestion.chance_of_thresholds == pytest.approx(1.0)


def test_a_shared_setting_has_one_value_in_a_batch(space: DesignSpace) -> None:
    furnace = ("heat_treatment_temperature_c", "heat_treatment_time_h")
    batch = ask(replace(space, shared=furnace), batch=4)
    for name in furnace:
        assert len({suggestion.settings[name] for suggestion in batch.suggestions}) == 1
        assert batch.shared[name] == batch.suggestions[0].settings[name]


def test_a_minimum_distance_is_kept(space: DesignSpace) -> None:
    batch = ask(space, batch=4, min_distance=0.8)
    x = space.encode(batch.candidates)
    gaps = [np.linalg.norm(x[i] - x[j]) for i in range(4) for j in range(i)]
    assert min(gaps) >= 0.79


def test_a_replicate_repeats_the_best_measured_recipe(space: DesignSpace) -> None:
    history = measured(space.sample(8, 4).candidates)
    batch = ask(space, measurements=history, batch=2, replicate=True)
    repeated = batch.suggestions[-1]
    assert repeated.is_replicate
    assert repeated.candidate in [m.candidate for m in history]


def test_pending_recipes_change_the_next_suggestion(space: DesignSpace) -> None:
    first = ask(space, batch=1)
    second = ask(space, batch=1, pending=first.candidates)
    assert second.candidates != first.candidates


def test_a_property_without_model_or_data_is_explored(space: DesignSpace) -> None:
    batch = ask(space, models={}, batch=4)
    assert batch.models[SIGMA].winner == "ignorance"
    x = space.encode(batch.candidates)
    assert min(np.linalg.norm(x[i] - x[j]) for i in range(4) for j in range(i)) > 0.3
    write_batch(batch).model_dump_json()


def test_enough_measurements_outvote_the_prior(space: DesignSpace) -> None:
    pool = space.sample(40, 5).candidates
    history = [
        Measurement(property=SIGMA, value=10 ** (-4 + 2 * float(row[0])), candidate=candidate,
                    source=Source(row_id=str(i), paper="lab"))
        for i, (row, candidate) in enumerate(zip(space.encode(pool), pool, strict=True))
    ]  # fmt: skip
    batch = ask(space, measurements=history, batch=1)
    assert batch.models[SIGMA].winner in ("gaussian process", "residual to prior", "mixture")
    assert space.encode(batch.candidates)[0, 0] > 0.7


def test_stopping_is_advised_only_when_nothing_worthwhile_is_left(space: DesignSpace) -> None:
    assert not ask(space, batch=1).stopping.stop
    pool = space.sample(30, 6).candidates
    flat = [
        Measurement(property=SIGMA, value=1e-3 * (1 + 1e-3 * i), candidate=c, source=Source(row_id=str(i), paper="lab"))
        for i, c in enumerate(pool)
    ]
    advice = ask(space, measurements=flat, batch=1, models={}).stopping
    assert advice.stop
    assert "stop" in advice.sentence


def test_weights_make_one_goal_of_several(space: DesignSpace) -> None:
    from surrogate.planner.objective import Objective

    def hours(weight: float) -> float:
        wish = Objective.parse(
            ["maximise ionic_conductivity", f"minimise process_time_h weight {weight}"], weighted=True
        )
        return ask(space, wish, batch=1, pool=512).suggestions[0].derived["process_time_h"]

    assert hours(50.0) <= hours(0.02)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"batch": 300}, SpaceError, "larger than the pool"),
        ({"planner": "magic"}, UnknownName, "magic"),
        ({"objective": "maximise happiness"}, UnknownName, "happiness"),
        ({"objective": "maximise first_discharge_capacity"}, SpaceError, "belongs to a cell"),
        ({"objective": "minimise precursor_cost_per_g"}, Exception, "cannot tell"),
        ({"models": {"ionic_conductivity": MODELS["capacity_retention"]}}, SpaceError, "predicts capacity_retention"),
        ({"replicate": True, "batch": 2}, SpaceError, "no measured recipe"),
    ],
)
def test_what_cannot_be_asked_is_refused(space: DesignSpace, change: dict[str, Any], error: Any, words: str) -> None:
    objective = change.pop("objective", "maximise ionic_conductivity") if "objective" in change else SIGMA
    wish = objective if objective != SIGMA else "maximise ionic_conductivity"
    with pytest.raises(error, match=words):
        ask(space, wish, **change)


def test_more_than_the_space_holds_is_refused() -> None:
    from surrogate.space.ready import space_from

    small = space_from({
        "name": "small", "subject": "electrolyte", "fixed": {"electrolyte": "Li6PS5Cl"},
        "variables": {"milling_time_h": {"low": 1.0, "high": 4.0, "step": 1.0}},
    })  # fmt: skip
    with pytest.raises(SpaceError, match="offers 4 recipes"):
        ask(small, batch=5)
    everything = ask(small, batch=4)
    assert len({s.settings["milling_time_h"] for s in everything.suggestions}) == 4


def test_prices_make_cost_an_objective(space: DesignSpace) -> None:
    assert space.chemistry is not None
    priced = replace(space, prices_per_g={f: 100.0 if f == "GeS2" else 1.0 for f in space.chemistry.precursors})
    batch = ask(priced, ["maximise ionic_conductivity", "precursor_cost_per_g <= 1.5"], batch=2)
    for suggestion in batch.suggestions:
        assert suggestion.derived["precursor_cost_per_g"] <= 1.5
        assert suggestion.settings["dopant"] != "Ge"


@pytest.mark.parametrize("planner", ["analytic", "random", "tpe"])
def test_energy_density_rests_on_the_predicted_capacity_and_the_separator(planner: str) -> None:
    from surrogate.planner.inverse import design

    space = ready("sulfur-composite")
    history = [
        Measurement(
            property="first_discharge_capacity",
            value=1000.0 + 20.0 * i,
            candidate=candidate,
            source=Source(row_id=str(i), paper="lab"),
        )
        for i, candidate in enumerate(space.sample(8, 2).candidates)
    ]
    wish = ["maximise energy_density_wh_per_kg", "minimise process_time_h"]
    energies = {}
    for thickness in (20.0, 200.0):
        cell = replace(space, fixed={**space.fixed, "separator_thickness_um": thickness})
        batch = ask(cell, wish, measurements=history, batch=2, planner=planner)
        assert set(batch.models) == {"first_discharge_capacity"}
        energies[thickness] = max(s.derived["energy_density_wh_per_kg"] for s in batch.suggestions)
    assert 50.0 < energies[200.0] < energies[20.0] < 1500.0
    answer = design(space, ["energy_density_wh_per_kg >= 50"], models=MODELS, pool=64)
    assert answer.recipes[0].derived["energy_density_wh_per_kg"] > 50
