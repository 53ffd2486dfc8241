"""Files of instruments and the suggestions they belong to: matched by name, and what they gave as results."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from difflib import SequenceMatcher
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from surrogate.campaign.codec import provenance_from_plain
from surrogate.campaign.reading import content_sha256, result_row
from surrogate.campaign.records import MeasurementRecord, Result, every
from surrogate.candidate.measurement import Candidate
from surrogate.errors import InvalidInput
from surrogate.instruments.measuring import Details
from surrogate.instruments.source import InstrumentFile
from surrogate.wire.instruments import MeasuredValue

if TYPE_CHECKING:
    from surrogate.campaign.campaign import Campaign

#: An id of a suggestion that stands alone in the name of a file, or before what belongs to it: ``s4=cell7.csv``.
_CARRIED = re.compile(r"(?<![A-Za-z0-9])[sS]\d+(?![A-Za-z0-9])")
_ADDRESSED = re.compile(r"\s*([sS]\d+)\s*=\s*(.+)", re.DOTALL)
_WORD = re.compile(r"[A-Za-z]*\d+|[A-Za-z]+")
#: What is said of a pellet or a cell, beside its files.
DETAILS = tuple(part.name for part in fields(Details) if part.name != "reference_cycle")


@dataclass(frozen=True, kw_only=True)
class RowFiles:
    """What there is of one suggestion: files, resistances written out, and what no file says."""

    suggestion: str
    files: tuple[InstrumentFile, ...] = ()
    written: tuple[str, ...] = ()
    details: Details = field(default_factory=Details)


def address_of(text: str) -> tuple[str | None, str]:
    """The suggestion that stands before ``text``, and the rest: ``s4=cell7.csv``; ``None`` where none does."""
    addressed = _ADDRESSED.fullmatch(text)
    return (None, text) if addressed is None else (addressed[1].lower(), addressed[2].strip())


def match_rows(
    suggestions: Collection[str],
    files: Iterable[tuple[str | None, InstrumentFile]],
    written: Iterable[tuple[str | None, str]] = (),
    details: Mapping[str, Sequence[str]] | None = None,
    *,
    reference_cycle: int | None = None,
) -> tuple[RowFiles, ...]:
    """What belongs to each suggestion, in the order in which they come.

    Args:
        suggestions: The ids that there are.
        files: Each with its suggestion; with ``None`` its name carries one, as in ``pellet_s4_60C.mpt``.
        written: The same for resistances, which have no name.
        details: By name of :class:`Details`, texts for all rows, or for one: ``s4=12.3 mg``.
        reference_cycle: For all rows.

    Raises:
        InvalidInput: For what belongs to no suggestion or to several, with the nearest id.
    """
    rows: dict[str, RowFiles] = {}
    for suggestion, file in files:
        row = _find_row(rows, suggestion or carried_by(file.name, suggestions), file.name, suggestions)
        rows[row.suggestion] = replace(row, files=(*row.files, file))
    for suggestion, text in written:
        row = _find_row(rows, suggestion, text, suggestions)
        rows[row.suggestion] = replace(row, written=(*row.written, text))
    if not rows:
        raise InvalidInput("There is no file.", hint="Give at least one.")
    stated = _split_details(details or {}, rows)
    return tuple(
        replace(row, details=Details(**stated[row.suggestion], reference_cycle=reference_cycle))
        for row in rows.values()
    )


def carried_by(name: str, suggestions: Collection[str]) -> str:
    """The suggestion whose id the name of a file carries; raises :class:`InvalidInput` for none, and for several."""
    stem = PurePath(name).stem
    carried = list(dict.fromkeys(match[0].lower() for match in _CARRIED.finditer(stem)))
    if len(carried) == 1 and carried[0] in suggestions:
        return carried[0]
    if len(carried) > 1:
        raise InvalidInput(
            f"The name of '{name}' carries several ids: {', '.join(carried)}.",
            hint=f"Say which it belongs to: {carried[0]}={name}.",
        )
    raise _explain_unmatched(name, suggestions)


def _find_row(
    rows: Mapping[str, RowFiles], suggestion: str | None, name: str, suggestions: Collection[str]
) -> RowFiles:
    if suggestion is None or suggestion not in suggestions:
        raise _explain_unmatched(name if suggestion is None else suggestion, suggestions)
    return rows.get(suggestion) or RowFiles(suggestion=suggestion)


def _explain_unmatched(name: str, suggestions: Collection[str]) -> InvalidInput:
    """The refusal of what no suggestion is called by, with the id that is nearest to a part of it."""
    if not suggestions:
        return InvalidInput(f"'{name}' matches no suggestion: there is none yet.", hint="Ask the campaign for some.")
    words = [word.lower() for word in _WORD.findall(PurePath(name).stem)] or [name]
    nearest = max(suggestions, key=lambda ident: max(_measure_likeness(word, ident) for word in words))
    return InvalidInput(
        f"'{name}' matches no suggestion of this campaign.",
        hint=f"The nearest is {nearest}; say which one a file belongs to, as in {nearest}=cell.csv.",
    )


def _measure_likeness(word: str, ident: str) -> float:
    """How much a word in a name is like an id, the number before the letter."""
    same_number = re.sub(r"\D", "", word).lstrip("0") == ident[1:]
    return same_number + SequenceMatcher(None, word, ident).ratio()


def _split_details(details: Mapping[str, Sequence[str]], rows: Mapping[str, RowFiles]) -> dict[str, dict[str, str]]:
    """What is said for all rows, and over it what is said for one."""
    stated: dict[str, dict[str, str]] = {suggestion: {} for suggestion in rows}
    for name in DETAILS:
        texts = [address_of(text) for text in details.get(name, ())]
        for suggestion, text in sorted(texts, key=lambda pair: pair[0] is not None):
            if suggestion is not None and suggestion not in rows:
                raise InvalidInput(
                    f"There is no file of {suggestion}, whose {name} is given.", hint=f"Files are of {', '.join(rows)}."
                )
            if suggestion is None and [addressed for addressed, _ in texts].count(None) > 1:
                raise InvalidInput(
                    f"The {name} is given more than once.", hint=f"Say of which row, as in {next(iter(rows))}={text}."
                )
            for row in rows if suggestion is None else (suggestion,):
                stated[row][name] = text
    return stated


def results_of(
    values: Iterable[MeasuredValue], suggestion: str, planned: Candidate, *, note: str | None = None
) -> list[Result]:
    """Make values of instruments results of a suggestion, with where they come from.

    The same files give the same ids, so telling them twice changes nothing.

    Args:
        values: What was measured.
        suggestion: Its id.
        planned: Its candidate, which is taken under the conditions that the files state.
        note: Words of the laboratory about the values.
    """
    return [
        Result(
            property=value.property,
            value=value.value,
            suggestion=suggestion,
            candidate=_apply_conditions(value, planned),
            uncertainty=value.uncertainty,
            id=f"{suggestion}/{value.property}/{_print_of(value)}",
            source_file=", ".join(file.name for file in value.provenance.files)[:2000] or None,
            provenance=provenance_from_plain(value.provenance.model_dump()),
            note=note,
        )
        for value in values
    ]


def as_corrections(campaign: Campaign, results: Sequence[Result]) -> list[Result]:
    """Make results corrections of what the same files gave before, where that was another value.

    A mass that was mistyped is put right so: the earlier value is kept, and no longer used.

    Args:
        campaign: Holds the earlier values.
        results: From :func:`results_of`.

    Returns:
        The results, in their order.
    """
    suggestions = {result.suggestion for result in results}
    records = {ident: tuple(every(campaign.measurements, suggestion=ident)) for ident in suggestions}
    return [_correct(result, records[result.suggestion]) for result in results]


def _correct(result: Result, records: Sequence[MeasurementRecord]) -> Result:
    before = [record for record in records if re.fullmatch(re.escape(str(result.id)) + r"(-\d+)?", record.id)]
    used = next((record for record in before if record.is_used), None)
    if used is None:
        return result
    same = replace(result, id=used.id, replaces=used.result.replaces)
    if content_sha256(result_row(same)) == content_sha256(result_row(used.result)):
        return same
    return replace(result, id=f"{result.id}-{len(before) + 1}", replaces=used.id)


def _print_of(value: MeasuredValue) -> str:
    """What tells the files of a value, or the words it was written in, from others."""
    hashes = [file.sha256 for file in value.provenance.files]
    if len(hashes) == 1:
        return hashes[0][:16]
    return hashlib.sha256("\n".join(hashes or value.provenance.assumptions).encode()).hexdigest()[:16]


def _apply_conditions(value: MeasuredValue, planned: Candidate) -> Candidate | None:
    """The planned candidate under what the file states; ``None`` where it states nothing else."""
    stated: dict[str, Any] = {
        "temperature_c": value.temperature_c,
        "cycles": None if value.cycles is None else float(value.cycles),
        "reference_cycle": value.reference_cycle,
    }
    changes = {name: stated[name] for name in stated if stated[name] is not None}
    if not changes:
        return None
    return replace(planned, protocol=replace(planned.protocol, **changes))
