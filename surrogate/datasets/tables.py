"""Reading a csv table by its description: every cell typed and checked, every fault named by line and column.

Faults are collected, not raised one by one, so that a person mends a table in one go. Empty cells are ``None``: not
stated, never zero.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any

from surrogate.candidate.measurement import Censoring
from surrogate.candidate.recipe import ABSOLUTE_ZERO_C
from surrogate.candidate.spellings import read_number_words, read_option
from surrogate.composition import find_composition, parse_composition
from surrogate.datasets.package import Column, Resource
from surrogate.errors import CompositionError, Fault, InvalidInput, SurrogateError, TableError, Unavailable, UnitError
from surrogate.tables.cells import is_missing, read_number
from surrogate.tables.decimals import find_decimal
from surrogate.tables.reading import read_cells
from surrogate.tables.separated import Separated
from surrogate.units import convert

Value = str | float | None

#: Where the full list of faults of the product's own tables is found.
SEE_CHECK = "Run 'python -m training check' for the full list."

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")
#: Columns that are called otherwise than the field that they state, where the field has words for numbers.
_FIELDS = MappingProxyType({"measurement_temperature_C": "temperature_c", "temperature_C": "temperature_c"})
_BOUND = re.compile(r"([<>])\s*(.+)")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One typed line of a table; ``line`` counts from 1 in the file, the header included."""

    table: str
    line: int
    cells: Mapping[str, Value]

    def text(self, column: str) -> str | None:
        """The text of ``column``, ``None`` when the cell is empty or the table has no such column."""
        value = self.cells.get(column)
        return None if value is None else str(value)

    @property
    def record_id(self) -> str:
        """What the row is called; empty where it has no name."""
        return self.text("record_id") or ""

    def number(self, column: str) -> float | None:
        """The number in ``column``, ``None`` when the cell is empty or the table has no such column."""
        value = self.cells.get(column)
        return value if isinstance(value, float) else None

    def fault(self, message: str, *, column: str | None = None, hint: str = "") -> Fault:
        """A fault of this row.

        Args:
            message: What is wrong, in one sentence.
            column: Where, if it is one cell.
            hint: What to do about it.
        """
        return Fault(table=self.table, row=self.line, column=column, message=message, hint=hint)


@dataclass(frozen=True)
class UnknownWord(Fault):
    """A word that is not among those allowed in its column; ``nearest`` is the allowed one that looks like it."""

    nearest: str | None = None


@dataclass(frozen=True, kw_only=True)
class Table:
    """What was read: the sound rows, and the faults of the others; ``unsound`` are those others, as far as readable.

    ``notes`` say how the file was read.
    """

    name: str
    rows: tuple[Row, ...]
    faults: tuple[Fault, ...]
    unsound: tuple[Row, ...] = ()
    notes: tuple[str, ...] = ()


def read_table(path: Path, resource: Resource, *, hint: str = "") -> list[Row]:
    """Read the rows of a table without faults; use :func:`scan_table` to get the sound rows of a faulty one.

    Args:
        path: The file.
        resource: Its description.
        hint: What to do about faults, for the error.

    Raises:
        Unavailable: There is no such file.
        TableError: With every fault of the table.
    """
    check_is_file(path)
    table = scan_table(path, resource)
    if table.faults:
        raise TableError(table.faults, hint=hint)
    return list(table.rows)


def check_is_file(path: Path) -> None:
    """Raise :class:`Unavailable` for a table that is not there, or that is a folder."""
    if path.is_dir():
        raise Unavailable(f"{path} is a folder, not a table.", hint="Give the path of a csv file.")
    if not path.is_file():
        raise Unavailable(
            f"There is no table {path}.",
            hint="Give the path of a csv file; the product's own tables are part of its repository.",
        )


def as_it_stands(path: Path, resource: Resource) -> tuple[Resource, tuple[str, ...]]:
    """Describe a table of others by the columns that it has.

    Faults name the path that was given. Columns that may be empty may be missing, and what is not described is text.

    Args:
        path: The file.
        resource: The description of such tables.

    Returns:
        The description of this table, and its columns that ``resource`` does not have.

    Raises:
        Unavailable: There is no file.
    """
    check_is_file(path)
    read = cells_of(path, str(path), resource.columns, of_others=True)
    header = read.header or list(resource.columns)
    there = {name: column for name, column in resource.columns.items() if name in header or column.required}
    unused = tuple(dict.fromkeys(name for name in header if name not in resource.columns))
    plain = {name: Column(name=name, kind="string", meaning="") for name in unused}
    return replace(resource, path=str(path), of_others=True).with_columns(there | plain), unused


