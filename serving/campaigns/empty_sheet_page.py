"""``/sheet``: an empty lab sheet, for whoever has no campaign yet."""

from __future__ import annotations

from typing import Literal

from fastapi import Response

from serving.campaigns import sheets
from serving.http.state import Shared
from serving.pages.routing import page_router

router = page_router("/sheet")


@router.get("/empty.{format}")
async def get_empty_sheet(format: Literal["xlsx", "csv"], state: Shared) -> Response:
    """The lab sheet with its columns, and nothing in it."""
    return await state.storing.run(sheets.write_empty, format)
