"""Simulated measurements at scale: a scrambled Sobol sweep over :mod:`space`, in chunks, on Dask, into Parquet.

A sweep is a folder: ``sweep.json`` says what it is (n, seed, level, chunk, spread, space and code version), and one
file ``part-00000.parquet`` per chunk holds the rows. A chunk is computed from (seed, index) alone, written under
another name and renamed when complete, so a killed sweep loses the chunks in flight and nothing else, and the bits do
not depend on the number of workers. A point the physics cannot carry out is a row with a status.

:func:`run_chunk` is all that a worker does; :func:`sweep` hands chunks out. ``dask`` is imported only where a cluster
is used; with ``workers=0`` the chunks are computed in this process.
"""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import surrogate
from surrogate.errors import InvalidInput, Unavailable
from surrogate.physics.chain import FEATURES, simulate
from surrogate.physics.outcome import Level, SimulatedOutcome
from surrogate.physics.parameters import sample_draw
from surrogate.physics.parameters.base import NOMINAL, FloatArray
from surrogate.physics.space import AXES, COLUMNS, DIMENSIONS, candidate_of, row_of

if TYPE_CHECKING:
    import pyarrow as pa

MANIFEST = "sweep.json"
CHUNK = 512  # rows; a power of two, as Sobol sequences like it
MAX_ROWS = 2**30
_IN_FLIGHT_PER_WORKER = 2
_CONNECT_TIMEOUT_S = 10

Progress = Callable[[int, int], None]


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
        if not 1 <= self.n <= MAX_ROWS:
            raise InvalidInput(f"A sweep of {self.n} points is impossible.", hint=f"Give --n between 1 and {MAX_ROWS}.")
        if not 0 <= self.seed < 2**63:
            raise InvalidInput(
                f"The seed is {self.seed}, but it must be between 0 and 2^63.", hint="Give --seed, e.g. 7."
            )
        if self.level not in {item.value for item in Level}:
            known = ", ".join(item.value for item in Level)
            raise InvalidInput(f"There is no fidelity level '{self.level}'.", hint=f"Known: {known}.")
        if self.chunk < 1 or self.chunk & (self.chunk - 1):
            raise InvalidInput(f"A chunk of {self.chunk} rows is not a power of two.", hint="Use 256, 512, 1024, ...")
        object.__setattr__(self, "version", self.version or code_version())
        object.__setattr__(self, "space", self.space or space_hash())

    @property
    def chunks(self) -> int:
        return -(-self.n // self.chunk)


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a run of a sweep did."""

    folder: Path
    chunks: int
    computed: int
    kept: int
    rows: int


@lru_cache(maxsize=1)
def code_version() -> str:
    """Package version and a hash of the physics sources: a changed law or number is another version."""
    digest = hashlib.sha256()
    root = resources.files("surrogate.physics")
    files = [item for folder in (root, root / "parameters") for item in folder.iterdir() if item.name.endswith(".py")]
    for item in sorted(files, key=lambda f: f.name):
        digest.update(item.name.encode() + b"\0" + item.read_bytes())
    return f"{surrogate.__version__}+{digest.hexdigest()[:12]}"


@lru_cache(maxsize=1)
def space_hash() -> str:
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
    return points[: min(spec.chunk, spec.n - index * spec.chunk)]


def run_chunk(spec: Sweep, index: int) -> bytes:
    """Simulate chunk ``index``; the rows as a Parquet file (zstd) in memory. Depends on nothing but its arguments."""
    rows = [row_of(point) for point in _points(spec, index)]
    # One stream of random numbers per chunk: independent of who computes it and when.
    draw = sample_draw(len(rows), np.random.default_rng([spec.seed, index])) if spec.spread else NOMINAL
    outcomes = simulate([candidate_of(row) for row in rows], level=spec.level, parameters=draw)
    return _parquet(_table(spec, index, rows, outcomes))


def _table(spec: Sweep, index: int, rows: list[dict[str, Any]], outcomes: list[SimulatedOutcome]) -> pa.Table:
    import pyarrow as pa

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
    return pa.table(columns)


def _parquet(table: pa.Table) -> bytes:
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


# -- the folder ----------


def part_path(folder: Path, index: int) -> Path:
    return folder / f"part-{index:05d}.parquet"


def prepare(folder: Path, spec: Sweep, *, resume: bool) -> list[int]:
    """Indices of the chunks that are still missing in ``folder``, which is made or, with ``resume``, checked.

    Refuses a folder that is not empty (without ``resume``) or holds another sweep; nothing is ever overwritten.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = sorted(item.name for item in folder.iterdir() if not item.name.startswith("."))
    except OSError as problem:
        raise _unwritable(folder, problem) from None
    if not held:
        write_whole(folder / MANIFEST, json.dumps(asdict(spec), indent=2).encode() + b"\n")
        return list(range(spec.chunks))
    if not resume:
        raise InvalidInput(
            f"The folder {folder} already holds {len(held)} file{'s' if len(held) > 1 else ''}.",
            hint="Give --resume to go on with a sweep, or another folder.",
        )
    _same(folder, spec)
    for leftover in folder.glob(".*.partial"):
        leftover.unlink()
    return [index for index in range(spec.chunks) if not part_path(folder, index).exists()]


def _same(folder: Path, spec: Sweep) -> None:
    held = read_manifest(folder)
    wanted = asdict(spec)
    differing = [name for name in wanted if held.get(name) != wanted[name]]
    if differing:
        told = ", ".join(f"{name} {held.get(name)} there, {wanted[name]} here" for name in differing)
        raise InvalidInput(
            f"The folder {folder} holds another sweep: {told}.", hint="Give another folder, or the same run."
        )


def read_manifest(folder: Path) -> Mapping[str, Any]:
    """What ``sweep.json`` of a folder says; :class:`InvalidInput` when it is no sweep's folder."""
    try:
        found = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError):
        raise InvalidInput(
            f"The folder {folder} has no readable {MANIFEST}, so it is not the folder of a sweep.",
            hint="Give an empty or new folder.",
        ) from None
    if not isinstance(found, dict):
        raise InvalidInput(f"{folder / MANIFEST} does not describe a sweep.", hint="Give an empty or new folder.")
    return found


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there completely or not at all; a full disk is one clear sentence."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
    except OSError as problem:
        partial.unlink(missing_ok=True)
        raise _unwritable(path.parent, problem) from None


