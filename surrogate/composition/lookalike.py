"""What a string was probably meant to be: wrong case, letters that look alike, a separator left out.

Typos that change what is read (0 for O, a full stop for a dot) are in :mod:`.typos`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice, product
from typing import Final

from surrogate.composition.charge import balance
from surrogate.composition.elements import ALKALI, HALOGENS, SYMBOLS
from surrogate.composition.notation import parse_plain
from surrogate.errors import CompositionError

# fmt: off
_COMMON: Final = frozenset({
    *ALKALI, *HALOGENS, "P", "S", "O", "N", "Ge", "Si", "Sn", "Sb", "As", "Al", "In", "Y", "Zr", "Ti", "Ni", "Co", "Mn",
})
# Elements of no compound of this field: an Es or Po in a reading is the slip itself.
_NOWHERE: Final = frozenset({
    "Tc", "Pm", "Po", "At", "Rn", "Fr", "Ra", "Ac", "Pa", "Np", "Pu", "Am", "Cm", "Bk", "Cf", "Es", "Fm", "Md",
    "No", "Lr",
})
# fmt: on
_MAX_READINGS: Final = 128

_HOMOGLYPHS: Final = str.maketrans("СсРОоІіАВЕНКМТХ", "CcPOoIiABEHKMTX")
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")
_TOKEN: Final = re.compile(r"([A-Za-z]{1,12})|([^A-Za-z]+)")
_DECIMAL_COMMA: Final = re.compile(r"(?<=\d)\s?,\s?(?=\d)")
# What else stands before the share of a further component: '75Li2S,25P2S5'.
_OTHER_SEPARATOR: Final = re.compile(r"(?<=[A-Za-z)\d])\s?[,/]\s?(?=\d+(?:\.\d+)?[A-Z(])|\s[x×]\s(?=\d)")
_SEPARATOR: Final = re.compile(r"([-+·])")
_UPPER_PAIR: Final = re.compile(r"([A-Z])([A-Z])(?![a-z])")
_ANION: Final = re.compile(r"((?:S|Se|Te|O|F|Cl|Br|I|N|H)(?![a-z])\)?)[\d.]{0,4}")
_MAX_PLACES: Final = 12
_MAX_SPLITS: Final = 24
_MAX_ELEMENTS: Final = 8
_CHLORINE: Final = re.compile(r"C(?:I(?![a-z])|1)")
_CARBON_IODINE: Final = re.compile(r"CI(?![a-z])")
_CARBON: Final = re.compile(r"C(?![a-zI1])")

Reader = Callable[[str], object]


@dataclass(frozen=True, kw_only=True)
class LookAlike:
    """One reading that the string may have been meant to have."""

    piece: str
    proposal: str


def find_carbon_for_chlorine(text: str) -> LookAlike | None:
    """'CI' (carbon, iodine) where chlorine is meant: C without an amount before I, no other carbon in the text."""
    match = _CARBON_IODINE.search(text)
    if not match or text == "CI" or len(re.findall(r"C(?![a-z])", text)) > 1:
        return None
    return LookAlike(piece="CI", proposal=text[: match.start()] + "Cl" + text[match.end() :])


def find_neutral_lookalikes(text: str) -> Iterator[LookAlike]:
    """Find letters that would make a neutral compound if they were one symbol: SI for Si, C1 or C for Cl."""
    patterns = (_UPPER_PAIR, _CHLORINE, _CARBON)
    for match in islice(chain(*(pattern.finditer(text) for pattern in patterns)), _MAX_PLACES):
        symbol = "Cl" if match.group()[0] == "C" and match.group()[1:] in ("", "1") else match.group().capitalize()
        proposal = text[: match.start()] + symbol + text[match.end() :]
        other = parse_plain(proposal) if symbol in SYMBOLS else None
        if other and balance(other).is_neutral:
            yield LookAlike(piece=match.group(), proposal=proposal)


def insert_separator(text: str) -> str | None:
    """The text with a dash between two neutral compounds written without one ('Li2S25P2S5'), or None."""
    lead = _NUMBER.match(text)
    begin = lead.end() if lead else 0
    # Where one compound may end and another begin: behind an anion and its amount, and after every digit of it.
    ends: dict[int, None] = {}
    for match in _ANION.finditer(text, begin):
        ends.update(dict.fromkeys(range(match.end(1), match.end() + 1)))
    for split in [end for end in ends if begin + 1 < end < len(text) - 1][:_MAX_SPLITS]:
        right = text[split:].strip()
        number = _NUMBER.match(right)
        left_amounts = parse_plain(text[begin:split].strip())
        right_amounts = parse_plain(right[number.end() if number else 0 :])
        if left_amounts and right_amounts and _are_compounds(left_amounts, right_amounts):
            return f"{text[:split].strip()}-{right}"
    return None


def _are_compounds(*several: Mapping[str, float]) -> bool:
    return all(1 < len(amounts) <= _MAX_ELEMENTS and balance(amounts).is_neutral for amounts in several)


def propose_readings(text: str, can_read: Reader) -> tuple[str, ...]:
    """Readable strings that a text was probably meant to be, the most likely first; at most three.

    Args:
        text: Which cannot be read.
        can_read: Reads a text, or raises :class:`CompositionError`.
    """
    repaired = _DECIMAL_COMMA.sub(".", text.translate(_HOMOGLYPHS))
    candidates = [repaired] if repaired != text else []
    amounts = parse_plain(repaired) if candidates else None
    if amounts and balance(amounts).is_neutral:
        return (repaired,)
    parted = _OTHER_SEPARATOR.sub("-", text)
    candidates += [parted] if parted != text else []
    separated = insert_separator(repaired)
    candidates += [separated] if separated else []
    if re.search(r"[A-Z]\d*(?:\.\d+)?X(?![a-z])", repaired):
        candidates += [re.sub(r"X(?![a-z])", halogen, repaired) for halogen in ("Cl", "Br", "I")]
    if len(repaired) <= 60:
        candidates += _recase(repaired)
    return tuple(islice((c for c in dict.fromkeys(candidates) if c != text and _is_readable(c, can_read)), 3))


def _is_readable(text: str, can_read: Reader) -> bool:
    try:
        can_read(text)
    except CompositionError:
        return False
    return True


def _recase(text: str) -> list[str]:
    """Segmentations of the letters into elements whatever their case: neutral ones with common elements first."""
    components = _SEPARATOR.split(text)
    if len(components) > 1:
        best = [c if _SEPARATOR.fullmatch(c) else next(iter(_recase_component(c)), "") for c in components]
        return ["".join(best)] if all(best) else []
    return _recase_component(text)


def _recase_component(text: str) -> list[str]:
    """The readings of one formula with the number in front of it."""
    lead = _NUMBER.match(text)
    share, text = (lead[0], text[lead.end() :]) if lead else ("", text)
    runs = [[match.group(2)] if match.group(2) else list(_segment(match.group(1))) for match in _TOKEN.finditer(text)]
    if not all(runs):
        return []
    readings = ["".join(pieces) for pieces in islice(product(*runs), _MAX_READINGS)]
    ranked = ((_rate(reading), reading) for reading in readings)
    return [share + reading for _, reading in sorted((cost, reading) for cost, reading in ranked if cost is not None)]


def _segment(letters: str) -> Iterator[str]:
    if not letters:
        yield ""
        return
    for size in (2, 1):
        symbol = letters[:size].capitalize()
        if len(letters) >= size and symbol in SYMBOLS:
            for rest in _segment(letters[size:]):
                yield symbol + rest


def _rate(text: str) -> tuple[bool, int, int] | None:
    """What a reading costs, the least first: not neutral, uncommon elements, elements; None for what is no compound."""
    amounts = parse_plain(text)
    if not amounts or not _NOWHERE.isdisjoint(amounts):
        return None
    if not (any(char.isdigit() for char in text) or {"Li", "Na"} & set(amounts)):
        return None  # prose such as 'none'
    uncommon = sum(element not in _COMMON for element in amounts)
    return not balance(amounts).is_neutral, uncommon, len(amounts)
