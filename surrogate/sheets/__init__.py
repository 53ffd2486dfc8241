"""The lab sheet: Excel or CSV that people fill in, read row by row, written back without losing anything.

:func:`template` writes an empty one, :func:`read_sheet` reads one (that is the dry run), :func:`write_suggestions` adds
what to make next. :func:`read_for`, :func:`import_sheet` and :func:`export_sheet` connect it with a campaign.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from surrogate._lazy import lazy_names

if TYPE_CHECKING:
    from surrogate.sheets.answers import SheetReading, SheetRow
    from surrogate.sheets.errors_file import write_errors
    from surrogate.sheets.exchange import Imported, export_sheet, import_sheet, read_for
    from surrogate.sheets.reading import read_sheet
    from surrogate.sheets.schema import json_schema, markdown
    from surrogate.sheets.writing import template, write_suggestions

__all__ = [
    "Imported",
    "SheetReading",
    "SheetRow",
    "export_sheet",
    "import_sheet",
    "json_schema",
    "markdown",
    "read_for",
    "read_sheet",
    "template",
    "write_errors",
    "write_suggestions",
]

__getattr__, __dir__ = lazy_names(__name__)
