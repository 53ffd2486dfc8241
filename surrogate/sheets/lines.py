"""Lines of a sheet with every cell read: settings, numbers and texts by the machine name of their column."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from surrogate.candidate.field import ABSENT, NO, NONE, is_error
from surrogate.candidate.fields import FIELDS, HEAT_TREATMENT
from surrogate.candidate.spellings import read_number_words, read_option, refuse_thousands
from surrogate.errors import Fault, InvalidInput, SurrogateError
from surrogate.properties import PROPERTIES
from surrogate.sheets.columns import Column, in_bounds
from surrogate.sheets.grid import Grid, Workbook
from surrogate.sheets.headers import VARIABLES, Place
from surrogate.tables.cells import FULL_WIDTH, WRITE_A_NUMBER, Read, check_no_error, is_missing, read_number, text_of
from surrogate.units import UNSEEN

Settings = dict[str, float | str]
#: What repeats the cell above, as people write it.
_DITTO = frozenset({
    '"', "''", "″", "”", "〃", "„", "do.", "ditto", "dito", "idem", "same", "as above", "same as above", "wie oben",
    "s.o.", "s. o.", "siehe oben", "↓", "↑", "|", "同上",
})  # fmt: skip
#: Row IDs that a spreadsheet may have made of '3-5': '03-May', 'Mrz 26'.
_MONTH = r"(?:jan|feb|mar|mär|mrz|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)[a-zä]*\.?"
_LIKE_A_DATE = re.compile(rf"\d{{1,2}}\.?[ -]{_MONTH}(?:[ -]\d{{2,4}})?|{_MONTH}[ -]\d{{2,4}}", re.IGNORECASE)
_INSTEAD_OF_A_VALUE = "Write a number, or leave it empty and say in the columns Status and Reason what happened."
#: Columns for people, in which an error of the spreadsheet is as good as nothing.
_REMARKS = ("note", "reason")


@dataclass(kw_only=True)
class Line:
    """One line of a grid: its stated settings and texts, its numbers, and where each came from."""

    grid: Grid
    number: int
    cells: Sequence[Any]
    settings: Settings = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    values: dict[str, Read] = field(default_factory=dict)
    read_from: dict[str, str] = field(default_factory=dict)  # settings that another column states

    def fault(self, message: str, hint: str = "", column: str | None = None) -> Fault:
        """A fault at this line, and at the header of one of our columns."""
        place = self.grid.places.get(column or "")
        header = place.header if place is not None else column
        return Fault(table=self.grid.sheet, row=self.number, column=header, message=message, hint=hint)

    def refused(self, error: SurrogateError) -> Fault:
        """A refusal of what the line describes, at the column of its field."""
        field = error.field if isinstance(error, InvalidInput) else None
        return self.fault(error.message, error.hint, self.read_from.get(field or "", field))

    def text(self, name: str) -> str:
        """A text cell, empty where there is none."""
        return self.texts.get(name, "")


@dataclass(kw_only=True)
class LineReader:
    """Reads the lines of a workbook; those with a cell that cannot be read are left out, and said in ``faults``.

    ``refused`` are the row IDs of experiments that were left out: nobody knows what was made there.
    """

    workbook: Workbook
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)

    def read(self) -> tuple[list[Line], list[Line]]:
        """Lines that describe experiments, and lines that only add results to one."""
        experiments: list[Line] = []
        results: list[Line] = []
        for grid in self.workbook.grids:
            describes = any(
                place.column.is_setting and place.column.group != "protocol" for place in grid.places.values()
            )
            for number, cells in grid.rows:
                line = self._read_line(grid, number, cells, numbered=describes)
                if line is not None:
                    (experiments if describes or "suggestion" in grid.places else results).append(line)
            if describes:
                self.refused |= {text_of(grid.cell(cells, "row_id")) or "" for _, cells in grid.refused}
        return experiments, results

    def _read_line(self, grid: Grid, number: int, cells: Sequence[Any], *, numbered: bool) -> Line | None:
        """A line with all its cells read; ``None`` when one cannot be, after saying so."""
        line, before = Line(grid=grid, number=number, cells=cells), len(self.faults)
        for name, place in grid.places.items():
            cell = grid.cell(cells, name)
            try:
                self._read_cell(line, place, cell)
            except SurrogateError as error:
                self.faults.append(line.fault(error.message, error.hint, name))
        self._fill_in_variables(line)
        if len(self.faults) > before and numbered:
            self.refused.add(line.text("row_id"))
        if len(self.faults) > before or not (line.settings or line.texts or line.values):
            return None
        if not line.text("row_id"):
            if "row_id" in grid.places or not numbered:
                self.faults.append(line.fault("The row has no row ID.", "Give it a name of its own.", "row_id"))
                return None
            line.texts["row_id"] = f"{grid.sheet}-{number}"
        return line

    def _fill_in_variables(self, line: Line) -> None:
        """Put the values of columns called x, y or z behind a composition that depends on them and has none itself."""
        for name in VARIABLES:
            position, text = line.grid.others.get(name), line.settings.get("electrolyte")
            cell = None if position is None or position >= len(line.cells) else line.cells[position]
            if not isinstance(text, str) or not re.search(rf"{name}(?![a-z])", text) or is_missing(cell):
                continue
            try:
                value = read_number(cell, unit="", name=name, decimal=self.workbook.decimal)
            except SurrogateError as error:
                self.faults.append(line.fault(error.message, error.hint, name))
                continue
            if value is not None and not re.search(rf"{name}\s*=", text):
                line.settings["electrolyte"] = f"{text} ({name} = {Decimal(repr(value.value)):f})"

    def _read_cell(self, line: Line, place: Place, cell: Any) -> None:
        column = place.column
        word = cell.strip().casefold() if isinstance(cell, str) else ""
        if word in _DITTO:
            raise InvalidInput(
                f"{column.title} is '{word}', which repeats the cell above.", hint="Write what holds for this row."
            )
        absent = word in ABSENT
        if absent and column.name in HEAT_TREATMENT:
            line.settings["heat_treated"] = NO
            line.read_from["heat_treated"] = column.name
            return
        if column.is_number and absent:
            return
        if column.is_number:
            self._read_number_cell(line, place, cell)
            return
        text = text_of(cell)
        if text is not None and column.is_setting and FIELDS[column.name].kind == "composition":
            text = text.translate(UNSEEN)
        if text is not None:
            if column.name in _REMARKS and is_error(text):
                return
            check_no_error(text, column.title)
        self._check_date(line, column, cell)
        if absent and column.is_setting and FIELDS[column.name].can_be_absent:
            line.settings[column.name] = NONE
            return
        if text is None or (column.is_setting and is_missing(cell)):
            return
        if column.options:
            text = read_option(column.title.lower(), text.translate(FULL_WIDTH), column.options)
        (line.settings if column.is_setting else line.texts)[column.name] = text

    def _read_number_cell(self, line: Line, place: Place, cell: Any) -> None:
        column = place.column
        if isinstance(cell, str):
            cell, remark = read_number_words(column.name, cell.translate(FULL_WIDTH))
            refuse_thousands(column.name, column.unit, cell, column.title)
            if remark:
                self.warnings.append(line.fault(remark, "Write the temperature if it was another.", column.name))
        read = read_number(
            cell,
            unit=column.unit,
            name=column.title,
            decimal=self.workbook.decimal,
            from_unit=place.unit,
            hint=_INSTEAD_OF_A_VALUE if column.quantity is not None else WRITE_A_NUMBER,
        )
        if read is not None:
            self._keep_number(line, column, read, cell)

    def _check_date(self, line: Line, column: Column, cell: Any) -> None:
        """A date in a cell for text: the spreadsheet made it of what was typed, and only a name may stay so."""
        if column.name == "row_id" and isinstance(cell, str) and _LIKE_A_DATE.fullmatch(cell.strip()):
            message = f"{column.title} is '{cell.strip()}', a date that a spreadsheet may have made of what was typed."
            self.warnings.append(line.fault(message, "Check it against your notebook.", column.name))
        if not isinstance(cell, dt.date | dt.time | dt.timedelta) or column.name in _REMARKS:
            return
        message = f"{column.title} is the date or time {text_of(cell)}: the spreadsheet made it of what was typed."
        hint = "Format the column as text and type it again."
        if column.name != "row_id":
            raise InvalidInput(message, hint=hint)
        self.warnings.append(line.fault(message, hint, column.name))

    def _keep_number(self, line: Line, column: Column, read: Read, cell: Any) -> None:
        if column.quantity is not None and not column.is_uncertainty:
            PROPERTIES[column.quantity].check(read.value)
        elif not in_bounds(column, read.value):
            unit = f" {column.unit}" if column.unit else ""
            raise InvalidInput(
                f"{column.title} is {read.value:g}{unit}; it must lie within {column.low:g} and {column.high:g}{unit}.",
                hint="Check the value and its unit.",
            )
        if column.kind == "whole" and not read.value.is_integer():
            raise InvalidInput(f"{column.title} is {read.value:g}; it must be a whole number.", hint="Count from 1.")
        if column.is_setting:
            if read.censoring != "exact":
                sense = "says about how much" if read.censoring == "approximate" else "is only a bound"
                raise InvalidInput(
                    f"{column.title} is '{cell}', which {sense}.",
                    hint="Write the value alone, or leave the cell empty.",
                )
            line.settings[column.name] = read.value
        else:
            line.values[column.name] = read
