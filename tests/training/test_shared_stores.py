"""Several processes on one search and one tracking store, in PostgreSQL: every trial once, every version once."""

from __future__ import annotations

import io
import multiprocessing
import os
import signal
import sqlite3
import time
from collections import Counter

import pytest

from surrogate.datasets import load, sha256_of
from surrogate.errors import ConfigError, Unavailable
from surrogate.execution.progress import ProgressDisplay
from surrogate.execution.workers import executor
from surrogate.models.surrogate import encode
from tests.training.workspace import PASSES
from training.search import Question, search
from training.studies import Studies

FORK = multiprocessing.get_context("fork")  # everything is imported already
TRIALS, SEEDS = 12, (1, 2)


@pytest.fixture(scope="module")
def questions() -> list[Question]:
    measurements = load(PASSES)
    _, training, view = encode(measurements, PASSES)
    return [
        Question(
            property=PASSES,
            estimator="group_median",
            scope="all",
            training=training,
            reference=view.reference,
            data_sha256=sha256_of(measurements),
            folds=4,
            seed=seed,
        )
        for seed in SEEDS
    ]


def searched(questions, place):
    with executor(workers=0, progress=ProgressDisplay(io.StringIO())) as workers:
        return search(questions, trials=TRIALS, storage=place, workers=workers)


def trials_of(questions, place):
    """What each study holds: number, state, values and parameters of its trials."""
    studies = Studies(place)
    try:
        return [
            [(t.number, t.state.name, t.values, t.params) for t in studies.study(q.study_name()).get_trials()]
            for q in questions
        ]
    finally:
        studies.close()


def started(questions, place, count):
    processes = [FORK.Process(target=searched, args=(questions, place), daemon=True) for _ in range(count)]
    for process in processes:
        process.start()
    return processes


def test_two_processes_share_a_search_and_every_trial_is_done_once(questions, store_url, tmp_path):
    place = store_url()
    for process in started(questions, place, 2):
        process.join(120)
        assert process.exitcode == 0
    searched(questions, tmp_path / "alone.db")
    together = trials_of(questions, place)
    assert [Counter(state for _, state, _, _ in study)["FAIL"] for study in together] == [0, 0]
    assert [[number for number, *_ in study] for study in together] == [list(range(TRIALS))] * len(SEEDS)
    assert together == trials_of(questions, tmp_path / "alone.db")  # the same trials as one process makes


def test_when_one_is_killed_the_other_goes_on(questions, store_url, tmp_path):
    place = store_url()
    first, second = started(questions[:1], place, 2)
    end = time.monotonic() + 60
    while sum(state == "COMPLETE" for _, state, *_ in trials_of(questions[:1], place)[0]) < 3:
        assert time.monotonic() < end
        time.sleep(0.02)
    os.kill(first.pid, signal.SIGKILL)
    second.join(120)
    assert second.exitcode == 0
    searched(questions[:1], tmp_path / "alone.db")

    def counted(where):
        return [(values, params) for _, state, values, params in trials_of(questions[:1], where)[0] if state != "FAIL"]

    assert counted(place) == counted(tmp_path / "alone.db")
    assert len(counted(place)) == TRIALS


def test_a_study_is_held_by_one_and_free_when_it_is_let_go(store_url):
    place = store_url()
    ours, theirs = Studies(place), Studies(place)
    try:
        assert ours.hold("a")
        assert not theirs.hold("a")
        assert theirs.hold("b")
        ours.close()
        assert theirs.hold("a")
    finally:
        theirs.close()


def test_who_lost_the_connection_does_not_go_on(postgresql):
    studies = Studies(postgresql.url())
    assert studies.hold("a")
    studies.check()
    postgresql.stop(signal.SIGQUIT)
    postgresql.start()
    with pytest.raises(Unavailable, match="Finished trials are kept"):
        studies.check()
    studies.close()


@pytest.mark.parametrize(
    ("place", "kind", "words"),
    [
        ("postgresql://nobody:secret@127.0.0.1:1/x", Unavailable, "does not answer"),
        ("mysql://host/x", ConfigError, "cannot be kept"),
        ("sqlite://", ConfigError, "cannot be kept"),
        ("http://host", ConfigError, "cannot be read|cannot be kept"),
    ],
)
def test_a_place_where_no_studies_can_be_is_one_sentence(place, kind, words):
    with pytest.raises(kind, match=words) as caught:
        Studies(place)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_trial_that_breaks_down_is_a_failed_trial_and_no_end(questions, tmp_path, monkeypatch):
    import training.search as module

    real, calls = module.held_out_error, iter(range(10_000))

    def sometimes(job):
        if next(calls) == 2:
            raise FloatingPointError("not a number")
        return real(job)

    monkeypatch.setattr(module, "held_out_error", sometimes)
    (answer,) = searched(questions[:1], tmp_path / "searches.db")
    assert (answer.trials, answer.failed) == (TRIALS, 1)
    with sqlite3.connect(tmp_path / "searches.db") as store:
        assert store.execute("SELECT value_json FROM trial_user_attributes").fetchall() == [
            ('"FloatingPointError: not a number"',)
        ]


def test_trials_that_all_break_down_end_in_a_sentence(questions, tmp_path, monkeypatch):
    import training.search as module

    def never(_job):
        raise FloatingPointError("not a number")

    monkeypatch.setattr(module, "held_out_error", never)
    with pytest.raises(Unavailable, match=r"Every trial of group_median .* FloatingPointError: not a number"):
        searched(questions[:1], tmp_path / "searches.db")
