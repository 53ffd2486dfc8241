"""Where the values of a campaign come from: each file, what was assumed, and a figure where the file is at hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from surrogate.candidate.provenance import Provenance
from surrogate.errors import InvalidInput, SurrogateError, Unavailable
from surrogate.instruments.source import InstrumentFile, open_file
from surrogate.properties import get_property
from surrogate.report.apart import draw_apart
from surrogate.report.markup import Html, joined, picture, table, tag
from surrogate.text import relative_spread

if TYPE_CHECKING:
    from surrogate.campaign.campaign import Campaign
    from surrogate.campaign.records import MeasurementRecord

#: Most figures of one report.
MAX_FIGURES = 40
_HEAD = ("value", "±", "file (sha256)", "instrument, software", "assumptions")


def origins(campaign: Campaign | None, raw: Sequence[Path] = ()) -> Html:
    """A chapter on the values that came out of files; nothing where there is none.

    Args:
        campaign: Whose values are shown.
        raw: Files, and folders of files, among which those of the campaign are recognised by their hash.

    Raises:
        Unavailable: A path in ``raw`` leads nowhere, or matplotlib is missing.
    """
    if campaign is None:
        return Html("")
    from surrogate.campaign.records import every

    records = [record for record in every(campaign.measurements) if record.result.provenance is not None]
    if not records:
        return Html("")
    at_hand = _find_files(campaign, raw, {file.sha256 for record in records for file in _find_provenance(record).files})
    of_rows: dict[str, list[MeasurementRecord]] = {}
    for record in records:
        of_rows.setdefault(record.result.suggestion or record.id, []).append(record)
    parts, drawn = [], 0
    for row, measured in of_rows.items():
        parts += [tag("h3", row), table(_HEAD, map(_write_line, measured), numbers=(0, 1))]
        files = {file.sha256: at_hand[file.sha256] for record in measured for file in _find_provenance(record).files
                 if file.sha256 in at_hand}  # fmt: skip
        if files and drawn < MAX_FIGURES:
            parts.append(_draw_figure(row, list(files.values())))
            drawn += 1
    return tag("section", tag("h2", "Where measured values come from"), joined(parts))


def _draw_figure(row: str, files: Sequence[InstrumentFile]) -> Html:
    words = f"What was recorded of {row}: {', '.join(file.name for file in files)}."
    try:
        return picture(draw_apart(files), words, words, width_in=8.0)
    except InvalidInput as error:  # a file that an earlier version read, and this one does not
        return tag("p", f"{words} It cannot be drawn: {error.message}", class_="soft")


def _write_line(record: MeasurementRecord) -> Sequence[str]:
    result, origin = record.result, _find_provenance(record)
    if result.property is None or result.value is None:
        shown = (str(result.status), "")
    else:
        spread = relative_spread(result.value, result.uncertainty, result.property)
        shown = (f"{get_property(result.property).label} {result.shown()}", spread)
    files = "; ".join(f"{file.name} ({file.sha256[:16]}…)" for file in origin.files) or "none"
    made_by = ", ".join(text for text in (origin.instrument, origin.software, origin.read_by) if text)
    return (*shown, files, made_by, "; ".join(origin.assumptions))


def _find_provenance(record: MeasurementRecord) -> Provenance:
    return record.result.provenance or Provenance()


def _find_files(campaign: Campaign, raw: Sequence[Path], hashes: set[str]) -> Mapping[str, InstrumentFile]:
    """The files of ``hashes`` that the campaign keeps or that lie among ``raw``."""
    kept = (campaign.kept_file(file.sha256) for file in campaign.kept_files() if file.sha256 in hashes)
    files = (file for file in chain(kept, _open_files(raw)) if file.sha256 in hashes)
    return {file.sha256: file for file in files}


def _open_files(raw: Sequence[Path]) -> Iterable[InstrumentFile]:
    for path in raw:
        if path.is_dir():
            for part in sorted(part for part in path.iterdir() if part.is_file()):
                try:
                    yield open_file(part)
                except SurrogateError:  # what is empty or too large here gave no value
                    continue
        elif path.exists():
            yield open_file(path)
        else:
            raise Unavailable(f"'{path}' is not there.", hint="Check the path.")
