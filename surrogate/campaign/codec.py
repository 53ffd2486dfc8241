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
from surrogate.errors import InvalidInput, SpaceError
from surrogate.planner.objective import Goal, Objective, Target
from surrogate.space.chemistry import Argyrodite, Chemistry, Mixture
from surrogate.space.design_space import DesignSpace
from surrogate.space.ready import space_from
from surrogate.space.rules import Region, Rule
from surrogate.space.variables import Choice, Variable
from surrogate.space.weighing import Balance

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


def _read(kind: Any, plain: Mapping[str, Any], what: str) -> Any:
    from pydantic import ValidationError

    try:
        return _adapter(kind).validate_python(dict(plain))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(f"{place or what}: {first['msg']}.", hint="Compare it with an exported one.") from None


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def space_to_plain(space: DesignSpace) -> Plain:
    """A space in the shape of its TOML: what :func:`surrogate.space.ready.space_from` reads."""
    return {
        "name": space.name,
        "title": space.title,
        "subject": str(space.subject),
        "composition": None if space.chemistry is None else _chemistry(space.chemistry),
        "variables": {variable.name: _variable(variable) for variable in space.variables},
        "fixed": dict(space.fixed),
        "limits": [_rule(rule) for rule in space.rules],
        "forbidden": [_region(region) for region in space.regions],
        "shared": list(space.shared),
        "rest": space.rest,
        "weighing": _balance(space.balance),
        "composite_weighing": _balance(space.composite_balance),
        "prices_per_g": dict(space.prices_per_g),
    }


def space_from_plain(plain: Mapping[str, Any]) -> DesignSpace:
    """The space that :func:`space_to_plain` wrote."""
    return space_from(plain, where="the space of the campaign")


def _chemistry(chemistry: Chemistry) -> Plain:
    if isinstance(chemistry, Mixture):
        return {"kind": "mixture", "precursors": {formula: list(pair) for formula, pair in chemistry.bounds.items()}}
    if isinstance(chemistry, Argyrodite):
        return {
            "kind": "argyrodite",
            "x": list(chemistry.x),
            "z": list(chemistry.z),
            "halides": list(chemistry.halides),
            "dopants": list(chemistry.dopants),
        }
    raise SpaceError(
        f"A space of {type(chemistry).__name__} cannot be stored.", hint="Use a mixture or an argyrodite in campaigns."
    )


def _variable(variable: Variable) -> Plain:
    when = {name: list(options) for name, options in variable.when.items()}
    if isinstance(variable, Choice):
        return {"options": list(variable.options), "when": when}
    scale = "log" if variable.logarithmic else "linear"
    return {"low": variable.low, "high": variable.high, "step": variable.step, "scale": scale, "when": when}


def _rule(rule: Rule) -> Plain:
    return {"rule": rule.text, "when": {n: list(o) for n, o in rule.when.items()}, "source": rule.source}


def _region(region: Region) -> Plain:
    when = {name: list(options) for name, options in region.when.items()}
    return {"reason": region.reason, "rules": [rule.text for rule in region.rules], "when": when}


def _balance(balance: Balance) -> Plain:
    return {"resolution_mg": balance.resolution_mg, "batch_mass_g": balance.batch_mass_g}


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
