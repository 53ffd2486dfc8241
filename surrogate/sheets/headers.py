"""Which column of a file is which of ours: labels, machine names and further names, in any order, and their units.

The header may be ours (labels in row 1, machine names in row 2) or any single row of either; a unit in a label is
heeded, as is one in a row of units below. What a header says beyond name and unit (a condition, a logarithm) is a
fault: such a column is not read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any

from surrogate.candidate.spellings import CUT_OFFS, read_reference
from surrogate.errors import Fault, UnitError
from surrogate.properties import InForce, PropertyTable, current_table
from surrogate.sheets.columns import COLUMNS, Column, columns_for
from surrogate.tables.cells import FULL_WIDTH, is_missing, measures, text_of
from surrogate.tables.separated import count_names
from surrogate.units import UNSEEN, convert

#: Columns that fill in a variable of the composition beside them.
VARIABLES = ("x", "y", "z")
_UNIT = re.compile(
    r"^(?P<title>.*?)\s*"
    r"(?:(?:/|,|\bin\b)\s*(?P<slash>[^/()\[\]]+(?:/[^()\[\]]+)?)|(?:/|\bin\b)?\s*[\[(]\s*(?P<brackets>[^()\[\]]*)\s*[\])])?\s*$"
)
#: What a header says of the conditions of its values, behind their name.
_CONDITION = re.compile(
    r"^(.*?[^\W\d_])\s*(?:[_(\[,]|\b(?:at|bei|@|nach|after)\b)\s*\(?[^/]*(?:\d|RT).*$", re.IGNORECASE
)
#: A power of ten behind a name, by which the values were multiplied or have to be: nobody knows which.
_SCALED = re.compile(r"^(.*?[^\W\d])\s*[/(\[,]?\s*[×x*·]\s*(?:10\s*\^?\s*[-−]?\s*\d|10[⁻⁰¹²³⁴-⁹])")
_LOGARITHM = re.compile(r"^(?:log|lg|ln)(?:[_ ]?10)?[\s_(\[]*([^/()\[\]]+?)\s*(?:/[^()\[\]]*)?[)\]]*$", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a column of ours stands in a file: its position, what the header says, and the unit the header gives."""

    column: Column
    position: int
    header: str
    unit: str | None = None


def is_name(cell: Any) -> bool:
    return recognise(cell) is not None


def _normalise(text: str) -> str:
    words = re.sub(r"[\s_\-]+", " ", text.translate(FULL_WIDTH).translate(UNSEEN)).strip().casefold()
    return re.sub(r"\btemp(?:\.|$|(?=\s))", "temperature", words)


#: Names of a heat treatment and of milling, with what is told of them: 'Anneal temp', 'Sintering T', 'T_anneal'.
_STEPS = {
    "heat treatment": r"(?:post )?anneal(?:ing|ed)?|sinter(?:ing|ed)?|heat(?:ing)?(?: treat(?:ment|ing)?)?"
    r"|calcin(?:ation|ing)|firing|crystalli[sz]ation|ht",
    "milling": r"(?:ball )?mill(?:ing|ed)?|bm",
}
_ASPECTS = {
    "temperature": r"temperature",
    "time": r"time|duration|dwell(?: time)?|hold(?:ing)?(?: time)?|hours",
    "speed": r"speed|rpm",
    "": r"t",  # a time or a temperature, as the unit says
}


def _find_step(title: str, unit: str) -> Column | None:
    """The column of a step of the synthesis that is called by its name and an aspect of it, in either order."""
    words = _normalise(title)
    for step, of_step in _STEPS.items():
        for aspect, of_aspect in _ASPECTS.items():
            if not re.fullmatch(rf"(?:{of_step}) (?:{of_aspect})|(?:{of_aspect}) (?:of )?(?:{of_step})", words):
                continue
            quantity = aspect or next(
                (name for name, of in (("time", "h"), ("temperature", "°C")) if _is_in(unit, of)), ""
            )
            return _BY_NAME.get(f"{step} {quantity}")
    return None


def _is_in(unit: str, other: str) -> bool:
    return bool(unit) and measures(unit, other)


