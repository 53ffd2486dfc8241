"""Compositions: every notation of the field, charge balance, families.

>>> parse_composition("75Li2S·25P2S5").reading
'75Li2S·25P2S5 → Li3PS4'
"""

from surrogate.composition.charge import NEUTRALITY_TOLERANCE, ChargeBalance
from surrogate.composition.elements import ATOMIC_MASS_G_PER_MOL, ELECTRONEGATIVITY, SYMBOLS
from surrogate.composition.family import FAMILIES, Family, family_of
from surrogate.composition.parsing import composition_from_amounts, find_composition, parse_composition
from surrogate.composition.value import Composition

__all__ = [
    "ATOMIC_MASS_G_PER_MOL",
    "ELECTRONEGATIVITY",
    "FAMILIES",
    "NEUTRALITY_TOLERANCE",
    "SYMBOLS",
    "ChargeBalance",
    "Composition",
    "Family",
    "composition_from_amounts",
    "family_of",
    "find_composition",
    "parse_composition",
]
