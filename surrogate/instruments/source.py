"""A file of an instrument, opened within bounds: its bytes, its hash, and tables of numbers in text."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from surrogate.errors import InvalidInput, Unavailable
from surrogate.execution.isolated import work_apart
from surrogate.tables.text import decode
from surrogate.text import counted

FloatArray = npt.NDArray[np.float64]
#: A year of cycling at one record a minute has some 40 MB.
MAX_BYTES = 64 * 1024 * 1024
#: Longest name of a column; patterns take their time with what is longer.
MAX_NAME = 200
_COMMA = re.compile(r"\s*[+-]?\d+,\d+(?:[eE][+-]?\d+)?\s*")


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a value comes from: the file, its hash, the instrument and its software where it says them, and every
    assumption.
    """

    file: str
    sha256: str
    instrument: str | None = None
    software: str | None = None
    assumptions: tuple[str, ...] = ()

    def assuming(self, *sentences: str) -> Origin:
        """The same with further assumptions."""
        return replace(self, assumptions=(*self.assumptions, *sentences))


@dataclass(frozen=True, kw_only=True)
class InstrumentFile:
    """A file as it lies there, with the hash by which it can be recognised."""

    name: str
    content: bytes

    @property
    def ending(self) -> str:
        """The ending of the name in small letters."""
        return Path(self.name).suffix.lower()

    @property
    def sha256(self) -> str:
        """Hash of the content."""
        return hashlib.sha256(self.content).hexdigest()

    def text(self) -> str:
        """The content as text; :class:`InvalidInput` where it is none."""
        try:
            return decode(self.content, self.name)[0]
        except InvalidInput as error:
            raise InvalidInput(error.message, hint="Export it again from the instrument's own software.") from None

    def try_reader(self, reader: Callable[[bytes], None]) -> None:
        """Run ``reader`` over the content in a process with bounds; its refusal names the file."""
        try:
            work_apart(reader, self.content)
        except InvalidInput as error:
            raise InvalidInput(f"'{self.name}': {error.message}", hint=error.hint) from None

    def origin(self, instrument: str | None = None, software: str | None = None) -> Origin:
        """The file as where values come from.

        Args:
            instrument: As far as the file says it.
            software: As far as the file says it.
        """
        return Origin(file=self.name, sha256=self.sha256, instrument=instrument, software=software)


def open_file(path: Path) -> InstrumentFile:
    """The file at ``path``; :class:`Unavailable` without it, :class:`InvalidInput` when it is empty or too large."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise InvalidInput(
                f"'{path.name}' has {size / 2**20:.0f} MB; {MAX_BYTES // 2**20} MB are the most.",
                hint="Export fewer records, or fewer columns.",
            )
        content = path.read_bytes()
    except OSError as error:
        raise Unavailable(f"'{path}' cannot be read: {error.strerror}.", hint="Check the path.") from None
    return check_file(path.name, content)


def check_file(name: str, content: bytes) -> InstrumentFile:
    """Take bytes for a file of an instrument.

    Args:
        name: Of the file, with its ending.
        content: What is in it.

    Raises:
        InvalidInput: The file is empty or too large.
    """
    if not content.strip():
        raise InvalidInput(f"'{name}' is empty.", hint="Export it again.")
    if len(content) > MAX_BYTES:
        raise InvalidInput(f"'{name}' has more than {MAX_BYTES // 2**20} MB.", hint="Export fewer records.")
    return InstrumentFile(name=name, content=content)


def read_number_rows(
    lines: Sequence[str], separator: str | None, places: Sequence[int], name: str, first_line: int
) -> FloatArray:
    """Columns of a table in text as an array of ``(n, len(places))``; empty cells are NaN, decimal commas are read.

    Args:
        lines: The lines below the header; empty ones are passed over.
        separator: What separates the cells; ``None`` for blanks.
        places: Of the columns that matter, counted from 0.
        name: Of the file, for messages.
        first_line: Number of the first line in the file.

    Raises:
        InvalidInput: For a line with fewer cells, which is a file cut short, and for a cell that is no number.
    """
    rows = [line for line in lines if line.strip()]
    if not rows:
        raise InvalidInput(f"'{name}' has a header and no records.", hint="Export it again.")
    if len(rows[-1].split(separator)) >= len(rows[0].split(separator)):
        try:
            return np.loadtxt(rows, delimiter=separator, usecols=places, comments=None, quotechar='"', ndmin=2)
        except ValueError:
            pass  # a cell that is empty, has a decimal comma, or is no number, which is said with its line
    return _read_one_by_one(lines, separator, places, name, first_line)


def _read_one_by_one(
    lines: Sequence[str], separator: str | None, places: Sequence[int], name: str, first_line: int
) -> FloatArray:
    filled = [(place, line) for place, line in enumerate(lines, first_line) if line.strip()]
    width = max(max(places) + 1, len(filled[0][1].split(separator)))
    data = np.empty((len(filled), len(places)))
    for n, (place, line) in enumerate(filled):
        cells = line.rstrip("\r\n").split(separator)
        if len(cells) <= max(places) or (n == len(filled) - 1 and len(cells) < width):
            raise InvalidInput(
                f"Line {place} of '{name}' is cut short: {counted(len(cells), 'cell')} of {width}.",
                hint="Export it again.",
            )
        try:
            data[n] = [read_number(cells[column]) for column in places]
        except ValueError as error:
            raise InvalidInput(f"Line {place} of '{name}': {error}.", hint="Export it again.") from None
    return data


def read_number(cell: str) -> float:
    """The number in a cell, NaN in an empty one; ``ValueError`` for another text."""
    cell = cell.strip().strip('"')
    if not cell:
        return float("nan")
    if _COMMA.fullmatch(cell):
        cell = cell.replace(",", ".")
    try:
        return float(cell)
    except ValueError:
        raise ValueError(f"'{cell[:30]}' is no number") from None


@dataclass(frozen=True, kw_only=True)
class Header:
    """The first line of a table in text that is not empty: its number from 0, its cells, and what separates them."""

    place: int
    separator: str
    cells: tuple[str, ...]

    @classmethod
    def of(cls, lines: Sequence[str]) -> Header:
        """The header of a table separated by tabs, semicolons or commas; without any text one empty cell."""
        place = next((n for n, line in enumerate(lines) if line.strip()), 0)
        line = lines[place] if lines else ""
        separator = max("\t;,", key=line.count)
        cells = tuple(cell.strip().strip('"') for cell in line.split(separator))
        return cls(place=place, separator=separator, cells=cells)
