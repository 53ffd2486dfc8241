"""Files opened with care: how large a sheet may be, and one sentence for a file that is broken in ways of its own.

A few kilobytes of Excel can claim to be gigabytes of cells. The library that reads workbooks trusts the sizes a file
states and walks every cell of a merged range. So a workbook is looked through first, element by element and without
building anything, and refused where it would grow beyond bounds. Every part is looked through, whatever it is called:
the library goes by what relationships name. The bounds are the same for a file on the command line and for one that
comes over HTTP, which is opened in a process of its own before (see :func:`try_to_open`).
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError
from xml.parsers import expat

from surrogate.errors import InvalidInput, SurrogateError, Unavailable

#: A lab sheet of a thousand rows is about 3 MB unpacked, in some forty thousand elements.
MAX_BYTES = 32 * 1024 * 1024
MAX_PARTS = 500
MAX_ELEMENTS = 1_000_000
#: An element of a workbook stands in some ten others.
MAX_DEPTH = 100
MAX_ROWS, MAX_COLUMNS, MAX_CELLS = 20_000, 500, 500_000
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
#: What the readers of workbooks and of CSV raise for files that are broken in ways of their own.
_BROKEN = (
    csv.Error, ParseError, expat.ExpatError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError,
    RuntimeError, ValueError, TypeError, LookupError, AttributeError, OverflowError,
)  # fmt: skip


def content_of(path: Path) -> bytes:
    """The bytes of a file; :class:`Unavailable` without it, :class:`InvalidInput` when they are too many."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise InvalidInput(
                f"'{path.name}' has {size / 2**20:.0f} MB; {MAX_BYTES // 2**20} MB are the most.", hint="Split it."
            )
        return path.read_bytes()
    except OSError as error:
        raise Unavailable(f"'{path}' cannot be read: {error.strerror}.", hint="Check the path.") from None


@contextmanager
def refusing_what_is_broken(path: Path) -> Iterator[None]:
    """Whatever a reader stumbles over becomes :class:`InvalidInput`: a damaged file is no fault of the program."""
    excel = path.suffix.lower() != ".csv"
    try:
        yield
    except SurrogateError:
        raise
    except _BROKEN:
        if excel:
            raise InvalidInput(f"'{path.name}' is no Excel workbook.", hint="Save it as .xlsx or CSV.") from None
        raise InvalidInput(f"'{path.name}' cannot be read as CSV.", hint="Save it again as CSV or .xlsx.") from None


def open_workbook(path: Path, *, data_only: bool = False, keep_vba: bool = False, rich_text: bool = False) -> Any:
    """Open a workbook that was looked through first.

    Args:
        path: The file.
        data_only: Whether formulas are replaced by their last values.
        keep_vba: Whether its macros stay in it.
        rich_text: Whether it is kept how the letters of a text are set.
    """
    content = content_of(path)
    with refusing_what_is_broken(path):
        return _load(content, data_only=data_only, keep_vba=keep_vba, rich_text=rich_text)


def try_to_open(content: bytes) -> None:
    """Open the bytes of a workbook as :func:`open_workbook` does and forget them; for a process with bounds."""
    with refusing_what_is_broken(Path("sheet.xlsx")):
        _load(content)


def _load(content: bytes, **options: bool) -> Any:
    import openpyxl

    check_workbook(content)
    workbook = openpyxl.load_workbook(io.BytesIO(content), **options)
    for sheet in workbook.worksheets:  # a cell far away costs nothing until all cells before it are walked through
        check_extent(sheet.max_row, sheet.max_column)
    return workbook


