"""The columns of the sheet as a JSON Schema, as documentation, and as the first page of the workbook."""

from __future__ import annotations

from typing import Any

from surrogate.sheets.columns import COLUMNS, Column

READ_ME_LINES = (
    "Lab sheet of sulfide-surrogate",
    "Experiments: one row for everything that was made, also for what failed.",
    "Results: as many rows per experiment as you like, matched by Row ID.",
    "Row 1 is for people, row 2 for programs, row 3 is an example.",
    "Columns may be moved; columns of your own are left alone.",
    "An empty cell means: not known. In a row that follows a suggestion it means: as suggested.",
    "Numbers may carry a unit of their own ('0.8 mS/cm', '60 min'), a bound ('<1e-9') or an uncertainty ('3.2(4)e-3').",
    "Failed and partial experiments need a reason. They are kept: they teach what can be made.",
    "'surrogate sheet check FILE' says how every row is read, and changes nothing.",
)


def json_schema() -> dict[str, Any]:
    """One row of a single table as a JSON Schema (2020-12); units stand in ``x-unit`` and in the names."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Row of the lab sheet",
        "type": "object",
        "properties": {column.name: _describe_property(column) for column in COLUMNS.values()},
        "required": ["row_id"],
        "additionalProperties": True,
    }


def _describe_property(column: Column) -> dict[str, Any]:
    described: dict[str, Any] = {"title": column.label, "description": column.meaning}
    if column.is_number:
        number: dict[str, Any] = {"type": "integer" if column.kind == "whole" else "number"}
        number |= {
            key: value for key, value in (("minimum", column.low), ("maximum", column.high)) if value is not None
        }
        text = {
            "type": "string",
            "minLength": 1,
            "description": "A number as people write it: with a unit, a bound, brackets.",
        }
        described["anyOf"] = [number, text, {"type": "null"}]
    elif column.options:
        described["enum"] = [*column.options, None]
    else:
        described["type"] = ["string", "null"] if column.name != "row_id" else "string"
    if column.unit:
        described["x-unit"] = column.unit
    if column.example is not None:
        described["examples"] = [column.example]
    return described


def column_table() -> list[list[str]]:
    """All columns as rows of text, the header first."""
    header = ["Column", "Machine name", "Unit", "Meaning", "Bounds", "Allowed values", "Sheets"]
    return [header, *([*_describe_column(column)] for column in COLUMNS.values())]


def _describe_column(column: Column) -> tuple[str, ...]:
    bounds = "" if column.low is None or column.high is None else f"{column.low:g} to {column.high:g}"
    options, sheets = ", ".join(column.options), ", ".join(column.sheets)
    return (column.label, column.name, column.unit, column.meaning, bounds, options, sheets)


def markdown() -> str:
    """The table of columns for the documentation."""
    header, *rows = column_table()
    lines = [header, ["---"] * len(header), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)
