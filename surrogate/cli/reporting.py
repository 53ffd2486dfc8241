"""From the options of ``surrogate report`` to the content of the page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from surrogate.cli import notes, read
from surrogate.errors import InvalidInput
from surrogate.execution.progress import Progress
from surrogate.models.artifact import load_models
from surrogate.planner.suggest import PREPARATIONS, suggest
from surrogate.report.document import CHAPTERS, Content, write_report
from surrogate.space.ready import load_space


def write(
    out: Path,
    *,
    composition: str | None,
    settings: Sequence[str],
    file: Path | None,
    encoding: str | None,
    objective: Sequence[str],
    space: str,
    batch: int,
    seed: int,
    planner: str,
    simulator: bool,
    campaign: str | None,
    raw: Sequence[Path],
    store: str,
    level: float,
    models: Path | None,
    progress: Progress,
) -> Path:
    """Load, predict, suggest where there is an objective, and write the page; its path."""
    if out.is_dir():  # said before the work, not after it
        raise InvalidInput(f"'{out}' is a folder.", hint=f"Name the page in it, such as --out {out / 'report.html'}.")
    first = batch + PREPARATIONS if objective else 0
    loaded = load_models(models)
    is_described = composition or settings or file
    candidates = read.candidates(composition, settings, file, encoding=encoding) if is_described else []
    notes.say_unused(candidates)
    design_space = load_space(space) if objective else None
    answer = None if design_space is None else suggest(
        design_space, objective, models=loaded, simulator=simulator, batch=batch, seed=seed, planner=planner,
        progress=lambda done, total: progress(done, total + CHAPTERS),
    )  # fmt: skip
    content = Content(models=loaded, candidates=candidates, batch=answer, space=design_space, level=level)

    def report_progress(done: int, total: int) -> None:
        progress(first + done, first + total)

    if campaign is None:
        return write_report(content, out, progress=report_progress)
    from dataclasses import replace

    from surrogate.campaign.store import CampaignStore

    with CampaignStore.open(store, must_exist=True) as opened:
        return write_report(replace(content, campaign=opened.get(campaign), raw=raw), out, progress=report_progress)
