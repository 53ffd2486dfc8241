"""Spaces as small readable TOML files: the ready-made ones of this folder, and any a lab writes itself."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any, NoReturn

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from surrogate.errors import SpaceError, Unavailable, UnknownName
from surrogate.properties import Subject
from surrogate.space.chemistry import NONE, Argyrodite, Chemistry, Mixture
from surrogate.space.design_space import DesignSpace
from surrogate.space.rules import Region, Rule
from surrogate.space.variables import (
    MOLE_FRACTION_STEP,
    SUBSTITUTION_STEP,
    Choice,
    Number,
    Variable,
    default_step,
)
from surrogate.space.weighing import Balance


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Variable(_Strict):
    low: float | None = None
    high: float | None = None
    step: float | None = None  # left out: what a lab can set; 0: any number
    scale: str = "linear"
    options: list[str] | None = None
    when: dict[str, list[str]] = Field(default_factory=dict)


class _Limit(_Strict):
    rule: str
    when: dict[str, list[str]] = Field(default_factory=dict)
    source: str = ""


class _Forbidden(_Strict):
    reason: str
    rules: list[str] = Field(default_factory=list)
    when: dict[str, list[str]] = Field(default_factory=dict)


class _Balance(_Strict):
    resolution_mg: float = 0.1
    batch_mass_g: float = 1.0


class _Composition(_Strict):
    kind: str
    precursors: dict[str, list[float]] | None = None
    x: list[float] | None = None
    z: list[float] = [0.0, 0.0]
    halides: list[str] = ["Cl"]
    dopants: list[str] = [NONE]
    rich: list[str] | None = None
    step: float | None = None  # left out: what can be told apart; 0: any composition


class _Space(_Strict):
    name: str
    subject: str
    title: str = ""
    composition: _Composition | None = None
    variables: dict[str, _Variable] = Field(default_factory=dict)
    fixed: dict[str, float | str] = Field(default_factory=dict)
    limits: list[_Limit] = Field(default_factory=list)
    forbidden: list[_Forbidden] = Field(default_factory=list)
    shared: list[str] = Field(default_factory=list)
    rest: str | None = None
    weighing: _Balance = _Balance()
    composite_weighing: _Balance = _Balance()
    prices_per_g: dict[str, float] = Field(default_factory=dict)


def names() -> tuple[str, ...]:
    """The ready-made spaces."""
    files = resources.files(__package__).iterdir()
    return tuple(sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml")))


def ready(name: str) -> DesignSpace:
    """A ready-made space by name; :class:`UnknownName` lists them."""
    if name not in names():
        raise UnknownName("ready-made space", name, names())
    return parse_space(resources.files(__package__).joinpath(f"{name}.toml").read_text("utf-8"), where=f"{name}.toml")


def load_space(source: str | Path) -> DesignSpace:
    """A ready-made space by name, or a space from a TOML file."""
    path = Path(source)
    if path.suffix != ".toml":
        return ready(str(source))
    if not path.is_file():
        raise Unavailable(f"There is no file '{path}'.", hint=f"Ready-made spaces: {', '.join(names())}.")
    try:
        text = path.read_text("utf-8-sig")  # editors of Windows put a mark in front
    except UnicodeDecodeError:
        raise SpaceError(f"{path.name} is not written in UTF-8.", hint="Save it as UTF-8 in your editor.") from None
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror}.", hint="Check its permissions.") from None
    return parse_space(text, where=path.name)


def parse_space(text: str, *, where: str = "space.toml") -> DesignSpace:
    """Read a space from TOML.

    Args:
        text: The TOML.
        where: What messages call it.

    Raises:
        SpaceError: A key is unknown or has a value of another type; the message says where.
    """
    try:
        return space_from(tomllib.loads(text.removeprefix("\ufeff")), where=where)
    except tomllib.TOMLDecodeError as error:
        raise SpaceError(f"{where} is not TOML: {error}.", hint="Compare it with a ready-made space.") from None


def space_from(described: Mapping[str, Any], *, where: str = "space") -> DesignSpace:
    """A space from a dictionary of the same shape as the TOML."""
    try:
        read = _Space.model_validate(dict(described))
    except ValidationError as error:
        _refuse(error, where)
    if read.subject not in set(Subject):
        raise UnknownName("subject", read.subject, list(Subject))
    return DesignSpace(
        name=read.name,
        title=read.title,
        subject=Subject(read.subject),
        chemistry=None if read.composition is None else _chemistry(read.composition),
        variables=tuple(_variable(name, variable) for name, variable in read.variables.items()),
        fixed={name: value if isinstance(value, str) else float(value) for name, value in read.fixed.items()},
        rules=tuple(Rule.parse(limit.rule, when=limit.when, source=limit.source) for limit in read.limits),
        regions=tuple(_region(region) for region in read.forbidden),
        shared=tuple(read.shared),
        rest=read.rest,
        balance=Balance(**read.weighing.model_dump()),
        composite_balance=Balance(**read.composite_weighing.model_dump()),
        prices_per_g=read.prices_per_g,
    )


def _refuse(error: ValidationError, where: str) -> NoReturn:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    if isinstance(first["input"], bool):
        place = place.removesuffix(".float").removesuffix(".str")
        raise SpaceError(
            f"{where}, {place}: {str(first['input']).lower()} is neither a number nor a text.",
            hint='Write "yes" or "no", in quotes.',
        ) from None
    raise SpaceError(
        f"{where}, {place}: {first['msg'].lower().rstrip('.')}.", hint="Compare it with a ready-made space."
    ) from None


def _pair(name: str, values: list[float]) -> tuple[float, float]:
    if len(values) != 2:
        raise SpaceError(f"{name} has {len(values)} numbers; bounds are two.", hint=f"Write {name} = [low, high].")
    return values[0], values[1]


def _chemistry(read: _Composition) -> Chemistry:
    if read.kind == "mixture":
        if not read.precursors:
            raise SpaceError(
                "A mixture needs precursors.", hint="Write precursors = { Li2S = [0.6, 0.8], P2S5 = [0.2, 0.4] }."
            )
        bounds = {formula: _pair(formula, values) for formula, values in read.precursors.items()}
        return Mixture(bounds=bounds, step=_step_of(read, MOLE_FRACTION_STEP))
    if read.kind == "argyrodite":
        if read.x is None:
            raise SpaceError("An argyrodite needs bounds of x.", hint="Write x = [0.0, 0.5].")
        return Argyrodite(
            x=_pair("x", read.x),
            z=_pair("z", read.z),
            halides=tuple(read.halides),
            dopants=tuple(read.dopants),
            rich=None if read.rich is None else tuple(read.rich),
            step=_step_of(read, SUBSTITUTION_STEP),
        )
    raise UnknownName("kind of composition", read.kind, ("mixture", "argyrodite"))


def _step_of(read: _Composition | _Variable, usual: float | None) -> float | None:
    """The step of a setting or composition: a stored space says that there is none; one that a person writes leaves it
    out, and has the ``usual`` one.
    """
    return read.step or None if "step" in read.model_fields_set else usual


def _variable(name: str, read: _Variable) -> Variable:
    when = {choice: tuple(options) for choice, options in read.when.items()}
    if read.options is not None:
        return Choice(name=name, options=tuple(read.options), when=when)
    if read.low is None or read.high is None:
        raise SpaceError(f"{name} has neither bounds nor options.", hint="Give low and high, or options.")
    if read.scale not in ("linear", "log"):
        raise UnknownName(f"scale of {name}", read.scale, ("linear", "log"))
    step = _step_of(read, default_step(name, read.low, read.high))
    return Number(name=name, low=read.low, high=read.high, step=step, logarithmic=read.scale == "log", when=when)


def _region(read: _Forbidden) -> Region:
    when = {choice: tuple(options) for choice, options in read.when.items()}
    return Region(rules=tuple(Rule.parse(rule) for rule in read.rules), reason=read.reason, when=when)
