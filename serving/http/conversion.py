"""The one crossing between what travels (:mod:`surrogate.wire`) and what the library works with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pydantic import BaseModel

from serving.http.errors import Refused, blaming, fault_of, pointer_to
from surrogate.candidate.fields import FIELDS, assemble
from surrogate.candidate.measurement import Candidate, Measurement, Source, check_asked, check_reported
from surrogate.composition import parse_composition
from surrogate.errors import InvalidInput, UnknownName, about
from surrogate.properties import PROPERTIES, Subject
from surrogate.wire.base import Input
from surrogate.wire.candidates import OF_A_MATERIAL, CandidateInput, ElectrolyteInput, MeasuredInput
from surrogate.wire.described import place_of

#: Stands for the paper of values that a client measured itself.
OWN = "this laboratory"


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


def measurements_of(entries: Sequence[MeasuredInput], part: str) -> list[Measurement]:
    """All measurements in a ``part`` of a request; 422 points at one that cannot be."""
    return [measurement for index, item in enumerate(entries) for measurement in _measurements(part, index, item)]


def _measurements(part: str, index: int, entry: MeasuredInput) -> list[Measurement]:
    """One measurement per value; all share the candidate, so the planner sees that it is one recipe."""
    with blaming(f"/{part}/{index}"):
        candidate = reported(entry)
    names = {prop.column: name for name, prop in PROPERTIES.items()}
    measurements: list[Measurement] = []
    for column, value in entry.values.items():
        with blaming(f"/{part}/{index}/values/{column[:80]}"):
            if column not in names:
                raise UnknownName("measured value", column[:80], names)
            measurements.append(
                Measurement(
                    property=names[column],
                    value=value,
                    candidate=candidate,
                    source=Source(row_id=entry.id or f"{part}-{index}", paper=OWN),
                    censoring=entry.censoring,
                )
            )
    return measurements
