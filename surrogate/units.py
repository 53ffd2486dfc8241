"""Canonical units, and the only place where another unit becomes the canonical one.

Inside the product every quantity is a plain float in its canonical unit, and the unit stands in the name wherever the
value crosses a text boundary (``milling_time_h``). Text from outside ("0.8 mS/cm", "60 min", "300 K") is read here,
once, with pint; a bare ``C`` or a unit of another quantity is refused instead of guessed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from surrogate.errors import InvalidInput, UnitError

#: Name ending → canonical unit (pint spelling) and what we print.
CANONICAL: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "s_per_cm": ("S/cm", "S/cm"),
        "mah_per_g": ("mA*h/g", "mAh/g"),
        "ma_per_g": ("mA/g", "mA/g"),
        "ma_per_cm2": ("mA/cm^2", "mA/cm²"),
        "mg_per_cm2": ("mg/cm^2", "mg/cm²"),
        "g_per_mol": ("g/mol", "g/mol"),
        "wh_per_kg": ("W*h/kg", "Wh/kg"),
        "ohm_cm2": ("ohm*cm^2", "Ω cm²"),
        "percent": ("percent", "%"),
        "mpa": ("MPa", "MPa"),
        "rpm": ("rpm", "rpm"),
        "min": ("min", "min"),
        "ev": ("eV", "eV"),
        "um": ("um", "µm"),
        "nm": ("nm", "nm"),
        "mg": ("mg", "mg"),
        "h": ("h", "h"),
        "c": ("degC", "°C"),
        "v": ("V", "V"),
    }
)

_NUMBER = re.compile(r"\s*([+−-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+−-]?\d{1,3})?)\s*(.*)", re.DOTALL)
# What follows the first digits of a number in a notation that is not read, and how to write it instead.
_OTHER_NOTATIONS = (
    (re.compile(r",\s?\d"), "Write the decimal mark as a point, as in 1.5."),
    (re.compile(r"(\^|[×x·*]\s?10\s?[\^⁻⁰¹²³⁴⁵⁶⁷⁸⁹−-])"), "Write powers of ten as 1e-3."),
    (re.compile(r".*(?:±|\+/-|\+-)"), "Write the value alone; lab sheets take an uncertainty beside it."),
    (re.compile(r"['’ ]\d{3}(?!\d)"), "Write nothing between thousands."),
)
# A comma before three digits may part thousands; any other between digits is a decimal comma.
_THOUSANDS = re.compile(r"\s*[+−-]?[1-9]\d{0,2}(?:,\d{3})+(?![\d,.])")
_COMMA = re.compile(r"\s*([+−-]?(?![1-9]\d{0,2},\d{3}(?!\d))\d+),(\d+)(?![\d,.])")
_NUMERAL = r"[+−-]?\d+(?:[.,]\d+)?(?:[eE][+−-]?\d{1,3})?"
_LIKE_A_POWER = re.compile(r"\s*10\s*[-–−]\s*(\d)(?![\d.])\s*(.*?)\s*", re.DOTALL)
# What people write in the place of a number, what it is, and the way out.
_NO_NUMBERS = (
    (
        re.compile(rf"\s*{_NUMERAL}\s*(?:-|–|—|\.\.\.?|…|to|bis|~|～)\s*\d+(?:[.,]\d+)?(?!\d*⁻).*", re.IGNORECASE),
        "is a range",
        "Give one value, such as its middle.",
    ),
    (
        re.compile(r"\s*(?:ca\.?|circa|approx\.?|about|around|etwa|~|≈|∼)\s*[\d.,+−-].*", re.IGNORECASE),
        "says about how much",
        "Write the number alone.",
    ),
    (re.compile(r"\s*[<>≤≥]\s*[\d.,+−-].*"), "is a limit", "Give the value itself, or leave it out."),
    (
        re.compile(
            r"\s*(?:n\.?\s?/?\s?[ad]\.?|none|nan|null|unknown|not (?:stated|known)|tbd|\?+|-+|–+)\s*", re.IGNORECASE
        ),
        "is no value",
        "Leave it out: what is left out is not stated.",
    ),
)
_OTHER_SHARE = re.compile(r"(?:mol|vol|at)\.?\s?-?\s?%|%\s?\(?v/v\)?", re.IGNORECASE)
_PERCENT = re.compile(r"(?:(?:wt|weight|mass|gew|ma|w)\.?\s?-?\s?)?%|%\s?\(?w/w\)?|percent", re.IGNORECASE)
# What people write for a unit that has one spelling here.
_SPELLED = (
    (
        re.compile(
            r"(?:rpm|u/min|r/min|转/分钟?|rev/min|upm|tr/min|turns/min|r\.?p\.?m\.?|min\^?-1|/min)", re.IGNORECASE
        ),
        "rpm",
    ),
    (re.compile(r"(?:[oº˚]\s?C|℃|deg\.?\s?C|grad C|°\s?[Cc]|[cC]elsius|摄氏度|[dD]egrees? C(?:elsius)?)"), "°C"),
    (re.compile(r"(?:[oº˚]\s?F|℉|deg\.?\s?F|°\s?[Ff]|[fF]ahrenheit|[dD]egrees? F(?:ahrenheit)?)"), "degF"),
    (re.compile(r"(?:hrs?|hours?|std\.?|stunden?|h\.|heures?|小时|小時|時間|时)", re.IGNORECASE), "h"),
    (re.compile(r"(?:mins?|minutes?|minuten|min\.|分钟|分鐘|分)", re.IGNORECASE), "min"),
    (re.compile(r"(?:days?|tage?n?|天|日)", re.IGNORECASE), "d"),
    (re.compile(r"([kM]?)[oO]hms?"), r"\1ohm"),
    (re.compile(r"(?:Ω|ohm)(?:\^?[-−]1|⁻¹)[ ·.]?cm(?:\^?[-−]1|⁻¹)"), "S/cm"),
)
#: A quotient as a printed page leaves it in a copy, without the thin space before its negative power: mAhg-1, mScm⁻¹.
_RUN_TOGETHER = re.compile(r"([munµkM]?(?:Ah|Wh|S|A|g|J|eV|cal))[ ·.]?(cm|m|kg|g|mol)(?:\^?[-−]|⁻)([12¹²])")
#: What a temperature may be called in a field of temperatures, where no farad, coulomb or kilo can be meant.
_SCALES = {
    "c": "°C", "grad": "°C", "grad celsius": "°C", "度": "°C", "f": "degF", "k": "K", "kelvin": "K", "kelvins": "K",
}  # fmt: skip
#: What a press shows, which is a pressure only on an area.
_LOAD = re.compile(r"t|tons?|tonnes?|k?N|kg", re.IGNORECASE)
_DEGREES = ("°", "º", "˚", "deg", "deg.", "degree", "degrees")
#: Decimals that a temperature keeps on the way from one scale to another: 77 °F is 25 °C.
_DECIMALS_OF_TEMPERATURES = 9
#: Characters that take no room and mean nothing in a number, as copies from pages and documents hold them.
UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
#: A dash that stands for a minus before a number.
_DASH = re.compile(r"\s*[–‒—](?=[\d.,])")
#: What stands behind a number and its unit when a text says more than both: '15 h + 5 h', '3.2 S/cm bei 60 °C'.
_WORDS_OF_REMARKS = "bei|at|with|mit|for|für|after|nach|and|und|then|dann|vs|versus|gegen"
_MORE = re.compile(
    r"^[x×:]\s*\d|/\s*\d|[+(;,@→]|[^\W\d_][ \d]*\d\s*(?:h|min|s)\b"
    rf"|(?:^|\s)(?:{_WORDS_OF_REMARKS})[.\s]",
    re.IGNORECASE,
)
_REMARK = re.compile(rf"(?:^|\s)(?:{_WORDS_OF_REMARKS})[.\s]", re.IGNORECASE)
_FRACTION = re.compile(r"(\d+)\s*[/⁄]\s*(\d+)")
#: From this number on both sides of a slash are values rather than a fraction.
_LEAST_OF_TWO = 15.0
#: Constant of Avogadro, 1/mol (exact since the SI of 2019): an energy per mole is that of so many particles.
_AVOGADRO_PER_MOL = 6.02214076e23
_UCUM = (("Ω", "Ohm"), ("µ", "u"), ("°C", "Cel"), ("Ah", "A.h"), ("Wh", "W.h"), ("rpm", "{rpm}"))
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
# A product of unit names with exponents of one digit. pint evaluates whatever it is given as an expression, and
# "9^9^9^9" from a stranger would keep it busy for ever.
_FACTOR = r"[A-Za-z_°℃Ωµμ%]+(?:\^?\(?[-−]?[1-9]\)?|⁻?[¹²³⁴⁵⁶⁷⁸⁹])?"
_UNIT = re.compile(rf"(?:1\s?/\s?)?{_FACTOR}(?:\s?[/·*. ]\s?{_FACTOR})*")
_MAX_UNIT = 40
_BARE_EXPONENT = re.compile(r"([A-Za-zΩµ]+)(-\d+|\d+)")


def unit_of(name: str) -> str:
    """The printed unit of a quantity from the ending of its name, ``""`` for a pure number.

    >>> unit_of("heat_treatment_temperature_c"), unit_of("ionic_conductivity_s_per_cm")
    ('°C', 'S/cm')
    """
    ending = ending_of(name)
    return "" if ending is None else CANONICAL[ending][1]


def ending_of(name: str) -> str | None:
    """The key of :data:`CANONICAL` that ``name`` ends in, or is; ``None`` for a pure number."""
    return next((ending for ending in CANONICAL if name == ending or name.endswith("_" + ending)), None)


def name_ending(unit: str) -> str:
    """What the name of a quantity in ``unit`` ends in: that of :data:`CANONICAL`, else the unit in small letters.

    >>> name_ending("mA/cm²"), name_ending("GPa"), name_ending("kJ/mol")
    ('ma_per_cm2', 'gpa', 'kj_per_mol')
    """
    for ending, (_, printed) in CANONICAL.items():
        if unit == printed:
            return ending
    name = (
        unit.translate(_SUPERSCRIPTS).replace("Ω", "ohm").replace("µ", "u").replace("°C", "c").replace("%", "percent")
    )
    name = re.sub(r"[ ·*.]+", "_", name.replace("^", "").replace("/", "_per_")).lower()
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
        raise UnitError(f"No name can end in the unit '{unit}'.", hint="Write it as a quotient, such as W/kg.")
    return name


def ucum_code(unit: str) -> str:
    """The UCUM code (https://ucum.org) of a unit as it is printed: ``"mAh/g"`` → ``"mA.h/g"``."""
    ucum = unit
    for printed, code in _UCUM:
        ucum = ucum.replace(printed, code)
    return re.sub(r"[ ·*]+", ".", ucum.translate(_SUPERSCRIPTS).replace("^", ""))


@cache
def canonical_unit(spelled: str) -> str:
    """The one way in which the product prints a unit: ``"mA cm-2"`` → ``"mA/cm²"``; others as they are spelled.

    Raises :class:`UnitError` for a unit that is unknown or ambiguous.
    """
    printed = [printed for _, printed in CANONICAL.values()]
    if spelled in printed:
        return spelled
    try:
        convert(1.0, spelled, spelled)
    except UnitError:
        examples = ", ".join(printed)
        raise UnitError(f"The unit '{spelled}' is unknown or ambiguous.", hint=f"Known: {examples} and more.") from None
    for candidate in printed:
        try:
            if math.isclose(convert(1.0, spelled, candidate), 1.0):
                return candidate
        except UnitError:
            continue
    return spelled


def parse_quantity(text: str, unit: str, *, name: str = "value", notes: list[str] | None = None) -> float:
    """Read a number with its unit, such as "0.8 mS/cm", "60 min" or "300 K"; use :func:`convert` when both are apart.

    A number without a unit is taken to be in ``unit`` already, and the C of a ``c_rate`` is no unit at all.

    Args:
        text: What was typed.
        unit: The unit of the answer.
        name: What messages call the quantity.
        notes: Where given, a decimal comma that can be nothing else is read, and mentioned there.

    Raises:
        UnitError: There is no number, the unit is unknown or ambiguous, or it measures another quantity.
    """
    text = _DASH.sub("-", text.translate(UNSEEN))
    refuse_what_is_no_number(text, name)
    comma = _COMMA.match(text) if notes is not None else None
    if comma is not None and notes is not None:
        notes.append(f"{name} = '{text.strip()}' was read with a decimal comma, as {comma[1]}.{comma[2]}.")
        text = f"{comma[1]}.{comma[2]}{text[comma.end() :]}"
    match = _NUMBER.fullmatch(text)
    if match is None:
        example = f"1.5 {unit}".rstrip()
        raise UnitError(f"{name} = '{text}' does not start with a number.", hint=f"Write it like '{example}'.")
    value, spelled = float(match[1].replace("−", "-")), match[2]
    if not spelled or (name == "c_rate" and spelled.strip() == "C"):
        return finite(value, name)
    if _THOUSANDS.match(text):
        raise UnitError(
            f"{name} = '{text}': a decimal comma or a thousands separator?",
            hint="Write the decimal mark as a point, and nothing between thousands.",
        )
    for notation, hint in _OTHER_NOTATIONS:
        if notation.match(spelled):
            raise UnitError(f"{name} = '{text}' is not a number as it is read here.", hint=hint)
    looks_like_unit = percent_spelling(spelled) or (_UNIT.fullmatch(spelled.strip()) and not _REMARK.search(spelled))
    if not looks_like_unit:
        refuse_more_than_a_unit(spelled, text, name)
    return convert(value, spelled, unit, name=name)


def refuse_more_than_a_unit(rest: str, text: str, name: str, hint: str = "Write one number and its unit.") -> None:
    """Refuse what stands behind a number and cannot be its unit: another number, a time, a remark.

    Args:
        rest: What stands behind the number.
        text: All of it.
        name: What messages call the quantity.
        hint: What to do about a remark.

    Raises:
        UnitError: It says more than a number and a unit.
    """
    fraction = _FRACTION.fullmatch(text.strip())
    if fraction is not None and min(float(fraction[1]), float(fraction[2])) >= _LEAST_OF_TWO:
        raise UnitError(f"{name} is '{text}', two values.", hint="Write one number; one row is one experiment.")
    if fraction is not None and float(fraction[2]):
        value = float(fraction[1]) / float(fraction[2])
        raise UnitError(f"{name} is the fraction '{text}'.", hint=f"Write it as a decimal number, {value:.4g}.")
    if rest and _MORE.search(rest):
        raise UnitError(f"{name} is '{text[:60]}', which is more than a number and its unit.", hint=hint)


def refuse_what_is_no_number(text: str, name: str) -> None:
    """Refuse a range, an estimate, a limit or a word that stands in the place of a number.

    Args:
        text: What was typed.
        name: What the message calls the quantity.

    Raises:
        UnitError: It is one of these.
    """
    for pattern, reason, hint in _NO_NUMBERS:
        if pattern.fullmatch(text):
            power = _LIKE_A_POWER.fullmatch(text)
            other = "" if power is None else f" Or write {f'1e-{power[1]} {power[2]}'.rstrip()}."
            raise UnitError(f"{name} = '{text}' {reason}.", hint=hint + other)


def percent_spelling(unit: str) -> bool:
    """Whether a unit means hundredths, by mass where there is one; ``m%`` is neither that nor per mille.

    >>> percent_spelling("wt.-%"), percent_spelling("Gew.-%"), percent_spelling("mol%")
    (True, True, False)
    """
    return _PERCENT.fullmatch(unit.strip()) is not None


def convert(value: float, from_unit: str, to_unit: str, *, name: str = "value") -> float:
    """Convert a value from one unit to another; the field's spellings ("S cm-1", "mA h g⁻¹") are understood.

    A frequency is of turns where a speed of rotation is the target (500 min⁻¹ is 500 rpm), and an energy per mole that
    of each particle where an energy is (1 eV is 96.5 kJ/mol). One value told in two units is one number: ``4.2 mS/cm``
    and ``0.0042 S/cm`` are the same double.

    Args:
        value: In ``from_unit``.
        from_unit: As a person or a file spells it.
        to_unit: One of this product.
        name: What messages call the quantity.

    Raises:
        UnitError: The unit is unknown or ambiguous, or measures another quantity.
    """
    spelled = _one_spelling(from_unit.strip(), to_unit)
    hint = f"Give it in {to_unit}." if to_unit else "Give it as a number without a unit."
    _check_unit(spelled, to_unit, name, hint)
    import pint

    try:
        return _calculate(value, spelled, to_unit, name)
    except pint.DimensionalityError:
        if to_unit:
            load = to_unit == "MPa" and _LOAD.fullmatch(spelled)
            raise UnitError(
                f"{name} has the unit '{spelled}', which does not measure what '{to_unit}' measures.",
                hint="Divide the load by the area: 1 t on a die of 10 mm is 125 MPa."
                if load
                else f"Give it in {to_unit} or a multiple of it.",
            ) from None
    except (pint.UndefinedUnitError, pint.PintError, ValueError, TypeError, AttributeError, AssertionError):
        if to_unit:
            raise UnitError(f"{name} has the unknown unit '{spelled}'.", hint=hint) from None
    raise UnitError(f"{name} is a pure number, but '{spelled}' follows it.", hint=hint)


def _check_unit(spelled: str, to_unit: str, name: str, hint: str) -> None:
    """Refuse what is no unit, what may be one of several, and what is rather the target in other letters."""
    if not to_unit and _OTHER_SHARE.match(spelled):
        raise UnitError(f"{name} is in {spelled}, and shares are by mass.", hint="Convert it to wt%, or leave it out.")
    if spelled == "C":
        raise UnitError(
            f"{name} has the unit 'C', which may be degrees Celsius, a C-rate or a coulomb.",
            hint="Write °C (or degC) for a temperature; give C-rates in their own column.",
        )
    if len(spelled) > _MAX_UNIT or not _UNIT.fullmatch(spelled):
        raise UnitError(f"{name} has the unknown unit '{spelled[:_MAX_UNIT]}'.", hint=hint)
    if spelled != to_unit and spelled.casefold() == to_unit.casefold():
        raise UnitError(
            f"{name} has the improbable unit '{spelled}'; is '{to_unit}' meant?",
            hint=f"Write it in {to_unit}, with capital and small letters as they stand here.",
        )
    if to_unit == "°C" and spelled.casefold() in _DEGREES:
        raise UnitError(f"{name} has the unit '{spelled}', degrees of which scale?", hint="Write °C.")
    if spelled.casefold() == "m%":
        raise UnitError(f"{name} has the unit '{spelled}': percent by mass, or a thousandth?", hint="Write wt% or %.")


def _calculate(value: float, spelled: str, to_unit: str, name: str) -> float:
    """``value`` in the target, without the noise in which a product with a factor ends (0.004200000000000001)."""
    import pint

    registry = _registry()
    quantity = registry.Quantity(value, _pint_spelling(spelled))
    one = registry.Quantity(1.0, _pint_spelling(to_unit))
    if not to_unit and "radian" in str(quantity.to_root_units().units):  # pint counts a cycle as 2π
        raise pint.UndefinedUnitError(spelled)
    converted = finite(float(_counted_alike(quantity, one).to(one.units).magnitude), name)
    if converted == value:
        return converted
    return round(converted, _DECIMALS_OF_TEMPERATURES) + 0.0 if to_unit == "°C" else float(f"{converted:.15g}")


def _one_spelling(unit: str, to_unit: str) -> str:
    """A unit as the product spells it, where people have spellings of their own."""
    unit = unit.replace("\u03bc", "\u00b5")  # the Greek letter looks like the sign of a millionth and is another
    if to_unit == "" and percent_spelling(unit):
        return "%"
    if to_unit == "°C" and unit.casefold() in _SCALES:
        return _SCALES[unit.casefold()]
    together = _RUN_TOGETHER.fullmatch(unit)
    if together is not None:
        return f"{together[1]}/{together[2]}{'2' if together[3] in '2²' else ''}"
    for pattern, spelling in _SPELLED:
        if pattern.fullmatch(unit) and (spelling != "rpm" or to_unit == "rpm"):
            return pattern.sub(spelling, unit)
    return unit


def _counted_alike(quantity: Any, one: Any) -> Any:
    """``quantity`` counted as ``one`` is: turns rather than radians, one particle rather than a mole.

    pint takes 1/min for radians per minute, which no mill is set to.
    """
    per_mole = _registry().Quantity(_AVOGADRO_PER_MOL, "1/mol")
    if quantity.check("1/[time]") and one.check("1/[time]"):
        own, other = ("radian" in str(measure.to_root_units().units) for measure in (quantity, one))
        return quantity if own == other else quantity * (2.0 * math.pi if other else 0.5 / math.pi)
    if quantity.check("[energy]/[substance]") and one.check("[energy]"):
        return quantity / per_mole
    if quantity.check("[energy]") and one.check("[energy]/[substance]"):
        return quantity * per_mole
    return quantity


def finite(value: float, name: str) -> float:
    """A value if it is a finite number.

    Args:
        value: The number.
        name: What the message calls the quantity.

    Raises:
        UnitError: It is NaN or infinite.
    """
    if not math.isfinite(value):
        raise UnitError(f"{name} is {value}, which is not a finite number.", hint="Leave it out when it is unknown.")
    return value


def check_range(name: str, value: float | None, lower: float, upper: float, error: type[InvalidInput]) -> None:
    """Refuse a stated value that is not a finite number within its bounds, both allowed themselves.

    Args:
        name: Flat name of the field, with its unit.
        value: None is not stated, and passes.
        lower: Lowest value.
        upper: Highest value.
        error: The class that is raised.
    """
    if value is None or (type(value) is float and lower <= value <= upper):  # at once, for nearly all that is asked
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise error(
            f"{name} is {value!r}, which is not a finite number.", hint="Leave it out when it is unknown.", field=name
        )
    if not lower <= value <= upper:
        unit = unit_of(name)
        raise error(
            f"{name} is {value:g}; it must lie between {lower:g} and {upper:g}{' ' + unit if unit else ''}.",
            hint=f"Values of this quantity are read in {unit}." if unit else "Check the value.",
            field=name,
        )


@cache
def _registry() -> Any:
    import pint

    return pint.UnitRegistry(cache_folder=None)


@cache
def _pint_spelling(unit: str) -> str:
    """Our reading of a unit string in pint's grammar: superscripts, middle dots, implicit products, °C."""
    text = unit.translate(_SUPERSCRIPTS).replace("−", "-").replace("°C", "degC").replace("℃", "degC")
    text = (
        text.replace("mAh", "mA h").replace("Ah", "A h").replace("%", "percent").replace("Ω", "ohm").replace("µ", "u")
    )
    for ending, (pint_unit, _) in CANONICAL.items():
        if text == ending:
            return pint_unit
    text = text.replace("·", " ").replace("*", " ")
    factors: list[str] = []
    for position, part in enumerate(text.split("/")):
        names = [_BARE_EXPONENT.sub(r"\1^(\2)", word) if "^" not in word else word for word in part.split()]
        if not names:
            return unit
        if position == 0:
            factors.append(" * ".join(names))
        else:
            factors.append("/ (" + " * ".join(names) + ")")
    return " ".join(factors)
