"""A search sees training rows only, can be taken up again, and does not depend on how it was interrupted."""

from __future__ import annotations

import io
import shlex
import signal
import sqlite3
import time
from dataclasses import replace

import numpy as np
import psutil
import pytest

from surrogate.datasets import load, paper_folds, sha256_of
from surrogate.execution.progress import ProgressDisplay
from surrogate.execution.workers import executor
from surrogate.models.estimators.registry import ESTIMATORS
from surrogate.models.surrogate import encode
from tests.training.workspace import FAILS, PASSES, TABLES
from training.config import Plan
from training.fitting import _hyperparameters, _questions
from training.search import Question, search

PLAN = Plan(property=PASSES, kind="group_median", folds=3, search_folds=3, trials=4)


@pytest.fixture(scope="module")
def question() -> Question:
    measurements = load(PASSES)
    _, training, view = encode(measurements, PASSES)
    return Question(
        property=PASSES,
        estimator="group_median",
        scope="all",
        training=training,
        reference=view.reference,
        data_sha256=sha256_of(measurements),
        folds=4,
        seed=1,
    )


def answers(questions, trials, storage, jobs=0):
    with executor(workers=jobs, progress=ProgressDisplay(io.StringIO())) as workers:
        return search(questions, trials=trials, storage=storage, workers=workers)


def test_a_search_taken_up_again_is_the_search_done_at_once(question, tmp_path):
    (at_once,) = answers([question], 14, tmp_path / "once.db")
    (begun,) = answers([question], 5, tmp_path / "parts.db")
    (done,) = answers([question], 14, tmp_path / "parts.db")
    assert (begun.done_before, done.done_before) == (0, 5)
    assert done.trials == at_once.trials == 14
    assert replace(done, done_before=0) == at_once
    (less,) = answers([question], 5, tmp_path / "parts.db")
    assert replace(less, done_before=0) == begun


def test_a_search_is_not_worse_than_no_search_by_its_own_measure(question, tmp_path):
    (first,) = answers([question], 1, tmp_path / "searches.db")
    (last,) = answers([question], 8, tmp_path / "searches.db")
    assert first.hyperparameters == {"pooling": ESTIMATORS["group_median"].defaults["pooling"]}
    assert last.error <= first.error


def test_what_the_configuration_fixes_stays_and_is_another_question(question, tmp_path):
    fixed = replace(question, fixed={"paper_power": 0.25})
    assert fixed.study_name() != question.study_name()
    assert replace(question).study_name() == question.study_name()
    (answer,) = answers([fixed], 2, tmp_path / "searches.db")
    assert answer.hyperparameters["paper_power"] == 0.25


def test_side_by_side_gives_what_one_after_the_other_gives(question, tmp_path):
    questions = [question, replace(question, seed=2)]
    assert answers(questions, 3, tmp_path / "one.db") == answers(questions, 3, tmp_path / "two.db", jobs=2)


def test_the_search_inside_a_fold_never_sees_the_papers_of_that_fold(tmp_path):
    measurements = load(PASSES)
    parts = paper_folds(measurements, PLAN.folds, PLAN.seed)
    for number, part in enumerate(parts):
        changed = list(measurements)
        for row in part.test:
            changed[row] = replace(changed[row], value=changed[row].value / 2)
        before, after = (
            _questions(PLAN, f"fold-{number}", [rows[i] for i in part.train], ["group_median"])[0]
            for rows in (measurements, changed)
        )
        assert before.study_name() == after.study_name()
        assert np.array_equal(before.training.y, after.training.y)
        assert len(before.training) == len(measurements) - len(part.test)


def test_every_fold_is_judged_with_the_settings_of_its_own_search(workspace):
    with executor(workers=0, progress=ProgressDisplay(io.StringIO())) as workers:
        chosen, per_fold, found = _hyperparameters(PLAN, load(PASSES), workspace.tracker.studies, workers)
    assert len(per_fold) == PLAN.folds
    assert chosen == {"group_median": found["group_median"].hyperparameters}
    assert all(settings.keys() == {"group_median"} for settings in per_fold)


def finished_trials(path) -> int:
    if not path.exists():
        return 0
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5) as store:
            return store.execute("SELECT COUNT(*) FROM trials WHERE state IN ('COMPLETE', 'PRUNED')").fetchone()[0]
    except sqlite3.OperationalError:  # not yet made
        return 0


@pytest.mark.parametrize(("jobs", "how"), [("1", signal.SIGTERM), ("2", signal.SIGINT)])
def test_interrupted_it_says_how_to_go_on_and_goes_on(workspace, jobs, how):
    studies = workspace.folder / "mlruns" / "searches.db"
    options = (*TABLES, "--kind", "group_median", "--folds", "2", "--jobs", jobs)
    process = workspace.start("fit", FAILS, "--property", PASSES, "--trials", "100000", *options)
    deadline = time.monotonic() + 60
    while finished_trials(studies) < 3 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(how)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert out == ""
    assert "Traceback" not in err
    told = shlex.split(err.rpartition("Go on with: ")[2])
    assert told[:6] == ["python", "-m", "training", "fit", PASSES, FAILS]
    assert set(zip(told[6::2], told[7::2], strict=True)) == {
        ("--trials", "100000"), ("--kind", "group_median"), ("--folds", "2"), ("--jobs", jobs),
        *zip(TABLES[::2], TABLES[1::2], strict=True),
    }  # fmt: skip
    before = finished_trials(studies)
    assert before >= 3
    again = workspace.call("fit", PASSES, "--trials", str(before + 2), *options[:-1], "1")
    assert again.code == 0, again.err
    assert "trials were already done" in again.err
    assert finished_trials(studies) > before


def test_when_the_process_is_killed_its_workers_end_too(workspace):
    process = workspace.start("fit", PASSES, "--trials", "100000", "--kind", "group_median", "--jobs", "2")
    deadline = time.monotonic() + 60
    while finished_trials(workspace.folder / "mlruns" / "searches.db") < 1 and time.monotonic() < deadline:
        time.sleep(0.1)
    children = psutil.Process(process.pid).children(recursive=True)
    assert len(children) >= 2
    process.kill()
    process.communicate(timeout=30)
    _, alive = psutil.wait_procs(children, timeout=20)
    assert alive == []
