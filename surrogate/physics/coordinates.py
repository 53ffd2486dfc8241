"""Where a composition lies in the coordinates of the electrolyte physics, or why it lies outside.

All amounts are counted per phosphorus-type (tetrahedral) site, P + Si + Ge + Sn + Sb + As + Al + minor dopants = 1 (but
not those that sit with the lithium: Ag, Cu, Zn, Mg, Ca, Ba, and nitrogen):

* argyrodites   Li(6-x+z) P(1-z) M(z) S(5-x) X(1+x): about six anions per site,
* LGPS and thio-LISICON  Li(4-y) M(1-y) P(y) S4: four anions, some M,
* Li2S-P2S5 glasses and glass-ceramics, with or without LiX: the rest, read as a mixture of binaries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

FRAMEWORK = ("Si", "Ge", "Sn", "Sb", "Al")
HALIDES = ("Cl", "Br", "I", "F")
CHALCOGENS = ("S", "O", "Se")
MINOR = ("As", "B", "Bi", "Ca", "Cu", "Fe", "Ga", "In", "La", "Mg", "Mn", "Mo", "N", "Nb", "Nd", "Ni", "Ta", "Ti", "W",
         "Y", "Zn", "Zr", "Ag", "Ba")  # fmt: skip
ON_LITHIUM_SITE = ("Ag", "Ba", "Ca", "Cu", "Mg", "N", "Zn")
#: Elements that a law covers; any other puts a composition outside.
COVERED = frozenset(("Li", "P", *FRAMEWORK, *HALIDES, *CHALCOGENS, *MINOR))
MINOR_LIMIT = 0.15  # per site; above, a dopant is a constituent the physics has no law for
OXYGEN_LIMIT = 0.15  # of the chalcogens
HALIDE_LIMIT = 0.25  # per site, in LGPS-type and thio-LISICON
ARGYRODITE_ANIONS = (5.3, 6.7)
ARGYRODITE_HALIDES = 2.2  # per site, at most
SUBSTITUTED = 0.12  # tetravalent per site; above, the structure is that of LGPS or a thio-LISICON
FOUR_ANIONS = (3.4, 4.4)  # anions per site in both
LEAST_TETRAVALENT = 0.05  # Si, Ge and Sn per site in both
BINARY_LI2S = (0.45, 0.92)  # Li2S fractions that the glass data cover
BINARY_SULFUR = 0.6  # sulfur per site off the binary's, at most
LGPS_SHARE = (0.28, 0.62)  # M/(P+M): Li9.33..Li10.5 around Li10GeP2S12 (1/3)


class Family(IntEnum):
    """Which law of the crystal applies; ``NONE`` means the physics has nothing to say."""

    NONE = 0
    ARGYRODITE = 1
    GLASS = 2
    LGPS = 3
    THIO_LISICON = 4


@dataclass(frozen=True, kw_only=True)
class Coordinates:
    """Per-site amounts of one composition, or ``family`` NONE with the ``reason``.

    ``substituents`` and ``halides`` follow the order of :data:`FRAMEWORK` and :data:`HALIDES`; ``li2s_fraction`` is
    that of the binary Li2S-P2S5 left when LiX is taken out; ``notes`` say what was read generously.
    """

    family: Family
    reason: str = ""
    substituents: tuple[float, ...] = (0.0,) * len(FRAMEWORK)
    halides: tuple[float, ...] = (0.0,) * len(HALIDES)
    li2s_fraction: float = 0.75
    notes: tuple[str, ...] = ()


def _outside(reason: str) -> Coordinates:
    return Coordinates(family=Family.NONE, reason=reason)


def coordinates(amounts: Mapping[str, float], family_hint: str | None = None) -> Coordinates:
    """Coordinates of a composition given as element amounts; ``family_hint`` settles LGPS against thio-LISICON."""
    present = {element: amount for element, amount in amounts.items() if amount > 0}
    unknown = set(present) - COVERED
    if unknown:
        return _outside(f"no law for {', '.join(sorted(unknown))} in a sulfide electrolyte")
    if "Li" not in present or "S" not in present:
        return _outside("the physics covers lithium sulfides only")
    site = sum(present.get(element, 0.0) for element in ("P", "As", *FRAMEWORK))
    site += sum(v for k, v in present.items() if k in MINOR and k not in (*ON_LITHIUM_SITE, "As"))
    if site <= 0:
        return _outside("no tetrahedral cation (P, Si, Ge, Sn, Sb)")
    per_site = {element: amount / site for element, amount in present.items()}
    minor = max((per_site[e] for e in MINOR if e in per_site), default=0.0)
    if minor > MINOR_LIMIT:
        return _outside(f"a dopant at {minor:.2f} per site is beyond the dilute limit of {MINOR_LIMIT:g}")
    return _placed(per_site, family_hint)


def _placed(per_site: Mapping[str, float], hint: str | None) -> Coordinates:
    chalcogen = sum(per_site.get(e, 0.0) for e in CHALCOGENS)
    if per_site.get("O", 0.0) > OXYGEN_LIMIT * chalcogen:
        return _outside(f"oxygen is {per_site['O'] / chalcogen:.0%} of the chalcogens, beyond {OXYGEN_LIMIT:.0%}")
    halides = tuple(per_site.get(e, 0.0) for e in HALIDES)
    substituents = tuple(per_site.get(e, 0.0) for e in FRAMEWORK)
    anions, tetravalent = chalcogen + sum(halides), sum(substituents)
    notes = []
    if any(e in per_site for e in ("O", "Se")):
        notes.append("oxygen and selenium are counted as sulfur")
    if any(e in per_site for e in MINOR):
        notes.append("minor dopants are counted as inert sites")
    if ARGYRODITE_ANIONS[0] <= anions <= ARGYRODITE_ANIONS[1] and sum(halides) <= ARGYRODITE_HALIDES:
        return Coordinates(family=Family.ARGYRODITE, substituents=substituents, halides=halides, notes=tuple(notes))
    if anions >= ARGYRODITE_ANIONS[0]:  # as many as in an argyrodite or more: no glass holds so much LiX
        return _outside(
            f"{anions:.1f} anions per tetrahedral site, {sum(halides):.1f} of them halides: no covered structure"
        )
    if tetravalent > SUBSTITUTED:
        return _four_anions(anions, tetravalent, substituents, halides, hint, notes)
    return _binary(per_site, chalcogen, substituents, halides, notes)


def _four_anions(
    anions: float,
    tetravalent: float,
    substituents: tuple[float, ...],
    halides: tuple[float, ...],
    hint: str | None,
    notes: list[str],
) -> Coordinates:
    if not FOUR_ANIONS[0] <= anions <= FOUR_ANIONS[1] or substituents[FRAMEWORK.index("Sb")] > MINOR_LIMIT:
        return _outside("substituted sulfide that is neither argyrodite, LGPS-type nor thio-LISICON")
    if sum(halides) > HALIDE_LIMIT or sum(substituents[:3]) < LEAST_TETRAVALENT:
        return _outside("four anions per site, but not Li(4-y)M(1-y)P(y)S4 with M = Si, Ge, Sn")
    lgps = LGPS_SHARE[0] <= tetravalent <= LGPS_SHARE[1]
    if hint is not None and "lisicon" in hint.lower():
        lgps = False
    elif hint is not None and "lgps" in hint.lower():
        lgps = True
    family = Family.LGPS if lgps else Family.THIO_LISICON
    return Coordinates(family=family, substituents=substituents, halides=halides, notes=tuple(notes))


def _binary(
    per_site: Mapping[str, float],
    chalcogen: float,
    substituents: tuple[float, ...],
    halides: tuple[float, ...],
    notes: list[str],
) -> Coordinates:
    # a Li2S + (1 - a) P2S5 per two sites: S per site = a/(2(1-a)) + 5/2, once LiX is taken out.
    lithium_sulfide = max(per_site["Li"] - sum(halides), 0.0)
    fraction = lithium_sulfide / (lithium_sulfide + 1.0)
    if not BINARY_LI2S[0] <= fraction <= BINARY_LI2S[1] or abs(chalcogen - (2.5 + lithium_sulfide / 2)) > BINARY_SULFUR:
        return _outside("not a mixture of Li2S, P2S5 and LiX that the glass data cover")
    return Coordinates(
        family=Family.GLASS, substituents=substituents, halides=halides, li2s_fraction=fraction, notes=tuple(notes)
    )
