"""Where a composition lies in the coordinates of the electrolyte physics, or why it lies outside.

All amounts are counted per phosphorus-type (tetrahedral) site, P + Si + Ge + Sn + Sb + As + Al + minor dopants = 1 (but
not those that sit with the lithium: Ag, Cu, Zn, Mg, Ca, Ba, and nitrogen). In argyrodites Al and its like may sit with
the lithium and Mg and its like on the site, which six anions per site tell:

* argyrodites   Li(6-x+z) P(1-z) M(z) S(5-x) X(1+x): about six anions per site,
* LGPS and thio-LISICON  Li(4-y) M(1-y) P(y) S4: four anions, some M,
* Li2S-P2S5 glasses and glass-ceramics, with or without LiX: the rest, read as a mixture of binaries.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.amounts import FAMILIES, Amounts
from surrogate.composition import Family as CompositionFamily
from surrogate.composition.family import ARGYRODITE_ANIONS as ANIONS_PER_SITE
from surrogate.composition.family import MOST_MOVED
from surrogate.physics.parameters.base import FloatArray
from surrogate.physics.remarks import Remark

Mask = NDArray[np.bool_]

FRAMEWORK = ("Si", "Ge", "Sn", "Sb", "Al")
HALIDES = ("Cl", "Br", "I", "F")
CHALCOGENS = ("S", "O", "Se")
MINOR = ("As", "B", "Bi", "Ca", "Cu", "Fe", "Ga", "In", "La", "Mg", "Mn", "Mo", "N", "Nb", "Nd", "Ni", "Ta", "Ti", "W",
         "Y", "Zn", "Zr", "Ag", "Ba")  # fmt: skip
ON_LITHIUM_SITE = ("Ag", "Ba", "Ca", "Cu", "Mg", "N", "Zn")
#: Of the site, what an argyrodite takes up with its lithium as well, and the other way round.
EITHER_SITE, EITHER_LITHIUM = ("Al", "Ga", "In", "La", "Nd", "Y"), ("Ba", "Ca", "Cu", "Mg", "Zn")
#: Elements that a law covers; any other puts a composition outside.
COVERED = frozenset(("Li", "P", *FRAMEWORK, *HALIDES, *CHALCOGENS, *MINOR))
MINOR_LIMIT = 0.15  # per site; above, a dopant is a constituent the physics has no law for
OXYGEN_LIMIT = 0.15  # of the chalcogens
HALIDE_LIMIT = 0.25  # per site, in LGPS-type and thio-LISICON
#: A share at a limit is within it, whatever the last digits of its calculation say.
LAST_DIGITS = 1e-9
ARGYRODITE_ANIONS = (5.3, 6.7)
ARGYRODITE_HALIDES = 2.2  # per site, at most
SUBSTITUTED = 0.12  # tetravalent per site; above, the structure is that of LGPS or a thio-LISICON
FOUR_ANIONS = (3.4, 4.4)  # anions per site in both
LEAST_TETRAVALENT = 0.05  # Si, Ge and Sn per site in both
BINARY_LI2S = (0.45, 0.92)  # Li2S fractions that the glass data cover
BINARY_SULFUR = 0.6  # sulfur per site off the binary's, at most
LGPS_SHARE = (0.28, 0.62)  # M/(P+M): Li9.33..Li10.5 around Li10GeP2S12 (1/3)


class Family(IntEnum):
    """The law of the crystal that applies; ``NONE`` where there is none."""

    NONE = 0
    ARGYRODITE = 1
    GLASS = 2
    LGPS = 3
    THIO_LISICON = 4


#: Li2S fraction of what is no glass; nothing reads it.
NO_GLASS = 0.75
#: Dopants of the network; the others sit with the lithium.
_ON_NETWORK = tuple(element for element in MINOR if element not in ON_LITHIUM_SITE)


@dataclass(frozen=True, kw_only=True)
class Coordinates:
    """Per-site amounts of ``n`` compositions.

    Attributes:
        family: The law of the crystal, (n,); NONE for compositions outside.
        substituents: In the order of :data:`FRAMEWORK`, (n, 5).
        halides: In the order of :data:`HALIDES`, (n, 4).
        li2s_fraction: Of the binary Li2S-P2S5 left when LiX is taken out, (n,).
        reasons: Why a composition is outside: the first that holds for it.
        notes: What was read generously.
    """

    family: NDArray[np.int64]
    substituents: FloatArray
    halides: FloatArray
    li2s_fraction: FloatArray
    reasons: tuple[Remark, ...]
    notes: tuple[Remark, ...]


@np.errstate(divide="ignore", invalid="ignore")  # rows without a site are outside, whatever is divided by it
def coordinates(amounts: Amounts) -> Coordinates:
    """Coordinates of ``n`` compositions; the family of the composition settles LGPS against thio-LISICON."""
    sites = _Sites.of(amounts)
    reasons = (*_foreign(amounts, sites), *_unplaced(sites))
    # The first kind that holds decides, so it is written last; what is none has a reason, or is a thio-LISICON.
    family = np.where(_lgps(amounts, sites), int(Family.LGPS), int(Family.THIO_LISICON))
    family[~sites.substituted] = int(Family.GLASS)
    family[sites.argyrodite] = int(Family.ARGYRODITE)
    outside: Mask = np.logical_or.reduce([reason.mask for reason in reasons])
    family[outside] = int(Family.NONE)
    inside = ~outside[:, None]
    return Coordinates(
        family=family,
        substituents=np.where(inside, sites.substituents, 0.0),
        halides=np.where(inside, sites.halides, 0.0),
        li2s_fraction=np.where(family == int(Family.GLASS), sites.li2s, NO_GLASS),
        reasons=reasons,
        notes=(
            Remark(amounts.of(("O", "Se")).sum(axis=1) > 0, "oxygen and selenium are counted as sulfur"),
            Remark(sites.dopant > 0, "minor dopants are counted as inert sites"),
        ),
    )


@dataclass(frozen=True, kw_only=True)
class _Sites:
    """What ``n`` compositions hold per tetrahedral site, (n,) each; NaN or infinite for a composition without a site.

    ``substituents`` is (n, 5), ``halides`` (n, 4); ``site`` is the atomic fraction of the sites, ``dopant`` the largest
    of the minor dopants.
    """

    site: FloatArray
    substituents: FloatArray
    halides: FloatArray
    chalcogen: FloatArray
    oxygen_share: FloatArray
    dopant: FloatArray
    salt: FloatArray
    tetravalent: FloatArray
    lithium_sulfide: FloatArray

    @classmethod
    def of(cls, amounts: Amounts) -> _Sites:
        total = amounts.values.sum(axis=1, keepdims=True)
        framework, dopants = amounts.of(FRAMEWORK) / total, amounts.of(_ON_NETWORK) / total
        lithium, phosphorus, sulfur, selenium, oxygen = (amounts.of(("Li", "P", "S", "Se", "O")) / total).T
        # What sits on lithium sites or with the anions is no site.
        listed = phosphorus + framework.sum(axis=1) + dopants.sum(axis=1)
        minor = np.column_stack([dopants, amounts.of(ON_LITHIUM_SITE) / total])
        chalcogen, salts = sulfur + selenium + oxygen, amounts.of(HALIDES) / total
        away, onto = (amounts.of(cations).sum(axis=1) / total[:, 0] for cations in (EITHER_SITE, EITHER_LITHIUM))
        site = _find_site(amounts, chalcogen + salts.sum(axis=1), (listed, listed - away, listed + onto))
        aluminium = FRAMEWORK.index("Al")
        with_lithium = (site < listed) & (framework[:, aluminium] > 0)
        minor = np.column_stack([minor, np.where(with_lithium, framework[:, aluminium], 0.0)])
        framework[with_lithium, aluminium] = 0.0
        substituents, halides = framework / site[:, None], salts / site[:, None]
        salt = halides.sum(axis=1)
        return cls(
            site=site,
            substituents=substituents,
            halides=halides,
            chalcogen=chalcogen / site,
            oxygen_share=oxygen / chalcogen,
            dopant=minor.max(axis=1) / site,
            salt=salt,
            tetravalent=substituents.sum(axis=1),
            lithium_sulfide=np.maximum(lithium / site - salt, 0.0),
        )

    @cached_property
    def anions(self) -> FloatArray:
        return self.chalcogen + self.salt

    @cached_property
    def argyrodite(self) -> Mask:
        few, many = ARGYRODITE_ANIONS
        return (few <= self.anions) & (self.anions <= many) & (self.salt <= ARGYRODITE_HALIDES)

    @cached_property
    def substituted(self) -> Mask:
        return self.tetravalent > SUBSTITUTED

    @cached_property
    def li2s(self) -> FloatArray:
        """a of the binary a Li2S + (1 - a) P2S5, once LiX is taken out."""
        return self.lithium_sulfide / (self.lithium_sulfide + 1.0)


def _find_site(amounts: Amounts, anions: FloatArray, sites: tuple[FloatArray, ...]) -> FloatArray:
    """Of the ``sites`` there may be, (n,) each, the first, or in an argyrodite that nearest to six anions.

    As elsewhere, a move of more than a quarter of what is counted is none.
    """
    far = np.abs(anions / np.array(sites) - ANIONS_PER_SITE)
    far[1:][np.abs(np.array(sites[1:]) - sites[0]) > MOST_MOVED * np.minimum(sites[0], np.array(sites[1:]))] = np.inf
    best = np.where(amounts.families == FAMILIES.index(CompositionFamily.argyrodite), far.argmin(axis=0), 0)
    return np.asarray(np.array(sites)[best, np.arange(len(best))])


def _foreign(amounts: Amounts, sites: _Sites) -> tuple[Remark, ...]:
    """Why the elements of a composition are outside every law, whatever its structure."""
    elements = sorted(element for element in amounts.elements if element not in COVERED)
    present = amounts.of(elements) > 0
    has_any = present.any(axis=1)
    names = np.full(len(amounts), "", dtype=object)
    for row in np.flatnonzero(has_any) if elements else ():
        names[row] = ", ".join(elements[column] for column in np.flatnonzero(present[row]))
    return (
        Remark(np.asarray(has_any), "no law for {} in a sulfide electrolyte", names),
        Remark(amounts.of(("Li", "S")).min(axis=1) <= 0, "the physics covers lithium sulfides only"),
        Remark(~(sites.site > 0), "no tetrahedral cation (P, Si, Ge, Sn, Sb)"),
        Remark(
            sites.dopant > MINOR_LIMIT + LAST_DIGITS,
            f"a dopant at {{:.2f}} per site is beyond the dilute limit of {MINOR_LIMIT:g}",
            sites.dopant,
        ),
        Remark(
            sites.oxygen_share > OXYGEN_LIMIT + LAST_DIGITS,
            f"oxygen is {{:.0f}} % of the chalcogens, beyond {100 * OXYGEN_LIMIT:.0f} %",
            100 * sites.oxygen_share,
        ),
    )


def _unplaced(sites: _Sites) -> tuple[Remark, ...]:
    """Why a composition has none of the structures that the laws are about."""
    anions, substituents = sites.anions, sites.substituents
    other, substituted = ~sites.argyrodite, sites.substituted
    four = (FOUR_ANIONS[0] <= anions) & (anions <= FOUR_ANIONS[1])
    four &= substituents[:, FRAMEWORK.index("Sb")] <= MINOR_LIMIT + LAST_DIGITS
    tetravalent = substituents[:, :3].sum(axis=1) >= LEAST_TETRAVALENT  # Si, Ge, Sn
    binary = (BINARY_LI2S[0] <= sites.li2s) & (sites.li2s <= BINARY_LI2S[1])
    # S per site = a/(2(1-a)) + 5/2 for the Li2S fraction a
    binary &= np.abs(sites.chalcogen - (2.5 + sites.lithium_sulfide / 2)) <= BINARY_SULFUR
    return (
        Remark(
            other & (anions >= ARGYRODITE_ANIONS[0]),  # as many as in an argyrodite or more: no glass holds so much LiX
            "{:.1f} anions per tetrahedral site, {:.1f} of them halides: no covered structure",
            anions,
            sites.salt,
        ),
        Remark(
            other & substituted & ~four, "substituted sulfide that is neither argyrodite, LGPS-type nor thio-LISICON"
        ),
        Remark(
            other & substituted & ~((sites.salt <= HALIDE_LIMIT + LAST_DIGITS) & tetravalent),
            "four anions per site, but not Li(4-y)M(1-y)P(y)S4 with M = Si, Ge, Sn",
        ),
        Remark(other & ~substituted & ~binary, "not a mixture of Li2S, P2S5 and LiX that the glass data cover"),
    )


def _lgps(amounts: Amounts, sites: _Sites) -> Mask:
    """Where a substituted sulfide of four anions is of the LGPS type rather than a thio-LISICON."""
    share = (LGPS_SHARE[0] <= sites.tetravalent) & (sites.tetravalent <= LGPS_SHARE[1])
    share |= amounts.families == FAMILIES.index(CompositionFamily.lgps_type)
    return np.asarray(share & (amounts.families != FAMILIES.index(CompositionFamily.thio_lisicon)))
