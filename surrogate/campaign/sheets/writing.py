"""Templates, suggestions and whole campaigns as sheets; what is in a file stays in it.

Files are written beside their place and moved there at the end, so a full disk or a crash leaves the old file whole. A
workbook that exists is added to: its own columns, sheets, order and formats stay.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import mkstemp
from typing import Any

from surrogate.campaign.records import SuggestionRecord
from surrogate.campaign.sheets.cells import FORMULA_SIGNS, text_of
from surrogate.campaign.sheets.columns import (
    EXAMPLE_ID,
    EXPERIMENTS,
    LISTS,
    READ_ME,
    RESULTS,
    SUGGESTIONS,
    Column,
    all_columns,
    cells_of,
    columns_of,
)
from surrogate.campaign.sheets.schema import READ_ME_LINES, column_table
from surrogate.design.suggestion import Suggestion, suggestion_to_json
from surrogate.errors import InvalidInput, StoreUnavailable
from surrogate.properties import Subject, get_property

Cells = Mapping[str, Any]
_ROWS_WITH_LISTS = 2000


def template(path: str | Path, *, subject: Subject | str | None = None) -> Path:
    """Write an empty sheet, Excel or CSV by the ending of ``path``; ``subject`` "electrolyte" leaves cells out."""
    path = Path(path)
    if path.suffix.lower() == ".csv":
        return _write_csv(path, _chosen(all_columns(), subject), [])
    workbook = _new_workbook(subject)
    return save_workbook(workbook, path)


def write_suggestions(
    path: str | Path,
    suggestions: Sequence[SuggestionRecord | Suggestion],
    *,
    onto: str | Path | None = None,
) -> Path:
    """Write suggestions as rows to be made: into a new sheet, or ``onto`` an existing workbook (which may be ``path``).

    The sheet Suggestions says what and why; Experiments gets a row for each, with the settings filled in, where the lab
    changes what it did differently. A row that is there already is not touched.
    """
    path = Path(path)
    rows = [{"row_id": _id(s), "suggestion": _id(s), "status": "planned", **cells_of(s.candidate)} for s in suggestions]
    if path.suffix.lower() == ".csv":
        if onto is not None:
            raise InvalidInput("Suggestions are added to Excel workbooks only.", hint="Write a new CSV file.")
        return _write_csv(path, all_columns(), rows)
    workbook = _new_workbook(None) if onto is None else _load(Path(onto))
    _append(workbook, EXPERIMENTS, columns_of(EXPERIMENTS), rows)
    _show_suggestions(workbook, [_shown(s) for s in suggestions])
    return save_workbook(workbook, path)


def write_rows(
    path: str | Path,
    experiments: Sequence[Cells],
    results: Sequence[Cells],
    suggestions: Sequence[SuggestionRecord] = (),
) -> Path:
    """Write experiments and their results, cells by machine name: two sheets, or one CSV table, a line per result."""
    path = Path(path)
    if path.suffix.lower() == ".csv":
        return _write_csv(path, all_columns(), _joined(experiments, results))
    workbook = _new_workbook(None)
    _append(workbook, EXPERIMENTS, columns_of(EXPERIMENTS), experiments)
    _append(workbook, RESULTS, columns_of(RESULTS), results, key=None)
    _show_suggestions(workbook, [_shown(s) for s in suggestions])
    return save_workbook(workbook, path)


def _joined(experiments: Sequence[Cells], results: Sequence[Cells]) -> list[Cells]:
    """One line per result; what was made stands in the first line of each experiment."""
    lines: list[Cells] = []
    for experiment in experiments:
        mine = [result for result in results if result["row_id"] == experiment["row_id"]]
        first = {**experiment, **mine[0]} if mine else experiment
        lines += [first, *mine[1:]]
    return lines


# CSV ----------------------------------------------------------------------------------------------------------------


def _write_csv(path: Path, columns: Sequence[Column], rows: Iterable[Cells]) -> Path:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.label for column in columns])
    writer.writerow([column.name for column in columns])
    writer.writerow([_cell(column.example) for column in columns])
    for row in rows:
        writer.writerow([_cell(row.get(column.name)) for column in columns])
    return _place(path, lambda target: target.write_bytes(("\ufeff" + text.getvalue()).encode("utf-8")))


def _cell(value: Any) -> Any:
    """A number in its shortest exact form; text that a spreadsheet would run as a formula is quoted."""
    if isinstance(value, str) and value.startswith(FORMULA_SIGNS):
        return f"'{value}"
    return "" if value is None else repr(value) if isinstance(value, float) else value


# Excel --------------------------------------------------------------------------------------------------------------


def _chosen(columns: Sequence[Column], subject: Subject | str | None) -> list[Column]:
    without_cell = subject is not None and Subject(subject) is Subject.ELECTROLYTE

    def wanted(column: Column) -> bool:
        if not without_cell or column.name == "temperature_c":
            return True
        about_cells = column.quantity is not None and get_property(column.quantity).subject is Subject.CELL
        return column.group not in ("cell", "protocol") and not about_cells

    return [column for column in columns if wanted(column)]


def _new_workbook(subject: Subject | str | None) -> Any:
    import openpyxl

    workbook = openpyxl.Workbook()
    _read_me(workbook.active)
    lists = workbook.create_sheet(LISTS)
    for name in (EXPERIMENTS, RESULTS):
        _headed(workbook.create_sheet(name), _chosen(columns_of(name), subject), lists)
    workbook.create_sheet(SUGGESTIONS)
    workbook.move_sheet(lists, offset=3)
    lists.sheet_state = "hidden"
    return workbook


def _read_me(sheet: Any) -> None:
    from openpyxl.styles import Alignment, Font

    sheet.title = READ_ME
    for line in READ_ME_LINES:
        sheet.append([line])
    sheet.append([])
    header, *rows = column_table()
    sheet.append(header)
    for cell in sheet[sheet.max_row]:
        cell.font = Font(bold=True)
    for row in rows:
        sheet.append(row)
    for letter, width in zip("ABCDEFG", (38, 40, 12, 70, 22, 60, 24), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet["A1"].font = Font(bold=True, size=14)
    for row in sheet.iter_rows(min_row=len(READ_ME_LINES) + 2):
        row[3].alignment = row[5].alignment = Alignment(wrap_text=True, vertical="top")


def _headed(sheet: Any, columns: Sequence[Column], lists: Any) -> None:
    """The three rows above the data, with lists to choose from where the values are closed."""
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    sheet.append([column.label for column in columns])
    sheet.append([column.name for column in columns])
    sheet.append([EXAMPLE_ID if column.name == "row_id" else column.example for column in columns])
    for cells, font in zip(sheet.iter_rows(min_row=1, max_row=3), _fonts(Font), strict=True):
        for cell in cells:
            cell.font = font
            cell.fill = PatternFill("solid", fgColor="F2F2F2")
    for position, column in enumerate(columns, 1):
        letter = get_column_letter(position)
        sheet.column_dimensions[letter].width = max(12.0, min(34.0, len(column.label) + 2.0))
        if column.options:
            rule = DataValidation(
                type="list", formula1=_list_of(lists, column), allow_blank=True, showErrorMessage=False
            )
            sheet.add_data_validation(rule)
            rule.add(f"{letter}4:{letter}{_ROWS_WITH_LISTS}")
    sheet.freeze_panes = "B4"


def _fonts(font: Any) -> tuple[Any, Any, Any]:
    return font(bold=True), font(size=8, color="808080"), font(italic=True, color="808080")


def _list_of(lists: Any, column: Column) -> str:
    """The range of the hidden sheet that holds the allowed values of a column."""
    from openpyxl.utils import get_column_letter

    for cells in lists.iter_cols(min_row=1, max_row=1):
        if cells[0].value == column.name:
            position = cells[0].column
            break
    else:
        position = lists.max_column + 1 if lists.cell(1, 1).value else 1
        for row, value in enumerate((column.name, *column.options), 1):
            lists.cell(row, position, value)
    letter = get_column_letter(position)
    return f"={LISTS}!${letter}$2:${letter}${len(column.options) + 1}"


def _append(
    workbook: Any, name: str, columns: Sequence[Column], rows: Iterable[Cells], key: str | None = "row_id"
) -> None:
    """Add rows below the last one, each cell in the column that has its name; columns that are missing are added."""
    sheet = workbook[name] if name in workbook.sheetnames else workbook.create_sheet(name)
    if sheet.max_row <= 1 and sheet.cell(1, 1).value is None:
        _headed(sheet, columns, workbook[LISTS] if LISTS in workbook.sheetnames else workbook.create_sheet(LISTS))
    places = _header_places(sheet, {column.name: column.label for column in columns})
    known = set() if key is None else {text_of(sheet.cell(r, places[key]).value) for r in range(3, sheet.max_row + 1)}
    last = max((cell.row for row in sheet.iter_rows() for cell in row if cell.value is not None), default=3)
    for row in rows:
        if key is not None and str(row[key]) in known:
            continue
        last += 1
        for column, value in row.items():
            if value is not None:
                cell = sheet.cell(last, places[column], value)
                if isinstance(value, str) and value.startswith("="):
                    cell.data_type = "s"  # text, never a formula


def _header_places(sheet: Any, labels: Mapping[str, str]) -> dict[str, int]:
    """Machine name → position, by row 2 or by the label in row 1; what is missing is added on the right."""
    places: dict[str, int] = {}
    for position in range(1, sheet.max_column + 1):
        label, name = (text_of(sheet.cell(row, position).value) for row in (1, 2))
        found = name if name in labels else next((n for n, written in labels.items() if written == label), None)
        if found is not None:
            places.setdefault(found, position)
    for name, label in labels.items():
        if name not in places:
            places[name] = sheet.max_column + 1
            sheet.cell(1, places[name], label)
            sheet.cell(2, places[name], name)
    return places


def _show_suggestions(workbook: Any, rows: Sequence[Mapping[str, tuple[str, Any]]]) -> None:
    """The sheet Suggestions: a row each, machine name → (label, value); a row that is there is brought up to date."""
    sheet = workbook[SUGGESTIONS] if SUGGESTIONS in workbook.sheetnames else workbook.create_sheet(SUGGESTIONS)
    labels = {name: label for row in rows for name, (label, _) in row.items()}
    if not labels:
        return
    if sheet.cell(1, 1).value is None:
        for position, (name, label) in enumerate(labels.items(), 1):
            sheet.cell(1, position, label)
            sheet.cell(2, position, name)
        sheet.freeze_panes = "B3"
    places = _header_places(sheet, labels)
    known = {text_of(sheet.cell(r, places["row_id"]).value): r for r in range(3, sheet.max_row + 1)}
    for row in rows:
        target = known.get(row["row_id"][1]) or max(sheet.max_row, 2) + 1
        for name, (_, value) in row.items():
            if value is not None:
                sheet.cell(target, places[name], value)
    _dressed(sheet)


def _dressed(sheet: Any) -> None:
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    for cells, font in zip(sheet.iter_rows(min_row=1, max_row=2), _fonts(Font)[:2], strict=True):
        for cell in cells:
            cell.font = font
            sheet.column_dimensions[get_column_letter(cell.column)].width = max(
                12.0, min(40.0, len(str(cell.value or "")) + 2.0)
            )


def _id(suggestion: SuggestionRecord | Suggestion) -> str:
    return suggestion.id if isinstance(suggestion, SuggestionRecord) else f"s{suggestion.number}"


def _shown(suggestion: SuggestionRecord | Suggestion) -> dict[str, tuple[str, Any]]:
    """One row of the sheet Suggestions: what to weigh in and set, what is expected, and why."""
    is_record = isinstance(suggestion, SuggestionRecord)
    answer = suggestion.answer if isinstance(suggestion, SuggestionRecord) else suggestion_to_json(suggestion)
    material = suggestion.candidate.electrolyte
    row: dict[str, tuple[str, Any]] = {"row_id": ("Row ID", _id(suggestion))}
    row["state"] = ("State", str(suggestion.state) if is_record else "proposed")  # type: ignore[union-attr]
    row["composition"] = ("Composition", None if material is None else material.composition.reading)
    labels = {column.name: column.label for column in all_columns()}
    for part, mass in suggestion.weigh_in_g.items():
        row[f"weigh_in_{part}_g"] = (f"Weigh in {part} / g", mass)
    for name, value in suggestion.settings.items():
        row[name] = (labels.get(name, name), value)
    for name, prediction in answer.get("predictions", {}).items():
        row |= _expected(name, prediction)
    for name, label in _REASONS.items():
        if answer.get(name) is not None:
            row[name] = (label, answer[name])
    return row


_REASONS = {
    "expected_gain": "Expected gain",
    "explore_share": "Share of exploration",
    "chance_of_success": "Chance that it can be made",
    "chance_of_thresholds": "Chance that thresholds are met",
    "reason": "Why",
}


def _expected(name: str, prediction: Mapping[str, Any]) -> dict[str, tuple[str, Any]]:
    prop, interval = get_property(name), prediction["interval"]
    share = f"{interval['level']:.0%}"
    return {
        f"{prop.column}_median": (f"Expected {prop.label.lower()} / {prop.unit}", prediction["median"]),
        f"{prop.column}_low": (f"{share} interval from / {prop.unit}", interval["low"]),
        f"{prop.column}_high": (f"{share} interval to / {prop.unit}", interval["high"]),
        f"{name}_domain": (f"Domain of {prop.label.lower()}", prediction["domain"]["status"]),
    }


# Files --------------------------------------------------------------------------------------------------------------


def _load(path: Path) -> Any:
    import zipfile

    import openpyxl

    try:
        return openpyxl.load_workbook(path, keep_vba=path.suffix.lower() == ".xlsm")
    except FileNotFoundError:
        raise InvalidInput(f"There is no workbook '{path}'.", hint="Leave out 'onto' to make a new one.") from None
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise InvalidInput(f"'{path.name}' is no Excel workbook ({error}).", hint="Save it as .xlsx.") from None


def save_workbook(workbook: Any, path: Path) -> Path:
    """Write a workbook to a place that ends in .xlsx; the old file stays whole until the new one is."""
    if path.suffix.lower() not in (".xlsx", ".xlsm"):
        raise InvalidInput(f"'{path.name}' is no name for a sheet.", hint="End it in .xlsx or .csv.")
    return _place(path, workbook.save)


def _place(path: Path, write: Callable[[Path], Any]) -> Path:
    """Write beside the place, then move: the old file stays whole until the new one is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    try:
        write(Path(name))
        os.chmod(name, path.stat().st_mode & 0o777 if path.exists() else 0o644)
        os.replace(name, path)
    except OSError as error:
        raise StoreUnavailable(
            f"'{path}' cannot be written ({error.strerror or error}).", hint="Make room, or choose another place."
        ) from error
    finally:
        Path(name).unlink(missing_ok=True)
    return path
