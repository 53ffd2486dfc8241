"""One rule for spaces and tables, what pending recipes change, and what a batch shares."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks._tables import learn_rows, next_rows
from surrogate.beliefs.base import Points
from surrogate.beliefs.gaussian_process import fit_rbf_process
from surrogate.beliefs.simulator import simulators
from surrogate.candidate.measurement import Measurement, Source
from surrogate.errors import SpaceError
from surrogate.planner.acquisition import Acquisition, score, start_acquisition
from surrogate.planner.improvement import OPTIMISM, beside, log_psi
from surrogate.planner.objective import objective_of
from surrogate.planner.observations import EncodedCandidates, Observations, learn_all
from surrogate.planner.open_pool import OpenPool
from surrogate.planner.sharing import _joint_value, _moved, _shared_rows, share_settings
from surrogate.properties import get_property
from surrogate.space.design_space import DesignSpace, Pool
from surrogate.space.ready import ready
from surrogate.space.variables import Array

SIGMA = "ionic_conductivity"
MODELS = simulators([SIGMA])
MEASURED, PENDING = 12, 14


def observations_of(
    space: DesignSpace, pool: Pool, wish: str | list[str] = f"maximise {SIGMA}"
) -> tuple[Observations, Array]:
    """What is known after measuring the first recipes of a pool: the simulation, half a decade lower, with noise."""
    candidates = pool.candidates[:MEASURED]
    noise = 0.1 * np.random.default_rng(0).standard_normal(MEASURED)
    y = MODELS[SIGMA].posterior(candidates).mean - 0.5 + noise
    history = [
        Measurement(property=SIGMA, value=float(10.0**value), candidate=candidate,
                    source=Source(row_id=f"lab-{i}", paper="lab"))
        for i, (value, candidate) in enumerate(zip(y, candidates, strict=True))
    ]  # fmt: skip
    known = learn_all(
        space, objective_of(wish), models=MODELS, simulators={}, measurements=history, failures=(), seed=3
    )
    return known, np.log10([m.value for m in history])


def acquisition_after(observations: Observations, encoded: EncodedCandidates) -> Acquisition:
    measured, pending = encoded.take(np.arange(MEASURED)), encoded.take(np.arange(MEASURED, PENDING))
    return start_acquisition(observations, measured, pending, encoded, 3)


def test_a_space_is_served_by_the_rule_that_tables_are_measured_by() -> None:
    space = ready("argyrodite")
    pool = space.sample(200, 0)
    observations, y = observations_of(space, pool)
    encoded = observations.of_pool(pool)
    served = PENDING + int(np.argmax(score(acquisition_after(observations, encoded), encoded)[PENDING:]))
    prior = MODELS[SIGMA].posterior(pool.candidates)
    rows = next_rows(
        encoded.x, range(MEASURED), y, pending=range(MEASURED, PENDING), prior=prior.mean[:, None],
        prior_std=prior.std_model[:, None], between=get_property(SIGMA).between_papers, seed=3,
    )  # fmt: skip
    assert rows == [served]


def test_pending_rows_count_as_known_whatever_they_will_show() -> None:
    rng = np.random.default_rng(1)
    x = rng.random((40, 3))
    points = Points.plain(x)
    y = np.sin(4 * x[:, 0]) + 0.1 * rng.standard_normal(40)
    model = fit_rbf_process(points.take(slice(0, 15)), y[:15], name="gaussian process", use_prior=False)
    pending, rest = points.take(slice(15, 20)), points.take(slice(20, 40))
    mean, std = beside(model, rest, pending)
    told = replace(model, points=points.take(slice(0, 20)), y=np.concatenate([y[:15], rng.random(5)]))
    assert np.allclose(mean, model.mean(rest))
    assert np.allclose(std, np.sqrt(told.variance(rest)))
    assert np.all(std <= np.sqrt(model.variance(rest)) + 1e-12)


@pytest.mark.parametrize("informed", [True, False])
def test_beside_a_prior_expected_improvement_chooses_and_without_one_optimism(informed: bool) -> None:
    rng = np.random.default_rng(7)
    x = rng.random((80, 2))
    y = np.exp(-6.0 * ((x - 0.6) ** 2).sum(axis=1))
    prior = (y + 0.2 * np.sin(5.0 * x[:, 0]))[:, None] if informed else np.zeros((80, 0))
    points = Points(x=x, prior=prior, prior_std=np.full_like(prior, 0.2))
    measured = [3, 11, 25, 40, 58]
    posterior = learn_rows(points, measured, y[measured], seed=0, between=0.3)
    mean, std = posterior.mean(points), posterior.std_model(points)
    worth = log_psi(mean[measured].max(), mean, std) if informed else mean + OPTIMISM * std
    worth[measured] = -np.inf
    given = {"prior": prior, "prior_std": points.prior_std} if informed else {}
    assert next_rows(x, measured, y[measured], between=0.3, **given) == [int(np.argmax(worth))]


def test_a_recipe_that_misses_a_threshold_need_not_be_improved_on() -> None:
    space = ready("argyrodite")
    pool = space.sample(200, 0)
    observations, y = observations_of(space, pool)
    free = acquisition_after(observations, observations.of_pool(pool))
    strict, _ = observations_of(space, pool, [f"maximise {SIGMA}", f"{SIGMA} >= {10.0 ** (y.max() + 1.0)} S/cm"])
    bound = acquisition_after(strict, strict.of_pool(pool))
    assert free.incumbent is not None
    assert free.incumbent > bound.incumbent == bound.lowest


def test_a_batch_of_a_table_holds_different_rows_and_needs_no_measurement_beside_a_prior() -> None:
    x = np.random.default_rng(2).random((50, 2))
    prior = x[:, :1]
    rows = next_rows(x, [], np.zeros(0), batch=6, prior=prior, prior_std=np.full_like(prior, 0.1), between=0.2)
    assert len(set(rows)) == 6
    assert rows[0] == int(np.argmax(prior))
    lowest = next_rows(x, [], np.zeros(0), maximise=False, prior=prior, prior_std=np.full_like(prior, 0.1))
    assert lowest == [int(np.argmin(prior))]


def test_a_prior_without_its_spread_is_refused() -> None:
    x = np.random.default_rng(2).random((50, 2))
    with pytest.raises(SpaceError, match="standard deviation"):
        next_rows(x, [0, 1, 2], np.arange(3.0), prior=x[:, :1])


@pytest.mark.parametrize("wish", [f"maximise {SIGMA}", [f"maximise {SIGMA}", "minimise process_time_h"]])
def test_what_a_batch_shares_isincumbent_for_the_batch_not_for_its_first_recipe(wish: str | list[str]) -> None:
    space = replace(ready("argyrodite"), shared=("heat_treatment_temperature_c", "heat_treatment_time_h"))
    pool = space.sample(128, 0)
    observations, _ = observations_of(space, pool, wish)
    encoded = observations.of_pool(pool)
    acquisition = acquisition_after(observations, encoded)
    open_pool = OpenPool(pool=pool, encoded=encoded, taken=encoded.x[:PENDING], min_distance=0.0)
    order = np.argsort(-score(acquisition, encoded), kind="stable")
    shared = share_settings(open_pool, acquisition, 3)
    heated = shared.pool.table.choices["heat_treated"] == "yes"
    assert heated.any()
    assert all(np.ptp(shared.pool.table.numbers[name][heated]) == 0 for name in space.shared)
    of_the_first = _moved(open_pool, pool, _shared_rows(open_pool, order)[0], acquisition)
    assert _joint_value(shared, acquisition, 3) >= _joint_value(of_the_first, acquisition, 3) - 1e-12


def test_a_shuffled_source_hurts_little_and_a_true_one_helps() -> None:
    """The transfer bars of the benchmark, on a small table that ranks as its source does."""
    rng = np.random.default_rng(5)
    x = rng.random((200, 3))
    y = np.exp(-8.0 * ((x - 0.7) ** 2).sum(axis=1)) + 0.3 * np.sin(6.0 * x[:, 0])
    source = 0.8 * y + 0.1 * x[:, 1]

    def regret(prior: Array | None, seed: int) -> float:
        seen = np.random.default_rng((seed, 1)).choice(len(x), 3, replace=False).tolist()
        std = None if prior is None else np.full_like(prior, 0.1)
        for _ in range(7):
            seen.append(next_rows(x, seen, y[seen], seed=seed, prior=prior, prior_std=std)[0])
        return float((y.max() - y[seen].max()) / np.ptp(y))

    shuffled = rng.permutation(source)[:, None]
    none, true, wrong = (
        np.mean([regret(prior, seed) for seed in range(4)]) for prior in (None, source[:, None], shuffled)
    )
    assert true <= 0.5 * none
    assert wrong <= none + 0.05
