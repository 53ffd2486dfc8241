"""Abbreviations of the field: what each may stand for. None is read, for most cover several stoichiometries."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from surrogate.errors import CompositionError

_CHLORIDE: Final = ("Li6PS5Cl", "Li5.5PS4.5Cl1.5", "Li5.7PS4.7Cl1.3")
_THIOPHOSPHATE: Final = ("Li3PS4", "Li7P3S11", "75Li2S-25P2S5", "70Li2S-30P2S5")
_SILICON: Final = ("Li9.54Si1.74P1.44S11.7Cl0.3",)
_LAYERED: Final = ("LiNi0.8Co0.1Mn0.1O2", "LiNi0.6Co0.2Mn0.2O2", "LiNi0.33Co0.33Mn0.34O2")

# Upper case without spaces and dashes -> proposals.
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
    "LISICON": ("Li14ZnGe4O16", "Li3.25Ge0.25P0.75S4"),
    "THIOLISICON": ("Li3.25Ge0.25P0.75S4",),
    "NASICON": ("Na3Zr2Si2PO12", "Li1.3Al0.3Ti1.7(PO4)3"),
}
# Abbreviations that would also read as elements.
_READABLE: Final = frozenset({"LiPON", "LiPS", "NPS", "LiSICON", "NaSICON", "NASICON"})
_ACTIVE: Final = frozenset({"NCM", "NMC", "NCA", "LCO", "LFP", "LMO", "LTO", "LNMO"})


def explain_abbreviation(text: str) -> CompositionError | None:
    """The error for an abbreviation of the field, or None if the text is none."""
    key = re.sub(r"[\s_-]", "", text).upper()
    proposals = ABBREVIATIONS.get(key)
    if proposals is None:
        return None
    several = "stands for several stoichiometries" if len(proposals) > 1 else "is an abbreviation, not a formula"
    role = "; it is an active material, not an electrolyte" if key.rstrip("0123456789") in _ACTIVE else ""
    hint = f"Write the formula, for example {' or '.join(proposals[:3])}."
    return CompositionError(f"'{text}' {several}{role}.", hint=hint, proposals=proposals)


#: Solvents of which crystals keep some, with their formulas.
SOLVENTS: Final[Mapping[str, str]] = {
    "THF": "C4H8O", "ACN": "C2H3N", "MECN": "C2H3N", "DME": "C4H10O2", "ETOH": "C2H6O", "MEOH": "CH4O", "EA": "C4H8O2",
    "NMF": "C2H5NO", "DMC": "C3H6O3", "EDA": "C2H8N2", "PYRIDINE": "C5H5N", "TOLUENE": "C7H8",
}  # fmt: skip
#: A word of letters, with a number of its own at most; no piece of a formula that goes on.
_WORD: Final = re.compile(r"(?<![A-Za-z])[A-Z][A-Za-z]+(?![a-z])(?:[ -]?\d{2,3}(?!\d))?(?!\d*(?:\.\d+)?[A-Z(])")


def explain_piece(text: str) -> CompositionError | None:
    """The error for a text in which an abbreviation or a solvent stands among formulas; None if none does."""
    for match in _WORD.finditer(text):
        word = match[0]
        key = re.sub(r"[\s-]", "", word).upper()
        letters = key.rstrip("0123456789")
        if key == letters and key in SOLVENTS:
            written = f"{text[: match.start()]}{SOLVENTS[key]}{text[match.end() :]}"
            kept = f"; what stays in the crystal is written as {written}" if "·" in text else ""
            return CompositionError(
                f"'{word}' in '{text[:60]}' is a solvent, not a formula.",
                hint=f"Name it as the solvent of the recipe{kept}.",
                proposals=(written,) if kept else (),
            )
        if letters in _ACTIVE:
            return CompositionError(
                f"'{word}' in '{text[:60]}' is an active material, which is no part of an electrolyte.",
                hint="Give it as active_material, its share as active_weight_fraction, and the electrolyte alone.",
            )
        proposals = ABBREVIATIONS.get(key) or ABBREVIATIONS.get(letters)
        if proposals is not None and word != text:
            hint = f"Write the formula, for example {' or '.join(proposals[:3])}."
            return CompositionError(f"'{word}' in '{text[:60]}' is an abbreviation.", hint=hint)
    return None


def is_readable_abbreviation(text: str) -> bool:
    """Whether the text is an abbreviation although every letter of it is an element (LiPON)."""
    return text in _READABLE
