"""Any file of cells as lines of text from its header on: separated text, or the one sheet of a workbook that is meant.

Lab sheets, which have parts of their own, stand on the same two readers (:mod:`.separated` and :mod:`.workbook`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from surrogate.errors import Fault, InvalidInput
from surrogate.tables.cells import text_of
from surrogate.tables.opening import check_extent, content_of
from surrogate.tables.separated import TITLE_ROWS, IsName, Separated, count_names, read_separated
from surrogate.tables.workbook import SheetCells, read_sheets

#: How a zip archive begins, and so a workbook, whatever its name ends in.
ZIPPED = b"PK\x03\x04"


def read_cells(
    path: Path,
    *,
    table: str,
    is_name: IsName,
    separator: str | None = None,
    encoding: str | None = None,
    preferred: str = "",
) -> Separated:
    """Read a file of cells from its header on; what stands above it is a title, which is skipped and mentioned.

    Args:
        path: A text file or a workbook.
        table: What faults call it.
        is_name: Tells names of columns from other cells.
        separator: What separates the cells of a text file, where it is declared.
        encoding: The encoding of a text file, where it is declared.
        preferred: The sheet of a workbook that is read where several have such columns.

    Raises:
        Unavailable: There is no such file.
        InvalidInput: It is no table, or one of which nobody knows what is meant.
    """
    if separator is None and content_of(path).startswith(ZIPPED):
        read = _read_workbook(path, table, is_name, preferred)
    else:
        read = read_separated(path, table=table, is_name=is_name, separator=separator, encoding=encoding)
    top = _find_header(read.lines, is_name)
    titles = [
        f"{table}, line {number}: a title, skipped: {', '.join(filter(str.strip, cells))[:60].rstrip(' ,')}."
        for number, cells in read.lines[:top]
    ]
    return replace(read, lines=read.lines[top:], notes=(*read.notes, *titles))


def _find_header(lines: Sequence[tuple[int, Sequence[Any]]], is_name: IsName) -> int:
    """The place of the header: the first of the rows with the most names of columns; 0 where there are none."""
    scores = [count_names(cells, is_name) for _, cells in lines[:TITLE_ROWS]]
    return scores.index(max(scores)) if any(scores) else 0


def _read_workbook(path: Path, table: str, is_name: IsName, preferred: str) -> Separated:
    """The lines of the one sheet with names of columns in it."""
    sheets = [(sheet, _write_cells(sheet)) for sheet in read_sheets(path, without=())]
    named = [(s, lines) for s, lines in sheets if any(count_names(cells, is_name) for _, cells in lines[:TITLE_ROWS])]
    named = [(s, lines) for s, lines in named if s.title == preferred] or named
    if len(named) > 1:
        raise InvalidInput(
            f"'{path.name}' has {len(named)} sheets with such columns: {', '.join(s.title for s, _ in named)}.",
            hint="Keep one of them, or save it as CSV.",
        )
    if not named:
        raise InvalidInput(f"No sheet of '{path.name}' names a column.", hint="Its first row names the columns.")
    sheet, lines = named[0]
    check_extent(len(lines), max((len(cells) for _, cells in lines), default=0))
    body = {number for number, _ in lines[_find_header(lines, is_name) :]}
    merged = next(((number, area) for number, area in sorted((sheet.across or {}).items()) if number in body), None)
    fault = None
    if merged is not None:
        message = f"The cells {merged[1]} are merged across columns."
        hint = "Unmerge the cells and write into each what holds for it."
        fault = Fault(table=table, row=merged[0], column=None, message=message, hint=hint)
    return Separated(lines=lines, separator="", notes=sheet.notes, fault=fault)


def _write_cells(sheet: SheetCells) -> list[tuple[int, list[str]]]:
    """Cells as text, without the empty rows and without empty columns at the end."""
    lines = [(number, [text_of(cell) or "" for cell in cells]) for number, cells in sheet.lines]
    filled = [(number, cells) for number, cells in lines if any(cells)]
    width = max((len(cells) - next(i for i, c in enumerate(reversed(cells)) if c) for _, cells in filled), default=0)
    return [(number, cells[:width]) for number, cells in filled]
