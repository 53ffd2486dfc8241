"""``/many``: a sheet of recipes up, predictions for all of them on the page and as CSV."""

from __future__ import annotations

import math
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response

from serving.http.errors import ProblemError
from serving.http.state import Shared
from serving.pages import words
from serving.pages.rendering import page
from serving.pages.routing import page_router, problem_of
from serving.pages.session import form_of
from serving.pages.uploads import read_upload, sent_again
from serving.predictions import many
from serving.predictions.form import FORM, address_of
from surrogate.errors import SurrogateError
from surrogate.models.encoding import describe
from surrogate.properties import get_property
from surrogate.sheets.answers import SheetRow
from surrogate.wire.predictions import MAX_ITEMS, PredictedItem
from surrogate.wire.problems import Fault

router = page_router()

#: Recipes in the table of the page; the CSV has all of them.
MOST_SHOWN = 200
EXAMPLE = "row_id,electrolyte,route,milling_time_h,heat_treatment_temperature_c\na,Li6PS5Cl,mechanical_milling,20,550\n"


@router.get("/many")
async def get_form(request: Request) -> Response:
    """Where to give the sheet."""
    return _page(request)


@router.post("/many")
async def upload(request: Request, state: Shared) -> Response:
    """The predictions on the page, or with ``step=csv`` as a file."""
    form = await form_of(request)
    try:
        sheet = await read_upload(form)
        predicted = await state.explaining.run(many.predict_sheet, sheet, state.snapshot, state.library)
    except (ProblemError, SurrogateError) as error:
        status, detail, faults = problem_of(error)
        if status != HTTPStatus.UNPROCESSABLE_ENTITY:
            raise
        return _page(request, status=status, trouble=detail, hints=faults)
    if form.get("step") == "csv":
        headers = {"Content-Disposition": 'attachment; filename="predictions.csv"'}
        return Response(many.write_csv(predicted).encode(), media_type="text/csv", headers=headers)
    order = str(form.get("order", ""))
    return _page(request, predicted=predicted, order=order, again=sent_again(sheet))


def _page(
    request: Request,
    *,
    status: int = 200,
    predicted: many.Predicted | None = None,
    order: str = "",
    again: dict[str, str] | None = None,
    trouble: str = "",
    hints: Sequence[Fault] = (),
) -> Response:
    names = [] if predicted is None else predicted.properties
    order = order if order in names else ""
    return page(
        request,
        "many.html",
        status=status,
        predicted=predicted,
        rows=[] if predicted is None else _rows(predicted, order),
        properties={name: get_property(name) for name in names},
        provisional=_provisional(predicted),
        order=order,
        again=again or {},
        most=MAX_ITEMS,
        trouble=trouble,
        hints=[fault.hint if fault.message == trouble else f"{fault.message} {fault.hint}" for fault in hints],
        example=EXAMPLE,
    )


def _rows(predicted: many.Predicted, order: str) -> list[dict[str, Any]]:
    """The first recipes as the page shows them: in the order of the sheet, or the highest of a property first."""
    pairs = list(zip(predicted.rows, predicted.items, strict=True))
    if order:
        pairs.sort(key=lambda pair: -pair[1].properties[order].median if order in pair[1].properties else math.inf)
    return [_row(row, item) for row, item in pairs[:MOST_SHOWN]]


def _row(row: SheetRow, item: PredictedItem) -> dict[str, Any]:
    assert row.candidate is not None
    remarks = [*item.warnings, *(fault.message for fault in item.errors)]
    return {
        "row_id": row.row_id,
        "what": describe(row.candidate),
        "address": address_of("/predict", FORM.typed_for(row.candidate)),
        "outputs": {
            name: {
                "median": output.median,
                "span": words.span(output.interval.low, output.interval.high, name),
                "verdict": output.domain.status.value,
            }
            for name, output in item.properties.items()
        },
        "remarks": list(dict.fromkeys(remarks)),
    }


def _provisional(predicted: many.Predicted | None) -> list[str]:
    """The properties of which a provisional model speaks."""
    outputs = [] if predicted is None else [o for item in predicted.items for o in item.properties.items()]
    return list(dict.fromkeys(name for name, output in outputs if output.model.status.value == "provisional"))
