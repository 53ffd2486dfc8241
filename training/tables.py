"""What goes to stdout: tables for people or one JSON object for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from surrogate.text import in_json_types, print_table


class Format(StrEnum):
    """How results are written to stdout."""

    TABLE = "table"
    JSON = "json"


@dataclass(frozen=True, kw_only=True)
class Block:
    """A table for people: ``rows`` with the same keys, which are the headings, under a ``title``."""

    rows: Sequence[Mapping[str, Any]]
    title: str = ""


def write(blocks: Sequence[Block], details: Mapping[str, Any], output: Format) -> None:
    """``blocks`` as tables, or ``details`` (which should hold everything the rows say, and more) as one JSON object."""
    if output is Format.JSON:
        print(json.dumps(in_json_types(details), indent=2, ensure_ascii=False, allow_nan=False))
        return
    for number, block in enumerate(blocks):
        if number:
            print()
        if block.title:
            print(block.title)
        if block.rows:
            print_table(list(block.rows[0]), [[_cell(value) for value in row.values()] for row in block.rows])


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return write_number(value) if value is None or isinstance(value, float) else str(value)


def write_number(value: float | None) -> str:
    """Three digits, also where they are zeros; a dash for what is missing."""
    return "–" if value is None else f"{value:#.3g}".rstrip(".")
