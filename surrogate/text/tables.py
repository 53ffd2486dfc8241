"""Tables on stdout: aligned for people, CSV for programs."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

#: Where nothing is folded, however long a reason is.
_PIPE_WIDTH = 10_000
#: Widest first column that keeps its width in a narrow terminal.
_KEY_WIDTH = 40
_NUMBER = re.compile(r"-?\d+(\.\d*)?(e[+-]\d+)?")


def print_table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print rows in columns; a column of numbers is set flush right.

    In a pipe every row stays one line, for grep and for diff. The first column, which people copy into their next
    command, is never cut short.

    Args:
        header: A name for each column.
        rows: Cells, as many as there are names.
    """
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    texts = [[str(cell) for cell in row] for row in rows]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for place, name in enumerate(header):
        cells = [row[place] for row in texts]
        if place == 0:
            table.add_column(name, overflow="fold", min_width=min(max(map(len, cells), default=0), _KEY_WIDTH))
        else:
            table.add_column(name, overflow="fold", justify="right" if _are_numbers(cells) else "left")
    for row in texts:
        table.add_row(*map(escape, row))
    console = Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH)
    with console.capture() as written:
        console.print(table)
    print("\n".join(line.rstrip() for line in written.get().splitlines()))


def _are_numbers(cells: Sequence[str]) -> bool:
    """Whether every cell is a number, or empty or a dash; and one at least a number."""
    filled = [cell for cell in cells if cell not in ("", "–")]
    return bool(filled) and all(_NUMBER.fullmatch(cell) for cell in filled)


def print_csv(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print ``rows`` as CSV with a column for every key, in the order in which the keys first occur."""
    writer = csv.DictWriter(sys.stdout, list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows(rows)
