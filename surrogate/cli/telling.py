"""`surrogate tell --file`: what files of instruments say of suggestions."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from surrogate.campaign import Campaign, Told


def tell_files(
    campaign: Campaign,
    suggestion: str | None,
    files: Sequence[str],
    details: Mapping[str, Sequence[str]],
    *,
    reference_cycle: int | None,
    note: str | None,
    keep: bool,
    complete: bool,
    correct: bool,
) -> list[str]:
    """Tell what the files of one suggestion say, or of each that they are addressed to; the suggestions.

    All of it is written or, where one file cannot be right, nothing.
    """
    from surrogate.campaign.files import as_corrections, match_rows, results_of
    from surrogate.campaign.records import every
    from surrogate.cli.measuring import say_warnings
    from surrogate.instruments.measuring import measure
    from surrogate.instruments.paths import is_written, open_all
    from surrogate.wire.instruments import write_reading

    candidates = {record.id: record.candidate for record in every(campaign.suggestions)}
    addressed = [_addressed(text, suggestion) for text in files]
    texts = [(ident, text) for ident, text in addressed if is_written(text)]
    opened = [(ident, open_all([text])[0][0]) for ident, text in addressed if not is_written(text)]
    rows = match_rows(candidates, opened, texts, details, reference_cycle=reference_cycle)
    results = []
    for row in rows:
        reading = measure(row.files, row.details, row.written)
        say_warnings(reading)
        values = write_reading(reading).values
        results += results_of(values, row.suggestion, candidates[row.suggestion], note=note)
    if correct:
        results = as_corrections(campaign, results)
    kept = [file for row in rows for file in row.files] if keep else []
    say_questions(campaign, campaign.tell(results, complete=complete, keep=kept))
    return [row.suggestion for row in rows]


def _addressed(text: str, suggestion: str | None) -> tuple[str | None, str]:
    """The suggestion that a file belongs to, if it is said, and the path or the resistance itself."""
    from surrogate.campaign.files import address_of
    from surrogate.errors import InvalidInput

    stated, rest = (None, text) if Path(text).is_file() else address_of(text)
    if stated is not None and suggestion not in (None, stated):
        raise InvalidInput(f"'{text}' is of {stated}, but {suggestion} is told.", hint=f"Leave out {suggestion}.")
    return stated or suggestion, rest


def say_questions(campaign: Campaign, told: Told) -> None:
    """Values that the others contradict, on standard error."""
    for question in campaign.questions([record.id for record in told.measurements]):
        print(f"question: {question}", file=sys.stderr)
