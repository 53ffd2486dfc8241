"""What a screening promises: one answer however it is cut, killed or spread; bounded memory; nothing overwritten."""

from __future__ import annotations

import errno
import itertools
import os
import shutil
import signal
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surrogate.cli.main import app
from surrogate.composition import parse_composition
from surrogate.errors import InvalidInput, SpaceError, SurrogateError, Unavailable, UnknownName
from surrogate.execution import workers as execution
from surrogate.execution.folder import RunFolder
from surrogate.execution.progress import ProgressDisplay
from surrogate.models import Surrogate, save
from surrogate.planner.objective import Objective
from surrogate.planner.screening import Screened, Screening, screen
from surrogate.planner.screening import judge as judging
from surrogate.planner.screening import run as running
from surrogate.planner.screening import task as tasks
from surrogate.planner.screening.judge import judge, scales_of, shortlisted
from surrogate.planner.screening.run import MANIFEST, folder_of, run_chunk
from surrogate.planner.screening.shortlist import Shortlist, select_apart
from surrogate.planner.screening.task import version
from surrogate.space.design_space import DesignSpace
from surrogate.space.ready import ready, space_from
from tests.trained import fitted

CONDUCTIVITY = "ionic_conductivity"
TREES = {"n_trees": 8, "min_leaf": 8}
#: Candidates of a block, here and in the product: no promise but those about other processes depends on how many.
SMALL, WHOLE = 512, tasks.BLOCK

pytestmark = pytest.mark.usefixtures("small_blocks")


