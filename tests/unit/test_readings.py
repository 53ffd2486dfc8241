"""Bounds, uncertainties, slips of the pen and other temperatures: what results say before anything is learnt."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from surrogate.beliefs.base import Points
from surrogate.beliefs.reading import BEYOND, read_values
from surrogate.beliefs.selection import learn
from surrogate.candidate.measurement import Candidate, Censoring, Measurement, Source
from surrogate.planner.evidence import entries_of
from surrogate.planner.objective import Objective
from surrogate.planner.observations import Observations, learn_all
from surrogate.planner.suggest import suggest
from surrogate.space.ready import ready

SIGMA = "ionic_conductivity"
SPACE = ready("argyrodite")
BETWEEN = 0.55


def rows(n: int, seed: int = 0) -> tuple[Points, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.random((n, 2))
    return Points.plain(x), -3.0 + np.sin(3.0 * x[:, 0]) + 0.03 * rng.standard_normal(n)


def result(candidate: Candidate, log10: float, place: int, **more: object) -> Measurement:
    source = Source(row_id=f"m{place}", paper="lab")
    return Measurement(property=SIGMA, value=10.0**log10, candidate=candidate, source=source, **more)  # type: ignore[arg-type]


def at(candidate: Candidate, temperature_c: float) -> Candidate:
    return replace(candidate, protocol=replace(candidate.protocol, temperature_c=temperature_c))


def learnt(measurements: list[Measurement]) -> Observations:
    objective = Objective.parse("maximise ionic_conductivity")
    return learn_all(SPACE, objective, models={}, simulators={}, measurements=measurements, failures=(), seed=0)


def test_plain_values_are_left_as_they_are() -> None:
    points, y = rows(12)
    reading = read_values(points, y, np.zeros(12), between=BETWEEN)
    assert reading.points is points
    assert reading.y is y
    assert not reading.suspects


@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_a_bound_that_says_nothing_changes_nothing_and_one_that_cuts_moves_to_its_side(side: float) -> None:
    points, y = rows(14)
    sides = np.zeros(14)
    sides[5] = side
    means = {}
    for shift in (3.0, -0.8):  # the bound far on the harmless side of the truth, and on the other
        told = y.copy()
        told[5] -= side * shift
        reading = read_values(points, told, sides, between=BETWEEN)
        belief = learn(reading.points, reading.y, between=BETWEEN, kinds=("gaussian process",), calibrate=False)
        means[shift] = float(belief.mean(points.take([5]))[0])
    without = np.delete(np.arange(14), 5)
    belief = learn(points.take(without), y[without], between=BETWEEN, kinds=("gaussian process",), calibrate=False)
    alone = float(belief.mean(points.take([5]))[0])
    assert means[3.0] == pytest.approx(alone, abs=0.05)
    assert side * (means[-0.8] - alone) > 0.1


@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_a_lone_bound_places_its_value_within_what_laboratories_differ_by(side: float) -> None:
    points = Points(x=np.array([[0.2, 0.4]]), prior=np.array([[-2.0]]), prior_std=np.array([[0.55]]))
    reading = read_values(points, np.array([-2.0 - 1.3 * side]), np.array([side]), between=BETWEEN)
    assert (
        abs(reading.y[0] + 2.0) < 2.0 * BETWEEN
    )  # what the prior says agrees with the bound, by more than two spreads


def test_a_stated_uncertainty_is_noise() -> None:
    points, y = rows(10, 3)
    y[4] += 1.0
    means = []
    for std in (0.0, 2.0):
        extra = np.zeros(10)
        extra[4] = std**2
        belief = learn(replace(points, extra=extra), y, between=BETWEEN, kinds=("gaussian process",), calibrate=False)
        means.append(float(belief.mean(points.take([4]))[0]))
    assert means[1] < means[0] - 0.1


@pytest.mark.parametrize("decades", [-3.0, 3.0])
def test_a_slip_of_the_pen_is_found_and_counts_little(decades: float) -> None:
    points, y = rows(14, 5)
    slipped = y.copy()
    slipped[8] += decades
    reading = read_values(points, slipped, np.zeros(14), between=BETWEEN)
    assert [suspect.row for suspect in reading.suspects] == [8]
    assert abs(reading.suspects[0].z) > BEYOND
    grid = Points.plain(np.random.default_rng(1).random((200, 2)))
    clean, mended = (
        learn(p, v, between=BETWEEN, kinds=("gaussian process",), calibrate=False).mean(grid)
        for p, v in ((points, y), (reading.points, reading.y))
    )
    assert np.abs(mended - clean).mean() < 0.1


def test_a_remarkable_value_counts_again_once_a_neighbour_agrees() -> None:
    points, y = rows(14, 5)
    x = np.vstack([points.x, points.x[8] + 0.01])
    raised = np.append(y, y[8] + 3.0)
    raised[8] += 3.0
    assert not {8, 14} <= {s.row for s in read_values(Points.plain(x), raised, np.zeros(15), between=BETWEEN).suspects}


def test_hot_results_are_brought_to_the_space_and_are_never_the_best_because_they_were_hot() -> None:
    candidates = SPACE.sample(10, 4).candidates
    cold = [result(c, -3.0 - 0.05 * i, i) for i, c in enumerate(candidates)]
    hot = [*cold, result(at(candidates[9], 100.0), -1.9, 10)]
    entries, notes = entries_of(SPACE, SIGMA, hot)
    assert len(entries) == 10  # a sweep of one pellet is one entry
    assert "Arrhenius" in notes[0]
    swept = next(entry for entry in entries if len(entry.ids) == 2)
    assert swept.value == pytest.approx(-3.45, abs=0.1)
    assert all(entry.at_conditions for entry in entries)
    best = learnt(hot).posteriors[SIGMA].mean(learnt(hot).of_pool(SPACE.sample(64, 1)).points[SIGMA]).max()
    plain = learnt(cold).posteriors[SIGMA].mean(learnt(cold).of_pool(SPACE.sample(64, 1)).points[SIGMA]).max()
    assert best == pytest.approx(plain, abs=0.2)


def test_a_sweep_without_the_asked_temperature_is_as_good_as_its_barrier() -> None:
    candidate = SPACE.sample(1, 8).candidates[0]
    kelvin = np.array([40.0, 60.0, 80.0, 100.0]) + 273.15
    per_ev = (1.0 / kelvin - 1.0 / 298.15) / (8.617333e-5 * np.log(10.0))
    log10 = -3.2 - 0.30 * per_ev - np.log10(kelvin / 298.15)
    sweep = [result(at(candidate, t - 273.15), float(v), i) for i, (t, v) in enumerate(zip(kelvin, log10, strict=True))]
    (entry,), _ = entries_of(SPACE, SIGMA, sweep)
    assert entry.value == pytest.approx(-3.2, abs=0.05)
    (single,), _ = entries_of(SPACE, SIGMA, sweep[3:])
    assert 0.0 < entry.extra < single.extra
    assert single.value == pytest.approx(-3.2, abs=3 * np.sqrt(single.extra))


def test_a_suspect_is_named_in_the_warnings_of_an_ask() -> None:
    candidates = SPACE.sample(12, 3).candidates
    x = SPACE.encode(candidates)
    told = [result(c, -4.0 + float(x[i, 8]), i) for i, c in enumerate(candidates)]
    told[7] = result(candidates[7], min(-1.05, float(np.log10(told[7].value)) + 3.0), 7)
    bound = result(SPACE.sample(1, 77).candidates[0], -1.3, 12, censoring=Censoring.BELOW)
    batch = suggest(SPACE, "maximise ionic_conductivity", models={}, measurements=[*told, bound], batch=1, pool=64)
    assert any("is it really" in warning and "m7" in warning for warning in batch.warnings)
    assert not any("m12" in warning for warning in batch.warnings)
