"""What is wished for in words: weights that count, values that cannot be, commas, and shares."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from surrogate.beliefs.simulator import simulators
from surrogate.errors import SpaceError
from surrogate.planner.inverse import design
from surrogate.planner.objective import Objective
from surrogate.space.chemistry import Argyrodite
from surrogate.space.ready import ready
from surrogate.text import in_percent

MODELS = simulators(["ionic_conductivity"])
BOTH = ["maximise ionic_conductivity", "minimise process_time_h"]


def test_a_stated_weight_makes_a_weighted_sum_that_the_text_keeps() -> None:
    stated = Objective.parse([f"{BOTH[0]} weight 5", BOTH[1]])
    assert stated.weighted
    assert str(stated) == "maximise ionic_conductivity weight 5, minimise process_time_h weight 1"
    assert Objective.parse(str(stated)) == stated
    assert not Objective.parse(BOTH).weighted
    assert "weight" not in str(Objective.parse(BOTH))
    assert not Objective.parse(f"{BOTH[0]} weight 5").weighted  # one goal is the same sum at any weight


def test_what_meets_the_wish_is_listed_by_the_one_goal() -> None:
    targets = ["ionic_conductivity >= 1e-4 S/cm", "minimise process_time_h"]
    answer = design(ready("argyrodite"), targets, models=MODELS, recipes=4, pool=256)
    hours = [recipe.derived["process_time_h"] for recipe in answer.recipes]
    assert answer.met
    assert hours == sorted(hours)
    likeliest = max(recipe.chance_of_all for recipe in answer.recipes)
    assert f"the likeliest has a chance of {in_percent(likeliest)}" in answer.sentence


def test_design_ranks_by_the_weighted_sum() -> None:
    argyrodite = ready("argyrodite")
    assert isinstance(argyrodite.chemistry, Argyrodite)
    # On steps the fastest recipe may have the best composition of all.
    space = replace(argyrodite, chemistry=replace(argyrodite.chemistry, step=None))

    def hours(conductivity: float, time: float) -> float:
        wish = [f"{BOTH[0]} weight {conductivity}", f"{BOTH[1]} weight {time}"]
        return design(space, wish, models=MODELS, pool=256, recipes=2).recipes[0].derived["process_time_h"]

    assert hours(1, 50) < hours(50, 1)


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        (["reach 50 process_time_h", "process_time_h <= 10"], "reach 50 but must be at most 10"),
        (["reach 5 process_time_h", "process_time_h >= 10"], "reach 5 but must be at least 10"),
        ([f"{BOTH[0]} weight 2", "reach 5 process_time_h"], "weighted sum. Leave out every weight"),
        ([BOTH[0], BOTH[0]], "given twice"),
        (["process_time_h <= 10", "process_time_h <= 600 min"], "given twice"),
        (["first_discharge_capacity >= 1,500 mAh/g", BOTH[1]], "'1,500': a decimal comma or a thousands separator"),
        ("first_discharge_capacity >= 1.234,5; minimise process_time_h", "'1.234,5': a decimal comma or"),
        ("capacity_retention >= 0.8", "in %, so 0.8 would mean 0.8 %. Write 80"),
        ("reach 1 capacity_retention", "Write 100"),
    ],
)
def test_what_contradicts_itself_or_may_mean_two_things_is_refused(wishes: str | list[str], words: str) -> None:
    with pytest.raises(SpaceError) as caught:
        Objective.parse(wishes)
    assert re.search(words, str(caught.value))


def test_a_small_share_with_its_unit_is_taken_at_its_word() -> None:
    for text in ("capacity_retention >= 0.8 %", "reach 0.8 % capacity_retention"):
        wish = Objective.parse(text)
        assert wish.targets[0].value == pytest.approx(0.8)
        assert Objective.parse(str(wish)) == wish


def test_wishes_joined_by_commas_are_several_in_a_list_too() -> None:
    assert Objective.parse([", ".join(BOTH)]) == Objective.parse(", ".join(BOTH)) == Objective.parse(BOTH)


@pytest.mark.parametrize(
    "text", ["ionic_conductivity >= 1,5 mS/cm, minimise process_time_h", "reach 2,5 process_time_h"]
)
def test_a_decimal_comma_in_a_wish_is_read_and_mentioned(text: str) -> None:
    read = Objective.parse(text)
    assert read == Objective.parse(re.sub(r"(\d),(\d)", r"\1.\2", text))
    assert "was read with a decimal comma" in read.notes[0]
