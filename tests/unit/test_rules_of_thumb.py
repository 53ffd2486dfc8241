"""Rules of thumb: data with sources, heeded by the shipped spaces and named by whatever suggestion breaks one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from surrogate.beliefs.simulator import simulators
from surrogate.campaign.codec import space_from_plain, space_to_plain
from surrogate.candidate.settings import build
from surrogate.datasets import load
from surrogate.models.base import DomainStatus
from surrogate.planner.suggest import suggest
from surrogate.properties import Subject
from surrogate.space.ready import names, ready, space_from
from surrogate.space.thumb import _data, _rules, broken_rules, unseen_combination

MODELS = simulators(["ionic_conductivity"])


@pytest.mark.parametrize("name", names())
def test_no_recipe_of_a_shipped_space_breaks_a_rule_of_thumb(name: str) -> None:
    for candidate in ready(name).sample(400, seed=1).candidates:
        assert broken_rules(candidate) == ()
        assert unseen_combination(candidate) == ""


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"electrolyte": "Li6PS5Cl", "heat_treatment_temperature_c": 250.0}, "crystallise"),
        ({"electrolyte": "Li6PS5Cl", "heat_treatment_temperature_c": 700.0}, "lose sulfur"),
        (
            {"electrolyte": "75Li2S-25P2S5", "route": "mechanical_milling", "heat_treated": "no",
             "milling_time_h": 6.0, "milling_speed_rpm": 300.0},
            "energy of the mill",
        ),
    ],
)  # fmt: skip
def test_an_odd_electrolyte_is_named(settings: dict[str, float | str], word: str) -> None:
    (sentence,) = broken_rules(build(settings, Subject.ELECTROLYTE))
    assert word in sentence
    assert "(" in sentence  # who says so


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"additive_weight_fraction": 0.0, "electrolyte_weight_fraction": 0.6}, "electrons"),
        ({"active_weight_fraction": 0.85, "electrolyte_weight_fraction": 0.05}, "no path"),
        ({"mixing_method": "ball_milled", "mixing_time_min": 600.0}, "an hour of milling"),
    ],
)
def test_an_odd_electrode_is_named(settings: dict[str, float | str], word: str) -> None:
    sound = {
        "electrolyte": "Li6PS5Cl", "active_material": "S", "active_weight_fraction": 0.4,
        "electrolyte_weight_fraction": 0.5, "additive_weight_fraction": 0.1,
    }  # fmt: skip
    assert broken_rules(build(sound, Subject.CELL)) == ()
    assert any(word in sentence for sentence in broken_rules(build({**sound, **settings}, Subject.CELL)))


def test_every_rule_says_why_and_who_says_so() -> None:
    assert all(rule.reason and rule.source for rule in _rules())


def test_combinations_that_count_as_seen_are_in_the_table() -> None:
    rows = [m.candidate.electrolyte for m in load("ionic_conductivity")]
    compositions = [e.composition for e in rows if e is not None]
    for dopant, all_halides in _data()["rows_with"].items():
        for halides in all_halides:
            elements = {dopant, *halides.split("/")}
            assert any(
                elements <= set(c.amounts) and not ({"Cl", "Br", "I"} - elements) & set(c.amounts) for c in compositions
            )


def test_a_combination_that_no_row_has_is_neither_in_nor_safe() -> None:
    space = ready("argyrodite")
    assert space.chemistry is not None
    odd = replace(space, regions=(), chemistry=replace(space.chemistry, dopants=("Ge",), halides=("Cl",)), rules=())
    batch = suggest(odd, "maximise ionic_conductivity", models=MODELS, batch=2, pool=64)
    for suggestion in batch.suggestions:
        assert "A safe bet" not in suggestion.reason
        domain = suggestion.predictions["ionic_conductivity"].domain
        assert domain.status is not DomainStatus.IN
        assert "Ge and Cl" in domain.reasons[0]


def test_a_setting_without_a_step_gets_what_a_lab_can_set_and_a_stored_space_stays_as_it_is() -> None:
    described = {
        "name": "own", "subject": "electrolyte", "fixed": {"electrolyte": "Li6PS5Cl"},
        "variables": {"milling_speed_rpm": {"low": 300.0, "high": 600.0}, "milling_time_h": {"low": 1.0, "high": 9.0}},
    }  # fmt: skip
    own = space_from(described)
    assert [variable.step for variable in own.variables] == [10.0, 0.5]
    free = space_from({**described, "variables": {"milling_time_h": {"low": 1.0, "high": 9.0, "step": 0.0}}})
    assert free.variables[0].step is None
    assert space_from_plain(space_to_plain(free)) == free
    assert space_from_plain(space_to_plain(own)) == own


def test_the_first_recipe_of_a_batch_is_the_best_bet() -> None:
    batch = suggest(ready("argyrodite"), "maximise ionic_conductivity", models=MODELS, batch=4, pool=128, seed=3)
    medians = [suggestion.predictions["ionic_conductivity"].median for suggestion in batch.suggestions]
    assert medians[0] == max(medians)
    assert [suggestion.number for suggestion in batch.suggestions] == [1, 2, 3, 4]
