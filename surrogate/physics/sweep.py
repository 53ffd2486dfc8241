"""Simulated measurements at scale: a scrambled Sobol sweep over :mod:`space`, in chunks, on Dask, into Parquet.

A sweep is a folder: ``sweep.json`` says what it is (n, seed, level, chunk, spread, space and code version), and one
file ``part-00000.parquet`` per chunk holds the rows. A chunk is computed from (seed, index) alone, written under
another name and renamed when complete, so a killed sweep loses the chunks in flight and nothing else, and the bits do
not depend on the number of workers. A point the physics cannot carry out is a row with a status, and so is one that
breaks the simulation or its process.

:func:`run_chunk` is all that a worker does; :func:`sweep` hands chunks out through :mod:`surrogate.execution.workers`.
"""

from __future__ import annotations

import hashlib
import io
import json
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from surrogate.candidate.measurement import Candidate
from surrogate.errors import InvalidInput, Unavailable, WorkerLost
from surrogate.execution.checks import check_count, check_seed
from surrogate.execution.folder import RunFolder, write_whole
from surrogate.execution.futures import Executor
from surrogate.execution.progress import Progress, silent
from surrogate.execution.workers import check_workers, executor
from surrogate.physics.chain import FEATURES, simulate
from surrogate.physics.outcome import Level, SimulatedOutcome, Status, read_level
from surrogate.physics.parameters import sample_draw
from surrogate.physics.parameters.base import NOMINAL, FloatArray, ParameterDraw
from surrogate.physics.space import AXES, COLUMNS, DIMENSIONS, candidate_of, row_of
from surrogate.version import source_version

if TYPE_CHECKING:
    import pyarrow as pa

