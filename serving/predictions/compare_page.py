"""``/compare``: two recipes side by side, and the chance that one has more if one laboratory makes both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response

from serving.http.errors import ProblemError
from serving.http.state import Shared, State
from serving.pages import bars, words
from serving.pages.forms import Answers, Field
from serving.pages.rendering import page
from serving.pages.routing import page_router, problem_of
from serving.predictions import comparisons, own_rows
from serving.predictions.form import COMPOSITION, TEMPERATURE, RecipeForm, address_of, read_query
from surrogate.errors import SurrogateError
from surrogate.properties import PROPERTIES, get_property
from surrogate.wire.comparisons import CompareRequest, CompareResponse, ComparisonOutput
from surrogate.wire.predictions import PropertyOutput
from surrogate.wire.problems import Fault

router = page_router()

A, B = SIDES = (RecipeForm(prefix="a."), RecipeForm(prefix="b."))
#: A worked example: the recipe that everybody starts from, and one with more chlorine.
EXAMPLE = {
    f"{side}.{name}": text
    for side, composition in (("a", "Li6PS5Cl"), ("b", "Li5.5PS4.5Cl1.5"))
    for name, text in {
        COMPOSITION: composition, "electrolyte.heat_treatment_temperature_c": "500", TEMPERATURE: "25"
    }.items()
}  # fmt: skip


@router.get("/compare")
async def compare(request: Request, state: Shared) -> Response:
    """The two forms side by side, and the comparison once both are filled."""
    answers = read_query(request.query_params)
    is_copy = A.is_filled(answers) and (answers.value("do") == "copy" or not B.is_filled(answers))
    if is_copy:
        copied = {B.prefix + name: text for name, text in A.typed(answers).items()}
        kept = {name: text for name, text in answers.typed.items() if name not in B.fields and name != "do"}
        answers.typed = {**kept, **copied}
    readings = [await side.read_composition(answers, state) for side in SIDES]
    compared: list[CompareResponse] = []
    trouble: tuple[int, str] | None = None
    if A.is_filled(answers) and not is_copy:
        trouble = await _compare(answers, state, compared)
    status: int = HTTPStatus.OK if answers.is_sound else HTTPStatus.UNPROCESSABLE_ENTITY
    return page(
        request,
        "compare.html",
        status=trouble[0] if trouble else status,
        answers=answers,
        sides=[
            {"name": name, "form": side, "unfolded": side.unfolded(answers), "reading": reading,
             "predict": address_of("/predict", side.typed(answers))}
            for name, side, reading in zip("AB", SIDES, readings, strict=True)
        ],
        own=own_rows.FIELD,
        own_example=own_rows.EXAMPLE,
        fields={
            **{path: field for side in SIDES for path, field in side.fields.items()},
            own_rows.FIELD.path: own_rows.FIELD,
        },
        is_copy=is_copy,
        differences=_differences(answers) if compared else [],
        results=[shown for answer in compared for shown in _show(answer)],
        warnings=_warnings(answers, compared),
        trouble=trouble[1] if trouble else "",
        link=address_of("/compare", answers.typed),
        example=address_of("/compare", EXAMPLE),
        reason_not_ready=state.snapshot.reason_not_ready,
    )  # fmt: skip


async def _compare(answers: Answers, state: State, compared: list[CompareResponse]) -> tuple[int, str] | None:
    """Fill ``compared``, by kind; faults go beside their fields, other trouble comes back as status and sentence."""
    described = [side.items(answers) for side in SIDES]
    rows = await own_rows.read_rows(answers, state)
    for side, items in zip(SIDES, described, strict=True):
        side.place_what_else(answers, items)
    if not answers.is_sound:
        return None
    pairs = [
        [item for items in described for item in items if kind in item]
        for kind in ("electrolyte", "cell")
        if all(any(kind in item for item in items) for items in described)
    ]
    if not pairs:
        message = "One is an electrolyte and the other a cell, which have no property in common."
        answers.blame(None, Fault(pointer="", code="kinds", message=message, hint="Describe two of one kind."))
        return None
    for pair in pairs:
        try:
            request = CompareRequest.model_validate({"items": pair, "given": rows})
            compared.append(await state.compute.run(comparisons.compare, request, state.snapshot))
        except (ProblemError, SurrogateError) as error:
            status, detail, faults = problem_of(error)
            if status != HTTPStatus.UNPROCESSABLE_ENTITY:
                return status, detail
            for index, side in enumerate(SIDES):
                side.place(answers, [fault for fault in faults if fault.pointer.startswith(f"/items/{index}")])
            own_rows.place(answers, [fault for fault in faults if fault.pointer.startswith("/given")])
            for fault in faults:
                if not fault.pointer.startswith(("/items/0", "/items/1", "/given")):
                    answers.blame(None, fault)
    return None


def _differences(answers: Answers) -> list[tuple[str, str, str]]:
    """What the two recipes differ in, as it was typed."""
    of_a, of_b = (side.typed(answers) for side in SIDES)

    def spoken(field: Field, stated: Mapping[str, str], name: str) -> str:
        return field.spoken(stated[name]) if name in stated else "not stated"

    fields = {path.removeprefix(A.prefix): field for path, field in A.fields.items()}
    return [
        (field.label, spoken(field, of_a, name), spoken(field, of_b, name))
        for name, field in fields.items()
        if of_a.get(name) != of_b.get(name)
    ]


def _warnings(answers: Answers, compared: Sequence[CompareResponse]) -> list[str]:
    of_items = [f"{item.name}: {text}" for answer in compared for item in answer.items for text in item.warnings]
    return list(dict.fromkeys([*answers.notes, *of_items]))


def _show(answer: CompareResponse) -> list[dict[str, Any]]:
    """Every property of one comparison as the page shows it: the chance, and both predictions on one axis."""
    by_property = {comparison.property: comparison for comparison in answer.comparisons}
    return [_show_property(name, by_property[name], answer) for name in PROPERTIES if name in by_property]


def _show_property(name: str, comparison: ComparisonOutput, answer: CompareResponse) -> dict[str, Any]:
    outputs = [item.properties[name] for item in answer.items]
    ends = [end for o in outputs for end in bars.reach(name, o.median, o.interval.low, o.interval.high)]
    return {
        "name": name,
        "prop": get_property(name),
        "sentence": comparison.sentence,
        "sides": [
            {"name": item.name, **_side(name, output, ends)} for item, output in zip(answer.items, outputs, strict=True)
        ],
    }


def _side(name: str, output: PropertyOutput, ends: Sequence[float]) -> dict[str, Any]:
    interval, without = output.interval, output.without_own_rows
    return {
        "output": output,
        "span": words.span(interval.low, interval.high, name),
        "span_without": words.span(without.interval.low, without.interval.high, name) if without else "",
        "bar": bars.bar(name, output.median, interval.low, interval.high, level=interval.level, beside=ends),
    }
