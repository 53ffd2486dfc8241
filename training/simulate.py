"""``python -m training simulate``: simulated measurements from the physics, in a folder of Parquet files.

    python -m training simulate --n 10000 --seed 7 --out data/simulated [--scheduler ADDRESS] [--resume]

The same command continues a sweep that was stopped (``--resume``), on a laptop or on a Dask cluster. Progress goes to
stderr: a bar with the time left on a terminal, a plain line every 30 s elsewhere. Exit codes are those of the product
(0 done, 3 invalid input, 5 something is missing, 130 interrupted).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from surrogate.errors import SurrogateError
from surrogate.execution.interruption import INTERRUPTED, heeding_interruption
from surrogate.execution.progress import ProgressDisplay

DEFAULT_LEVEL = "SPMe"


def run(
    n: int,
    seed: int,
    out: Path,
    scheduler: str | None = None,
    resume: bool = False,
    level: str = DEFAULT_LEVEL,
    workers: int | None = None,
    nominal: bool = False,
    stream: TextIO | None = None,
) -> int:
    """Simulate a sweep of recipes and write it as a table.

    Args:
        n: How many recipes.
        seed: Of their drawing.
        out: File or folder of the table.
        scheduler: Address of a Dask scheduler to work on, instead of local processes.
        resume: Whether to go on with what is there.
        level: ``analytic``, ``SPMe`` or ``DFN``.
        workers: Local processes; 0 for this one.
        nominal: Whether the parameters keep their nominal values instead of being drawn.
        stream: Gets one sentence where something goes wrong; ``None`` for stderr.

    Returns:
        The exit code of the command.
    """
    stream = stream or sys.stderr
    try:
        from surrogate.physics.sweep import Sweep, sweep

        spec = Sweep(n=n, seed=seed, level=level, spread=not nominal)
        with heeding_interruption(), ProgressDisplay(stream, unit="chunks") as progress:
            done = sweep(spec, out, resume=resume, scheduler=scheduler, workers=workers, progress=progress)
    except KeyboardInterrupt:
        print(f"Interrupted; the finished chunks are in {out}. Go on with the same command and --resume.", file=stream)
        return INTERRUPTED
    except SurrogateError as problem:
        print(problem, file=stream)
        return problem.exit_code
    print(
        f"{done.rows} rows in {done.chunks} chunks in {out}: {done.computed} computed, {done.reused} kept.", file=stream
    )
    return 0


def parser() -> argparse.ArgumentParser:
    """The options of the command."""
    arguments = argparse.ArgumentParser(
        prog="python -m training simulate", description="Simulated measurements from the physics."
    )
    arguments.add_argument("--n", type=int, default=10_000, help="points of the sweep (default: 10000)")
    arguments.add_argument(
        "--seed", type=int, default=7, help="seed of the sequence and of the parameter draws (default: 7)"
    )
    arguments.add_argument(
        "--out", type=Path, default=Path("data/simulated"), metavar="DIR", help="folder of the results"
    )
    arguments.add_argument("--scheduler", metavar="ADDRESS", help="Dask scheduler, e.g. tcp://10.0.0.5:8786")
    arguments.add_argument("--resume", action="store_true", help="go on with the sweep in DIR")
    arguments.add_argument("--level", default=DEFAULT_LEVEL, help="analytic, SPMe (default) or DFN")
    arguments.add_argument("--workers", type=int, default=None, help="local processes (default: one per core; 0: none)")
    arguments.add_argument(
        "--nominal", action="store_true", help="nominal parameters instead of draws from their priors"
    )
    return arguments


def main(argv: Sequence[str] | None = None) -> int:
    """The command by itself: ``python -m training.simulate``."""
    a = parser().parse_args(argv)
    return run(a.n, a.seed, a.out, a.scheduler, a.resume, a.level, a.workers, a.nominal)


if __name__ == "__main__":
    sys.exit(main())