def scan_table(path: Path, resource: Resource) -> Table:
    """Read every sound row and every fault of a table; never raises for what is *in* the file.

    Args:
        path: The file.
        resource: Its description.
    """
    name = resource.path
    read = cells_of(path, name, resource.columns, of_others=resource.of_others)
    if not read.lines:
        empty = read.fault or _file_fault(name, "The file is empty.", "Restore the table with its header.")
        return Table(name=name, rows=(), faults=(empty,))
    header = read.header if resource.of_others else list(read.lines[0][1])
    separated = find_other_separator(header, resource.columns)
    if separated:
        comma = _file_fault(name, f"The cells are separated by {separated}, not by commas.", "Save it as CSV UTF-8.")
        return Table(name=name, rows=(), faults=(comma,))
    faults = _header_faults(header, resource, name)
    rows: list[Row] = []
    unsound: list[Row] = []
    decimal, notes = _decimal_of(read, header, resource) if resource.of_others else (".", [])
    for line, cells in read.lines[1:]:
        row, row_faults = type_row(line, cells, header, resource, name, decimal=decimal)
        faults += row_faults
        (unsound if row_faults else rows).append(row)
    if read.fault is not None:
        faults.append(read.fault)
    faults += _repeated(rows, resource)
    by_line = tuple(sorted(faults, key=lambda f: f.row or 0))
    return Table(name=name, rows=tuple(rows), faults=by_line, unsound=tuple(unsound), notes=(*read.notes, *notes))


def composition_fault(row: Row, column: Column) -> Fault | None:
    """What is wrong with a formula of a row, if anything.

    Args:
        row: The row.
        column: Of the formula.
    """
    text = row.text(column.name)
    if text is None:
        return None
    try:
        parse_composition(text)
    except CompositionError as problem:
        return row.fault(problem.message, column=column.name, hint=problem.hint)
    return None


def composition_warnings(rows: Iterable[Row], columns: Iterable[str]) -> tuple[Fault, ...]:
    """What the reading of formulas warns of, as remarks with their places; of one formula once.

    Args:
        rows: The rows.
        columns: Of the formulas.
    """
    warnings, names = [], list(columns)
    for row in rows:
        for text, column in {row.text(column): column for column in reversed(names)}.items():
            composition = find_composition(text)
            warnings += [] if composition is None else [row.fault(w, column=column) for w in composition.warnings]
    return tuple(warnings)


def parse_bound(text: str) -> tuple[float, str]:
    """Number and sign of a cell like ``<1E-10``; the sign is ``""`` for a plain number."""
    bound = _BOUND.fullmatch(text)
    return (float(bound[2]), bound[1]) if bound else (float(text), "")


def cells_of(path: Path, name: str, names: Collection[str], *, of_others: bool = False) -> Separated:
    """The cells of a file, or what is wrong with it; nothing is raised.

    A table of a package is CSV in UTF-8, as its description promises; one of others is read as lab sheets are.

    Args:
        path: The file.
        name: What faults call the table.
        names: Of the columns, by which the header is recognised.
        of_others: Whether it is a table of others.
    """
    if not path.is_file():
        fault = _file_fault(name, "The file is missing.", "Restore it from the repository.")
        return Separated(lines=(), separator=",", notes=(), fault=fault)
    dialect: dict[str, Any] = {} if of_others else {"separator": ",", "encoding": "utf-8"}
    try:
        return read_cells(path, table=name, is_name=lambda cell: cell.strip() in names, **dialect)
    except SurrogateError as problem:
        hint = problem.hint if of_others else "Save it as CSV UTF-8."
        fault = Fault(table=name, row=None, column=None, message=problem.message, hint=hint)
        return Separated(lines=(), separator=",", notes=(), fault=fault)


def find_other_separator(header: Sequence[str], names: Collection[str], *, at_least: int = 2) -> str:
    """What seems to separate the cells of a table whose header holds a single cell; nothing where commas do.

    Args:
        header: The first line.
        names: Of the columns.
        at_least: How many of them the single cell has to hold.
    """
    for sign, words in ((";", "semicolons"), ("\t", "tabs")):
        cells = header[0].split(sign) if len(header) == 1 else []
        if len(cells) > 1 and len(set(cells) & set(names)) >= at_least:
            return words
    return ""


