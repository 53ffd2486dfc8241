"""A space is written and read back as an equal one, and changed as a laboratory needs it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surrogate.campaign.codec import space_from_plain
from surrogate.errors import SpaceError, UnknownName
from surrogate.space.changing import SpaceChanges, change_space
from surrogate.space.chemistry import Argyrodite
from surrogate.space.ready import names, parse_space, ready, space_from
from surrogate.space.writing import space_to_plain, space_to_toml

ARGYRODITE = ready("argyrodite")


def changed(name: str = "argyrodite", **changes: Any) -> Any:
    space = change_space(ready(name), SpaceChanges(**changes))
    assert parse_space(space_to_toml(space)) == space
    assert space.sample(32).n == 32
    return space


@pytest.mark.parametrize("name", names())
def test_a_space_comes_back_equal_from_its_file_and_from_plain_data(name: str) -> None:
    space = ready(name)
    assert parse_space(space_to_toml(space)) == space
    assert space_from(json.loads(json.dumps(space_to_plain(space)))) == space


texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30)


@settings(max_examples=60, deadline=None)
@given(
    texts, texts, st.floats(1.0, 5.0), st.floats(5.0, 1e6), st.none() | st.floats(1e-3, 1.0), st.booleans(),
    st.dictionaries(st.sampled_from(["Li2S", "P2S5"]), st.floats(0.0, 1e6)),
)  # fmt: skip
def test_whatever_a_space_holds_comes_back(
    title: str, source: str, low: float, high: float, step: float | None, log: bool, prices: dict[str, float]
) -> None:
    space = space_from({
        "name": "own", "title": title, "subject": "electrolyte", "prices_per_g": prices,
        "composition": {"kind": "mixture", "precursors": {"Li2S": [0.6, 0.8], "P2S5": [0.2, 0.4]}, "step": step},
        "variables": {"milling_time_h": {"low": low, "high": high, "step": step, "scale": "log" if log else "linear"}},
        "limits": [{"rule": "Li2S <= 0.75", "source": source}],
        "forbidden": [{"reason": source, "rules": ["milling_time_h >= 4"]}],
    })  # fmt: skip
    assert parse_space(space_to_toml(space)) == space


def test_a_file_says_what_a_setting_means_who_says_a_limit_and_which_rules_are_heeded() -> None:
    text = space_to_toml(ARGYRODITE)
    assert "# Of the hold in the furnace. (°C)" in text
    assert "10.1002/anie.201814222" in text
    assert "# milling_h_at_500_rpm + heat_treatment_time_h >= 5" in text


def test_what_was_limited_in_a_chemistry_goes_with_it() -> None:
    space = changed(without=["Ge"])
    assert "Ge" not in space.elements
    assert not any("Ge" in rule.text for rule in space.rules)
    assert not any("Ge" in region.reason for region in space.regions)
    plain = changed(without=["Ge", "SiS2", "Sn"])
    assert plain.regions == ()
    assert "dopant" not in {v.name for v in plain.all_variables}
    assert changed(at_most={"Ge": 0.0}) == space
    assert "I <= 1" not in [rule.text for rule in changed(without=["I"]).rules]


def test_a_setting_can_be_fixed_bounded_and_weighed_in_otherwise() -> None:
    pool = changed(
        fix={"heat_treatment_temperature_c": 500.0, "halide": "Cl"}, at_least={"milling_time_h": 10.0}
    ).sample(128)
    heated = pool.table.choices["heat_treated"] == "yes"
    assert set(pool.table.numbers["heat_treatment_temperature_c"][heated]) == {500.0}
    assert np.isnan(pool.table.numbers["heat_treatment_temperature_c"][~heated]).all()
    assert min(pool.table.numbers["milling_time_h"]) >= 10.0
    assert set(pool.table.choices["halide"]) == {"Cl"}
    space = changed(batch_mass_g=5.0, prices_per_g={"Li2S": 4.0}, at_most={"x": 0.3, "Si": 0.2})
    pool = space.sample(128)
    assert pool.masses_g is not None
    assert pool.masses_g.sum(axis=1) == pytest.approx(np.full(128, 5.0))
    assert pool.quantities["Si"].max() < 0.201
    assert np.nanmax(pool.quantities["x"]) < 0.301
    assert "Li10GeP2S12" not in changed("sulfur-composite", without=["Ge"]).all_variables[2].options
    assert changed("li2s-p2s5", fix={"Li2S": 0.75}).sample(8).quantities["Li2S"] == pytest.approx(
        np.full(8, 0.75), abs=1e-3
    )


@pytest.mark.parametrize(
    ("name", "changes", "error"),
    [
        ("argyrodite", {"without": ["Xx"]}, UnknownName),
        ("argyrodite", {"fix": {"no_setting": 1.0}}, UnknownName),
        ("argyrodite", {"at_most": {"heat": 1.0}}, UnknownName),
        ("argyrodite", {"at_most": {"milling_time_h": 0.5}}, SpaceError),
        ("coated-oxide-composite", {"without": ["Co"]}, SpaceError),
        ("tis2-composite", {"fix": {"electrolyte_weight_fraction": 0.5}}, SpaceError),
        ("li2s-p2s5", {"without": ["P2S5"]}, SpaceError),
    ],
)
def test_what_cannot_be_changed_is_refused(name: str, changes: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        change_space(ready(name), SpaceChanges(**changes))


def test_compositions_lie_on_steps_and_every_dopant_is_drawn() -> None:
    pool = ARGYRODITE.sample(2000, seed=2)
    for position in range(50):
        shown = pool.settings(position)
        for name in ("x", "z", "halide_share"):
            assert name not in shown or abs(float(shown[name]) / 0.05 - round(float(shown[name]) / 0.05)) < 1e-6
    assert pool.feasible.all()
    halides, dopants = pool.table.choices["halide"], pool.table.choices["dopant"]
    assert set(dopants[halides == "I"]) == {"none", "Ge", "Si", "Sn"}
    assert set(dopants[halides == "Cl"]) == {"none"}
    assert {"yes", "no"} == set(pool.table.choices["heat_treated"])
    assert 0.0 in {shown.get("x") for shown in map(pool.settings, range(500))}  # the end of a range is not lost
    fractions = ready("li2s-p2s5").sample(200).settings(0)["mole_fraction_Li2S"]
    assert fractions == round(float(fractions), 2)


def test_a_stored_composition_without_a_step_stays_continuous() -> None:
    plain = space_to_plain(ARGYRODITE)
    composition = {name: value for name, value in plain["composition"].items() if name not in ("step", "rich")}
    chemistry = space_from_plain({**plain, "composition": composition}).chemistry
    assert isinstance(chemistry, Argyrodite)
    assert (chemistry.step, chemistry.rich) == (None, None)
