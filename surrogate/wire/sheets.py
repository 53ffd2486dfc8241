"""A filled lab sheet, sent back: how each row was read, what was told, and every cell that needs a look."""

from __future__ import annotations

from pydantic import Field

from surrogate.wire.base import Output


class CellFault(Output):
    """Something about a sheet, with its place."""

    sheet: str
    row: int | None = Field(description="Line in the file, counted from 1.")
    column: str | None = Field(description="Header of the column.")
    cell: str | None = Field(description="The cell as Excel names it, where one is to blame.")
    message: str
    hint: str


class SheetOutput(Output):
    """What a sheet says and what came of it: rows that can be right go on, the others stay behind with their faults."""

    dry_run: bool = Field(description="Whether nothing was written.")
    rows: list[str] = Field(description="How each row that goes on was read, in a sentence.")
    told: list[str] = Field(description="Ids of the measurements that are new.")
    repeated: list[str] = Field(description="Ids that were known before, with the same content.")
    moved: list[str] = Field(description="Suggestions whose state changed.")
    faults: list[CellFault] = Field(description="To be repaired; their rows were held back.")
    questions: list[CellFault] = Field(description="To be confirmed in the sheet; their rows were held back.")
    warnings: list[CellFault] = Field(description="Only to be read.")
    notes: list[str] = Field(description="What was assumed about the file: separator, decimal sign, encoding.")
    version: int = Field(description="Of the campaign, afterwards.")
