"""Numbers and printed formulas: what an amount may be, and how amounts are written in a fixed order."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

from surrogate.composition.elements import ATOMIC_MASS_G_PER_MOL, CHALCOGENS, FORMULA_ORDER, HALOGENS, SYMBOLS
from surrogate.composition.family import Family, family_of
from surrogate.errors import CompositionError

MAX_AMOUNT: Final = 1e6
# Below this an amount is the noise of arithmetic (1-x at x=1), not a dopant: a part per billion of a formula unit.
MIN_AMOUNT: Final = 1e-9

# How a family is written: framework cations, anions, and the largest whole number (0: not in whole numbers).
_HABITS: Final[Mapping[Family, tuple[float, tuple[float, ...], int]]] = {
    Family.argyrodite: (1.0, (6.0,), 0),
    Family.li3ps4_type: (1.0, (4.0,), 0),
    Family.thio_lisicon: (1.0, (4.0,), 0),
    Family.li4sns4_type: (1.0, (4.0,), 0),
    Family.li7p2s8x: (2.0, (9.0,), 12),
    Family.li7p3s11_type: (3.0, (11.0,), 12),
    Family.lgps_type: (3.0, (12.0,), 12),
    Family.halide: (1.0, (4.0, 6.0), 18),
    Family.sodium_halide: (1.0, (4.0, 6.0), 18),
}
_FRAMEWORK: Final = ("P", "Ge", "Si", "Sn", "Sb", "As", "Al", "Ti", "W")
_ANIONS: Final = (*CHALCOGENS, *HALOGENS, "N")
#: A formula without brackets, and an amount with more decimals than anyone writes.
_FORMULA = re.compile(r"(?:[A-Z][a-z]?\d*\.?\d*)+")
_COMPUTED = re.compile(r"\.\d{4}")
#: A mole of precursors has fewer framework cations than this: 0.7 with 35 % of P2S5.
_PER_MOLE = 0.8
#: Largest number of a formula in whole numbers: Li5P2S7I and Li7P3S11 are read, Li39P11S47 is not.
_SMALL = 12


def read_number(text: str) -> float:
    """A decimal or a fraction such as ``1/3``; refuses ``04``, in which the 0 is an O or has lost its point."""
    if text[0] == "0" and text[1:2].isdigit():
        raise CompositionError(
            f"The amount '{text}' begins with a 0.", hint="Write the letter O for oxygen, and decimals as in 0.8."
        )
    numerator, _, denominator = text.partition("/")
    if denominator and float(denominator) == 0:
        raise CompositionError(f"'{text}' divides by zero.", hint="Write the amount as a decimal.")
    return float(numerator) / (float(denominator) if denominator else 1.0)


def check_amount(value: float, where: str) -> float:
    """An amount as a formula may hold it; arithmetic noise around zero becomes 0.

    Args:
        value: Per formula unit.
        where: The piece of text, for the message.

    Raises:
        CompositionError: The amount is not finite, negative or absurd.
    """
    if not math.isfinite(value) or value > MAX_AMOUNT:
        raise CompositionError(f"The amount in '{where[:30]}' is {value:g}; amounts go from 0 to {MAX_AMOUNT:g}.")
    if abs(value) < MIN_AMOUNT:
        return 0.0
    if value < 0:
        raise CompositionError(
            f"The amount in '{where[:30]}' is {value:g}; amounts cannot be negative.", hint="Check the value of x."
        )
    return value


def check_amounts(amounts: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    """Pairs of element and amount in printing order, zeros left out; refuses unknown elements and an empty set."""
    kept: dict[str, float] = {}
    for element, value in amounts.items():
        if element not in SYMBOLS:
            raise CompositionError(f"'{element}' is not an element.", hint="Use symbols from H to Lr.")
        amount = float(value)
        if not MIN_AMOUNT <= amount <= MAX_AMOUNT:
            amount = check_amount(amount, element)
        if amount:
            kept[element] = amount
    if not kept:
        raise CompositionError("No element has an amount above zero.", hint="Give at least one element.")
    return order_amounts(kept)


def order_amounts(amounts: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    """Pairs of element and amount in printing order, of amounts that are checked."""
    return tuple([(element, amounts[element]) for element in sorted(amounts, key=FORMULA_ORDER.__getitem__)])


def are_checked(pairs: Sequence[tuple[str, float]]) -> bool:
    """Whether ``pairs`` are as :func:`check_amounts` gives them, which takes a quarter of giving them again."""
    before = -1
    for element, amount in pairs:
        place = FORMULA_ORDER.get(element, -1)
        if place <= before or not MIN_AMOUNT <= amount <= MAX_AMOUNT:
            return False
        before = place
    return before >= 0


def molar_mass(amounts: Mapping[str, float]) -> float:
    """Mass of the amounts in g/mol; every element has a mass, there is no default."""
    return sum(amount * ATOMIC_MASS_G_PER_MOL[element] for element, amount in amounts.items())


def formula_of(amounts: Mapping[str, float], *, decimals: int = 6) -> str:
    """The amounts in printing order, rounded and never to fewer than 3 digits.

    Args:
        amounts: By element, per formula unit.
        decimals: How many places are kept.
    """
    ordered = sorted(amounts, key=FORMULA_ORDER.__getitem__)
    return "".join(f"{element}{_write_digits(amounts[element], decimals)}" for element in ordered)


def write_amount(amount: float) -> str:
    """An amount with at most three decimals, or one digit where that would leave nothing."""
    places = 3 if amount >= 5e-4 else -math.floor(math.log10(amount))
    return f"{amount:.{places}f}".rstrip("0").rstrip(".")


def write_short_formula(amounts: Mapping[str, float]) -> str:
    """The amounts in printing order for reading, as :func:`write_amount` writes each."""
    ordered = sorted(amounts, key=FORMULA_ORDER.__getitem__)
    pairs = [(element, write_amount(amounts[element])) for element in ordered]
    return "".join(f"{element}{'' if amount == '1' else amount}" for element, amount in pairs)


def write_reduced_formula(amounts: Mapping[str, float]) -> str:
    """The same formula for every scale and spelling of one composition, close to how its family is usually written.

    Candidates are the framework cations (P, Ge, Si, Sn, Sb, As, Al, Ti, W) brought to the number of the family, the
    anions brought to theirs (Li5.5PS4.5Cl1.5 has 1 and 6, Li9.54Si1.74P1.44S11.7Cl0.3 has 12 anions), and small whole
    numbers (not for the families that are written per framework cation); the shortest text wins. Three decimals, at
    least three digits; amounts within 1e-3 of a whole number become it, so that rounded fractions group together.
    """
    return min((formula_of(_round_near_integers(scaled), decimals=3) for scaled in _list_candidates(amounts)), key=len)


@lru_cache(maxsize=8192)
def write_title(text: str, pairs: tuple[tuple[str, float], ...]) -> str:
    """What a composition is called in a list, where the exact text stands elsewhere.

    What someone wrote stays. A thiophosphate per mole of precursors is brought to small whole numbers (Li1.4P0.6S2.2
    is Li7P3S11) or else to one framework cation, and what a program computed has two decimals.

    Args:
        text: As it was written.
        pairs: Elements with their amounts.
    """
    if not _FORMULA.fullmatch(text):
        return text
    amounts = dict(pairs)
    framework = sum(amounts.get(element, 0.0) for element in (*_FRAMEWORK, "B", "Ga"))
    if framework < _PER_MOLE and amounts.get("P", 0.0) > framework / 2:
        whole = _find_integers(amounts, _SMALL)
        amounts = _multiply(amounts, 1 / framework) if whole is None else whole
    elif not _COMPUTED.search(text):
        return text
    rounded = {element: round(amount, 2) if amount >= 0.1 else amount for element, amount in amounts.items()}
    return "".join(f"{element}{'' if amount == 1 else format(amount, '.3g')}" for element, amount in rounded.items())


def _list_candidates(amounts: Mapping[str, float]) -> Iterator[dict[str, float]]:
    framework = sum(amounts.get(element, 0.0) for element in _FRAMEWORK)
    anions = sum(amounts.get(element, 0.0) for element in _ANIONS)
    cation_count, anion_counts, largest = _HABITS.get(family_of(amounts), (1.0, (1.0, 2.0, 3.0, 4.0, 6.0, 12.0), 60))
    whole = _find_integers(amounts, largest) if largest else None
    if whole is not None:
        yield whole
        return
    if framework > 0:
        yield _multiply(amounts, cation_count / framework)
    for count in anion_counts if anions > 0 else ():
        yield _multiply(amounts, count / anions)
    if framework <= 0 and anions <= 0:
        yield _multiply(amounts, 1 / min(amounts.values()))


def _multiply(amounts: Mapping[str, float], factor: float) -> dict[str, float]:
    return {element: amount * factor for element, amount in amounts.items()}


def _round_near_integers(amounts: Mapping[str, float]) -> dict[str, float]:
    return {el: float(whole) if (whole := round(v)) and abs(v - whole) < 1e-3 else v for el, v in amounts.items()}


def _find_integers(amounts: Mapping[str, float], largest: int) -> dict[str, float] | None:
    """The smallest whole numbers up to ``largest`` in the ratio of the amounts (to a part in a thousand), or None."""
    least = min(amounts.values())
    for factor in range(1, largest + 1):
        values = _multiply(amounts, factor / least)
        if max(values.values()) > largest + 0.5:
            return None
        if all(abs(value - round(value)) <= 1e-3 * value / factor for value in values.values()):
            return {element: float(round(value)) for element, value in values.items()}
    return None


def _write_digits(amount: float, decimals: int) -> str:
    places = decimals if amount >= 0.1 else max(decimals, 2 - math.floor(math.log10(amount)))
    # The nudge sends 0.0625 the same way whatever the noise of scaling was.
    text = f"{amount * (1 + 1e-12):.{places}f}".rstrip("0").rstrip(".")
    return "" if text == "1" else text