def _decimal_of(read: Separated, header: Sequence[str], resource: Resource) -> tuple[str, list[str]]:
    """The decimal sign of a table of others, from the cells of its numbers."""
    columns = [place for place, name in enumerate(header) if _is_number(resource.columns.get(name))]
    numbers = (cells[place] for _, cells in read.lines[1:] for place in columns if place < len(cells))
    return find_decimal(numbers, separator=read.separator)


def _is_number(column: Column | None) -> bool:
    return column is not None and (column.kind != "string" or column.format == "number-or-bound")


def _header_faults(header: Sequence[str], resource: Resource, name: str) -> list[Fault]:
    faults = []
    for position, column in enumerate(header):
        if column in header[:position]:
            faults.append(_column_fault(name, column, "The column stands in the header twice.", "Remove one."))
        elif column not in resource.columns:
            near = get_close_matches(column, resource.columns, n=1, cutoff=0.6)
            hint = f"Did you mean {near[0]}?" if near else "Describe it in datapackage.json, or remove it."
            faults.append(_column_fault(name, column, "The column is not described in the data package.", hint))
    missing = [column for column in resource.columns.values() if column.name not in header]
    hints = {True: "Add it; every row needs it.", False: "Add it; its cells may be empty."}
    return faults + [_column_fault(name, c.name, "The column is missing.", hints[c.required]) for c in missing]


def type_row(
    line: int, cells: Sequence[str], header: Sequence[str], resource: Resource, name: str, *, decimal: str = "."
) -> tuple[Row, list[Fault]]:
    """Read the cells of a line as values; a line of another length has no cells, since nobody knows which are which.

    Args:
        line: Its number in the file.
        cells: As text.
        header: The names of the columns.
        resource: The description of the table.
        name: Of the table, for faults.
        decimal: The decimal sign of the file.

    Returns:
        The row, and its faults.
    """
    if len(cells) != len(header):
        trouble = "is cut short" if len(cells) < len(header) else "has too many"
        message = f"The line {trouble}: {len(cells)} cells where the header has {len(header)}."
        hint = "Restore the line; a comma inside a cell needs quotes around the cell."
        fault = Fault(table=name, row=line, column=None, message=message, hint=hint)
        return Row(table=name, line=line, cells={}), [fault]
    values: dict[str, Value] = {}
    faults: list[Fault] = []
    for column, cell in zip(header, cells, strict=True):
        if column in resource.columns:
            spec = resource.columns[column]
            plain = _plainly(cell.strip(), spec, decimal) if resource.of_others else cell.strip()
            values[column], problem = _value(plain, spec)
            if problem is not None:
                fault = Fault(table=name, row=line, column=column, message=problem[0], hint=problem[1])
                is_word = plain and spec.kind == "string" and spec.allowed
                faults.append(UnknownWord(**vars(fault), nearest=_find_nearest(plain, spec)) if is_word else fault)
    formula = values.get("composition")
    if isinstance(formula, str) and values.get("composition_normalized") is None and find_composition(formula):
        values["composition_normalized"] = formula
    return Row(table=name, line=line, cells=values), faults


def _plainly(cell: str, column: Column, decimal: str) -> str:
    """The cell of a table of others as ours are written: the number in its unit, a word among those allowed.

    What cannot be read stays as it is, for the fault to name it.
    """
    if column.allowed:
        with suppress(InvalidInput):
            return "" if is_missing(cell) else read_option(column.name, cell, column.allowed)
    if not _is_number(column) or _NUMBER.fullmatch(cell):
        return cell
    with suppress(InvalidInput):
        cell, _ = read_number_words(_FIELDS.get(column.name, column.name), cell)
    try:
        read = read_number(cell, unit=column.unit, name=column.name, decimal=decimal)
    except InvalidInput:
        return cell
    if read is None:
        return ""
    signs = {Censoring.EXACT: "", Censoring.APPROXIMATE: ""}
    if column.format == "number-or-bound":
        signs |= {Censoring.BELOW: "<", Censoring.ABOVE: ">"}
    return f"{signs[read.censoring]}{read.value!r}" if read.censoring in signs else cell


