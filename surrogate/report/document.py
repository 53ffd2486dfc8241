"""The report: one HTML file without network, scripts or outside files, that also prints well.

:func:`report_html` puts together what :class:`Content` holds: predictions with reasons and cited rows, suggestions
with masses to weigh in, a campaign so far, the data, the models in short, and the references. The same content gives
the same file; it carries no date.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from surrogate.candidate.measurement import Candidate
from surrogate.errors import InvalidInput, Unavailable
from surrogate.execution.progress import Progress, silent
from surrogate.models.surrogate import Surrogate
from surrogate.properties import PROPERTIES
from surrogate.report import chapters
from surrogate.report.markup import Html, joined, tag
from surrogate.report.origins import origins
from surrogate.report.sources import References

if TYPE_CHECKING:
    from surrogate.campaign.campaign import Campaign
    from surrogate.planner.suggestion import SuggestionBatch
    from surrogate.space.design_space import DesignSpace

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_HOW_TO_READ = (
    "The interval says where the next reported value of such a recipe falls with the stated probability; it holds the "
    "scatter between laboratories and is not a promise about one pellet. The domain verdict says whether the models "
    "have seen anything like it: in, edge or out, with the reason. Every prediction names the nearest measurements "
    "that the models have seen; what was simulated says so. A model that is not champion did not pass the quality gate."
)


@dataclass(frozen=True, kw_only=True)
class Content:
    """What goes into a report: models by property, and any of candidates, a batch of suggestions, a campaign.

    ``space`` lets the report draw what the design space offers beside the batch. ``raw`` are files of instruments, or
    folders of them: those that values of the campaign came from are drawn. ``data`` is the data folder (default: the
    bundled one).
    """

    models: Mapping[str, Surrogate]
    candidates: Sequence[Candidate] = ()
    batch: SuggestionBatch | None = None
    space: DesignSpace | None = None
    campaign: Campaign | None = None
    raw: Sequence[Path] = ()
    data: Path | None = None
    level: float = 0.9
    title: str = "Predictions and suggestions for sulfide solid-state batteries"


#: Parts of the page, each a step of :func:`report_html`.
CHAPTERS = 6


def report_html(content: Content, *, progress: Progress = silent) -> str:
    """Write the whole page.

    Args:
        content: What it shows.
        progress: Called with the chapters done and all.

    Raises:
        Unavailable: There is no model, or matplotlib is missing.
    """
    if not content.models:
        raise Unavailable("A report needs at least one model.", hint="Train models with 'python -m training fit'.")
    references = References()
    models = {name: content.models[name] for name in PROPERTIES if name in content.models}  # the usual order
    makers: tuple[Callable[[], Html], ...] = (
        lambda: chapters.candidates(models, content.candidates, content.level, references, content.data),
        lambda: chapters.suggestions(content.batch, content.space, models, content.candidates, references),
        lambda: joined([chapters.campaign(content.campaign), origins(content.campaign, content.raw)]),
        lambda: chapters.data(models, content.data),
        lambda: chapters.models(models),
        lambda: chapters.references(references),
    )
    parts = []
    for count, make in enumerate(makers):
        progress(count, CHAPTERS)
        parts.append(make())
    progress(CHAPTERS, CHAPTERS)
    return "<!DOCTYPE html>\n" + tag("html", _write_head(content.title), _write_body(content, parts), lang="en") + "\n"


def write_report(content: Content, path: Path, *, progress: Progress = silent) -> Path:
    """Write the report to a file, making its folder.

    Args:
        content: What it shows.
        path: The HTML file.
        progress: Called with the chapters done and all.

    Returns:
        The path.

    Raises:
        InvalidInput: The file cannot be written.
        Unavailable: There is no model, or matplotlib is missing.
    """
    page = report_html(content, progress=progress)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"'{path}' cannot be written: {error.strerror}.", hint="Choose another --out.") from None
    return path


def _write_head(title: str) -> Html:
    css = resources.files("surrogate.report").joinpath("style.css").read_text("utf-8")
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'),
        tag("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", Html(css)),
    )


def _write_body(content: Content, parts: Sequence[Html]) -> Html:
    models = ", ".join(f"{m.identity.name} {m.identity.version}" for m in content.models.values())
    return tag(
        "body",
        tag("h1", content.title),
        tag("p", f"Made with {models}.", class_="soft"),
        tag("p", _HOW_TO_READ, class_="note"),
        joined(parts),
    )
