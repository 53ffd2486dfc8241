"""What has been measured of a composition, or of an active material in its host: the first thing an answer says.

Compositions are compared after normalisation and within rounding. One value that several works quote is one value; what
is stated to be only a bound is counted, but gives no end of the range.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from surrogate.candidate.cell import Cell
from surrogate.candidate.measurement import Candidate, Censoring, Fidelity, Measurement
from surrogate.candidate.recipe import Recipe
from surrogate.composition import Composition
from surrogate.datasets.splits import paper_name, without_duplicates
from surrogate.text import counted, quantity, span

#: Atomic fractions within this are one composition: 0.01 of an element in a formula of ten atoms.
SAME_FRACTION = 0.001
#: Tests within this are at one temperature, °C; a conductivity at 60 °C is no answer to one at 25 °C.
SAME_TEMPERATURE_C = 15.0
#: Distance in recipe of what one of two does not state: between alike (0) and otherwise (1).
UNSTATED = 0.3


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The independent measurements of one material, those nearest in recipe first; never empty."""

    property: str
    rows: tuple[Measurement, ...]

    @builtins.property
    def n_papers(self) -> int:
        """Papers that report them."""
        return len({m.source.paper for m in self.rows})

    @builtins.property
    def values(self) -> tuple[float, ...]:
        """The values that are no bounds, in the unit of the property; all of them where there are only bounds."""
        exact = tuple(m.value for m in self.rows if m.censoring in (Censoring.EXACT, Censoring.APPROXIMATE))
        return exact or tuple(m.value for m in self.rows)

    @builtins.property
    def low(self) -> float:
        """The lowest value."""
        return min(self.values)

    @builtins.property
    def high(self) -> float:
        """The highest value."""
        return max(self.values)

    def __str__(self) -> str:
        """``measured: 5 independent values of 5 papers, from 2.76 to 12 mS/cm``."""
        counts = f"{counted(len(self.rows), 'independent value')} of {counted(self.n_papers, 'paper')}"
        if self.low == self.high:
            return f"measured: {counts}, {quantity(self.low, self.property)}"
        return f"measured: {counts}, from {span(self.low, self.high, self.property, between=' to ')}"


def measured(candidate: Candidate, property: str, measurements: Iterable[Measurement]) -> Measured | None:
    """What ``measurements`` hold of the material of ``candidate``, ``None`` for nothing.

    Args:
        candidate: The electrolyte or the cell that is asked for.
        property: What was measured; others are left out.
        measurements: Such as :func:`surrogate.datasets.load` gives; simulated ones and marked repeats are left out.

    Cells are compared by active material and, where both state it, by the electrolyte of the electrode; retentions of
    other numbers of cycles belong to them, with the nearest first.
    """
    same = [
        m
        for m in measurements
        if m.property == property and m.fidelity is Fidelity.MEASURED and _is_same(candidate, m.candidate)
    ]
    rows = _once(without_duplicates(same))
    if not rows:
        return None
    return Measured(property=property, rows=tuple(sorted(rows, key=lambda m: recipe_distance(candidate, m.candidate))))


def _is_same(one: Candidate, other: Candidate) -> bool:
    if isinstance(one.subject, Cell) != isinstance(other.subject, Cell):
        return False
    if isinstance(one.subject, Cell) and isinstance(other.subject, Cell):
        materials = [cell.electrode.active_material.name for cell in (one.subject, other.subject)]
        if materials[0] != materials[1]:
            return False
    elif not _same_temperature(one.protocol.temperature_c, other.protocol.temperature_c):
        return False
    hosts = [electrolyte.composition for c in (one, other) if (electrolyte := c.electrolyte) is not None]
    return len(hosts) < 2 or same_composition(*hosts)


def same_composition(one: Composition, other: Composition) -> bool:
    """Whether two compositions are one after normalisation and within rounding."""
    if one.reduced_formula == other.reduced_formula:
        return True
    elements = one.amounts.keys() | other.amounts.keys()
    totals = [sum(composition.amounts.values()) for composition in (one, other)]
    return all(
        abs(one.amounts.get(el, 0.0) / totals[0] - other.amounts.get(el, 0.0) / totals[1]) <= SAME_FRACTION
        for el in elements
    )


def _same_temperature(one: float | None, other: float | None) -> bool:
    return one is None or other is None or abs(one - other) <= SAME_TEMPERATURE_C


def _once(measurements: Sequence[Measurement]) -> list[Measurement]:
    """Each value once: of equal ones, those that another work only quotes give way to the first."""
    kept: list[Measurement] = []
    seen: dict[float, Measurement] = {}
    for m in measurements:
        value = float(f"{m.value:.3g}")
        first = seen.setdefault(value, m)
        is_quoted = any(s.quoted_in is not None or s.quoted_in_doi is not None for s in (m.source, first.source))
        same_paper = paper_name(m.source.paper) == paper_name(first.source.paper)
        if first is m or not is_quoted or same_paper:
            kept.append(m)
    return kept


def recipe_distance(one: Candidate, other: Candidate) -> float:
    """How far two candidates of one material are apart in how they were made and tested: the mean over what ``one``
    states, 0 for alike, 1 for otherwise, :data:`UNSTATED` where ``other`` is silent.
    """
    stated = [
        UNSTATED if theirs is None else min(abs(ours - theirs) / typical, 1.0) if typical else float(ours != theirs)
        for ours, theirs, typical in zip(_made(one), _made(other), _TYPICAL, strict=True)
        if ours is not None
    ]
    return float(np.mean(stated)) if stated else 0.0


# What is compared, with the difference that counts as another recipe; 0 for what is alike or not. Furnaces are told
# apart by 100 °C, times of milling and of holding, rates and cycles by a factor of ten.
_TYPICAL = (0, 0, 100.0, 1.0, 1.0, 200.0, 0, 0, 1.0, 1.0, 1.0, 1.0)


def _made(candidate: Candidate) -> tuple[float | None, ...]:
    """Recipe and protocol as numbers, in the order of :data:`_TYPICAL`; ``None`` where nothing is stated."""
    subject, protocol = candidate.subject, candidate.protocol
    recipe = candidate.electrolyte.recipe if candidate.electrolyte is not None else Recipe()
    milling, furnace = recipe.milling, recipe.heat_treatment
    electrode = subject.electrode if isinstance(subject, Cell) else None
    mixing = electrode.mixing if electrode is not None else None
    return (
        _place(recipe.route),
        None if recipe.heat_treated is None else float(recipe.heat_treated),
        None if furnace is None else furnace.temperature_c,
        _decades(None if furnace is None else furnace.time_h),
        _decades(None if milling is None else milling.time_h),
        recipe.pressure_mpa,
        None if electrode is None or electrode.coating is None else float(bool(electrode.coating)),
        None if mixing is None else _place(mixing.method),
        _decades(None if mixing is None or mixing.time_min is None else mixing.time_min + 1.0),
        protocol.voltage_max_v,
        _decades(protocol.c_rate),
        _decades(protocol.cycles),
    )


def _place(member: object) -> float | None:
    """A number that is the same for the same member of an enumeration only."""
    return None if member is None else float(list(type(member)).index(member))  # type: ignore[call-overload]


def _decades(value: float | None) -> float | None:
    return None if not value else math.log10(value)
