"""Chances that come true are reported as such, and those of a model that is too sure are not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from surrogate.models import artifact
from surrogate.models.artifact import SHIPPED
from surrogate.models.evaluation import scaled
from surrogate.models.reliability import CHANCES, judge_chances
from surrogate.properties import get_property
from training.model_card import markdown

SIGMA = get_property("ionic_conductivity")


def card_of(stated: float, true: float) -> dict[str, Any]:
    """Held-out rows of 300 papers, in decades as cards keep them.

    Their errors have the deviation ``true`` where the model states another.
    """
    rng = np.random.default_rng(0)
    middle = rng.uniform(-5.0, -2.5, 900)
    return {
        "value": middle + true * rng.standard_normal(900), "predicted": middle,
        "low_90": middle - 1.6449 * stated, "high_90": middle + 1.6449 * stated, "paper": np.arange(900) // 3,
    }  # fmt: skip


def test_chances_of_an_honest_model_come_true() -> None:
    assert judge_chances(SIGMA, card_of(0.4, 0.4)) == pytest.approx({c: c for c in CHANCES}, abs=0.04)


def test_a_model_that_is_too_sure_is_passed_more_often_than_it_says() -> None:
    judged = judge_chances(SIGMA, card_of(0.2, 0.5))
    assert judged[0.05] > 0.15
    assert judged[0.8] < 0.75


def test_a_paper_of_many_rows_counts_once() -> None:
    card = card_of(0.4, 0.4)
    shouted = {name: [*column, *[column[0]] * 500] for name, column in card.items()}
    assert judge_chances(SIGMA, shouted) == pytest.approx(judge_chances(SIGMA, card), abs=0.01)


def test_the_held_out_rows_of_a_judged_model_can_be_read() -> None:
    """Evaluations write conductivities in decades and retentions in percent; both have chances."""
    for name, values in (("ionic_conductivity", [1e-3, 2e-3, 5e-4]), ("capacity_retention", [80.0, 90.0, 70.0])):
        property = get_property(name)
        middle = scaled(property, np.array(values))
        card = {
            "value": middle,
            "predicted": middle,
            "low_90": middle - 1.0,
            "high_90": middle + 1.0,
            "paper": [0, 1, 2],
        }
        assert judge_chances(property, card) == {0.05: 0.0, 0.10: 0.0, 0.20: 0.0, 0.50: 1.0, 0.80: 1.0}


def test_a_card_without_held_out_rows_says_nothing() -> None:
    assert judge_chances(SIGMA, {}) == {}


def test_the_card_of_a_judged_model_says_how_often_its_chances_came_true() -> None:
    model = artifact.load(SHIPPED / "electronic_conductivity")
    happened = judge_chances(model.property, model.card.held_out)
    card = markdown([model])
    assert all(f"| {100 * chance:.0f} % | {100 * share:.0f} % |" in card for chance, share in happened.items())
    unjudged = replace(model, card=replace(model.card, held_out={}))
    assert "### Chances" in card
    assert "### Chances" not in markdown([unjudged])
