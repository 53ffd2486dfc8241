"""Typos of composition strings, kind by kind, and the judge of how such a string is read.

Every generator takes a string that is right and returns a wrong one, or None where its kind of typo has no place in it.
The judge compares the reading of the wrong string with that of the right one.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from surrogate.composition import Composition, parse_composition
from surrogate.errors import CompositionError

Generator = Callable[[str, random.Random], str | None]


class Outcome(StrEnum):
    """What became of a typo."""

    PROPOSED = "refused with the likely reading"
    REFUSED = "refused"
    RIGHT = "read as meant"
    WARNED = "read otherwise, with a warning or note"
    SILENT = "read otherwise, without a word"


@dataclass(frozen=True, kw_only=True)
class Typo:
    """One wrong string and what was meant."""

    kind: str
    typed: str
    meant: str

    def judged(self) -> Outcome:
        """How the wrong string is read."""
        meant = parse_composition(self.meant)
        try:
            read = parse_composition(self.typed)
        except CompositionError as error:
            readings = (reading for text in error.proposals if (reading := _reading(text)) is not None)
            return Outcome.PROPOSED if any(_are_equal(reading, meant) for reading in readings) else Outcome.REFUSED
        if _are_equal(read, meant):
            return Outcome.RIGHT
        return Outcome.WARNED if read.warnings or read.notes else Outcome.SILENT


def _reading(text: str) -> Composition | None:
    try:
        return parse_composition(text)
    except CompositionError:
        return None


def _are_equal(one: Composition, other: Composition) -> bool:
    elements = set(one.amounts) | set(other.amounts)
    return all(abs(one.fraction(el) - other.fraction(el)) <= 2e-3 for el in elements)


#: What is right, beside the formulas of the tables: every notation in which a typo has a place.
RIGHT: Final[tuple[str, ...]] = (
    "Li6PS5Cl", "Li5.5PS4.5Cl1.5", "Li6PS5Cl0.5Br0.5", "Li10GeP2S12", "Li9.54Si1.74P1.44S11.7Cl0.3", "Li7P3S11",
    "Li3PS4", "Li4SnS4", "Li3.25Ge0.25P0.75S4", "Li6.6P0.4Ge0.6S5I", "Li3InCl6", "Li2ZrCl6", "Li3YBr6", "Na3SbS4",
    "Li7La3Zr2O12", "Li3PO4", "LiNO3", "Li2CO3", "Li2SO4", "LiFePO4", "LiCoO2", "LiNi0.8Co0.1Mn0.1O2", "LiOH",
    "LiNi0.5Mn1.5O4", "Li4Ti5O12", "Li1.3Al0.3Ti1.7(PO4)3", "Li1.5Al0.5Ge1.5(PO4)3", "LiZr2(PO4)3", "Ca(OH)2",
    "LiHf2(PO4)3", "Li5.4PS4.4(BH4)0.6Cl", "LiBH4", "Al2O3", "P2O5", "SiO2", "ZnO", "CaCO3", "BaCO3", "Fe2S3", "Sb2S5",
    "75Li2S-25P2S5", "70Li2S-30P2S5", "75Li2S·25P2S5", "60Li2S-20P2S5-20LiI", "0.75Li2S-0.25P2S5", "75Li2O-25P2O5",
    "50Li2S-40GeS2-10ZnO", "95(80Li2S-20P2S5)-5LiI", "3Li2S-1P2S5", "LiCl·H2O", "LiCl·2H2O", "MgCl2·6H2O",
    "Zn(NO3)2·6H2O", "Li3InCl6·2H2O", "Na3SbS4·9H2O", "Li3PS4·LiI", "Li3PS4·0.5LiI", "50Li2S-50SiS2",
)  # fmt: skip


def _replaced(text: str, pattern: str, replacement: str, rng: random.Random) -> str | None:
    """One random match of the pattern replaced, None without a match."""
    matches = list(re.finditer(pattern, text))
    if not matches:
        return None
    match = rng.choice(matches)
    return text[: match.start()] + match.expand(replacement) + text[match.end() :]


def _replacing(pattern: str, replacement: str) -> Generator:
    """A slip that replaces one random match."""
    return lambda text, rng: _replaced(text, pattern, replacement, rng)


def _write_zero_for_o(text: str, rng: random.Random) -> str | None:
    typed = text if rng.random() < 0.5 else None
    return (re.sub(r"O(?![a-z])", "0", typed) if typed else _replaced(text, r"O(?![a-z])", "0", rng)) or None


def _write_o_for_zero(text: str, rng: random.Random) -> str | None:
    return _replaced(text, r"0", rng.choice("Oo"), rng)


def _part_bracket(text: str, rng: random.Random) -> str | None:
    """A space before the last piece, which is put in brackets: 'Li6PS5 (Cl)'."""
    match = re.fullmatch(r"((?:[A-Z][a-z]?[\d.]*)+?)((?:[A-Z][a-z]?[\d.]*){1,2})", text)
    return f"{match[1]} ({match[2]})" if match else None


def _append_name(text: str, rng: random.Random) -> str | None:
    names = [f"-{rng.randint(1, 20)}{rng.choice('CBSNKPIFHVWYU')}", f"-{rng.choice((450, 500, 550))}C"]
    names += [f"-{rng.choice('ABCSN')}", f"-{rng.randint(1, 9)}", f"_{rng.randint(1, 9)}", f" #{rng.randint(1, 9)}"]
    return None if text[0].isdigit() or "·" in text else text + rng.choice(names)


def _write_charge(text: str, rng: random.Random) -> str | None:
    """The charge of one or all elements of a plain formula, as in 'Fe3+2S3'."""
    if not re.fullmatch(r"(?:[A-Z][a-z]?[\d.]*)+", text):
        return None
    states = parse_composition(text).oxidation_states
    everywhere, chosen = rng.random() < 0.3, rng.choice(sorted(states))

    def charged(match: re.Match[str]) -> str:
        state = round(states[match[1]])
        if not state or not (everywhere or match[1] == chosen):
            return match[0]
        sign = "+" if state > 0 else "-"
        return f"{match[1]}{abs(state) if abs(state) > 1 else ''}{sign}{match[2]}"

    return re.sub(r"([A-Z][a-z]?)([\d.]*)", charged, text)


def _write_full_stop(text: str, rng: random.Random) -> str | None:
    return text.replace("·", ".") if "·" in text else None


def _write_comma(text: str, rng: random.Random) -> str | None:
    return text.replace(".", ",") if "." in text else None


def _lose_point(text: str, rng: random.Random) -> str | None:
    return re.sub(r"0\.(?=\d)", "0", text) if "0." in text else None


def _weigh_last(text: str, rng: random.Random) -> str | None:
    """A unit at the last share of a mixture only."""
    return _replaced(text, r"-([\d.]+)(?=[A-Z][A-Za-z0-9]*$)", r"-\1 wt% ", rng) if text[0].isdigit() else None


def _add_to_whole(text: str, rng: random.Random) -> str | None:
    """A share behind a mixture that is whole already, as in '(75Li2S·25P2S5)·20LiI'."""
    if not re.fullmatch(r"\d\d[A-Z][A-Za-z0-9]*[-·]\d\d[A-Z][A-Za-z0-9]*", text):
        return None
    return f"({text}){rng.choice('-·+')}{rng.randint(1, 30)}{rng.choice(('LiI', 'LiCl', 'Li3PO4', 'ZnO'))}"


def _lose_anion(text: str, rng: random.Random) -> str | None:
    return text.replace("Li2S-", "Li2-") if re.match(r"[\d.]+Li2S-", text) else None


def _part_elements(text: str, rng: random.Random) -> str | None:
    """Spaces between the pieces of a formula, or before its amounts too."""
    if not re.fullmatch(r"(?:[A-Z][a-z]?[\d.]*)+", text):
        return None
    pieces = re.findall(r"[A-Z][a-z]?|[\d.]+" if rng.random() < 0.5 else r"[A-Z][a-z]?[\d.]*", text)
    return " ".join(pieces) if len(pieces) > 1 else None


KINDS: Final[Mapping[str, Generator]] = {
    "0 for O": _write_zero_for_o,
    "o for O": _replacing(r"(?<=[A-Za-z])O(?![a-z])", "o"),
    "O for 0": _write_o_for_zero,
    "C0 for Co": _replacing(r"(?<=C)o", "0"),
    "bracket lost": _replacing(r"[()]", ""),
    "bracket behind a space": _part_bracket,
    "name of a sample": _append_name,
    "charge": _write_charge,
    "full stop for dot": _write_full_stop,
    "separator lost": _replacing(r"(?<=[A-Za-z0-9)])[-·](?=[0-9A-Z(])", ""),
    "space for separator": _replacing(r"(?<=[A-Za-z0-9)])[-·](?=[0-9A-Z(])", " "),
    "decimal comma": _write_comma,
    "decimal point lost": _lose_point,
    "unit at the last share": _weigh_last,
    "addition to a whole": _add_to_whole,
    "anion lost": _lose_anion,
    "spaces in a formula": _part_elements,
}


def typos(count: int, *, texts: Sequence[str] = RIGHT, seed: int = 0) -> Iterator[Typo]:
    """``count`` typos of right ``texts``, every kind in turn; the same for the same seed."""
    rng = random.Random(seed)
    kinds = list(KINDS.items())
    for number in range(count):
        kind, generate = kinds[number % len(kinds)]
        typed, meant = None, ""
        while typed is None or typed == meant:
            # Half of them are of the list, for in the tables many kinds of typos have no place.
            meant = rng.choice(RIGHT if rng.random() < 0.5 else texts)
            typed = generate(meant, rng)
        yield Typo(kind=kind, typed=typed, meant=meant)
