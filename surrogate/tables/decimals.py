"""Decimal signs: whether the numbers of a table have points or commas, as its cells prove or somebody declares."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from surrogate.text import counted

_EITHER = re.compile(r"[+-]?[1-9]\d{0,2}([.,])\d{3}(\1\d{3})*")
_COMMA = re.compile(r"[+-]?\d*,\d+")
_POINT = re.compile(r"[+-]?\d*\.\d+")
_SPACES = re.compile(r"[\s\u00a0\u2007\u2009\u202f]+")


def find_decimal(cells: Iterable[Any], *, declared: str | None = None, separator: str = ",") -> tuple[str, list[str]]:
    """The decimal sign of a table and what has to be said of it: declared, or the one that its numbers prove.

    Where nothing proves it in a table of a country with decimal commas (cells separated by ';'), a point before three
    digits is a question, as it is beside decimal commas.

    Args:
        cells: The cells with numbers.
        declared: The sign, where somebody declares it.
        separator: What separates the cells.
    """
    numbers = list(cells)
    proofs = Counter(map(decimal_evidence, numbers))
    commas, points = proofs[","], proofs["."]
    if declared is not None:
        return declared, [f"Decimal sign as declared: '{declared}'."]
    if commas and not points:
        return ",", [f"Decimal commas were detected ({counted(commas, 'cell')}) and read as such."]
    if commas and points:
        both = f"{counted(points, 'number')} with decimal points and {commas} with decimal commas"
        return ".", [f"{both}; those with commas are not read. Declare decimal = ',' if commas are right."]
    if separator != ";" or points:
        return ".", []
    # What may be a thousand or a little more than one, as ``1.234`` and ``1,234`` may.
    unsure = [cell for cell in numbers if _EITHER.fullmatch(_find_digits(cell)) is not None]
    if not unsure:
        return ",", []
    sign = "." if all("," in cell for cell in unsure) else ","  # the sign of which each is a question
    return sign, [f"Nothing says whether {str(unsure[0]).strip()} is a thousand or a little more than one."]


def decimal_evidence(cell: Any) -> str:
    """What a text says about decimals: ``","``, ``"."`` or ``""`` (nothing, or both are possible)."""
    number = _find_digits(cell)
    if "," in number and "." in number:
        return "," if number.rfind(",") > number.rfind(".") else "."
    if _EITHER.fullmatch(number):
        return ""
    if _COMMA.fullmatch(number):
        return ","
    return "." if _POINT.fullmatch(number) else ""


def _find_digits(cell: Any) -> str:
    """The digits, points and commas with which the number of a text begins; nothing for what is no text."""
    if not isinstance(cell, str):
        return ""
    match = re.match(r"[\d.,]+", _SPACES.sub("", cell).lstrip("<>~≈≤≥=+-∼"))
    return match[0] if match else ""
