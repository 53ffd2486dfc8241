"""The value object: elements and amounts, what was written, and what follows from them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final

from surrogate.composition.charge import ChargeBalance, balance, balance_mixture
from surrogate.composition.elements import SYMBOLS
from surrogate.composition.family import Family, family_of
from surrogate.composition.formula import (
    are_checked,
    check_amounts,
    formula_of,
    molar_mass,
    write_amount,
    write_reduced_formula,
    write_short_formula,
    write_title,
)
from surrogate.composition.notation import parse_plain
from surrogate.errors import CompositionError

_SEPARATORS: Final = re.compile(r" ?[-–·+] ?")
_MORE_DECIMALS: Final = re.compile(r"\.\d{4}")


@dataclass(frozen=True, kw_only=True)
class Composition:
    """Elements and amounts, however the user wrote it.

    Made by :func:`~surrogate.composition.parse_composition` (text) or
    :func:`~surrogate.composition.composition_from_amounts` (numbers). ``text`` is the user's string, verbatim; two
    spellings of one material are different objects with the same :attr:`reduced_formula`, so group by that. ``pairs``
    holds the amounts per formula unit as written, or per mole of mixture, in printing order; ``precursors`` the formula
    and mole fraction of each component of a mixture. ``notes`` say how something that is not part of the formula was
    read (form words, remainders, ratios); ``warnings`` say what looks wrong (look-alikes, charge). Neither is part of
    what it is: two compositions that differ in them alone are equal.
    """

    text: str
    pairs: tuple[tuple[str, float], ...]
    precursors: tuple[tuple[str, float], ...] = ()
    warnings: tuple[str, ...] = field(default=(), compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        if not are_checked(self.pairs):
            check_amounts(dict(self.pairs))  # says what is wrong with an element or its amount
            raise CompositionError(f"The amounts of '{self.text[:40]}' are repeated, zero or out of order.")
        total = sum(share for _, share in self.precursors) if self.precursors else 1.0
        if abs(total - 1) > 1e-6:
            raise CompositionError(f"The mole fractions of '{self.text[:40]}' add up to {total:g}, not 1.")

    def __getstate__(self) -> dict[str, Any]:
        """Fields only: cached values are read-only views, which do not pickle, and are quickly made again."""
        return {item.name: getattr(self, item.name) for item in fields(self)}

    def __str__(self) -> str:
        return self.reading

    @cached_property
    def amounts(self) -> Mapping[str, float]:
        """Element -> amount, read-only, in printing order."""
        return MappingProxyType(dict(self.pairs))

    @cached_property
    def formula(self) -> str:
        """Amounts as written (one mole of mixture for a mixture), e.g. ``Li1.5P0.5S2``."""
        return formula_of(self.amounts)

    @property
    def title(self) -> str:
        """What it is called in a list: as written, or ``Li7P3S11`` for ``Li1.4P0.6S2.2``."""
        return write_title(self.text, self.pairs)

    @cached_property
    def reduced_formula(self) -> str:
        """Canonical for grouping, e.g. ``Li3PS4``: the same for every scale and spelling of one composition."""
        return write_reduced_formula(self.amounts)

    @cached_property
    def notation(self) -> str:
        """As the field writes it, for reading: ``75Li2S·25P2S5`` for a mixture, ``Li6PS5Cl`` for a formula.

        At most three decimals (one digit where that would leave nothing); reads back to the same amounts within them.
        """
        if len(self.precursors) < 2:
            return write_short_formula(self.amounts)
        return "·".join(f"{write_amount(100 * share)}{_shorten(formula)}" for formula, share in self.precursors)

    @cached_property
    def reading(self) -> str:
        """What is echoed to the user: ``0.75 Li2S + 0.25 P2S5 → 75Li2S·25P2S5 (= Li3PS4)``, ``Li6PS5Cl``."""
        written = " ".join(self.text.split())
        reduced = _shorten(self.reduced_formula)
        if reduced == self.notation or (not self.precursors and "." in reduced):
            return written if written in (self.notation, self.formula) else f"{written} → {self.notation}"
        if _SEPARATORS.sub("·", written) in (self.notation, self.formula):
            return f"{written} → {reduced}"
        return f"{written} → {self.notation} (= {reduced})"

    @cached_property
    def molar_mass_g_per_mol(self) -> float:
        """Molar mass of :attr:`formula` in g/mol, from standard atomic weights."""
        return molar_mass(self.amounts)

    @cached_property
    def balance(self) -> ChargeBalance:
        """Formal states and charge; of a mixture, each precursor has its own states."""
        return balance_parts(self.pairs, self.precursors)

    @property
    def net_charge(self) -> float:
        """Sum of the formal charges in e per :attr:`formula`; 0 for metals and elements."""
        return self.balance.net

    @cached_property
    def oxidation_states(self) -> Mapping[str, float]:
        """Formal state per element, averaged over the atoms where precursors differ."""
        return MappingProxyType({element: self.balance.states[element] for element in self.amounts})

    @property
    def is_charge_neutral(self) -> bool:
        """Net charge within 0.2 % of the total positive charge (0.022 e for Li6PS5Cl); no element or alloy is."""
        return self.balance.is_neutral

    @cached_property
    def family(self) -> Family:
        """Family at the level of the composition; the form (glass, crystal) is not in it."""
        return family_of(self.amounts)

    def fraction(self, element: str) -> float:
        """Atomic fraction of an element, 0.0 if it is not there."""
        return self.amount(element) / sum(self.amounts.values())

    def amount(self, element: str) -> float:
        """Amount per :attr:`formula`, 0.0 if the element is not there (a true zero)."""
        if element not in SYMBOLS:
            raise CompositionError(f"'{element}' is not an element.", hint="Use symbols from H to Lr.")
        return self.amounts.get(element, 0.0)


def balance_parts(pairs: Sequence[tuple[str, float]], precursors: Sequence[tuple[str, float]]) -> ChargeBalance:
    """The charge balance of a formula, or of a mixture whose precursors have states of their own.

    Args:
        pairs: Elements with their amounts.
        precursors: Formulas with their mole fractions; none for a formula.
    """
    if not precursors:
        return balance(dict(pairs))
    parts = [(amounts, share) for formula, share in precursors if (amounts := parse_plain(formula))]
    return balance_mixture(parts) if len(parts) == len(precursors) else balance(dict(pairs))


def _shorten(formula: str) -> str:
    """A printed formula with at most three decimals; what is no plain formula stays."""
    amounts = parse_plain(formula) if _MORE_DECIMALS.search(formula) else None
    return write_short_formula(amounts) if amounts else formula
