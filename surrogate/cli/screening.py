"""The command that goes through very many candidates of a space."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from surrogate.cli import notes
from surrogate.cli.options import LevelOption, ModelsOption, SpaceOption
from surrogate.cli.waiting import waiting
from surrogate.text import counted


def screen(
    objective: Annotated[
        list[str],
        typer.Option(
            "--objective",
            help="What is wanted, e.g. 'maximise ionic_conductivity' or 'ionic_conductivity >= 1 mS/cm'; "
            "may be repeated.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="The table to write (Parquet); must not exist.")],
    n: Annotated[int, typer.Option("--n", help="Candidates to predict.")] = 100_000,
    space: SpaceOption = "argyrodite",
    top: Annotated[int, typer.Option("--top", help="Recipes to keep.")] = 1000,
    seed: Annotated[int, typer.Option(help="Same seed, same answer, on any number of workers.")] = 0,
    level: LevelOption = 0.9,
    domain: Annotated[str, typer.Option(help="Worst domain verdict that is kept: in, edge or out.")] = "out",
    min_distance: Annotated[
        float, typer.Option(help="How different the kept recipes must be; 0.3 is clearly another, 0 drops repeats.")
    ] = 0.2,
    scheduler: Annotated[str | None, typer.Option(help="Dask scheduler, e.g. tcp://10.0.0.5:8786.")] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes on this machine; one per core when left out, 0: none.")
    ] = None,
    chunk: Annotated[
        int | None, typer.Option(help="Candidates per piece of work, a multiple of 4096; does not change the answer.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run that was stopped.")] = False,
    models: ModelsOption = None,
) -> None:
    """Predict very many candidates of a space and keep the best different ones, with interval and domain verdict."""
    from surrogate.models import load_models
    from surrogate.planner.electrode import per_electrode
    from surrogate.planner.objective import Objective
    from surrogate.planner.screening import Screening, screen
    from surrogate.planner.screening.run import folder_of
    from surrogate.space.ready import load_space

    chosen_space = load_space(space)
    wishes = per_electrode(chosen_space, Objective.parse(objective))
    notes.say(wishes.notes)
    task = Screening(
        space=chosen_space,
        objective=wishes,
        models=load_models(models),
        n=n,
        top=top,
        seed=seed,
        level=level,
        within=domain,
        min_distance=min_distance,
        chunk=chunk,
    )
    left = f"the finished chunks are in {folder_of(out)}. Go on with the same command and --resume."
    with waiting(left, unit="chunks") as progress:
        screened = screen(task, out, resume=resume, scheduler=scheduler, workers=workers, progress=progress)
    tally = screened.tally
    verdicts = ", ".join(f"{count} {word}" for word, count in zip(("in", "edge", "out"), tally.domain, strict=True))
    chunks = counted(task.chunks, "chunk")
    print(f"{tally.candidates} candidates in {chunks}, {screened.computed} computed now. Domain: {verdicts}.")
    if task.objective.thresholds:
        print(f"{tally.meet} are expected to meet every threshold.")
    if screened.near:
        print(f"{screened.near} of the rows lie nearer than {min_distance:g} to a better one: the best are all alike.")
    if not screened.rows:
        print(f"No candidate has a domain verdict as good as '{domain}'; --domain edge or out keeps more.")
    print(f"{screened.rows} rows: {out}")
