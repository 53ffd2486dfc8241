"""What a property would be if one setting were another: the work behind the page, without HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from serving.http import conversion
from serving.http.errors import blaming
from serving.http.registry import Snapshot
from serving.http.state import Library
from surrogate.candidate.field import Field
from surrogate.candidate.fields import FIELDS
from surrogate.candidate.measurement import Candidate, Fidelity, Measurement
from surrogate.candidate.settings import OF_A_MATERIAL, read
from surrogate.errors import Unavailable
from surrogate.models.own_rows import check_own_rows
from surrogate.models.surrogate import Surrogate
from surrogate.properties import Subject
from surrogate.report.response import Response, respond, variables_of
from surrogate.wire.candidates import CandidateInput, MeasuredInput

X = "x"
#: The range that is shown at first holds all measured rows but so many per cent at either end.
_TAIL = 3.0


@dataclass(frozen=True, kw_only=True)
class Question:
    """What varies: the property, the setting, and from where to where (``None``: where rows were measured)."""

    property: str
    setting: str
    low: float | None
    high: float | None
    is_logarithmic: bool
    level: float


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The response, the recipe as it is, and what its setting is now (``None``: not stated)."""

    candidate: Candidate
    response: Response
    here: float | None


@cache
def settings_by_group() -> Mapping[str, Sequence[Field]]:
    """The numbers of a recipe that can be varied, by their heading on the form."""
    by_group: dict[str, list[Field]] = {}
    for field in FIELDS.values():
        if field.number and not field.unused and field.name not in OF_A_MATERIAL:
            by_group.setdefault(field.group or "Test", []).append(field)
    return by_group


def answer(
    question: Question, item: Mapping[str, Any], snapshot: Snapshot, library: Library, own: Sequence[Mapping[str, Any]]
) -> Answer:
    """The response of the recipe in ``item``, in the laboratory of the ``own`` rows; a fault points at ``/setting``,
    ``/low``, into ``/items/0`` or at ``/given``.
    """
    with blaming("/items/0"):
        candidate = conversion.build_question(CandidateInput.model_validate(item))
    served = snapshot.get(question.property).surrogate
    if not isinstance(served, Surrogate):
        raise Unavailable(f"The model of {question.property} draws no curves.", hint="Ask for another property.")
    own_rows = conversion.measurements_of([MeasuredInput.model_validate(row) for row in own], "given")
    with blaming("/given"):
        check_own_rows(served, [row for row in own_rows if row.property == question.property])
    rows, here = _rows(library, question.property), current(candidate, question.setting)
    low, high = _range(question, here, rows)
    with blaming("/setting" if question.low is None and question.high is None else "/low"):
        response = respond(
            served, candidate, question.setting, low, high, measurements=rows,
            logarithmic=question.is_logarithmic, level=question.level, own_rows=own_rows,
        )  # fmt: skip
    return Answer(candidate=candidate, response=response, here=here)


def current(candidate: Candidate, setting: str) -> float | None:
    """What a setting of the recipe is now."""
    if setting == X and candidate.electrolyte is not None:
        return variables_of(candidate.electrolyte.composition.text)[1].get(X)
    value = read(candidate).get(setting)
    return float(value) if isinstance(value, float | int) else None


def kinds_with(setting: str) -> tuple[Subject, ...]:
    """What has a setting: an electrolyte and the cell it is in, or a cell alone."""
    if setting != X and FIELDS[setting].part == "cell":
        return (Subject.CELL,)
    return (Subject.ELECTROLYTE, Subject.CELL)


def _rows(library: Library, property: str) -> list[Measurement]:
    return [
        m
        for measured in library.by_row.values()
        for m in measured
        if m.property == property and m.fidelity is Fidelity.MEASURED and not m.censoring.is_limit
    ]


def _range(question: Question, here: float | None, rows: Sequence[Measurement]) -> tuple[float, float]:
    """From where to where: as stated, else where most rows were measured and the recipe is."""
    beside = [] if here is None else [here]
    if question.setting == X:
        low, high = min([0.0, *beside]), max([1.0, *beside])
    else:
        field = FIELDS[question.setting]
        stated = [v for m in rows if isinstance(v := read(m.candidate).get(question.setting), float | int)]
        ends = [float(end) for end in np.percentile(stated, (_TAIL, 100 - _TAIL))] if stated else []
        ends = ends if ends and ends[0] < ends[-1] else [0.5 * float(field.example), 1.5 * float(field.example)]
        low, high = min([float(f"{ends[0]:.2g}"), *beside]), max([float(f"{ends[1]:.2g}"), *beside])
        low, high = max(low, field.low or 0.0), min(high, high if field.high is None else field.high)
        if question.is_logarithmic and low <= 0:
            low = high / 1000
    return low if question.low is None else question.low, high if question.high is None else question.high