@cache
def _list_spellings(table: PropertyTable) -> Mapping[str, Column]:
    """Every way to write a column, for one table of properties."""
    columns: dict[str, Column] = {}
    for column in columns_for(table).values():
        for spelling in (column.name, column.title, *column.aliases):
            columns.setdefault(_normalise(spelling), column)
    return columns


_BY_NAME: Mapping[str, Column] = InForce(lambda: _list_spellings(current_table()))


def recognise(header: Any) -> tuple[Column, str | None] | None:
    """The column a header means, and the unit it gives."""
    text = text_of(header)
    if text is None:
        return None
    if (column := _BY_NAME.get(_normalise(text))) is not None:
        return column, None
    title, unit = _split(text)
    column = _BY_NAME.get(_normalise(title)) or _find_step(title, unit)
    if column is not None and column.name in CUT_OFFS:
        unit = read_reference(unit)
    if column is None or (unit and not column.is_number):
        return None
    return column, None if unit in ("", column.unit) else unit


def _split(header: str) -> tuple[str, str]:
    """The name in a header, and the unit behind it, empty where there is none."""
    match = _UNIT.match(header.translate(FULL_WIDTH))
    return (match["title"], (match["slash"] or match["brackets"] or "").strip()) if match else (header, "")


def read_machine_names(row: Sequence[Any]) -> list[str] | None:
    """Row 2, if it holds machine names: then it decides."""
    texts = [text_of(cell) or "" for cell in row]
    filled = [text for text in texts if text]
    n_recognised = sum(text in COLUMNS for text in filled)
    return texts if n_recognised >= 2 and n_recognised >= 0.5 * len(filled) else None


def find_places(
    sheet: str, labels: Sequence[Any], names: Sequence[str] | None, renamed: Mapping[str, str], top: int
) -> tuple[dict[str, Place], dict[str, int], tuple[str, ...], tuple[Fault, ...]]:
    """Where the columns stand.

    Args:
        sheet: What notes and faults call the table.
        labels: Cells of the header.
        names: Machine names below them, where there are any.
        renamed: Machine name for a header of the file.
        top: Line of the header.

    Returns:
        Places of our columns by machine name, positions of the others by header, notes, and columns that stand twice.
    """
    places: dict[str, Place] = {}
    others: dict[str, int] = {}
    notes, faults = [], []
    for position in range(max(len(labels), len(names or ()))):
        label = text_of(labels[position]) if position < len(labels) else None
        name = names[position] if names is not None and position < len(names) else ""
        header = label or name
        if not header:
            continue
        meaning = _find_meant(label, name, renamed)
        if meaning is None:
            others[header] = position
            if header in VARIABLES:
                notes.append(f"{sheet}, column {header}: read as the value of {header} in the composition.")
                continue
            near = get_close_matches(_normalise(header), list(_BY_NAME), n=1, cutoff=0.75)
            meant = f"; did you mean '{_BY_NAME[near[0]].label}'?" if near else "."
            notes.append(f"{sheet}, column {header}: not a column of the sheet, left as it is{meant}")
            continue
        column, unit = meaning
        if column.name in places:
            message, hint = f"A second column holds {column.title.lower()}.", "Keep one of them, or rename the other."
            faults.append(Fault(table=sheet, row=top, column=header, message=message, hint=hint))
            continue
        place = places[column.name] = Place(column=column, position=position, header=header, unit=unit)
        if unit is not None and measures(unit, column.unit):
            notes.append(describe_conversion(sheet, place))
    return places, others, tuple(notes), tuple(faults)


def describe_conversion(sheet: str, place: Place) -> str:
    """Say in which unit a column was read.

    Args:
        sheet: Where it stands.
        place: The column.
    """
    return (
        f"{sheet}, column {place.header}: read in {place.unit} and converted to {place.column.unit or 'a pure number'}."
    )