def blocks_of(size: int) -> Iterator[None]:
    """Blocks of so many candidates; a patch of its own, so that a test may undo what it patches."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (tasks, judging):
            patch.setattr(module, "BLOCK", size)
        yield


@pytest.fixture
def small_blocks() -> Iterator[None]:
    yield from blocks_of(SMALL)


@pytest.fixture
def whole_blocks(small_blocks: None) -> Iterator[None]:
    """Those of the product, which other processes use."""
    yield from blocks_of(WHOLE)


@pytest.fixture(scope="module")
def model() -> Surrogate:
    return fitted(CONDUCTIVITY, "tree_ensemble", TREES)


@pytest.fixture(scope="module")
def models(model: Surrogate) -> dict[str, Surrogate]:
    name = "first_discharge_capacity"
    return {CONDUCTIVITY: model, name: fitted(name)}


@pytest.fixture(scope="module")
def space() -> DesignSpace:
    return ready("argyrodite")


def task_of(
    space: DesignSpace, models: dict[str, Surrogate], wish: str = f"maximise {CONDUCTIVITY}", **changes: object
) -> Screening:
    given = {"n": 3 * tasks.BLOCK + 100, "top": 40, "seed": 3, "chunk": tasks.BLOCK} | changes
    return Screening(space=space, objective=Objective.parse(wish), models=models, **given)  # type: ignore[arg-type]


def rows_of(done: Screened | Path) -> list[dict[str, object]]:
    return pq.read_table(done if isinstance(done, Path) else done.out).to_pylist()


# -- one answer ----------


@pytest.mark.usefixtures("whole_blocks")
def test_the_answer_depends_on_neither_chunks_nor_workers(
    tmp_path: Path, space: DesignSpace, models: dict[str, Surrogate]
) -> None:
    n = 2 * WHOLE + 100
    one = screen(task_of(space, models, n=n, chunk=2 * WHOLE), tmp_path / "one.parquet", workers=0)
    two = screen(task_of(space, models, n=n), tmp_path / "two.parquet", workers=2)
    assert one.tally == two.tally
    assert one.tally.candidates == n
    assert one.out.read_bytes() == two.out.read_bytes()


def test_another_seed_finds_other_candidates(tmp_path: Path, space: DesignSpace, models: dict[str, Surrogate]) -> None:
    one, other = (
        rows_of(screen(task_of(space, models, seed=seed), tmp_path / f"{seed}.parquet", workers=0)) for seed in (3, 4)
    )
    assert {row["candidate"] for row in one} != {row["candidate"] for row in other}


def test_chunks_can_be_computed_in_any_order(space: DesignSpace, models: dict[str, Surrogate]) -> None:
    task = task_of(space, models)
    common = (task, scales_of(task), version())
    assert [run_chunk(i, common) for i in (3, 1)] == [run_chunk(i, common) for i in (1, 3)][::-1]


@given(seed=st.integers(0, 10**6), size=st.integers(1, 30), cuts=st.lists(st.integers(0, 200), max_size=5))
@settings(max_examples=60)
def test_the_shortlist_of_parts_is_the_shortlist_of_all(seed: int, size: int, cuts: list[int]) -> None:
    rng = np.random.default_rng(seed)
    n = 200
    everything = Shortlist(
        number=rng.permutation(n), first=rng.integers(0, 2, n).astype(float), second=rng.integers(0, 9, n) / 4.0,
        niche=rng.integers(0, 60, n).astype(np.uint64), places=rng.random((n, 2)), columns={},
    )  # fmt: skip
    edges = [0, *sorted(cuts), n]
    parts = [everything.take(np.arange(a, b)).best(size) for a, b in itertools.pairwise(edges)]
    rng.shuffle(parts)  # type: ignore[arg-type]
    held = parts[0]
    for part in parts[1:]:
        held = Shortlist.joined([held, part]).best(size)
    np.testing.assert_array_equal(held.best(size).number, everything.best(size).number)


def test_the_rows_are_the_best_there_are_and_what_the_model_says_of_them(
    tmp_path: Path, space: DesignSpace, models: dict[str, Surrogate], model: Surrogate
) -> None:
    task = task_of(space, models)
    rows = rows_of(screen(task, tmp_path / "top.parquet", workers=0))
    drawn = [task.draw(block)[0] for block in range(4)]
    best = max(judge(task, pool, np.ones(1)).columns[f"{CONDUCTIVITY}.median"].max() for pool in drawn)
    assert rows[0]["ionic_conductivity_s_per_cm"] == best
    for row in rows:
        pool = drawn[int(row["candidate"]) // SMALL]  # type: ignore[call-overload]
        candidate = pool.take(np.array([int(row["candidate"]) % SMALL])).candidates[0]  # type: ignore[call-overload]
        (said,) = model.predict([candidate], level=0.9, neighbours=0)
        assert row["ionic_conductivity_s_per_cm"] == pytest.approx(said.median, rel=1e-9)
        assert row["ionic_conductivity_s_per_cm_low"] == pytest.approx(said.interval.low, rel=1e-9)
        assert row["ionic_conductivity_s_per_cm_high"] == pytest.approx(said.interval.high, rel=1e-9)
        assert row["ionic_conductivity_domain"] == said.domain.status.value
        assert row["ionic_conductivity_domain_reasons"] == "; ".join(said.domain.reasons)
        assert candidate.electrolyte is not None
        assert row["composition"] == candidate.electrolyte.composition.text


def test_every_row_is_neutral_different_and_in_order(
    tmp_path: Path, space: DesignSpace, models: dict[str, Surrogate]
) -> None:
    task = task_of(space, models, min_distance=0.35)
    done = screen(task, tmp_path / "top.parquet", workers=0)
    rows = rows_of(done)
    assert len(rows) == 40
    assert [row["rank"] for row in rows] == list(range(1, 41))
    medians = [row["ionic_conductivity_s_per_cm"] for row in rows]
    assert medians == sorted(medians, reverse=True)  # type: ignore[type-var]
    assert all(parse_composition(str(row["composition"])).net_charge == 0.0 for row in rows)
    gaps = [row["distance_to_better"] for row in rows[1:]]
    assert done.near == sum(gap < 0.35 for gap in gaps)  # type: ignore[operator]
    assert done.near < 10


@given(n=st.integers(1, 40), count=st.integers(1, 40), seed=st.integers(0, 10**6))
@settings(max_examples=60)
def test_rows_lie_apart_as_long_as_there_are_any_that_do(n: int, count: int, seed: int) -> None:
    x = np.random.default_rng(seed).random((n, 2))
    rows, distance = select_apart(x, count, 0.2)
    assert len(rows) == min(n, count)
    assert rows[0] == 0
    assert list(rows) == sorted(set(rows))
    free = rows[distance >= 0.2]
    gaps = np.sqrt(((x[free][:, None] - x[free][None]) ** 2).sum(-1))
    assert gaps[~np.eye(len(free), dtype=bool)].min(initial=1.0) >= 0.2


def test_thresholds_come_first_and_then_the_goal(
    tmp_path: Path, space: DesignSpace, models: dict[str, Surrogate]
) -> None:
    wish = f"maximise {CONDUCTIVITY}, process_time_h <= 8, minimise peak_temperature_c weight 0.5"
    done = screen(task_of(space, models, wish, n=SMALL), tmp_path / "top.parquet", workers=0)
    rows = rows_of(done)
    assert 0 < done.tally.meet < SMALL
    meeting = [row["process_time_h"] <= 8 for row in rows]  # type: ignore[operator]
    assert meeting == sorted(meeting, reverse=True)  # those that meet it stand first, as many as there are
    assert sum(meeting) == min(done.tally.meet, len(rows))
    scores = [row["score"] for row, meets in zip(rows, meeting, strict=True) if meets]
    assert scores == sorted(scores, reverse=True)  # type: ignore[type-var]
    likely = rows_of(screen(task_of(space, models, f"{CONDUCTIVITY} >= 3 mS/cm", n=SMALL), tmp_path / "b.parquet"))
    chances = [row["chance_of_all"] for row in likely]
    assert chances == sorted(chances, reverse=True)  # type: ignore[type-var]


def test_chances_are_joint_and_end_at_the_record(space: DesignSpace, models: dict[str, Surrogate]) -> None:
    """As in suggestions and designs: bounds on one property share its value, and no record is beaten by a factor."""
    pool = space.sample(200, 1)

    def chance(*wishes: str) -> np.ndarray:
        task = replace(task_of(space, models), objective=Objective.parse([f"maximise {CONDUCTIVITY}", *wishes]))
        return np.exp(judge(task, pool, np.ones(1)).log_chance)

    low, high = f"{CONDUCTIVITY} >= 1 mS/cm", f"{CONDUCTIVITY} <= 3 mS/cm"
    assert chance(low, high) == pytest.approx(chance(low) + chance(high) - 1.0, abs=1e-6)
    record = max(row.value for row in models[CONDUCTIVITY].rows)
    assert chance(f"{CONDUCTIVITY} >= {3.0 * record}").max() < 0.01 < chance(low).min()


def test_only_the_wanted_part_of_the_domain_is_kept(
    tmp_path: Path, space: DesignSpace, models: dict[str, Surrogate]
) -> None:
    everything = screen(task_of(space, models, n=SMALL), tmp_path / "a.parquet")
    inside = screen(task_of(space, models, n=SMALL, within="in"), tmp_path / "b.parquet")
    assert everything.tally == inside.tally
    assert 0 < everything.tally.domain[0] < SMALL
    assert {row["ionic_conductivity_domain"] for row in rows_of(inside)} == {"in"}


def test_cells_are_screened_with_their_energy_density(tmp_path: Path, models: dict[str, Surrogate]) -> None:
    wish = f"maximise energy_density_wh_per_kg, {CONDUCTIVITY} >= 1e-5"
    rows = rows_of(screen(task_of(ready("tis2-composite"), models, wish, n=200, top=5), tmp_path / "top.parquet"))
    assert len(rows) == 5
    assert all(row["energy_density_wh_per_kg"] > 0 and row["first_discharge_capacity_mah_per_g"] > 0 for row in rows)  # type: ignore[operator]


# -- memory ----------


def test_memory_does_not_grow_with_the_number_of_candidates(space: DesignSpace, models: dict[str, Surrogate]) -> None:
    def peak(n: int) -> int:
        task = task_of(space, models, n=n, chunk=4 * SMALL, top=20)
        tracemalloc.start()
        shortlisted(task, np.ones(1), 0)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(10)  # what is made once
    assert peak(4 * SMALL) < 1.1 * peak(2 * SMALL)


# -- stopped and resumed ----------


CHUNKS = 6


def command(folder: Path, *more: str) -> list[str]:
    return [
        "screen", "--objective", f"maximise {CONDUCTIVITY}", "--n", str(CHUNKS * WHOLE), "--chunk", str(WHOLE),
        "--top", "30", "--workers", "0", "--models", str(folder / "models"), "--out", str(folder / "a.parquet"), *more,
    ]  # fmt: skip


def parts_of(folder: Path) -> int:
    return len(list(folder_of(folder / "a.parquet").glob("part-*")))


@pytest.mark.usefixtures("whole_blocks")
def test_killed_and_interrupted_it_resumes_to_the_same_bytes(
    tmp_path: Path,
    space: DesignSpace,
    models: dict[str, Surrogate],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    save(models[CONDUCTIVITY], tmp_path / "models" / CONDUCTIVITY)
    process = subprocess.Popen([sys.executable, "-m", "surrogate.cli", *command(tmp_path)], stderr=subprocess.DEVNULL)
    begun = time.monotonic()
    while parts_of(tmp_path) < 2 and time.monotonic() - begun < 90:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    held = parts_of(tmp_path)
    assert 2 <= held < CHUNKS - 1
    assert not (tmp_path / "a.parquet").exists()

    def after_one(progress: ProgressDisplay, done: int, total: int) -> None:
        if done > held:
            signal.raise_signal(signal.SIGINT)  # Ctrl-C

    monkeypatch.setattr(ProgressDisplay, "__call__", after_one)
    monkeypatch.setattr(sys, "argv", ["surrogate", *command(tmp_path, "--resume")])
    with pytest.raises(SystemExit) as left:
        app()
    assert left.value.code == 130
    told = f"the finished chunks are in {folder_of(tmp_path / 'a.parquet')}. Go on with the same command and --resume."
    assert told in capsys.readouterr().err
    assert parts_of(tmp_path) == held + 1

    whole = task_of(space, models, n=CHUNKS * WHOLE, top=30, seed=0)
    resumed = screen(whole, tmp_path / "a.parquet", resume=True, workers=0)
    assert (resumed.kept, resumed.computed) == (held + 1, CHUNKS - 1 - held)
    screen(whole, tmp_path / "b.parquet", workers=0)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


# -- refused ----------


@pytest.fixture
def stopped(tmp_path: Path, space: DesignSpace, models: dict[str, Surrogate]) -> Path:
    """The place of a screening of two chunks, of which the second is not there yet."""
    out = tmp_path / "top.parquet"
    screen(task_of(space, models, n=2 * SMALL), out, workers=0)
    out.unlink()
    (folder_of(out) / "part-00001.parquet").unlink()
    return out


def bytes_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != ".lock"}


def test_another_run_version_space_objective_or_model_is_refused_on_resume(
    stopped: Path, space: DesignSpace, models: dict[str, Surrogate], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = bytes_in(folder_of(stopped))
    other = fitted(CONDUCTIVITY)
    same = task_of(space, models, n=2 * SMALL)
    changed = {
        "seed": replace(same, seed=9),
        "space": replace(same, space=replace(space, prices_per_g={"Li2S": 1.0})),
        "objective": replace(same, objective=Objective.parse(f"minimise {CONDUCTIVITY}")),
        "models.ionic_conductivity.name": replace(same, models={CONDUCTIVITY: other}),
        "n ": replace(same, n=3 * SMALL),
        "level": replace(same, level=0.8),
    }
    for what, task in changed.items():
        with pytest.raises(InvalidInput, match=rf"holds another screening: .*{what}"):
            screen(task, stopped, resume=True, workers=0)
    with pytest.raises(InvalidInput, match="already holds 2 files"):
        screen(same, stopped, workers=0)
    monkeypatch.setattr("surrogate.planner.screening.task.version", lambda: "0.0.1+old")
    with pytest.raises(InvalidInput, match=r"version .* there, 0\.0\.1\+old here"):
        screen(same, stopped, resume=True, workers=0)
    assert bytes_in(folder_of(stopped)) == before
    monkeypatch.undo()
    assert screen(same, stopped, resume=True, workers=0).computed == 1


def test_two_processes_do_not_work_in_one_folder(
    stopped: Path, space: DesignSpace, models: dict[str, Surrogate]
) -> None:
    task = task_of(space, models, n=2 * SMALL)
    folder = RunFolder(path=folder_of(stopped), kind="screening", manifest=MANIFEST)
    with folder.alone(), pytest.raises(InvalidInput, match="Another process is at work"):
        screen(task, stopped, resume=True, workers=0)
    assert screen(task, stopped, resume=True, workers=0).computed == 1


def test_nothing_is_overwritten(tmp_path: Path, space: DesignSpace, models: dict[str, Surrogate]) -> None:
    task = task_of(space, models, n=100, top=3)
    out = tmp_path / "top.parquet"
    out.write_text("mine")
    with pytest.raises(InvalidInput, match="exists already"):
        screen(task, out)
    with pytest.raises(InvalidInput, match=r"does not end in \.parquet"):
        screen(task, tmp_path / "top.xlsx")
    other = tmp_path / "other.parquet"
    folder_of(other).mkdir()
    (folder_of(other) / "notes.txt").write_text("mine")
    for resume, told in ((False, "already holds 1 file"), (True, f"no readable {MANIFEST}")):
        with pytest.raises(InvalidInput, match=told):
            screen(task, other, resume=resume)
    assert out.read_text() == "mine"
    assert bytes_in(folder_of(other)) == {"notes.txt": b"mine"}


def test_a_full_disk_is_one_sentence_and_keeps_what_is_done(
    tmp_path: Path, space: DesignSpace, models: dict[str, Surrogate], monkeypatch: pytest.MonkeyPatch
) -> None:
    out, written, real = tmp_path / "top.parquet", 0, os.fsync
    task = task_of(space, models, n=2 * SMALL)

    def full(handle: int) -> None:
        nonlocal written
        written += 1
        if written > 2:  # the manifest and one chunk fit
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable, match="is full; the finished chunks are safe"):
        screen(task, out, workers=0)
    monkeypatch.undo()
    assert sorted(bytes_in(folder_of(out))) == ["part-00000.parquet", MANIFEST]
    assert screen(task, out, resume=True, workers=0).computed == 1


def test_a_damaged_chunk_is_told_and_computed_again(
    stopped: Path, space: DesignSpace, models: dict[str, Surrogate]
) -> None:
    task = task_of(space, models, n=2 * SMALL)
    part = folder_of(stopped) / "part-00000.parquet"
    part.write_bytes(part.read_bytes()[:-20])
    with pytest.raises(InvalidInput, match=r"part-00000\.parquet is damaged\. Delete it"):
        screen(task, stopped, resume=True, workers=0)
    part.unlink()
    assert screen(task, stopped, resume=True, workers=0).computed == 1


def test_a_scheduler_that_does_not_answer_is_one_sentence(
    tmp_path: Path, space: DesignSpace, models: dict[str, Surrogate], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "CONNECT_TIMEOUT_S", 0.5)
    out, task = tmp_path / "top.parquet", task_of(space, models, n=100, top=5)
    with pytest.raises(Unavailable, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:1\."):
        screen(task, out, scheduler="tcp://127.0.0.1:1")
    with pytest.raises(InvalidInput, match="already holds 1 file"):  # another run
        screen(replace(task, seed=5), out)
    assert screen(task, out).rows == 5  # nothing was computed yet, so there is nothing to resume


def test_a_worker_of_another_version_is_refused(space: DesignSpace, models: dict[str, Surrogate]) -> None:
    task = task_of(space, models)
    with pytest.raises(Unavailable, match=r"the screening is one of 0\.0\.1"):
        run_chunk(0, (task, np.ones(1), "0.0.1"))


@pytest.mark.parametrize(
    ("changes", "error", "told"),
    [
        ({"top": 10**6}, InvalidInput, "from 1 to 10000"),
        ({"level": 1.0}, InvalidInput, "between 0 and 1"),
        ({"within": "inn"}, UnknownName, "Did you mean in"),
        ({"min_distance": -0.1}, InvalidInput, "distance of -0.1"),
        ({"chunk": 1000}, InvalidInput, f"multiple of {SMALL}"),
        ({"wish": "maximise electronic_conductivity"}, Unavailable, "no model of electronic_conductivity"),
    ],
)
def test_impossible_screenings_are_refused_before_anything_is_made(
    space: DesignSpace, models: dict[str, Surrogate], changes: dict[str, object], error: type[SurrogateError], told: str
) -> None:
    with pytest.raises(error, match=told):
        task_of(space, models, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("place", "wish", "told"),
    [
        ("argyrodite", "maximise first_discharge_capacity", "belongs to a cell"),
        ("argyrodite", f"maximise {CONDUCTIVITY}, minimise precursor_cost_per_g", "cannot tell precursor_cost_per_g"),
    ],
)
def test_what_the_space_cannot_answer_is_told_before_anything_is_made(
    tmp_path: Path, models: dict[str, Surrogate], place: str, wish: str, told: str
) -> None:
    with pytest.raises(SurrogateError, match=told):
        screen(task_of(ready(place), models, wish), tmp_path / "top.parquet")
    assert list(tmp_path.iterdir()) == []


def test_a_space_that_is_empty_or_nearly_so_is_told(tmp_path: Path, models: dict[str, Surrogate]) -> None:
    def limited(rule: str) -> DesignSpace:
        return space_from({
            "name": "narrow", "subject": "electrolyte", "limits": [{"rule": rule}],
            "composition": {"kind": "mixture", "precursors": {"Li2S": [0.5, 0.8], "P2S5": [0.2, 0.5]}, "step": 0},
        })  # fmt: skip

    with pytest.raises(SpaceError, match="is empty"):
        screen(task_of(limited("Li2S <= 0.4"), models), tmp_path / "top.parquet")
    with pytest.raises(SpaceError, match="draws keep every limit"):
        screen(task_of(limited("Li2S <= 0.5002"), models), tmp_path / "top.parquet")
    shutil.rmtree(tmp_path)
    assert running.folder_of(tmp_path / "x.parquet").name == "x.parquet.chunks"
