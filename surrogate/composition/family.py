"""Families of materials, told from the composition alone.

Form (glass, glass-ceramic, crystal) is not in a composition: Li3PS4 and 75Li2S-25P2S5 glass are one family here, and
LGPS and thio-LISICON, which lie on one line Li(4-x)M(1-x)P(x)S4, are told apart by a window of x.

The rules look at ratios to T, the amount of framework cations (P, Ge, Si, Sn, Sb, As and every other cation of valence
three or more; not the alkali metals, not mono- and divalent dopants, not the boron of BH4), so that they do not depend
on scale. Y is S + Se + Te + O, X the halogens and BH4 groups. Windows were set to hold off-stoichiometry by elemental
analysis (a few per cent) and dopants of up to about 10 % of the T site.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple

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
    network_sulfide = "sulfide_glass_other"
    oxysulfide = "oxysulfide_glass"
    sulfide_other = "sulfide_other"
    halide = "halide"
    sodium_sulfide = "sodium_sulfide"
    sodium_halide = "sodium_halide"
    oxide = "oxide"
    other = "other"


FAMILIES: Final[Mapping[Family, str]] = {
    Family.argyrodite: "Li(7-x)PS(6-x)X(x), substituted on any site: (Y+X)/T 5.6-6.8, Y/T at least 3.9, Li/T 4.5-7.5.",
    Family.lgps_type: "Li(4-x)M(1-x)P(x)S4 with 0.3-0.56 of T not P, Sb or As (Li10GeP2S12).",
    Family.li7p3s11_type: "70Li2S-30P2S5 and additions: (Li-X)/T 2.15-2.5, Y/T 3.5-3.8, X/T at most 0.45.",
    Family.li3ps4_type: "Li3PS4 with small substitutions: Li/T near 3, Y/T near 4, X/T at most 0.05.",
    Family.li2s_p2s5: "Other ratios of Li2S and P2S5 (glass or glass-ceramic), with small additions.",
    Family.li7p2s8x: "Li3PS4 with half a lithium halide per P: Li7P2S8I, Li7P2S8Br0.5I0.5.",
    Family.thio_lisicon: "Li(4-x)M(1-x)P(x)S4 with another share of M than LGPS-type, up to Li4GeS4.",
    Family.li4sns4_type: "Li4SnS4, with As, Sb or lithium halide, without P.",
    Family.network_sulfide: "Si, Ge, B, Al, Ga, In, Sn, As, Sb or La that share S in a network: Y/T below 3.5.",
    Family.oxysulfide: "Lithium with sulfur and more than a fifth of oxygen among the chalcogens; sulfates are oxides.",
    Family.sulfide_other: "Lithium with mostly sulfur or selenium as anion, none of the above.",
    Family.halide: "Lithium and another cation with mostly halogen as anion (Li3InCl6, Li2ZrCl6, Li3YBr6).",
    Family.sodium_sulfide: "More Na than Li, mostly sulfur or selenium as anion (Na3PS4, Na3SbS4).",
    Family.sodium_halide: "More Na than Li, mostly halogen as anion (NaTaCl6).",
    Family.oxide: "Mostly oxygen as anion (garnets, NASICON, perovskites, layered oxide cathodes).",
    Family.other: "Neither lithium nor sodium, anions of no majority, or a plain salt (TiS2, Li3OCl, LiI, elements).",
}

# Cations that sit on the lithium site or are added as a second phase; they are not framework.
NOT_FRAMEWORK: Final = frozenset(
    (*ALKALI, *CHALCOGENS, *HALOGENS, "H", "N", "C", "Ag", "Cu", "Zn", "Mg", "Ca", "Sr", "Ba", "Ni", "Mn", "Fe", "Co")
)
#: Of these, what sits in the framework of an argyrodite as well as with its lithium; and of the framework, what does.
_EITHER_DIVALENT: Final = ("Mg", "Ca", "Sr", "Ba", "Zn", "Cu", "Ni", "Mn", "Fe", "Co")
EITHER_TRIVALENT: Final = ("Al", "Ga", "In", "Sc", "Y", "La", "Ce", "Pr", "Nd", "Sm", "Gd", "Ho", "Er", "Yb", "Lu")
#: Anions per framework cation that tell where they sit, and dopants per cation up to which that may be elsewhere.
ARGYRODITE_ANIONS: Final = 6.0
MOST_MOVED: Final = 0.25
_SULFURS: Final = ("S", "Se", "Te")
_PENTAVALENT: Final = ("P", "Sb", "As")
# What bridges sulfur in glasses; boron as well, that of BH4 does not.
_NETWORK_FORMERS: Final = ("P", "Si", "Ge", "B", "Al", "Ga", "In", "Sn", "As", "Sb", "La")
_PLAIN: Final = frozenset(("Li", "P", "S", *HALOGENS))
# Ratios are rounded so that the noise of scaling cannot push a composition over the edge of a window.
_DECIMALS: Final = 9


class Ratios(NamedTuple):
    """What the rules look at: shares of the anions, and amounts per framework cation.

    Every value is a number (truth value), or an array of ``n`` of them; NaN where there is nothing to divide by, which
    no window holds.
    """

    lithium: Any
    sodium: Any
    anion_total: Any
    sulfur_share: Any
    oxygen_share: Any
    halogen_share: Any
    framework: Any
    li: Any
    y: Any
    x: Any
    anions: Any
    li_without_halide: Any
    trivalent: Any  # share of the framework that may sit with the lithium instead
    divalent: Any  # amount with the lithium that may sit in the framework instead
    oxygen: Any
    oxygen_limit: Any
    p: Any
    sn: Any
    tetravalent: Any
    formers: Any  # share of the framework that forms glasses
    further: Any  # amount of anything but Li, P, S and halogens


def _is_within(value: Any, low: float, high: float) -> Any:
    return (value >= low) & (value <= high)


def _is_argyrodite(r: Ratios) -> Any:
    """Whether ratios are those of an argyrodite, with all dopants of one valence where the table has them or moved.

    Al3+ comes on lithium sites as well as on those of phosphorus, Mg2+ and Zn2+ too: six anions per framework cation
    tell which.
    """
    moved = (r.trivalent <= MOST_MOVED * (1.0 - r.trivalent)) & (r.trivalent > 0)
    without, with_divalent = 1.0 / (1.0 - r.trivalent * moved), 1.0 / (1.0 + r.divalent)
    as_listed = _has_argyrodite_ratios(r, 1.0)
    return (
        as_listed
        | (moved & _has_argyrodite_ratios(r, without))
        | ((r.divalent <= MOST_MOVED) & _has_argyrodite_ratios(r, with_divalent))
    )


def _has_argyrodite_ratios(r: Ratios, per: Any) -> Any:
    """The same for ``per`` listed framework cations to one that is counted."""
    return (
        _is_within(r.anions * per, 5.6, 6.8)
        & (r.y * per >= 3.9)
        & _is_within(r.li * per, 4.5, 7.5)
        & (r.oxygen * per < 2)
    )


def _is_thio_lisicon(r: Ratios) -> Any:
    return (r.tetravalent >= 0.1) & _is_within(r.anions, 3.5, 4.4) & (r.x <= 0.3)


def _allow_wider(r: Ratios, narrow: Any, wide: Any) -> Any:
    """Off-stoichiometry is small in plain Li-P-S-X, and larger where something else is dissolved in it."""
    return narrow | (wide & (r.further > 0))


#: The first rule that holds decides; every rule works on numbers and, element by element, on arrays.
RULES: Final[tuple[tuple[Family, Callable[[Ratios], Any]], ...]] = (
    (Family.argyrodite, _is_argyrodite),
    (Family.other, lambda r: r.anion_total <= 0),
    (
        Family.oxysulfide,  # where oxygen is the majority; sulfates hold no more than a fifth of sulfur
        lambda r: (
            (r.lithium > r.sodium)
            & (r.framework > 0)
            & (r.halogen_share <= 0.5)
            & (r.oxygen >= r.oxygen_limit)
            & (r.sulfur_share > 0.2)
            & (r.sulfur_share <= 0.5)
        ),
    ),
    (Family.oxide, lambda r: r.oxygen_share > 0.5),
    (Family.other, lambda r: (r.lithium + r.sodium <= 0) | ((r.sulfur_share <= 0.5) & (r.halogen_share <= 0.5))),
    (Family.sodium_halide, lambda r: (r.halogen_share > 0.5) & (r.sodium > r.lithium)),
    (Family.halide, lambda r: (r.halogen_share > 0.5) & ((r.framework > 0) | (r.further > 0))),
    (Family.other, lambda r: r.halogen_share > 0.5),
    (Family.sodium_sulfide, lambda r: r.sodium > r.lithium),
    (Family.sulfide_other, lambda r: r.framework <= 0),
    (Family.li4sns4_type, lambda r: (r.sn >= 0.5) & (r.p == 0) & _is_within(r.y, 3.6, 4.3)),
    (Family.oxysulfide, lambda r: r.oxygen > r.oxygen_limit),
    (Family.lgps_type, lambda r: _is_thio_lisicon(r) & _is_within(r.tetravalent, 0.3, 0.56)),
    (Family.thio_lisicon, _is_thio_lisicon),
    (Family.network_sulfide, lambda r: (r.p < 0.8) & (r.formers >= 0.9) & (r.y < 3.5)),
    (Family.sulfide_other, lambda r: r.p < 0.8),
    (
        Family.li7p2s8x,
        lambda r: _is_within(r.x, 0.4, 0.6) & _is_within(r.y, 3.8, 4.2) & _is_within(r.li_without_halide, 2.8, 3.2),
    ),
    (
        Family.li7p3s11_type,
        lambda r: (
            (r.x <= 0.45)
            & _allow_wider(r, _is_within(r.li_without_halide, 2.25, 2.42), _is_within(r.li_without_halide, 2.15, 2.5))
            & _is_within(r.y, 3.5, 3.8)
        ),
    ),
    (
        Family.li3ps4_type,
        lambda r: (
            (r.x <= 0.05)
            & _allow_wider(r, _is_within(r.li_without_halide, 2.9, 3.1), _is_within(r.li_without_halide, 2.4, 3.2))
            & _is_within(r.y, 3.7, 4.2)
        ),
    ),
    (Family.li2s_p2s5, lambda r: (r.x <= 0.15) & (r.li_without_halide > 0)),
    (Family.sulfide_other, lambda r: r.p >= 0.8),
)


def family_of(amounts: Mapping[str, float]) -> Family:
    """Family of a set of amounts (any scale); the windows are in :data:`FAMILIES`.

    Raises :class:`CompositionError` for an empty set of amounts. For very many compositions see
    :func:`surrogate.candidate.amounts.family_codes`.
    """
    if not any(amount > 0 for amount in amounts.values()):
        raise CompositionError("A composition without any amount has no family.")
    ratios = ratios_of(
        amounts, rounded=lambda value: round(value, _DECIMALS), positive=lambda value: value if value > 0 else math.nan
    )
    return next(family for family, holds in RULES if holds(ratios))


def ratios_of(amounts: Mapping[str, Any], *, rounded: Callable[[Any], Any], positive: Callable[[Any], Any]) -> Ratios:
    """The ratios of amounts that the rules look at.

    Args:
        amounts: By element: numbers, or arrays of equal length.
        rounded: Rounds to nine decimals.
        positive: Keeps what is above zero and makes the rest NaN.
    """

    def total(elements: Iterable[str]) -> Any:
        return sum([amounts[el] for el in elements if el in amounts])

    boron = amounts.get("B", 0.0)
    borohydride = boron * _is_within(rounded(amounts.get("H", 0.0) / positive(boron)), 3.5, 4.5)
    framework = total(el for el in amounts if el not in NOT_FRAMEWORK) - borohydride
    per = positive(framework)
    anion_total = total((*CHALCOGENS, *HALOGENS, "N"))
    share = positive(anion_total)
    lithium, oxygen, halogens = amounts.get("Li", 0.0), amounts.get("O", 0.0), total(HALOGENS)
    li, y = rounded(lithium / per), rounded(total(CHALCOGENS) / per)
    x = rounded(rounded(halogens / per) + borohydride / per)
    return Ratios(
        lithium=lithium,
        sodium=amounts.get("Na", 0.0),
        anion_total=anion_total,
        sulfur_share=rounded(total(_SULFURS) / share),
        oxygen_share=rounded(oxygen / share),
        halogen_share=rounded(halogens / share),
        framework=framework,
        li=li,
        y=y,
        x=x,
        anions=rounded(y + x),
        li_without_halide=rounded(li - x),
        trivalent=rounded(total(EITHER_TRIVALENT) / per),
        divalent=rounded(total(_EITHER_DIVALENT) / per),
        oxygen=rounded(oxygen / per),
        oxygen_limit=rounded(0.2 * y),
        p=rounded(amounts.get("P", 0.0) / per),
        sn=rounded(amounts.get("Sn", 0.0) / per),
        tetravalent=rounded(1.0 - rounded(total(_PENTAVALENT) / per)),
        formers=rounded(total(el for el in _NETWORK_FORMERS if el in amounts) / per),
        further=total(el for el in amounts if el not in _PLAIN),
    )