def _find_meant(label: str | None, name: str, renamed: Mapping[str, str]) -> tuple[Column, str | None] | None:
    if label is not None and label in renamed:
        return COLUMNS[renamed[label]], None
    if name in COLUMNS:
        written = recognise(label)
        return COLUMNS[name], written[1] if written is not None and written[0].name == name else None
    return recognise(label)


def read_units_below(places: Mapping[str, Place], row: Sequence[Any]) -> dict[str, str]:
    """The units that a row of their own gives below the header; nothing where the row holds anything else.

    Args:
        places: The columns by machine name.
        row: The cells below the header.

    Returns:
        Units that are not those of the columns, by machine name.
    """
    units: dict[str, str] = {}
    for name, place in places.items():
        cell = row[place.position] if place.position < len(row) else None
        text = None if is_missing(cell) else text_of(cell)
        if text is None:
            continue
        unit = text.translate(FULL_WIDTH).strip("[]() /")
        if not place.column.is_number or not measures(unit, place.column.unit):
            return {}
        if place.unit not in (None, unit) or (place.header == place.column.label and unit != place.column.unit):
            return {}
        units[name] = unit
    return {name: unit for name, unit in units.items() if unit != places[name].column.unit} if units else {}


def check_unit(table: str, lines: Sequence[tuple[int, Sequence[Any]]], place: Place) -> Fault | None:
    """What is wrong with the unit that a header gives: it is said once, and not in every row.

    Args:
        table: What the fault calls the table.
        lines: All rows with their numbers.
        place: The column.
    """
    if place.unit is None:
        return None
    try:
        convert(1.0, place.unit, place.column.unit, name=place.column.title)
    except UnitError as error:
        top = next((number for number, row in lines if place.header in map(text_of, row)), lines[0][0])
        return Fault(table=table, row=top, column=place.header, message=error.message, hint=error.hint)
    return None


def check_header(table: str, number: int, header: str) -> Fault | None:
    """What is wrong with a column of values whose header says more: 'Ionic conductivity at 60 °C', 'log σ'.

    Args:
        table: What the fault calls the table.
        number: Of the header in the file.
        header: Of a column that is not recognised.
    """
    conditioned, logarithm, scaled = _CONDITION.match(header), _LOGARITHM.match(header), _SCALED.match(header)
    match = logarithm or scaled or conditioned
    meant = None if match is None else _BY_NAME.get(_normalise(match[1]))
    if meant is None or meant.quantity is None:
        return None
    if logarithm is not None:
        message = f"The header names a logarithm of {meant.title.lower()}, so the column was not read."
        hint = f"Write the values themselves and call the column '{meant.label}'."
    elif scaled is not None:
        message = f"The header multiplies {meant.title.lower()} by a power of ten, so the column was not read."
        hint = f"Write the values themselves and call the column '{meant.label}', or give a unit such as mS/cm."
    else:
        message = f"The header gives a condition of {meant.title.lower()}, so the column was not read."
        hint = f"Call it '{meant.label}' and state the condition in a column, one row for each value."
    return Fault(table=table, row=number, column=header, message=message, hint=hint)


def find_lost_results(
    table: str, number: int, places: Mapping[str, Place], others: Mapping[str, int]
) -> dict[int, Fault]:
    """Find columns of unknown names in units of conductivity, where no result is read and rows would count as planned.

    Args:
        table: What faults call the table.
        number: Of the header in the file.
        places: The columns by machine name.
        others: The positions of the others by header.

    Returns:
        Faults by the position of the column.
    """
    if any(place.column.quantity is not None for place in places.values()):
        return {}
    faults = {}
    for header, position in others.items():
        _, unit = _split(header)
        if unit and measures(unit, "S/cm"):
            message = f"The column holds values in {unit}, but its name is not known, and no result is read."
            hint = "If these are ionic conductivities, call it 'Ionic conductivity / S/cm', with the unit that it has."
            faults[position] = Fault(table=table, row=number, column=header, message=message, hint=hint)
    return faults


def names_columns(row: Sequence[Any]) -> bool:
    """Whether a row names columns instead of filling them."""
    names, filled = count_names(row, is_name), sum(1 for cell in row if text_of(cell))
    return names >= 2 and 2 * names > filled
