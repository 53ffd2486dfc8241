"""What goes to stdout: a table for people or one JSON object for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from training.summary import plain


class Format(StrEnum):
    """How results are written to stdout."""

    TABLE = "table"
    JSON = "json"


def write(rows: Sequence[Mapping[str, Any]], details: Mapping[str, Any], output: Format) -> None:
    """``rows`` as a table, or ``details`` (which should hold everything the rows say, and more) as JSON."""
    if output is Format.JSON:
        print(json.dumps(plain(details), indent=2, ensure_ascii=False, allow_nan=False))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    # Into a file or a pipe, lines are as long as they need to be; a terminal wraps.
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 400)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False)
    for column in rows[0] if rows else ():
        table.add_column(column, justify="right" if _numeric(rows, column) else "left")
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    console.print(table, highlight=False)


def _numeric(rows: Sequence[Mapping[str, Any]], column: str) -> bool:
    return all(isinstance(row[column], int | float | None) for row in rows)


def _cell(value: Any) -> str:
    from rich.markup import escape

    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:#.3g}".rstrip(".") if isinstance(value, float) else escape(str(value))
