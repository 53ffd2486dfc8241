"""Upper limits: what a value that is only a limit may do to a fit, and what it may not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surrogate.models.bounds import with_expected_targets
from surrogate.models.estimators.registry import fit_estimator
from surrogate.models.stack import fit_members
from surrogate.models.training_set import TrainingSet

N = 40


def rows(seed: int, limits: Iterable[int] = ()) -> TrainingSet:
    """A target that rises with the first of three features, twelve papers; ``limits`` are rows that are limits."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N, 3))
    censoring = np.zeros(N, dtype=np.int64)
    censoring[list(limits)] = -1
    return TrainingSet(
        names=("composition.a", "composition.b", "recipe.c"),
        X=X,
        y=2.0 * X[:, 0] + 0.3 * rng.normal(size=N),
        paper=np.arange(N, dtype=np.int64) % 12,
        group=np.zeros(N, dtype=np.int64),
        material=np.zeros(N, dtype=np.int64),
        tier=np.zeros(N, dtype=np.int64),
        censoring=censoring,
    )


def test_without_limits_nothing_changes_not_even_what_is_drawn_next() -> None:
    rng, untouched = np.random.default_rng(5), np.random.default_rng(5)
    training = rows(0)
    assert with_expected_targets(training, rng) is training
    assert rng.integers(2**31) == untouched.integers(2**31)


def test_lower_limits_are_learnt_as_the_value_they_name() -> None:
    training = replace(rows(0), censoring=np.ones(N, dtype=np.int64))
    assert with_expected_targets(training, np.random.default_rng(0)) is training


@settings(max_examples=15)
@given(seed=st.integers(0, 1000), limits=st.sets(st.integers(0, N - 1), min_size=1, max_size=12))
def test_no_limit_rises_and_the_other_rows_stay(seed: int, limits: set[int]) -> None:
    training = rows(seed, limits)
    found = with_expected_targets(training, np.random.default_rng(seed))
    assert np.all(found.y <= training.y)
    assert np.array_equal(found.y[training.censoring == 0], training.y[training.censoring == 0])
    assert np.array_equal(found.censoring, training.censoring)


@pytest.mark.parametrize("kind", ["group_median", "tree_ensemble"])
def test_a_limit_never_pulls_a_prediction_above_what_an_exact_value_there_would(kind: str) -> None:
    training = rows(3, range(0, N, 3))
    exact = replace(training, censoring=np.zeros(N, dtype=np.int64))
    expected = with_expected_targets(training, np.random.default_rng(1))
    # The splits of a forest follow the targets; as one leaf it is compared on equal terms.
    how = {"min_leaf": N} if kind == "tree_ensemble" else {}
    as_limit, as_value = (
        fit_estimator(kind, which, how, np.random.default_rng(2)).predict(training.X, training.group)[0]
        for which in (expected, exact)
    )
    assert np.all(as_limit <= as_value + 1e-12)
    assert np.any(as_limit < as_value - 1e-6)


def test_a_limit_below_which_nothing_was_measured_stays_where_it_is() -> None:
    training = rows(0)
    lowest = int(np.argmin(training.y))
    censoring = training.censoring.copy()
    censoring[lowest] = -1
    found = with_expected_targets(replace(training, censoring=censoring), np.random.default_rng(0))
    assert found.y[lowest] == training.y[lowest]


def test_what_is_expected_below_a_limit_follows_the_candidate() -> None:
    training = rows(1)
    low, high = int(np.argmin(training.X[:, 0])), int(np.argmax(training.X[:, 0]))
    y, censoring = training.y.copy(), training.censoring.copy()
    y[[low, high]], censoring[[low, high]] = 1.0, -1
    found = with_expected_targets(replace(training, y=y, censoring=censoring), np.random.default_rng(0))
    assert found.y[low] < found.y[high] <= 1.0


def test_the_stack_learns_expected_targets_and_without_limits_the_same_bits_as_before() -> None:
    training = rows(2, (0, 5))
    members = fit_members(training, ("group_median",), {}, np.random.default_rng(0))
    assert np.array_equal(members.y, with_expected_targets(training, np.random.default_rng(0)).y)
    plain = rows(2)
    again = fit_members(plain, ("tree_ensemble",), {"tree_ensemble": {"n_trees": 5}}, np.random.default_rng(0))
    alone = fit_members(
        replace(plain, censoring=np.zeros(N, dtype=np.int64)),
        ("tree_ensemble",),
        {"tree_ensemble": {"n_trees": 5}},
        np.random.default_rng(0),
    )
    assert again.y is plain.y
    assert np.array_equal(again.held_out_mean, alone.held_out_mean)
