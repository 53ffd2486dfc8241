"""``/``: describe a material and, if you like, a cell; see what is expected, how sure that is, and why.

The form is a query, so that its address can be kept and sent to a colleague.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from serving.http import conversion, examples
from serving.http.errors import ProblemError, Refused, clean, faults_of
from serving.http.security import Role, needs
from serving.http.state import Shared, State
from serving.pages import bars, forms, words
from serving.pages.forms import Answers, Field
from serving.pages.rendering import page
from serving.pages.routing import PageRoute, problem_of
from serving.predictions import effects
from serving.predictions import work as prediction
from serving.predictions.compositions import parse
from surrogate.candidate.field import Field as Row
from surrogate.candidate.fields import FIELDS
from surrogate.errors import SurrogateError
from surrogate.properties import PROPERTIES, Subject, get_property
from surrogate.report.sources import reference_of
from surrogate.wire.candidates import FORMER, OF_A_MATERIAL, ElectrolyteInput
from surrogate.wire.catalogue import CompositionRequest, CompositionResponse
from surrogate.wire.described import place_of
from surrogate.wire.predictions import InvalidItem, NeighbourOutput, PredictedItem, PredictRequest, PropertyOutput
from surrogate.wire.problems import Fault

router = APIRouter(route_class=PageRoute, include_in_schema=False, dependencies=[Depends(needs(Role.READ))])

#: Older names of fields, which addresses that were kept still have.
_RENAMED = {f"cell.electrode.{older}": f"cell.electrode.{name}" for older, name in FORMER.items()}
#: Headings that are folded away beside those of rare fields.
_FOLDED = ("Finished powder",)
COMPOSITION, ACTIVE = "electrolyte.composition", "cell.electrode.active_material"
LEVELS = ("0.5", "0.8", "0.9", "0.95")
NEIGHBOURS = ("3", "5", "10")


@dataclass(frozen=True, kw_only=True)
class Group:
    """Fields that stand together on the page; ``cell`` groups are folded away until a cell is wanted."""

    title: str
    fields: tuple[Field, ...]
    cell: bool = False
    rare: bool = False


@cache
def groups() -> tuple[Group, ...]:
    """The fields of the form by their heading, in the order of the table."""
    rows_by_title: dict[str, list[Row]] = {}
    for row in FIELDS.values():
        if row.group and row.name != "temperature_c":
            rows_by_title.setdefault(row.group, []).append(row)
    return tuple(
        Group(
            title=title,
            fields=tuple(map(_field, rows)),
            cell=rows[0].part != "electrolyte",
            rare=rows[0].rare or title in _FOLDED,
        )
        for title, rows in rows_by_title.items()
    )


@cache
def head() -> tuple[Field, ...]:
    """The fields above the groups: what it is, and at which temperature it is measured."""
    composition, temperature = _field(FIELDS["electrolyte"]), _field(FIELDS["temperature_c"])
    x = forms.field_of(ElectrolyteInput, "x", "electrolyte.")
    return replace(composition, required=True, help=""), x, temperature


def _field(row: Row) -> Field:
    """A field of the form: the electrolyte is described once, for itself and for the electrode it is in."""
    step_path = ("cell", "electrode", row.name)
    return forms.field_of_row(row, step_path if row in OF_A_MATERIAL else place_of(row, of_cell=False))


@cache
def fields() -> Mapping[str, Field]:
    """Every field of the form by path."""
    return {field.path: field for field in (*head(), *(f for group in groups() for f in group.fields))}


@cache
def list_examples() -> tuple[tuple[str, str], ...]:
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
    answers = Answers(
        typed={_RENAMED.get(path, path): text for path, text in forms.typed(request.query_params).items()},
        notes=[],
    )
    is_filled = any(value.strip() for path, value in answers.typed.items() if path in fields())
    reading = await _reading(answers, state) if answers.value(COMPOSITION).strip() else None
    items: list[PredictedItem] = []
    body: dict[str, Any] = {}
    trouble: tuple[int, str] | None = None
    if is_filled and answers.value("do") != "read":
        body = _body(answers)
        if answers.is_sound:
            trouble = await _predict(body, answers, state, items)
        else:
            forms.place(answers, _more(body), fields(), move=_path)
    status = HTTPStatus.OK if answers.is_sound else HTTPStatus.UNPROCESSABLE_ENTITY
    explained = await effects.explain_property(answers.value(effects.WHY), body, items, state)
    noticed = list(dict.fromkeys(text for item in items for text in _noticed(item, items)))
    return page(
        request,
        "predict.html",
        status=trouble[0] if trouble else status,
        answers=answers,
        head=head(),
        groups=groups(),
        unfolded=_unfolded(answers),
        fields=fields(),
        composition=COMPOSITION,
        worked=list_examples(),
        levels=LEVELS,
        neighbours=NEIGHBOURS,
        reading=reading,
        described=describe_inputs(answers) if items else [],
        results=[_show_item(item, answers) for item in items if item.properties],
        moved=explained,
        # What the echo above says is not said again, here or beside a property.
        warnings=[
            *dict.fromkeys(answers.notes or ()),
            *(text for text in noticed if reading is None or text not in reading.warnings),
        ],
        noticed=noticed,
        trouble=trouble[1] if trouble else "",
        body=json.dumps(body, indent=2, ensure_ascii=False) if items else "",
        link="/predict?" + urlencode({n: v for n, v in answers.typed.items() if v.strip() and n != "do"}),
        properties=PROPERTIES,
        in_service=state.snapshot.models,
        reason_not_ready=state.snapshot.reason_not_ready,
    )


def describe_inputs(answers: Answers) -> list[tuple[str, str]]:
    """The filled-in fields beside the composition in words, for paper, which has no form."""
    by_path = {path: field for path, field in fields().items() if path != COMPOSITION}
    return [
        (field.label, field.spoken(text)) for path, field in by_path.items() if (text := answers.value(path).strip())
    ]


def _unfolded(answers: Answers) -> set[str]:
    """The folded parts of the form in which something was typed or is wrong: titles, and "cell" for all of its own."""
    titles = set()
    for group in groups():
        if any(answers.value(f.path).strip() or f.path in answers.faults for f in group.fields):
            titles |= {group.title, *(("cell",) if group.cell else ())}
    return titles


async def _reading(answers: Answers, state: State) -> CompositionResponse | None:
    """How the composition is read; what cannot be read is blamed."""
    request: dict[str, Any] = {"composition": answers.value(COMPOSITION)}
    x = answers.value("electrolyte.x").strip()
    try:
        if x:
            request["x"] = float(x)
    except ValueError:
        return None  # the field of x says so
    try:
        return await state.compute.run(parse, CompositionRequest.model_validate(request))
    except (ProblemError, SurrogateError) as error:
        faults = problem_of(error)[2]
    except ValidationError as error:
        faults = faults_of(error.errors(include_input=False, include_url=False))
    forms.place(answers, faults, fields(), move=lambda pointer: f"electrolyte.{forms.dotted(pointer)}")
    return None


def _body(answers: Answers) -> dict[str, Any]:
    """The request of the filled-in form: the electrolyte alone, and the cell if one is described."""
    sections: dict[str, Any] = {}
    for path, value in forms.read_fields(fields().values(), answers).items():
        *parts, leaf = path.split(".")
        part = sections
        for step in parts:
            part = part.setdefault(step, {})
        part[leaf] = value
    electrolyte, cell, protocol = (sections.get(name, {}) for name in ("electrolyte", "cell", "protocol"))
    wants_cell = bool(cell or set(protocol) - {"temperature_c"})
    electrode = _electrode(cell.pop("electrode", {}))
    if wants_cell and "active_material" not in electrode and ACTIVE not in answers.faults:
        missing = "A cell is described, and this says what stores the lithium in it."
        answers.blame(ACTIVE, Fault(pointer="", code="missing", message=missing, hint="S, Li2S, TiS2, LiCoO2 …"))
    items: list[dict[str, Any]] = []
    if electrolyte or not wants_cell:
        at = {name: protocol[name] for name in ("temperature_c",) if name in protocol}
        items.append({"electrolyte": electrolyte, **({"protocol": at} if at else {})})
    if wants_cell:
        inside = {"electrolyte": electrolyte} if electrolyte else {}
        cell_parts = {**cell, "electrode": {**electrode, **inside}}
        items.append({"cell": cell_parts, **({"protocol": protocol} if protocol else {})})
    return {"items": items, **_choices(answers)}


def _electrode(parts: dict[str, Any]) -> dict[str, Any]:
    """An electrode as a request has it: an active material is its name, or a description in an object of its own."""
    material = {row.path[-1]: parts[row.name] for row in OF_A_MATERIAL if row.name in parts}
    rest = {name: value for name, value in parts.items() if name not in {row.name for row in OF_A_MATERIAL}}
    name = material.get("text")
    if name is None:
        return rest
    return {"active_material": name if len(material) == 1 else material, **rest}


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
    forms.place(answers, [f for f in faults if f.code != "no_such_property"], fields(), move=_path)
    if not any(item.properties for item in items):
        for fault in faults:
            if fault.code == "no_such_property":
                answers.blame(None, fault)
    return None


def _more(body: dict[str, Any]) -> list[Fault]:
    """What else is wrong with a request of which something is wrong already: people mend a form in one go."""
    faults: list[Fault] = []
    for index, item in enumerate(PredictRequest.model_validate(body).items):
        if isinstance(item, InvalidItem):
            faults += faults_of(item.errors, at=f"/items/{index}")
            continue
        try:
            conversion.build_question(item)
        except Refused as refused:
            faults.append(refused.fault.model_copy(update={"pointer": f"/items/{index}{refused.fault.pointer}"}))
    return faults


def _noticed(item: PredictedItem, items: Sequence[PredictedItem]) -> list[str]:
    """The warnings of an item, and, if another item has an answer, why this one has none."""
    missing = [fault.message for fault in item.errors if fault.code == "no_such_property"]
    return [*item.warnings, *(missing if any(other.properties for other in items) else [])]


def _path(pointer: str) -> str:
    """``/items/1/cell/electrode/electrolyte/route`` → ``electrolyte.route``: both items share the electrolyte."""
    path = forms.dotted(pointer)
    path = ".".join(path.split(".")[2:]) if path.startswith("items.") else path
    moved_paths = {
        f"cell.electrode.active_material.{row.path[-1]}": f"cell.electrode.{row.name}" for row in OF_A_MATERIAL
    }
    path = path.removeprefix("cell.electrode.") if path.startswith("cell.electrode.electrolyte.") else path
    return moved_paths.get(path, path)


def _show_item(item: PredictedItem, answers: Answers) -> dict[str, Any]:
    """One answer as the page shows it."""
    assert item.domain is not None  # an item with properties has a verdict
    names = [name for name in PROPERTIES if name in item.properties]
    return {
        "title": "The cell" if any(get_property(name).subject is Subject.CELL for name in names) else "The electrolyte",
        "properties": [
            {**show_property(name, item.properties[name]), "why": effects.link(answers.typed, name)} for name in names
        ],
        "derived": list(item.derived.items()),
    }


def show_property(name: str, output: PropertyOutput) -> dict[str, Any]:
    """One predicted property as the page shows it: words, bar, verdict, cited rows."""
    interval = output.interval
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
        "floor": words.floor(get_property(name)),
        "measured": None if output.measured is None else _cited(output.measured.rows),
        "neighbours": _cited(output.neighbours),
    }


def _cited(rows: Sequence[NeighbourOutput]) -> list[dict[str, Any]]:
    return [
        {"row": row, "reference": clean(reference_of(row.doi, row.reference, row.paper), limit=300)} for row in rows
    ]
