"""The table of columns of the lab sheet: label, machine name, unit, meaning, bounds, allowed values, example.

Templates, the JSON Schema, the documentation and the reader are all made from it. Row 1 of a sheet shows
:attr:`Column.label` ("Milling time / h", after the Battery Data Format), row 2 :attr:`Column.name`
(``milling_time_h``). The settings are those of :data:`surrogate.design.settings.SETTINGS`, the values those of the
table of properties.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from surrogate.design.settings import SETTINGS, read
from surrogate.errors import ConfigError
from surrogate.measurement import Candidate
from surrogate.properties import InForce, Property, PropertyTable, Scale, current_table
from surrogate.recipe import ABSOLUTE_ZERO_C, MIN_HEAT_TREATMENT_C
from surrogate.units import unit_of

EXPERIMENTS, RESULTS, SUGGESTIONS, READ_ME, LISTS = "Experiments", "Results", "Suggestions", "Read me", "Lists"
STATUSES = ("planned", "accepted", "running", "ok", "partial", "failed", "cancelled")
YES = "yes"
#: Settings that can be known to be absent, and how settings say so; a cell says "none".
ABSENT: Mapping[str, str] = MappingProxyType({"coating": "none", "additive": ""})
#: What stands in ``row_id`` of the example row.
EXAMPLE_ID = "example"


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column. ``low`` and ``high`` are what the value objects accept; ``quantity`` names the property it holds."""

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
        return self.name in SETTINGS


def _text(name: str, title: str, meaning: str, group: str, **more: Any) -> Column:
    given = {"name": name, "title": title, "meaning": meaning, "group": group, "sheets": (EXPERIMENTS,), **more}
    return Column(**given)


def _setting(name: str, title: str, meaning: str, example: str | float, **more: Any) -> Column:
    known = SETTINGS[name]
    kind = "number" if known.number else "text"
    unit = "" if name == "c_rate" else unit_of(name)
    made = {"kind": kind, "unit": unit, "options": known.options, "example": example, **more}
    return _text(name, title, meaning, known.part, **made)


_MILLING, _SPEED, _RATIO = (0.0, 2000.0), (1.0, 5000.0), (0.1, 500.0)


def _range(bounds: tuple[float, float]) -> dict[str, float]:
    return {"low": bounds[0], "high": bounds[1]}


_IDENTITY = (
    _text(
        "row_id",
        "Row ID",
        "Your own name of the row: never changed, never used twice. Results name the row they belong to.",
        "identity",
        sheets=(EXPERIMENTS, RESULTS),
        example=EXAMPLE_ID,
        aliases=("id", "sample", "sample id", "experiment", "experiment id", "record_id"),
    ),
    _text(
        "suggestion",
        "Suggestion",
        "The suggestion that was followed; empty cells of the row then mean 'as suggested'.",
        "identity",
        example="s1",
        aliases=("suggestion id",),
    ),
)

_RECIPE = (
    _setting(
        "electrolyte",
        "Electrolyte composition",
        "Any notation of the field; mixtures with amounts and separators.",
        "75Li2S-25P2S5",
        aliases=("composition", "electrolyte", "formula", "solid electrolyte"),
    ),
    _setting("route", "Synthesis route", "How the phase was formed.", "mechanical_milling", aliases=("route",)),
    _setting("milling_time_h", "Milling time", "Net hours in the mill; pauses do not count.", 10.0, **_range(_MILLING)),
    _setting("milling_speed_rpm", "Milling speed", "Compare it only within one mill.", 500.0, **_range(_SPEED)),
    _setting("ball_to_powder_ratio", "Ball-to-powder ratio", "By mass, in the synthesis mill.", 30.0, **_range(_RATIO)),
    _setting("heat_treated", "Heat-treated", "'no' says that there was none; empty says that nobody knows.", "yes"),
    _setting(
        "heat_treatment_temperature_c",
        "Heat treatment temperature",
        "Of the hold in the furnace.",
        240.0,
        low=MIN_HEAT_TREATMENT_C,
        high=1200.0,
    ),
    _setting("heat_treatment_time_h", "Heat treatment time", "Of the hold, without ramps.", 2.0, low=0.0, high=5000.0),
    _setting("atmosphere", "Atmosphere", "Around the powder in the furnace.", "sealed"),
    _setting("solvent", "Solvent", "For routes in liquids.", "THF"),
    _setting("wet_milling_time_h", "Wet milling time", "Of the finished powder.", 0.0, **_range(_MILLING)),
    _setting("form", "Form", "What came out, as far as diffraction says.", "glass-ceramic"),
    _setting("densification", "Densification", "Of the pellet whose conductivity was measured.", "cold-pressed"),
    _setting("pressure_mpa", "Pelletising pressure", "The highest forming pressure.", 360.0, low=0.0, high=5000.0),
)

