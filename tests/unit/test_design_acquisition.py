"""Expected gains: closed forms against quadrature, sampling and BoTorch."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surrogate.planner.improvement import (
    _log_small_box_gain,
    boxes,
    hypervolume,
    log_box_gain,
    log_psi,
    non_dominated,
    normal_draws,
    reference_point,
)


@given(lower=st.floats(-3, 3), mean=st.floats(-3, 3), std=st.floats(0.05, 3))
@settings(max_examples=60)
def test_log_psi_is_the_expected_excess(lower: float, mean: float, std: float) -> None:
    from scipy.integrate import quad

    def integrand(y: float) -> float:
        return (y - lower) * math.exp(-0.5 * ((y - mean) / std) ** 2) / (std * math.sqrt(2 * math.pi))

    exact = quad(integrand, lower, max(lower, mean) + 12 * std, epsabs=0, epsrel=1e-10, limit=200)[0]
    found = float(log_psi(np.array(lower), np.array(mean), np.array(std)))
    if exact > 1e-200:
        assert found == pytest.approx(math.log(exact), abs=1e-5)


def test_log_psi_falls_without_breaking_far_into_the_tail() -> None:
    z = np.concatenate([np.linspace(-1, 50, 500), np.logspace(2, 12, 200)])
    found = log_psi(z, np.zeros_like(z), np.ones_like(z))
    assert np.isfinite(found).all()
    assert np.all(np.diff(found) < 0)
    assert float(log_psi(np.array(np.inf), np.array(0.0), np.array(1.0))) == -math.inf


def test_log_psi_agrees_with_botorch() -> None:
    import torch
    from botorch.acquisition.analytic import _log_ei_helper

    u = torch.linspace(-40, 5, 200, dtype=torch.double)
    found = log_psi(np.zeros(200), u.numpy(), np.ones(200))
    assert np.allclose(found, _log_ei_helper(u).numpy(), atol=1e-7)


@given(st.integers(1, 3), st.integers(0, 1000), st.floats(1e-9, 3.0))
@settings(max_examples=60)
def test_gains_are_the_same_in_logarithms(m: int, seed: int, std: float) -> None:
    rng = np.random.default_rng(seed)
    corners = boxes(rng.random((6, m)), np.full(m, 0.1))
    mean = rng.normal(0.5, 2.0, (50, m))
    found = log_box_gain(mean, np.full((50, m), std), *corners)
    assert np.isfinite(found).all()
    assert np.allclose(found, _log_small_box_gain(mean, np.full((50, m), std), *corners), rtol=1e-9, atol=1e-9)


@given(st.integers(1, 4), st.integers(1, 12), st.integers(0, 1000))
@settings(max_examples=60)
def test_boxes_tile_exactly_what_the_front_leaves(m: int, n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    front, reference, top = rng.random((n, m)), np.full(m, 0.1), np.ones(m)
    lows, highs = boxes(front, reference)
    volume = float(np.prod(np.minimum(highs, top) - np.minimum(lows, top), axis=1).sum())
    assert volume == pytest.approx(0.9**m - hypervolume(front, reference), abs=1e-12)
    probe = reference + rng.random((200, m))
    inside = ((probe[:, None] > lows) & (probe[:, None] < highs)).all(axis=2).sum(axis=1)
    dominated = (front[None] >= probe[:, None]).all(axis=2).any(axis=1)
    assert np.array_equal(inside, (~dominated).astype(int))


@pytest.mark.parametrize("m", [1, 2, 3])
def test_gain_is_the_mean_added_hypervolume(m: int) -> None:
    rng = np.random.default_rng(m)
    front, reference = rng.random((6, m)), np.zeros(m)
    mean, std = np.full((1, m), 0.6), np.full((1, m), 0.25)
    before = hypervolume(front, reference)
    draws = mean + std * rng.standard_normal((4_000, m))
    added = [hypervolume(np.vstack([front, draw]), reference) - before for draw in draws]
    found = float(np.exp(log_box_gain(mean, std, *boxes(front, reference))[0]))
    assert found == pytest.approx(np.mean(added), abs=4 * np.std(added) / math.sqrt(len(added)))


@given(st.integers(1, 3), st.integers(1, 30), st.integers(0, 1000))
@settings(max_examples=60)
def test_non_dominated_rows_are_those_that_nothing_beats(m: int, n: int, seed: int) -> None:
    values = np.random.default_rng(seed).integers(0, 5, size=(n, m)).astype(float)
    mask = non_dominated(values)
    assert mask.any()
    for row in range(n):
        beaten = any(np.all(v >= values[row]) and np.any(v > values[row]) for v in values)
        if mask[row]:
            assert not beaten
        else:
            assert beaten or any(np.array_equal(values[k], values[row]) for k in np.flatnonzero(mask))


def test_hypervolume_agrees_with_botorch() -> None:
    import torch
    from botorch.utils.multi_objective.hypervolume import Hypervolume

    front = np.random.default_rng(0).random((15, 3))
    expected = Hypervolume(torch.zeros(3, dtype=torch.double)).compute(torch.tensor(front[non_dominated(front)]))
    assert hypervolume(front, np.zeros(3)) == pytest.approx(expected, abs=1e-12)


def test_the_reference_lies_below_the_front_or_at_the_threshold() -> None:
    values = np.array([[0.0, 1.0], [1.0, 0.0], [-5.0, -5.0]])
    assert np.allclose(reference_point(values, np.array([np.nan, 0.3])), [-0.1, 0.3])


def test_draws_are_the_same_for_the_same_seed_and_centred() -> None:
    first, again = normal_draws(16, 7, 3), normal_draws(16, 7, 3)
    assert first.tobytes() == again.tobytes()
    assert np.abs(first.mean(axis=0)).max() < 1e-12
    assert 0.5 < first.std() < 1.5
