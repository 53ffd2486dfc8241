"""Predictions for a sheet of recipes: read with the bounds of every sheet, predicted at once, written as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from serving.http.registry import Snapshot
from serving.http.state import Library
from serving.http.uploads import Recipes, Upload, read_recipes
from serving.predictions.work import predict
from surrogate.candidate.fields import FIELDS
from surrogate.errors import InvalidInput
from surrogate.properties import get_property
from surrogate.sheets.answers import SheetRow
from surrogate.tables.cells import quoted
from surrogate.wire.described import describe_candidate
from surrogate.wire.predictions import MAX_ITEMS, PredictedItem, PredictRequest


@dataclass(frozen=True, kw_only=True)
class Predicted:
    """The recipes of a sheet with what is expected of each, in the order of the sheet."""

    recipes: Recipes
    rows: Sequence[SheetRow]
    items: Sequence[PredictedItem]

    @property
    def properties(self) -> list[str]:
        """What is predicted of any of them."""
        return list(dict.fromkeys(name for item in self.items for name in item.properties))


def predict_sheet(sheet: Upload, snapshot: Snapshot, library: Library) -> Predicted:
    """Read a sheet and predict what it describes; 422 for one that describes nothing."""
    recipes = read_recipes(sheet, MAX_ITEMS)
    rows = [row for row in recipes.reading.rows if row.candidate is not None]
    if not rows:
        if recipes.faults or recipes.questions:
            return Predicted(recipes=recipes, rows=(), items=())
        raise InvalidInput("The sheet describes no recipe.", hint="Give each a row with its electrolyte.")
    sent = [describe_candidate(row.candidate).model_dump(exclude_unset=True) for row in rows]  # type: ignore[arg-type]
    request = PredictRequest.model_validate({"items": sent, "neighbours": 0})
    return Predicted(recipes=recipes, rows=rows, items=predict(request, snapshot, library).items)


def write_csv(predicted: Predicted) -> str:
    """One line a recipe: its settings, then median, interval and verdict of each property."""
    lines = [_line(row, item) for row, item in zip(predicted.rows, predicted.items, strict=True)]
    named = list(dict.fromkeys(name for line in lines for name in line))
    settings = [name for name in FIELDS if name in named]
    outer = ("row_id", "remarks")
    header = ["row_id", *settings, *(name for name in named if name not in FIELDS and name not in outer), "remarks"]
    text = io.StringIO()
    writer = csv.DictWriter(text, header, lineterminator="\r\n", restval="")
    writer.writeheader()
    writer.writerows(lines)
    return "\ufeff" + text.getvalue()


def _line(row: SheetRow, item: PredictedItem) -> dict[str, Any]:
    cells: dict[str, Any] = {"row_id": quoted(row.row_id)}
    cells |= {name: quoted(value) for name, value in row.settings.items()}
    for name, output in item.properties.items():
        column = get_property(name).column
        cells |= {
            f"{column}_median": output.median,
            f"{column}_low": output.interval.low,
            f"{column}_high": output.interval.high,
            f"{name}_domain": output.domain.status.value,
            f"{name}_model": output.model.status.value,
        }
    reasons = [text for output in item.properties.values() for text in (*output.domain.reasons, *output.warnings)]
    remarks = [*item.warnings, *reasons, *(fault.message for fault in item.errors)]
    cells["remarks"] = "; ".join(dict.fromkeys(remarks))
    return cells
