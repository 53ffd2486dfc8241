"""What has been measured of a composition, or of an active material in its host: the first thing an answer says.

Compositions are compared after normalisation and within rounding. One value that several works quote is one value; what
is stated to be only a bound is counted, but gives no end of the range.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.active_material import ActiveMaterial
from surrogate.candidate.cell import Cell
from surrogate.candidate.columns import code
from surrogate.candidate.measurement import Candidate, Censoring, Fidelity, Measurement
from surrogate.candidate.recipe import ROOM_TEMPERATURE_C, Recipe
from surrogate.composition import Composition, find_composition
from surrogate.datasets.spellings import canonical
from surrogate.datasets.splits import paper_name, without_duplicates
from surrogate.properties import Scale, get_property
from surrogate.text import counted, quantity, span

Array = NDArray[np.float64]

#: Atomic fractions within this are one composition: 0.01 of an element in a formula of ten atoms.
SAME_FRACTION = 0.001
#: Tests within this are at one temperature, °C; a conductivity at 60 °C is no answer to one at 25 °C.
SAME_TEMPERATURE_C = 15.0

#: What is left out of names: the kind of particle and the hyphen of SC-NCM-811, and the remark of LiCoO2(5um).
_ABBREVIATION = re.compile(r"^(?:SC-|PC-)?(N(?:CM|MC))[ -]?(?=\d)")
_TOUCHING_REMARK = re.compile(r"(?<=O[234])\(.*")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The independent measurements of one material; never empty."""

    property: str
    rows: tuple[Measurement, ...]

    @classmethod
    def of(cls, property: str, same: Sequence[Measurement]) -> Measured | None:
        """Keep the independent ones; ``None`` where there is none.

        Args:
            property: What was measured.
            same: The measurements of one material, from :func:`list_same`.
        """
        rows = _drop_repeats(without_duplicates(same))
        return cls(property=property, rows=tuple(rows)) if rows else None

    @cached_property
    def n_papers(self) -> int:
        """Papers that report them."""
        return len({m.source.paper for m in self.rows})

    @cached_property
    def values(self) -> tuple[float, ...]:
        """The values that are no bounds, in the unit of the property; all of them where there are only bounds."""
        exact = tuple(m.value for m in self.rows if m.censoring in (Censoring.EXACT, Censoring.APPROXIMATE))
        return exact or tuple(m.value for m in self.rows)

    @cached_property
    def sentence(self) -> str:
        """``measured: 5 independent values of 5 papers, from 2.76 to 12 mS/cm``."""
        counts = f"{counted(len(self.rows), 'independent value')} of {counted(self.n_papers, 'paper')}"
        low, high = min(self.values), max(self.values)
        if low == high:
            return f"measured: {counts}, {quantity(low, self.property)}"
        return f"measured: {counts}, from {span(low, high, self.property, between=' to ')}"

    @cached_property
    def _recipes(self) -> Array:
        return np.array([_encode_preparation(m.candidate) for m in self.rows])

    def nearest(self, candidate: Candidate, count: int | None = None) -> list[tuple[Measurement, float]]:
        """Find the rows nearest to a candidate in recipe and protocol.

        The distance is the mean over what the candidate states: 0 for alike, 1 for another recipe, one half for what
        the row leaves out. Of equally near rows, those come first that leave out less.

        Args:
            candidate: Of the same material.
            count: How many rows; all by default.

        Returns:
            Rows with their distances, the nearest first.
        """
        distances, left_out = _measure_distances(_encode_preparation(candidate), self._recipes)
        order = np.lexsort((left_out, distances))[:count]
        return [(self.rows[place], float(distances[place])) for place in order.tolist()]


def measured(candidate: Candidate, property: str, measurements: Iterable[Measurement]) -> Measured | None:
    """What is measured of the material of a candidate, ``None`` for nothing; see :func:`list_same`."""
    return Measured.of(property, list_same(candidate, property, measurements))


def list_same(candidate: Candidate, property: str, measurements: Iterable[Measurement]) -> list[Measurement]:
    """List what is measured of the material of a candidate, repeated values among them.

    Cells are compared by what the active material is, however it is named, and, where both state it, by the electrolyte
    of the electrode; one that is stated and cannot be read is another. Retentions of other numbers of cycles belong to
    them. Conductivities are those at the temperature of the candidate, 25 °C where it states none.

    Args:
        candidate: The electrolyte or the cell that is asked for.
        property: What was measured; others are left out.
        measurements: Such as :func:`surrogate.datasets.load` gives; simulated ones and marked repeats are left out.
    """
    at_any_temperature = get_property(property).scale is not Scale.LOG10
    return [
        m
        for m in measurements
        if m.property == property
        and m.fidelity is Fidelity.MEASURED
        and _is_same(candidate, m)
        and (at_any_temperature or _is_at_temperature(candidate, m.candidate))
    ]


def _is_same(candidate: Candidate, measurement: Measurement) -> bool:
    one, other = candidate.subject, measurement.candidate.subject
    if isinstance(one, Cell) != isinstance(other, Cell):
        return False
    if (
        isinstance(one, Cell)
        and isinstance(other, Cell)
        and not same_material(one.electrode.active_material, other.electrode.active_material)
    ):
        return False
    host, measured_host = candidate.electrolyte, measurement.candidate.electrolyte
    if host is None:
        return True
    if measured_host is None:
        return measurement.unread_host is None
    return same_composition(host.composition, measured_host.composition)


