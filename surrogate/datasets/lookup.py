"""Rows of the tables by material, without reading the rest: what makes it cheap to say first what is measured.

A table is split into cells and indexed by composition, or by active material, when it is first asked; only the rows
that fit are typed and become measurements. Rows that the tables mark as repeats, that a decision set aside or that are
no electrolyte and no cell are left out, as from training; other temperatures and other fields are not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.cell import Cell
from surrogate.candidate.measurement import Candidate, Measurement
from surrogate.composition import Composition, find_composition
from surrogate.composition.notation import parse_plain
from surrogate.datasets.decisions import excluded_rows, paper_names
from surrogate.datasets.kinds import Kind, kind_of
from surrogate.datasets.literature import material_of
from surrogate.datasets.loading import READERS, in_context, tables_of
from surrogate.datasets.measured import SAME_FRACTION, canonical_name
from surrogate.datasets.package import TABLE_OF, Resource
from surrogate.datasets.tables import Row, cells_of, type_row
from surrogate.errors import CompositionError, SurrogateError
from surrogate.properties import Subject

#: The column by which rows are looked up.
_MATERIAL_COLUMNS = {Subject.ELECTROLYTE: "composition_normalized", Subject.CELL: "active_material"}

Places = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class _ByElements:
    """Lines of a table by the elements of their composition, with the fractions (n, elements) of each."""

    fractions: Mapping[frozenset[str], NDArray[np.float64]]
    places: Mapping[frozenset[str], Places]

    @classmethod
    def of(cls, compositions: Sequence[Mapping[str, float] | None]) -> _ByElements:
        """Index the amounts of ``compositions`` (n,); ``None`` is left out."""
        fractions: dict[frozenset[str], list[list[float]]] = {}
        places: dict[frozenset[str], list[int]] = {}
        for place, amounts in enumerate(compositions):
            if amounts:
                fractions.setdefault(frozenset(amounts), []).append(_list_fractions(amounts))
                places.setdefault(frozenset(amounts), []).append(place)
        return cls(
            fractions={elements: np.array(rows) for elements, rows in fractions.items()},
            places={elements: np.array(rows, dtype=np.intp) for elements, rows in places.items()},
        )

    def find(self, composition: Composition) -> Sequence[int]:
        """The places of the formulas that are ``composition`` within rounding."""
        elements = frozenset(composition.amounts)
        rows = self.fractions.get(elements)
        if rows is None:
            return ()
        apart = np.abs(rows - _list_fractions(composition.amounts)).max(axis=1)
        matching: list[int] = self.places[elements][apart <= SAME_FRACTION].tolist()
        return matching


@dataclass(frozen=True, kw_only=True)
class _Lines:
    """A table in cells, with the places of its lines by active material or by composition."""

    described: Resource
    header: Sequence[str]
    lines: Sequence[tuple[int, Sequence[str]]]
    by_material: Mapping[str, Sequence[int]]
    by_elements: _ByElements

    @classmethod
    def read(cls, path: Path, described: Resource, subject: Subject) -> _Lines:
        """Split and index the table at ``path``; a damaged one has no lines ('training check' says why)."""
        lines = cells_of(path, described.path, described.columns).lines
        header, body = (lines[0][1], lines[1:]) if lines else ([], [])
        column = _MATERIAL_COLUMNS[subject]
        whole = [(line, cells) for line, cells in body if len(cells) == len(header)] if column in header else []
        texts = [cells[header.index(column)].strip() for _, cells in whole]
        by_material: dict[str, list[int]] = {}
        if subject is Subject.CELL:
            names = [canonical_name(material_of(text)) for text in texts]
            for place, name in enumerate(names):
                by_material.setdefault(name, []).append(place)
            compositions = map(find_composition, names)
            amounts = [None if composition is None else composition.amounts for composition in compositions]
        else:
            amounts = [_read_plain(text) for text in texts]
        return cls(
            described=described,
            header=header,
            lines=whole,
            by_material=by_material,
            by_elements=_ByElements.of(amounts),
        )

    def find(self, candidate: Candidate) -> Sequence[int]:
        """The places of the lines that may be of the material of ``candidate``."""
        subject = candidate.subject
        if isinstance(subject, Cell):
            name = canonical_name(subject.electrode.active_material)
            composition = find_composition(name)
            alike = () if composition is None else self.by_elements.find(composition)
            return sorted({*self.by_material.get(name, ()), *alike})
        return self.by_elements.find(subject.composition)

    def measurements(self, place: int, excluded: Mapping[str, str], names: Mapping[str, str]) -> Sequence[Measurement]:
        """What the line at ``place`` states of any property; nothing for one that is not sound or not its own."""
        row, faults = type_row(*self.lines[place], self.header, self.described, self.described.path)
        if faults or not _is_original(row, excluded):
            return ()
        return in_context(list(READERS[self.described.table](row)), self.described, names)


class MaterialIndex:
    """The rows of a data folder by material; what is not there, or cannot be read, holds nothing."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._tables: dict[Subject, tuple[_Lines, ...]] = {}
        self._stated: dict[tuple[str, int], Sequence[Measurement]] = {}

    def measurements(self, candidate: Candidate, property: str) -> list[Measurement]:
        """What the tables state of ``property`` for the material of ``candidate``, however it was made and tested."""
        try:
            return list(self._list_measurements(candidate, property))
        except SurrogateError:  # the answer of the model does not depend on a table that somebody is editing
            return []

    def _list_measurements(self, candidate: Candidate, property: str) -> Sequence[Measurement]:
        tables = self._tables.get(candidate.kind)
        if tables is None:
            tables = self._tables[candidate.kind] = tuple(
                _Lines.read(self._data / described.path, described, candidate.kind)
                for described in tables_of(TABLE_OF[candidate.kind], self._data)
            )
        measurements: list[Measurement] = []
        for table in tables:
            for place in table.find(candidate):
                key = (table.described.path, place)
                if key not in self._stated:
                    self._stated[key] = table.measurements(place, *self._decisions)
                measurements += [m for m in self._stated[key] if m.property == property]
        return measurements

    @cached_property
    def _decisions(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Rows that were set aside, and names of papers; read once, like the tables that they are about."""
        return excluded_rows(self._data), paper_names(self._data)


def _is_original(row: Row, excluded: Mapping[str, str]) -> bool:
    """Whether the values of ``row`` are measurements of its material that stand nowhere else."""
    if row.text("likely_duplicate_of") is not None or row.record_id in excluded:
        return False
    return row.text("record_type") is None or kind_of(row) is Kind.CELL


def _read_plain(formula: str) -> Mapping[str, float] | None:
    try:
        return parse_plain(formula)
    except CompositionError:
        return None


def _list_fractions(amounts: Mapping[str, float]) -> list[float]:
    total = sum(amounts.values())
    return [amounts[element] / total for element in sorted(amounts)]
