"""Typos that leave a formula readable but change what it says, and what was probably meant.

A digit 0 for the letter O (``P04``, ``Zr2012``) and the reverse, a small o (``LiFePo4``, ``Li2Co3``), a full stop for
the dot of a hydrate (``LiCl.2H2O``), a charge for an amount (``Fe3+2S3``), a bracket left out, an anion left out, what
a scan confuses (``Li3P54``), a key hit twice (``Li6PS55Cl``). The charge tells: what is written is no neutral compound,
and the text with the typo undone is one. Where several places may be wrong, few changes are tried before many, and no
more than :data:`MAX_TRIALS` altogether.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations, islice
from typing import Final

from surrogate.composition.charge import USUAL_STATES, balance
from surrogate.composition.notation import parse_plain

MAX_TRIALS: Final = 32
_MAX_CHARACTERS: Final = 500  # read in all trials together
_MAX_ELEMENTS: Final = 10
_MAX_CHANGES: Final = 3
_MAX_PLACES: Final = 6

# Elements that do not alloy with cobalt: alkali and alkaline earth metals and whatever is no metal.
# fmt: off
_NOT_IN_ALLOYS: Final = frozenset({
    "Li", "Na", "K", "Rb", "Cs", "Mg", "Ca", "Sr", "Ba", "H", "B", "C", "N", "O", "F", "P", "S", "Cl", "Se", "Br",
    "Te", "I", "Po", "No",
})
# fmt: on
# States of N, S and halogens inside oxo-anions are usual where the formula shows the oxo-anion.
_MIXED: Final = frozenset({"V", "Mn", "Fe", "Co", "Ni", "Ce", "Pr", "Tb", "Cu"})
_OXO: Final = frozenset({"N", "S", "Se", "Cl", "Br", "I"})
_LEADING_ZERO: Final = re.compile(r"(?<=[A-Za-z)\]])0(?!\.)")
_DECIMAL_LOST: Final = re.compile(r"(?<=[A-Za-z)\]])0(?=\d)")
_INNER_ZERO: Final = re.compile(r"(?<=[1-9])0(?=[1-9A-Z()\[\]+·-]|0\.|$)")
_SMALL_O: Final = re.compile(r"(?<=[PNCH])o")
_ZERO_IN_SYMBOL: Final = re.compile(r"(?<=C)0")
_LETTER_BEFORE_POINT: Final = re.compile(r"[Oo](?=\.\d)")
_LETTER_FOR_ZERO: Final = re.compile(r"(?<=\d)[Oo](?![a-z])")
_LETTER_FOR_ONE: Final = re.compile(r"(?<=[A-Z\d])[lI](?=\d)|(?<=[a-z])[lI](?=[0+-])")
# The reverse: 'Li7P2S81', 'Li6PS5Cl0.9l0.1', and lithium without its letters: 'L16PS5Cl', 'Ll6PS5Cl', '1i6PS5Cl'.
_ONE_FOR_IODINE: Final = re.compile(r"(?<=\d)(?:1(?=$|[A-Z(])|l(?![a-z]))")
# Letters and digits of a scan: 'Li3P54', 'Li6PSSCl', 'Li7P2SBI', 'Li38O3', 'Li6PS5 8r', 'Li3InClG'.
_FIVE_FOR_S: Final = re.compile(r"(?<=[A-Za-z\d)])(?<!\.\d)(?<!\.\d\d)5(?=\d|$)")
_DOUBLE_S: Final = re.compile(r"(?<=[A-Za-z\d])SS(?![a-z])")
_B_FOR_EIGHT: Final = re.compile(r"(?<=[A-Za-z])B(?![a-z])")
_EIGHT_FOR_B: Final = re.compile(r"(?<=[A-Za-z\d])\s?8(?=[A-Z]|r)")
_G_FOR_SIX: Final = re.compile(r"(?<=[A-Za-z])G(?![ade])")
_ELL_FOR_ONE: Final = re.compile(r"(?<![ACT])l(?![a-km-z])|(?<=\d\.)I(?=[A-Z(]|$)")
_ALUMINIUM: Final = re.compile(r"A[I1](?=\d*\.?\d)")
_RAISED_POINT: Final = re.compile(r"(?<=\d)·(?=\d)")  # the decimal point of British print
# A key that was hit twice: 'Li6PS55Cl', 'Li6PPS5Cl'.
_TWICE: Final = re.compile(r"(?<!\.)(?<!\.\d)(\d|[A-Z][a-z]?)\1")
_LITHIUM: Final = re.compile(r"^(\d*)(?:L[1lI]|[1lI]i)(?=[\dA-Z(])")
_FULL_STOP: Final = re.compile(r"\.(?=\s?(?:\d+(?:\.\d+)?)?\s?[A-Z(])")
_CHARGE: Final = re.compile(r"(?<=[A-Za-z\d)\]])(?:\^?\{?(?:[1-9][+-]|[+-][1-9]?)\}?)")
_ION: Final = re.compile(r"([A-Z][a-z]?|[)\]])(?:\^?\{?(?:[1-9]?[+-]|[+-][1-9])\}?)(?=[\dA-Z(\[]|$)")
_RAISED_CHARGE: Final = re.compile(r"\^\{?(?:[1-9]?[+-]|\d+)\}?")
_HAS_CHARGE: Final = re.compile(r"\^|[+-]$|[A-Za-z)\]][1-9][+-](?=\d|[A-Z(]|$)|[A-Za-z)\]][+-][1-9](?=[A-Z]|$)")
# What lost its bracket: 'PO43', 'OH2'. 'Ni8Co1Mn1O2' lost its points. '-5C', '_2' and '#3' name a sample.
_GROUP: Final = re.compile(r"([A-Z][a-z]?O[2-4]|OH|BH4|PS4|NH4)([2-9])(?![\d.])")
_GLUED_BRACKET: Final = re.compile(r"\)(?=[\d.]+[A-Z(])")
_LAYERED_METAL: Final = re.compile(r"(Ni|Co|Mn|Al)([1-9]\d?)(?![\d.])")
_SUFFIX: Final = re.compile(r"\s*[-_#]\s*(?:\d{1,4}[A-Za-z]{0,2}|[A-Za-z]\d{0,3}|[A-Z]{2,3}\d{0,3})$|[·?'†‡§#]+$")
# 'N' and 'C' that were nickel and cobalt: 'LiN0.8Co0.1Mn0.1O2'.
_CUT_METAL: Final = re.compile(r"N(?=0?\.\d)|CO?(?=0?\.\d)")
_METALS: Final = frozenset({"Ni", "Co", "Mn", "Al"})
# Words and numbers behind a formula: ', 550 °C', ' batch 3', '_old', ' [A1]'; nothing that may be a compound.
_WORDS_BEHIND: Final = re.compile(r"(?:[\s,;_@]+(?!\d*[a-z]?[A-Z])[^A-Z%+·-]*[CK]?|\s*\[[^\]]*\])$")
_ELEMENT: Final = re.compile(r"[A-Z][a-z]?")
# Molecules of one element that may be a component; 'Li2' and 'Fe3' are none.
_MOLECULES: Final = frozenset({"H2", "N2", "O2", "F2", "Cl2", "Br2", "I2", "S8", "Se8", "P4"})

Amounts = Mapping[str, float]
Reader = Callable[[str], Amounts | None]


def is_sound(amounts: Amounts | None) -> bool:
    """Whether the amounts are a neutral compound in usual oxidation states, so that no typo is to be looked for.

    One element may have two usual states side by side, as manganese in LiMn2O4.
    """
    if not amounts or len(amounts) > _MAX_ELEMENTS:
        return False
    charge = balance(amounts)
    if charge.is_neutral:
        return _OXO.issuperset(charge.rare)
    return charge.is_ionic and _is_mixed_valent(amounts)


def _is_mixed_valent(amounts: Amounts) -> bool:
    expected = sum(amount * USUAL_STATES[el][0] for el, amount in amounts.items())
    for el, amount in amounts.items():
        states = USUAL_STATES[el]
        rest = expected - amount * states[0]
        if el in _MIXED and rest + amount * min(states) < 0 < rest + amount * max(states):
            return True
    return False


def guess_meant(text: str, read: Reader) -> tuple[str, ...]:
    """What a text, which reads as no sound compound, was probably meant to be: at most two sound texts.

    Args:
        text: As it was written.
        read: Gives the amounts of a text, None for what has none.
    """
    trials = min(MAX_TRIALS, _MAX_CHARACTERS // max(len(text), 1))
    edits = islice(_skip_repeats(undo_typos(text), text), trials)
    return tuple(islice((edited for edited in edits if is_sound(read(edited))), 2))


def _skip_repeats(texts: Iterable[str], but: str) -> Iterator[str]:
    """Each text once and lazily, ``but`` left out."""
    seen = {but}
    for text in texts:
        if text not in seen:
            seen.add(text)
            yield text


def may_be_an_alloy(amounts: Amounts) -> bool:
    """Whether the elements are heavy metals only, which form alloys such as FeCo3 with cobalt."""
    return len(amounts) > 1 and _NOT_IN_ALLOYS.isdisjoint(amounts)


def add_anion(written: str, amounts: Amounts, other_parts: Sequence[Amounts]) -> tuple[str, ...]:
    """'Li2S' for the 'Li2' of a mixture of sulfides, whose anion was left out; nothing for atoms and molecules.

    Args:
        written: The formula without anion.
        amounts: Of its elements.
        other_parts: Those of the other formulas of the mixture.
    """
    if set(amounts.values()) == {1.0} or written in _MOLECULES:
        return ()
    anions = [el for el in ("S", "O", "Se", "Cl", "Br", "I", "F") if any(el in other for other in other_parts)]
    candidates = ((el, count) for el in anions for count in range(1, 8))
    return tuple(
        f"{written}{el}{'' if count == 1 else count}" for el, count in candidates if is_sound({**amounts, el: count})
    )[:1]


def complete_metals(text: str, amounts: Amounts) -> tuple[str, ...]:
    """A layered oxide with cobalt for its carbon, 'LiNi0.8C0.1Mn0.1O2', which is neutral as written; or nothing.

    Args:
        text: The formula.
        amounts: Of its elements, carbon among them.
    """
    if _METALS.isdisjoint(amounts) or "H" in amounts or amounts.get("O", 0.0) < 4.0 * amounts["C"]:
        return ()
    completed = _CUT_METAL.sub(_complete, text)
    return (completed,) if completed != text and is_sound(parse_plain(completed)) else ()


def _complete(match: re.Match[str]) -> str:
    return "Ni" if match[0] == "N" else "Co"


def undo_typos(text: str) -> Iterator[str]:
    """The text with typos undone, likely ones first."""
    yield _LETTER_FOR_ONE.sub("1", text)
    yield from _undo_zeros(text)
    yield from _undo_small_o(text)
    pointed = _LETTER_BEFORE_POINT.sub("0", text)
    yield pointed
    yield from (_replace(pointed, (match.start(),), "0") for match in islice(_LETTER_FOR_ZERO.finditer(pointed), 3))
    yield _CUT_METAL.sub(_complete, text)
    yield _ONE_FOR_IODINE.sub("I", text)
    yield _LITHIUM.sub(r"\1Li", text)
    yield from _insert_dots(text)
    if _HAS_CHARGE.search(text):
        yield _RAISED_CHARGE.sub("", text)
        yield _ION.sub(r"\1", text)
        yield _CHARGE.sub("", text)
    yield from _insert_bracket(text)
    yield _GROUP.sub(r"(\1)\2", text)
    yield _GLUED_BRACKET.sub(")-", text)
    yield _LAYERED_METAL.sub(r"\g<1>0.\2", text)
    yield _SUFFIX.sub("", text)
    yield _WORDS_BEHIND.sub("", text)
    yield from _undo_look_alikes(text)
    yield from (f"{text[: m.end(1)]}{text[m.end() :]}" for m in islice(_TWICE.finditer(text), _MAX_PLACES))


def _undo_zeros(text: str) -> Iterator[str]:
    """The letter O for zeros: for all that lead an amount (or a point behind them), and for some inside amounts."""
    if "0" not in text:
        return
    inner = [match.start() for match in islice(_INNER_ZERO.finditer(text), _MAX_PLACES)]
    leading = _LEADING_ZERO.search(text) is not None
    for places in _choose(inner, at_least=0 if leading else 1):
        changed = _replace(text, places, "O")
        yield _LEADING_ZERO.sub("O", changed)
        if leading:
            yield _DECIMAL_LOST.sub("0.", changed)
            yield _ZERO_IN_SYMBOL.sub("o", changed)


def _undo_small_o(text: str) -> Iterator[str]:
    for places in _choose([match.start() for match in islice(_SMALL_O.finditer(text), _MAX_PLACES)]):
        changed = _replace(text, places, "O")
        yield changed
        if _LEADING_ZERO.search(changed):
            yield _LEADING_ZERO.sub("O", changed)


def _undo_look_alikes(text: str) -> Iterator[str]:
    """S for 5, B for 8 and 6 for G, and the reverse, as scanned papers have them."""
    fives = [match.start() for match in islice(_FIVE_FOR_S.finditer(text), 3)]
    yield from (_replace(text, (place,), "S") for place in fives)
    yield _DOUBLE_S.sub("S5", text)
    yield _B_FOR_EIGHT.sub("8", text)
    yield _EIGHT_FOR_B.sub("B", text)
    yield _G_FOR_SIX.sub("6", text)
    yield _ELL_FOR_ONE.sub("1", text)
    yield _ALUMINIUM.sub("Al", text)
    yield _RAISED_POINT.sub(".", text)


def _insert_dots(text: str) -> Iterator[str]:
    """Dots for full stops, where a compound stands behind the last: 'LiCl.2H2O'."""
    stops = [match.start() for match in islice(_FULL_STOP.finditer(text), _MAX_PLACES)]
    if stops and is_sound(parse_plain(text[stops[-1] + 1 :].lstrip("0123456789. "))):
        for places in (stops[-2:-1], stops[-1:], stops):
            yield _replace(text, places, "·")


def _insert_bracket(text: str) -> Iterator[str]:
    """The bracket that is missing at every place where it may stand."""
    missing = text.count("(") - text.count(")")
    if missing == 1:
        begin = text.rfind("(")
        places = [match.end() for match in re.finditer(r"[A-Za-z]|\d", text[begin:])]
        yield from (f"{text[: begin + place]}){text[begin + place :]}" for place in places[1:])
    elif missing == -1:
        end = text.find(")")
        yield from (f"{text[: m.start()]}({text[m.start() :]}" for m in _ELEMENT.finditer(text[:end]))


def _choose(places: list[int], *, at_least: int = 1) -> Iterator[tuple[int, ...]]:
    """Some of the places, few before many."""
    for size in range(at_least, min(len(places), _MAX_CHANGES) + 1):
        yield from combinations(places, size)


def _replace(text: str, places: Sequence[int], character: str) -> str:
    characters = list(text)
    for place in places:
        characters[place] = character
    return "".join(characters)