def same_material(one: ActiveMaterial, other: ActiveMaterial) -> bool:
    """Whether two active materials are one, by what their names stand for: NCM811 is LiNi0.8Mn0.1Co0.1O2.

    Args:
        one: An active material.
        other: Another one.
    """
    names = [canonical_name(material) for material in (one, other)]
    if names[0] == names[1]:
        return True
    if one.chemistry is not other.chemistry:
        return False
    first, second = map(find_composition, names)
    return first is not None and second is not None and same_composition(first, second)


def canonical_name(material: ActiveMaterial) -> str:
    """The name of ``material`` among those that stand for one material, without what says how its particles are."""
    name = _TOUCHING_REMARK.sub("", _ABBREVIATION.sub(r"\1", material.name))
    return canonical("active_material", name) or name


def same_composition(one: Composition, other: Composition) -> bool:
    """Whether two compositions are one after normalisation and within rounding.

    Args:
        one: A composition.
        other: Another one.
    """
    totals = [sum(composition.amounts.values()) for composition in (one, other)]
    if all(  # before formulas, which take longer to write
        abs(one.amounts.get(el, 0.0) / totals[0] - other.amounts.get(el, 0.0) / totals[1]) <= SAME_FRACTION
        for el in one.amounts.keys() | other.amounts.keys()
    ):
        return True
    return one.reduced_formula == other.reduced_formula


def _is_at_temperature(candidate: Candidate, row: Candidate) -> bool:
    """Whether ``row`` was tested where ``candidate`` is asked for; who states no temperature means a room's."""
    wished_c, tested_c = (
        ROOM_TEMPERATURE_C if one.protocol.temperature_c is None else one.protocol.temperature_c
        for one in (candidate, row)
    )
    return abs(tested_c - wished_c) <= SAME_TEMPERATURE_C


def _drop_repeats(measurements: Sequence[Measurement]) -> list[Measurement]:
    """Each value once: of equal ones, those that another work only quotes give way to the first."""
    independent: list[Measurement] = []
    first_of: dict[float, Measurement] = {}
    for m in measurements:
        first = first_of.setdefault(float(f"{m.value:.3g}"), m)
        is_quoted = any(s.quoted_in is not None or s.quoted_in_doi is not None for s in (m.source, first.source))
        same_paper = paper_name(m.source.paper) == paper_name(first.source.paper)
        if first is m or not is_quoted or same_paper:
            independent.append(m)
    return independent


def _measure_distances(one: Sequence[float], rows: Array) -> tuple[Array, NDArray[np.int64]]:
    """The distances (n,) of a recipe (k,) to ``rows`` (n, k), NaN for what is not stated, and how many fields (n,)
    only the one states.
    """
    stated = ~np.isnan(np.asarray(one))
    left_out = np.isnan(rows[:, stated])
    apart = np.minimum(np.abs(rows - np.asarray(one)) / _TYPICAL, 1.0)[:, stated]
    total = np.where(left_out, _LEFT_OUT, apart).sum(axis=1)
    return total / max(np.count_nonzero(stated), 1), np.count_nonzero(left_out, axis=1)


# What is compared, with the difference that counts as another recipe; any difference does of what is alike or not.
# Furnaces are told apart by 100 °C, times of milling and of holding, rates and cycles by a factor of ten.
_ANY = 1e-9
#: Distance in a field that the row leaves out: a row that agrees comes before it, and one that contradicts after it.
_LEFT_OUT = 0.5
_TYPICAL = np.array([_ANY, _ANY, 100.0, 1.0, 1.0, 200.0, _ANY, _ANY, 1.0, 1.0, 1.0, 1.0])


def _encode_preparation(candidate: Candidate) -> list[float]:
    """Recipe and protocol as numbers, in the order of :data:`_TYPICAL`; NaN where nothing is stated."""
    subject, protocol = candidate.subject, candidate.protocol
    recipe = candidate.electrolyte.recipe if candidate.electrolyte is not None else Recipe()
    milling, furnace = recipe.milling, recipe.heat_treatment
    electrode = subject.electrode if isinstance(subject, Cell) else None
    mixing = electrode.mixing if electrode is not None else None
    stated = (
        None if recipe.route is None else float(code(recipe.route)),
        None if recipe.heat_treated is None else float(recipe.heat_treated),
        None if furnace is None else furnace.temperature_c,
        _take_log10(None if furnace is None else furnace.time_h),
        _take_log10(None if milling is None else milling.time_h),
        recipe.pressure_mpa,
        None if electrode is None or electrode.coating is None else float(bool(electrode.coating)),
        None if mixing is None or mixing.method is None else float(code(mixing.method)),
        _take_log10(None if mixing is None or mixing.time_min is None else mixing.time_min + 1.0),
        protocol.voltage_max_v,
        _take_log10(protocol.c_rate),
        _take_log10(protocol.cycles),
    )
    return [math.nan if value is None else value for value in stated]


def _take_log10(value: float | None) -> float | None:
    return None if not value else math.log10(value)
