"""What was made is not new, what is shared is shared, and what does not apply excludes nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from surrogate.beliefs.simulator import simulators
from surrogate.campaign import CampaignStore, Result
from surrogate.campaign.planning import Question, random_planner
from surrogate.candidate.measurement import Candidate, Measurement, Source
from surrogate.candidate.settings import build
from surrogate.errors import InvalidInput, SpaceError
from surrogate.planner.objective import objective_of
from surrogate.planner.observations import learn_all
from surrogate.planner.open_pool import SAME
from surrogate.planner.suggest import suggest
from surrogate.planner.suggestion import SuggestionBatch
from surrogate.properties import Subject
from surrogate.space.chemistry import Argyrodite
from surrogate.space.design_space import DesignSpace
from surrogate.space.ready import load_space, parse_space, ready, space_from
from surrogate.space.rules import Region, Rule
from surrogate.space.variables import Number
from surrogate.wire.states import Status

SIGMA, CAPACITY = "ionic_conductivity", "first_discharge_capacity"
MODELS = simulators([SIGMA, "activation_energy", CAPACITY])
SMALL: dict[str, Any] = {
    "name": "small",
    "subject": "electrolyte",
    "composition": {"kind": "argyrodite", "x": [0.0, 0.0], "halides": ["Cl", "Br"]},
    "variables": {"milling_time_h": {"low": 1.0, "high": 4.0, "step": 1.0}},
    "fixed": {"temperature_c": 25.0, "route": "mechanical_milling"},
}


def measured(candidate: Candidate, value: float, property: str = SIGMA) -> Measurement:
    return Measurement(property=property, value=value, candidate=candidate, source=Source(row_id="1", paper="own"))


def ask(space: DesignSpace, objective: Any = f"maximise {SIGMA}", **more: Any) -> SuggestionBatch:
    return suggest(space, objective, **{"models": MODELS, "pool": 256, "planner": "analytic", "batch": 1, **more})


# What was made --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("objective", "property", "value"),
    [(f"maximise {SIGMA}", "activation_energy", 0.3), ("minimise process_time_h", SIGMA, 3e-3)],
)
def test_what_was_made_is_not_new_whatever_was_measured_on_it(objective: str, property: str, value: float) -> None:
    space = space_from(SMALL)
    first = ask(space, objective).candidates[0]
    known = [measured(first, value, property)]
    again = ask(space, objective, measurements=known)
    assert np.abs(space.encode(again.candidates) - space.encode([first])).max() > SAME
    learnt = [
        learn_all(
            space, objective_of(objective), models=MODELS, simulators={}, measurements=made, failures=[first], seed=0
        ).feasibility
        for made in ((), known)
    ]
    chances = [feasibility.chance(space.encode([first]))[0] for feasibility in learnt if feasibility is not None]
    assert chances[1] > chances[0]  # that it was made once is evidence that it can be made


@pytest.mark.parametrize("part", ["failures", "pending"])
def test_a_recipe_of_another_kind_is_refused(part: str) -> None:
    cell = ready("tis2-composite").sample(1).candidates[0]
    with pytest.raises(SpaceError, match="of the kind cell, but the space 'small' is of the kind electrolyte"):
        ask(space_from(SMALL), **{part: [cell]})


def test_a_failure_of_another_kind_is_not_told_to_a_campaign(tmp_path: Path) -> None:
    cell = ready("tis2-composite").sample(1).candidates[0]
    with CampaignStore.open(tmp_path / "c.db") as store:
        campaign = store.create("one", space_from(SMALL), f"maximise {SIGMA}")
        with pytest.raises(SpaceError, match="failed recipe 1 is of the kind cell"):
            campaign.tell(Result(candidate=cell, status=Status.FAILED, reason="short circuit"))
        assert campaign.summary().failures == 0


def test_a_measured_material_that_is_no_argyrodite_is_called_so() -> None:
    space = ready("argyrodite")
    settings = {"route": "mechanical_milling", "milling_time_h": 20.0, "heat_treated": "no", "temperature_c": 25.0}
    glass = build({"electrolyte": "Li7P3S11", **settings}, Subject.ELECTROLYTE)
    rich = build({"electrolyte": "Li5.3PS4.3Cl1.7", **settings}, Subject.ELECTROLYTE)
    assert "Li7P3S11 is no argyrodite" in ask(space, measurements=[measured(glass, 1e-3)]).warnings[0]
    assert "0 <= x <= 0.6" in space.violations(rich)[0]


# What is shared -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shared", [("mixing_time_min",), ("mixing_method",), ("mixing_method", "mixing_time_min")])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_shared_setting_has_one_value_wherever_it_applies(shared: tuple[str, ...], seed: int) -> None:
    space = replace(ready("tis2-composite"), shared=shared)
    batch = ask(space, f"maximise {CAPACITY}", batch=3, seed=seed)
    for name in shared:
        values = {s.settings[name] for s in batch.suggestions if name in s.settings}
        assert values == ({batch.shared[name]} if values else set())
    for suggestion in batch.suggestions:
        assert ("mixing_time_min" in suggestion.settings) == (suggestion.settings["mixing_method"] == "ball_milled")


@pytest.mark.parametrize("shared", [("mixing_time_min",), ("mixing_method",)])
def test_recipes_drawn_blindly_share_too(shared: tuple[str, ...]) -> None:
    space = replace(ready("tis2-composite"), shared=shared)
    wish = objective_of(f"maximise {CAPACITY}")
    for seed in range(3):
        plan = random_planner()(Question(space=space, objective=wish, batch=4, seed=seed))
        assert len(plan.proposals) == 4
        assert len({p.settings[shared[0]] for p in plan.proposals if shared[0] in p.settings}) <= 1
        assert all(space.contains(p.candidate) for p in plan.proposals)


@pytest.mark.parametrize("name", ["dopant", "halide"])
def test_a_choice_of_the_composition_can_be_shared(name: str) -> None:
    batch = ask(replace(ready("argyrodite"), shared=(name,)), batch=3, pool=512)
    assert {s.settings[name] for s in batch.suggestions} == {batch.shared[name]}


@pytest.mark.parametrize("batch", [2, 3])
def test_a_replicate_shares_with_its_batch(batch: int) -> None:
    name = "heat_treatment_temperature_c"
    space = replace(ready("argyrodite"), shared=(name,))
    history = [measured(c, 1e-3 * (i + 1)) for i, c in enumerate(space.sample(6, 7).candidates)]
    answer = ask(space, batch=batch, replicate=True, measurements=history)
    assert [s.is_replicate for s in answer.suggestions] == [False] * (batch - 1) + [True]
    heated = {s.settings[name] for s in answer.suggestions if s.settings["heat_treated"] == "yes"}
    assert heated == {answer.shared[name]}


def test_a_replicate_that_leaves_no_recipe_to_share_with_is_named() -> None:
    space = space_from({**SMALL, "shared": ["halide"]})
    made = [c for c in space.sample(8).candidates if c.electrolyte and "Cl" in c.electrolyte.composition.amounts]
    assert len(made) == 4
    with pytest.raises(SpaceError, match="as in the repeated recipe, only 0 recipes are left") as caught:
        ask(space, batch=2, replicate=True, measurements=[measured(c, 3e-3) for c in made])
    assert "leave out the replicate" in caught.value.hint


def test_a_coordinate_that_is_weighed_in_cannot_be_shared() -> None:
    with pytest.raises(SpaceError, match="x is weighed in anew") as caught:
        replace(ready("argyrodite"), shared=("x",))
    assert "dopant" in caught.value.hint


# Conditions and limits ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["Chlorine", "Br/Cl"])
def test_a_condition_on_an_option_that_does_not_exist_is_refused(option: str) -> None:
    space = ready("argyrodite")
    rule = Rule.parse("Cl <= 1.2", when={"halide": [option]})
    region = Region(rules=(), reason="no", when={"halide": (option,)})
    step = Number(name="pressure_mpa", low=1.0, high=2.0, when={"halide": (option,)})
    changes: list[dict[str, Any]] = [{"rules": (rule,)}, {"regions": (region,)}]
    for change in [*changes, {"variables": (*space.variables, step)}]:
        with pytest.raises(SpaceError, match=f"'{option}', but halide has no such option; it has Cl, Br, I"):
            replace(space, **change)


def test_a_limit_may_speak_of_an_option_that_the_space_leaves_out() -> None:
    replace(
        ready("argyrodite"), chemistry=Argyrodite(x=(0.0, 0.5), halides=("Cl", "I"), dopants=("none", "Ge", "Si", "Sn"))
    )


@pytest.mark.parametrize(
    "limit",
    [
        {"rules": (Rule.parse("mixing_time_min >= 3"),)},
        {"regions": (Region(rules=(Rule.parse("mixing_speed_rpm <= 800"),), reason="the mill stalls"),)},
    ],
)
def test_a_limit_on_a_step_does_not_exclude_recipes_without_it(limit: dict[str, Any]) -> None:
    pool = replace(ready("tis2-composite"), **limit).sample(200)
    milled = pool.table.choices["mixing_method"] == "ball_milled"
    assert 0.3 < milled.mean() < 0.7
    assert np.all(pool.table.numbers["mixing_time_min"][milled] >= (3 if "rules" in limit else 1))
    assert np.all(pool.table.numbers["mixing_speed_rpm"][milled] > (800 if "regions" in limit else 0))


# Numbers that cannot be ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"min_distance": -1.0}, "distance of -1"),
        ({"min_distance": float("nan")}, "distance of nan"),
        ({"min_distance": float("inf")}, "distance of inf"),
    ],
)
def test_numbers_that_no_ask_can_have_are_refused(more: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        ask(space_from(SMALL), **more)


def test_a_large_seed_is_a_seed_for_every_planner() -> None:
    space = space_from(SMALL)
    history = [measured(c, 1e-3) for c in space.sample(3).candidates]
    for planner in ("tpe", "gp"):
        assert len(ask(space, seed=2**40, planner=planner, measurements=history)) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"prices_per_g": {"Li2S": float("nan")}}, "price of Li2S is nan"),
        ({"prices_per_g": {"Li2S": -5.0}}, "price of Li2S is -5"),
        ({"limits": [{"rule": "milling_time_h <= 1e999"}]}, "too large"),
        ({"variables": {"milling_time_h": {"low": -1e308, "high": 1e308}}}, "too wide"),
        ({"variables": {"milling_time_h": {"low": 0.0, "high": 1e10, "step": 1e-310}}}, "too wide"),
        ({"weighing": {"batch_mass_g": float("nan")}}, "must be positive"),
        ({"composition": {"kind": "argyrodite", "x": [0.0, float("nan")]}}, "leave the formula"),
        ({"fixed": {**SMALL["fixed"], "heat_treated": True}}, "fixed.heat_treated: true is neither"),
    ],
)
def test_numbers_that_no_space_can_have_are_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(SpaceError, match=words):
        space_from({**SMALL, **change})


def test_a_line_too_thin_to_hit_is_named_as_one() -> None:
    argyrodite = ready("argyrodite")
    rules = (Rule.parse("x - z <= 0"), Rule.parse("x - z >= 0"))
    assert replace(argyrodite, rules=rules).sample(8).n == 8  # on steps the two meet
    free = Argyrodite(x=(0.0, 0.6), z=(0.05, 0.7), halides=("Cl",), dopants=("Ge",))
    space = replace(argyrodite, rules=rules, regions=(), chemistry=free)
    with pytest.raises(SpaceError, match="too thin to hit") as caught:
        space.sample(8)
    assert "tolerance" in caught.value.hint


def _text() -> str:
    return (Path(load_space.__code__.co_filename).parent / "argyrodite.toml").read_text("utf-8")


def test_a_mark_in_front_of_a_file_is_read_over(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(_text(), encoding="utf-8-sig")
    assert load_space(path) == ready("argyrodite")
    assert parse_space("\ufeff" + _text()) == ready("argyrodite")


def test_a_file_in_another_encoding_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes("name = 'Größe'".encode("latin-1"))
    with pytest.raises(SpaceError, match=r"mine.toml is not written in UTF-8"):
        load_space(path)
