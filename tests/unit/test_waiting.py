"""Who waits is told how far it is and for how long; who interrupts is told what is left behind."""

from __future__ import annotations

import io
import os
import pty
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from surrogate.execution.interruption import INTERRUPTED, Interruption, finished_first, heeding_interruption
from surrogate.execution.progress import ProgressDisplay, time_left
from surrogate.models import save
from surrogate.planner.inverse import design
from surrogate.planner.suggest import suggest
from surrogate.space.ready import ready
from tests.interrupts import hear_ctrl_c
from tests.trained import small_forest

ROOT = Path(__file__).resolve().parents[2]
PROPERTY = "ionic_conductivity"


@pytest.fixture(scope="module")
def model():
    return small_forest(PROPERTY)


@pytest.fixture(scope="module")
def models(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    save(model, folder / PROPERTY)
    return folder


@pytest.mark.parametrize("replicate", [False, True])
def test_a_suggestion_tells_every_step_to_the_last(model, replicate):
    from surrogate.candidate.measurement import Measurement, Source

    space, steps = ready("argyrodite"), []
    made = space.sample(1, 5).candidates[0]
    mine = [Measurement(property=PROPERTY, value=1e-3, candidate=made, source=Source(row_id="a", paper="mine"))]
    suggest(space, "maximise ionic_conductivity", models={PROPERTY: model}, measurements=mine, batch=3, pool=64,
            planner="analytic", replicate=replicate, progress=lambda *step: steps.append(step))  # fmt: skip
    total = steps[0][1]
    assert [done for done, _ in steps] == [*range(total + 1)]
    assert {all_ for _, all_ in steps} == {total}


@pytest.mark.parametrize("search", ["pool", "nsga2"])
def test_a_design_tells_every_step_to_the_last(model, search):
    steps = []
    design(ready("argyrodite"), "ionic_conductivity >= 1 mS/cm", models={PROPERTY: model}, pool=64, recipes=1,
           search=search, progress=lambda *step: steps.append(step))  # fmt: skip
    total = steps[0][1]
    assert steps == [(done, total) for done in range(total + 1)]


def test_what_is_left_is_estimated_from_what_is_done():
    assert time_left(time.monotonic(), 0, 5) == "time left unknown"
    assert time_left(time.monotonic() - 20, 2, 3) == "about 30 s left"
    assert time_left(time.monotonic() - 600, 1, 2) == "about 20 min left"


def test_without_a_terminal_a_line_names_what_is_counted():
    stream = io.StringIO()
    with ProgressDisplay(stream, interval_s=0.0, unit="steps") as progress:
        progress(0, 4)
        progress(2, 4)
    assert [line.split(",")[0] for line in stream.getvalue().splitlines()] == ["0 of 4 steps", "2 of 4 steps"]


def _command(models: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "surrogate.cli", "suggest", "maximise ionic_conductivity", "--models", str(models),
            "--planner", "analytic", *more]  # fmt: skip


def test_on_a_terminal_a_bar_is_shown_on_stderr_and_stdout_is_data_alone(models, tmp_path):
    here, there = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "PYTHONPATH": str(ROOT)}
    with (tmp_path / "out.csv").open("wb") as out:
        process = subprocess.Popen(
            _command(models, "--batch", "1", "--format", "csv"), stdout=out, stderr=there, env=environment
        )
    os.close(there)
    shown = b""
    while True:  # while it writes: a terminal that nobody reads is full after some pages, and its writer waits for ever
        try:
            part = os.read(here, 65536)
        except OSError:  # a terminal that nobody writes to any more
            break
        if not part:
            break
        shown += part
    os.close(here)
    assert process.wait(timeout=60) == 0
    assert b"steps" in shown
    data = (tmp_path / "out.csv").read_bytes()
    assert data.startswith(b"number,")
    assert b"steps" not in data


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="looks at a process as Linux shows it")
def test_ctrl_c_ends_with_130_and_says_what_is_left_behind(models):
    process = subprocess.Popen(
        _command(models, "--batch", "100", "--pool", "4096"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=hear_ctrl_c,
    )  # fmt: skip
    loaded = Path(f"/proc/{process.pid}/maps")
    while process.poll() is None and "numpy" not in loaded.read_text():
        time.sleep(0.05)  # until it has begun to do what it was asked
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (INTERRUPTED, "")
    assert err == "Interrupted; nothing was written. Run the same command again.\n"


def _strike(error: Exception | None = None) -> None:
    """Ctrl-C as compiled code takes it: lost, or another error in its place."""
    with suppress(BaseException):
        signal.raise_signal(signal.SIGINT)
    if error is not None:
        raise error


def test_ctrl_c_that_compiled_code_loses_still_ends_the_block():
    with pytest.raises(Interruption), heeding_interruption():
        _strike()


def test_ctrl_c_that_turns_into_another_error_still_ends_the_block():
    with pytest.raises(Interruption), heeding_interruption():
        _strike(ImportError("numpy._core.multiarray failed to import"))


def test_ctrl_c_that_a_finaliser_loses_strikes_again(capsys):
    class Dropped:
        def __del__(self):
            signal.raise_signal(signal.SIGINT)

    def work():
        Dropped()
        time.sleep(30)

    begun = time.monotonic()
    with pytest.raises(Interruption), heeding_interruption():
        work()
    assert time.monotonic() - begun < 10
    assert capsys.readouterr().err == ""


def test_what_has_to_be_finished_is_finished_before_ctrl_c_ends_the_block():
    done = []

    def work():
        with finished_first():
            signal.raise_signal(signal.SIGINT)
            done.append("finished")
        done.append("further")

    with pytest.raises(Interruption), heeding_interruption():
        work()
    assert done == ["finished"]


def test_the_inner_block_is_the_one_that_ends():
    with heeding_interruption(), pytest.raises(Interruption), heeding_interruption():
        _strike()


@pytest.mark.parametrize("handler", [signal.SIG_IGN, lambda *_: None])
def test_a_signal_that_is_ignored_or_somebody_elses_is_left_alone(handler):
    before = signal.signal(signal.SIGINT, handler)
    try:
        with heeding_interruption():
            signal.raise_signal(signal.SIGINT)
            assert signal.getsignal(signal.SIGINT) is handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_an_error_without_ctrl_c_passes_and_the_handler_is_as_before():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyError), heeding_interruption():
        raise KeyError("x")
    assert signal.getsignal(signal.SIGINT) is before


def test_outside_the_main_thread_nothing_is_heeded():
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: heeding_interruption().__enter__()).result()
