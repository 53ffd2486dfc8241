"""Amounts that a text can carry: rounded to six decimals and still exactly neutral.

A formula is written with six decimals. Rounding each amount alone would leave a charge of about 1e-6 e; here the charge
is counted in whole millionths and the divalent anion (lithium, for an odd millionth) takes up what is missing. The
change is a hundred times below what a balance resolves, and text → amounts → text is the identity.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surrogate.composition import parse_composition
from surrogate.design.variables import Array
from surrogate.errors import SpaceError

DECIMALS = 6


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
