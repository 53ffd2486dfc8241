"""Promises of the sweep: determinism, resuming, refusing, surviving."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from surrogate.composition import parse_composition
from surrogate.errors import InvalidInput, Unavailable
from surrogate.execution import workers as execution
from surrogate.execution.folder import RunFolder
from surrogate.physics import sweep as module
from surrogate.physics.space import candidate_of, row_of
from surrogate.physics.sweep import MANIFEST, Sweep, sweep
from tests.clusters import dask_cluster
from tests.poison import BREAKS, ENDS
from training.simulate import main


def small(**changes: object) -> Sweep:
    return Sweep(**({"n": 200, "seed": 7, "chunk": 64, "level": "analytic"} | changes))  # type: ignore[arg-type]


def part_of(folder: Path, index: int) -> Path:
    return RunFolder(path=folder, kind="sweep", manifest=MANIFEST).part(index)


def read_rows(folder: Path) -> pa.Table:
    return pa.concat_tables([pq.read_table(part) for part in sorted(folder.glob("part-*.parquet"))])


def digest(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.glob("part-*.parquet"))}


def test_rows_are_complete_neutral_and_rebuild_their_candidate(tmp_path: Path) -> None:
    done = sweep(small(), tmp_path / "s", workers=0)
    rows = read_rows(tmp_path / "s").to_pylist()
    assert done.rows == len(rows) == 200
    assert len({row["row_id"] for row in rows}) == 200
    for row in rows[:40]:
        assert parse_composition(row["composition"]).is_charge_neutral
        assert candidate_of(row).protocol.temperature_c == row["temperature_c"]
        assert row["status"] in ("ok", "infeasible", "not covered")
        assert row["status"] == "ok" or row["reason"]
        assert row["seed"] == 7
        assert row["fidelity_level"] == "analytic"
        assert row["code_version"].startswith("0.")


def test_the_same_seed_gives_the_same_bits_in_any_order(tmp_path: Path) -> None:
    sweep(small(), tmp_path / "a", workers=0)
    spec = small()
    backwards = {part_of(Path(), i).name: hashlib.sha256(module.run_chunk(spec, i)).hexdigest() for i in (3, 1, 0, 2)}
    assert digest(tmp_path / "a") == backwards
    assert digest(tmp_path / "a") != {**backwards, "part-00000.parquet": hashlib.sha256(
        module.run_chunk(small(seed=8), 0)).hexdigest()}  # fmt: skip


def test_sampling_gives_a_spread_and_nominal_rows_have_none(tmp_path: Path) -> None:
    sweep(small(), tmp_path / "a", workers=0)
    sweep(small(spread=False), tmp_path / "b", workers=0)
    drawn, nominal = (np.array(read_rows(tmp_path / x)["ionic_conductivity_s_per_cm"]) for x in "ab")
    assert 0.1 < float(np.std(np.log10(drawn / nominal))) < 2.0


def test_resuming_repeats_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    sweep(small(), folder, workers=0)
    whole = digest(folder)
    part_of(folder, 2).unlink()
    stamps = {p.name: p.stat().st_mtime_ns for p in folder.glob("part-*")}
    (folder / ".part-00002.parquet.partial").write_bytes(b"half")
    done = sweep(small(), folder, resume=True, workers=0)
    assert (done.computed, done.reused) == (1, 3)
    assert digest(folder) == whole
    assert all(part_of(folder, i).stat().st_mtime_ns == stamps[part_of(folder, i).name] for i in (0, 1, 3))
    assert not list(folder.glob(".*"))


@pytest.mark.parametrize(
    "other", [{"seed": 8}, {"n": 100}, {"level": "SPMe"}, {"version": "0.0.1"}, {"space": "another"}]
)
def test_a_folder_of_another_sweep_is_refused(tmp_path: Path, other: dict[str, object]) -> None:
    folder = tmp_path / "s"
    sweep(small(), folder, workers=0)
    before = digest(folder)
    with pytest.raises(InvalidInput, match="another sweep"):
        sweep(small(**other), folder, resume=True, workers=0)
    assert digest(folder) == before


def test_a_folder_in_use_is_never_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    assert main(["--n", "10", "--out", str(tmp_path), "--workers", "0", "--level", "analytic"]) == 3
    assert "already holds" in capsys.readouterr().err
    assert main(["--n", "10", "--out", str(tmp_path), "--workers", "0", "--level", "analytic", "--resume"]) == 3
    assert "not the folder of a sweep" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]


def test_a_full_disk_is_one_sentence_and_keeps_what_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, written = tmp_path / "s", 0
    real = os.fsync

    def full(handle: int) -> None:
        nonlocal written
        written += 1
        if written > 3:  # the manifest and two chunks fit
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable, match="full"):
        sweep(small(), folder, workers=0)
    monkeypatch.undo()
    assert sorted(p.name for p in folder.iterdir()) == ["part-00000.parquet", "part-00001.parquet", MANIFEST]
    assert sweep(small(), folder, resume=True, workers=0).computed == 2


def test_a_scheduler_that_does_not_answer_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "CONNECT_TIMEOUT_S", 1)
    code = main(["--n", "10", "--out", str(tmp_path / "s"), "--scheduler", "tcp://127.0.0.1:1", "--level", "analytic"])
    assert code == 5
    assert "No Dask scheduler answers" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", [["--n", "0"], ["--seed", "-1"], ["--level", "P2D"]])
def test_impossible_sweeps_are_refused(tmp_path: Path, wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*wrong, "--out", str(tmp_path / "s"), "--workers", "0"]) == 3
    assert capsys.readouterr().err
    assert not (tmp_path / "s").exists()


def test_killed_in_the_middle_it_resumes_to_the_same_bits(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "training.simulate", "--n", "16384", "--seed", "7", "--level", "analytic"]
    command += ["--workers", "0", "--out"]
    folder = tmp_path / "killed"
    process = subprocess.Popen([*command, str(folder)], stderr=subprocess.DEVNULL)
    begun = time.monotonic()
    while len(list(folder.glob("part-*"))) < 3 and time.monotonic() - begun < 60:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    finished = len(digest(folder))
    assert 3 <= finished < 32
    spec = Sweep(n=16384, seed=7, level="analytic")
    done = sweep(spec, folder, resume=True, workers=0)
    assert done.reused == finished
    assert len(digest(folder)) == 32
    for index in (0, finished - 1, finished, 31):
        assert part_of(folder, index).read_bytes() == module.run_chunk(spec, index)


def test_two_dask_workers_give_the_bits_of_one_process(tmp_path: Path) -> None:
    spec = small(n=300, level="SPMe", chunk=64)
    sweep(spec, tmp_path / "here", workers=0)
    sweep(spec, tmp_path / "dask", workers=2)
    assert digest(tmp_path / "here") == digest(tmp_path / "dask")


def poisoned(spec: Sweep, rows: dict[str, int]) -> dict[str, str]:
    """The environment of workers for which some rows of ``spec`` are poison, see :mod:`tests.poison`."""
    points = module._points(spec, 0)
    return {name: repr(candidate_of(row_of(points[row]))) for name, row in rows.items()}


def test_points_that_break_the_simulation_or_its_process_are_rows_with_a_status(tmp_path: Path) -> None:
    spec = small(n=6, chunk=4)
    sweep(spec, tmp_path / "here", workers=0)
    environment = poisoned(spec, {BREAKS: 0, ENDS: 2}) | {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}
    (tmp_path / "dask").mkdir()
    with dask_cluster(tmp_path / "dask", "--preload", "tests.poison", **environment) as cluster:
        sweep(spec, tmp_path / "there", scheduler=cluster.address)
    expected, found = (read_rows(tmp_path / name).to_pylist() for name in ("here", "there"))
    failed = {n: row["reason"] for n, row in enumerate(found) if row["status"] == "failed"}
    assert failed == {0: "the simulation broke down: FloatingPointError", 2: "the simulation ends its process"}
    assert [row for n, row in enumerate(found) if n not in failed] == [
        row for n, row in enumerate(expected) if n not in failed
    ]
    assert found[0]["ionic_conductivity_s_per_cm"] is None
    assert sweep(spec, tmp_path / "there", resume=True, workers=0).computed == 0


def test_a_worker_killed_in_the_middle_changes_no_bit(tmp_path: Path) -> None:
    spec = small(n=2048, chunk=64)
    sweep(spec, tmp_path / "here", workers=0)
    (tmp_path / "dask").mkdir()
    with dask_cluster(tmp_path / "dask", "--no-nanny") as cluster:
        victim = cluster.processes[-1]

        def progress(done: int, _total: int) -> None:
            if done == 5:
                victim.kill()

        sweep(spec, tmp_path / "there", scheduler=cluster.address, progress=progress)
        assert victim.wait(timeout=10) != 0
    assert digest(tmp_path / "here") == digest(tmp_path / "there")


def test_a_worker_with_another_physics_computes_nothing(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"A worker has version .* the sweep is of version 0.0.1"):
        sweep(small(version="0.0.1"), tmp_path / "s", workers=0)
    assert not list((tmp_path / "s").glob("part-*"))
