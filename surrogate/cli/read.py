"""Candidates and values from the arguments of a command, or from a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TypeVar

from surrogate.candidate.field import ABSENT, NO, listed
from surrogate.candidate.fields import FIELDS, HEAT_TREATMENT, refuse_setting
from surrogate.candidate.measurement import OWN_LABORATORY, Candidate, Censoring, Measurement, Source, check_asked
from surrogate.candidate.settings import build
from surrogate.candidate.spellings import MOST_AS_SHARE, read_option, read_stated_number, refuse_thousands
from surrogate.cli import notes
from surrogate.composition.notation import VARIABLE_NAMES
from surrogate.errors import Fault, InvalidInput, SurrogateError, TableError, about
from surrogate.properties import InForce, PropertyTable, current_table, get_property
from surrogate.sheets.columns import EXAMPLE_ID, EXPERIMENTS
from surrogate.sheets.headers import recognise
from surrogate.tables.opening import MAX_ROWS
from surrogate.tables.reading import read_cells
from surrogate.units import parse_quantity

T = TypeVar("T")


@cache
def _headings(table: PropertyTable) -> Mapping[str, str]:
    """What a column of measured values can be called → the property, for one table of properties."""
    return {heading: name for name, prop in table.properties.items() for heading in (name, prop.column)}


_MEASURED: Mapping[str, str] = InForce(lambda: _headings(current_table()))


def candidates(
    composition: str | None, pairs: Sequence[str], file: Path | None, *, encoding: str | None = None
) -> list[Candidate]:
    """The candidates of a file in an ``encoding`` that is declared or detected, or the one that was typed."""
    if file is not None:
        if composition is not None or pairs:
            raise InvalidInput("Give a file or one candidate, not both.", hint="Leave out the one or the other.")
        return _from_file(file, candidate, encoding, FIELDS)
    typed = _typed(composition, pairs)
    if not typed:
        raise InvalidInput(
            "Nothing was given.", hint="Describe a recipe, as in: Li6PS5Cl heat_treatment_temperature_c=550."
        )
    return [candidate(typed)]


def candidate(texts: Mapping[str, str]) -> Candidate:
    """The candidate described by settings as text; a cell when anything of a cell is given, else an electrolyte."""
    values: dict[str, float | str] = {}
    variables: dict[str, float] = {}
    remarks: list[str] = []
    for name, text in texts.items():
        if len(name) == 1 and name in VARIABLE_NAMES:
            variables[name] = parse_quantity(text, "", name=name, notes=remarks)
            continue
        field = FIELDS.get(name)
        if field is None:
            raise refuse_setting(name)
        with about(name):
            if name in HEAT_TREATMENT and text.strip().casefold() in ABSENT:
                values["heat_treated"] = NO
                remarks.append(f"{name} = '{text.strip()}' was read as: not heat-treated.")
            elif field.number:
                values[name] = read_stated_number(field, text, remarks)
            else:
                values[name] = read_option(name, text, field.options) if field.options else text
    notes.say(remarks)
    if variables:
        values["electrolyte"] = _with_variables(values.get("electrolyte"), variables)
    built = build(values)
    check_asked(built)
    return built


def _with_variables(composition: float | str | None, variables: Mapping[str, float]) -> str:
    """A composition with the values of its variables behind it: so its name tells one x from another."""
    if composition is None:
        raise InvalidInput(
            f"{next(iter(variables))} is a variable of a composition, and there is none.",
            hint="Give the composition as electrolyte, such as Li6-xPS5-xCl1+x.",
        )
    return f"{composition} ({', '.join(f'{name} = {Decimal(repr(value)):f}' for name, value in variables.items())})"


def values(pairs: Sequence[str]) -> dict[str, tuple[float, Censoring]]:
    """PROPERTY=VALUE with an optional unit and sign (``<0.01 mS/cm``) → values in the units of the properties."""
    measured = {}
    remarks: list[str] = []
    hint = "Write 'ionic_conductivity=1.3 mS/cm', or '=<0.01 mS/cm' for a bound."
    for name, text in name_value_pairs(pairs, hint).items():
        prop = get_property(name)
        censoring = _SIGNS.get(text[0], Censoring.EXACT)
        number = text if censoring is Censoring.EXACT else text[1:].strip()
        refuse_thousands(name, prop.unit, number, name)
        value = prop.check(parse_quantity(number, prop.unit, name=name, notes=remarks))
        if prop.unit == "%" and 0.0 < value <= MOST_AS_SHARE and not number.endswith("%"):
            raise InvalidInput(
                f"{name} = {number} may be {value:g} % or {100 * value:g} %.",
                hint=f"Write '{value:g} %' or '{100 * value:g} %'.",
                field=name,
            )
        measured[name] = value, censoring
    notes.say(remarks)
    return measured


_SIGNS = {"<": Censoring.BELOW, ">": Censoring.ABOVE, "≈": Censoring.APPROXIMATE, "~": Censoring.APPROXIMATE}


#: What parts settings: a comma or a semicolon before the next name; a comma before a digit is a decimal comma.
_BETWEEN_PAIRS = re.compile(r"\s*[,;]\s*(?!\s*\d)")
#: A name and an equals sign: what a setting begins with, and no composition.
_NAMED = re.compile(r"\s*[^\W\d]\w*\s*=")
_AS_IN = "Write milling_time_h=20; 'surrogate settings' lists the names."


def _typed(composition: str | None, pairs: Sequence[str]) -> dict[str, str]:
    """The settings that were typed, the composition among them."""
    # "electrolyte=Li6PS5Cl" in the place of the composition is a setting like any other, "Li6-xPS5-xCl1+x (x=0.5)" not.
    if composition is not None and _NAMED.match(composition):
        pairs, composition = [composition, *pairs], None
    typed = name_value_pairs(pairs)
    if composition is not None and "electrolyte" in typed:
        raise InvalidInput(
            f"The composition is given twice, as '{composition}' and as electrolyte = '{typed['electrolyte']}'.",
            hint="Give it once.",
            field="electrolyte",
        )
    return typed if composition is None else typed | {"electrolyte": composition}


def name_value_pairs(pairs: Sequence[str], hint: str = _AS_IN) -> dict[str, str]:
    by_name: dict[str, str] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not text.strip():
            raise InvalidInput(f"'{pair}' is not NAME=VALUE.", hint=hint)
        if name.strip() in by_name:
            raise InvalidInput(f"'{name.strip()}' was given twice.", hint="Give it once.")
        by_name[name.strip()] = text.strip()
    return by_name


def measured(file: Path, *, encoding: str | None = None) -> list[Measurement]:
    """The own rows of a laboratory: candidates with a column for each property that was measured."""

    def own(texts: Mapping[str, str]) -> list[Measurement]:
        settings = {name: text for name, text in texts.items() if name not in _MEASURED}
        stated_values = values([f"{_MEASURED[name]}={text}" for name, text in texts.items() if name in _MEASURED])
        recipe = candidate(settings)
        source = Source(row_id="own row", paper=OWN_LABORATORY)
        return [
            Measurement(property=name, value=value, candidate=recipe, source=source, censoring=censoring)
            for name, (value, censoring) in stated_values.items()
        ]

    rows = [row for line in _from_file(file, own, encoding, {**FIELDS, **_MEASURED}) for row in line]
    if not rows:
        raise InvalidInput(
            f"'{file}' states no value that was measured.",
            hint="Add a column such as ionic_conductivity_s_per_cm, or ionic_conductivity with '1.3 mS/cm' in it.",
        )
    return rows


def versus(composition: str | None, pairs: Sequence[str], changes: Sequence[str]) -> list[Candidate]:
    """The candidate that was typed, and one more for each of ``changes`` to it, such as ``milling_time_h=20, x=1``."""
    typed = _typed(composition, pairs)
    others = []
    for change in changes:
        changed = name_value_pairs(
            [part.strip() for part in _BETWEEN_PAIRS.split(change)], "Write --versus 'milling_time_h=20, form=glass'."
        )
        # What one recipe says of a furnace and the other of none, no recipe says together.
        overruled: tuple[str, ...] = ()
        if changed.get("heat_treated", "").casefold() == NO:
            overruled = HEAT_TREATMENT
        elif not changed.keys().isdisjoint(HEAT_TREATMENT):
            overruled = ("heat_treated",)
        others.append(candidate({name: text for name, text in typed.items() if name not in overruled} | changed))
    return [candidate(typed), *others]


def _from_file(
    file: Path, read: Callable[[Mapping[str, str]], T], encoding: str | None, settings: Collection[str]
) -> list[T]:
    """What ``read`` makes of each line of a table whose first line names ``settings``."""
    table = read_cells(
        file,
        table=str(file),
        is_name=lambda cell: cell.strip() in FIELDS or cell.strip() in _MEASURED or recognise(cell) is not None,
        encoding=encoding,
        preferred=EXPERIMENTS,
    )
    notes.say(table.notes)
    if table.fault is not None:
        raise TableError([table.fault])
    (line, first), *rows = _skip_labels(table.lines, settings) or [(1, [])]
    if len(rows) > MAX_ROWS:
        raise InvalidInput(
            f"'{file}' has more than {MAX_ROWS} candidates.",
            hint="Split it, or screen a space of recipes with 'surrogate screen'.",
        )
    header, units = _name_columns([name.strip() for name in first], settings)
    rows = [
        (number, [_with_unit(cell, units[place] if place < len(units) else "") for place, cell in enumerate(cells)])
        for number, cells in rows
    ]
    _check_header(file, line, header)
    faults = _list_unknown(file, line, header, rows, settings)
    if faults:
        raise TableError(faults)
    items: list[T] = []
    for number, cells in rows:
        try:
            items.append(read(_settings(header, cells)))
        except SurrogateError as error:
            column = error.field if isinstance(error, InvalidInput) and error.field in header else None
            faults.append(Fault(table=str(file), row=number, column=column, message=error.message, hint=error.hint))
    if faults:
        raise TableError(faults)
    if not items:
        raise InvalidInput(
            f"'{file}' has no rows.", hint="The first line names the settings; each further line is a candidate."
        )
    return items


def _check_header(file: Path, line: int, header: Sequence[str]) -> None:
    """Refuse a header in which a name stands twice, or from which nobody can tell what the candidates are."""
    twice = next((name for position, name in enumerate(header) if name and name in header[:position]), None)
    if twice is not None:
        message = "The column is given twice."
        raise TableError([Fault(table=str(file), row=line, column=twice, message=message, hint="Keep one of them.")])
    if header and not {"electrolyte", "active_material"} & set(header):
        raise InvalidInput(
            f"'{file}' has no column 'electrolyte'.",
            hint="The first line names the settings: electrolyte (active_material for cells) and what else is known.",
        )


#: The exponent of a number, and what only a unit, a word or a remark has.
_EXPONENT = re.compile(r"(?<=\d)[eE][+−-]?(?=\d)")
_UNIT_OR_WORD = re.compile(r"[^\W\d_]|[%°]")
#: Stands for a column that says nothing of a recipe, such as its number in the notebook.
_ASIDE = "(not read)"


def _skip_labels(
    lines: Sequence[tuple[int, Sequence[str]]], settings: Collection[str]
) -> Sequence[tuple[int, Sequence[str]]]:
    """The lines from the names of settings on: a lab sheet has labels above them, and an example below."""
    names = [name.strip() for name in lines[1][1] if name.strip()] if len(lines) > 1 else []
    if len(names) < 2 or not all(name in settings or recognise(name) is not None for name in names):
        return lines
    is_example = len(lines) > 2 and EXAMPLE_ID in lines[2][1]
    return [lines[1], *lines[3 if is_example else 2 :]]


def _name_columns(header: Sequence[str], settings: Collection[str]) -> tuple[list[str], list[str]]:
    """The names of columns as ``settings`` has them, and the units of headers; those of lab sheets are understood.

    The first line names them as settings, as a lab sheet does, or as it is usual in the field.
    """
    names: list[str] = []
    units: list[str] = []
    read_as: list[str] = []
    left_out: list[str] = []
    for stated in header:
        column, unit = (None, None) if stated in settings else recognise(stated) or (None, None)
        name, sign = stated, ""
        if column is not None and column.name in settings:
            name, sign = column.name, unit or ""
            read_as.append(f"'{stated}' as {name}{f' in {sign}' if sign else ''}")
        elif column is not None and not column.is_setting and column.quantity is None:
            name = f"{_ASIDE} {stated}"
            left_out.append(f"'{stated}'")
        names.append(name)
        units.append(sign)
    notes.say([f"Columns were read by what they say: {listed(read_as)}."] if read_as else [])
    notes.say([f"Columns that say nothing of a recipe were left out: {listed(left_out)}."] if left_out else [])
    return names, units


def _with_unit(cell: str, unit: str) -> str:
    """A cell with the unit of its column, where it holds a number without one: '3.2', '<1e-3', '3.2 ± 0.4'."""
    digits = _EXPONENT.sub("", cell)
    is_bare = any(map(str.isdigit, digits)) and _UNIT_OR_WORD.search(digits) is None
    return f"{cell.strip()} {unit}" if unit and is_bare else cell


def _list_unknown(
    file: Path, line: int, header: Sequence[str], rows: Sequence[tuple[int, Sequence[str]]], settings: Collection[str]
) -> list[Fault]:
    """A fault for each column that is filled and names nothing, once and not in every row."""
    faults = []
    for position, name in enumerate(header):
        is_filled = any(position < len(cells) and cells[position].strip() for _, cells in rows)
        if not name or name in settings or name in VARIABLE_NAMES or name.startswith(_ASIDE) or not is_filled:
            continue
        error: InvalidInput = refuse_setting(name)
        if name in _MEASURED:
            hint = "Leave the column out, or give rows that you measured with --given."
            error = InvalidInput(f"{name} is what is measured, not a setting.", hint=hint)
        faults.append(Fault(table=str(file), row=line, column=name, message=error.message, hint=error.hint))
    return faults


def _settings(header: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """One line as settings; :class:`InvalidInput` for a line with more or fewer cells than the header has."""
    if len(cells) != len(header):
        what = "is cut short" if len(cells) < len(header) else "has too many cells"
        raise InvalidInput(
            f"The line {what}: {len(cells)} where the header has {len(header)}.",
            hint="Leave a cell empty for what is not known, and put a text with commas in quotes.",
        )
    pairs = zip(header, cells, strict=True)
    stated = {name: text.strip() for name, text in pairs if text.strip() and not name.startswith(_ASIDE)}
    if "" in stated:
        raise InvalidInput(f"'{stated['']}' stands in a column without a name.", hint="Name it in the first line.")
    return stated