_CELL = (
    _setting("active_material", "Active material", "By formula or the field's name; with it the row is a cell.", "S"),
    _setting("coating", "Coating", "Of the active material; 'none' says that it is bare.", "none"),
    _setting("additive", "Additive", "Conductive carbon, with the binder; 'none' says that there is none.", "VGCF"),
    _setting(
        "active_weight_fraction",
        "Active material fraction",
        "By weight of the composite, 0 to 1.",
        0.3,
        low=0.0,
        high=1.0,
    ),
    _setting("electrolyte_weight_fraction", "Electrolyte fraction", "By weight, 0 to 1.", 0.6, low=0.0, high=1.0),
    _setting("additive_weight_fraction", "Additive fraction", "By weight, 0 to 1.", 0.1, low=0.0, high=1.0),
    _setting("mixing_method", "Mixing method", "How the constituents came together.", "ball_milled"),
    _setting("mixing_time_min", "Mixing time", "Net minutes; 0 for hand mixing.", 60.0, low=0.0, high=100_000.0),
    _setting("mixing_speed_rpm", "Mixing speed", "Of the mill for the electrode.", 380.0, **_range(_SPEED)),
    _setting("mixing_ball_to_powder_ratio", "Mixing ball-to-powder ratio", "By mass.", 30.0, **_range(_RATIO)),
    _setting(
        "electrode_heat_treatment_temperature_c",
        "Electrode heat treatment temperature",
        "After mixing.",
        155.0,
        low=MIN_HEAT_TREATMENT_C,
        high=1200.0,
    ),
    _setting(
        "electrolyte_conductivity_s_per_cm",
        "Electrolyte powder conductivity",
        "Of the electrolyte in the electrode.",
        1e-3,
        low=1e-16,
        high=0.1,
    ),
    _setting("active_loading_mg_per_cm2", "Active loading", "Active material per area.", 1.5, low=1e-4, high=1000.0),
    _setting("counter_electrode", "Counter electrode", "As built.", "Li-In"),
    _setting("separator", "Separator composition", "Electrolyte of the separator layer.", "Li6PS5Cl"),
    _setting("separator_thickness_um", "Separator thickness", "After pressing.", 600.0, low=0.1, high=20_000.0),
    _setting(
        "fabrication_pressure_mpa", "Fabrication pressure", "The highest while building.", 370.0, low=0.0, high=5000.0
    ),
    _setting("stack_pressure_mpa", "Stack pressure", "While cycling.", 50.0, low=0.0, high=2000.0),
)

_BOTH = (EXPERIMENTS, RESULTS)
_PROTOCOL = (
    _setting(
        "temperature_c",
        "Measurement temperature",
        "Of the conductivity measurement or the cycling, in °C.",
        25.0,
        low=ABSOLUTE_ZERO_C,
        high=1200.0,
        sheets=_BOTH,
        aliases=("temperature", "measuring temperature"),
    ),
    _setting(
        "voltage_min_v", "Lower cut-off", "Versus Li⁺/Li; add 0.62 V to one versus In/LiIn.", 1.0, low=-1.0, high=6.0
    ),
    _setting("voltage_max_v", "Upper cut-off", "Versus Li⁺/Li.", 3.0, low=-1.0, high=6.0),
    _setting("current_ma_per_g", "Specific current", "Per gram of active material.", 50.0, low=1e-6, high=1e6),
    _setting("current_ma_per_cm2", "Current density", "Per area of the cell.", 0.1, low=1e-6, high=1e4),
    _setting("c_rate", "C-rate", "1 is a full charge in one hour.", 0.1, low=1e-5, high=1000.0, aliases=("c rate",)),
    _setting("first_step", "First step", "Whether the cell was discharged or charged first.", "discharge"),
    _setting(
        "cycles",
        "Cycles",
        "After which the retention was taken.",
        60.0,
        low=1.0,
        high=1e6,
        sheets=_BOTH,
        aliases=("number of cycles", "cycle number"),
    ),
    _setting(
        "reference_cycle",
        "Reference cycle",
        "That the retention is relative to, counted from 1.",
        1.0,
        kind="whole",
        low=1.0,
        high=1e6,
        sheets=_BOTH,
    ),
)


