"""Very many compositions as one matrix of amounts: their formal charge and family without an object per row.

:class:`Amounts` is what composition features and the physics are computed from, whether the compositions come from a
table, from text or from a design space. Charge and family follow the rules of :mod:`surrogate.composition`, element by
element.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import chain
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from surrogate.composition import Composition, Family, parse_composition
from surrogate.composition.abbreviations import is_readable_abbreviation
from surrogate.composition.charge import NEUTRALITY_TOLERANCE, USUAL_STATES, balance
from surrogate.composition.elements import ATOMIC_MASS_G_PER_MOL
from surrogate.composition.family import RULES, ratios_of
from surrogate.composition.notation import parse_plain
from surrogate.composition.text import MAX_LENGTH

Array = NDArray[np.float64]
Codes = NDArray[np.int64]
T = TypeVar("T")

FAMILIES = tuple(Family)
_DECIMALS = 9
#: So many compositions are judged one by one, which takes less time than arrays of so few rows.
_FEW = 8


@dataclass(frozen=True, kw_only=True)
class Amounts:
    """``n`` compositions: ``values`` (n, e) per formula unit of the ``elements`` (each once), ``net_charge`` (n,) in e.

    An element that a composition does not hold has the amount 0.
    """

    elements: tuple[str, ...]
    values: Array
    net_charge: Array
    _derived: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.values)

    def derive(self, name: str, compute: Callable[[Amounts], T]) -> T:
        """What follows from the amounts, worked out once where they are few.

        Args:
            name: What it is known by.
            compute: Makes it of the amounts.
        """
        if len(self) > _FEW:
            return compute(self)
        if name not in self._derived:
            self._derived[name] = compute(self)
        derived: T = self._derived[name]
        return derived

    def take(self, rows: NDArray[np.integer]) -> Amounts:
        """The compositions at these positions."""
        return Amounts(elements=self.elements, values=self.values[rows], net_charge=self.net_charge[rows])

    def of(self, elements: Sequence[str]) -> Array:
        """The amounts of these elements, (n, elements); 0 for one that no composition holds."""
        amounts = np.zeros((len(self), len(elements)))
        column = self.column
        for to, element in enumerate(elements):
            if element in column:
                amounts[:, to] = self.values[:, column[element]]
        return amounts

    @cached_property
    def column(self) -> Mapping[str, int]:
        """The place of each element among the columns."""
        return {element: place for place, element in enumerate(self.elements)}

    @cached_property
    def families(self) -> Codes:
        """The family of each composition as a position in :data:`FAMILIES`, (n,)."""
        return family_codes(self.elements, self.values)

    @cached_property
    def molar_mass_g_per_mol(self) -> Array:
        """The mass of each formula unit, (n,)."""
        return np.asarray(self.values @ np.array([ATOMIC_MASS_G_PER_MOL[element] for element in self.elements]))


def amounts_of(compositions: Sequence[Composition]) -> Amounts:
    """The amounts of ``n`` compositions over the elements that occur in any of them, in order of occurrence."""
    if len(compositions) == 1:
        return _amounts_of_one(compositions[0])
    return _assemble([composition.pairs for composition in compositions], dict(enumerate(compositions)))


@lru_cache(maxsize=1024)
def _amounts_of_one(composition: Composition) -> Amounts:
    """The same of one: recipes of one composition, asked for one after the other, share what follows from it."""
    return _assemble([composition.pairs], {0: composition})


def amounts_of_texts(texts: Sequence[str]) -> Amounts:
    """The amounts of ``n`` compositions in any notation, as :func:`parse_composition` reads each.

    Formulas of elements and decimals, nearly all there are, become numbers without an object in between; the others are
    read one by one. Warnings are not given. Raises :class:`surrogate.errors.CompositionError` for what cannot be read.
    """
    plain = [_read_plain(text) for text in texts]
    parsed = {row: parse_composition(texts[row]) for row, amounts in enumerate(plain) if amounts is None}
    pairs = [parsed[row].pairs if amounts is None else amounts.items() for row, amounts in enumerate(plain)]
    amounts = _assemble(pairs, parsed)
    for row in np.flatnonzero(~_are_neutral(amounts.elements, amounts.values, amounts.net_charge)).tolist():
        if row not in parsed:
            parse_composition(texts[row])  # refuses what is a typo, such as Li2Co3
    return amounts


def _are_neutral(elements: Sequence[str], values: Array, net_charge: Array) -> NDArray[np.bool_]:
    """Which amounts (n, e) of ``net_charge`` (n,) hold a cation and an anion in balance, (n,)."""
    expected = np.array([USUAL_STATES[element][0] for element in elements], dtype=float)
    positive = np.maximum(values * expected, 0.0).sum(axis=1)
    anions = np.array([min(USUAL_STATES[element]) < 0 for element in elements], dtype=bool)
    balanced = np.abs(net_charge) <= NEUTRALITY_TOLERANCE * positive
    return np.asarray(balanced & (positive > 0) & (values[:, anions] > 0).any(axis=1))


def _assemble(pairs: Sequence[Iterable[tuple[str, float]]], parsed: Mapping[int, Composition]) -> Amounts:
    """The matrix of these amounts, row by row; ``parsed`` are the rows that have been read as compositions."""
    rows_of_pairs = [tuple(row) for row in pairs]
    flat = list(chain.from_iterable(rows_of_pairs))
    elements = tuple(dict.fromkeys([element for element, _ in flat]))
    column = {element: number for number, element in enumerate(elements)}
    values = np.zeros((len(rows_of_pairs), len(elements)))
    lengths = np.array([len(row) for row in rows_of_pairs], dtype=np.int64)
    rows = np.repeat(np.arange(len(rows_of_pairs)), lengths)
    values[rows, [column[element] for element, _ in flat]] = [amount for _, amount in flat]
    charge = net_charges(elements, values)
    for number, composition in parsed.items():
        if composition.precursors:  # each precursor has its own oxidation states, which the sum of them does not show
            charge[number] = composition.net_charge
    return Amounts(elements=elements, values=values, net_charge=charge)


def _read_plain(text: str) -> dict[str, float] | None:
    """The amounts of a formula with one reading; None where :func:`parse_composition` has to decide.

    It decides on other notations, abbreviations, and carbon, which may be chlorine.
    """
    if len(text) > MAX_LENGTH or is_readable_abbreviation(text):
        return None
    amounts = parse_plain(text)
    return None if not amounts or "C" in amounts else amounts


def net_charges(elements: Sequence[str], values: Array) -> Array:
    """The formal charge of amounts, (n,) in e: as :func:`surrogate.composition.charge.balance` finds it.

    Nearly all compositions are neutral with the expected states, which is one product; only the others are looked at
    one by one.

    Args:
        elements: The e elements of the columns.
        values: Their amounts, (n, e).
    """
    if not len(values):
        return np.zeros(0)
    present = values > 0
    states = [USUAL_STATES[element] for element in elements]
    expected = np.array([state[0] for state in states], dtype=float)
    charges = values * expected
    net: Array = np.round(charges.sum(axis=1), _DECIMALS) + 0.0
    positive = np.maximum(charges, 0.0).sum(axis=1)
    cations = np.array([max(state) > 0 for state in states])
    anions = np.array([min(state) < 0 for state in states])
    both = (present & cations).any(axis=1) & (present & anions).any(axis=1)
    net[~both] = 0.0
    for row in np.flatnonzero(both & (np.abs(net) > NEUTRALITY_TOLERANCE * positive)):
        net[row] = balance({el: float(v) for el, v in zip(elements, values[row], strict=True) if v > 0}).net
    return net


def family_codes(elements: Sequence[str], values: Array) -> Codes:
    """The family of amounts as positions in :data:`FAMILIES`, (n,).

    Args:
        elements: The e elements of the columns.
        values: Their amounts, (n, e).
    """
    if len(values) <= _FEW:
        return np.array([_family_code(elements, row) for row in values.tolist()], dtype=np.int64)
    by_element = {element: values[:, column] for column, element in enumerate(elements)}
    with np.errstate(invalid="ignore"):
        ratios = ratios_of(
            by_element,
            rounded=lambda value: np.round(value, _DECIMALS),
            positive=lambda value: np.where(np.asarray(value) > 0, value, np.nan),
        )
        holds = [np.broadcast_to(rule(ratios), len(values)) for _, rule in RULES]
    # The first rule that holds decides, so the last is written first.
    codes = np.zeros(len(values), dtype=np.int64)
    for (family, _), mask in zip(reversed(RULES), reversed(holds), strict=True):
        codes[mask] = FAMILIES.index(family)
    return codes


def _family_code(elements: Sequence[str], amounts: Sequence[float]) -> int:
    """:func:`family_codes` of one composition, with the same numbers: the first rule that holds decides."""
    by_element = dict(zip(elements, amounts, strict=True))
    ratios = ratios_of(by_element, rounded=_round, positive=lambda value: value if value > 0 else math.nan)
    return next(FAMILIES.index(family) for family, rule in RULES if rule(ratios))


def _round(value: float) -> float:
    """To :data:`_DECIMALS` as NumPy rounds arrays."""
    scaled = value * 10.0**_DECIMALS
    return round(scaled) / 10.0**_DECIMALS if math.isfinite(scaled) else value