def check_workbook(content: bytes) -> None:
    """Raise :class:`InvalidInput` when a workbook is too large; whatever else is wrong with it raises as it comes."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        # What is read of a part never exceeds its stated size, so the statement can be relied on.
        if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_BYTES:
            raise InvalidInput(
                f"The workbook unpacks to more than {MAX_BYTES // 2**20} MB.", hint="Keep the data alone."
            )
        if any(part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in parts):
            raise InvalidInput("The workbook is packed in an unusual way.", hint="Save it again as .xlsx.")
        elements = 0
        for part in parts:
            elements += _Extent.of(archive.read(part), MAX_ELEMENTS - elements)


def check_extent(rows: int, columns: int) -> None:
    """Refuse a table that reaches too far.

    Args:
        rows: The number of its last row.
        columns: Of its last column.

    Raises:
        InvalidInput: There are too many of them.
    """
    if rows > MAX_ROWS or columns > MAX_COLUMNS or rows * columns > MAX_CELLS:
        raise InvalidInput(
            f"A sheet reaches to row {rows} and column {columns}; {MAX_ROWS} rows, {MAX_COLUMNS} columns and "
            f"{MAX_CELLS} cells are the most.",
            hint="Delete the rows and columns that are empty, or split the sheet.",
        )


@dataclass(kw_only=True)
class _Extent:
    """How far the part of a workbook reaches that is being looked through."""

    allowed: int
    elements: int = 0
    depth: int = 0
    row: int = 0
    column: int = 0
    rows: int = 0
    columns: int = 0
    merged: int = 0

    @classmethod
    def of(cls, content: bytes, allowed: int) -> int:
        """The number of elements of a part; :class:`InvalidInput` when it reaches too far."""
        # Pictures and macros are not XML, in whatever encoding, and cannot be taken for it.
        if not content.lstrip(_BEFORE_XML).startswith((b"<", _EBCDIC)):
            return 0
        if content.count(b"<") > 2 * allowed:  # each element has two at the most; counting them takes no time
            raise _refuse_size()
        extent, parser = cls(allowed=allowed), expat.ParserCreate(namespace_separator="}")
        parser.StartElementHandler = extent.start
        parser.EndElementHandler = extent.end
        parser.StartDoctypeDeclHandler = extent.refuse_declarations
        parser.Parse(content, True)
        return extent.elements

    def refuse_declarations(self, *_: object) -> None:
        raise InvalidInput("The workbook declares entities of its own.", hint="Save it again as .xlsx.")

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self.elements += 1
        self.depth += 1
        match name.rsplit("}", 1)[-1]:
            case "row":
                self.row = int(float(attributes["r"])) if "r" in attributes else self.row + 1
                self.column = 0
            case "c" if "r" in attributes:
                self.column, self.row = _place(attributes["r"])
            case "c":
                self.column += 1
            case "mergeCell" | "hyperlink" | "comment":  # the library makes every cell of such a range
                first, _, last = attributes.get("ref", "").replace("$", "").partition(":")
                (left, top), (right, bottom) = _place(first), _place(last or first)
                self.merged += (abs(right - left) + 1) * (abs(bottom - top) + 1)
                self.rows, self.columns = max(self.rows, top, bottom), max(self.columns, left, right)
        self.rows, self.columns = max(self.rows, self.row), max(self.columns, self.column)
        check_extent(self.rows, self.columns)
        if self.depth > MAX_DEPTH:
            raise InvalidInput("The workbook is nested too deeply.", hint="Save it again as .xlsx.")
        if self.merged > MAX_CELLS or self.elements > self.allowed:
            raise _refuse_size()

    def end(self, _: str) -> None:
        self.depth -= 1


def _refuse_size() -> InvalidInput:
    return InvalidInput(
        f"The workbook has more than {MAX_ELEMENTS} elements, or {MAX_CELLS} merged cells.",
        hint="Keep the data alone, without formats.",
    )


#: Marks of the order of bytes, zeros of wide characters, and white space.
_BEFORE_XML = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"
_EBCDIC = b"\x4c\x6f\xa7\x94"


def _place(reference: str) -> tuple[int, int]:
    """Column and row of a cell; ``ValueError`` for what no program writes, even if one would read it."""
    match = _CELL.fullmatch(reference.upper())
    if match is None:
        raise ValueError("no reference of a cell")
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return column, int(match[2])
