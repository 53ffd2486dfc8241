"""``/what-if``: one property of a recipe against one of its settings, with the measured rows underneath."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response

from serving.http.errors import ProblemError, clean
from serving.http.state import Shared, State
from serving.pages import curves, forms, words
from serving.pages.forms import Answers, Field
from serving.pages.rendering import page
from serving.pages.routing import page_router, problem_of
from serving.predictions import own_rows, what_if
from serving.predictions.form import COMPOSITION, FORM, TEMPERATURE, address_of, read_query
from surrogate.candidate.fields import FIELDS
from surrogate.datasets import cite
from surrogate.errors import SurrogateError
from surrogate.models.base import Prediction
from surrogate.models.encoding import describe, group_of, material_of
from surrogate.properties import PROPERTIES, Subject
from surrogate.report.response import Row, variables_of
from surrogate.wire.problems import Fault

router = page_router()

#: Which setting varies, and how: names in the query.
SETTING, PROPERTY, LOW, HIGH, AXIS = "setting", "property", "low", "high", "axis"
LOGARITHMIC = "log"
LEVEL = 0.9
#: Of the 61 predictions of a curve, every so-manieth stands in the table; the nearest rows, at most so many.
_STEP, _MOST_ROWS = 6, 16
_NUMBER = re.compile(r"[\d.]+")
_DEFAULT = "heat_treatment_temperature_c"
#: A worked example: what everybody knows of argyrodites, the halide content.
EXAMPLE = {
    COMPOSITION: "Li6-xPS5-xCl1+x", "electrolyte.x": "0.5", "electrolyte.route": "mechanical_milling",
    "electrolyte.heat_treatment_temperature_c": "500", "electrolyte.heat_treatment_time_h": "8", TEMPERATURE: "25",
    SETTING: what_if.X,
}  # fmt: skip


@router.get("/what-if")
async def vary(request: Request, state: Shared) -> Response:
    """The form, and the curve once a recipe is described."""
    answers = read_query(request.query_params)
    reading = await FORM.read_composition(answers, state)
    choices = _with_defaults(answers)
    ends = _ends(choices[SETTING])
    shown: dict[str, Any] | None = None
    trouble: tuple[int, str] | None = None
    if FORM.is_filled(answers):
        shown, trouble = await _vary(choices, ends, answers, state)
    recipe = FORM.typed(answers)
    status: int = HTTPStatus.OK if answers.is_sound else HTTPStatus.UNPROCESSABLE_ENTITY
    return page(
        request,
        "what_if.html",
        status=trouble[0] if trouble else status,
        answers=answers,
        typed=choices,
        form=FORM,
        own=own_rows.FIELD,
        own_example=own_rows.EXAMPLE,
        unfolded=FORM.unfolded(answers),
        reading=reading,
        groups=what_if.settings_by_group(),
        ends=ends.values(),
        fields={**FORM.fields, **_choice_fields(), **ends, own_rows.FIELD.path: own_rows.FIELD},
        properties={n: PROPERTIES[n] for n in PROPERTIES if n in state.snapshot.models},
        shown=shown,
        trouble=trouble[1] if trouble else "",
        notes=list(dict.fromkeys(answers.notes)),
        example=address_of("/what-if", EXAMPLE),
        predict=address_of("/predict", {**recipe, own_rows.FIELD.path: answers.value(own_rows.FIELD.path)}),
        link=address_of("/what-if", answers.typed),
        reason_not_ready=state.snapshot.reason_not_ready,
    )


def _with_defaults(answers: Answers) -> dict[str, str]:
    """What is varied and looked at, chosen where it was left open."""
    has_x = bool(answers.value("electrolyte.x").strip())
    stated = answers.value(SETTING)
    setting = stated if stated == what_if.X or stated in FIELDS else what_if.X if has_x else _DEFAULT
    of_cell = what_if.kinds_with(setting) == (Subject.CELL,)
    property = answers.value(PROPERTY) or ("first_discharge_capacity" if of_cell else "ionic_conductivity")
    return {SETTING: setting, PROPERTY: property, AXIS: answers.value(AXIS)}


def _ends(setting: str) -> dict[str, Field]:
    """The two ends of the range by path, in the unit of the setting."""
    row = FIELDS.get(setting)
    unit, name = (row.unit, row.name) if row else ("", "")
    low = Field(path=LOW, label="From", kind="number", unit=unit, help="", name=name)
    return {LOW: low, HIGH: replace(low, path=HIGH, label="To", help="Left empty: where rows were measured.")}


@cache
def _choice_fields() -> Mapping[str, Field]:
    """The two choices as fields that a fault may be about."""
    setting = Field(path=SETTING, label="What varies", kind="choice", unit="", help="")
    return {SETTING: setting, PROPERTY: replace(setting, path=PROPERTY, label="What is looked at")}


async def _vary(
    choices: Mapping[str, str], ends: Mapping[str, Field], answers: Answers, state: State
) -> tuple[dict[str, Any] | None, tuple[int, str] | None]:
    """The curve, or ``None`` with what is wrong: beside the fields, or as status and sentence."""
    items = FORM.items(answers)
    bounds = forms.read_fields(ends.values(), answers)
    rows = await own_rows.read_rows(answers, state)
    FORM.place_what_else(answers, items)
    if not answers.is_sound:
        return None, None
    item = _item(items, choices, answers)
    if item is None:
        return None, None
    question = what_if.Question(
        property=choices[PROPERTY], setting=choices[SETTING], low=bounds.get(LOW), high=bounds.get(HIGH),
        is_logarithmic=choices[AXIS] == LOGARITHMIC, level=LEVEL,
    )  # fmt: skip
    try:
        answer = await state.explaining.run(what_if.answer, question, item, state.snapshot, state.library, rows)
    except (ProblemError, SurrogateError) as error:
        status, detail, faults = problem_of(error)
        if status != HTTPStatus.UNPROCESSABLE_ENTITY:
            return None, (status, detail)
        FORM.place(answers, [fault for fault in faults if fault.pointer.startswith("/items")])
        own_rows.place(answers, [fault for fault in faults if fault.pointer.startswith("/given")])
        own = [fault for fault in faults if not fault.pointer.startswith(("/items", "/given"))]
        places = {**_choice_fields(), LOW: ends[LOW]}
        forms.place(answers, own, places, move=lambda pointer: forms.dotted(pointer).partition(".")[0])
        return None, None
    return _show(question, answer), None


def _item(items: Sequence[dict[str, Any]], choices: Mapping[str, str], answers: Answers) -> dict[str, Any] | None:
    """The electrolyte or the cell that has the property; what is missing is blamed."""
    property = PROPERTIES.get(choices[PROPERTY])
    if property is None:
        _blame(answers, PROPERTY, "There is no such property.", "Choose one.")
        return None
    fitting = [item for item in items if ("cell" in item) == (property.subject is Subject.CELL)]
    if property.subject not in what_if.kinds_with(choices[SETTING]):
        message = f"{FIELDS[choices[SETTING]].label} belongs to a cell, and {property.label.lower()} does not."
        _blame(answers, SETTING, message, "Choose another of the two.")
        return None
    if not fitting:
        needed = "Describe a cell below" if property.subject is Subject.CELL else "Give a composition"
        message = f"{property.label} is that of {'a cell' if property.subject is Subject.CELL else 'an electrolyte'}."
        _blame(answers, PROPERTY, message, f"{needed}, or choose another.")
        return None
    return fitting[0]


def _blame(answers: Answers, path: str, message: str, hint: str) -> None:
    answers.blame(path, Fault(pointer="", code="choice", message=message, hint=hint))


def _show(question: what_if.Question, answer: what_if.Answer) -> dict[str, Any]:
    """The answer as the page shows it: curve, numbers, rows."""
    row = FIELDS.get(question.setting)
    axis = curves.Axis(
        label=row.label if row else question.setting, unit=row.unit if row else "",
        is_logarithmic=question.is_logarithmic,
    )  # fmt: skip
    response, name = answer.response, question.property
    same = [r for r in response.rows if r.is_same]
    listed = _nearest(same or response.rows)
    return {
        "prop": PROPERTIES[name],
        "name": name,
        "model": response.predictions[0].model,
        "axis": axis,
        "of": describe(answer.candidate),
        "curve": curves.curve(name, response, axis, here=answer.here, rows=response.rows),
        "here": axis.shown(answer.here) if answer.here is not None else "",
        "numbers": [
            {
                "at": axis.shown(float(at)),
                "median": p.median,
                "span": words.span(p.interval.low, p.interval.high, name),
                "verdict": p.domain.status.value,
            }
            for at, p in list(zip(response.grid, response.predictions, strict=True))[::_STEP]
        ],
        "rows": [_row(r, axis) for r in listed],
        "n_listed": len(listed),
        "n_same": len(same),
        "n_alike": len(response.rows) - len(same),
        "material": _material(question, answer),
        "group": group_of(answer.candidate),
        "reasons": _reasons(response.predictions),
        "warnings": list(dict.fromkeys(text for p in response.predictions for text in p.warnings)),
        "own_rows": without.own_rows if (without := response.predictions[0].without_own_rows) else 0,
    }


def _reasons(predictions: Sequence[Prediction]) -> list[str]:
    """One reason of each kind, the first: along a curve they differ in their numbers alone."""
    first: dict[str, str] = {}
    for reason in (text for prediction in predictions for text in prediction.domain.reasons):
        first.setdefault(_NUMBER.sub("", reason), reason)
    return list(first.values())


def _material(question: what_if.Question, answer: what_if.Answer) -> str:
    """What the rows of the same material are called: for a variable, the formula with it."""
    electrolyte = answer.candidate.electrolyte
    if question.setting == what_if.X and electrolyte is not None:
        return variables_of(electrolyte.composition.text)[0]
    return material_of(answer.candidate)


def _nearest(rows: Sequence[Row]) -> list[Row]:
    """At most :data:`_MOST_ROWS` rows, evenly over the setting, in its order."""
    ordered = sorted(rows, key=lambda row: (row.at, row.measurement.source.row_id))
    step = -(-len(ordered) // _MOST_ROWS) or 1
    return ordered[::step]


def _row(row: Row, axis: curves.Axis) -> dict[str, Any]:
    m = row.measurement
    return {
        "at": axis.shown(row.at),
        "value": m.value,
        "what": describe(m.candidate),
        "tier": m.tier.value if m.tier else "–",
        "row_id": m.source.row_id,
        "doi": m.source.doi,
        "paper": m.source.paper,
        "reference": clean(cite(m.source), limit=300),
    }
