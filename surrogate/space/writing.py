"""A space as plain data in the shape of its TOML, and as that TOML: reading what was written gives an equal space."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from surrogate.candidate.fields import FIELDS
from surrogate.errors import SpaceError
from surrogate.space.chemistry import Argyrodite, Chemistry, Mixture
from surrogate.space.design_space import DesignSpace
from surrogate.space.rules import Region, Rule
from surrogate.space.thumb import rules_about
from surrogate.space.variables import Choice, Variable
from surrogate.space.weighing import Balance
from surrogate.units import unit_of

Plain = dict[str, Any]


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


def _chemistry(chemistry: Chemistry) -> Plain:
    if isinstance(chemistry, Mixture):
        bounds = {formula: list(pair) for formula, pair in chemistry.bounds.items()}
        return {"kind": "mixture", "precursors": bounds, "step": chemistry.step}
    if isinstance(chemistry, Argyrodite):
        return {
            "kind": "argyrodite",
            "x": list(chemistry.x),
            "z": list(chemistry.z),
            "halides": list(chemistry.halides),
            "dopants": list(chemistry.dopants),
            "rich": None if chemistry.rich is None else list(chemistry.rich),
            "step": chemistry.step,
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


def space_to_toml(space: DesignSpace) -> str:
    """A space as a file that a person reads, and :func:`surrogate.space.ready.parse_space` reads back as an equal one.

    Every setting says what it means, every limit who says so; the rules of thumb that suggestions are held against
    stand at the end, as comments.
    """
    plain = space_to_plain(space)
    blocks = [
        _block("", {name: plain[name] for name in ("name", "title", "subject", "shared", "rest")}),
        _block("[composition]", plain["composition"] or {}),
        _block("[weighing]", plain["weighing"] if space.chemistry is not None else {}),
        _block("[composite_weighing]", plain["composite_weighing"] if space.rest is not None else {}),
        _block("[prices_per_g]", plain["prices_per_g"]),
        *(
            _block(f"[variables.{name}]", variable, comment=_meaning(name))
            for name, variable in plain["variables"].items()
        ),
        _block("[fixed]", plain["fixed"]),
        *(_block("[[limits]]", limit) for limit in plain["limits"]),
        *(_block("[[forbidden]]", region) for region in plain["forbidden"]),
        "\n".join(_remarks(space)),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _block(heading: str, entries: Mapping[str, Any], *, comment: str = "") -> str:
    """One table; empty for one without entries, and what is not stated is left out of it."""
    lines = [f"{name} = {_value(value)}" for name, value in _stated(entries)]
    return "\n".join([*([f"# {comment}"] if comment else []), *([heading] if heading else []), *lines]) if lines else ""


def _stated(entries: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Entries that a file has to hold; in a file a step of 0 says that there is none, for left out is the usual one."""
    for name, value in entries.items():
        if name == "step":
            yield name, 0 if value is None else value
        elif name in _REQUIRED or not (value is None or value in ("", {}, []) or (name, value) == ("scale", "linear")):
            yield name, value


_REQUIRED = ("name", "rule", "reason")


def _value(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(name)} = {_value(one)}" for name, one in value.items()) + " }"
    if isinstance(value, Sequence):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return repr(value)


def _key(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").replace("-", "").isalnum() else _value(name)


def _meaning(name: str) -> str:
    unit = unit_of(name)
    return FIELDS[name].meaning + (f" ({unit})" if unit else "")


def _remarks(space: DesignSpace) -> Iterator[str]:
    """The rules of thumb about recipes of this kind, a comment each."""
    yield "# A suggestion that breaks one of these rules of thumb says so:"
    for rule in rules_about(str(space.subject)):
        about = "; ".join(f"{name} = {' or '.join(options)}" for name, options in rule.when.items() if name != "kind")
        yield f"# {rule.rule.text}{f' ({about})' if about else ''}: {rule.reason}. {rule.source}"