def uncertainty_unit(prop: Property) -> str:
    """Uncertainties are standard deviations on the scale of the property: decades for conductivities."""
    return "decades" if prop.scale is Scale.LOG10 else prop.unit


def _value(prop: Property) -> tuple[Column, Column]:
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
    spread = Column(
        name=f"{prop.name}_uncertainty_{ending}",
        title=f"{prop.label} uncertainty",
        meaning="One standard deviation; brackets in the value say the same.",
        sheets=(RESULTS,),
        group="results",
        kind="number",
        unit=uncertainty_unit(prop),
        low=0.0,
        high=1e6,
        quantity=prop.name,
        is_uncertainty=True,
    )
    return value, spread


_REPORT = (
    _text(
        "replicate",
        "Replicate",
        "1, 2, … when one recipe was measured more than once.",
        "report",
        sheets=(RESULTS,),
        kind="whole",
        low=1.0,
        high=1e6,
        example=1.0,
    ),
    _text(
        "status",
        "Status",
        "How it went; empty is 'ok' where there are results. Failed rows are kept: they teach.",
        "report",
        sheets=_BOTH,
        options=STATUSES,
        example="ok",
    ),
    _text(
        "reason",
        "Reason",
        "What happened, for partial and failed.",
        "report",
        sheets=_BOTH,
        aliases=("failure reason",),
    ),
    _text(
        "confirmed",
        "Confirmed",
        "'yes' answers what a check asked: the value is right as it stands.",
        "report",
        sheets=_BOTH,
        options=(YES,),
    ),
    _text(
        "replaces",
        "Replaces",
        "Measurement ID of an earlier value that this row corrects.",
        "report",
        sheets=(RESULTS,),
    ),
    _text(
        "measurement_id",
        "Measurement ID",
        "Filled in by exports; leave it empty for new results.",
        "report",
        sheets=(RESULTS,),
    ),
    _text(
        "note",
        "Note",
        "Anything else; it is kept.",
        "report",
        sheets=_BOTH,
        aliases=("notes", "comment", "comments", "remark"),
    ),
)


@cache
def columns_for(table: PropertyTable) -> Mapping[str, Column]:
    """All columns for one table of properties; :class:`ConfigError` when a property takes the name of another."""
    values = [each for prop in table.properties.values() for each in _value(prop)]
    made: dict[str, Column] = {}
    for column in (*_IDENTITY, *_RECIPE, *_CELL, *_PROTOCOL, *values, *_REPORT):
        if column.name in made:
            raise ConfigError(f"The lab sheet has a column '{column.name}' already.", hint="Rename the property.")
        made[column.name] = column
    return MappingProxyType(made)


#: All columns in the order of the template, by machine name.
COLUMNS: Mapping[str, Column] = InForce(lambda: columns_for(current_table()))
_RESULTS_FIRST = ("row_id", "replicate")


def columns_of(sheet: str) -> tuple[Column, ...]:
    """The columns of one sheet in their order."""
    found = [column for column in COLUMNS.values() if sheet in column.sheets]
    return (
        tuple(sorted(found, key=lambda column: column.name not in _RESULTS_FIRST)) if sheet == RESULTS else tuple(found)
    )


def all_columns() -> tuple[Column, ...]:
    """The columns of a single table (CSV) that holds experiments and their results."""
    return tuple(COLUMNS.values())


def value_columns() -> dict[str, Column]:
    """Property → the column of its value."""
    return {c.quantity: c for c in COLUMNS.values() if c.quantity is not None and not c.is_uncertainty}


def uncertainty_columns() -> dict[str, Column]:
    """Property → the column of its uncertainty."""
    return {c.quantity: c for c in COLUMNS.values() if c.quantity is not None and c.is_uncertainty}


def cells_of(candidate: Candidate) -> dict[str, float | str]:
    """The settings of a candidate as cells, by machine name."""
    return {name: value if value != "" else "none" for name, value in read(candidate).items()}


def in_bounds(column: Column, value: float) -> bool:
    """Whether a number is finite and within the bounds of its column."""
    low, high = -math.inf if column.low is None else column.low, math.inf if column.high is None else column.high
    return math.isfinite(value) and low <= value <= high
