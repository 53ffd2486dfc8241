"""What is measured of a material, as it stands before a prediction: looked up once per material."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock

from surrogate.candidate.cell import Cell
from surrogate.candidate.measurement import Candidate, Measurement
from surrogate.datasets import DATA, load
from surrogate.datasets.lookup import MaterialIndex
from surrogate.datasets.measured import Measured, list_same
from surrogate.errors import SurrogateError
from surrogate.models.base import Neighbour
from surrogate.models.surrogate import neighbour_of
from surrogate.properties import own_properties

#: Materials that are kept between questions; when there are more, all are looked up anew.
_MOST_KEPT = 4096


@dataclass(frozen=True, kw_only=True)
class MeasuredMaterial:
    """What is measured of one material, and its rows as they are cited."""

    measured: Measured
    cited: dict[int, Neighbour]

    def nearest(self, candidate: Candidate, count: int) -> list[Neighbour]:
        """The ``count`` rows nearest to ``candidate`` in recipe, with 0 for an equal one and 1 for another.

        Rows with one paper and description count once, so that a series does not crowd out other papers.
        """
        distinct: dict[tuple[str, str], Neighbour] = {}
        for row, distance in self.measured.nearest(candidate):
            if len(distinct) == count:
                break
            cited = self.cited[id(row)]
            distinct.setdefault((cited.paper, cited.description), cited.at(distance))
        return list(distinct.values())


class MeasuredTables:
    """The measured materials of the tables in ``data`` (default: the bundled ones) and of tables of the user's own."""

    def __init__(self, data: Path | None = None) -> None:
        self._data = data or DATA
        self._index = MaterialIndex(self._data)
        self._materials: dict[Hashable, MeasuredMaterial | None] = {}
        self._by_rows: dict[tuple[int, ...], tuple[list[Measurement], MeasuredMaterial | None]] = {}
        self._reading = Lock()

    def find(self, candidate: Candidate, property: str) -> MeasuredMaterial | None:
        """What is measured of the material of ``candidate``, ``None`` for nothing.

        Conductivities are those at the temperature of the candidate, which is 25 °C where it states none.
        """
        key = (property, *_material_of(candidate))
        with self._reading:
            if key not in self._materials:
                if len(self._materials) >= _MOST_KEPT:
                    self._materials.clear()
                    self._by_rows.clear()
                self._materials[key] = self._look_up(candidate, property)
            return self._materials[key]

    def _look_up(self, candidate: Candidate, property: str) -> MeasuredMaterial | None:
        if property in own_properties():
            try:
                rows = load(property, data=self._data)
            except SurrogateError:  # the model is there, its table is not
                return None
        else:
            rows = self._index.measurements(candidate, property)
        same = list_same(candidate, property, rows)
        key = tuple(map(id, same))  # many formulas that differ by rounding have the same rows
        if key not in self._by_rows:
            independent = Measured.of(property, same)
            cited = {} if independent is None else {id(row): neighbour_of(row) for row in independent.rows}
            material = None if independent is None else MeasuredMaterial(measured=independent, cited=cited)
            self._by_rows[key] = (same, material)  # rows that are kept keep their identity
        return self._by_rows[key][1]


def find_measured(
    candidate: Candidate, properties: Iterable[str], *, data: Path | None = None
) -> dict[str, MeasuredMaterial]:
    """What the tables of the folder ``data`` hold of the material of ``candidate``, by those of ``properties`` that
    they have; the tables are indexed once in a process.
    """
    tables = _indexed(data)
    materials = {name: tables.find(candidate, name) for name in properties}
    return {name: material for name, material in materials.items() if material is not None}


@lru_cache(maxsize=4)
def _indexed(data: Path | None) -> MeasuredTables:
    return MeasuredTables(data)


def _material_of(candidate: Candidate) -> tuple[Hashable, ...]:
    """What tells two materials apart, or two temperatures of an electrolyte."""
    subject = candidate.subject
    if isinstance(subject, Cell):
        host = subject.electrode.electrolyte
        material = subject.electrode.active_material
        return material.name, material.chemistry, None if host is None else host.composition.pairs
    return subject.composition.pairs, candidate.protocol.temperature_c