MANIFEST = "sweep.json"
CHUNK = 512  # rows; a power of two, as Sobol sequences like it
MAX_ROWS = 2**30


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """What a sweep is; two sweeps with equal fields have equal bits.

    ``spread`` draws the parameters of every row from their priors, so that simulated measurements carry the uncertainty
    of the simulator; without it every row is nominal. ``version`` and ``space`` are filled in.
    """

    n: int
    seed: int
    level: str = Level.SPME.value
    spread: bool = True
    chunk: int = CHUNK
    version: str = ""
    space: str = ""

    def __post_init__(self) -> None:
        check_count("sweep", self.n, most=MAX_ROWS)
        check_seed(self.seed)
        read_level(self.level)
        if self.chunk < 1 or self.chunk & (self.chunk - 1):
            raise InvalidInput(f"A chunk of {self.chunk} rows is not a power of two.", hint="Use 256, 512, 1024, ...")
        object.__setattr__(self, "version", self.version or code_version())
        object.__setattr__(self, "space", self.space or _space_hash())

    @property
    def chunks(self) -> int:
        return -(-self.n // self.chunk)

    def count_rows(self, index: int) -> int:
        """Rows of a chunk; the last one may have fewer."""
        return min(self.chunk, self.n - index * self.chunk)


@dataclass(frozen=True, kw_only=True)
class SweepSummary:
    """What a run of a sweep did."""

    folder: Path
    chunks: int
    computed: int
    reused: int
    rows: int


def code_version() -> str:
    """Package version and a hash of the physics sources: a changed law or number is another version."""
    return source_version("surrogate.physics", "surrogate.physics.parameters")


@lru_cache(maxsize=1)
def _space_hash() -> str:
    """Fingerprint of the axes and columns, and of the rows they make."""
    probe = [row_of(point) for point in _points(Sweep(n=16, seed=0, version="probe", space="probe", chunk=16), 0)]
    return hashlib.sha256(json.dumps([AXES, sorted(COLUMNS), probe]).encode()).hexdigest()[:16]


# -- one chunk ----------


def _points(spec: Sweep, index: int) -> FloatArray:
    """Points (rows, DIMENSIONS) of one chunk of the scrambled Sobol sequence; the last chunk is cut to n."""
    from scipy.stats import qmc

    engine = qmc.Sobol(DIMENSIONS, scramble=True, seed=spec.seed)
    if index:
        engine.fast_forward(index * spec.chunk)
    points: FloatArray = engine.random(spec.chunk)
    return points[: spec.count_rows(index)]


def run_chunk(spec: Sweep, index: int) -> bytes:
    """Simulate a chunk of a sweep; depends on nothing but its arguments.

    A point at which the simulation breaks down becomes a row with the status *failed*.

    Args:
        spec: The sweep.
        index: Of the chunk.

    Returns:
        The rows as a Parquet file (zstd) in memory.

    Raises:
        Unavailable: The physics is of another version than the sweep: the bits would not be those it promises.
    """
    if spec.version != code_version():
        raise Unavailable(
            f"A worker has version {code_version()} of the physics, but the sweep is of version {spec.version}.",
            hint="Install the same version on every worker, and run again with --resume.",
        )
    return _file(spec, index, simulated(spec, index, range(spec.count_rows(index))))


def simulated(spec: Sweep, index: int, rows: range) -> list[SimulatedOutcome]:
    """The outcomes of some rows of a chunk, equal to those of the whole chunk bit for bit.

    Args:
        spec: The sweep.
        index: Of the chunk.
        rows: Within the chunk.
    """
    points = _points(spec, index)
    # One stream of random numbers per chunk: independent of who computes it and when.
    draw = sample_draw(len(points), np.random.default_rng([spec.seed, index])) if spec.spread else NOMINAL
    part = slice(rows.start, rows.stop)
    candidates = [candidate_of(row_of(point)) for point in points[part]]
    return _carefully(spec, candidates, draw.take(part))


def _carefully(spec: Sweep, candidates: list[Candidate], draw: ParameterDraw) -> list[SimulatedOutcome]:
    """As :func:`simulate`; where it raises, the halves are tried apart, so that only the point that fails is lost."""
    try:
        return simulate(candidates, level=spec.level, parameters=draw)
    except Exception as problem:
        if len(candidates) == 1:
            return [_failed(spec, f"the simulation broke down: {type(problem).__name__}")]
    half = len(candidates) // 2
    first, second = slice(0, half), slice(half, None)
    return [outcome for rows in (first, second) for outcome in _carefully(spec, candidates[rows], draw.take(rows))]


def _failed(spec: Sweep, reason: str) -> SimulatedOutcome:
    return SimulatedOutcome(level=Level(spec.level), status=Status.FAILED, reason=reason)


def _file(spec: Sweep, index: int, outcomes: list[SimulatedOutcome]) -> bytes:
    """The rows of a chunk with their ``outcomes``, as a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [row_of(point) for point in _points(spec, index)]
    columns: dict[str, pa.Array] = {
        "row_id": pa.array([f"sim-{spec.seed}-{index * spec.chunk + i:08d}" for i in range(len(rows))], pa.string())
    }
    for name, kind in COLUMNS.items():
        columns[name] = pa.array([row[name] for row in rows], pa.string() if kind is str else pa.float64())
    for name in FEATURES:
        columns[name] = pa.array([getattr(outcome, name) for outcome in outcomes], pa.float64())
    columns["status"] = pa.array([outcome.status.value for outcome in outcomes], pa.string())
    columns["reason"] = pa.array([outcome.reason for outcome in outcomes], pa.string())
    constant = {"fidelity_level": spec.level, "code_version": spec.version}
    for name, value in constant.items():
        columns[name] = pa.array([value] * len(rows), pa.string())
    columns["seed"] = pa.array([spec.seed] * len(rows), pa.int64())
    columns["parameters_sampled"] = pa.array([spec.spread] * len(rows), pa.bool_())
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer, compression="zstd")
    return buffer.getvalue()


# -- handing out ----------


def sweep(
    spec: Sweep,
    folder: Path,
    *,
    resume: bool = False,
    scheduler: str | None = None,
    workers: int | None = None,
    progress: Progress = silent,
) -> SweepSummary:
    """Run a sweep into a folder.

    A worker that dies raises nothing; a point that ends every worker is a row with a status.

    Args:
        spec: What to simulate.
        folder: Where the chunks go.
        resume: Go on with what the folder holds already.
        scheduler: Address of a Dask cluster, whose workers need this package and not this disk.
        workers: Processes to start here without a scheduler; one per core by default, none with 0.
        progress: Called with the chunks done and all chunks.

    Raises:
        Unavailable: The scheduler does not answer, a package is missing, or the disk is full.
        InvalidInput: The folder is in use.
    """
    check_workers(workers)
    run_folder = RunFolder(path=folder, kind="sweep", manifest=MANIFEST)
    missing = run_folder.prepare(asdict(spec), spec.chunks, resume=resume)
    n_before = spec.chunks - len(missing)
    progress(n_before, spec.chunks)
    if missing:
        with executor(scheduler=scheduler, workers=workers) as cluster:
            chunks = cluster.stream(partial(run_chunk, spec), missing)
            for count, (index, chunk) in enumerate(chunks, start=n_before + 1):
                write_whole(run_folder.part(index), _content(cluster, spec, index, chunk))
                progress(count, spec.chunks)
    lost = run_folder.missing(spec.chunks)
    if lost:
        raise Unavailable(
            f"{len(lost)} chunks did not come back, the first: {lost[0]}.", hint="Run again with --resume."
        )
    return SweepSummary(folder=folder, chunks=spec.chunks, computed=len(missing), reused=n_before, rows=spec.n)


def _content(cluster: Executor, spec: Sweep, index: int, chunk: Future[bytes]) -> bytes:
    """The file of a chunk; one that ends its workers is done in halves, down to the rows that do."""
    try:
        return chunk.result()
    except WorkerLost:
        outcomes: dict[int, SimulatedOutcome] = {}
    whole = range(spec.count_rows(index))
    parts = _halves(whole) or [whole]
    while parts:
        smaller: list[range] = []
        for part, half in cluster.stream(partial(simulated, spec, index), parts):
            try:
                outcomes.update(zip(part, half.result(), strict=True))
            except WorkerLost:
                smaller += _halves(part)
                if len(part) == 1:
                    outcomes[part[0]] = _failed(spec, "the simulation ends its process")
        parts = smaller
    return _file(spec, index, [outcomes[row] for row in sorted(outcomes)])


def _halves(rows: range) -> list[range]:
    return [rows[: len(rows) // 2], rows[len(rows) // 2 :]] if len(rows) > 1 else []
