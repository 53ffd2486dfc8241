"""Tables that people send, text or workbook: opened with care, split into cells, every cell read for what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surrogate._lazy import lazy_names

if TYPE_CHECKING:
    from surrogate.tables.cells import (
        Read,
        check_no_error,
        is_formula,
        is_missing,
        measures,
        number_cell,
        quoted,
        read_number,
        text_of,
    )
    from surrogate.tables.decimals import find_decimal
    from surrogate.tables.opening import check_extent, check_workbook, content_of, open_workbook, try_to_open
    from surrogate.tables.reading import read_cells
    from surrogate.tables.separated import Separated, count_names, read_separated
    from surrogate.tables.text import decode
    from surrogate.tables.workbook import SheetCells, read_sheets

__all__ = [
    "Read",
    "Separated",
    "SheetCells",
    "check_extent",
    "check_no_error",
    "check_workbook",
    "content_of",
    "count_names",
    "decode",
    "find_decimal",
    "is_formula",
    "is_missing",
    "measures",
    "number_cell",
    "open_workbook",
    "quoted",
    "read_cells",
    "read_number",
    "read_separated",
    "read_sheets",
    "text_of",
    "try_to_open",
]

__getattr__, __dir__ = lazy_names(__name__)
