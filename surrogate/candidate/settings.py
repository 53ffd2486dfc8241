"""Candidates as settings: lab values by the names of the table of fields, numbers and text alone.

``build`` makes a candidate from settings, ``read`` gives the settings of any candidate, and
``build(read(candidate)) == candidate``. The unit of a number stands in its name. What is absent is *not stated*.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar, cast

from surrogate.candidate.active_material import active_material
from surrogate.candidate.cell import MixingMethod, check_counted
from surrogate.candidate.field import NO, NONE, YES, Field
from surrogate.candidate.fields import FIELDS, assemble, refuse_setting, statements
from surrogate.candidate.measurement import Candidate
from surrogate.candidate.spellings import read_stated_number
from surrogate.composition import Composition, parse_composition
from surrogate.errors import CompositionError, InvalidInput, SpaceError, UnknownName, about
from surrogate.properties import Subject
from surrogate.text import check_text, visible

Settings = Mapping[str, float | str]
T = TypeVar("T")


def check_setting(name: str, *, number: bool, options: tuple[str, ...] = ()) -> None:
    """Refuse a setting that no space can vary or fix as it is meant.

    Args:
        name: Of the setting.
        number: Whether it is a number with bounds, or else a choice.
        options: Of the choice.

    Raises:
        UnknownName: No candidate has such a field, or the field no such option.
        SpaceError: It is a choice and no number, or the other way round, or describes one active material.
    """
    field = FIELDS.get(name)
    if field is None:
        raise UnknownName("setting", name, FIELDS)
    if name in OF_A_MATERIAL:
        raise SpaceError(
            f"{name} describes one active material, and no space can vary that.",
            hint="Vary or fix active_material, by names that are known.",
            field=name,
        )
    if field.number != number:
        kind = "a number with bounds" if field.number else "a choice with options"
        raise SpaceError(f"The setting {name} is {kind}.", hint="Give low and high, or options.", field=name)
    for option in options:
        check_text(f"The option '{visible(option)}' of {name}", option, SpaceError)
        if field.options and option not in field.options:
            raise UnknownName(f"option of {name}", option, field.options, field=name)


class Builder:
    """Makes candidates from settings, and makes equal parts once: ten thousand cells share a handful of materials.

    ``varied``: the settings are drawn from a space, where the method of mixing and what is set on a mill may vary
    together. Mixing by hand then goes without the mill, for 0 minutes.
    """

    def __init__(self, *, varied: bool = False) -> None:
        self._varied = varied
        self._shared: dict[object, object] = {}

    def candidate(self, settings: Settings, subject: Subject, composition: Composition | None = None) -> Candidate:
        """Make the candidate of some settings.

        Args:
            settings: Values by the name of their field.
            subject: Electrolyte or cell.
            composition: Replaces the setting ``electrolyte``.

        Raises:
            InvalidInput: The settings describe nothing possible; the error names the field.
        """
        entries = {
            name: self._value(FIELDS[name], value)
            for name, value in settings.items()
            if name in FIELDS and (composition is None or name != "electrolyte")
        }
        if composition is not None:
            entries["electrolyte"] = composition
        if self._varied and entries.get("mixing_method") is MixingMethod.HAND_MIXED:
            by_hand = {name: value for name, value in entries.items() if name not in OF_A_MILL}
            entries = {**by_hand, "mixing_time_min": 0.0}
        return assemble(entries, subject, self.once)

    def _value(self, field: Field, value: float | str) -> Any:
        return self.once((field.name, value), lambda: value_of(field, value))

    def once(self, key: object, make: Callable[[], T]) -> T:
        """The object that was made for a key before; made now where there is none.

        Args:
            key: What tells it from others.
            make: Makes it.
        """
        if key not in self._shared:
            self._shared[key] = make()
        return cast("T", self._shared[key])


#: What is set on the mill for an electrode, and what describes an active material that is not known by its name.
OF_A_MILL = ("mixing_time_min", "mixing_speed_rpm", "mixing_ball_to_powder_ratio")
OF_A_MATERIAL = ("active_material_chemistry", "theoretical_capacity_mah_per_g", "starts_lithiated")


def build(settings: Settings, subject: Subject | None = None, composition: Composition | None = None) -> Candidate:
    """Build one candidate from its settings; use a :class:`Builder` for many.

    Args:
        settings: Values by the name of their field, with units as in the name.
        subject: Electrolyte or cell; when left out, a cell if any setting belongs to a cell.
        composition: Replaces the setting ``electrolyte``, and what a space calls its variables is then left aside.

    Raises:
        InvalidInput: The settings describe nothing possible; the error names the field.
        UnknownName: There is no setting of a name.
    """
    unknown = next((name for name in settings if name not in FIELDS), None) if composition is None else None
    if unknown is not None:
        raise refuse_setting(unknown)
    of_cell = any(FIELDS[name].part == "cell" for name in settings if name in FIELDS)
    return Builder().candidate(settings, subject or (Subject.CELL if of_cell else Subject.ELECTROLYTE), composition)


def read(candidate: Candidate) -> dict[str, float | str]:
    """The settings of a candidate; what is not stated is not in the dictionary."""
    entries = statements(candidate)
    if "active_material" in entries and _is_known(entries):
        entries = {name: value for name, value in entries.items() if name not in OF_A_MATERIAL}
    return {name: text_of(FIELDS[name], entries[name]) for name in FIELDS if name in entries}


def _is_known(entries: Mapping[str, Any]) -> bool:
    """Whether the name of the active material alone gives everything that is stated about it."""
    try:
        material = active_material(entries["active_material"])
    except InvalidInput:
        return False
    same = (material.chemistry, material.theoretical_capacity_mah_per_g, material.starts_lithiated)
    return material.text == entries["active_material"] and same == tuple(entries.get(name) for name in OF_A_MATERIAL)


def value_of(field: Field, value: float | str) -> Any:
    """The value of a setting: a number, a text, a member of an enumeration, yes or no, or a composition.

    Args:
        field: Of the setting.
        value: In the unit of the field; a choice, yes, no and a composition as text.

    Raises:
        UnknownName: There is no such option.
        InvalidInput: The composition cannot be read, or a fraction of what is counted is stated.
    """
    if field.number:
        number = _number_of(field, value)
        if field.kind == "whole":
            check_counted(field.name, number)
            return int(number)
        return number
    text = (YES if value else NO) if field.kind == "flag" and isinstance(value, bool) else str(value)
    if field.options and text not in field.options:
        raise UnknownName(f"option of {field.name}", text, field.options, field=field.name)
    if field.kind == "composition":
        with about(field.name):
            return parse_composition(text)
    if field.choices is not None:
        return field.choices(text)
    return text == YES if field.kind == "flag" else text


def _number_of(field: Field, value: Any) -> float:
    """The number of a setting; a text is read as one that a person types, so it may carry a unit."""
    if isinstance(value, str):
        return read_stated_number(field, value, [])
    try:
        if isinstance(value, bool):
            raise TypeError
        return float(value)
    except (TypeError, ValueError):
        raise InvalidInput(
            f"{field.name} is {value!r}, which is no number.", hint="Leave it out when it is unknown.", field=field.name
        ) from None


def drop_empty_additive(settings: Settings) -> Settings:
    """What there is to set of a recipe: an additive of which nothing goes in is none."""
    if settings.get("additive_weight_fraction") != 0.0:
        return settings
    return {name: value for name, value in settings.items() if name != "additive"}


def text_of(field: Field, value: Any) -> float | str:
    """The inverse of :func:`value_of`.

    Args:
        field: Of the setting.
        value: As :func:`value_of` gives it.
    """
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, StrEnum):
        return str(value.value)
    if isinstance(value, Composition):
        return written(value)
    if isinstance(value, str):
        return value or NONE
    return float(value)


@lru_cache(maxsize=4096)
def written(composition: Composition) -> str:
    """The text of a composition if it says everything, else its formula, with all digits where it takes them."""
    exact = "".join(f"{element}{Decimal(repr(amount)):f}" for element, amount in composition.pairs)
    for text in (composition.text, composition.formula):
        with suppress(CompositionError):
            if parse_composition(text).pairs == composition.pairs:
                return text
    return exact
