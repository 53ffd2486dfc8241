"""Chances that come true are reported as such, and those of a model that is too sure are not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from surrogate.models.reliability import CHANCES, judge_chances
from surrogate.properties import get_property

SIGMA = get_property("ionic_conductivity")


def card_of(stated: float, true: float) -> dict[str, list[Any]]:
    """Held-out rows of 300 papers whose errors have the deviation ``true`` where the model states another."""
    rng = np.random.default_rng(0)
    middle = rng.uniform(-5.0, -2.5, 900)
    columns = {
        "value": middle + true * rng.standard_normal(900), "predicted": middle,
        "low_90": middle - 1.6449 * stated, "high_90": middle + 1.6449 * stated,
    }  # fmt: skip
    in_unit = {name: (10.0**column).tolist() for name, column in columns.items()}
    return {**in_unit, "paper": (np.arange(900) // 3).tolist()}


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


def test_a_card_without_held_out_rows_says_nothing() -> None:
    assert judge_chances(SIGMA, {}) == {}
