"""`surrogate tell --file`: what files of instruments say of suggestions."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from surrogate.campaign import Campaign, Told
    from surrogate.campaign.records import Result


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
    from surrogate.errors import Conflict
    from surrogate.instruments.measuring import measure
    from surrogate.instruments.paths import is_written
    from surrogate.instruments.source import open_file
    from surrogate.wire.instruments import write_reading

    candidates = {record.id: record.candidate for record in every(campaign.suggestions)}
    addressed = [_addressed(text, suggestion) for text in files]
    texts = [(ident, text) for ident, text in addressed if is_written(text)]
    opened = [(ident, open_file(Path(text))) for ident, text in addressed if not is_written(text)]
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
    _say_told_elsewhere(campaign, results)
    try:
        answer = campaign.tell(results, complete=complete, keep=kept)
    except Conflict as error:
        if "told before" not in error.message:
            raise
        hint = "Another mass, thickness, diameter or temperature than before? --correct puts it right."
        raise Conflict(error.message, hint=hint) from None
    say_questions(campaign, answer)
    return [row.suggestion for row in rows]


def _say_told_elsewhere(campaign: Campaign, results: Sequence[Result]) -> None:
    """Files that another suggestion was told from, now or before, on standard error: one file is of one sample."""
    from surrogate.campaign.records import every

    owners: dict[str, dict[str, str]] = {}
    for result in (*(record.result for record in every(campaign.measurements) if record.is_used), *results):
        for file in () if result.provenance is None else result.provenance.files:
            owners.setdefault(file.sha256, {}).setdefault(str(result.suggestion), file.name)
    hashes = {file.sha256 for result in results if result.provenance is not None for file in result.provenance.files}
    for names in (owners[digest] for digest in sorted(hashes) if len(owners[digest]) > 1):
        print(
            f"warning: '{list(names.values())[-1]}' is told of {', '.join(names)}; one file is of one sample.",
            file=sys.stderr,
        )


def _addressed(text: str, suggestion: str | None) -> tuple[str | None, str]:
    """The suggestion that a file belongs to, if it is said, and the path or the resistance itself."""
    from surrogate.campaign.files import address_of
    from surrogate.errors import InvalidInput

    stated, rest = (None, text) if Path(text).is_file() else address_of(text)
    if stated is not None and suggestion not in (None, stated):
        raise InvalidInput(f"'{text}' is of {stated}, but {suggestion} is told.", hint=f"Leave out {suggestion}.")
    return stated or suggestion, rest


def say_questions(campaign: Campaign, answer: Told) -> None:
    """Values that the others contradict, on standard error."""
    for question in campaign.questions([record.id for record in answer.measurements]):
        print(f"question: {question}", file=sys.stderr)
