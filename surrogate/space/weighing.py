"""Amounts that can be weighed in and written down: masses in steps of a balance, formulas with six decimals.

Every precursor is neutral, so every set of masses is neutral: weighing moves the composition, never its charge.
Rounding the amounts of a formula one by one would leave a charge of about 1e-6 e; here it is counted in whole
millionths, and the divalent anion (lithium, for an odd millionth) takes up what is missing. The change is a hundred
times below what a balance resolves, and text → amounts → text is the identity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surrogate.composition import parse_composition
from surrogate.errors import SpaceError
from surrogate.space.variables import Array

#: Decimals of an amount in a formula.
DECIMALS = 6


@dataclass(frozen=True, kw_only=True)
class Balance:
    """A balance of ``resolution_mg`` and the mass of one batch in g. Raises :class:`SpaceError` for a batch too
    small.
    """

    resolution_mg: float = 0.1
    batch_mass_g: float = 1.0

    def __post_init__(self) -> None:
        if not (0 < self.resolution_mg < np.inf and 0 < self.batch_mass_g < np.inf):
            raise SpaceError(
                f"A balance of {self.resolution_mg:g} mg for {self.batch_mass_g:g} g cannot be; both must be positive.",
                hint="The defaults are 0.1 mg and 1 g.",
            )
        if self.resolution_mg > 10.0 * self.batch_mass_g:
            raise SpaceError(
                f"A balance of {self.resolution_mg:g} mg is too coarse for a batch of {self.batch_mass_g:g} g.",
                hint="A batch must be at least a hundred steps of the balance.",
            )

    def weigh(self, moles: Array, molar_masses: Array) -> Array:
        """Compute what is weighed in for relative amounts; see :meth:`shared_out`.

        Args:
            moles: Amounts of the precursors, (n, p).
            molar_masses: Of the precursors in g/mol, (p,).

        Returns:
            Masses in g, (n, p).
        """
        masses = moles * molar_masses
        return self.shared_out(masses / masses.sum(axis=1, keepdims=True))

    def shared_out(self, shares: Array) -> Array:
        """Masses in g (n, p) of ``shares`` (n, p) of a batch that add up to 1 in each row: whole steps of the balance
        that add up to the batch, each less than a step from its share.

        Largest remainders: each share is rounded down, and the steps that are then missing go to those that lost most,
        of two that lost alike to the first. A batch of no whole number of steps is that of the nearest.
        """
        steps = np.rint(self.batch_mass_g * 1000.0 / self.resolution_mg)
        exact = shares * steps
        whole = np.floor(exact)
        missing = np.rint(steps - whole.sum(axis=1, keepdims=True))
        place = np.argsort(np.argsort(whole - exact, axis=1, kind="stable"), axis=1, kind="stable")
        return self.round((whole + (place < missing)) * (self.resolution_mg / 1000.0))

    def round(self, masses_g: Array) -> Array:
        """Masses in whole steps of the balance, without the noise of floating point."""
        return np.asarray(
            np.round(np.rint(masses_g * (1000.0 / self.resolution_mg)) * (self.resolution_mg / 1000.0), 9)
        )

    def tolerance(self, molar_masses: Array, formula_mass_g_per_mol: float) -> float:
        """How far an amount per formula unit may be from its target because of weighing (two steps of the balance).

        Args:
            molar_masses: Of the precursors in g/mol, (p,).
            formula_mass_g_per_mol: Of a formula unit.
        """
        half_step = self.resolution_mg / 2000.0
        return float(4.0 * half_step / molar_masses.min() * formula_mass_g_per_mol / self.batch_mass_g)


def molar_masses(precursors: Sequence[str]) -> Array:
    """Molar masses in g/mol of precursors given by formula."""
    return np.array([parse_composition(formula).molar_mass_g_per_mol for formula in precursors])


def charges_of(precursors: Sequence[str], elements: Sequence[str]) -> Array:
    """Formal charge of each element; one state per element over all precursors, else :class:`SpaceError`."""
    states: dict[str, float] = {}
    for formula in precursors:
        for element, state in parse_composition(formula).oxidation_states.items():
            if states.setdefault(element, state) != state:
                raise SpaceError(
                    f"{element} has the charges {states[element]:+g} and {state:+g} in the precursors.",
                    hint="Use precursors in which every element has one oxidation state.",
                )
    return np.array([states[element] for element in elements])


def neutral_amounts(amounts: Array, elements: Sequence[str], charges: Array) -> Array:
    """``amounts`` (n, elements) rounded to six decimals with a charge of exactly zero in whole millionths.

    Each row by itself: a recipe has the same amounts whatever stands beside it.
    """
    units = np.rint(amounts * 10**DECIMALS).astype(np.int64)
    whole = np.rint(charges).astype(np.int64)
    excess = units @ whole
    divalent, cation = np.flatnonzero(whole == -2), np.flatnonzero(whole == 1)
    if not len(cation):
        raise SpaceError("The precursors hold neither lithium nor another alkali metal.", hint="Add Li2S or LiX.")
    even = np.zeros(len(units), dtype=bool)
    if len(divalent):
        anion = divalent[np.argmax(units[:, divalent], axis=1)]
        rows = np.arange(len(units))
        even = units[rows, anion] > 10**DECIMALS // 1000  # enough of it that a millionth more or less is nothing
        units[:, cation[0]] += np.where(even, excess % 2, 0)
        units[rows, anion] += np.where(even, (excess + excess % 2) // 2, 0)
    units[:, cation[0]] -= np.where(even, 0, excess)
    return np.asarray(units / 10**DECIMALS)
