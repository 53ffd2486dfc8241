"""Solvents that give protons, and what they do to sulfides: data with sources, no more than a table and two questions.

Thio-anions of phosphorus, silicon, germanium, boron, aluminium and gallium are split where an oxygen can take the place
of a sulfur; those of tin, antimony and arsenic bear water (hard cations prefer oxygen, soft ones sulfur).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.amounts import FAMILIES, Amounts
from surrogate.candidate.columns import ElectrolyteColumns
from surrogate.composition import Family
from surrogate.composition.elements import CHALCOGENS, HALOGENS

#: Framework cations that leave sulfur for oxygen.
HARD = ("P", "Si", "Ge", "B", "Al", "Ga")
#: Share of sulfur among the anions from which on a material is a sulfide.
SULFIDE = 0.5
_REMARK = re.compile(r"\(.*?\)")
#: Chemical stability of Li7SiPS8 in solvents, and H2S from Li2S-P2S5 in air.
_HATZ, _MURAMATSU = "10.1021/acsaem.1c01917", "10.1016/j.ssi.2010.10.013"


@dataclass(frozen=True, kw_only=True)
class Attack:
    """What one kind of protic solvent does to sulfides of :data:`HARD` cations.

    Attributes:
        words: How the solvent is written.
        deed: What it does, as a sentence without its point.
        source: Who says so.
        spared: Families of which rows in this solvent show that it serves.
    """

    words: re.Pattern[str]
    deed: str
    source: str
    spared: frozenset[Family] = frozenset()


def _write(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


#: The first that a solvent is called counts.
ATTACKS = (
    Attack(
        words=_write(r"(?<![a-z])(?<!non-)(?<!non )(?:water|aqueous|wasser|h2o|h₂o)(?![ -]?fre[ei])|水"),
        deed="water splits P–S bonds and frees H2S",
        source=f"{_HATZ}, {_MURAMATSU}",
    ),
    Attack(
        words=_write(r"methanol|propanol|butanol|glycol|\b(?:meoh|ipa)\b|(?<!ethyl )al[ck]ohol|甲醇"),
        deed="alcohols put oxygen in the place of sulfur, and no thiophosphate of the tables was made in this one",
        source=_HATZ,
    ),
    Attack(
        words=_write(r"(?<!m)ethanol|\betoh\b|ethyl alcohol|乙醇"),
        deed="ethanol puts oxygen in the place of sulfur, and rows in it are argyrodites and Li7P3S11",
        source=_HATZ,
        spared=frozenset({Family.argyrodite, Family.li7p3s11_type}),
    ),
)


@lru_cache(maxsize=1024)
def attack_of(solvent: str | None) -> int:
    """The place among :data:`ATTACKS` of what is written of a solvent, −1 for one that gives no protons.

    >>> attack_of("water + THF"), attack_of("MeOH"), attack_of("THF + ethanol"), attack_of("THF (dry, < 10 ppm water)")
    (0, 1, 2, -1)
    """
    plain = _REMARK.sub("", solvent or "")
    return next((place for place, attack in enumerate(ATTACKS) if attack.words.search(plain)), -1)


def attacks_on(columns: ElectrolyteColumns) -> NDArray[np.int64]:
    """The place among :data:`ATTACKS` of what the solvent does to each of ``n`` electrolytes, −1 for nothing, (n,)."""
    attack = columns.solvent.map(attack_of).astype(np.int64)
    if (attack < 0).all():
        return attack
    spared = np.array([[family in attack.spared for family in FAMILIES] for attack in ATTACKS])
    suffers = _are_hard_sulfides(columns.amounts)[columns.composition] & ~spared[attack, columns.families]
    return np.where(suffers, attack, -1)


def _are_hard_sulfides(amounts: Amounts) -> NDArray[np.bool_]:
    sulfur, anions = amounts.of(("S",)).sum(axis=1), amounts.of((*CHALCOGENS, *HALOGENS)).sum(axis=1)
    return np.asarray((sulfur > SULFIDE * anions) & (amounts.of(HARD).sum(axis=1) > 0.0))
