"""Values with their units: of properties in the unit that a chemist reads, of settings in that of their name."""

from __future__ import annotations

import math
from collections.abc import Callable

from surrogate.properties import Property, Scale, get_property
from surrogate.text.numbers import number
from surrogate.units import ending_of, unit_of


def quantity(value: float, property: str | Property, *, write: Callable[[float], str] = number) -> str:
    """A value of a property in the unit that people read.

    >>> quantity(0.0041, "ionic_conductivity"), quantity(653.2, "first_discharge_capacity")
    ('4.1 mS/cm', '653 mAh/g')

    Args:
        value: In the unit of the property.
        property: The property, or its name.
        write: Writes a number.
    """
    spec = _find_property(property)
    return f"{write(spec.shown_factor * value)} {spec.shown_unit}"


def span(
    low: float,
    high: float,
    property: str | Property,
    *,
    between: str = " – ",
    write: Callable[[float], str] = number,
) -> str:
    """Write two ends of an interval, with the unit once.

    >>> span(0.00096, 0.0207, "ionic_conductivity")
    '0.96 – 20.7 mS/cm'

    Args:
        low: In the unit of the property, as is ``high``.
        high: The upper end.
        property: The property, or its name.
        between: What stands between both.
        write: Writes a number in the unit that people read.
    """
    spec = _find_property(property)
    return f"{write(spec.shown_factor * low)}{between}{quantity(high, spec, write=write)}"


def effect(size: float, property: str | Property) -> str:
    """How far something moves a value: a factor where the property is modelled in decades, else a difference.

    >>> effect(0.301, "ionic_conductivity"), effect(-12.34, "first_discharge_capacity")
    ('×2', '−12.3 mAh/g')

    Args:
        size: On the scale of the property.
        property: The property, or its name.
    """
    spec = _find_property(property)
    if spec.scale is Scale.LOG10:
        return f"×{10.0**size:.3g}"
    sign = "−" if size < 0 else "+"
    return f"{sign}{number(spec.shown_factor * abs(size))} {'points' if spec.unit == '%' else spec.shown_unit}"


def spoken(name: str) -> str:
    """A machine name in words, without its unit.

    >>> spoken("heat_treatment_temperature_c")
    'heat treatment temperature'
    """
    ending = ending_of(name)
    return (name if ending is None else name.removesuffix("_" + ending)).replace("_", " ")


def setting(value: float | str, name: str, *, write: Callable[[float], str] = number) -> str:
    """The value of a setting with the unit that its name ends in.

    >>> setting(20.0, "milling_time_h"), setting("solid_state", "route")
    ('20 h', 'solid state')

    Args:
        value: In that unit, or an option.
        name: Of the setting.
        write: Writes a number.
    """
    text = value.replace("_", " ") if isinstance(value, str) else write(value)
    return f"{text} {unit_of(name)}".strip()


def describe_setting(name: str, value: float | str) -> str:
    """A setting in words, with its value and unit.

    >>> describe_setting("milling_time_h", 20.0), describe_setting("route", "solid_state")
    ('milling time 20 h', 'route solid state')

    Args:
        name: Of the setting.
        value: In the unit that the name ends in, or an option.
    """
    return f"{spoken(name)} {setting(value, name)}"


def _find_property(property: str | Property) -> Property:
    return get_property(property) if isinstance(property, str) else property


def error_unit(unit: str) -> str:
    """The unit of an error in words: decades on a logarithmic scale, points of what is counted in %.

    >>> error_unit("log10 S/cm"), error_unit("%"), error_unit("eV")
    ('decades', 'points', 'eV')
    """
    return "decades" if unit.startswith("log10 ") else "points" if unit == "%" else unit


def relative_spread(value: float, uncertainty: float | None, property: str) -> str:
    """An uncertainty as a part of the value: ``1.2 %``; nothing where there is none.

    Args:
        value: In the unit of the property.
        uncertainty: On its scale; None is not stated.
        property: Its name.
    """
    if uncertainty is None:
        return ""
    is_logarithmic = get_property(property).scale is Scale.LOG10
    return f"{100 * (uncertainty * math.log(10.0) if is_logarithmic else uncertainty / abs(value)):.2g} %"
