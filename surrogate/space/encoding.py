"""Recipes as planners see them: columns near 0 to 1, from a pool drawn here or from any candidate measured elsewhere.

Columns: mole fractions of the precursors over their range in the space, numbers over their bounds (log10 where the
variable is logarithmic), choices one-hot, and last the distance from the space. A measured recipe outside the bounds
simply lies below 0 or above 1; one with foreign elements or another fixed setting is kept too, a distance away in the
last column. A setting that a measurement does not state is placed in the middle of its range (the only filling-in there
is).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from surrogate.candidate.fields import FIELDS
from surrogate.candidate.measurement import Candidate
from surrogate.candidate.settings import read
from surrogate.space.chemistry import Chemistry, element_matrix
from surrogate.space.variables import Array, Number, Table, Value, Variable, applies

MIDDLE = 0.5
#: Relative difference of a fixed number that counts as a whole step away from the space.
FIXED_STEP = 0.25


@dataclass(frozen=True, kw_only=True)
class Described:
    """Candidates in the words of a space: settings, moles (n, p) of its precursors, and the distance from it (n,)."""

    table: Table
    moles: Array | None
    off: Array
    remarks: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Encoder:
    """The crossing from settings to numbers of one space; ``d`` columns named in :attr:`names`."""

    chemistry: Chemistry | None
    variables: tuple[Variable, ...]
    fixed: Mapping[str, Value]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What each column is."""
        return tuple(name for name, _ in self._columns)

    @cached_property
    def electrolyte_columns(self) -> tuple[int, ...]:
        """The columns that say something about the electrolyte alone."""
        return tuple(i for i, (_, part) in enumerate(self._columns) if part != "cell")

    @cached_property
    def settings(self) -> tuple[tuple[int, ...], ...]:
        """The columns of everything that may decide by itself: a precursor, a number, all options of a choice. A number
        that only some recipes have comes with the choice that says which.
        """
        columns: dict[str, tuple[int, ...]] = {}
        for place, name in enumerate(self.names):
            setting = name.split(" = ")[0]
            columns[setting] = (*columns.get(setting, ()), place)
        choices = {v.name: columns[v.name] for v in self._open if not isinstance(v, Number)}
        deciding = {v.name: [choices[name] for name in v.when if name in choices] for v in self._open}
        return tuple((*own, *itertools.chain(*deciding.get(name, ()))) for name, own in columns.items())

    @cached_property
    def limits(self) -> dict[int, tuple[tuple[int, ...], ...]]:
        """The column of every number and precursor, with the columns of the options under which recipes have it, a
        tuple for each choice that says so.
        """
        place = {name: column for column, name in enumerate(self.names)}
        when = {v.name: v.when for v in self._open if isinstance(v, Number)}
        return {
            column: tuple(
                tuple(place[f"{choice} = {option}"] for option in options if f"{choice} = {option}" in place)
                for choice, options in when.get(name, {}).items()
                if any(f"{choice} = {option}" in place for option in options)
            )
            for name, column in place.items()
            if " = " not in name
        }

    @cached_property
    def _columns(self) -> tuple[tuple[str, str], ...]:
        columns = [(f"mole fraction of {f}", "electrolyte") for f in self._open_precursors]
        for variable in self._open:
            part = FIELDS[variable.name].part
            part = "electrolyte" if variable.name == "temperature_c" else "cell" if part == "protocol" else part
            if isinstance(variable, Number):
                columns.append((variable.name, part))
            else:
                columns += [(f"{variable.name} = {option}", part) for option in variable.options]
        return (*columns, ("distance from the space", "electrolyte"))

    @cached_property
    def _open(self) -> tuple[Variable, ...]:
        return tuple(variable for variable in self.variables if not variable.is_fixed)

    @cached_property
    def _span(self) -> tuple[Array, Array]:
        """Lowest mole fraction of each precursor in the space and its range, from 2048 fixed draws."""
        assert self.chemistry is not None
        unit = np.random.default_rng(0).random((2048, self.chemistry.dimensions))
        shares = _shares(self.chemistry.moles(self.chemistry.draw(unit)))
        return shares.min(axis=0), np.ptp(shares, axis=0)

    @cached_property
    def _open_precursors(self) -> tuple[str, ...]:
        if self.chemistry is None:
            return ()
        return tuple(f for f, width in zip(self.chemistry.precursors, self._span[1], strict=True) if width > 1e-9)

    def encode(self, table: Table, moles: Array | None, off: Array | None = None) -> Array:
        """Rows of a space → (n, d)."""
        blocks: list[Array] = []
        if self.chemistry is not None and moles is not None:
            low, width = self._span
            moving = width > 1e-9
            blocks.append(((_shares(moles) - low) / np.where(moving, width, 1.0))[:, moving])
        for variable in self._open:
            if isinstance(variable, Number):
                unit = variable.to_unit(table.numbers[variable.name])
                blocks.append(np.where(np.isnan(unit), MIDDLE, unit)[:, None])
            else:
                blocks.append(variable.one_hot(table.choices[variable.name]))
        blocks.append((np.zeros(table.n) if off is None else off)[:, None])
        return np.hstack(blocks)

    def candidates(self, candidates: Sequence[Candidate]) -> Array:
        """Any candidates → (n, d); those outside the space keep their place outside."""
        described = self.describe(candidates)
        return self.encode(described.table, described.moles, described.off)

    def describe(self, candidates: Sequence[Candidate]) -> Described:
        """Candidates in the words of this space, with remarks on what does not fit."""
        rows = [read(candidate) for candidate in candidates]
        off = np.zeros(len(rows))
        remarks: list[list[str]] = [[] for _ in rows]
        table = self._table(rows, remarks)
        for i, row in enumerate(rows):
            off[i] += self._fixed_distance(row, remarks[i])
        moles = None
        if self.chemistry is not None:
            moles, foreign = self._moles(candidates, remarks)
            off += foreign
        return Described(table=table, moles=moles, off=off, remarks=tuple(tuple(r) for r in remarks))

    def _table(self, rows: Sequence[Mapping[str, Value]], remarks: list[list[str]]) -> Table:
        numbers, choices = {}, {}
        for variable in self.variables:
            if isinstance(variable, Number):
                values = np.array([float(row.get(variable.name, np.nan)) for row in rows])
                numbers[variable.name] = values
            else:
                choices[variable.name] = np.array([str(row.get(variable.name, "")) for row in rows], dtype=object)
                for i, option in enumerate(choices[variable.name]):
                    if option not in variable.options:
                        remarks[i].append(
                            f"{variable.name} is {option or 'not stated'}, not {' or '.join(variable.options)}."
                        )
        table = Table(n=len(rows), numbers=numbers, choices=choices)
        for variable in self.variables:
            if isinstance(variable, Number) and variable.when and set(variable.when) <= set(choices):
                numbers[variable.name] = np.where(applies(variable.when, table), numbers[variable.name], np.nan)
        return table

    def _fixed_distance(self, row: Mapping[str, Value], remarks: list[str]) -> float:
        """How far the stated fixed settings are from those of the space; 1 per different choice, at most 1 per
        number.
        """
        distance = 0.0
        for name, required in self.fixed.items():
            stated = row.get(name)
            if stated is None or stated == required:
                continue
            if isinstance(required, str) or isinstance(stated, str):
                distance += 1.0
            elif abs(stated - required) <= 1e-9 * max(1.0, abs(required)):
                continue
            else:
                distance += min(1.0, abs(stated - required) / (FIXED_STEP * max(abs(required), 1e-9)))
            remarks.append(f"{name} is {stated}, the space has {required}.")
        return distance

    def _moles(self, candidates: Sequence[Candidate], remarks: list[list[str]]) -> tuple[Array, Array]:
        """Least-squares amounts of precursors per composition, and the share of atoms they cannot make."""
        assert self.chemistry is not None
        elements, matrix = element_matrix(self.chemistry.precursors)
        moles, foreign = np.zeros((len(candidates), len(matrix))), np.zeros(len(candidates))
        inverse = np.linalg.pinv(matrix.T)
        for i, candidate in enumerate(candidates):
            material = candidate.electrolyte
            if material is None:
                remarks[i].append("No electrolyte is stated.")
                moles[i], foreign[i] = 1.0, 1.0
                continue
            amounts = material.composition.amounts
            content = np.array([amounts.get(element, 0.0) for element in elements])
            moles[i] = inverse @ content
            missed = np.abs(matrix.T @ moles[i] - content).sum() + sum(
                a for e, a in amounts.items() if e not in elements
            )
            foreign[i] = missed / sum(amounts.values())
            if foreign[i] > 1e-4:
                remarks[i].append(
                    f"{material.composition.reduced_formula} cannot be made from the precursors of the space."
                )
            else:
                foreign[i] = 0.0
        return moles, foreign


def _shares(moles: Array) -> Array:
    total = moles.sum(axis=1, keepdims=True)
    return np.asarray(moles / np.where(np.abs(total) > 1e-12, total, 1.0))
