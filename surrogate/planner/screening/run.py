"""Running a screening: chunks handed out, their shortlists kept in a folder as they finish, the table at the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from surrogate.errors import InvalidInput, Unavailable
from surrogate.execution.folder import RunFolder, unwritable, write_whole
from surrogate.execution.process import one_thread
from surrogate.execution.workers import check_workers, executor
from surrogate.planner.screening.judge import scales_of, shortlisted
from surrogate.planner.screening.shortlist import Shortlist, Tally, from_parquet, import_parquet, to_parquet
from surrogate.planner.screening.table import chosen, columns_of, to_table
from surrogate.planner.screening.task import Screening, version
from surrogate.space.variables import Array

MANIFEST = "screening.json"
#: Chunks from which it pays to start processes unless told how many.
_WORTH_PROCESSES = 4

Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Screened:
    """What a run did: the table, how many rows it has and how many of them lie ``near`` a better one, what was looked
    at in all, and how many chunks were computed now and kept from before.
    """

    out: Path
    folder: Path
    rows: int
    near: int
    tally: Tally
    computed: int
    kept: int


def folder_of(out: Path) -> Path:
    """Where the finished chunks of a screening into ``out`` are kept."""
    return out.with_name(f"{out.name}.chunks")


def screen(
    task: Screening,
    out: Path,
    *,
    resume: bool = False,
    scheduler: str | None = None,
    workers: int | None = None,
    progress: Progress = lambda done, total: None,
) -> Screened:
    """Run ``task`` and write its table to ``out`` (Parquet); ``progress`` is called with (chunks done, chunks in all).

    Finished chunks are kept in :func:`folder_of`, so that a run that is stopped, by whatever, goes on with ``resume``.
    ``scheduler`` and ``workers`` are those of :func:`surrogate.execution.workers.executor`. Raises
    :class:`InvalidInput` where ``out`` exists or the folder holds another run, and :class:`Unavailable` for a scheduler
    that does not answer or a full disk; nothing is ever overwritten.
    """
    check_workers(workers)
    _check_out(out)
    import_parquet()
    task.check()
    folder = RunFolder(path=folder_of(out), kind="screening", manifest=MANIFEST)
    with folder.alone(), one_thread():
        return _screened(task, out, folder, resume, scheduler, workers, progress)


def _screened(
    task: Screening,
    out: Path,
    folder: RunFolder,
    resume: bool,
    scheduler: str | None,
    workers: int | None,
    progress: Progress,
) -> Screened:
    manifest = task.manifest()
    missing = folder.prepare(manifest, task.chunks, resume=resume)
    kept = task.chunks - len(missing)
    progress(kept, task.chunks)
    if missing:
        _compute(task, folder, missing, scheduler, workers, lambda done: progress(kept + done, task.chunks))
    shortlist, tally = _merged(task, folder)
    rows, distance = chosen(task, shortlist)
    metadata = {name: value for name, value in manifest.items() if name != "chunk"}  # which does not change the answer
    table = to_table(columns_of(task, rows, distance), metadata, tally)
    _check_out(out)  # hours may have passed
    write_whole(out, table)
    near = int((distance < task.min_distance).sum())
    return Screened(
        out=out, folder=folder.path, rows=len(rows), near=near, tally=tally, computed=len(missing), kept=kept
    )


def run_chunk(index: int, common: tuple[Screening, Array, str]) -> bytes:
    """All that a worker does: the shortlist of chunk ``index`` as a Parquet file in memory."""
    task, scales, required = common
    if version() != required:
        raise Unavailable(
            f"A worker has the version {version()} of this product, but the screening is one of {required}.",
            hint="Give the workers the same version.",
        )
    with one_thread():
        return to_parquet(*shortlisted(task, scales, index))


def _compute(
    task: Screening,
    folder: RunFolder,
    missing: list[int],
    scheduler: str | None,
    workers: int | None,
    progress: Callable[[int], None],
) -> None:
    if workers is None and scheduler is None and len(missing) < _WORTH_PROCESSES:
        workers = 0
    common = (task, scales_of(task), version())
    with executor(scheduler=scheduler, workers=workers) as cluster:
        for done, (index, chunk) in enumerate(cluster.stream(run_chunk, missing, cluster.share(common)), start=1):
            write_whole(folder.part(index), chunk.result())
            progress(done)


def _merged(task: Screening, folder: RunFolder) -> tuple[Shortlist, Tally]:
    """The shortlist of all chunks, one at a time so that memory stays bounded."""
    lost = folder.missing(task.chunks)
    if lost:
        raise Unavailable(
            f"{len(lost)} chunks did not come back, the first: {lost[0]}.", hint="Run again with --resume."
        )
    held: Shortlist | None = None
    tally = Tally()
    for index in range(task.chunks):
        part = folder.part(index)
        shortlist, counted = from_parquet(part.read_bytes(), str(part))
        held = (shortlist if held is None else Shortlist.joined([held, shortlist])).best(task.shortlist)
        tally += counted
    assert held is not None, "a screening has at least one chunk"
    return held, tally


def _check_out(out: Path) -> None:
    if out.suffix != ".parquet":
        raise InvalidInput(f"The table '{out}' does not end in .parquet.", hint="Give --out top.parquet.")
    if out.exists():
        raise InvalidInput(f"The file {out} exists already.", hint="Give another --out, or move it away.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise unwritable(out.parent, problem) from None
