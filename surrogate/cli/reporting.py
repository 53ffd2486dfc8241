"""``surrogate report``: everything about some candidates in one page."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from surrogate.cli import options
from surrogate.cli.waiting import waiting
from surrogate.errors import InvalidInput
from surrogate.planner.planners import DEFAULT_PLANNER


def report(
    composition: options.CompositionArgument = None,
    settings: options.SettingsArgument = None,
    out: Annotated[Path, typer.Option("--out", help="The HTML file to write.")] = Path("out/report.html"),
    file: options.FileOption = None,
    encoding: options.EncodingOption = None,
    objective: Annotated[
        list[str] | None, typer.Option("--objective", help="Suggest recipes for it; may be repeated.")
    ] = None,
    space: options.SpaceOption = "argyrodite",
    batch: options.BatchOption = 4,
    seed: options.SeedOption = 0,
    planner: options.PlannerOption = DEFAULT_PLANNER,
    simulator: options.SimulatorOption = False,
    campaign: Annotated[str | None, typer.Option("--campaign", help="Id of a campaign to show.")] = None,
    raw: Annotated[
        list[Path] | None,
        typer.Option("--raw", help="Files of instruments, or a folder: those of the campaign are drawn."),
    ] = None,
    store: options.StoreOption = options.STORE,
    level: options.LevelOption = 0.9,
    models: options.ModelsOption = None,
) -> None:
    """Write a report in one HTML file: data, models, predictions, suggestions with masses, campaign, references."""
    with waiting() as progress, ExitStack() as opened:
        from surrogate.cli import notes, read
        from surrogate.models.artifact import load_models
        from surrogate.planner.suggest import PREPARATIONS, suggest
        from surrogate.report.document import CHAPTERS, Content, write_report
        from surrogate.space.ready import load_space

        if out.is_dir():  # said before the work, not after it
            raise InvalidInput(
                f"'{out}' is a folder.", hint=f"Name the page in it, such as --out {out / 'report.html'}."
            )
        first = batch + PREPARATIONS if objective else 0
        loaded = load_models(models)
        is_described = composition or settings or file
        candidates = read.candidates(composition, settings or [], file, encoding=encoding) if is_described else []
        notes.say_unused(candidates)
        design_space = load_space(space) if objective else None
        answer = None if design_space is None else suggest(
            design_space, objective or [], models=loaded, simulator=simulator, batch=batch, seed=seed, planner=planner,
            progress=lambda done, total: progress(done, total + CHAPTERS),
        )  # fmt: skip
        shown_campaign = None
        if campaign is not None:
            from surrogate.campaign.store import CampaignStore

            shown_campaign = opened.enter_context(CampaignStore.open(store, must_exist=True)).get(campaign)
        content = Content(
            models=loaded, candidates=candidates, batch=answer, space=design_space, level=level,
            campaign=shown_campaign, raw=raw or (),
        )  # fmt: skip
        path = write_report(content, out, progress=lambda done, total: progress(first + done, first + total))
    print(path)
