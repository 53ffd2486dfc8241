"""Chances, intervals and ceilings are one distribution; options have effects; a batch begins with the best bet."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from benchmarks._labs import SCENARIOS, Truth, run_labs
from surrogate.beliefs.base import MOST_ROWS, Points, spread_rows
from surrogate.beliefs.gaussian_process import fit_rbf_process
from surrogate.beliefs.simulator import simulators
from surrogate.models.reliability import correlate_errors
from surrogate.planner.improvement import log_worth
from surrogate.planner.predictive import Ceiling, ends, log_chance, log_joint
from surrogate.planner.suggest import suggest
from surrogate.properties import get_property
from surrogate.space.ready import ready

CEILING = Ceiling.of(get_property("ionic_conductivity"), np.array([-4.0, -1.6]))


@pytest.mark.parametrize("mean", [-4.0, -2.0, -1.0])
def test_what_lies_beyond_either_end_of_an_interval_has_five_percent(mean: float) -> None:
    low, middle, high = ends(mean, 0.5, CEILING)
    for bound, chance in ((low, 0.95), (middle, 0.5), (high, 0.05)):
        above = float(np.exp(log_chance(np.array([mean]), np.array([0.5]), bound, 1.0, CEILING)[0]))
        below = float(np.exp(log_chance(np.array([mean]), np.array([0.5]), bound, -1.0, CEILING)[0]))
        assert above == pytest.approx(chance, abs=1e-6)
        assert above + below == pytest.approx(1.0, abs=1e-9)


def test_beyond_the_record_chances_fall_off_however_wide_a_model_is() -> None:
    mean, std = np.array([-2.0]), np.array([3.0])
    record, decade_above = (float(np.exp(log_chance(mean, std, b, 1.0, CEILING)[0])) for b in (-1.6, -0.6))
    assert record == pytest.approx(float(np.exp(log_chance(mean, std, -1.6, 1.0, Ceiling())[0])))
    assert decade_above < 1e-6 < record


@pytest.mark.parametrize("correlation", [-0.8, -0.4, 0.0, 0.4, 0.8])
def test_a_joint_chance_is_that_of_correlated_values(correlation: float) -> None:
    matrix = np.array([[1.0, correlation], [correlation, 1.0]])
    chances = np.array([[0.9, 0.8], [0.5, 0.5], [0.3, 0.05], [0.02, 0.95]])
    logs = np.log(chances)
    both = np.exp(log_joint([(0, 1.0, logs[:, 0]), (1, 1.0, logs[:, 1])], matrix))
    exact = [multivariate_normal.cdf(norm.ppf(pair), cov=matrix) for pair in chances]
    assert both == pytest.approx(exact, abs=0.01)
    assert np.all(both <= chances.min(axis=1) + 1e-12)
    assert np.all(both >= chances.sum(axis=1) - 1.0 - 0.01)
    if not correlation:
        assert both == pytest.approx(chances.prod(axis=1))


def test_bounds_on_one_property_leave_a_window_of_its_value() -> None:
    mean, std, none = np.array([-3.0, -2.0]), np.array([0.5, 0.2]), Ceiling()
    above, below = log_chance(mean, std, -3.2, 1.0, none), log_chance(mean, std, -2.5, -1.0, none)
    window = np.exp(log_joint([(0, 1.0, above), (0, -1.0, below)], np.eye(1)))
    assert window == pytest.approx(norm.cdf((-2.5 - mean) / std) - norm.cdf((-3.2 - mean) / std), abs=1e-9)
    assert float(np.exp(log_joint([(0, 1.0, np.log([0.3])), (0, -1.0, np.log([0.6]))], np.eye(1)))[0]) < 1e-6


def test_errors_that_go_together_on_unseen_papers_are_correlated_and_few_papers_say_little() -> None:
    rng = np.random.default_rng(0)
    shared = rng.standard_normal(60)

    def card(noise: float, papers: int) -> dict[str, list[Any]]:
        value = shared[:papers] + noise * rng.standard_normal(papers)
        zeros = np.zeros(papers)
        return {"value": value.tolist(), "predicted": zeros.tolist(), "low_90": (zeros - 1.6).tolist(),
                "high_90": (zeros + 1.6).tolist(), "paper": [f"p{i}" for i in range(papers)]}  # fmt: skip

    sigma, barrier = get_property("ionic_conductivity"), get_property("activation_energy")
    together, apart = (correlate_errors((sigma, card(noise, 60)), (barrier, card(noise, 60))) for noise in (0.1, 10.0))
    assert together > 0.8
    assert abs(apart) < 0.4
    assert abs(correlate_errors((sigma, card(0.1, 4)), (barrier, card(0.1, 4)))) < 0.3


def test_nothing_above_the_ceiling_is_hoped_for() -> None:
    mean, std = np.array([-2.5, -2.0, -1.8]), np.array([1.0, 0.5, 2.0])
    free, capped = (
        np.exp(log_worth(mean, std, incumbent=-2.0, lowest=-5.0, ceiling=ceiling)) for ceiling in (np.inf, -1.5)
    )
    assert np.all(capped < free)
    assert np.all(capped <= 0.5)
    # In closed form: what the smaller of the value and the ceiling adds to the incumbent.
    draws = mean[:, None] + std[:, None] * norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    assert capped == pytest.approx(np.maximum(np.minimum(draws, -1.5) + 2.0, 0.0).mean(axis=1), rel=1e-3)


def test_a_combination_that_no_row_has_is_less_sure_than_one_that_rows_have() -> None:
    rng = np.random.default_rng(0)
    x, options = rng.random((12, 2)), np.tile([[0.0, 0.0, 0.0], [1.0, 1.0, 3.0]], (6, 1))
    nothing = np.zeros((12, 0))
    process = fit_rbf_process(
        Points(x=x, prior=nothing, prior_std=nothing, options=options), x.sum(axis=1), name="p", use_prior=False
    )
    one = np.zeros((1, 0))
    variances = [
        float(process.variance(Points(x=x[:1], prior=one, prior_std=one, options=np.array([row])))[0])
        for row in ([0.0, 0.0, 0.0], [0.0, 1.0, 2.0])
    ]
    assert variances[1] > 4.0 * variances[0]


def test_parameters_are_learnt_from_rows_of_the_whole_campaign() -> None:
    assert spread_rows(7).tolist() == list(range(7))
    rows = spread_rows(1000)
    assert len(rows) == MOST_ROWS
    assert rows[0] == 0
    assert rows[-1] == 999


def test_the_first_recipe_of_a_batch_is_predicted_best() -> None:
    batch = suggest(
        ready("argyrodite"), "maximise ionic_conductivity", models=simulators(["ionic_conductivity"]), batch=4, pool=512
    )
    means = [s.predictions["ionic_conductivity"].scale_mean for s in batch.suggestions]
    assert means[0] == max(means)


@pytest.mark.parametrize(("kind", "share"), [("cliff 36", 0.36), ("cliff 45", 0.45), ("smooth", 0.0)])
def test_the_share_of_a_space_that_fails_is_the_stated_one(kind: str, share: float) -> None:
    truth = Truth(space=ready("argyrodite"), seed=3, kind=kind)
    assert float(truth.fails(truth.space.sample(1000, 5)).mean()) == pytest.approx(share, abs=0.05)


@pytest.mark.parametrize("scenario", list(SCENARIOS))
def test_a_blind_campaign_regrets_less_with_every_recipe(scenario: str) -> None:
    row = run_labs(scenario, "random", 2)
    assert len(row["trace"]) == 24
    assert np.all(np.diff(row["trace"]) <= 0.0)
    assert row["regret"] >= 0.0
