"""``n`` candidates as columns: the one table from which features and physics read.

:class:`ElectrolyteColumns` and :class:`CellColumns` hold what a candidate says, a column per field under the name of
the setting: numbers (n,) with NaN for *not stated*, yes/no as 1, 0 or NaN, choices as positions in their enumeration
with −1 for *not stated*, texts as :class:`Labels`. They are made from objects (:func:`columns_of`), or from a design
space without any object (:mod:`surrogate.space.columns`).

What follows from a recipe for everybody who reads it stands here. Which numbers a model learns from is the business of
:mod:`surrogate.features`; what stands in for what nobody states, that of :mod:`surrogate.physics.defaults`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any, Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.active_material import ActiveMaterial
from surrogate.candidate.amounts import Amounts, amounts_of
from surrogate.candidate.cell import ActiveHost, Cell, FirstStep, MixingMethod, ParticleKind
from surrogate.candidate.measurement import Candidate, with_article
from surrogate.candidate.recipe import Atmosphere, Densification, Form, Recipe, Route
from surrogate.composition import Family
from surrogate.errors import InvalidInput
from surrogate.properties import Subject

Array = NDArray[np.float64]
Codes = NDArray[np.int64]
Rows = NDArray[np.integer[Any]] | NDArray[np.bool_]
T = TypeVar("T")

#: The columns that hold positions in an enumeration.
CHOICES: Mapping[str, type[StrEnum]] = MappingProxyType(
    {
        "route": Route,
        "form": Form,
        "atmosphere": Atmosphere,
        "densification": Densification,
        "mixing_method": MixingMethod,
        "active_particle_kind": ParticleKind,
        "active_host": ActiveHost,
        "first_step": FirstStep,
        "electrolyte_family": Family,
    }
)


@dataclass(frozen=True, kw_only=True)
class Labels(Generic[T]):
    """Which of a few ``values`` each of ``n`` rows has, as positions ``codes`` (n,): texts, or active materials."""

    values: tuple[T, ...]
    codes: Codes

    @classmethod
    def of(cls, rows: Iterable[T]) -> Labels[T]:
        """One label per row; equal ones are one value."""
        position: dict[T, int] = {}
        codes = np.array([position.setdefault(row, len(position)) for row in rows], dtype=np.int64)
        return cls(values=tuple(position), codes=codes)

    def map(self, number: Callable[[T], float]) -> Array:
        """``number`` of the value of each row, (n,), worked out once per value."""
        return np.array([number(value) for value in self.values], dtype=float)[self.codes]

    def take(self, rows: Rows) -> Labels[T]:
        """The rows at these positions."""
        return Labels(values=self.values, codes=self.codes[rows])

    def followed_by(self, others: Labels[T]) -> Labels[T]:
        """These rows, then those of ``others``."""
        codes = np.concatenate([self.codes, others.codes + len(self.values)])
        return Labels(values=(*self.values, *others.values), codes=codes)


class _Columns:
    """Methods that electrolyte and cell columns share."""

    def take(self, rows: Rows) -> Self:
        """The candidates at these positions."""
        return self.pick(lambda _: rows)

    def pick(self, rows_of: Callable[[str], Rows]) -> Self:
        """New candidates put together from several: each column takes the values at its own positions.

        Args:
            rows_of: Gives the positions for the name of a column; all of one length.
        """
        columns = {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]
        return replace(
            self,  # type: ignore[type-var]
            **{
                name: column.take(rows_of(name)) if isinstance(column, Labels) else column[rows_of(name)]
                for name, column in columns.items()
                if not isinstance(column, Amounts)
            },
        )


@dataclass(frozen=True, kw_only=True)
class ElectrolyteColumns(_Columns):
    """``n`` electrolytes, each with the temperature it is measured at.

    Row i has the composition in row ``composition[i]`` of ``amounts``, which holds equal compositions once. A furnace
    that is described was used: ``heat_treated`` is 1 there unless it says otherwise. Finished powder milled wet was
    exposed to a solvent. What was made in the liquid phase counts as made from a solution: chemists use either word for
    precursors that react in a solvent, dissolved or not, and the tables tell them apart by nothing else.
    """

    amounts: Amounts
    composition: Codes
    milling_time_h: Array
    milling_speed_rpm: Array
    ball_to_powder_ratio: Array
    mill: Labels[str | None]
    wet_milling_time_h: Array
    remilled: Array
    solvent_exposed: Array
    solvent: Labels[str | None]
    heat_treated: Array
    heat_treatment_temperature_c: Array
    heat_treatment_time_h: Array
    pressure_mpa: Array
    route: Codes
    form: Codes
    atmosphere: Codes
    densification: Codes
    temperature_c: Array

    def __post_init__(self) -> None:
        has_numbers = ~(np.isnan(self.heat_treatment_temperature_c) & np.isnan(self.heat_treatment_time_h))
        implied = np.isnan(self.heat_treated) & (has_numbers | (self.atmosphere >= 0))
        object.__setattr__(self, "heat_treated", np.where(implied, 1.0, self.heat_treated))
        exposed = np.where(np.isnan(self.wet_milling_time_h), self.solvent_exposed, 1.0)
        object.__setattr__(self, "solvent_exposed", exposed)
        in_liquid = self.route == code(Route.LIQUID_PHASE)
        if in_liquid.any():
            object.__setattr__(self, "route", np.where(in_liquid, code(Route.SOLUTION), self.route))

    def __len__(self) -> int:
        return len(self.composition)

    @property
    def families(self) -> Codes:
        """The family of each composition as a position in :data:`surrogate.candidate.amounts.FAMILIES`, (n,)."""
        return self.amounts.families[self.composition]

    def at(self, temperature_c: float) -> ElectrolyteColumns:
        """The same electrolytes measured at another temperature."""
        return replace(self, temperature_c=np.full(len(self), temperature_c))


@dataclass(frozen=True, kw_only=True)
class CellColumns(_Columns):
    """``n`` cells with their protocols; of the electrolyte in the electrode the family and mol of phosphorus per g."""

    active_material: Labels[ActiveMaterial]
    active_weight_fraction: Array
    electrolyte_weight_fraction: Array
    additive_weight_fraction: Array
    active_loading_mg_per_cm2: Array
    electrolyte_conductivity_s_per_cm: Array
    electrolyte_family: Codes
    electrolyte_phosphorus_mol_per_g: Array
    coating: Labels[str | None]
    coating_thickness_nm: Array
    coating_weight_fraction: Array
    active_particle_kind: Codes
    active_particle_size_um: Array
    active_host: Codes
    promoter: Labels[str | None]
    additive: Labels[str | None]
    binder: Labels[str | None]
    mixing_method: Codes
    mixing_time_min: Array
    mixing_speed_rpm: Array
    mixing_ball_to_powder_ratio: Array
    counter_electrode: Labels[str | None]
    negative_to_positive_ratio: Array
    separator_thickness_um: Array
    fabrication_pressure_mpa: Array
    stack_pressure_mpa: Array
    voltage_min_v: Array
    voltage_max_v: Array
    current_ma_per_g: Array
    current_ma_per_cm2: Array
    c_rate: Array
    first_step: Codes
    cycles: Array
    reference_cycle: Array
    temperature_c: Array

    def __len__(self) -> int:
        return len(self.mixing_method)

    def followed_by(self, others: CellColumns) -> CellColumns:
        """These cells, then ``others``."""
        pairs = {field.name: (getattr(self, field.name), getattr(others, field.name)) for field in fields(self)}
        columns: dict[str, Any] = {
            name: mine.followed_by(other) if isinstance(mine, Labels) else np.concatenate([mine, other])
            for name, (mine, other) in pairs.items()
        }
        return CellColumns(**columns)

    @property
    def coated(self) -> Array:
        """1 where the active material is coated, 0 where it is bare, NaN where that is not stated, (n,)."""
        return self.coating.map(lambda text: np.nan if text is None else float(text.strip().lower() not in BARE))


#: How a bare active material is written.
BARE = ("", "none")


# -- from objects ----------


def columns_of(candidates: Sequence[Candidate], subject: Subject) -> ElectrolyteColumns | CellColumns:
    """Lay out candidates as columns.

    Args:
        candidates: The n candidates.
        subject: Whether they are electrolytes or cells.

    Raises:
        InvalidInput: One of them is not of the ``subject``.
    """
    for candidate in candidates:
        if candidate.kind is not subject:
            raise InvalidInput(
                f"The property belongs to {with_article(subject)}, but a candidate is {with_article(candidate.kind)}.",
                hint="Describe the electrolyte for conductivities, the cell for capacities and retention.",
            )
    return electrolyte_columns(candidates) if subject is Subject.ELECTROLYTE else cell_columns(candidates)


def electrolyte_columns(candidates: Sequence[Candidate]) -> ElectrolyteColumns:
    """``n`` electrolytes, or the electrolytes in the electrodes of cells, as columns; each must state one."""
    electrolytes = [material for candidate in candidates if (material := candidate.electrolyte) is not None]
    compositions, composition = _distinct([electrolyte.composition for electrolyte in electrolytes])
    recipes, recipe = _distinct([electrolyte.recipe for electrolyte in electrolytes])
    return ElectrolyteColumns(
        amounts=amounts_of(compositions),
        composition=composition,
        mill=Labels.of([None if r.milling is None else r.milling.mill for r in recipes]).take(recipe),
        solvent=Labels.of([r.solvent for r in recipes]).take(recipe),
        temperature_c=np.array([candidate.protocol.temperature_c for candidate in candidates], dtype=float),
        **{name: column[recipe] for name, column in _transposed(_RECIPE, [_recipe_row(r) for r in recipes]).items()},
    )


#: The columns that :func:`_recipe_row` fills, in its order.
_RECIPE = (
    "milling_time_h", "milling_speed_rpm", "ball_to_powder_ratio", "wet_milling_time_h", "remilled", "solvent_exposed",
    "heat_treated", "heat_treatment_temperature_c", "heat_treatment_time_h", "pressure_mpa", "route", "form",
    "atmosphere", "densification",
)  # fmt: skip


def _recipe_row(recipe: Recipe) -> tuple[float | None, ...]:
    milling, heat = recipe.milling, recipe.heat_treatment
    return (
        *((None, None, None) if milling is None else (milling.time_h, milling.speed_rpm, milling.ball_to_powder_ratio)),
        recipe.wet_milling_time_h,
        recipe.remilled,
        recipe.solvent_exposed,
        recipe.heat_treated,
        None if heat is None else heat.temperature_c,
        None if heat is None else heat.time_h,
        recipe.pressure_mpa,
        code(recipe.route),
        code(recipe.form),
        code(None if heat is None else heat.atmosphere),
        code(recipe.densification),
    )


def cell_columns(candidates: Sequence[Candidate]) -> CellColumns:
    """``n`` cells as columns."""
    cells = [(candidate.subject, candidate.protocol) for candidate in candidates if isinstance(candidate.subject, Cell)]
    electrodes = [cell.electrode for cell, _ in cells]
    compositions, composition = _distinct(
        [None if e.electrolyte is None else e.electrolyte.composition for e in electrodes]
    )
    rows = [
        (
            electrode.active_weight_fraction,
            electrode.electrolyte_weight_fraction,
            electrode.additive_weight_fraction,
            electrode.active_loading_mg_per_cm2,
            electrode.electrolyte_conductivity_s_per_cm,
            electrode.coating_thickness_nm,
            electrode.coating_weight_fraction,
            code(electrode.active_particle_kind),
            electrode.active_particle_size_um,
            code(electrode.active_host),
            code(electrode.mixing.method),
            electrode.mixing.time_min,
            electrode.mixing.speed_rpm,
            electrode.mixing.ball_to_powder_ratio,
            cell.negative_to_positive_ratio,
            cell.separator_thickness_um,
            cell.fabrication_pressure_mpa,
            cell.stack_pressure_mpa,
            protocol.voltage_min_v,
            protocol.voltage_max_v,
            protocol.current_ma_per_g,
            protocol.current_ma_per_cm2,
            protocol.c_rate,
            code(protocol.first_step),
            protocol.cycles,
            protocol.reference_cycle,
            protocol.temperature_c,
        )
        for (cell, protocol), electrode in zip(cells, electrodes, strict=True)
    ]
    families = [code(None if c is None else c.family) for c in compositions]
    phosphorus = [np.nan if c is None else c.amount("P") / c.molar_mass_g_per_mol for c in compositions]
    return CellColumns(
        active_material=Labels.of([electrode.active_material for electrode in electrodes]),
        coating=Labels.of([electrode.coating for electrode in electrodes]),
        promoter=Labels.of([electrode.promoter for electrode in electrodes]),
        additive=Labels.of([electrode.additive for electrode in electrodes]),
        binder=Labels.of([electrode.binder for electrode in electrodes]),
        counter_electrode=Labels.of([cell.counter_electrode for cell, _ in cells]),
        electrolyte_family=np.array(families, dtype=np.int64)[composition],
        electrolyte_phosphorus_mol_per_g=np.array(phosphorus)[composition],
        **_transposed(_CELL, rows),
    )


#: The columns that the rows of :func:`cell_columns` fill, in their order.
_CELL = (
    "active_weight_fraction", "electrolyte_weight_fraction", "additive_weight_fraction", "active_loading_mg_per_cm2",
    "electrolyte_conductivity_s_per_cm", "coating_thickness_nm", "coating_weight_fraction", "active_particle_kind",
    "active_particle_size_um", "active_host", "mixing_method", "mixing_time_min", "mixing_speed_rpm",
    "mixing_ball_to_powder_ratio", "negative_to_positive_ratio", "separator_thickness_um", "fabrication_pressure_mpa",
    "stack_pressure_mpa", "voltage_min_v", "voltage_max_v", "current_ma_per_g", "current_ma_per_cm2", "c_rate",
    "first_step", "cycles", "reference_cycle", "temperature_c",
)  # fmt: skip


def _transposed(names: Sequence[str], rows: Sequence[tuple[float | None, ...]]) -> dict[str, Any]:
    """Rows of numbers as columns (n,) by name; ``None`` becomes NaN."""
    matrix = np.array(rows, dtype=float).reshape(len(rows), len(names)).T
    return {n: c.astype(np.int64) if n in CHOICES else c for n, c in zip(names, matrix, strict=True)}


def _distinct(rows: Sequence[T]) -> tuple[list[T], Codes]:
    """The different objects among ``rows``, and which of them each row is: thousands of cells share a few powders."""
    objects = {id(row): row for row in rows}
    position = {key: number for number, key in enumerate(objects)}
    return list(objects.values()), np.array([position[id(row)] for row in rows], dtype=np.int64)


def code(member: StrEnum | None) -> int:
    """The position of a member in its enumeration, −1 when not stated."""
    return -1 if member is None else _positions(type(member))[member]


@cache
def _positions(kind: type[StrEnum]) -> dict[StrEnum, int]:
    return {member: position for position, member in enumerate(kind)}
