"""Whether an uploaded workbook may be opened: a few kilobytes of Excel can claim to be gigabytes of cells.

The library that reads workbooks trusts the sizes a file states and walks every cell of a merged range. So the file is
looked through first, element by element and without building anything, and refused where it would grow beyond bounds.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from xml.parsers import expat

from surrogate.errors import InvalidInput

#: A lab sheet of a thousand rows is about 3 MB unpacked, in some forty thousand elements.
MAX_UNPACKED_BYTES = 32 * 1024 * 1024
MAX_PARTS = 500
MAX_ELEMENTS = 1_000_000
MAX_ROWS, MAX_COLUMNS, MAX_CELLS = 20_000, 500, 500_000
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


def check_workbook(content: bytes) -> None:
    """Raise :class:`InvalidInput` unless ``content`` is an Excel workbook of a reasonable size."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            # What is read of a part never exceeds its stated size, so the statement can be relied on.
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
                raise InvalidInput(
                    f"The workbook unpacks to more than {MAX_UNPACKED_BYTES // 2**20} MB.", hint="Send the data alone."
                )
            elements = 0
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    elements += _Extent.of(archive.read(part), MAX_ELEMENTS - elements)
    except (zipfile.BadZipFile, zlib.error, expat.ExpatError, EOFError, NotImplementedError, RuntimeError, ValueError):
        raise InvalidInput("The file is no Excel workbook.", hint="Save it as .xlsx, or send CSV.") from None


@dataclass(kw_only=True)
class _Extent:
    """How far the part of a workbook reaches that is being looked through."""

    allowed: int
    elements: int = 0
    row: int = 0
    column: int = 0
    rows: int = 0
    columns: int = 0
    merged: int = 0

    @classmethod
    def of(cls, xml: bytes, allowed: int) -> int:
        """The number of elements of a part; :class:`InvalidInput` when it reaches too far."""
        extent, parser = cls(allowed=allowed), expat.ParserCreate(namespace_separator="}")
        parser.StartElementHandler = extent.start
        parser.StartDoctypeDeclHandler = extent.refuse_declarations
        parser.Parse(xml, True)
        return extent.elements

    def refuse_declarations(self, *_: object) -> None:
        raise InvalidInput("The workbook declares entities of its own.", hint="Save it again as .xlsx.")

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self.elements += 1
        match name.rsplit("}", 1)[-1]:
            case "row":
                given = attributes.get("r", "")
                self.row, self.column = (int(given[:9]) if given.isdecimal() else self.row + 1), 0
            case "c":
                at = _CELL.fullmatch(attributes.get("r", ""))
                self.column = _number(at[1]) if at else self.column + 1
                self.row = int(at[2]) if at else self.row
            case "mergeCell":
                self._merge(attributes.get("ref", ""))
        self.rows, self.columns = max(self.rows, self.row), max(self.columns, self.column)
        self._check()

    def _merge(self, reference: str) -> None:
        corners = [(_number(letters), int(row)) for letters, row in _CELL.findall(reference)]
        if len(corners) == 2:
            (left, top), (right, bottom) = corners
            self.merged += (abs(right - left) + 1) * (abs(bottom - top) + 1)
            self.rows, self.columns = max(self.rows, top, bottom), max(self.columns, left, right)

    def _check(self) -> None:
        too_far = self.rows > MAX_ROWS or self.columns > MAX_COLUMNS
        if too_far or self.rows * self.columns > MAX_CELLS or self.merged > MAX_CELLS or self.elements > self.allowed:
            raise InvalidInput(
                f"A sheet reaches to row {self.rows} and column {self.columns}; {MAX_ROWS} rows, {MAX_COLUMNS} columns "
                f"and {MAX_CELLS} cells are the most.",
                hint="Delete the rows and columns that are empty, or split the sheet.",
            )


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
