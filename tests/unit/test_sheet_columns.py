"""One table of columns says it all: settings, properties, bounds, the schema and the documentation agree with it."""

from __future__ import annotations

import re

import jsonschema
import pytest

from surrogate.candidate.fields import FIELDS
from surrogate.candidate.settings import build
from surrogate.errors import SurrogateError
from surrogate.properties import PROPERTIES, Subject
from surrogate.sheets import json_schema, markdown
from surrogate.sheets.columns import (
    COLUMNS,
    EXPERIMENTS,
    RESULTS,
    columns_of,
    uncertainty_columns,
    value_columns,
)
from surrogate.sheets.headers import check_header, find_lost_results, find_places, recognise
from surrogate.units import unit_of

SETTING_COLUMNS = [column for column in COLUMNS.values() if column.is_setting]
A_CELL = {
    "electrolyte": "Li6PS5Cl", "active_material": "S", "active_material_chemistry": "sulfur", "separator": "Li6PS5Cl",
    "heat_treatment_time_h": 1.0, "separator_heat_treatment_time_h": 1.0,
}  # fmt: skip


def test_every_setting_and_every_property_has_its_column():
    assert {column.name for column in SETTING_COLUMNS} == set(FIELDS)
    assert set(value_columns()) == set(uncertainty_columns()) == set(PROPERTIES)
    for name, column in value_columns().items():
        assert (column.name, column.unit) == (PROPERTIES[name].column, PROPERTIES[name].unit)


def test_the_unit_in_the_label_is_the_unit_in_the_name():
    for column in COLUMNS.values():
        if column.is_number and column.name != "c_rate":
            assert column.unit == (unit_of(column.name) or ("decades" if column.name.endswith("decades") else "")), (
                column.name
            )
        assert column.label == (f"{column.title} / {column.unit}" if column.unit else column.title)


def test_a_label_a_name_and_every_alias_mean_one_column():
    for column in COLUMNS.values():
        for header in (column.label, column.name, column.title.upper(), *column.aliases):
            assert recognise(header)[0] is column


@pytest.mark.parametrize("column", [c for c in SETTING_COLUMNS if c.is_number], ids=lambda c: c.name)
def test_the_bounds_of_a_column_are_those_of_the_value_objects(column):
    def accepted(value):
        try:
            build({**A_CELL, column.name: value}, Subject.CELL)
        except SurrogateError:
            return False
        return True

    span = max(abs(column.low), abs(column.high))
    for bound in (column.low, column.high):
        assert accepted(bound)
    assert not accepted(column.low - 1e-3 * span)
    assert not accepted(column.high + 1e-3 * span)


@pytest.mark.parametrize("column", SETTING_COLUMNS, ids=lambda c: c.name)
def test_every_example_is_possible(column):
    build({**A_CELL, column.name: column.example}, Subject.CELL)


def test_results_and_experiments_hold_what_the_reader_expects():
    assert next(iter(columns_of(EXPERIMENTS))).name == "row_id"
    assert next(iter(columns_of(RESULTS))).name == "row_id"
    assert not {c.name for c in columns_of(EXPERIMENTS)} & {c.name for c in value_columns().values()}


def test_the_json_schema_accepts_rows_and_refuses_others():
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    examples = {name: COLUMNS[name].example for name in COLUMNS if COLUMNS[name].example is not None}
    examples["replicate"] = 1
    examples["reference_cycle"] = 1
    validator.validate(examples)
    validator.validate({"row_id": "a", "ionic_conductivity_s_per_cm": "<1e-9", "my own column": [1, 2]})
    for wrong in ({}, {"row_id": "a", "route": "magic"}, {"row_id": "a", "milling_time_h": -1}, {"row_id": None}):
        assert not validator.is_valid(wrong)


def test_the_documentation_lists_every_column():
    text = markdown()
    assert len(text.splitlines()) == len(COLUMNS) + 2
    for column in COLUMNS.values():
        assert re.search(rf"\| {re.escape(column.name)} \|", text)


@pytest.mark.parametrize(
    ("header", "name", "unit"),
    [
        ("离子电导率/(mS/cm)", "ionic_conductivity_s_per_cm", "mS/cm"),
        ("Ionic conductivity / (mS cm⁻¹)", "ionic_conductivity_s_per_cm", "mS cm⁻¹"),
        ("Conductivité ionique / S/cm", "ionic_conductivity_s_per_cm", None),
        ("Conductivity (mS/cm)", "ionic_conductivity_s_per_cm", "mS/cm"),
        ("Annealing temp. (C)", "heat_treatment_temperature_c", "C"),
        ("Annealing temp / K", "heat_treatment_temperature_c", "K"),
        ("Température de recuit / °C", "heat_treatment_temperature_c", None),
        ("退火温度（℃）", "heat_treatment_temperature_c", "℃"),
        ("Durée de broyage / h", "milling_time_h", None),
        ("转速/rpm", "milling_speed_rpm", None),
        ("Proben-Nr.", "row_id", None),
    ],
)
def test_headers_of_four_languages_name_their_column(header, name, unit):
    column, read = recognise(header)
    assert (column.name, read) == (name, unit)


@pytest.mark.parametrize("header", ["σ × 10^3 / S/cm", "Conductivity x10-3 (S/cm)", "Ionic conductivity *10^4"])
def test_a_power_of_ten_in_a_header_is_a_fault(header):
    assert "power of ten" in check_header("Sheet", 1, header).message


def test_a_conductivity_under_an_unknown_name_is_a_fault_where_no_result_is_read():
    rows = [["Row ID", "Electrolyte composition", "Bulk conductivity / S/cm"], ["A1", "Li6PS5Cl", 3e-3]]
    places, others, *_ = find_places("Sheet", rows[0], None, {}, 1)
    assert [fault.column for fault in find_lost_results("Sheet", 1, places, others).values()] == [rows[0][2]]
    places, others, *_ = find_places("Sheet", [*rows[0], "Ionic conductivity"], None, {}, 1)
    assert not find_lost_results("Sheet", 1, places, others)
