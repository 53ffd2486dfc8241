"""Laws of what a laboratory's own rows do to predictions, and of comparisons made in one laboratory."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surrogate import Candidate, Measurement, Prediction, Source, build_candidate, compare, predict
from surrogate.errors import InvalidInput, Unavailable
from surrogate.models.base import MOST_OWN_ROWS
from surrogate.models.own_rows import with_own_rows
from surrogate.models.within_lab import WithinLab, learn_within_lab
from tests.trained import small_forest

SIGMA = "ionic_conductivity"
RECIPES = [
    build_candidate({"electrolyte": formula, "heat_treatment_temperature_c": heat})
    for formula in ("Li6PS5Cl", "Li6PS5Br", "Li3PS4", "Li10GeP2S12", "Li5.5PS4.5Cl1.5")
    for heat in (250.0, 550.0)
]


def own(candidate: Candidate, value: float) -> Measurement:
    """A row of the asking laboratory."""
    return Measurement(
        property=SIGMA, value=value, candidate=candidate, source=Source(row_id="own", paper="this laboratory")
    )


def answers(*rows: Measurement) -> list[Prediction]:
    """The recipes as predicted with these own rows."""
    return [answer[SIGMA] for answer in predict(RECIPES, models={SIGMA: small_forest(SIGMA)}, given=rows)]


def width(prediction: Prediction) -> float:
    """Of the interval, in decades."""
    return float(np.log10(prediction.interval.high / prediction.interval.low))


@pytest.mark.parametrize("place", range(len(RECIPES)))
def test_one_confirming_row_never_widens_what_is_said_of_others(place: int) -> None:
    usual = answers()
    told = answers(own(RECIPES[place], 10.0 ** usual[place].scale_mean))
    for before, after in zip(usual, told, strict=True):
        assert width(after) <= width(before) + 1e-9
        assert after.scale_std <= before.scale_std
        assert after.median == pytest.approx(before.median, rel=1e-6)
    assert width(told[place]) < 0.8 * width(usual[place])


def test_a_higher_own_row_raises_every_recipe_and_its_own_the_most() -> None:
    usual = answers()
    told = answers(own(RECIPES[0], 2.0 * 10.0 ** usual[0].scale_mean))
    shifts = [np.log10(after.median / before.median) for before, after in zip(usual, told, strict=True)]
    assert min(shifts) > 0.0
    # In units of what is not known of each: a recipe of which less is known may move farther, but none is as sure to.
    assert int(np.argmax([shift / before.scale_std for shift, before in zip(shifts, usual, strict=True)])) == 0
    assert shifts[0] < np.log10(2.0)


def test_every_answer_says_what_it_was_without_the_own_rows() -> None:
    usual = answers()
    for before, after in zip(usual, answers(own(RECIPES[0], 0.02), own(RECIPES[1], 0.01)), strict=True):
        assert after.without_own_rows is not None
        assert after.without_own_rows.own_rows == 2
        assert after.without_own_rows.median == before.median
        assert after.without_own_rows.interval == before.interval
    assert all(p.without_own_rows is None for p in usual)


def test_rows_that_contradict_each_other_leave_wider_intervals_than_rows_that_agree() -> None:
    middle = 10.0 ** answers()[0].scale_mean
    agreeing = answers(*(own(RECIPES[0], middle) for _ in range(6)))
    scattered = answers(*(own(RECIPES[0], middle * factor) for factor in (0.03, 30.0) * 3))
    assert width(scattered[0]) > 1.5 * width(agreeing[0])


def test_more_own_rows_than_training_should_have_are_refused() -> None:
    with pytest.raises(InvalidInput, match="201 own rows"):
        answers(*[own(RECIPES[0], 1e-3)] * (MOST_OWN_ROWS + 1))


def test_an_older_model_says_that_it_must_be_trained_again() -> None:
    model = replace(small_forest(SIGMA), within_lab=None)
    with pytest.raises(Unavailable, match="Train it again"):
        with_own_rows(model, RECIPES, model.predict(RECIPES), [own(RECIPES[0], 1e-3)])


def test_comparison_is_antisymmetric_and_equal_recipes_are_a_toss_up() -> None:
    models = {SIGMA: small_forest(SIGMA)}
    (forth,) = compare([RECIPES[1], RECIPES[5]], models=models).comparisons
    (back,) = compare([RECIPES[5], RECIPES[1]], models=models).comparisons
    (same,) = compare([RECIPES[1], RECIPES[1]], models=models).comparisons
    assert forth.chance == pytest.approx(1.0 - back.chance)
    assert forth.chance < 0.5
    assert same.chance == pytest.approx(0.5)
    assert "cannot be told apart" in same.sentence
    assert forth.sentence.startswith("A conducts better than B: ")


@pytest.mark.parametrize("count", [1, 21])
def test_too_few_and_too_many_candidates_are_refused(count: int) -> None:
    with pytest.raises(InvalidInput, match=f"{count} candidates cannot be compared"):
        compare([RECIPES[0]] * count, models={SIGMA: small_forest(SIGMA)})


SPLIT = WithinLab(laboratory=0.3, material=0.4, repeat=0.3, length=1.0, freedom=15.0)


@settings(max_examples=50, deadline=None)
@given(difference=st.floats(0.0, 3.0), near=st.floats(0.0, 3.0), farther=st.floats(0.1, 5.0))
def test_nearer_recipes_are_told_apart_more_surely(difference: float, near: float, farther: float) -> None:
    chances = [
        SPLIT.chances_of_more(
            np.array([0.0, difference]), np.ones(2), SPLIT.next_values(np.array([[0.0, apart], [apart, 0.0]]))
        )[0, 1]
        for apart in (near, near + farther)
    ]
    assert chances[0] >= chances[1] >= 0.5


@settings(max_examples=50, deadline=None)
@given(places=st.lists(st.floats(-3.0, 3.0), min_size=3, max_size=8), difference=st.floats(0.1, 3.0))
def test_own_rows_as_predicted_never_make_a_comparison_less_sure(places: list[float], difference: float) -> None:
    """Two candidates and own rows on a line, at which nothing deviates from what was predicted."""
    line = np.array(places)
    apart = np.abs(line[:, None] - line[None, :])
    usual = SPLIT.next_values(apart[:2, :2])
    shifted = SPLIT.next_values(apart[:2, :2], np.zeros(len(line) - 2), apart[2:, 2:], apart[:2, 2:])
    chances = [
        SPLIT.chances_of_more(np.array([0.0, difference]), np.ones(2), covariance)[0, 1]
        for covariance in (usual, shifted)
    ]
    assert chances[1] >= chances[0] - 1e-12


def test_own_rows_of_one_recipe_move_the_comparison_to_its_side() -> None:
    models = {SIGMA: small_forest(SIGMA)}
    pair = [RECIPES[1], RECIPES[5]]
    (usual,) = compare(pair, models=models).comparisons
    shifted = compare(pair, models=models, given=[own(RECIPES[1], 0.03), own(RECIPES[5], 1e-5)])
    (contrary,) = compare(pair, models=models, given=[own(RECIPES[1], 1e-5), own(RECIPES[5], 0.03)]).comparisons
    assert shifted.comparisons[0].chance < usual.chance < contrary.chance
    assert all(p[SIGMA].without_own_rows is not None for p in shifted.predictions)
    assert shifted.predictions[0][SIGMA].median > 10.0 * shifted.predictions[1][SIGMA].median


def test_the_split_is_learnt_from_papers() -> None:
    rng = np.random.default_rng(0)
    paper = np.repeat(np.arange(80), 6)

    def learnt(between: float, within: float) -> WithinLab:
        residuals = between * rng.standard_normal(80)[paper] + within * rng.standard_normal(len(paper))
        y = rng.standard_normal(len(paper)) + residuals
        return learn_within_lab(residuals, np.ones(len(paper)), y, 5.0 * (1.0 - np.eye(len(paper))), paper)

    assert learnt(1.0, 0.3).laboratory > 0.6
    assert learnt(0.3, 1.0).laboratory < 0.3
