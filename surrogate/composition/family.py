"""Families of materials, told from the composition alone.

Form (glass, glass-ceramic, crystal) is not in a composition: Li3PS4 and 75Li2S-25P2S5 glass are one family here, and
LGPS and thio-LISICON, which lie on one line Li(4-x)M(1-x)P(x)S4, are told apart by a window of x.

The rules look at ratios to T, the amount of framework cations (P, Ge, Si, Sn, Sb, As and every other cation of valence
three or more; not the alkali metals, not mono- and divalent dopants, not the boron of BH4), so that they do not depend
on scale. Y is S + Se + Te + O, X the halogens and BH4 groups. Windows were set to hold off-stoichiometry by elemental
analysis (a few per cent) and dopants of up to about 10 % of the T site.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from surrogate.composition.elements import ALKALI, CHALCOGENS, HALOGENS
from surrogate.errors import CompositionError


class Family(StrEnum):
    """Family at the level of the composition; values are the labels of the literature table where both have one."""

    argyrodite = "argyrodite"
    lgps_type = "LGPS-type"
    li7p3s11_type = "Li7P3S11-type"
    li3ps4_type = "Li3PS4-type"
    li2s_p2s5 = "Li2S-P2S5"
    li7p2s8x = "Li7P2S8X"
    thio_lisicon = "thio-LISICON"
    li4sns4_type = "Li4SnS4-type"
    sulfide_other = "sulfide_other"
    halide = "halide"
    sodium_sulfide = "sodium_sulfide"
    sodium_halide = "sodium_halide"
    oxide = "oxide"
    other = "other"


FAMILIES: Final[Mapping[Family, str]] = {
    Family.argyrodite: "Li(7-x)PS(6-x)X(x) and substitutions: (Y+X)/T 5.6-6.8, Y/T at least 3.9, Li/T 4.5-7.5.",
    Family.lgps_type: "Li(4-x)M(1-x)P(x)S4 with 0.3-0.56 of T not P, Sb or As (Li10GeP2S12).",
    Family.li7p3s11_type: "70Li2S-30P2S5 and additions: (Li-X)/T 2.15-2.5, Y/T 3.5-3.8, X/T at most 0.45.",
    Family.li3ps4_type: "Li3PS4 with small substitutions: Li/T near 3, Y/T near 4, X/T at most 0.05.",
    Family.li2s_p2s5: "Other ratios of Li2S and P2S5 (glass or glass-ceramic), with small additions.",
    Family.li7p2s8x: "Li3PS4 with half a lithium halide per P: Li7P2S8I, Li7P2S8Br0.5I0.5.",
    Family.thio_lisicon: "Li(4-x)M(1-x)P(x)S4 with another share of M than LGPS-type, up to Li4GeS4.",
    Family.li4sns4_type: "Li4SnS4, with As, Sb or lithium halide, without P.",
    Family.sulfide_other: "Lithium with mostly sulfur or selenium as anion, none of the above.",
    Family.halide: "Lithium with mostly halogen as anion (Li3InCl6, Li2ZrCl6, Li3YBr6).",
    Family.sodium_sulfide: "More Na than Li, mostly sulfur or selenium as anion (Na3PS4, Na3SbS4).",
    Family.sodium_halide: "More Na than Li, mostly halogen as anion (NaTaCl6).",
    Family.oxide: "Mostly oxygen as anion (garnets, NASICON, perovskites, layered oxide cathodes).",
    Family.other: "Neither lithium nor sodium, or anions of no majority (TiS2, Li3OCl, elements).",
}

# Cations that sit on the lithium site or are added as a second phase; they are not framework.
_NOT_FRAMEWORK: Final = frozenset(
    (*ALKALI, *CHALCOGENS, *HALOGENS, "H", "N", "C", "Ag", "Cu", "Zn", "Mg", "Ca", "Sr", "Ba", "Ni", "Mn", "Fe", "Co")
)
# Ratios are rounded so that the noise of scaling cannot push a composition over the edge of a window.
_DECIMALS: Final = 9
_PENTAVALENT: Final = ("P", "Sb", "As")


@dataclass(frozen=True, kw_only=True)
class _Ratios:
    """Amounts per framework cation, the language of the rules above."""

    li: float
    y: float
    x: float
    oxygen: float
    p: float
    sn: float
    tetravalent: float
    plain: bool  # nothing but Li, P, S and halogens

    @property
    def anions(self) -> float:
        return round(self.y + self.x, _DECIMALS)

    @property
    def li_without_halide(self) -> float:
        return round(self.li - self.x, _DECIMALS)


def family_of(amounts: Mapping[str, float]) -> Family:
    """Family of a set of amounts (any scale); the windows are in :data:`FAMILIES`.

    Raises :class:`CompositionError` for an empty set of amounts.
    """
    if not any(amount > 0 for amount in amounts.values()):
        raise CompositionError("A composition without any amount has no family.")
    ratios = _ratios(amounts)
    if ratios is not None and _is_argyrodite(ratios):
        return Family.argyrodite
    return _by_anion(amounts) or _lithium_sulfide(ratios)


def _by_anion(amounts: Mapping[str, float]) -> Family | None:
    """Family where the majority anion or the alkali metal decides; None for a lithium sulfide."""
    lithium, sodium = amounts.get("Li", 0.0), amounts.get("Na", 0.0)
    total = sum(amounts.get(el, 0.0) for el in (*CHALCOGENS, *HALOGENS, "N"))
    if total <= 0:
        return Family.other
    sulfur, oxygen, halogen = (
        round(sum(amounts.get(el, 0.0) for el in anions) / total, _DECIMALS)
        for anions in (("S", "Se", "Te"), ("O",), HALOGENS)
    )
    if oxygen > 0.5:
        return Family.oxide
    if lithium + sodium <= 0 or max(sulfur, halogen) <= 0.5:
        return Family.other
    if halogen > 0.5:
        return Family.sodium_halide if sodium > lithium else Family.halide
    return Family.sodium_sulfide if sodium > lithium else None


def _lithium_sulfide(ratios: _Ratios | None) -> Family:
    """Family of a composition of Li and mostly S, by stoichiometry."""
    if ratios is None:
        return Family.sulfide_other
    if ratios.sn >= 0.5 and ratios.p == 0 and 3.6 <= ratios.y <= 4.3:
        return Family.li4sns4_type
    if ratios.oxygen > round(0.2 * ratios.y, _DECIMALS):
        return Family.sulfide_other
    if ratios.tetravalent >= 0.1 and 3.5 <= ratios.anions <= 4.4 and ratios.x <= 0.3:
        return Family.lgps_type if 0.3 <= ratios.tetravalent <= 0.56 else Family.thio_lisicon
    return _thiophosphate(ratios) if ratios.p >= 0.8 else Family.sulfide_other


def _thiophosphate(ratios: _Ratios) -> Family:
    """Family on the Li2S-P2S5-LiX ternary and close to it."""
    li, y, x = ratios.li_without_halide, ratios.y, ratios.x
    if 0.4 <= x <= 0.6 and 3.8 <= y <= 4.2 and 2.8 <= li <= 3.2:
        return Family.li7p2s8x
    if x <= 0.45 and (2.25 <= li <= 2.42 if ratios.plain else 2.15 <= li <= 2.5) and 3.5 <= y <= 3.8:
        return Family.li7p3s11_type
    if x <= 0.05 and (2.9 <= li <= 3.1 if ratios.plain else 2.4 <= li <= 3.2) and 3.7 <= y <= 4.2:
        return Family.li3ps4_type
    return Family.li2s_p2s5 if x <= 0.15 and li > 0 else Family.sulfide_other


def _is_argyrodite(ratios: _Ratios) -> bool:
    return 5.6 <= ratios.anions <= 6.8 and ratios.y >= 3.9 and 4.5 <= ratios.li <= 7.5 and ratios.oxygen < 2


def _ratios(amounts: Mapping[str, float]) -> _Ratios | None:
    """Amounts per framework cation, or None where there is none (Li2S, LiCl)."""
    boron, hydrogen = amounts.get("B", 0.0), amounts.get("H", 0.0)
    borohydride = boron if boron > 0 and 3.5 <= round(hydrogen / boron, _DECIMALS) <= 4.5 else 0.0
    framework = sum(amount for el, amount in amounts.items() if el not in _NOT_FRAMEWORK) - borohydride
    if framework <= 0:
        return None

    def per_framework(*elements: str) -> float:
        return round(sum(amounts.get(el, 0.0) for el in elements) / framework, _DECIMALS)

    known = {"Li", "P", "S", *HALOGENS}
    return _Ratios(
        li=per_framework("Li"),
        y=per_framework(*CHALCOGENS),
        x=round(per_framework(*HALOGENS) + borohydride / framework, _DECIMALS),
        oxygen=per_framework("O"),
        p=per_framework("P"),
        sn=per_framework("Sn"),
        tetravalent=round(1.0 - per_framework(*_PENTAVALENT), _DECIMALS),
        plain=all(el in known for el, amount in amounts.items() if amount > 0),
    )