def _value(cell: str, column: Column) -> tuple[Value, tuple[str, str] | None]:
    """The typed value of one cell, or what is wrong with it and how to mend it."""
    if not cell:
        return None, ("The cell is empty; the column is required.", "Fill it in.") if column.required else None
    if column.kind == "string" and column.format == "number-or-bound":
        bound = _BOUND.fullmatch(cell)
        _, problem = _number(bound[2] if bound else cell, column)
        return cell, problem
    if column.kind == "string":
        return cell, _not_allowed(cell, column)
    return _number(cell, column)


def _number(cell: str, column: Column) -> tuple[float | None, tuple[str, str] | None]:
    if _NUMBER.fullmatch(cell) is None:
        return None, _not_a_number(cell, column)
    value = float(cell)
    if not math.isfinite(value):
        return None, (f"{cell} is not a finite number.", "Leave the cell empty when it is unknown.")
    if column.kind == "integer" and value != int(value):
        return None, (f"{cell} is not a whole number.", "This column counts.")
    return value, _out_of_bounds(value, column)


def _not_a_number(cell: str, column: Column) -> tuple[str, str]:
    number = _NUMBER.match(cell)
    rest = cell[number.end() :].strip() if number else ""
    unit = column.unit or "a pure number"
    if cell[0] in "<>~≈≤≥":
        return (f"'{cell}' is a bound, not a number.", "Write the number here and the sign in the column 'censored'.")
    if number and re.fullmatch(r",\d+", rest):
        return (f"'{cell}' has a decimal comma.", f"Write {cell.replace(',', '.')}.")
    if number and re.match(r"[A-Za-zµμΩ°%]", rest) and rest.lower() not in {"e", "x"}:
        return (f"'{cell}' has a unit; this column is in {unit}.", _in_column_unit(float(number[0]), rest, column))
    return (f"'{cell}' is not a number; this column is in {unit}.", "Leave the cell empty when it is unknown.")


def _in_column_unit(value: float, unit: str, column: Column) -> str:
    try:
        return f"Write {convert(value, unit, column.unit, name=column.name):g}."
    except UnitError as problem:
        return problem.hint


def _out_of_bounds(value: float, column: Column) -> tuple[str, str] | None:
    unit = f" {column.unit}" if column.unit else ""
    if column.minimum is not None and value < column.minimum:
        rule = f"below the least possible {column.minimum:g}{unit}."
    elif column.maximum is not None and value > column.maximum:
        rule = f"above the highest possible {column.maximum:g}{unit}."
    else:
        return None
    return f"{value:g} is {rule}", _bound_hint(value, column)


def _bound_hint(value: float, column: Column) -> str:
    if column.unit == "°C":
        kelvin = 250 <= value <= 1500
        return f"Is it in kelvin? Then write {value + ABSOLUTE_ZERO_C:g}." if kelvin else "Temperatures are in °C."
    if column.unit == "S/cm" and value > 0:
        return f"Is it in mS/cm? Then write {value / 1000:g}."
    return f"Values of this column are in {column.unit}." if column.unit else "Check the value."


def _not_allowed(cell: str, column: Column) -> tuple[str, str] | None:
    if not column.allowed or cell in column.allowed:
        return None
    near = _find_nearest(cell, column)
    hint = f"Did you mean {near}?" if near else f"Allowed: {', '.join(column.allowed[:12])}."
    return f"'{cell}' is not among the allowed values.", hint


def _find_nearest(cell: str, column: Column) -> str | None:
    return next(iter(get_close_matches(cell, column.allowed, n=1, cutoff=0.6)), None)


def _repeated(rows: Sequence[Row], resource: Resource) -> Iterator[Fault]:
    """A key that stands twice."""
    first: dict[str, int] = {}
    for row in rows:
        key = row.text(resource.key) if resource.key else None
        if key is None:
            continue
        if key in first:
            message = f"'{key}' already stands in line {first[key]}."
            yield row.fault(message, column=resource.key, hint="Every row needs an identifier of its own.")
        first.setdefault(key, row.line)


def _file_fault(name: str, message: str, hint: str) -> Fault:
    return Fault(table=name, row=None, column=None, message=message, hint=hint)


def _column_fault(name: str, column: str, message: str, hint: str) -> Fault:
    return Fault(table=name, row=1, column=column, message=message, hint=hint)
