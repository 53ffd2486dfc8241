"""Constants read from conductivities: from what the law says it comes back, and a paper is not its number of rows."""

from __future__ import annotations

import numpy as np
import pytest

from surrogate.candidate.columns import electrolyte_columns
from surrogate.datasets import load
from surrogate.physics.defaults import settle_electrolytes
from surrogate.physics.electrolyte import ElectrolyteBatch, conductivity, electrolyte
from surrogate.physics.parameters import electrolytes as e
from surrogate.physics.parameters.base import NOMINAL
from surrogate.physics.parameters.guesses import GUESSES
from surrogate.physics.parameters.registry import all_parameters
from surrogate.physics.reading import ReadConstants, constants_at, log_conductivity, read_constants


@pytest.fixture(scope="module")
def batch() -> ElectrolyteBatch:
    columns = electrolyte_columns([m.candidate for m in load("ionic_conductivity")])
    read = settle_electrolytes(columns.at(25.0)).batch
    return read.take(np.flatnonzero(np.isfinite(log_conductivity(read, NOMINAL))))


def test_every_guess_is_of_a_constant_and_wide() -> None:
    known = {p.name: p for p in all_parameters()}
    assert len({guess.name for guess in GUESSES}) == len(GUESSES)
    assert len({p.name for p in e.CRYSTALLISATION_TEMPERATURE_C.values()} - {guess.name for guess in GUESSES}) == 0
    for guess in GUESSES:
        assert guess.unit == known[guess.name].unit
        assert guess.spread >= known[guess.name].spread
        assert guess.low <= guess.value <= guess.high


def test_scores_of_nought_are_the_guesses() -> None:
    constants = constants_at(np.zeros(len(GUESSES)))
    assert all(constants[guess] == pytest.approx(guess.value) for guess in GUESSES)


def test_what_the_law_says_with_some_constants_is_read_back(batch: ElectrolyteBatch) -> None:
    hidden = 0.7 * np.random.default_rng(4).normal(size=len(GUESSES))
    said = log_conductivity(batch, constants_at(hidden))
    alone = np.arange(len(batch))
    found = log_conductivity(batch, constants_at(read_constants(batch, said, alone).scores))
    before = log_conductivity(batch, constants_at(np.zeros(len(GUESSES))))
    assert np.abs(found - said).mean() < 0.25 * np.abs(before - said).mean()
    assert np.abs(found - said).mean() < 0.1


def test_the_same_rows_give_the_same_bits(batch: ElectrolyteBatch) -> None:
    few = batch.take(np.arange(0, len(batch), 6))
    said = log_conductivity(few, NOMINAL)
    first, second = (read_constants(few, said, np.arange(len(few))) for _ in range(2))
    np.testing.assert_array_equal(first.scores, second.scores)
    np.testing.assert_array_equal(first.factor, second.factor)


def test_an_offset_of_one_paper_moves_less_than_that_of_as_many_papers(batch: ElectrolyteBatch) -> None:
    chloride = batch.take(np.flatnonzero(batch.halides[:, 0] == 1.0)[:30])
    said = log_conductivity(chloride, NOMINAL) - 1.0
    drive = next(i for i, guess in enumerate(GUESSES) if guess.name == e.HALIDE_DRIVE["Cl"].name)
    one, many = (read_constants(chloride, said, paper).scores[drive] for paper in (np.zeros(30), np.arange(30)))
    assert many < one


def test_rows_that_no_law_covers_say_nothing(batch: ElectrolyteBatch) -> None:
    nowhere = batch.take(np.arange(5))
    nowhere.family[:] = 0
    read = read_constants(nowhere, np.full(5, -3.0), np.arange(5))
    np.testing.assert_array_equal(read.scores, np.zeros(len(GUESSES)))
    np.testing.assert_array_equal(read.factor, np.eye(len(GUESSES)))


def test_the_conductivity_alone_is_that_of_the_whole_state(batch: ElectrolyteBatch) -> None:
    np.testing.assert_array_equal(conductivity(batch), electrolyte(batch).conductivity)


def test_what_is_simulated_is_a_mean_without_thresholds(batch: ElectrolyteBatch) -> None:
    glass = batch.take(np.flatnonzero(batch.heat_c > 0.0)[:1])
    celsius = np.arange(150.0, 700.0, 5.0)
    oven = glass.take(np.zeros(len(celsius), dtype=np.int64))
    oven.heat_c[:] = celsius
    read = ReadConstants(scores=np.zeros(len(GUESSES)), factor=0.3 * np.eye(len(GUESSES)))
    steps, cliffs = (
        np.abs(np.diff(logs)).max() for logs in (read.log_conductivity(oven), log_conductivity(oven, NOMINAL))
    )
    assert steps < 0.5 * cliffs
