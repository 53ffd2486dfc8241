"""Every wrong space is refused with one sentence that names the value and the rule."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from surrogate.errors import InvalidInput, SpaceError, Unavailable, UnknownName
from surrogate.space.ready import load_space, parse_space, ready, space_from
from surrogate.space.rules import Rule
from surrogate.space.variables import Table

GLASS: dict[str, Any] = {
    "name": "glass",
    "subject": "electrolyte",
    "composition": {"kind": "mixture", "precursors": {"Li2S": [0.6, 0.8], "P2S5": [0.2, 0.4]}},
    "variables": {"milling_time_h": {"low": 5.0, "high": 60.0, "step": 1.0}},
    "fixed": {"route": "mechanical_milling"},
}


def mixture(precursors: dict[str, list[float]]) -> dict[str, Any]:
    return {"composition": {"kind": "mixture", "precursors": precursors}}


def test_the_base_of_these_tests_is_right() -> None:
    assert space_from(GLASS).sample(10, 0).n == 10


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"limits": [{"rule": "milling_time_h >= 100"}]}, SpaceError, "is empty"),
        ({"limits": [{"rule": "Li2S <= 0.65"}, {"rule": "Li2S >= 0.7"}]}, SpaceError, "is empty"),
        ({"limits": [{"rule": "Li2S + P2S5 <="}]}, SpaceError, "empty side"),
        ({"limits": [{"rule": "argon <= 1"}]}, UnknownName, "argon"),
        ({"limits": [{"rule": "1 <= 2"}]}, SpaceError, "depends on nothing"),
        ({"variables": {"milling_time_h": {"low": 60.0, "high": 5.0}}}, SpaceError, "must not exceed"),
        ({"variables": {"milling_time_h": {"low": 5.0, "high": 60.0, "step": -1.0}}}, SpaceError, "step"),
        ({"variables": {"milling_time_h": {"low": 0.0, "high": 60.0, "scale": "log"}}}, SpaceError, "above 0"),
        ({"variables": {"milling_time_h": {"low": float("nan"), "high": 6.0}}}, SpaceError, "not a finite"),
        ({"variables": {"miling_time_h": {"low": 5.0, "high": 60.0}}}, UnknownName, "miling_time_h"),
        ({"variables": {"route": {"low": 5.0, "high": 60.0}}}, SpaceError, "a choice"),
        ({"variables": {"form": {"options": ["glasss"]}}}, UnknownName, "glasss"),
        ({"variables": {"form": {"options": []}}}, SpaceError, "no options"),
        ({"variables": {"form": {"options": ["glass", "glass"]}}}, SpaceError, "twice"),
        ({"fixed": {"milling_time_h": 5.0}}, SpaceError, "both fixed and variable"),
        ({"fixed": {"route": "magic"}}, UnknownName, "magic"),
        ({"fixed": {"electrolyte": "Li6PS5Cl"}}, SpaceError, "twice"),
        ({"shared": ["milling_speed_rpm"]}, UnknownName, "milling_speed_rpm"),
        ({"rest": "milling_time_h"}, UnknownName, "milling_time_h"),
        ({"subject": "battery"}, UnknownName, "battery"),
        ({"colour": "red"}, SpaceError, "colour"),
        ({"weighing": {"resolution_mg": 100.0, "batch_mass_g": 1.0}}, SpaceError, "too coarse"),
        ({"weighing": {"resolution_mg": 0.0}}, SpaceError, "positive"),
        (mixture({"Li2S": [0.6, 0.7], "P2S5": [0.1, 0.2]}), SpaceError, "never to 1"),
        (mixture({"Li2S": [0.9, 0.7], "P2S5": [0.1, 0.3]}), SpaceError, "rise"),
        (mixture({"Li2S": [0.5, 0.9], "PS4": [0.1, 0.5]}), SpaceError, "not neutral"),
        (mixture({"Li2S": [0.5, 0.9]}), SpaceError, "at least two"),
        ({"composition": {"kind": "perovskite"}}, UnknownName, "perovskite"),
        ({"composition": {"kind": "argyrodite", "x": [0.0]}}, SpaceError, "two"),
        ({"composition": {"kind": "argyrodite", "x": [0.0, 0.5], "halides": ["Xx"]}}, UnknownName, "Xx"),
        ({"composition": {"kind": "argyrodite", "x": [0.0, 0.5], "dopants": ["Fe"]}}, UnknownName, "Fe"),
        ({"composition": {"kind": "argyrodite", "x": [0.0, 7.0]}}, SpaceError, "without sulfur"),
    ],
)  # fmt: skip
def test_a_wrong_space_is_refused(change: dict[str, Any], error: type[InvalidInput], words: str) -> None:
    with pytest.raises(error, match=words) as caught:
        space_from({**GLASS, **change}).sample(10, 0)
    assert caught.value.exit_code == 3
    assert caught.value.message.endswith((".", "?"))


def test_an_empty_space_names_what_excludes_the_most() -> None:
    with pytest.raises(SpaceError) as caught:
        space_from({**GLASS, "limits": [{"rule": "milling_time_h >= 61"}]}).sample(10, 0)
    assert "milling_time_h >= 61" in caught.value.hint


def test_a_forbidden_region_is_never_entered() -> None:
    forbidden = [{"reason": "too much", "rules": ["Li2S >= 0.7", "milling_time_h >= 20"]}]
    pool = space_from({**GLASS, "forbidden": forbidden}).sample(300, 0)
    inside = (pool.quantities["Li2S"] >= 0.7) & (pool.quantities["milling_time_h"] >= 20)
    assert not inside.any()
    assert (pool.quantities["Li2S"] >= 0.7).any()
    assert (pool.quantities["milling_time_h"] >= 20).any()


def test_limits_hold_only_where_they_are_meant() -> None:
    pool = ready("argyrodite").sample(1500, 0)
    silicon, bromide = pool.table.choices["dopant"] == "Si", pool.table.choices["halide"] == "Br"
    assert pool.quantities["z"][silicon & bromide].max() > 0.35
    iodide = pool.table.choices["halide"] == "I"
    assert (silicon & iodide).any()
    assert not (silicon & ~bromide & ~iodide).any(), "no row of the literature has silicon with the other halides"
    # A gram that is weighed to 0.1 mg hits I = 1 to 5e-4, and half of the recipes aimed at it lie above.
    assert pool.quantities["I"].max() <= 1.0 + 5e-4
    assert pool.quantities["I"][iodide].min() >= 1.0 - 5e-4


def test_a_setting_that_does_not_apply_is_absent() -> None:
    pool = ready("tis2-composite").sample(200, 0)
    for row in range(pool.n):
        settings = pool.settings(row)
        assert ("mixing_time_min" in settings) == (settings["mixing_method"] == "ball_milled")


def test_a_small_discrete_space_gives_what_it_has() -> None:
    small = {
        "name": "small", "subject": "electrolyte", "fixed": {"electrolyte": "Li6PS5Cl"},
        "variables": {"milling_time_h": {"low": 1.0, "high": 4.0, "step": 1.0}},
    }  # fmt: skip
    assert space_from(small).sample(100, 0).n == 4


def test_unknown_and_missing_files() -> None:
    with pytest.raises(UnknownName, match="argirodite"):
        load_space("argirodite")
    with pytest.raises(Unavailable, match="no file"):
        load_space("nowhere/space.toml")
    with pytest.raises(SpaceError, match="not TOML"):
        parse_space("name = ")


@pytest.mark.parametrize(
    ("text", "values", "allowed"),
    [
        ("a + 2 b <= 1", {"a": 0.2, "b": 0.4}, True),
        ("a + 2 b <= 1", {"a": 0.3, "b": 0.4}, False),
        ("2 a >= b", {"a": 0.3, "b": 0.4}, True),
        ("a - b >= -0.2", {"a": 0.3, "b": 0.4}, True),
        ("0.5 <= a", {"a": 0.4, "b": 0.0}, False),
        ("a + 1 ≤ b + 1.5", {"a": 0.4, "b": 0.0}, True),
        ("-a − b >= -1", {"a": 0.4, "b": 0.5}, True),
        ("1e-1 a <= 0.05", {"a": 0.4, "b": 0.0}, True),
    ],
)
def test_rules_mean_what_they_say(text: str, values: dict[str, float], allowed: bool) -> None:
    quantities = {name: np.array([value]) for name, value in values.items()}
    assert Rule.parse(text).allows(quantities, Table(n=1))[0] == allowed


CELL: dict[str, Any] = {
    "name": "cell", "subject": "cell", "fixed": {"active_material": "TiS2", "electrolyte": "Li6PS5Cl"},
    "variables": {"c_rate": {"low": 0.05, "high": 1.0}},
}  # fmt: skip


@pytest.mark.parametrize(
    ("fixed", "varied", "words"),
    [
        ({"cycles": 2.5}, {}, "cycles from 2.5 is not always a whole number.*whole bounds and step = 1"),
        ({}, {"cycles": {"low": 1, "high": 50}}, "cycles from 1 without a step"),
        ({}, {"reference_cycle": {"low": 1, "high": 3, "step": 0.5}}, "reference_cycle from 1 in steps of 0.5"),
        ({"active_weight_fraction": 0}, {}, "active_weight_fraction starts at 0"),
        ({}, {"active_weight_fraction": {"low": 0, "high": 0.5}}, "starts at 0; an electrode holds some.*Raise"),
    ],
)
def test_a_space_holds_only_what_a_prediction_can_be_asked_for(
    fixed: dict[str, Any], varied: dict[str, Any], words: str
) -> None:
    with pytest.raises(SpaceError, match=words):
        space_from({**CELL, "fixed": CELL["fixed"] | fixed, "variables": CELL["variables"] | varied})
    assert space_from({**CELL, "variables": CELL["variables"] | {"cycles": {"low": 1, "high": 50, "step": 1}}})
