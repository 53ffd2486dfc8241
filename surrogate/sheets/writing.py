"""Templates, suggestions and whole campaigns as sheets; what is in a file stays in it.

Files are written beside their place and moved there at the end, so a full disk or a crash leaves the old file whole. A
workbook that exists is added to: its own columns, sheets, order and formats stay.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from surrogate.campaign.records import SuggestionRecord
from surrogate.errors import InvalidInput
from surrogate.planner.suggestion import Suggestion
from surrogate.properties import Subject, get_property
from surrogate.sheets.columns import (
    COLUMNS,
    EXPERIMENTS,
    RESULTS,
    SUGGESTIONS,
    Column,
    all_columns,
    cells_of,
    columns_of,
)
from surrogate.sheets.workbook import (
    Cells,
    append,
    chosen,
    fonts,
    header_places,
    load_workbook,
    new_workbook,
    place,
    put,
    save_workbook,
)
from surrogate.tables.cells import is_formula, text_of
from surrogate.text import percent_in_full
from surrogate.wire.answers import write_suggestion
from surrogate.wire.predictions import PropertyOutput


def template(path: str | Path, *, subject: Subject | str | None = None) -> Path:
    """Write an empty sheet.

    Args:
        path: Excel or CSV, by its ending.
        subject: "electrolyte" leaves cells out.
    """
    path = Path(path)
    if path.suffix.lower() == ".csv":
        return _write_csv(path, chosen(all_columns(), subject), [])
    workbook = new_workbook(subject)
    return save_workbook(workbook, path)


def write_suggestions(
    path: str | Path,
    suggestions: Sequence[SuggestionRecord | Suggestion],
    *,
    onto: str | Path | None = None,
) -> Path:
    """Write suggestions as rows to be made.

    The sheet Suggestions says what and why; Experiments gets a row for each, with the settings filled in, where the lab
    changes what it did differently. A row that is there already is not touched.

    Args:
        path: The file to write, Excel or CSV.
        suggestions: Those of a campaign, or fresh from a planner.
        onto: An existing workbook (which may be ``path``) that they are added to.

    Raises:
        InvalidInput: Suggestions cannot be added to a CSV file.
    """
    path = Path(path)
    rows = [
        {"row_id": _id_of(s), "suggestion": _id_of(s), "status": "planned", **cells_of(s.candidate)}
        for s in suggestions
    ]
    if path.suffix.lower() == ".csv":
        if onto is not None:
            raise InvalidInput("Suggestions are added to Excel workbooks only.", hint="Write a new CSV file.")
        return _write_csv(path, all_columns(rows), rows)
    workbook = new_workbook(None) if onto is None else load_workbook(Path(onto))
    append(workbook, EXPERIMENTS, columns_of(EXPERIMENTS, rows), rows)
    _show_suggestions(workbook, [_show_suggestion(s) for s in suggestions])
    return save_workbook(workbook, path)


def write_rows(
    path: str | Path,
    experiments: Sequence[Cells],
    results: Sequence[Cells],
    suggestions: Sequence[SuggestionRecord] = (),
) -> Path:
    """Write experiments and their results: two sheets, or one CSV table with a line per result.

    Args:
        path: Excel or CSV, by its ending.
        experiments: Cells by machine name, one row each.
        results: Cells by machine name, each with the row ID of its experiment.
        suggestions: For the sheet Suggestions; a CSV table has none.
    """
    path = Path(path)
    if path.suffix.lower() == ".csv":
        # One line per result; what was made stands in the first line of each experiment.
        lines: list[Cells] = []
        for experiment in experiments:
            row_results = [result for result in results if result["row_id"] == experiment["row_id"]]
            first = {**experiment, **row_results[0]} if row_results else experiment
            lines += [first, *row_results[1:]]
        return _write_csv(path, all_columns(experiments), lines)
    workbook = new_workbook(None)
    append(workbook, EXPERIMENTS, columns_of(EXPERIMENTS, experiments), experiments)
    append(workbook, RESULTS, columns_of(RESULTS), results, key=None)
    _show_suggestions(workbook, [_show_suggestion(s) for s in suggestions])
    return save_workbook(workbook, path)


# CSV ----------------------------------------------------------------------------------------------------------------


def _write_csv(path: Path, columns: Sequence[Column], rows: Iterable[Cells]) -> Path:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.label for column in columns])
    writer.writerow([column.name for column in columns])
    writer.writerow([_write_cell(column.example) for column in columns])
    for row in rows:
        writer.writerow([_write_cell(row.get(column.name)) for column in columns])
    return place(path, lambda target: target.write_bytes(("\ufeff" + text.getvalue()).encode("utf-8")))


def _write_cell(value: Any) -> Any:
    """A number in its shortest exact form; text that a spreadsheet would run as a formula is quoted."""
    if isinstance(value, str) and is_formula(value):
        return f"'{value}"
    return "" if value is None else repr(value) if isinstance(value, float) else value


#: Widest column of the sheet Suggestions, in characters; what is longer is folded inside its cell.
_WIDEST = 40.0
_WEIGH_IN = "weigh_in_"


# Suggestions ------------------------------------------------------------------------------------------------------


def _show_suggestions(workbook: Any, rows: Sequence[Mapping[str, tuple[str, Any]]]) -> None:
    """The sheet Suggestions: a row each, machine name → (label, value); a row that is there is brought up to date."""
    sheet = workbook[SUGGESTIONS] if SUGGESTIONS in workbook.sheetnames else workbook.create_sheet(SUGGESTIONS)
    labels = {name: label for row in rows for name, (label, _) in row.items()}
    if not labels:
        return
    if sheet.cell(1, 1).value is None:
        for position, (name, label) in enumerate(labels.items(), 1):
            put(sheet, 1, position, label)
            put(sheet, 2, position, name)
        sheet.freeze_panes = "B3"
    places = header_places(sheet, labels)
    row_numbers = {text_of(sheet.cell(r, places["row_id"]).value): r for r in range(3, sheet.max_row + 1)}
    for row in rows:
        target = row_numbers.get(row["row_id"][1]) or max(sheet.max_row, 2) + 1
        for name, (_, value) in row.items():
            if value is not None:
                put(sheet, target, places[name], value)
    _dress(sheet)


def _dress(sheet: Any) -> None:
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    for cells, font in zip(sheet.iter_rows(min_row=1, max_row=2), fonts(Font)[:2], strict=True):
        for cell in cells:
            cell.font = font
    for column in sheet.iter_cols(min_row=1):
        longest = max(len(str(cell.value or "")) for cell in column)
        sheet.column_dimensions[get_column_letter(column[0].column)].width = max(12.0, min(_WIDEST, longest + 2.0))
        is_mass = str(column[1].value).startswith(_WEIGH_IN)
        for cell in column[2:]:
            cell.alignment = Alignment(vertical="top", wrap_text=len(str(cell.value or "")) > _WIDEST)
            if is_mass:
                cell.number_format = "0.0000"  # as the balance shows it: 0.1390, not 0.139


def _id_of(suggestion: SuggestionRecord | Suggestion) -> str:
    return suggestion.id if isinstance(suggestion, SuggestionRecord) else f"s{suggestion.number}"


def _show_suggestion(suggestion: SuggestionRecord | Suggestion) -> dict[str, tuple[str, Any]]:
    """One row of the sheet Suggestions: what to weigh in and set, what is expected, and why."""
    is_record = isinstance(suggestion, SuggestionRecord)
    answer = suggestion.answer if isinstance(suggestion, SuggestionRecord) else write_suggestion(suggestion)
    material = suggestion.candidate.electrolyte
    row: dict[str, tuple[str, Any]] = {"row_id": ("Row ID", _id_of(suggestion))}
    row["state"] = ("State", str(suggestion.state) if is_record else "proposed")  # type: ignore[union-attr]
    row["composition"] = ("Composition", None if material is None else material.composition.reading)
    labels = {name: column.label for name, column in COLUMNS.items()}
    for part, mass in suggestion.weigh_in_g.items():
        row[f"weigh_in_{part}_g"] = (f"Weigh in {part} / g", mass)
    for name, value in suggestion.settings.items():
        row[name] = (labels.get(name, name), value)
    for name, prediction in answer.predictions.items():
        row |= _show_expected(name, prediction)
    for name, label in _REASONS.items():
        if answer[name] not in (None, ""):
            row[name] = (label, answer[name])
    return row


_REASONS = {
    "expected_gain": "Expected gain",
    "explore_share": "Share of exploration",
    "chance_of_success": "Chance that it can be made",
    "chance_of_thresholds": "Chance that thresholds are met",
    "reason": "Why",
}


def _show_expected(name: str, prediction: PropertyOutput) -> dict[str, tuple[str, Any]]:
    prop, interval = get_property(name), prediction.interval
    share = f"{percent_in_full(interval.level)} interval of {prop.label.lower()}"
    return {
        f"{prop.column}_median": (f"Expected {prop.label.lower()} / {prop.unit}", prediction.median),
        f"{prop.column}_low": (f"{share} from / {prop.unit}", interval.low),
        f"{prop.column}_high": (f"{share} to / {prop.unit}", interval.high),
        f"{name}_domain": (f"Domain of {prop.label.lower()}", prediction.domain.status.value),
    }
