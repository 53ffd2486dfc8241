"""The lab sheet: Excel or CSV that people fill in, read row by row, written back without losing anything.

:func:`template` writes an empty one, :func:`read_sheet` reads one (that is the dry run), :func:`write_suggestions` adds
what to make next. :func:`read_for`, :func:`import_sheet` and :func:`export_sheet` connect it with a campaign.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from surrogate.campaign.sheets.answers import SheetReading, SheetRow
    from surrogate.campaign.sheets.errors_file import write_errors
    from surrogate.campaign.sheets.exchange import Imported, export_sheet, import_sheet, read_for
    from surrogate.campaign.sheets.reading import read_sheet
    from surrogate.campaign.sheets.schema import json_schema, markdown
    from surrogate.campaign.sheets.writing import template, write_suggestions

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

_HOME = {
    "Imported": "exchange",
    "export_sheet": "exchange",
    "import_sheet": "exchange",
    "read_for": "exchange",
    "SheetReading": "answers",
    "SheetRow": "answers",
    "read_sheet": "reading",
    "json_schema": "schema",
    "markdown": "schema",
    "template": "writing",
    "write_suggestions": "writing",
    "write_errors": "errors_file",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'surrogate.campaign.sheets' has no attribute '{name}'")
    import importlib

    return getattr(importlib.import_module(f"surrogate.campaign.sheets.{_HOME[name]}"), name)