def _unwritable(folder: Path, problem: OSError) -> Unavailable:
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return Unavailable(
            f"The disk with {folder} is full; the finished chunks are safe.",
            hint="Make room and run again with --resume.",
        )
    return Unavailable(f"{folder} cannot be written: {problem.strerror}.", hint="Give a folder you may write to.")


# -- handing out ----------


def sweep(
    spec: Sweep,
    folder: Path,
    *,
    resume: bool = False,
    scheduler: str | None = None,
    workers: int | None = None,
    progress: Progress = lambda done, total: None,
) -> Done:
    """Run ``spec`` into ``folder``; ``progress`` is called with (chunks done, chunks in all).

    ``scheduler`` is the address of a Dask cluster (whose workers need this package, not this disk); otherwise
    ``workers`` processes are started here (default: one per core), none with ``workers=0``. Raises
    :class:`Unavailable` for a scheduler that does not answer, a missing package or a full disk, :class:`InvalidInput`
    for a folder that is in use.
    """
    if workers is not None and workers < 0:
        raise InvalidInput(f"{workers} workers are impossible.", hint="Give 0 for none, or a number of processes.")
    missing = prepare(folder, spec, resume=resume)
    kept = spec.chunks - len(missing)
    progress(kept, spec.chunks)
    if missing:
        results = (
            _here(spec, missing) if workers == 0 and scheduler is None else _on_dask(spec, missing, scheduler, workers)
        )
        for done, (index, content) in enumerate(results, start=kept + 1):
            write_whole(part_path(folder, index), content)
            progress(done, spec.chunks)
    lost = [index for index in range(spec.chunks) if not part_path(folder, index).exists()]
    if lost:
        raise Unavailable(
            f"{len(lost)} chunks did not come back, the first: {lost[0]}.", hint="Run again with --resume."
        )
    return Done(folder=folder, chunks=spec.chunks, computed=len(missing), kept=kept, rows=spec.n)


def _here(spec: Sweep, missing: list[int]) -> Iterator[tuple[int, bytes]]:
    for index in missing:
        yield index, run_chunk(spec, index)


def _on_dask(
    spec: Sweep, missing: list[int], scheduler: str | None, workers: int | None
) -> Iterator[tuple[int, bytes]]:
    """Chunks in the order they finish, never more in flight than the workers can soon use."""
    with client(scheduler, workers) as cluster:
        import distributed

        as_completed: Any = distributed.as_completed
        todo = iter(missing)
        ahead = max(_IN_FLIGHT_PER_WORKER * len(cluster.scheduler_info()["workers"]), _IN_FLIGHT_PER_WORKER)
        futures = as_completed([_submit(cluster, spec, index) for _, index in zip(range(ahead), todo, strict=False)])
        for future in futures:
            yield future.result()
            following = next(todo, None)
            if following is not None:
                futures.add(_submit(cluster, spec, following))


def _submit(cluster: Any, spec: Sweep, index: int) -> Any:
    return cluster.submit(_numbered, spec, index, key=f"sweep-{spec.seed}-{index}", pure=False)


def _numbered(spec: Sweep, index: int) -> tuple[int, bytes]:
    return index, run_chunk(spec, index)


@contextmanager
def client(scheduler: str | None = None, workers: int | None = None) -> Iterator[Any]:
    """A Dask client: of the cluster at ``scheduler``, else of processes on this machine, one thread each."""
    try:
        import distributed
    except ImportError:
        raise Unavailable("Dask is not installed.", hint="Install the extra 'physics', or use workers=0.") from None
    if scheduler is not None:
        yield from _connected(distributed.Client, scheduler)
        return
    local_cluster: Any = distributed.LocalCluster
    make_client: Any = distributed.Client
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")  # inherited by the workers
    count = workers or available_cpus()
    with (
        local_cluster(
            n_workers=count, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0", silence_logs=50
        ) as local,
        make_client(local) as connected,
    ):
        yield connected


def _connected(maker: Any, scheduler: str) -> Iterator[Any]:
    try:
        connected = maker(scheduler, timeout=_CONNECT_TIMEOUT_S)
    except (OSError, TimeoutError, ValueError):
        raise Unavailable(
            f"No Dask scheduler answers at {scheduler}.",
            hint="Start one with 'dask scheduler', or leave --scheduler out.",
        ) from None
    with connected:
        if not connected.scheduler_info()["workers"]:
            raise Unavailable(
                f"The Dask scheduler at {scheduler} has no workers.", hint="Start some with 'dask worker'."
            )
        yield connected


def available_cpus() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def read_sweep(folder: Path) -> pa.Table:
    """All rows of a finished or unfinished sweep, in order."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    read_manifest(folder)
    parts = sorted(folder.glob("part-*.parquet"))
    if not parts:
        raise Unavailable(f"The sweep in {folder} has no finished chunk.", hint="Run it with --resume.")
    return pa.concat_tables([pq.read_table(part) for part in parts])
