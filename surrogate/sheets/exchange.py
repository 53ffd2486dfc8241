"""Between a sheet and a campaign: tell what a sheet says, and write a campaign as a sheet that says the same."""

from __future__ import annotations

import math
from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from surrogate.campaign.campaign import Campaign
from surrogate.campaign.lifecycle import FOLLOWS, OPEN
from surrogate.campaign.records import SAME, MeasurementRecord, Result, SuggestionRecord, checked_id, every
from surrogate.candidate.fields import FIELDS
from surrogate.candidate.measurement import Candidate
from surrogate.candidate.settings import read
from surrogate.errors import Fault, InvalidInput, StoreUnavailable, SurrogateError
from surrogate.execution.progress import Progress, silent
from surrogate.sheets.answers import SheetReading, SheetRow, same_settings
from surrogate.sheets.columns import YES, cells_of, uncertainty_columns, value_columns
from surrogate.sheets.reading import read_sheet
from surrogate.sheets.writing import write_rows
from surrogate.tables.cells import number_cell
from surrogate.wire.states import State

_WORDS = {State.PROPOSED: "planned", State.MEASURED: "ok", State.EXPIRED: "planned"}


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What an import did: measurements told, those known before, suggestions that moved, and rows that were refused."""

    told: tuple[str, ...]
    repeated: tuple[str, ...]
    moved: tuple[str, ...]
    faults: tuple[Fault, ...]

    @property
    def is_no_op(self) -> bool:
        """Whether the campaign already knew everything."""
        return not (self.told or self.moved or self.faults)


def read_for(campaign: Campaign, path: str | Path, *, origin: str | None = None, **how: Any) -> SheetReading:
    """Read a sheet with the suggestions of a campaign, so that rows can follow them.

    Args:
        campaign: The campaign.
        path: Of the sheet.
        origin: The id of the campaign that the sheet is from, where it is another: no row follows a suggestion then,
            for s1 there is not s1 here.
        how: Further arguments of :func:`read_sheet`.
    """
    if origin in (None, campaign.id):
        candidates = {suggestion.id: suggestion.candidate for suggestion in every(campaign.suggestions)}
        return read_sheet(path, suggestions=candidates, **how)
    return read_sheet(path, origin=checked_id(str(origin), "campaign id"), **how)


def import_sheet(
    campaign: Campaign, reading: SheetReading, *, dry_run: bool = False, progress: Progress = silent
) -> Imported:
    """Tell the campaign every row that can be right, one at a time; a row that it refuses is a fault, the rest goes on.

    Telling a sheet again tells only what is new.

    Args:
        campaign: The campaign.
        reading: From :func:`read_for`.
        dry_run: Whether each row is checked on its own and nothing written.
        progress: Called with the rows done and all rows.

    Returns:
        The ids of measurements that are new or were known before, the suggestions that moved on, and the faults.

    Raises:
        StoreUnavailable: The store cannot be written.
    """
    records = {record.id: record for record in every(campaign.measurements)}
    states = {suggestion.id: suggestion for suggestion in every(campaign.suggestions)}
    recorded: list[str] = []
    repeated: list[str] = []
    moved: list[str] = []
    faults: list[Fault] = []
    columns = {place.column.name for grid in reading.workbook.grids for place in grid.places.values()}
    progress(0, len(reading.rows))
    for done, row in enumerate(reading.rows, 1):
        try:
            news = [r for r in row.results if r.id in records or not _is_known_failure(r, row, states)]
            results = [_align(result, records, states, columns) for result in news]
            if results:
                answer = campaign.tell(results, dry_run=dry_run)
                repeated += answer.repeated
                recorded += [m.id for m in answer.measurements if m.id not in answer.repeated]
            elif _moves_forward(row, states):
                if not dry_run:
                    campaign.update(str(row.suggestion), row.status, reason=row.reason)
                moved.append(str(row.suggestion))
        except StoreUnavailable:
            raise
        except SurrogateError as error:
            sheet, line = row.place_of(row.results[0] if row.results else None)
            faults.append(Fault(table=sheet, row=line, column=None, message=error.message, hint=error.hint))
        progress(done, len(reading.rows))
    return Imported(told=tuple(recorded), repeated=tuple(repeated), moved=tuple(moved), faults=tuple(faults))


def _align(
    result: Result,
    records: Mapping[str, MeasurementRecord],
    suggestions: Mapping[str, SuggestionRecord],
    columns: Set[str],
) -> Result:
    """The result as it was told before, where the sheet says the same.

    A workbook may keep 16 digits of a number, and a sheet of an earlier version has no column for every field: about
    what it has none of, ``columns`` being its names, it says nothing.
    """
    record = records.get(result.id or "")
    if record is None:
        return result
    actual: Candidate | None = result.candidate
    if actual is None and result.suggestion in suggestions:
        actual = suggestions[str(result.suggestion)].candidate
    if actual is None:
        return result
    stated = read(actual)
    before = {name: value for name, value in read(record.candidate).items() if name in columns or name in stated}
    if not same_settings(stated, before):
        return result
    earlier = record.result
    same = {
        name: getattr(earlier, name)
        for name in ("value", "uncertainty")
        if _close(getattr(earlier, name), getattr(result, name))
    }
    return replace(result, candidate=earlier.candidate, **same)


def _close(earlier: float | None, read_again: float | None) -> bool:
    return earlier is not None and read_again is not None and math.isclose(earlier, read_again, rel_tol=SAME)


def _is_known_failure(result: Result, row: SheetRow, states: Mapping[str, SuggestionRecord]) -> bool:
    """A failure that the campaign knows as the state of its suggestion."""
    suggestion = states.get(result.suggestion or "")
    failed = result.property is None and suggestion is not None and suggestion.state is State.FAILED
    return failed and suggestion is not None and suggestion.reason == row.reason


def _moves_forward(row: SheetRow, states: Mapping[str, SuggestionRecord]) -> bool:
    """Whether the status of a row without results moves its suggestion forward (never back)."""
    suggestion = states.get(row.suggestion or "")
    if suggestion is None or row.status not in ("accepted", "running", "cancelled"):
        return False
    state = State(row.status)
    return suggestion.state in OPEN and state is not suggestion.state and state in FOLLOWS[suggestion.state]


def export_sheet(campaign: Campaign, path: str | Path) -> Path:
    """Write a whole campaign as a sheet; importing it unchanged changes nothing.

    Args:
        campaign: The campaign.
        path: Ends in .xlsx or .csv.

    Raises:
        InvalidInput: The path has another ending.
    """
    path = Path(path)
    if path.suffix.lower() not in (".xlsx", ".csv"):
        raise InvalidInput(f"'{path.name}' is no name for a sheet.", hint="End it in .xlsx or .csv.")
    suggestions = list(every(campaign.suggestions))
    book = _Book()
    for suggestion in suggestions:
        book.of_suggestion(suggestion)
    for record in every(campaign.measurements):
        book.add(record)
    return write_rows(path, list(book.experiments.values()), book.results, suggestions)


def _is_about(row: Mapping[str, Any], settings: Mapping[str, float | str]) -> bool:
    """Whether a row has these settings; of a cell, the electrolyte alone may have been measured."""
    stated = {name: value for name, value in row.items() if name in FIELDS and value is not None}
    if "active_material" in stated and "active_material" not in settings:
        stated = {name: stated[name] for name in settings if name in stated}
    return same_settings(stated, settings)


class _Book:
    """Rows of an export: an experiment for each recipe as made, a result for each measurement."""

    def __init__(self) -> None:
        self.experiments: dict[str, dict[str, Any]] = {}
        self.results: list[dict[str, Any]] = []

    def of_suggestion(self, suggestion: SuggestionRecord) -> None:
        """The row of a suggestion, as planned; a recipe that was made differently gets a row of its own."""
        state = suggestion.state
        reason = suggestion.reason if state in (State.FAILED, State.CANCELLED) else None
        self.experiments[suggestion.id] = {
            "row_id": suggestion.id,
            "suggestion": suggestion.id,
            **cells_of(suggestion.candidate),
            "status": _WORDS.get(state, str(state)),
            "reason": reason or None,
        }

    def add(self, record: MeasurementRecord) -> None:
        """A result, and the row of what it was measured on if that is new."""
        result = record.result
        row: dict[str, Any] = {
            "row_id": self._find_row_id(record),
            "status": str(result.status),
            "reason": result.reason or None,
            "replicate": result.replicate,
            "measurement_id": record.id,
            "replaces": result.replaces,
            "note": result.note,
            "confirmed": YES,
        }
        if result.property is not None and result.value is not None:
            row[value_columns()[result.property].name] = number_cell(float(result.value), result.censoring)
            row[uncertainty_columns()[result.property].name] = result.uncertainty
        self.results.append(row)

    def _find_row_id(self, record: MeasurementRecord) -> str:
        settings, suggestion = cells_of(record.candidate), record.result.suggestion
        base = suggestion or record.id.split(":")[0]
        for number in range(1, len(self.experiments) + 2):
            row_id = base if number == 1 else f"{base}-{number}"
            row = self.experiments.get(row_id)
            if row is None:
                self.experiments[row_id] = {"row_id": row_id, "suggestion": suggestion, **settings, "status": "ok"}
                return row_id
            if row["suggestion"] == suggestion and _is_about(row, settings):
                return row_id
        raise InvalidInput(f"The measurement {record.id} has no row.", hint="Export the campaign as JSON.")
