"""A space as one laboratory has it: without a precursor, with a setting fixed, with a bound moved, with its prices.

:func:`change_space` gives a new space; what spoke only of what was taken out goes with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from surrogate.candidate.fields import FIELDS
from surrogate.composition import parse_composition
from surrogate.errors import SpaceError, SurrogateError, UnknownName
from surrogate.space.chemistry import DOPANT_SULFIDES, HALIDES, MOLE_FRACTION, NONE
from surrogate.space.design_space import DesignSpace
from surrogate.space.ready import space_from
from surrogate.space.rules import Rule
from surrogate.space.variables import Value
from surrogate.space.writing import Plain, space_to_plain

#: Choices whose options are materials, of which one can be left out by an element that it holds.
_MATERIALS = ("electrolyte", "active_material", "coating")
_STATED = "stated when the space was changed"


@dataclass(frozen=True, kw_only=True)
class SpaceChanges:
    """What is different here.

    ``without`` names elements, precursors or options. ``fix`` gives settings and coordinates of the composition one
    value, ``at_most`` and ``at_least`` bound numbers, mole fractions and element amounts per formula unit.
    """

    without: Sequence[str] = ()
    fix: Mapping[str, Value] = field(default_factory=dict)
    at_most: Mapping[str, float] = field(default_factory=dict)
    at_least: Mapping[str, float] = field(default_factory=dict)
    batch_mass_g: float | None = None
    prices_per_g: Mapping[str, float] = field(default_factory=dict)


def change_space(space: DesignSpace, changes: SpaceChanges) -> DesignSpace:
    """Change a space; without changes it is the same.

    Args:
        space: As it is.
        changes: What a laboratory has otherwise.

    Raises:
        UnknownName: The space does not have what is changed.
        SpaceError: Nothing would be left.
    """
    if changes == SpaceChanges():
        return space
    plain = space_to_plain(space)
    bounds = [(name, high, "<=") for name, high in changes.at_most.items()]
    bounds += [(name, low, ">=") for name, low in changes.at_least.items()]
    absent = [name for name, high, sign in bounds if sign == "<=" and high <= 0.0 and name in space.elements]
    for name in dict.fromkeys([*changes.without, *absent]):
        _leave_out(plain, name)
    for name, value in changes.fix.items():
        _fix(plain, name, value)
    limits = [
        {"rule": f"{name} {sign} {value!r}", "when": {}, "source": _STATED}
        for name, value, sign in bounds
        if name not in absent and not _move_bound(plain, name, value, sign)
    ]
    _weigh(plain, changes)
    plain = _tidied(plain)
    plain["limits"] = [*plain["limits"], *limits]
    return space_from(plain, where="the changed space")


def _leave_out(plain: Plain, name: str) -> None:
    """Take every option and precursor out that is called ``name`` or holds it."""
    is_part = _leave_out_of_composition(plain["composition"] or {}, name)
    for setting, variable in plain["variables"].items():
        options = variable.get("options", [])
        left = [option for option in options if option != name and not (setting in _MATERIALS and _holds(option, name))]
        if options and not left:
            raise SpaceError(
                f"Without {name} no {setting} is left: it is {' or '.join(options)}.", hint="Leave something in."
            )
        is_part |= left != options
        if options:
            variable["options"] = left
    if not is_part:
        raise UnknownName("part of the space to leave out", name, _parts(plain))


def _leave_out_of_composition(composition: dict[str, Any], name: str) -> bool:
    """Whether the composition had it."""
    is_part = False
    for part in ("precursors", "halides", "dopants"):
        entries = composition.get(part) or []
        left = [entry for entry in entries if not _brings(part, entry, name)]
        if len(left) == len(entries):
            continue
        if not left:
            raise SpaceError(f"Without {name} the space has no {part}.", hint="Leave something in.")
        composition[part] = {entry: entries[entry] for entry in left} if part == "precursors" else left
        is_part = True
    if is_part and composition.get("rich") is not None:
        composition["rich"] = [entry for entry in composition["rich"] if entry in composition["halides"]]
    if composition.get("dopants") == [NONE]:
        composition["z"] = [0.0, 0.0]
    return is_part


def _brings(part: str, entry: str, name: str) -> bool:
    """Whether a precursor, a halide or pair of them, or a dopant is called ``name`` or brings it."""
    if part == "precursors":
        return entry == name or _holds(entry, name)
    if part == "dopants":
        return entry == name or (entry != NONE and DOPANT_SULFIDES[entry][0] == name)
    return entry == name or any(name in (halide, f"Li{halide}") for halide in entry.split("/"))


def _holds(material: str, element: str) -> bool:
    try:
        return element in parse_composition(material).amounts
    except SurrogateError:  # "none", or a material that goes by a name
        return False


def _parts(plain: Plain) -> list[str]:
    composition = plain["composition"] or {}
    options = [option for variable in plain["variables"].values() for option in variable.get("options", [])]
    dopants = [dopant for dopant in composition.get("dopants", []) if dopant != NONE]
    return [*composition.get("halides", []), *dopants, *(composition.get("precursors") or {}), *options]


def _fix(plain: Plain, name: str, value: Value) -> None:
    composition = plain["composition"] or {}
    several = {"halide": "halides", "dopant": "dopants"}.get(name)
    formula = name.removeprefix(MOLE_FRACTION)
    if name in ("x", "z") and name in composition:
        composition[name] = [_number(name, value)] * 2
    elif several is not None and several in composition:
        composition[several] = [str(value)]
        if name == "halide" and composition["rich"] is not None:
            composition["rich"] = [one for one in composition["rich"] if one == value]
        if (name, value) == ("dopant", NONE):
            composition["z"] = [0.0, 0.0]
    elif formula in (composition.get("precursors") or {}):
        composition["precursors"][formula] = [_number(name, value)] * 2
    elif name == plain["rest"]:
        raise SpaceError(f"{name} fills the electrode up to one.", hint="Fix the other fractions.")
    elif name not in FIELDS:
        coordinates = [n for n in ("x", "z", "halide", "dopant") if n in composition or f"{n}s" in composition]
        raise UnknownName("setting to fix", name, [*plain["variables"], *coordinates, *FIELDS])
    else:
        chosen = _number(name, value) if FIELDS[name].number else str(value)
        variable = plain["variables"].get(name)
        if variable is not None and variable["when"]:  # it is part of some recipes only
            one = {"low": chosen, "high": chosen} if FIELDS[name].number else {"options": [chosen]}
            plain["variables"][name] = {**variable, **one}
        else:
            plain["variables"].pop(name, None)
            plain["fixed"][name] = chosen


def _number(name: str, value: Value) -> float:
    if isinstance(value, str):
        raise SpaceError(f"{name} is a number, not '{value}'.", hint="Give a number.")
    return float(value)


def _move_bound(plain: Plain, name: str, value: float, sign: str) -> bool:
    """Move the bound of a variable or coordinate of this name; false where there is none, and a limit has to say it."""
    variable = plain["variables"].get(name, {})
    composition = plain["composition"] or {}
    pairs = composition if name in ("x", "z") else composition.get("precursors") or {}
    key = name.removeprefix(MOLE_FRACTION)
    if "low" in variable:
        variable["low"], variable["high"] = _cut(variable["low"], variable["high"], value, sign)
    elif key in pairs:
        low, high = pairs[key]
        pairs[key] = list(_cut(low, high, value, sign))
    else:
        return False
    return True


def _cut(low: float, high: float, value: float, sign: str) -> tuple[float, float]:
    return (low, min(high, value)) if sign == "<=" else (max(low, value), high)


def _weigh(plain: Plain, changes: SpaceChanges) -> None:
    if changes.batch_mass_g is not None:
        if plain["composition"] is None and plain["rest"] is None:
            raise SpaceError("Nothing is weighed in in this space.", hint="Leave out the mass of a batch.")
        balance = "weighing" if plain["composition"] is not None else "composite_weighing"
        plain[balance]["batch_mass_g"] = float(changes.batch_mass_g)
    plain["prices_per_g"] = {**plain["prices_per_g"], **changes.prices_per_g}


def _tidied(plain: Plain) -> Plain:
    """Without the settings, limits and regions that nothing is left of."""
    choices = _choices_of(plain)
    variables = {
        name: {**variable, "when": when}
        for name, variable in plain["variables"].items()
        if (when := _narrowed(variable["when"], choices)) is not None
    }
    shared = [name for name in plain["shared"] if name in variables or name in choices]
    plain = {**plain, "variables": variables, "shared": shared}
    for part in ("limits", "forbidden"):
        plain[part] = [
            {**entry, "when": when} for entry in plain[part] if (when := _narrowed(entry["when"], choices)) is not None
        ]
    plain["forbidden"] = [entry for entry in plain["forbidden"] if entry["rules"] or entry["when"]]
    bare = space_from({**plain, "limits": [], "forbidden": []}, where="the changed space")
    quantities = bare.decode(np.full((1, bare.dimensions), 0.5)).quantities
    absent = {*DOPANT_SULFIDES, *HALIDES} - set(bare.elements)
    remaining = {*(quantities.keys() - absent), *(name for name in bare.fixed if not isinstance(bare.fixed[name], str))}

    def speaks_of_what_is_left(text: str) -> bool:
        return set(Rule.parse(text).coefficients) <= remaining

    plain["limits"] = [entry for entry in plain["limits"] if speaks_of_what_is_left(entry["rule"])]
    plain["forbidden"] = [
        entry for entry in plain["forbidden"] if all(speaks_of_what_is_left(rule) for rule in entry["rules"])
    ]
    return plain


def _choices_of(plain: Plain) -> dict[str, list[str]]:
    """The options that every choice still has."""
    composition = plain["composition"] or {}
    choices = {name: v["options"] for name, v in plain["variables"].items() if "options" in v}
    choices |= {name: [value] for name, value in plain["fixed"].items() if isinstance(value, str)}
    if "halides" in composition:
        choices["halide"] = composition["halides"]
        choices["dopant"] = composition["dopants"]
    return choices


def _narrowed(when: Mapping[str, Sequence[str]], choices: Mapping[str, Sequence[str]]) -> dict[str, list[str]] | None:
    """A condition on what is left to choose; ``None`` for one that can hold no more."""
    narrowed: dict[str, list[str]] = {}
    for name, options in when.items():
        left = [option for option in options if option in choices.get(name, ())]
        if not left:
            return None
        narrowed[name] = left
    return narrowed
