"""Chances, intervals and ceilings are one distribution; options have effects; a batch begins with the best bet."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks._labs import SCENARIOS, Truth, run_labs
from surrogate.beliefs.base import MOST_ROWS, Points, spread_rows
from surrogate.beliefs.gaussian_process import fit_rbf_process
from surrogate.beliefs.simulator import simulators
from surrogate.planner.predictive import Ceiling, ends, log_chance
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
