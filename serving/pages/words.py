"""How numbers, units, times and settings are written on a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from surrogate import text
from surrogate.properties import PROPERTIES, Property, Scale
from surrogate.text import counted, error_unit, in_percent, percent, spoken
from surrogate.text.numbers import SUPERSCRIPTS, number_with_powers

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86_400.0

#: As ``4.1 × 10⁻⁹``, where the command line writes what can be copied: ``4.1e-09``.
plain = number_with_powers
quantity = partial(text.quantity, write=plain)
setting = partial(text.setting, write=plain)
span = partial(text.span, between=" to ", write=plain)


def scientific(value: float) -> str:
    """``4.1 × 10⁻³``."""
    mantissa, _, exponent = f"{value:.2g}".partition("e") if 0 < abs(value) < 1e-4 else f"{value:.1e}".partition("e")
    return f"{float(mantissa):g} × 10{str(int(exponent)).translate(SUPERSCRIPTS)}"


def stored(value: float, property: str) -> str:
    """The same in the unit in which it is stored, where that is another; else nothing."""
    prop = PROPERTIES[property]
    return f"{scientific(value)} {prop.unit}" if prop.shown_unit != prop.unit else ""


def floor(prop: Property) -> str:
    """In words, how far papers differ on one composition."""
    if prop.scale is Scale.LOG10:
        return f"a factor of {10**prop.between_papers:.2g} ({prop.between_papers:g} decades)"
    return f"{prop.between_papers:g} {'points' if prop.unit == '%' else prop.unit}"


def label(property: str) -> str:
    """What a property is called."""
    return PROPERTIES[property].label if property in PROPERTIES else spoken(property)


def sentence(words: str) -> str:
    """The text with a capital letter at its beginning."""
    return words[:1].upper() + words[1:]


_AS_ON_THE_FORM = {"voltage_min_v": "lower cut-off", "voltage_max_v": "upper cut-off", "c_rate": "C-rate"}


def listed(settings: Mapping[str, float | str]) -> list[tuple[str, str]]:
    """Settings as pairs of words."""
    pairs = [(_AS_ON_THE_FORM.get(name) or spoken(name), setting(value, name)) for name, value in settings.items()]
    return [(name if len(name) == 1 else sentence(name), words_of) for name, words_of in pairs]  # x and z stay small


def day(time: str) -> str:
    """``21 Nov 2026, 14:05 UTC``."""
    return f"{datetime.fromisoformat(time).astimezone(UTC):%-d %b %Y, %H:%M} UTC"


def away(time: str, *, now: datetime | None = None) -> str:
    """``in 13 days``, ``2 hours ago``."""
    seconds = (datetime.fromisoformat(time) - (now or datetime.now(UTC))).total_seconds()
    size, word = next(
        ((s, w) for s, w in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")) if abs(seconds) >= s),
        (1.0, "second"),
    )
    count = round(abs(seconds) / size)
    words = counted(count, word)
    return f"in {words}" if seconds >= 0 else f"{words} ago"


def shown_text(value: float | str) -> str:
    """A setting as it stands in a field of a form."""
    return f"{value:.10g}" if isinstance(value, float) else value


FILTERS: Mapping[str, Callable[..., Any]] = {
    "plain": plain,
    "quantity": quantity,
    "relative_spread": text.relative_spread,
    "stored": stored,
    "label": label,
    "sentence": sentence,
    "listed": listed,
    "error_unit": error_unit,
    "spoken": spoken,
    "day": day,
    "away": away,
    "percent": percent,
    "in_percent": in_percent,
    "counted": counted,
}
