"""Lengths, areas, masses and resistances as people write them, with what the digits leave open.

A number without a stated uncertainty is taken to be rounded at its last digit, so the true value lies anywhere within
half of that digit: a rectangular distribution, whose standard deviation is the half width over the root of three
(JCGM 100:2008, 4.3.7). One with ``±`` states a standard deviation.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from surrogate.candidate.spellings import read_number_words
from surrogate.errors import InvalidInput
from surrogate.physics.parameters.universal import ZERO_CELSIUS_K
from surrogate.units import convert, parse_quantity

_PLUS_MINUS = re.compile(r"(.+?)\s*(?:±|\+/-|\+-)\s*([\d.,]+)\s*(.*)")
_DIGITS = re.compile(r"[+-]?(\d+)(?:[.,](\d+))?(?:[eE]([+-]?\d+))?")
_SIGNS = re.compile(
    r"^\s*(?:⌀|Ø|ø|∅|dia(?:meter)?\.?|thickness|area|mass|[RdDLlAmTth])\s*[=:]?\s*(?=[\d.])", re.UNICODE
)
#: In cm: pellets and tapes of laboratories lie within; what is thicker than the last is none.
_THINNEST, _THICKEST, _NARROWEST, _WIDEST, _NO_PELLET = 1e-3, 0.5, 0.1, 5.0, 5.0
_PIECES = re.compile(r"\s*;\s*|,\s+")


@dataclass(frozen=True, kw_only=True)
class Uncertain:
    """A value and its standard uncertainty in one unit."""

    value: float
    uncertainty: float

    @property
    def relative(self) -> float:
        """The uncertainty as a part of the value."""
        return self.uncertainty / abs(self.value)


def read_uncertain(text: str, unit: str, name: str) -> Uncertain:
    """``text`` such as ``"0.95 mm"``, ``"⌀ 10 mm"`` or ``"0.95 ± 0.02 mm"`` in ``unit``; refuses what is not positive.

    A number without a unit is refused, except where ``unit`` is asked of it by name.
    """
    plain = _SIGNS.sub("", text.strip())
    stated = _PLUS_MINUS.fullmatch(plain)
    spread_text = None
    if stated is not None:
        plain, spread_text = f"{stated[1]} {stated[3]}".strip(), stated[2]
    number = _DIGITS.match(plain)
    if number is None or not plain[number.end() :].strip():
        raise InvalidInput(f"{name} = '{text}' has no number with a unit.", hint=f"Write it like '0.95 {unit}'.")
    spelled = plain[number.end() :].strip()
    value = parse_quantity(plain, unit, name=name, notes=[])
    if not value > 0.0:
        raise InvalidInput(f"{name} is {value:g} {unit}; it has to be above 0.", hint="Check the value.")
    if spread_text is not None:
        spread = float(spread_text.replace(",", "."))
    else:
        last = 10.0 ** (int(number[3] or 0) - len(number[2] or ""))
        spread = 0.5 * last / math.sqrt(3.0)
    return Uncertain(value=value, uncertainty=abs(convert(spread, spelled, unit, name=name)))


@dataclass(frozen=True, kw_only=True)
class Pellet:
    """Thickness in cm and area in cm², with their uncertainties."""

    thickness_cm: Uncertain
    area_cm2: Uncertain

    def describe(self) -> str:
        """Both in words, as an assumption that is stored."""
        return f"thickness {self.thickness_cm.value * 10:.4g} mm, area {self.area_cm2.value:.4g} cm²"

    def doubts(self) -> list[str]:
        """What is unlike the pellet of a laboratory, so that mm for µm and cm for mm do not pass in silence."""
        length, across = self.thickness_cm.value, 2.0 * math.sqrt(self.area_cm2.value / math.pi)
        doubts = []
        if not _THINNEST <= length <= _THICKEST:
            doubts.append(f"The pellet is {length * 10:.4g} mm thick; is the unit of its thickness right?")
        if not _NARROWEST <= across <= _WIDEST:
            doubts.append(f"The pellet is {across * 10:.4g} mm across; is the unit of its diameter or area right?")
        return doubts


def pellet(thickness: str | None, diameter: str | None, area: str | None = None) -> Pellet:
    """The pellet of a conductivity; raises :class:`InvalidInput` without thickness, and without diameter or area."""
    if thickness is None or (diameter is None) == (area is None):
        raise InvalidInput(
            "A conductivity needs the thickness, and either the diameter or the area of the pellet.",
            hint='Give --thickness "0.95 mm" and --diameter "10 mm" (or --area "0.785 cm2").',
        )
    length = read_uncertain(thickness, "cm", "thickness")
    if length.value > _NO_PELLET:
        raise InvalidInput(f"A thickness of '{thickness.strip()}' is that of no pellet.", hint="Is its unit mm or µm?")
    if area is not None:
        return Pellet(thickness_cm=length, area_cm2=read_uncertain(area, "cm²", "area"))
    across = read_uncertain(str(diameter), "cm", "diameter")
    size = math.pi * across.value**2 / 4.0
    return Pellet(thickness_cm=length, area_cm2=Uncertain(value=size, uncertainty=size * 2.0 * across.relative))


@dataclass(frozen=True, kw_only=True)
class Written:
    """A resistance written down with its pellet: ``R = 83 Ω, 0.95 mm, ⌀ 10 mm, 25 °C``.

    ``is_completed`` says that part of the pellet was not in the words, but given beside them.
    """

    resistance_ohm: Uncertain
    pellet: Pellet
    temperature_c: float | None
    is_completed: bool = False


def read_written(
    text: str,
    *,
    thickness: str | None = None,
    diameter: str | None = None,
    area: str | None = None,
    temperature: str | None = None,
) -> Written:
    """Read a resistance with its pellet, ``R = 83 Ω, 0.95 mm, ⌀ 10 mm``, piece by piece by signs and units.

    Args:
        text: What was written.
        thickness: What is stated beside it, with its unit; this and what follows fills what the text leaves out.
        diameter: Of the pellet.
        area: Of the pellet, in place of a diameter.
        temperature: Of the measurement.

    Raises:
        InvalidInput: A piece is none of these, stands there twice, or is missing.
    """
    parts: dict[str, str] = {}
    for piece in _PIECES.split(text.strip().replace("\u2126", "Ω").replace("\u03bc", "\u00b5")):
        kind = _kind_of(piece)
        if kind in parts:
            raise InvalidInput(f"'{text}' states the {kind} twice.", hint="Mark the diameter with ⌀.")
        parts[kind] = piece
    if _D in parts:  # a thickness where the size is stated otherwise, as many write it
        parts["thickness" if {"diameter", "area"} & set(parts) else "diameter"] = parts.pop(_D)
    if "resistance" not in parts:
        raise InvalidInput(f"'{text}' states no resistance.", hint="Write 'R = 83 Ω, 0.95 mm, ⌀ 10 mm'.")
    across = {"diameter": parts.get("diameter"), "area": parts.get("area")}
    if across == {"diameter": None, "area": None}:
        across = {"diameter": diameter, "area": area}
    warmth = parts.get("temperature", temperature)
    return Written(
        resistance_ohm=read_uncertain(parts["resistance"], "ohm", "resistance"),
        pellet=pellet(parts.get("thickness", thickness), **across),
        temperature_c=None if warmth is None else read_temperature(warmth),
        is_completed="thickness" not in parts or not {"diameter", "area"} & set(parts),
    )


def read_temperature(text: str) -> float:
    """A temperature in °C."""
    digits, _ = read_number_words("temperature_c", re.sub(r"^\s*T\s*=\s*", "", text))
    celsius = parse_quantity(digits, "°C", name="temperature", notes=[])
    if celsius <= -ZERO_CELSIUS_K:
        raise InvalidInput(f"A temperature of {celsius:g} °C is below absolute zero.", hint="Check number and unit.")
    return celsius


#: What ``d = 0.95 mm`` is: the diameter or the thickness, whichever is not stated beside it.
_D = "d"


def _kind_of(piece: str) -> str:
    if re.match(r"\s*d\s*=", piece):
        return _D
    if re.match(r"\s*(⌀|Ø|ø|∅|D\s*=|[dD]ia)", piece):
        return "diameter"
    if re.search(r"(Ω|ohm)\s*$", piece, re.IGNORECASE):
        return "resistance"
    if re.match(r"\s*R\s*=\s*[\d.,]+\s*$", piece):
        raise InvalidInput(f"'{piece}' has no unit.", hint="Write Ω behind a resistance.")
    if re.match(r"\s*(r|R(?=\s*[=:].*m\b)|[rR]adius)\s*[=:]", piece):
        raise InvalidInput(f"'{piece}' is a radius.", hint="Write the diameter, such as ⌀ 10 mm.")
    if re.search(r"m(²|\^?2)\s*$", piece):
        return "area"
    is_warmth = re.search(r"(°\s?[CF]|℃|℉|deg\.?\s?[CF]|[^a-zA-Z]K)\s*$", piece)
    if is_warmth or read_number_words("temperature_c", piece)[1]:
        return "temperature"
    if re.search(r"[mµu]m\s*$|\scm\s*$|\d(c|m|µ|u)?m\s*$", piece):
        return "thickness"
    raise InvalidInput(
        f"'{piece}' is no resistance, thickness, diameter, area or temperature.",
        hint="Write 'R = 83 Ω, 0.95 mm, ⌀ 10 mm'; a file is named by its path.",
    )
