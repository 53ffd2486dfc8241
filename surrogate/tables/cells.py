"""What people write into cells, read as numbers: ``<1e-8``, ``3.2(4)e-3``, ``0.8 mS/cm``, ``1,5``, ``2×10⁻³``, ``n/a``.

Nothing is guessed: a comma that may be a decimal comma or a thousands separator is a question, a date that Excel made
of a number is an error, and a unit is converted only when it says what it measures.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass
from typing import Any

from surrogate.candidate.field import ABSENT, MISSING, is_error
from surrogate.candidate.measurement import CENSORING_SIGNS, Censoring
from surrogate.errors import InvalidInput, UnitError
from surrogate.units import UNSEEN, convert, percent_spelling, refuse_more_than_a_unit, refuse_what_is_no_number

WRITE_A_NUMBER = "Write it like 15 or 1.5e-3."
#: How texts begin that a spreadsheet takes for formulas.
FORMULA_SIGNS = ("=", "+", "-", "@")
_BELOW_DETECTION = re.compile(r"(below|under) (the )?(detection|limit).*|b\.?d\.?l\.?|l\.?o\.?d\.?", re.IGNORECASE)
_FLAGS = {
    "<": Censoring.BELOW, "≤": Censoring.BELOW, "<=": Censoring.BELOW, ">": Censoring.ABOVE, "≥": Censoring.ABOVE,
    ">=": Censoring.ABOVE, "~": Censoring.APPROXIMATE, "≈": Censoring.APPROXIMATE, "∼": Censoring.APPROXIMATE,
    "ca.": Censoring.APPROXIMATE, "ca": Censoring.APPROXIMATE,
}  # fmt: skip
#: Letters, digits and signs of the width of a Chinese character, as input methods of East Asia write them.
FULL_WIDTH = str.maketrans({code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " "})
_MINUS = re.compile(r"^[–‒—](?=\s?[\d.,])|(?<=[eE])[–‒−]|(?<=10)[–‒−](?=\d)")
_BRACKETED = re.compile(r"[(\[]\s*([^()\[\]]+?)\s*[)\]]")
_UNIT_BEGINS = re.compile(r"[^\W\d_]|[%°º˚‰℃℉Ωµ]|1?\s?/\s?[^\W\d_]")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_SUPERSCRIPT_POWER = re.compile(r"10([⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_POWER = re.compile(r"\s*[x×·⋅*]\s*10\s*\^?\s*[({]?([+-]?\d{1,3})[)}]?", re.IGNORECASE)
_SPACES = re.compile(r"[\s\u00a0\u2007\u2009\u202f]+")
_DIGITS = r"[+-]?(?:\d[\d.,]*|[.,]\d+)"
_E = r"[eE][+-]?\d{1,3}"
_NUMBER = re.compile(
    rf"(?P<mantissa>{_DIGITS})\s*(?:\((?P<last>\d+)\)\s*)?(?P<exponent>{_E})?"
    rf"(?:\s*(?:±|\+/-|\+-)\s*(?P<plus>{_DIGITS})\s*(?P<power>{_E})?)?\s*(?P<rest>.*)"
)
_BRACKETS = re.compile(rf"\((?P<value>[^()±]+?)\s*(?:±|\+/-|\+-)\s*(?P<plus>[^()±]+?)\)\s*(?P<power>{_E})?(?P<rest>.*)")
_SPACED = re.compile(r"^([+-]?[1-9]\d{0,2}(?:[ '’]\d{3})+)(?=$|[.,]\d|[ ]*[^\d ])")
_PERCENT_OF_ITSELF = re.compile(r"(?:±|\+/-|\+-)\s*[\d.,]+\s*%")
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+")


@dataclass(frozen=True, kw_only=True)
class Read:
    """A number read from a cell, in the unit of its column, as is its ``uncertainty`` (one standard deviation)."""

    value: float
    censoring: Censoring = Censoring.EXACT
    uncertainty: float | None = None


def is_formula(text: str) -> bool:
    """Whether a spreadsheet that opens a CSV file takes ``text`` for a formula; white space before it does not help."""
    return text.lstrip().startswith(FORMULA_SIGNS)


def quoted(value: float | str) -> float | str:
    """A value as a cell that says it and nothing else: a text that a cell says otherwise stands behind an apostrophe.

    Such texts are formulas, words for *not known* and *not there*, and what begins with an apostrophe.
    """
    return f"'{value}" if isinstance(value, str) and _has_meaning(value) else value


def _has_meaning(text: str) -> bool:
    return is_formula(text) or is_missing(text) or text.casefold() in ABSENT or text.startswith("'")


def is_missing(cell: Any) -> bool:
    """Whether a cell says nothing."""
    return cell is None or (
        isinstance(cell, str) and _SPACES.sub(" ", cell.translate(UNSEEN)).strip().lower() in MISSING
    )


def text_of(cell: Any) -> str | None:
    """A cell as text without spaces around it; ``None`` for an empty one. Whole numbers are written without ``.0``."""
    if cell is None:
        return None
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    text = str(cell).strip()
    if text.startswith("'") and _has_meaning(text[1:]):
        text = text[1:]
    return text or None


def check_no_error(text: str, name: str) -> None:
    """Refuse what a spreadsheet shows in the place of a value: an error, or a formula whose value is not in the file.

    Args:
        text: Of the cell.
        name: What messages call the column.

    Raises:
        InvalidInput: It is one of these.
    """
    if text.strip().upper() == "#NOT CALCULATED":
        raise InvalidInput(
            f"{name} is a formula, and the file does not hold its value.",
            hint="Open the file in Excel and save it, or write the value.",
        )
    if is_error(text):
        raise InvalidInput(f"{name} is the spreadsheet error {text.strip()[:20]}.", hint="Repair the formula.")


def read_number(
    cell: Any,
    *,
    unit: str,
    name: str,
    decimal: str = ".",
    from_unit: str | None = None,
    hint: str = WRITE_A_NUMBER,
) -> Read | None:
    """Read the number of a cell; ``None`` for an empty one.

    Args:
        cell: As the file has it.
        unit: The unit of the answer.
        name: What messages call the column.
        decimal: The decimal sign of the file.
        from_unit: That of a number without a unit of its own, where the header of the column states one.
        hint: What to do about words.

    Raises:
        InvalidInput: The cell holds no number; the message has what stands in it.
        UnitError: Its unit is unknown, ambiguous, or measures another quantity.
    """
    if is_missing(cell):
        return None
    if isinstance(cell, bool):
        raise InvalidInput(f"{name} is {cell}, not a number.", hint="Write the number.")
    if isinstance(cell, dt.date | dt.time | dt.timedelta):
        raise InvalidInput(
            f"{name} is the date or time {cell}: the spreadsheet made it out of what was typed.",
            hint="Format the column as numbers or text and type it again.",
        )
    if isinstance(cell, int | float):
        if not math.isfinite(cell):
            raise InvalidInput(f"{name} is {cell}, which is not a finite number.", hint="Leave the cell empty.")
        return _convert_reading(Read(value=float(cell)), from_unit or "", unit, name)
    return _read_text(str(cell), unit=unit, name=name, decimal=decimal, from_unit=from_unit, hint=hint)


def _read_text(cell: str, *, unit: str, name: str, decimal: str, from_unit: str | None, hint: str) -> Read:
    # One kind of space, digit and minus; then what is said before the number, and what stands in its place.
    text = _SPACES.sub(" ", cell.translate(FULL_WIDTH).translate(UNSEEN)).strip()
    text = text.replace("−", "-").replace("\u2011", "-")
    text = _MINUS.sub("-", text)
    check_no_error(text, name)
    if _BELOW_DETECTION.fullmatch(text):
        raise InvalidInput(f"{name} is '{text}', without the limit.", hint="Write the limit, like '<1e-9'.")
    flag, text = _split_flag(text)
    refuse_what_is_no_number(text, name)
    if unit != "%" and _PERCENT_OF_ITSELF.search(text):
        raise InvalidInput(
            f"{name} is '{cell.strip()[:60]}', with an uncertainty in percent.",
            hint="Write the uncertainty in the unit of the value, like '3.2 ± 0.3'.",
        )
    # Nothing between thousands, powers of ten as e-3, and one power for a value and its uncertainty in brackets.
    text = _SPACED.sub(lambda m: re.sub(r"[ '’]", "", m[1]), text)
    text = _SUPERSCRIPT_POWER.sub(lambda m: "10^" + m[1].translate(_SUPERSCRIPTS), text)
    if re.match(r"10\s*\^", text):
        text = "1x" + text
    text = _POWER.sub(lambda m: f"e{int(m[1])} ", text).strip()
    text = _BRACKETS.sub(_share_power, text)
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise InvalidInput(f"{name} is '{cell.strip()[:60]}', which is not a number.", hint=hint)
    # Behind the number stands its unit, or a fault.
    bracketed = _BRACKETED.fullmatch(match["rest"].strip())
    rest = bracketed[1] if bracketed and measures(bracketed[1], unit) else match["rest"].strip()
    _check_rest(rest, text, name)
    exponent = match["exponent"] or ""
    plain = _write_plainly(match["mantissa"], decimal, name)
    value = float(plain + exponent)
    if not math.isfinite(value):
        raise InvalidInput(
            f"{name} is '{cell.strip()[:60]}', which is not a finite number.", hint="Check the exponent."
        )
    spread = _read_spread(match, plain, exponent, decimal, name)
    read = Read(value=value, censoring=flag, uncertainty=spread)
    return _convert_reading(read, rest or (from_unit or ""), unit, name)


def measures(spelled: str, unit: str) -> bool:
    """Whether one unit measures what another does.

    Args:
        spelled: As a person or a file writes it.
        unit: One of this product.
    """
    try:
        convert(1.0, spelled, unit)
    except UnitError:
        return False
    return True


def _check_rest(rest: str, text: str, name: str) -> None:
    """Refuse what stands behind a number and cannot be its unit."""
    if rest.lower() == "o":
        raise InvalidInput(f"{name} is '{text[:60]}', which ends in a letter.", hint="Is the O a zero?")
    hint = "Write one number; remarks have a column of their own, Note."
    refuse_more_than_a_unit(rest, text, name, hint)
    if rest and not _UNIT_BEGINS.match(rest):
        raise InvalidInput(f"{name} is '{text[:60]}', which is more than a number and its unit.", hint=hint)


def _split_flag(text: str) -> tuple[Censoring, str]:
    for sign in sorted(_FLAGS, key=len, reverse=True):
        if text.lower().startswith(sign):
            return _FLAGS[sign], text[len(sign) :].strip()
    return Censoring.EXACT, text


def _share_power(match: re.Match[str]) -> str:
    """``(3.2 ± 0.4)e-3`` as ``3.2e-3 ± 0.4e-3``."""
    power = match["power"] or ""
    return f"{match['value']}{power} ± {match['plus']}{power} {match['rest']}"


def _write_plainly(digits: str, decimal: str, name: str) -> str:
    """A mantissa with a decimal point and without thousands separators."""
    if "," in digits and "." in digits:
        last = "," if digits.rfind(",") > digits.rfind(".") else "."
        other = "." if last == "," else ","
        if digits.count(last) > 1 or not re.fullmatch(rf"[+-]?\d{{1,3}}(\{other}\d{{3}})+\{last}\d*", digits):
            raise InvalidInput(
                f"{name} is '{digits}', which mixes points and commas.", hint="Write it without separators."
            )
        return digits.replace(other, "").replace(last, ".")
    if decimal == "," and "." in digits:  # an exponent's mantissa often keeps its point; 1.234 may be a thousand
        return _refuse_thousands(digits, ".", name) if _GROUPED.fullmatch(digits) or digits.count(".") > 1 else digits
    if decimal == ",":
        return _refuse_thousands(digits, ",", name) if digits.count(",") > 1 else digits.replace(",", ".")
    if "," in digits:
        raise InvalidInput(
            f"{name} is '{digits}': a decimal comma or a thousands separator?",
            hint="Use a point, or say that the file has decimal commas (decimal = ',').",
        )
    if digits.count(".") > 1:
        return _refuse_thousands(digits, ".", name)
    return digits


def _refuse_thousands(digits: str, separator: str, name: str) -> str:
    raise InvalidInput(
        f"{name} is '{digits}': is '{separator}' a thousands separator?", hint="Write the number without separators."
    )


def _read_spread(match: re.Match[str], plain: str, exponent: str, decimal: str, name: str) -> float | None:
    """The uncertainty: ``3.2(4)`` counts in the last digit, ``±`` is in the unit of the number."""
    if match["last"]:
        decimals = len(plain.partition(".")[2])
        return float(f"{int(match['last'])}e{-decimals}") * float("1" + exponent)
    if match["plus"]:
        if match["power"] and not exponent:
            raise InvalidInput(
                f"{name} is '{match[0].strip()[:60]}': is the power of ten for both numbers?",
                hint="Put the number and its uncertainty in brackets, like '(3.2 ± 0.4)e-3'.",
            )
        power = match["power"] or ""
        return abs(float(_write_plainly(match["plus"], decimal, name) + power))
    return None


def _convert_reading(read: Read, stated: str, unit: str, name: str) -> Read:
    if not stated or stated == unit:
        return read
    if not unit:
        if percent_spelling(stated):
            spread = None if read.uncertainty is None else read.uncertainty / 100.0
            return Read(value=read.value / 100.0, censoring=read.censoring, uncertainty=spread)
        raise InvalidInput(f"{name} is a pure number, but '{stated}' follows it.", hint="Write the number alone.")
    value = convert(read.value, stated, unit, name=name)
    spread = None
    if read.uncertainty is not None:
        spread = abs(convert(read.value + read.uncertainty, stated, unit, name=name) - value)
    return Read(value=value, censoring=read.censoring, uncertainty=spread)


def number_cell(value: float, censoring: Censoring = Censoring.EXACT) -> float | str:
    """A number as a cell: itself, or text with its sign; reads back as the same double.

    Args:
        value: The number.
        censoring: Whether it is a limit, or about the value.
    """
    sign = next((sign for sign, meaning in CENSORING_SIGNS.items() if meaning == censoring), None)
    return value if sign is None else f"{sign}{value!r}"
