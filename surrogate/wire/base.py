"""What all requests and all answers have in common: no unknown keys, no NaN, a unit for every quantity."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict

from surrogate.units import ucum_code, unit_of

# A number is a JSON number: neither a string that looks like one nor true.
Number = Annotated[float, Strict()]
Whole = Annotated[int, Strict()]
Flag = Annotated[bool, Strict()]
Text = Annotated[str, Field(min_length=1, max_length=200)]


def _drop_infinite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


#: JSON has no infinity: a number without bound is left out.
FiniteOrNone = Annotated[float | None, BeforeValidator(_drop_infinite)]
#: A moment as ISO 8601 writes it.
Moment = Annotated[str, BeforeValidator(lambda value: value.isoformat() if isinstance(value, datetime) else value)]


def units_of(field: str) -> tuple[str, str] | None:
    """What we print and the UCUM code for a field, from the ending of its name; ``None`` for a pure number or text.

    >>> units_of("heat_treatment_temperature_c"), units_of("c_rate")
    (('°C', 'Cel'), None)
    """
    unit = unit_of(field)
    return (unit, ucum_code(unit)) if unit else None


def _say_units(schema: dict[str, Any]) -> None:
    """Put the unit of every numeric property into the JSON schema, where generated documentation shows it."""
    for name, property_schema in schema.get("properties", {}).items():
        units = units_of(name)
        if units is not None:
            property_schema["x-unit"], property_schema["x-ucum"] = units


class Input(BaseModel):
    """Part of a request. An unknown key is an error: a misspelt condition must not be dropped in silence."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True, json_schema_extra=_say_units)


class Output(BaseModel):
    """Part of an answer; building one with NaN or infinity in it is an error.

    ``model_validate`` makes it of JSON, or of a value of the library that has the same attributes. It can be read like
    the JSON it travels as: ``answer["median"]``.
    """

    model_config = ConfigDict(
        extra="forbid", allow_inf_nan=False, frozen=True, from_attributes=True, json_schema_extra=_say_units
    )

    def __getitem__(self, name: str) -> Any:
        if name not in type(self).model_fields:
            raise KeyError(name)
        return getattr(self, name)
