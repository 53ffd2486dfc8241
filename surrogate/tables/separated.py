"""Separated text as a table: its encoding, its separator, the titles above its header, and where reading ended."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surrogate.errors import Fault
from surrogate.tables.opening import content_of, refusing_what_is_broken
from surrogate.tables.text import SEPARATORS, decode, split_lines

#: The header stands within so many rows; what stands above it is a title.
TITLE_ROWS = 12
#: Whether a cell is the name of a column.
IsName = Callable[[Any], bool]


@dataclass(frozen=True, kw_only=True)
class Separated:
    """Lines of cells by their number in the file, what separates them, and what has to be said of the reading.

    ``fault`` is the line that cannot be split into cells and ended the reading.
    """

    lines: Sequence[tuple[int, list[str]]]
    separator: str
    notes: tuple[str, ...]
    fault: Fault | None = None

    @property
    def header(self) -> list[str]:
        """The names in the first line, without spaces around them; none where nothing was read."""
        return [name.strip() for name in self.lines[0][1]] if self.lines else []


def read_separated(
    path: Path, *, table: str, is_name: IsName, separator: str | None = None, encoding: str | None = None
) -> Separated:
    """Read a text file of cells.

    Args:
        path: The file.
        table: What faults call it.
        is_name: Tells names of columns from other cells; the separator is the one that splits off the most of them.
        separator: What separates the cells, where it is declared.
        encoding: The encoding, where it is declared.

    Raises:
        Unavailable: There is no such file.
        InvalidInput: It is no text, in an encoding that has to be declared, or has too many bytes.
    """
    with refusing_what_is_broken(path):
        text, remarks = decode(content_of(path), path.name, encoding)
        skipped = 0
        if text[:4].lower() == "sep=":
            line, _, text = text.partition("\n")
            separator, skipped = separator or line[4:].strip("\r\n") or "\t", 1
        used = separator or _find_separator(text, is_name)
        lines, ended = split_lines(text, used)
    notes = list(remarks)
    if separator is None and used != ",":
        notes.append(f"Cells are separated by '{'tab' if used == chr(9) else used}'.")
    fault = None
    if ended is not None:
        message = f"The line cannot be split into cells ({ended[1]}); what follows was not read."
        hint = "Look for a quote that is not closed."
        fault = Fault(table=table, row=ended[0] + skipped, column=None, message=message, hint=hint)
    numbered = [(number + skipped, cells) for number, cells in lines]
    return Separated(lines=numbered, separator=used, notes=tuple(notes), fault=fault)


def count_names(cells: Sequence[Any], is_name: IsName) -> int:
    """How many cells name a column.

    Args:
        cells: Of a row.
        is_name: Tells names of columns from other cells.
    """
    return sum(map(is_name, cells))


def _find_separator(text: str, is_name: IsName) -> str:
    """The separator that splits one of the first lines into the most names, else into the most cells."""
    first = [line for line in text.splitlines() if line.strip()][:TITLE_ROWS]

    def score(separator: str) -> tuple[int, int]:
        rows = [next(csv.reader([line], delimiter=separator), []) for line in first]
        return max((count_names(row, is_name) for row in rows), default=0), len(rows[0]) if rows else 0

    return max(SEPARATORS, key=score)
