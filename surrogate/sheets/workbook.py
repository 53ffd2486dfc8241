"""The Excel side of the sheet: headers, lists to choose from, rows added beside what is there, safe saving."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import mkstemp
from typing import Any

from surrogate.errors import InvalidInput, StoreUnavailable, UnknownName
from surrogate.properties import Subject, get_property
from surrogate.sheets.columns import (
    EXAMPLE_ID,
    EXPERIMENTS,
    LISTS,
    READ_ME,
    RESULTS,
    SUGGESTIONS,
    Column,
    columns_of,
)
from surrogate.sheets.schema import READ_ME_LINES, column_table
from surrogate.tables.cells import text_of
from surrogate.tables.opening import open_workbook
from surrogate.text import visible

Cells = Mapping[str, Any]
_ROWS_WITH_LISTS = 2000


def chosen(columns: Sequence[Column], subject: Subject | str | None) -> list[Column]:
    """The columns that concern a subject.

    Args:
        columns: All of them.
        subject: ``electrolyte`` leaves cells out; None leaves nothing out.

    Raises:
        UnknownName: There is no such subject.
    """
    if subject is not None and subject not in list(Subject):
        raise UnknownName("subject", str(subject), Subject)
    without_cell = subject is not None and Subject(subject) is Subject.ELECTROLYTE

    def is_included(column: Column) -> bool:
        if not without_cell or column.name == "temperature_c":
            return True
        about_cells = column.quantity is not None and get_property(column.quantity).subject is Subject.CELL
        return column.group not in ("cell", "protocol") and not about_cells

    return [column for column in columns if is_included(column)]


def new_workbook(subject: Subject | str | None) -> Any:
    import openpyxl

    workbook = openpyxl.Workbook()
    _read_me(workbook.active)
    lists = workbook.create_sheet(LISTS)
    for name in (EXPERIMENTS, RESULTS):
        _write_header(workbook.create_sheet(name), chosen(columns_of(name), subject), lists)
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


def _write_header(sheet: Any, columns: Sequence[Column], lists: Any) -> None:
    """The three rows above the data, with lists to choose from where the values are closed."""
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    sheet.append([column.label for column in columns])
    sheet.append([column.name for column in columns])
    sheet.append([EXAMPLE_ID if column.name == "row_id" else column.example for column in columns])
    for cells, font in zip(sheet.iter_rows(min_row=1, max_row=3), fonts(Font), strict=True):
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


def fonts(font: Any) -> tuple[Any, Any, Any]:
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


def append(
    workbook: Any, name: str, columns: Sequence[Column], rows: Iterable[Cells], key: str | None = "row_id"
) -> None:
    """Add rows below the last one, each cell in the column that has its name.

    Args:
        workbook: Of openpyxl.
        name: Of the sheet, which is made when missing.
        columns: Those of the rows; what the sheet lacks of them is added.
        rows: Values by machine name.
        key: The column by which rows that are there already are left out; None to add all.
    """
    sheet = workbook[name] if name in workbook.sheetnames else workbook.create_sheet(name)
    if sheet.max_row <= 1 and sheet.cell(1, 1).value is None:
        _write_header(sheet, columns, workbook[LISTS] if LISTS in workbook.sheetnames else workbook.create_sheet(LISTS))
    places = header_places(sheet, {column.name: column.label for column in columns})
    present = set() if key is None else {text_of(sheet.cell(r, places[key]).value) for r in range(3, sheet.max_row + 1)}
    last = max((cell.row for row in sheet.iter_rows() for cell in row if cell.value is not None), default=3)
    for row in rows:
        if key is not None and str(row[key]) in present:
            continue
        last += 1
        for column, value in row.items():
            if value is not None:
                put(sheet, last, places[column], value)


def put(sheet: Any, row: int, position: int, value: Any) -> Any:
    """Write a value into a cell, text as text: never as a formula, and with what no workbook can hold made visible.

    Args:
        sheet: Of openpyxl.
        row: From 1.
        position: Of the column, from 1.
        value: A number, a text, or None.

    Returns:
        The cell.
    """
    cell = sheet.cell(row, position, visible(value) if isinstance(value, str) else value)
    if isinstance(value, str):
        cell.data_type = "s"  # "=…" would be a formula, "#N/A" an error
    elif isinstance(value, float) and float(f"{value:.16g}") != value:
        cell.value, cell.data_type = repr(value), "n"  # as it stands: openpyxl keeps 16 digits of a number, not all 17
    return cell


def header_places(sheet: Any, labels: Mapping[str, str]) -> dict[str, int]:
    """Find the columns of a sheet, by row 2 or by the label in row 1; what is missing is added on the right.

    Args:
        sheet: Of openpyxl.
        labels: Machine name → label.

    Returns:
        Machine name → position, from 1.
    """
    places: dict[str, int] = {}
    for position in range(1, sheet.max_column + 1):
        label, name = (text_of(sheet.cell(row, position).value) for row in (1, 2))
        machine_name = name if name in labels else next((n for n, written in labels.items() if written == label), None)
        if machine_name is not None:
            places.setdefault(machine_name, position)
    for name, label in labels.items():
        if name not in places:
            places[name] = sheet.max_column + 1
            sheet.cell(1, places[name], label)
            sheet.cell(2, places[name], name)
    return places


def load_workbook(path: Path) -> Any:
    if not path.is_file():
        raise InvalidInput(f"There is no workbook '{path}'.", hint="Leave out 'onto' to make a new one.")
    return open_workbook(path, keep_vba=path.suffix.lower() == ".xlsm")


def check_name(path: Path, *, hint: str = "End it in .xlsx or .csv.") -> None:
    """Refuse a place that no workbook can have.

    Args:
        path: The place.
        hint: What to do about it.

    Raises:
        InvalidInput: It has another ending.
    """
    if path.suffix.lower() not in (".xlsx", ".xlsm"):
        raise InvalidInput(f"'{path.name}' is no name for a sheet.", hint=hint)


def save_workbook(workbook: Any, path: Path) -> Path:
    """Write a workbook; the old file stays whole until the new one is.

    Args:
        workbook: Of openpyxl.
        path: Ends in .xlsx or .xlsm.

    Raises:
        InvalidInput: The path has another ending.
        StoreUnavailable: It cannot be written.
    """
    check_name(path)
    return place(path, workbook.save)


def place(path: Path, write: Callable[[Path], Any]) -> Path:
    """Write beside a place, then move: the old file stays whole until the new one is.

    Args:
        path: The place.
        write: Writes a file at the path that it is called with.

    Raises:
        StoreUnavailable: The place cannot be written.
    """
    name = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
        os.close(handle)
        write(Path(name))
        os.chmod(name, path.stat().st_mode & 0o777 if path.exists() else 0o644)
        os.replace(name, path)
    except OSError as error:
        raise StoreUnavailable(
            f"'{path}' cannot be written ({error.strerror or error}).", hint="Make room, or choose another place."
        ) from error
    finally:
        if name:
            Path(name).unlink(missing_ok=True)
    return path
