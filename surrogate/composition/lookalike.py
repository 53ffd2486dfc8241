"""What a string was probably meant to be: abbreviations, wrong case, decimal commas, look-alikes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Final

from surrogate.composition.charge import balance
from surrogate.composition.elements import ALKALI, HALOGENS, SYMBOLS
from surrogate.composition.notation import parse_plain
from surrogate.errors import CompositionError

_CHLORIDE: Final = ("Li6PS5Cl", "Li5.5PS4.5Cl1.5", "Li5.7PS4.7Cl1.3")
_THIOPHOSPHATE: Final = ("Li3PS4", "Li7P3S11", "75Li2S-25P2S5", "70Li2S-30P2S5")
_SILICON: Final = ("Li9.54Si1.74P1.44S11.7Cl0.3",)
_LAYERED: Final = ("LiNi0.8Co0.1Mn0.1O2", "LiNi0.6Co0.2Mn0.2O2", "LiNi0.33Co0.33Mn0.34O2")

# Abbreviations cover several stoichiometries, so none is read; upper case without spaces and dashes -> proposals.
ABBREVIATIONS: Final[Mapping[str, Sequence[str]]] = {
    **dict.fromkeys(("LPSCL", "LPSC"), _CHLORIDE),
    **dict.fromkeys(("LPSBR", "LPSB"), ("Li6PS5Br", "Li5.5PS4.5Br1.5")),
    "LPSI": ("Li6PS5I", "Li7P2S8I"),
    **dict.fromkeys(("LPSX", "LI6PS5X", "ARGYRODITE"), ("Li6PS5Cl", "Li6PS5Br", "Li6PS5I")),
    **dict.fromkeys(("LPSCLBR", "LPSBRCL", "LPSCB"), ("Li6PS5Cl0.5Br0.5", "Li5.5PS4.5Cl0.75Br0.75")),
    "LGPS": ("Li10GeP2S12", "Li7GePS8"),
    **dict.fromkeys(("LPS", "LIPS"), _THIOPHOSPHATE),
    **dict.fromkeys(("LSIPSCL", "LSPSCL", "LSPSC"), _SILICON),
    **dict.fromkeys(("LSIPS", "LSPS"), ("Li10SiP2S12", "Li10SnP2S12")),
    "LSNPS": ("Li10SnP2S12",),
    **dict.fromkeys(("LGSSI", "LGPSI"), ("Li6.6P0.4Ge0.6S5I",)),
    "LSS": ("Li4SnS4",),
    "NPS": ("Na3PS4",),
    "LIC": ("Li3InCl6",),
    "LYC": ("Li3YCl6",),
    "LYB": ("Li3YBr6",),
    "LZC": ("Li2ZrCl6",),
    "LLZO": ("Li7La3Zr2O12",),
    "LLTO": ("Li0.33La0.56TiO3",),
    "LATP": ("Li1.3Al0.3Ti1.7(PO4)3",),
    "LAGP": ("Li1.5Al0.5Ge1.5(PO4)3",),
    "LIPON": ("Li3.3PO3.9N0.17",),
    **dict.fromkeys(("NCM811", "NMC811"), _LAYERED[:1]),
    **dict.fromkeys(("NCM622", "NMC622"), _LAYERED[1:2]),
    **dict.fromkeys(("NCM111", "NMC111"), _LAYERED[2:]),
    **dict.fromkeys(("NCM", "NMC"), _LAYERED),
    "NCA": ("LiNi0.8Co0.15Al0.05O2",),
    "LCO": ("LiCoO2",),
    "LFP": ("LiFePO4",),
    "LMO": ("LiMn2O4",),
    "LTO": ("Li4Ti5O12",),
    "LNMO": ("LiNi0.5Mn1.5O4",),
    "LNO": ("LiNbO3", "LiNiO2"),
}
# Abbreviations that would also read as elements.
_READABLE: Final = frozenset({"LiPON", "LiPS", "NPS"})
_ACTIVE: Final = frozenset({"NCM", "NMC", "NCA", "LCO", "LFP", "LMO", "LTO", "LNMO"})
_COMMON: Final = frozenset(
    (
        *ALKALI,
        *HALOGENS,
        "P",
        "S",
        "O",
        "N",
        "Ge",
        "Si",
        "Sn",
        "Sb",
        "As",
        "Al",
        "In",
        "Y",
        "Zr",
        "Ti",
        "Ni",
        "Co",
        "Mn",
    )
)
_MAX_READINGS: Final = 128

_HOMOGLYPHS: Final = str.maketrans("СсРОоІіАВЕНКМТХ", "CcPOoIiABEHKMTX")
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")
_TOKEN: Final = re.compile(r"([A-Za-z]{1,12})|([^A-Za-z]+)")
_DECIMAL_COMMA: Final = re.compile(r"(?<=\d),(?=\d)")
_UPPER_PAIR: Final = re.compile(r"([A-Z])([A-Z])(?![a-z])")
_CHLORINE: Final = re.compile(r"C(?:I(?![a-z])|1(?![0-9.]))")

Reader = Callable[[str], object]


@dataclass(frozen=True, kw_only=True)
class LookAlike:
    """One reading that the string may have been meant to have."""

    piece: str
    proposal: str


def abbreviation_error(text: str) -> CompositionError | None:
    """The error for an abbreviation of the field, or None if the text is none."""
    key = re.sub(r"[\s_-]", "", text).upper()
    proposals = ABBREVIATIONS.get(key)
    if proposals is None:
        return None
    several = "stands for several stoichiometries" if len(proposals) > 1 else "is an abbreviation, not a formula"
    role = "; it is an active material, not an electrolyte" if key.rstrip("0123456789") in _ACTIVE else ""
    hint = f"Write the formula, for example {' or '.join(proposals[:3])}."
    return CompositionError(f"'{text}' {several}{role}.", hint=hint, proposals=proposals)


def is_readable_abbreviation(text: str) -> bool:
    """Whether the text is an abbreviation although every letter of it is an element (LiPON)."""
    return text in _READABLE


def chlorine_written_as_carbon(text: str) -> LookAlike | None:
    """'CI' (carbon, iodine) where chlorine is meant: C without an amount before I, no other carbon in the text."""
    match = _CHLORINE.search(text)
    if not match or match.group() != "CI" or text == "CI" or len(re.findall(r"C(?![a-z])", text)) > 1:
        return None
    return LookAlike(piece="CI", proposal=text[: match.start()] + "Cl" + text[match.end() :])


def neutral_lookalikes(text: str) -> Iterator[LookAlike]:
    """Two characters that as one symbol would make a neutral compound (SI for Si, C1 for Cl), as written it is none."""
    for match in (*_UPPER_PAIR.finditer(text), *_CHLORINE.finditer(text)):
        symbol = match.group()[0] + match.group()[1].lower().replace("1", "l")
        proposal = text[: match.start()] + symbol + text[match.end() :]
        other = parse_plain(proposal) if symbol in SYMBOLS else None
        if other and balance(other).is_neutral:
            yield LookAlike(piece=match.group(), proposal=proposal)


def with_separator(text: str) -> str | None:
    """The text with a dash between two neutral compounds written without one ('Li2S25P2S5'), or None."""
    lead = _NUMBER.match(text)
    begin = lead.end() if lead else 0
    for split in range(begin + 2, len(text) - 1):
        right = text[split:].strip()
        number = _NUMBER.match(right)
        left_amounts = parse_plain(text[begin:split].strip())
        right_amounts = parse_plain(right[number.end() if number else 0 :])
        if left_amounts and right_amounts and _are_compounds(left_amounts, right_amounts):
            return f"{text[:split].strip()}-{right}"
    return None


def _are_compounds(*several: Mapping[str, float]) -> bool:
    return all(len(amounts) > 1 and balance(amounts).is_neutral for amounts in several)


def proposals_for(text: str, can_read: Reader) -> tuple[str, ...]:
    """Readable strings that the text was probably meant to be, the most likely first; at most three."""
    repaired = _DECIMAL_COMMA.sub(".", text.translate(_HOMOGLYPHS))
    candidates = [repaired] if repaired != text else []
    separated = with_separator(repaired)
    candidates += [separated] if separated else []
    if re.search(r"[A-Z]\d*(?:\.\d+)?X(?![a-z])", repaired):
        candidates += [re.sub(r"X(?![a-z])", halogen, repaired) for halogen in ("Cl", "Br", "I")]
    if len(repaired) <= 60:
        candidates += _recased(repaired)
    return tuple(islice((c for c in dict.fromkeys(candidates) if c != text and _reads(c, can_read)), 3))


def _reads(text: str, can_read: Reader) -> bool:
    try:
        can_read(text)
    except CompositionError:
        return False
    return True


def _recased(text: str) -> list[str]:
    """Segmentations of the letters into elements whatever their case: neutral ones with common elements first."""
    runs = [[match.group(2)] if match.group(2) else list(_segmented(match.group(1))) for match in _TOKEN.finditer(text)]
    if not all(runs):
        return []
    readings = ["".join(pieces) for pieces in islice(product(*runs), _MAX_READINGS)]
    ranked = ((_cost(reading), reading) for reading in readings)
    return [reading for _, reading in sorted((cost, reading) for cost, reading in ranked if cost is not None)]


def _segmented(letters: str) -> Iterator[str]:
    if not letters:
        yield ""
        return
    for size in (2, 1):
        symbol = letters[:size].capitalize()
        if len(letters) >= size and symbol in SYMBOLS:
            for rest in _segmented(letters[size:]):
                yield symbol + rest


def _cost(text: str) -> tuple[bool, int, int] | None:
    amounts = parse_plain(text)
    if not amounts:
        return None
    if not (any(char.isdigit() for char in text) or {"Li", "Na"} & set(amounts)):
        return None  # prose such as 'none'
    uncommon = sum(element not in _COMMON for element in amounts)
    return not balance(amounts).is_neutral, uncommon, len(amounts)
