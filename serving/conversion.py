"""The one crossing between what travels (:mod:`serving.schemas`) and what the library works with."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any

from pydantic import BaseModel

from serving.errors import Refused, fault_of, pointer_to
from serving.schemas.base import Input
from serving.schemas.candidates import MAX_COMPOSITION, OF_A_MATERIAL, CandidateInput, ElectrolyteInput
from serving.schemas.predictions import ModelOutput, NeighbourOutput, PropertyOutput
from surrogate.candidate.fields import FIELDS, assemble, statements
from surrogate.candidate.settings import written
from surrogate.cell import Cell, Protocol
from surrogate.composition import Composition, parse_composition
from surrogate.design.energy import ENERGY_DENSITY, predicted_energy_density
from surrogate.errors import InvalidInput, about
from surrogate.field import Field
from surrogate.measurement import Candidate, check_asked, check_reported
from surrogate.models.base import Domain, DomainStatus, ModelIdentity, Neighbour, Prediction
from surrogate.properties import Property, Subject, get_property

_ORDER = {status: place for place, status in enumerate(DomainStatus)}


def candidate(given: CandidateInput) -> Candidate:
    """The candidate that was described; :class:`Refused` says what cannot be and where."""
    try:
        return assemble(_statements(given), Subject.ELECTROLYTE if given.cell is None else Subject.CELL)
    except InvalidInput as error:
        raise Refused(fault_of(error, _pointer(error.field, given))) from error


def asked(given: CandidateInput) -> Candidate:
    """:func:`candidate`, and a prediction can be asked for it; :class:`Refused` as there."""
    return _checked(given, check_asked)


def reported(given: CandidateInput) -> Candidate:
    """:func:`candidate`, and a laboratory can have made and measured it so; :class:`Refused` as there."""
    return _checked(given, check_reported)


def _checked(given: CandidateInput, check: Callable[[Candidate], None]) -> Candidate:
    """The candidate, once ``check`` has let it pass."""
    made = candidate(given)
    try:
        check(made)
    except InvalidInput as error:
        raise Refused(fault_of(error, _pointer(error.field, given))) from error
    return made


def _statements(given: CandidateInput) -> dict[str, Any]:
    """What a request states, by the names of the table of fields."""
    stated = _stated(given.protocol)
    material, cell = given.electrolyte, given.cell
    if cell is not None:
        stated |= _stated(cell) | _stated(cell.electrode)
        active, material = cell.electrode.active_material, cell.electrode.electrolyte
        described = {"text": active} if isinstance(active, str) else _stated(active)
        stated |= {row.name: described[row.path[-1]] for row in OF_A_MATERIAL if row.path[-1] in described}
        if cell.separator is not None:
            stated |= _electrolyte(cell.separator, "separator", "separator_")
    return stated if material is None else stated | _electrolyte(material, "electrolyte", "")


def _stated(part: Input) -> dict[str, Any]:
    return {name: value for name, value in vars(part).items() if value is not None and not isinstance(value, BaseModel)}


def _electrolyte(given: ElectrolyteInput, name: str, prefix: str) -> dict[str, Any]:
    """What is stated of one electrolyte: its composition under ``name``, its recipe behind ``prefix``."""
    with about(name):
        composition = parse_composition(given.composition, x=given.x)
    recipe = {f"{prefix}{field}": value for field, value in _stated(given).items() if field not in ("composition", "x")}
    return {**recipe, name: composition}


def _pointer(name: str | None, given: CandidateInput) -> str:
    """Where a field stands in a request; a fault of no single field is one of the whole."""
    field = FIELDS.get(name or "")
    if field is None:
        return ""
    place = place_of(field, of_cell=given.cell is not None)
    if given.cell is not None and place[:2] == ("cell", "electrode"):
        named = place[2] == "active_material" and isinstance(given.cell.electrode.active_material, str)
        place = place[:3] if named else (*place[:-1], given.cell.electrode.name_sent(place[-1]))
    return pointer_to(place)


def place_of(field: Field, *, of_cell: bool) -> tuple[str, ...]:
    """The place of a field in a request."""
    leaf = "composition" if field.kind == "composition" else field.name
    if field.part == "protocol":
        return ("protocol", leaf)
    if field.part == "electrolyte":
        return (*(("cell", "electrode") if of_cell else ()), "electrolyte", leaf)
    if field.path[0] == "separator":
        return ("cell", "separator", leaf.removeprefix("separator_"))
    if field in OF_A_MATERIAL:
        return ("cell", "electrode", "active_material", field.path[-1])
    return ("cell", *field.path[:-1][:1], leaf)


def described(made: Candidate) -> CandidateInput:
    """A candidate in the words of a request, so that a client can send it back: the inverse of :func:`candidate`."""
    request: dict[str, Any] = {"protocol": {}}
    for name, value in statements(made).items():
        *parts, leaf = place_of(FIELDS[name], of_cell=made.kind is Subject.CELL)
        part = request
        for step in parts:
            part = part.setdefault(step, {})
        part[leaf] = _written(value) if isinstance(value, Composition) else value
    return CandidateInput.model_validate(request)


def _written(composition: Composition) -> str:
    """The text of a composition if it says everything and fits into a request, else its formula."""
    text = written(composition)
    return text if len(text) <= MAX_COMPOSITION else composition.formula


def reading_warnings(made: Candidate) -> list[str]:
    """What was noticed about the compositions of a candidate while reading them."""
    found = [made.electrolyte] if made.electrolyte is not None else []
    if isinstance(made.subject, Cell) and made.subject.separator is not None:
        found.append(made.subject.separator)
    return list(dict.fromkeys(text for item in found for text in item.composition.warnings))


def prediction(made: Prediction, *, protocol: Protocol, alias: str) -> PropertyOutput:
    """A prediction as it is sent: nothing of it is left out. See :func:`predicted` for many."""
    prop, answered = get_property(made.property), model(made.model, alias=alias).model_dump()
    return PropertyOutput.model_validate(predicted(made, prop, conditions(protocol), answered))


def predicted(
    made: Prediction, prop: Property, stated: Mapping[str, Any], answered: Mapping[str, Any]
) -> dict[str, Any]:
    """The fields of a :class:`PropertyOutput`: the property, its model and the stated conditions are shared by many.

    A thousand of these are written out as they are: that there is a number in every place is made sure of here.
    """
    if not math.isfinite(made.median + made.interval.low + made.interval.high + made.scale_mean + made.scale_std):
        raise ArithmeticError(f"The model {made.model.name} {made.model.version} answers with NaN or infinity.")
    return {
        "unit": prop.unit,
        "ucum": prop.ucum,
        "conditions": stated,
        "median": made.median,
        "interval": vars(made.interval),
        prop.scale.value: {"mean": made.scale_mean, "std": made.scale_std},
        "domain": domain(made.domain),
        "neighbours": [vars(row) for row in made.neighbours],
        "warnings": made.warnings,
        "model": answered,
    }


def derived(candidate: Candidate, made: Prediction) -> dict[str, Any]:
    """The fields of a :class:`DerivedOutput` by quantity: what follows from a prediction and the recipe."""
    found = predicted_energy_density(candidate, made)
    if found is None:
        return {}
    return {
        ENERGY_DENSITY: {
            "unit": "Wh/kg",
            "ucum": "W.h/kg",
            "median": found.median,
            "interval": vars(found.interval),
            "follows_from": made.property,
            "assumptions": found.assumptions,
        }
    }


def neighbours(near: Iterable[Neighbour]) -> list[NeighbourOutput]:
    """Cited measurements as they are sent."""
    return [NeighbourOutput.model_validate(vars(row)) for row in near]


def domain(verdict: Domain) -> dict[str, Any]:
    """The fields of a :class:`DomainOutput`; a score without bound is left out, since JSON has no infinity."""
    score = verdict.score if math.isfinite(verdict.score) else None
    return {"status": verdict.status, "score": score, "reasons": verdict.reasons}


def worst_domain(verdicts: Mapping[str, Domain]) -> Domain | None:
    """The verdict of the property that is farthest from its data, with the reasons of all, each with its property."""
    if not verdicts:
        return None
    worst = max(verdicts.values(), key=lambda verdict: (_ORDER[verdict.status], verdict.score))
    reasons = tuple(f"{name}: {reason}" for name, verdict in verdicts.items() for reason in verdict.reasons)
    return Domain(status=worst.status, score=worst.score, reasons=reasons)


def model(identity: ModelIdentity, *, alias: str) -> ModelOutput:
    """A model's identity as it is sent."""
    return ModelOutput(**vars(identity), alias=alias)


def conditions(protocol: Protocol) -> dict[str, float | int | str]:
    """What was stated of a protocol, by field."""
    return {
        name: value.value if isinstance(value, Enum) else value
        for name, value in vars(protocol).items()
        if value is not None
    }
