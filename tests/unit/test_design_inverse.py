"""Inverse design: recipes that are expected to meet a wish, or the plain word that none is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from surrogate.beliefs.simulator import simulators
from surrogate.candidate.measurement import Measurement, Source
from surrogate.errors import Unavailable, UnknownName
from surrogate.planner.inverse import design
from surrogate.space.chemistry import Argyrodite
from surrogate.space.ready import ready
from surrogate.text import quantity
from surrogate.wire.answers import write_design

MODELS = simulators(["ionic_conductivity", "first_discharge_capacity", "capacity_retention"])


@pytest.mark.parametrize("search", ["pool", "nsga2"])
def test_recipes_meet_the_wish_differ_and_can_be_weighed(search: str) -> None:
    space = ready("argyrodite")
    answer = design(
        space, ["ionic_conductivity >= 1e-3", "process_time_h <= 20"], models=MODELS, pool=256, search=search
    )
    assert answer.met
    assert answer.standing_in_the_way is None
    assert len(answer.recipes) == 5
    assert "expected to meet" in answer.sentence
    encoded = space.encode([recipe.candidate for recipe in answer.recipes])
    for i, recipe in enumerate(answer.recipes):
        assert recipe.meets
        assert recipe.derived["process_time_h"] <= 20
        assert recipe.predictions["ionic_conductivity"].median >= 1e-3
        assert space.contains(recipe.candidate)
        assert sum(recipe.weigh_in_g.values()) == pytest.approx(1.0, abs=1e-3)
        assert recipe.chance_of_all == pytest.approx(float(np.prod(list(recipe.chances.values()))))
        assert all(np.abs(encoded[i] - encoded[j]).max() > 1e-3 for j in range(i))
    chances = [recipe.chance_of_all for recipe in answer.recipes]
    assert chances == sorted(chances, reverse=True)
    write_design(answer).model_dump_json()


def test_the_three_wishes_of_a_cell_are_judged_together() -> None:
    wish = ["ionic_conductivity >= 1 mS/cm", "first_discharge_capacity >= 400", "capacity_retention >= 90"]
    answer = design(ready("sulfur-composite"), wish, models=MODELS, pool=256)
    nearest = answer.recipes[0]
    assert set(nearest.chances) == {
        "ionic_conductivity >= 0.001 S/cm",
        "first_discharge_capacity >= 400 mAh/g",
        "capacity_retention >= 90 %",
    }
    assert not answer.met
    assert answer.standing_in_the_way == "capacity_retention >= 90 %"
    assert "No recipe" in answer.sentence
    assert "capacity_retention" in answer.sentence


def test_an_impossible_wish_is_answered_with_what_comes_nearest() -> None:
    answer = design(ready("li2s-p2s5"), "ionic_conductivity >= 0.05", models=MODELS, pool=256)
    assert not answer.met
    best = max(r.predictions["ionic_conductivity"].median for r in answer.recipes)
    assert f"{1e3 * answer.recipes[0].predictions['ionic_conductivity'].median:.3g} mS/cm" in answer.sentence
    assert "ionic_conductivity >= 50 mS/cm" in answer.sentence
    assert best < 0.05


def test_measurements_of_the_lab_correct_what_is_shown_and_what_is_said() -> None:
    """One number for one recipe: in the table, in its reason, in the sentence, and behind its chance."""
    space, wish = ready("li2s-p2s5"), "ionic_conductivity >= 50 mS/cm"
    recipes = space.sample(12, 3).candidates
    truths = MODELS["ionic_conductivity"].predict(recipes)
    low = [
        Measurement(
            candidate=recipe,
            property="ionic_conductivity",
            value=truth.median / 20.0,
            source=Source(row_id=f"lab-{number}", paper="lab"),
        )
        for number, (recipe, truth) in enumerate(zip(recipes, truths, strict=True))
    ]
    answer = design(space, wish, models=MODELS, measurements=low, pool=128, recipes=1)
    (recipe,) = answer.recipes
    shown = recipe.predictions["ionic_conductivity"]
    (prior,) = MODELS["ionic_conductivity"].predict([recipe.candidate])
    assert shown.median < prior.median / 3.0
    assert "fitted to 12 measurements" in shown.model.reason
    said = quantity(shown.median, "ionic_conductivity")
    assert said in answer.sentence
    assert said in recipe.reason


def test_goals_without_thresholds_give_a_front() -> None:
    wish = ["maximise ionic_conductivity", "minimise process_time_h"]
    space = ready("argyrodite")
    assert isinstance(space.chemistry, Argyrodite)
    # On steps the fastest recipe may have the best composition of all, and be the whole front.
    free = replace(space, chemistry=replace(space.chemistry, step=None))
    answer = design(free, wish, models=MODELS, pool=512, recipes=4)
    points = [(r.predictions["ionic_conductivity"].scale_mean, -r.derived["process_time_h"]) for r in answer.recipes]
    assert len({round(t) for _, t in points}) > 1
    assert answer.met


def test_the_same_question_has_the_same_answer() -> None:
    first, again = (
        design(ready("li2s-p2s5"), "ionic_conductivity >= 1e-4", models=MODELS, pool=128, seed=4) for _ in range(2)
    )
    assert write_design(first) == write_design(again)


def test_what_cannot_be_designed_is_refused() -> None:
    space = ready("li2s-p2s5")
    with pytest.raises(Unavailable, match="no model"):
        design(space, "ionic_conductivity >= 1e-4", models={})
    with pytest.raises(UnknownName, match="annealing"):
        design(space, "ionic_conductivity >= 1e-4", models=MODELS, search="annealing")
