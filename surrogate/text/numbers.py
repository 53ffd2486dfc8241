"""Numbers and counts."""

from __future__ import annotations

import re

_EXPONENT = re.compile(r"^(-?[\d.]+)e([+-])0*(\d+)$")
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float) -> str:
    """Three digits; whole numbers from 100 on.

    >>> number(0.0041237), number(653.28), number(4.1e-9)
    ('0.00412', '653', '4.1e-09')
    """
    return f"{value:.0f}" if 100 <= abs(value) < 1e5 else f"{value:.3g}"


def number_with_powers(value: float) -> str:
    """The same with powers of ten as they are printed.

    >>> number_with_powers(0.0041), number_with_powers(4.1e-9), number_with_powers(1234)
    ('0.0041', '4.1 × 10⁻⁹', '1234')
    """
    text = number(value)
    match = _EXPONENT.match(text)
    if match is None:
        return text
    sign = "-" if match[2] == "-" else ""
    return f"{match[1]} × 10{(sign + match[3]).translate(SUPERSCRIPTS)}"


def counted(count: int, noun: str) -> str:
    """A count with its noun.

    >>> counted(1, "paper"), counted(0, "paper"), counted(3, "measured row")
    ('1 paper', '0 papers', '3 measured rows')

    Args:
        count: How many.
        noun: Of one of them.
    """
    return f"{count} {noun}{'' if count == 1 else 's'}"


def percent(share: float) -> str:
    """A share in whole percent.

    >>> percent(0.914), percent(1.0)
    ('91 %', '100 %')
    """
    return f"{100 * share:.0f} %"


def percent_in_full(level: float) -> str:
    """The level of an interval: a rounded one would be another.

    >>> percent_in_full(0.9), percent_in_full(0.875), percent_in_full(0.9999)
    ('90 %', '87.5 %', '99.99 %')
    """
    return f"{100 * level:.12g} %"


def in_percent(chance: float) -> str:
    """A chance as a person reads it; none is rounded to certainty.

    >>> in_percent(0.44), in_percent(0.0004), in_percent(0.0), in_percent(0.9999)
    ('44 %', 'below 1 %', '0 %', 'above 99 %')
    """
    if 0.0 < chance < 0.005:
        return "below 1 %"
    return "above 99 %" if 0.995 <= chance < 1.0 - 1e-9 else percent(chance)
