"""A result as it is typed: a value in any unit of its property, an uncertainty as people state one."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from serving.http.errors import fault_of
from serving.pages import forms
from serving.pages.forms import Answers, Field
from surrogate.errors import InvalidInput
from surrogate.properties import PROPERTIES, Property, Scale
from surrogate.units import convert, parse_quantity
from surrogate.wire.campaigns import ResultInput

_DECADES = re.compile(r"\s*(?:decades?|dex)$", re.IGNORECASE)
_BARE = re.compile(r"[\d.,eE+\-−]+")


def read_result(property: str, fields: Sequence[Field], answers: Answers) -> dict[str, Any]:
    """What was typed of one result by name, as a request has it; what cannot be read is blamed.

    Args:
        property: Its name.
        fields: The fields of the result on the form.
        answers: What was typed; gets the faults and the notes.
    """
    prop = PROPERTIES[property]
    unit = answers.value(f"{property}.unit").strip() or prop.unit
    value, spread = f"{property}.value", f"{property}.uncertainty"
    readable = [replace(field, unit=unit) if field.path == value else field for field in fields if field.path != spread]
    read = forms.read(ResultInput, readable, answers)
    text = answers.value(spread).strip()
    if text:
        try:
            read["uncertainty"] = read_spread(text, read.get("value", 0.0), unit, prop, answers.notes)
        except InvalidInput as error:
            answers.blame(spread, fault_of(error))
    return read


def read_spread(text: str, value: float, unit: str, prop: Property, notes: list[str]) -> float:
    """One standard deviation on the scale of ``prop``.

    Args:
        text: As typed: ``0.05`` (on the scale), ``10 %`` of the value, or ``0.2 mS/cm``.
        value: That it belongs to, in ``unit``; 0 where there is none.
        unit: Of the value.
        prop: Property of both.
        notes: Get what was read otherwise than it stands.

    Raises:
        UnitError: The text is no number, or has a unit of something else.
    """
    name, stated = "Uncertainty", text.removeprefix("±").strip()
    is_logarithmic = prop.scale is Scale.LOG10
    if stated.endswith("%") and prop.unit != "%":
        share = parse_quantity(stated.removesuffix("%"), "", name=name, notes=notes) / 100.0
        return share / math.log(10.0) if is_logarithmic else convert(share * abs(value), unit, prop.unit)
    on_scale = _DECADES.sub("", stated)
    if not is_logarithmic:
        return parse_quantity(on_scale, prop.unit, name=name, notes=notes)
    if _BARE.fullmatch(on_scale):
        return parse_quantity(on_scale, "", name=name, notes=notes)
    return parse_quantity(stated, unit, name=name, notes=notes) / (value * math.log(10.0)) if value > 0 else 0.0
