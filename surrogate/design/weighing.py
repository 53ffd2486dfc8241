"""What the balance really allows: masses in steps of its resolution, and the composition they make.

Every precursor is neutral, so every set of masses is neutral: rounding moves the composition, never its charge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surrogate.composition import parse_composition
from surrogate.design.variables import Array
from surrogate.errors import SpaceError


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
        """Masses in g (n, p) that are weighed in for relative amounts ``moles`` (n, p); see :meth:`shared_out`."""
        masses = moles * molar_masses
        return self.shared_out(masses / masses.sum(axis=1, keepdims=True))

    def shared_out(self, shares: Array) -> Array:
        """Masses in g (n, p) of ``shares`` (n, p) of a batch that add up to 1 in each row: whole steps of the balance
        that add up to the batch, each less than a step from its share.

        Largest remainders: each share is rounded down, and the steps that are then missing go to those that lost most,
        of two that lost alike to the first. A batch of no whole number of steps is that of the nearest.
        """
        steps = np.rint(self.batch_mass_g * 1000.0 / self.resolution_mg)
        wanted = shares * steps
        whole = np.floor(wanted)
        missing = np.rint(steps - whole.sum(axis=1, keepdims=True))
        place = np.argsort(np.argsort(whole - wanted, axis=1, kind="stable"), axis=1, kind="stable")
        return self.round((whole + (place < missing)) * (self.resolution_mg / 1000.0))

    def round(self, masses_g: Array) -> Array:
        """Masses in whole steps of the balance, without the noise of floating point."""
        return np.asarray(
            np.round(np.rint(masses_g * (1000.0 / self.resolution_mg)) * (self.resolution_mg / 1000.0), 9)
        )

    def tolerance(self, molar_masses: Array, formula_mass_g_per_mol: float) -> float:
        """How far an amount per formula unit may be from its target because of weighing (two steps of the balance)."""
        half_step = self.resolution_mg / 2000.0
        return float(4.0 * half_step / molar_masses.min() * formula_mass_g_per_mol / self.batch_mass_g)


def molar_masses(precursors: Sequence[str]) -> Array:
    """Molar masses in g/mol of precursors given by formula."""
    return np.array([parse_composition(formula).molar_mass_g_per_mol for formula in precursors])
