"""The table of columns of the lab sheet: label, machine name, unit, meaning, bounds, allowed values, example.

Templates, the JSON Schema, the documentation and the reader are all made from it. Row 1 of a sheet shows
:attr:`Column.label` ("Milling time / h", after the Battery Data Format), row 2 :attr:`Column.name`
(``milling_time_h``). The settings are those of :mod:`surrogate.candidate.fields`, the values those of the
table of properties.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from surrogate.candidate.field import NONE, Field
from surrogate.candidate.fields import FIELDS
from surrogate.candidate.measurement import Candidate
from surrogate.candidate.settings import read
from surrogate.errors import ConfigError
from surrogate.properties import InForce, Property, PropertyTable, Scale, current_table
from surrogate.tables.cells import quoted

EXPERIMENTS, RESULTS, SUGGESTIONS, READ_ME, LISTS = "Experiments", "Results", "Suggestions", "Read me", "Lists"
STATUSES = ("planned", "accepted", "running", "ok", "partial", "failed", "lost", "shorted", "cancelled")
YES = "yes"
#: What stands in ``row_id`` of the example row.
EXAMPLE_ID = "example"


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column. ``low`` and ``high`` are what the value objects accept; ``quantity`` names the property it holds.

    ``rare`` columns stand in a sheet only where a row fills them.
    """

    name: str
    title: str
    meaning: str
    sheets: tuple[str, ...]
    group: str
    kind: str = "text"  # text, number, whole
    unit: str = ""
    low: float | None = None
    high: float | None = None
    options: tuple[str, ...] = ()
    example: str | float | None = None
    quantity: str | None = None
    is_uncertainty: bool = False
    aliases: tuple[str, ...] = ()
    rare: bool = False

    @property
    def label(self) -> str:
        """What row 1 shows: the title, and the unit behind a slash."""
        return f"{self.title} / {self.unit}" if self.unit else self.title

    @property
    def is_number(self) -> bool:
        """Whether cells hold numbers."""
        return self.kind != "text"

    @property
    def is_setting(self) -> bool:
        """Whether it describes what was made or how it was measured."""
        return self.name in FIELDS


def _make_text_column(name: str, title: str, meaning: str, group: str, **more: Any) -> Column:
    fields = {"name": name, "title": title, "meaning": meaning, "group": group, "sheets": (EXPERIMENTS,), **more}
    return Column(**fields)


def _make_setting_column(field: Field) -> Column:
    """The column of a field of candidates."""
    return Column(
        name=field.name,
        title=field.label,
        meaning=field.meaning,
        sheets=(EXPERIMENTS, RESULTS) if field.per_result else (EXPERIMENTS,),
        group=field.part,
        kind=field.kind if field.number else "text",
        unit=field.unit,
        low=field.low,
        high=field.high,
        options=field.options,
        example=field.example,
        aliases=field.headers,
        rare=field.rare,
    )


_BOTH = (EXPERIMENTS, RESULTS)
# fmt: off
_IDENTITY = (
    _make_text_column(
        "row_id", "Row ID",
        "Your own name of the row: never changed, never used twice. Results name the row they belong to.", "identity",
        sheets=_BOTH, example=EXAMPLE_ID, aliases=(
            "id", "sample", "sample id", "sample name", "experiment", "experiment id", "record_id", "probe",
            "proben-id", "probennummer", "proben nr.", "échantillon", "样品", "样品编号",
            "試料", "試料名", "cell", "cell id", "no.", "nr.", "#",
        ),
    ),
    _make_text_column(
        "suggestion", "Suggestion",
        "The suggestion that was followed; empty cells of the row then mean 'as suggested'.", "identity",
        example="s1", aliases=("suggestion id",),
    ),
)
_REPORT = (
    _make_text_column(
        "replicate", "Replicate", "1, 2, … when one recipe was measured more than once.", "report",
        sheets=(RESULTS,), kind="whole", low=1.0, high=1e6, example=1.0,
    ),
    _make_text_column(
        "status", "Status",
        "How it went; empty is 'ok' where there are results. Failed could not be made; lost and shorted teach nothing.",
        "report", sheets=_BOTH, options=STATUSES, example="ok",
    ),
    _make_text_column(
        "reason", "Reason", "What happened, unless it went as planned.", "report",
        sheets=_BOTH, aliases=("failure reason",),
    ),
    _make_text_column(
        "confirmed", "Confirmed", "'yes' answers what a check asked: the value is right as it stands.", "report",
        sheets=_BOTH, options=(YES,),
    ),
    _make_text_column(
        "replaces", "Replaces", "Measurement ID of an earlier value that this row corrects.", "report",
        sheets=(RESULTS,),
    ),
    _make_text_column(
        "measurement_id", "Measurement ID", "Filled in by exports; leave it empty for new results.", "report",
        sheets=(RESULTS,),
    ),
    _make_text_column(
        "note", "Note", "Anything else; it is kept.", "report",
        sheets=_BOTH, aliases=("notes", "comment", "comments", "remark"),
    ),
)
# fmt: on


