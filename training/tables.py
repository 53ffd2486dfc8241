"""What goes to stdout: a table for people or one JSON object for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from training.summary import plain

if TYPE_CHECKING:
    from rich.table import Table


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
        print(json.dumps(plain(details), indent=2, ensure_ascii=False, allow_nan=False))
        return
    from rich.console import Console

    # Into a file or a pipe, lines are as long as they need to be; a terminal wraps.
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 400)
    for number, block in enumerate(blocks):
        if number:
            console.print()
        if block.title:
            console.print(block.title, highlight=False, markup=False)
        console.print(_table(block.rows), highlight=False)


def _table(rows: Sequence[Mapping[str, Any]]) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1))
    for column in rows[0] if rows else ():
        table.add_column(column, justify="right" if _numeric(rows, column) else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    return table


def _numeric(rows: Sequence[Mapping[str, Any]], column: str) -> bool:
    return all(isinstance(row[column], int | float | None) for row in rows)


def _cell(value: Any) -> str:
    from rich.markup import escape

    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:#.3g}".rstrip(".") if isinstance(value, float) else escape(str(value))
