"""``/spaces``: the ready-made design spaces, what is in one and who says so, and a copy to change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Path, Request, Response

from serving.http.errors import fault_of
from serving.http.state import Shared
from serving.pages import forms
from serving.pages.forms import Answers, Field
from serving.pages.rendering import page
from serving.pages.routing import page_router
from serving.pages.words import listed
from surrogate.candidate.fields import FIELDS
from surrogate.candidate.spellings import read_option, read_stated_number
from surrogate.errors import InvalidInput
from surrogate.space.changing import SpaceChanges, change_space
from surrogate.space.design_space import DesignSpace
from surrogate.space.ready import names, ready
from surrogate.space.thumb import rules_about
from surrogate.space.writing import space_to_plain, space_to_toml
from surrogate.text import setting, spoken
from surrogate.units import parse_quantity

router = page_router("/spaces")
WITHOUT = Field(
    path="without", label="Without", kind="text", unit="", help="Elements, precursors or options: Ge, Si, GeS2."
)
LINES = Field(
    path="changes", label="Settings and bounds, one per line", kind="text", unit="",
    help="heat_treatment_temperature_c = 500, Cl <= 1.4, milling_time_h >= 5.",
)  # fmt: skip
MASS = Field(path="mass", label="Mass of a batch", kind="number", unit="g", help="")
FORM: Mapping[str, Field] = {field.path: field for field in (WITHOUT, LINES, MASS)}
_LINE = re.compile(r"\s*(?P<name>\w+)\s*(?P<sign><=|>=|≤|≥|=)\s*(?P<value>.+?)\s*$")


@router.get("")
async def list_spaces(request: Request) -> Response:
    """All ready-made spaces."""
    return page(request, "spaces.html", spaces=[ready(name) for name in names()])


@router.get("/{name}.toml")
async def get_toml(name: Annotated[str, Path(max_length=64)], request: Request) -> Response:
    """The space as a file for the command line, with the changes of the query."""
    answers = Answers(typed=forms.typed(request.query_params))
    text = space_to_toml(_changed(ready(name), answers))
    headers = {"Content-Disposition": f'attachment; filename="{name}.toml"'}
    return Response(text.encode(), media_type="application/toml", headers=headers)


@router.get("/{name}")
async def get_space(name: Annotated[str, Path(max_length=64)], request: Request, state: Shared) -> Response:
    """What is in a space, as it comes or with the changes of the query, and a copy to go on with."""
    answers = Answers(typed=forms.typed(request.query_params))
    space = await state.compute.run(_changed, ready(name), answers)
    return page(
        request,
        "space.html",
        status=200 if answers.is_sound else 422,
        space=space,
        answers=answers,
        form=FORM,
        is_changed=space != ready(name) and answers.is_sound,
        notes=answers.notes,
        query=request.url.query,
        toml=space_to_toml(space),
        **_shown(space),
    )


def _changed(space: DesignSpace, answers: Answers) -> DesignSpace:
    """The space with the changes that were typed; the space as it is where one cannot be, after blaming it."""
    changes = _read(answers)
    if not answers.is_sound:
        return space
    try:
        return change_space(space, changes)
    except InvalidInput as error:
        answers.blame(WITHOUT.path if _is_about(error, changes) else LINES.path, fault_of(error))
        return space


def _is_about(error: InvalidInput, changes: SpaceChanges) -> bool:
    """Whether what is refused is something that was to be left out."""
    return any(f"'{name}'" in error.message or f"Without {name} " in error.message for name in changes.without)


def _read(answers: Answers) -> SpaceChanges:
    """The changes that were typed; what cannot be read is blamed."""
    fix: dict[str, float | str] = {}
    bounds: dict[str, dict[str, float]] = {"<": {}, ">": {}}
    for line in answers.value(LINES.path).splitlines():
        if not line.strip():
            continue
        match = _LINE.match(line)
        try:
            if match is None:
                raise InvalidInput(f"'{line.strip()[:60]}' is no change.", hint="Write: milling_time_h = 10.")
            name, sign = match["name"], match["sign"].replace("≤", "<=").replace("≥", ">=")
            value = _value(name, match["value"], answers, must_be_number=sign != "=")
            if sign == "=":
                fix[name] = value
            else:
                bounds[sign[0]][name] = float(value)
        except InvalidInput as error:
            answers.blame(LINES.path, fault_of(error))
    return SpaceChanges(
        without=[name for name in re.split(r"[\s,;]+", answers.value(WITHOUT.path)) if name],
        fix=fix,
        at_most=bounds["<"],
        at_least=bounds[">"],
        batch_mass_g=forms.read_fields([MASS], answers).get(MASS.path),
    )


def _value(name: str, text: str, answers: Answers, *, must_be_number: bool) -> float | str:
    """A number in the unit of its setting, or an option in words."""
    field = FIELDS.get(name)
    is_text = not must_be_number and (
        not field.number if field is not None else re.fullmatch(r"[-+]?\d[\d.,eE+-]*", text) is None
    )
    if is_text:
        return read_option(name, text, field.options) if field is not None and field.options else text
    if field is not None and field.number:
        return read_stated_number(field, text, answers.notes)
    return parse_quantity(text, "", name=name, notes=answers.notes)


def _shown(space: DesignSpace) -> dict[str, Any]:
    """Composition, settings, limits and rules of a space in words."""
    plain = space_to_plain(space)
    return {
        "composition": _composition(plain["composition"] or {}),
        "variables": [_variable(name, variable) for name, variable in plain["variables"].items()],
        "fixed": listed(plain["fixed"]),
        "limits": [{**limit, "when": _when(limit["when"])} for limit in plain["limits"]],
        "forbidden": [{**region, "when": _when(region["when"])} for region in plain["forbidden"]],
        "thumb": [
            {"rule": rule.rule.text, "when": _when(rule.when), "reason": rule.reason, "source": rule.source}
            for rule in rules_about(str(space.subject))
        ],
        "balance": plain["weighing"] if space.chemistry is not None else plain["composite_weighing"],
        "prices": plain["prices_per_g"],
        "shared": [spoken(name) for name in plain["shared"]],
        "rest": spoken(plain["rest"]) if plain["rest"] else "",
    }


def _composition(plain: Mapping[str, Any]) -> list[tuple[str, str]]:
    if plain.get("kind") == "mixture":
        return [(f"{part}, mole fraction", f"{low:g} to {high:g}") for part, (low, high) in plain["precursors"].items()]
    if not plain:
        return []
    rows = [
        ("Formula", "Li(6−x+vz) P(1−z) M(z) S(5−x) X(1+x)"), ("x", f"{plain['x'][0]:g} to {plain['x'][1]:g}"),
        ("Halides X", ", ".join(plain["halides"])),
    ]  # fmt: skip
    if any(dopant != "none" for dopant in plain["dopants"]):
        rows += [("Dopants M", ", ".join(plain["dopants"])), ("z", f"{plain['z'][0]:g} to {plain['z'][1]:g}")]
    return rows


def _variable(name: str, plain: Mapping[str, Any]) -> dict[str, str]:
    field = FIELDS.get(name)
    if "options" in plain:
        between = ", ".join(option.replace("_", " ") for option in plain["options"])
    else:
        low, high = setting(plain["low"], name), setting(plain["high"], name)
        between = low if low == high else f"{low} to {high}"
    step = "" if plain.get("step") is None else setting(plain["step"], name)
    label = field.label if field is not None else spoken(name)
    meaning = field.meaning if field is not None else ""
    return {"name": label, "between": between, "step": step, "when": _when(plain["when"]), "meaning": meaning}


def _when(when: Mapping[str, Any]) -> str:
    """The choices under which something holds, in words."""
    return "; ".join(f"{spoken(name)} {' or '.join(options)}".replace("_", " ") for name, options in when.items())
