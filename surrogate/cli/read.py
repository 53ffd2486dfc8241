"""Candidates and values from the arguments of a command, or from a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TypeVar

from surrogate.candidate.field import ABSENT, NO
from surrogate.candidate.fields import FIELDS, HEAT_TREATMENT, refuse_setting
from surrogate.candidate.measurement import OWN_LABORATORY, Candidate, Censoring, Measurement, Source, check_asked
from surrogate.candidate.settings import build
from surrogate.candidate.spellings import MOST_AS_SHARE, read_option, read_stated_number, refuse_thousands
from surrogate.cli import notes
from surrogate.composition.notation import VARIABLE_NAMES
from surrogate.errors import Fault, InvalidInput, SurrogateError, TableError, about
from surrogate.properties import InForce, PropertyTable, current_table, get_property
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
        return _from_file(file, candidate, encoding)
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


#: A name and an equals sign: what a setting begins with, and no composition.
_NAMED = re.compile(r"\s*[^\W\d]\w*\s*=")
_AS_IN = "Write milling_time_h=20; 'surrogate settings' lists the names."


def _typed(composition: str | None, pairs: Sequence[str]) -> dict[str, str]:
    """The settings that were typed, the composition among them."""
    # "electrolyte=Li6PS5Cl" in the place of the composition is a setting like any other, "Li6-xPS5-xCl1+x (x=0.5)" not.
    if composition is not None and _NAMED.match(composition):
        pairs, composition = [composition, *pairs], None
    typed = name_value_pairs(pairs)
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

    rows = [row for line in _from_file(file, own, encoding) for row in line]
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
            [part.strip() for part in change.split(",")], "Write --versus 'milling_time_h=20, form=glass'."
        )
        # What one recipe says of a furnace and the other of none, no recipe says together.
        overruled: tuple[str, ...] = ()
        if changed.get("heat_treated", "").casefold() == NO:
            overruled = HEAT_TREATMENT
        elif not changed.keys().isdisjoint(HEAT_TREATMENT):
            overruled = ("heat_treated",)
        others.append(candidate({name: text for name, text in typed.items() if name not in overruled} | changed))
    return [candidate(typed), *others]


def _from_file(file: Path, read: Callable[[Mapping[str, str]], T], encoding: str | None) -> list[T]:
    """What ``read`` makes of each line of a table whose first line names the settings."""
    table = read_cells(
        file,
        table=str(file),
        is_name=lambda cell: cell.strip() in FIELDS or cell.strip() in _MEASURED,
        encoding=encoding,
    )
    notes.say(table.notes)
    if table.fault is not None:
        raise TableError([table.fault])
    (line, first), *rows = table.lines or [(1, [])]
    if len(rows) > MAX_ROWS:
        raise InvalidInput(
            f"'{file}' has more than {MAX_ROWS} candidates.",
            hint="Split it, or screen a space of recipes with 'surrogate screen'.",
        )
    header = [name.strip() for name in first]
    _check_header(file, line, header)
    faults: list[Fault] = []
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


def _settings(header: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """One line as settings; :class:`InvalidInput` for a line with more or fewer cells than the header has."""
    if len(cells) != len(header):
        what = "is cut short" if len(cells) < len(header) else "has too many cells"
        raise InvalidInput(
            f"The line {what}: {len(cells)} where the header has {len(header)}.",
            hint="Leave a cell empty for what is not known, and put a text with commas in quotes.",
        )
    stated = {name: text.strip() for name, text in zip(header, cells, strict=True) if text.strip()}
    if "" in stated:
        raise InvalidInput(f"'{stated['']}' stands in a column without a name.", hint="Name it in the first line.")
    return stated
