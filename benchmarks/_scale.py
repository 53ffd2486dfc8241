"""One measurement of :mod:`benchmarks.scale` in a process of its own, so that its peak of memory is its own.

    python -m benchmarks._scale '{"kind": "screening", "n": 10000, "workers": 0, "models": "models"}'

prints one JSON object. ``workers`` are processes that Dask starts; 0 is this process alone.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")  # a core's rate is one core's

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

OBJECTIVE = "maximise ionic_conductivity"
SPACE, PROPERTY = "argyrodite", "ionic_conductivity"
LEVEL = "analytic"


def measured(kind: str, n: int, workers: int, models: str, chunk: int | None = None) -> dict[str, float | None]:
    """Seconds, processor seconds, steady rate and peak memory of one screening or sweep into a folder of its own."""
    with TemporaryDirectory(prefix="benchmark-scale-") as name:
        work = {"screening": _screening, "sweep": _sweep}[kind](Path(name), n, workers, models, chunk)
        before, clock = _mib(_current_kib()), Clock()
        work(clock)
        wall, cpu = clock.total()
        written = sum(path.stat().st_size for path in Path(name).rglob("*") if path.is_file()) / 2**20
    peak = _mib(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    worker = _mib(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) if workers else None
    return {
        "seconds": wall,
        "cpu_seconds": cpu,
        "steady_per_second": clock.steady(n),
        "peak_mib": max(peak, worker or 0.0),
        "peak_beyond_start_mib": None if workers else peak - before,
        "written_mib": written,
    }


class Clock:
    """When the work began and when each chunk was done; called as the progress of a run."""

    def __init__(self) -> None:
        self._begun, self._cpu = time.perf_counter(), _cpu_seconds()
        self._done: list[tuple[int, int, float]] = []

    def __call__(self, done: int, total: int) -> None:
        self._done.append((done, total, time.perf_counter()))

    def total(self) -> tuple[float, float]:
        """Seconds since the beginning, by the clock and by the processors (of this process and those that ended)."""
        return time.perf_counter() - self._begun, _cpu_seconds() - self._cpu

    def steady(self, n: int) -> float | None:
        """Items per second between the first and the last chunk, when starting is over; None with fewer than four."""
        chunks = [point for point in self._done if point[0] > 0]
        if len(chunks) < 4:
            return None
        (first, total, begun), (last, _, ended) = chunks[0], chunks[-1]
        return n * (last - first) / total / (ended - begun)


def _screening(folder: Path, n: int, workers: int, models: str, chunk: int | None) -> Callable[[Clock], object]:
    from surrogate.models import load
    from surrogate.planner.objective import Objective
    from surrogate.planner.screening import Screening, screen
    from surrogate.space.ready import ready

    model = load(Path(models) / PROPERTY)
    task = Screening(
        space=ready(SPACE), objective=Objective.parse(OBJECTIVE), models={PROPERTY: model}, n=n, top=1000, chunk=chunk
    )
    return lambda clock: screen(task, folder / "top.parquet", workers=workers, progress=clock)


def _sweep(folder: Path, n: int, workers: int, models: str, chunk: int | None) -> Callable[[Clock], object]:
    from surrogate.physics.sweep import CHUNK, Sweep, sweep

    spec = Sweep(n=n, seed=7, level=LEVEL, chunk=chunk or CHUNK)
    return lambda clock: sweep(spec, folder / "sweep", workers=workers, progress=clock)


def _cpu_seconds() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def _current_kib() -> float:
    """Memory that this process holds now, KiB; where the system does not tell, the most it ever held."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize() / 1024
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def _mib(kib: float) -> float:
    return kib / 1024


if __name__ == "__main__":
    arguments: dict[str, Any] = json.loads(sys.argv[1])
    print(json.dumps(measured(**arguments)))
