"""What makes the chemistry of an electrolyte doubtful, whatever rows lie near: its charge, what its solvent does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.amounts import Amounts
from surrogate.candidate.columns import ElectrolyteColumns
from surrogate.candidate.solvents import ATTACKS, attacks_on
from surrogate.composition.charge import USUAL_STATES, balance
from surrogate.text import percent

Array = NDArray[np.float64]

#: Share of the charge of its cations by which a formula may be off: analyses in papers leave as much open.
OPEN_CHARGE = 0.05
#: Least score of the verdict where anything is doubtful.
DOUBTFUL = 0.75


@dataclass(frozen=True, kw_only=True)
class Doubts:
    """Of ``n`` electrolytes the charge left over, as a share of that of the cations, (n,), and the place of what the
    solvent does among :data:`surrogate.candidate.solvents.ATTACKS`, −1 for nothing, (n,).
    """

    charge: Array
    attack: NDArray[np.int64]

    @classmethod
    def of(cls, columns: ElectrolyteColumns) -> Doubts:
        """Those of ``n`` electrolytes."""
        charge = columns.amounts.derive("charge left over", _compute_charge)
        return cls(charge=charge[columns.composition], attack=attacks_on(columns))

    @property
    def least_score(self) -> Array:
        """The least score of each verdict, (n,); 0 where nothing is doubtful."""
        return np.where((np.abs(self.charge) > OPEN_CHARGE) | (self.attack >= 0), DOUBTFUL, 0.0)

    def reasons(self, row: int) -> Iterator[str]:
        """What is doubtful about one of them."""
        if abs(self.charge[row]) > OPEN_CHARGE:
            sign, share = "positive" if self.charge[row] > 0 else "negative", percent(abs(self.charge[row]))
            yield f"the formula is off in charge: {share} of that of its cations is left {sign}"
        if self.attack[row] >= 0:
            yield ATTACKS[self.attack[row]].deed


def _compute_charge(amounts: Amounts) -> Array:
    states = np.array([USUAL_STATES[element][0] for element in amounts.elements], dtype=float)
    positive = np.maximum(amounts.values * states, 0.0).sum(axis=1)
    share: Array = np.divide(amounts.net_charge, positive, out=np.zeros_like(positive), where=positive > 0.0)
    for row in np.flatnonzero(np.abs(share) > OPEN_CHARGE):  # another usual state, or a rare one, may balance it
        present = {el: n for el, n in zip(amounts.elements, amounts.values[row].tolist(), strict=True) if n > 0.0}
        charge = balance(present)
        share[row] = charge.net / charge.positive if charge.is_ionic else 0.0
    return share
