"""Candidates, spaces and objectives as plain data for the store and for export, and back without losing a bit.

What is written holds only what was stated (defaults are left out); numbers are written in the shortest form that reads
back as the same double. Equal values give equal text, so a hash of the text identifies them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from surrogate.candidate.measurement import Candidate
from surrogate.candidate.provenance import Provenance
from surrogate.errors import InvalidInput
from surrogate.planner.objective import Goal, Objective, Target
from surrogate.space.design_space import DesignSpace
from surrogate.space.ready import space_from
from surrogate.space.writing import space_to_plain as space_to_plain

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Plain = dict[str, Any]


def text_of(value: Any) -> str:
    """Canonical JSON: sorted keys, no spaces, no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sha256_of(value: Any) -> str:
    """Hash of the canonical JSON of plain data."""
    return hashlib.sha256(text_of(value).encode("utf-8", "surrogatepass")).hexdigest()


def candidate_to_plain(candidate: Candidate) -> Plain:
    """Everything that is stated about a candidate."""
    plain: Plain = _adapter(Candidate).dump_python(candidate, mode="json", exclude_defaults=True)
    return plain


def candidate_from_plain(plain: Mapping[str, Any]) -> Candidate:
    """The candidate that :func:`candidate_to_plain` wrote. Raises :class:`InvalidInput` for what is not one."""
    candidate: Candidate = _read(Candidate, plain, "The candidate")
    return candidate


def provenance_to_plain(provenance: Provenance) -> Plain:
    """Everything that is stated about where a value comes from."""
    plain: Plain = _adapter(Provenance).dump_python(provenance, mode="json", exclude_defaults=True)
    return plain


def provenance_from_plain(plain: Mapping[str, Any]) -> Provenance:
    """The provenance that :func:`provenance_to_plain` wrote. Raises :class:`InvalidInput` for what is none."""
    provenance: Provenance = _read(Provenance, plain, "The provenance")
    return provenance


def _read(kind: Any, plain: Mapping[str, Any], label: str) -> Any:
    from pydantic import ValidationError

    try:
        return _adapter(kind).validate_python(dict(plain))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(f"{place or label}: {first['msg']}.", hint="Compare it with an exported one.") from None


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def space_from_plain(plain: Mapping[str, Any]) -> DesignSpace:
    """The space that :func:`~surrogate.space.writing.space_to_plain` wrote, in this version or an earlier one."""
    composition = plain["composition"]
    if isinstance(composition, dict):  # compositions had no steps before, and a stored campaign goes on as it was
        plain = {**plain, "composition": {"step": None, **composition}}
    return space_from(plain, where="the space of the campaign")


def objective_to_plain(objective: Objective) -> Plain:
    """All wishes, with their weights and smallest worthwhile differences."""
    targets = [
        {
            "quantity": target.quantity,
            "goal": str(target.goal),
            "value": target.value,
            "weight": target.weight,
            "smallest_worthwhile": target.smallest_worthwhile,
        }
        for target in objective.targets
    ]
    return {"targets": targets, "weighted": objective.weighted}


def objective_from_plain(plain: Mapping[str, Any]) -> Objective:
    """The objective that :func:`objective_to_plain` wrote."""
    targets = tuple(Target(**{**target, "goal": Goal(target["goal"])}) for target in plain["targets"])
    return Objective(targets=targets, weighted=plain["weighted"])
