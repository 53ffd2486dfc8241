"""Progress is told on its own stream, in plain lines where there is no terminal, and work keeps its order."""

from __future__ import annotations

import io
import os
import time

import pytest

from surrogate.execution.process import THREADS, available_cpus
from surrogate.execution.progress import ProgressDisplay, time_left
from surrogate.execution.workers import executor


def test_without_a_terminal_a_plain_line_comes_when_it_is_due_and_not_before(capsys):
    stream = io.StringIO()
    with ProgressDisplay(stream, interval_s=1000.0) as progress:
        progress.begin("folds", 3)
        progress.advance()
    assert stream.getvalue() == ""
    with ProgressDisplay(stream, interval_s=0.0) as progress:
        progress.begin("folds", 3, completed=1)
        progress.advance()
    assert stream.getvalue() == "folds: 2 of 3, about 0 s left\n"
    assert capsys.readouterr().out == ""


def test_nothing_is_told_of_no_stage_or_of_steps_beyond_its_end():
    stream = io.StringIO()
    with ProgressDisplay(stream, interval_s=0.0) as progress:
        progress.tick()  # workers wait, and no stage has begun
        progress.begin("folds", 1)
        for _ in range(3):
            progress.advance()
    assert stream.getvalue() == "folds: 1 of 1, about 0 s left\n"
    assert time_left(time.monotonic() - 10.0, 5, -3) == "about 0 s left"


def square(value: int) -> int:
    return value * value


def threads(_: int) -> list[str | None]:
    return [os.environ.get(name) for name in THREADS]


def fail_at_two(value: int) -> int:
    if value == 2:
        raise ValueError("two")
    return value


@pytest.mark.parametrize("jobs", [0, 2])
def test_results_keep_the_order_of_the_items_and_errors_come_through(jobs):
    with executor(workers=jobs, progress=ProgressDisplay(io.StringIO())) as workers:
        assert workers.map(square, range(7)) == [n * n for n in range(7)]
        (job,) = workers.wait([workers.submit(square, 5)])
        assert job.result() == 25
    with (
        pytest.raises(ValueError, match="two"),
        executor(workers=jobs, progress=ProgressDisplay(io.StringIO())) as workers,
    ):
        workers.map(fail_at_two, range(4))


def test_processes_use_the_threads_they_are_told_to(monkeypatch):
    for name in THREADS:
        monkeypatch.setenv(name, "1")
    with executor(workers=2, progress=ProgressDisplay(io.StringIO())) as workers:
        assert workers.map(threads, range(2)) == [["1"] * len(THREADS)] * 2


def test_by_default_every_processor_gets_a_process():
    with executor() as workers:
        assert workers.size == available_cpus() >= 1
