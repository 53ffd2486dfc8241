"""Exact inference: laws of conditioning that models and campaigns both rest on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from surrogate.models.exact_gp import condition

NOISE = 0.1


def covariance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.exp(-0.5 * ((a[:, None] - b[None, :]) / 0.3) ** 2)


def rows(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.random(n)
    return x, np.sin(6 * x) + 0.1 * rng.standard_normal(n)


@given(n=st.integers(1, 12), seed=st.integers(0, 1000))
def test_conditioning_is_the_textbook_formula(n: int, seed: int) -> None:
    x, y = rows(n, seed)
    new = np.linspace(0, 1, 7)
    noisy = covariance(x, x) + NOISE * np.eye(n)
    posterior, cross = condition(noisy, y), covariance(new, x)
    exact = covariance(new, new) - cross @ np.linalg.inv(noisy) @ cross.T
    assert np.allclose(posterior.mean(cross), cross @ np.linalg.inv(noisy) @ y, atol=1e-9)
    assert np.allclose(posterior.covariance(covariance(new, new), cross, cross), exact, atol=1e-9)
    assert np.allclose(posterior.variance(np.ones(7), cross), np.diag(exact), atol=1e-9)
    assert np.all(posterior.variance(np.ones(7), cross) < 1.0)


@given(n=st.integers(1, 6), repeats=st.integers(1, 4), seed=st.integers(0, 1000))
def test_rows_that_nothing_tells_apart_count_as_one(n: int, repeats: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rows(n, seed)
    place = np.concatenate([np.arange(n), rng.integers(n, size=repeats)])
    values = y[place] + rng.standard_normal(n + repeats)
    paper = rng.integers(3, size=n + repeats)  # noise that rows of one paper share
    noise = np.diag(rng.uniform(0.1, 1.0, n + repeats)) + 0.3 * (paper[:, None] == paper)
    whole, new = condition(covariance(x[place], x[place]) + noise, values), np.linspace(0, 1, 7)
    merged, cross = whole.merged(place), covariance(new, x)
    assert np.allclose(merged.mean(cross), whole.mean(cross[:, place]), atol=1e-7)
    assert np.allclose(merged.variance(np.ones(7), cross), whole.variance(np.ones(7), cross[:, place]), atol=1e-7)


@given(n=st.integers(2, 8), seed=st.integers(0, 1000))
def test_leaving_one_out_is_conditioning_on_the_others(n: int, seed: int) -> None:
    x, y = rows(n, seed)
    gap, std = condition(covariance(x, x) + NOISE * np.eye(n), y).leave_one_out()
    for i in range(n):
        kept = np.delete(np.arange(n), i)
        others = condition(covariance(x[kept], x[kept]) + NOISE * np.eye(n - 1), y[kept])
        cross = covariance(x[[i]], x[kept])
        assert gap[i] == pytest.approx(y[i] - others.mean(cross)[0], abs=1e-8)
        assert std[i] ** 2 == pytest.approx(others.variance(np.ones(1), cross)[0] + NOISE, abs=1e-8)


@given(n=st.integers(1, 8), seed=st.integers(0, 1000))
def test_the_evidence_is_the_log_density_up_to_its_constant(n: int, seed: int) -> None:
    x, y = rows(n, seed)
    noisy = covariance(x, x) + NOISE * np.eye(n)
    exact = multivariate_normal(np.zeros(n), noisy).logpdf(y) + 0.5 * n * np.log(2 * np.pi)
    assert condition(noisy, y).log_marginal_likelihood(y) == pytest.approx(float(exact), abs=1e-8)


def test_nothing_known_leaves_the_prior() -> None:
    posterior, cross = condition(np.zeros((0, 0)), np.zeros(0)), np.zeros((3, 0))
    assert np.array_equal(posterior.mean(cross), np.zeros(3))
    assert np.array_equal(posterior.variance(np.ones(3), cross), np.ones(3))
