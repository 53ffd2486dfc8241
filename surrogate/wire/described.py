"""A candidate of the library in the words of a request, so that what is answered can be sent back."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator

from surrogate.candidate.field import Field
from surrogate.candidate.fields import FIELDS, statements
from surrogate.candidate.measurement import Candidate
from surrogate.candidate.settings import written
from surrogate.composition import Composition
from surrogate.properties import Subject
from surrogate.wire.candidates import MAX_COMPOSITION, OF_A_MATERIAL, CandidateInput


def place_of(field: Field, *, of_cell: bool) -> tuple[str, ...]:
    """The place of a field in a request.

    Args:
        field: The field.
        of_cell: Whether the request is about a cell: its electrolyte is then that in the electrode.
    """
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


def describe_candidate(candidate: Candidate) -> CandidateInput:
    """A candidate in the words of a request, so that a client can send it back."""
    request: dict[str, Any] = {"protocol": {}}
    for name, value in statements(candidate).items():
        *parts, leaf = place_of(FIELDS[name], of_cell=candidate.kind is Subject.CELL)
        part = request
        for step in parts:
            part = part.setdefault(step, {})
        if isinstance(value, Composition):  # its text, if that says everything and fits into a request
            text = written(value)
            part[leaf] = text if len(text) <= MAX_COMPOSITION else value.formula
        else:
            part[leaf] = value
    return CandidateInput.model_validate(request)


#: A candidate in an answer; one of the library is put into words.
Described = Annotated[
    CandidateInput, BeforeValidator(lambda value: describe_candidate(value) if isinstance(value, Candidate) else value)
]