def _make_value_columns(prop: Property) -> tuple[Column, Column]:
    value = Column(
        name=prop.column,
        title=prop.label,
        meaning=f"{prop.meaning} '<1e-9' and '3.2(4)e-3' are understood.",
        sheets=(RESULTS,),
        group="results",
        kind="number",
        unit=prop.unit,
        low=prop.lower,
        high=prop.upper,
        example=prop.example,
        quantity=prop.name,
        aliases=(prop.name, *prop.aliases),
    )
    ending = "decades" if prop.scale is Scale.LOG10 else prop.column.removeprefix(prop.name + "_")
    # Uncertainties are standard deviations on the scale of the property: decades for conductivities.
    spread = Column(
        name=f"{prop.name}_uncertainty_{ending}",
        title=f"{prop.label} uncertainty",
        meaning="One standard deviation; brackets in the value say the same.",
        sheets=(RESULTS,),
        group="results",
        kind="number",
        unit="decades" if prop.scale is Scale.LOG10 else prop.unit,
        low=0.0,
        high=1e6,
        quantity=prop.name,
        is_uncertainty=True,
    )
    return value, spread


@cache
def columns_for(table: PropertyTable) -> Mapping[str, Column]:
    """All columns for one table of properties; :class:`ConfigError` when a property takes the name of another."""
    values = [column for prop in table.properties.values() for column in _make_value_columns(prop)]
    columns: dict[str, Column] = {}
    for column in (*_IDENTITY, *(_make_setting_column(field) for field in FIELDS.values()), *values, *_REPORT):
        if column.name in columns:
            raise ConfigError(f"The lab sheet has a column '{column.name}' already.", hint="Rename the property.")
        columns[column.name] = column
    return MappingProxyType(columns)


#: All columns in the order of the template, by machine name.
COLUMNS: Mapping[str, Column] = InForce(lambda: columns_for(current_table()))
_RESULTS_FIRST = ("row_id", "replicate")


def columns_of(sheet: str, rows: Iterable[Mapping[str, Any]] = ()) -> tuple[Column, ...]:
    """The columns of one sheet in their order.

    Args:
        sheet: Its name.
        rows: Cells by machine name; rare columns are there where a row fills them.
    """
    columns = [column for column in all_columns(rows) if sheet in column.sheets]
    return tuple(sorted(columns, key=lambda c: c.name not in _RESULTS_FIRST)) if sheet == RESULTS else tuple(columns)


def all_columns(rows: Iterable[Mapping[str, Any]] = ()) -> tuple[Column, ...]:
    """The columns of a single table (CSV) that holds experiments and their results; see :func:`columns_of`."""
    filled = {name for row in rows for name, value in row.items() if value is not None}
    return tuple(column for column in COLUMNS.values() if not column.rare or column.name in filled)


def value_columns() -> dict[str, Column]:
    """Property → the column of its value."""
    return {c.quantity: c for c in COLUMNS.values() if c.quantity is not None and not c.is_uncertainty}


def uncertainty_columns() -> dict[str, Column]:
    """Property → the column of its uncertainty."""
    return {c.quantity: c for c in COLUMNS.values() if c.quantity is not None and c.is_uncertainty}


def cells_of(candidate: Candidate) -> dict[str, float | str]:
    """The settings of a candidate as cells, by machine name; a text that a cell says otherwise is quoted."""
    return {
        name: value if value == NONE and FIELDS[name].can_be_absent else quoted(value)
        for name, value in read(candidate).items()
    }


def in_bounds(column: Column, value: float) -> bool:
    """Whether a number is finite and within the bounds of its column.

    Args:
        column: The column.
        value: In its unit.
    """
    low, high = -math.inf if column.low is None else column.low, math.inf if column.high is None else column.high
    return math.isfinite(value) and low <= value <= high
