"""``/``: describe a material and, if you like, a cell; see what is expected, how sure that is, and why.

The form is a query, so that its address can be kept and sent to a colleague.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response

from serving.http import examples
from serving.http.errors import ProblemError, clean
from serving.http.state import Shared, State
from serving.pages import bars, words
from serving.pages.forms import Answers
from serving.pages.rendering import page
from serving.pages.routing import page_router, problem_of
from serving.predictions import effects, own_rows
from serving.predictions import work as prediction
from serving.predictions.form import FORM, address_of, read_query
from surrogate.errors import SurrogateError
from surrogate.properties import PROPERTIES, Subject, get_property
from surrogate.report.sources import reference_of
from surrogate.wire.predictions import NeighbourOutput, PredictedItem, PredictRequest, PropertyOutput

router = page_router()

LEVELS = ("0.5", "0.8", "0.9", "0.95")
NEIGHBOURS = ("3", "5", "10")


@cache
def _list_examples() -> tuple[tuple[str, str], ...]:
    """The worked examples of the interface as addresses of this form, with words."""
    cell = {**examples.SULFUR_CELL, "electrode": dict(examples.SULFUR_CELL["electrode"])}
    inside = cell["electrode"].pop("electrolyte")
    requests = {
        "an argyrodite": {"electrolyte": examples.ARGYRODITE, "protocol": {"temperature_c": 25}},
        "a cell with Li2S": {"electrolyte": inside, "cell": cell, "protocol": examples.PROTOCOL},
    }
    return tuple((words, "/predict?" + urlencode(_flat(parts))) for words, parts in requests.items())


def _flat(parts: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Fields of nested parts by path."""
    flat: dict[str, Any] = {}
    for name, value in parts.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {f"{prefix}{name}": value}
    return flat


@router.get("/")
@router.get("/predict")
async def predict(request: Request, state: Shared) -> Response:
    """The form, and the answer once a composition or an active material is given."""
    answers = read_query(request.query_params)
    reading = await FORM.read_composition(answers, state)
    items: list[PredictedItem] = []
    body: dict[str, Any] = {}
    trouble: tuple[int, str] | None = None
    if FORM.is_filled(answers) and answers.value("do") != "read":
        described = FORM.items(answers)
        own = await own_rows.read_rows(answers, state)
        body = {"items": described, **_choices(answers), **({"given": own} if own else {})}
        if answers.is_sound:
            trouble = await _predict(body, answers, state, items)
        else:
            FORM.place_what_else(answers, described)
    status = HTTPStatus.OK if answers.is_sound else HTTPStatus.UNPROCESSABLE_ENTITY
    explained = await effects.explain_property(answers.value(effects.WHY), body, items, state)
    noticed = list(dict.fromkeys(text for item in items for text in _noticed(item, items)))
    return page(
        request,
        "predict.html",
        status=trouble[0] if trouble else status,
        answers=answers,
        form=FORM,
        own=own_rows.FIELD,
        own_example=own_rows.EXAMPLE,
        unfolded=FORM.unfolded(answers),
        fields={**FORM.fields, own_rows.FIELD.path: own_rows.FIELD},
        worked=_list_examples(),
        levels=LEVELS,
        neighbours=NEIGHBOURS,
        reading=reading,
        described=FORM.describe_inputs(answers) if items else [],
        results=[_show_item(item, answers) for item in items if item.properties],
        moved=explained,
        # What the echo above says is not said again, here or beside a property.
        warnings=[
            *dict.fromkeys(answers.notes),
            *(text for text in noticed if reading is None or text not in reading.warnings),
        ],
        noticed=noticed,
        trouble=trouble[1] if trouble else "",
        body=json.dumps(body, indent=2, ensure_ascii=False) if items else "",
        **_links(answers),
        properties=PROPERTIES,
        reason_not_ready=state.snapshot.reason_not_ready,
    )


def _links(answers: Answers) -> dict[str, str]:
    """The address of this page, and of others for the same recipe."""
    typed = FORM.typed(answers)
    pair = {f"{side}.{name}": text for side in "ab" for name, text in typed.items()}
    own = {own_rows.FIELD.path: answers.value(own_rows.FIELD.path)}
    return {
        "link": address_of("/predict", answers.typed, do=""),
        "compare": address_of("/compare", pair | own),
        "what_if": address_of("/what-if", typed | own),
        "report": address_of("/report", typed),
    }


def _choices(answers: Answers) -> dict[str, float | int]:
    """How wide the intervals are to be and how many neighbours are cited, where that was chosen."""
    level, near = answers.value("level"), answers.value("neighbours")
    return {
        **({"level": float(level)} if level in LEVELS and level != "0.9" else {}),
        **({"neighbours": int(near)} if near in NEIGHBOURS and near != "3" else {}),
    }


async def _predict(
    body: dict[str, Any], answers: Answers, state: State, items: list[PredictedItem]
) -> tuple[int, str] | None:
    """Fill ``items``; faults go beside their fields, other trouble comes back as status and sentence."""
    try:
        request = PredictRequest.model_validate(body)
        items += (await state.compute.run(prediction.predict, request, state.snapshot, state.library)).items
        faults = [fault for item in items for fault in item.errors]
    except (ProblemError, SurrogateError) as error:
        status, detail, faults = problem_of(error)
        if status != HTTPStatus.UNPROCESSABLE_ENTITY:
            return status, detail
    own_rows.place(answers, [f for f in faults if f.pointer.startswith("/given")])
    FORM.place(answers, [f for f in faults if f.code != "no_such_property" and not f.pointer.startswith("/given")])
    if not any(item.properties for item in items):
        for fault in faults:
            if fault.code == "no_such_property":
                answers.blame(None, fault)
    return None


def _noticed(item: PredictedItem, items: Sequence[PredictedItem]) -> list[str]:
    """The warnings of an item, and, if another item has an answer, why this one has none."""
    missing = [fault.message for fault in item.errors if fault.code == "no_such_property"]
    return [*item.warnings, *(missing if any(other.properties for other in items) else [])]


def _show_item(item: PredictedItem, answers: Answers) -> dict[str, Any]:
    """One answer as the page shows it."""
    assert item.domain is not None  # an item with properties has a verdict
    names = [name for name in PROPERTIES if name in item.properties]
    return {
        "title": "The cell" if any(get_property(name).subject is Subject.CELL for name in names) else "The electrolyte",
        "properties": [
            {**_show_property(name, item.properties[name]), "why": effects.link(answers.typed, name)} for name in names
        ],
        "derived": list(item.derived.items()),
    }


def _show_property(name: str, output: PropertyOutput) -> dict[str, Any]:
    """One predicted property as the page shows it: words, bar, verdict, cited rows."""
    interval, without = output.interval, output.without_own_rows
    drawn = bars.bar(
        name,
        output.median,
        interval.low,
        interval.high,
        level=interval.level,
        points=[n.value for n in output.neighbours],
    )
    return {
        "name": name,
        "prop": get_property(name),
        "said": output,
        "bar": drawn,
        "span": words.span(interval.low, interval.high, name),
        "span_without": words.span(without.interval.low, without.interval.high, name) if without else "",
        "floor": words.floor(get_property(name)),
        "measured": None if output.measured is None else _cited(output.measured.rows),
        "neighbours": _cited(output.neighbours),
    }


def _cited(rows: Sequence[NeighbourOutput]) -> list[dict[str, Any]]:
    return [
        {"row": row, "reference": clean(reference_of(row.doi, row.reference, row.paper), limit=300)} for row in rows
    ]
