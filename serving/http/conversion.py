"""The one crossing between what travels (:mod:`surrogate.wire`) and what the library works with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pydantic import BaseModel

from serving.http.errors import Refused, blaming, fault_of, pointer_to
from surrogate.candidate.fields import FIELDS, assemble
from surrogate.candidate.measurement import (
    OWN_LABORATORY,
    Candidate,
    Measurement,
    Source,
    check_asked,
    check_reported,
)
from surrogate.composition import parse_composition
from surrogate.errors import InvalidInput, UnknownName, about
from surrogate.properties import PROPERTIES, Subject
from surrogate.wire.base import Input
from surrogate.wire.candidates import OF_A_MATERIAL, CandidateInput, ElectrolyteInput, MeasuredInput
from surrogate.wire.described import place_of


def build(sent: CandidateInput) -> Candidate:
    """The candidate that was described; :class:`Refused` says what cannot be and where."""
    try:
        return assemble(_list_statements(sent), Subject.ELECTROLYTE if sent.cell is None else Subject.CELL)
    except InvalidInput as error:
        raise Refused(fault_of(error, _point_to(error.field, sent))) from error


def build_question(sent: CandidateInput) -> Candidate:
    """:func:`build`, and a prediction can be asked for it; :class:`Refused` as there."""
    return _check(sent, check_asked)


def build_report(sent: CandidateInput) -> Candidate:
    """:func:`build`, and a laboratory can have made and measured it so; :class:`Refused` as there."""
    return _check(sent, check_reported)


def _check(sent: CandidateInput, check: Callable[[Candidate], None]) -> Candidate:
    """The candidate, once ``check`` has let it pass."""
    candidate = build(sent)
    try:
        check(candidate)
    except InvalidInput as error:
        raise Refused(fault_of(error, _point_to(error.field, sent))) from error
    return candidate


def _list_statements(sent: CandidateInput) -> dict[str, Any]:
    """What a request states, by the names of the table of fields."""
    stated = _values_of(sent.protocol)
    material, cell = sent.electrolyte, sent.cell
    if cell is not None:
        stated |= _values_of(cell) | _values_of(cell.electrode)
        active, material = cell.electrode.active_material, cell.electrode.electrolyte
        described = {"text": active} if isinstance(active, str) else _values_of(active)
        stated |= {row.name: described[row.path[-1]] for row in OF_A_MATERIAL if row.path[-1] in described}
        if cell.separator is not None:
            stated |= _list_electrolyte(cell.separator, "separator", "separator_")
    return stated if material is None else stated | _list_electrolyte(material, "electrolyte", "")


def _values_of(part: Input) -> dict[str, Any]:
    return {name: value for name, value in vars(part).items() if value is not None and not isinstance(value, BaseModel)}


def _list_electrolyte(sent: ElectrolyteInput, name: str, prefix: str) -> dict[str, Any]:
    """What is stated of one electrolyte: its composition under ``name``, its recipe behind ``prefix``."""
    with about(name):
        composition = parse_composition(sent.composition, x=sent.x)
    recipe = {
        f"{prefix}{field}": value for field, value in _values_of(sent).items() if field not in ("composition", "x")
    }
    return {**recipe, name: composition}


def _point_to(name: str | None, sent: CandidateInput) -> str:
    """Where a field stands in a request; a fault of no single field is one of the whole."""
    field = FIELDS.get(name or "")
    if field is None:
        return ""
    place = place_of(field, of_cell=sent.cell is not None)
    if sent.cell is not None and place[:2] == ("cell", "electrode"):
        is_name = place[2] == "active_material" and isinstance(sent.cell.electrode.active_material, str)
        place = place[:3] if is_name else (*place[:-1], sent.cell.electrode.name_sent(place[-1]))
    return pointer_to(place)


def measurements_of(entries: Sequence[MeasuredInput], part: str) -> list[Measurement]:
    """Make measurements of what a request says was measured.

    Args:
        entries: Candidates with their values.
        part: Name of the part of the request that they are in.

    Returns:
        One measurement per value; those of one entry share their candidate.

    Raises:
        ProblemError: 422, with the place of one that cannot be.
    """
    return [measurement for index, item in enumerate(entries) for measurement in _measurements(part, index, item)]


def _measurements(part: str, index: int, entry: MeasuredInput) -> list[Measurement]:
    """One measurement per value; all share the candidate, so the planner sees that it is one recipe."""
    with blaming(f"/{part}/{index}"):
        candidate = build_report(entry)
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
                    source=Source(row_id=entry.id or f"{part}-{index}", paper=OWN_LABORATORY),
                    censoring=entry.censoring,
                )
            )
    return measurements
