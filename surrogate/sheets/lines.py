"""Lines of a sheet with every cell read: settings, numbers and texts by the machine name of their column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from surrogate.candidate.field import NONE
from surrogate.candidate.fields import FIELDS
from surrogate.errors import Fault, InvalidInput, SurrogateError, UnknownName
from surrogate.properties import PROPERTIES
from surrogate.sheets.cells import ABSENT, Read, is_missing, read_number, text_of
from surrogate.sheets.columns import Column, in_bounds
from surrogate.sheets.grid import Grid, Place, Workbook

Settings = dict[str, float | str]


@dataclass(kw_only=True)
class Line:
    """One line of a grid: its stated settings and texts, its numbers, and where each came from."""

    grid: Grid
    number: int
    cells: Sequence[Any]
    settings: Settings = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    values: dict[str, Read] = field(default_factory=dict)

    def fault(self, message: str, hint: str = "", column: str | None = None) -> Fault:
        """A fault at this line, and at the header of one of our columns."""
        place = self.grid.places.get(column or "")
        header = place.header if place is not None else column
        return Fault(table=self.grid.sheet, row=self.number, column=header, message=message, hint=hint)

    def refused(self, error: SurrogateError) -> Fault:
        """A refusal of what the line describes, at the column of its field."""
        return self.fault(error.message, error.hint, error.field if isinstance(error, InvalidInput) else None)

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
                line = self._line(grid, number, cells, numbered=describes)
                if line is not None:
                    (experiments if describes or "suggestion" in grid.places else results).append(line)
        return experiments, results

    def _line(self, grid: Grid, number: int, cells: Sequence[Any], *, numbered: bool) -> Line | None:
        """A line with all its cells read; ``None`` when one cannot be, after saying so."""
        line, before = Line(grid=grid, number=number, cells=cells), len(self.faults)
        for name, place in grid.places.items():
            cell = grid.cell(cells, name)
            try:
                self._cell(line, place, cell)
            except SurrogateError as error:
                self.faults.append(line.fault(error.message, error.hint, name))
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

    def _cell(self, line: Line, place: Place, cell: Any) -> None:
        column = place.column
        if column.is_number:
            read = read_number(
                cell, unit=column.unit, name=column.title, decimal=self.workbook.decimal, from_unit=place.unit
            )
            if read is not None:
                self._number(line, column, read)
            return
        text = text_of(cell)
        absent = isinstance(cell, str) and cell.strip().casefold() in ABSENT
        if absent and column.is_setting and FIELDS[column.name].can_be_absent:
            line.settings[column.name] = NONE
            return
        if text is None or (column.is_setting and is_missing(cell)):
            return
        if column.options:
            text = _option(column, text)
        (line.settings if column.is_setting else line.texts)[column.name] = text

    def _number(self, line: Line, column: Column, read: Read) -> None:
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
                raise InvalidInput(f"{column.title} is only a bound.", hint="Give the value, or leave the cell empty.")
            line.settings[column.name] = read.value
        else:
            line.values[column.name] = read


def _option(column: Column, text: str) -> str:
    """One of the allowed values, however it is capitalised and joined."""
    plain = {option.casefold().replace("-", " ").replace("_", " "): option for option in column.options}
    wanted = text.casefold().replace("-", " ").replace("_", " ").strip()
    if wanted not in plain:
        raise UnknownName(f"option of {column.title.lower()}", text[:60], column.options)
    return plain[wanted]
