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
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.active_material import ActiveMaterial
from surrogate.candidate.amounts import Amounts, amounts_of
from surrogate.candidate.cell import ActiveHost, Cell, FirstStep, MixingMethod, ParticleKind
from surrogate.candidate.coatings import is_coating
from surrogate.candidate.field import Field
from surrogate.candidate.fields import FIELDS
from surrogate.candidate.measurement import Candidate, with_article
from surrogate.candidate.recipe import Atmosphere, Densification, Form, HeatTreatment, Milling, Route
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

    def __post_init__(self) -> None:
        # A word that names no coating, at whichever door it came in, is no statement about one.
        named = Labels(values=tuple(map(_name_coating, self.coating.values)), codes=self.coating.codes)
        object.__setattr__(self, "coating", named)

    def __len__(self) -> int:
        return len(self.mixing_method)

    def followed_by(self, others: CellColumns) -> CellColumns:
        """These cells, then ``others``."""
        pairs = {field.name: (getattr(self, field.name), getattr(others, field.name)) for field in fields(self)}
        columns: dict[str, Any] = {
            name: one.followed_by(other) if isinstance(one, Labels) else np.concatenate([one, other])
            for name, (one, other) in pairs.items()
        }
        return CellColumns(**columns)

    @property
    def coated(self) -> Array:
        """1 where the active material is coated, 0 where it is bare, NaN where that is not stated, (n,)."""
        return self.coating.map(lambda text: np.nan if text is None else float(text.strip().lower() not in BARE))


#: How a bare active material is written.
BARE = ("", "none")


def _name_coating(text: str | None) -> str | None:
    """The text, ``None`` where it names no coating."""
    return text if text is None or text.strip().lower() in BARE or is_coating(text) else None


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
    columns: dict[str, Any] = {
        **_RECIPE.read(recipes),
        **_MILLING.read([r.milling or _NO_MILLING for r in recipes]),
        **_HEAT_TREATMENT.read([r.heat_treatment or _NO_HEAT_TREATMENT for r in recipes]),
    }
    columns = {n: c.take(recipe) if isinstance(c, Labels) else c[recipe] for n, c in columns.items()}
    return ElectrolyteColumns(
        amounts=amounts_of(compositions),
        composition=composition,
        temperature_c=np.array([candidate.protocol.temperature_c for candidate in candidates], dtype=float),
        **columns,
    )


def cell_columns(candidates: Sequence[Candidate]) -> CellColumns:
    """``n`` cells as columns."""
    cells = [candidate for candidate in candidates if isinstance(candidate.subject, Cell)]
    materials = [candidate.electrolyte for candidate in cells]
    compositions, composition = _distinct([None if e is None else e.composition for e in materials])
    families = [code(None if c is None else c.family) for c in compositions]
    phosphorus = [np.nan if c is None else c.amount("P") / c.molar_mass_g_per_mol for c in compositions]
    return CellColumns(
        active_material=Labels.of(map(attrgetter("subject.electrode.active_material"), cells)),
        electrolyte_family=np.array(families, dtype=np.int64)[composition],
        electrolyte_phosphorus_mol_per_g=np.array(phosphorus)[composition],
        **_CELL.read(cells),
    )


class _Attributes:
    """The columns that are attributes of a value object; ``places`` says where each is in it, ``mixing.time_min``."""

    def __init__(self, places: Mapping[str, str]) -> None:
        texts = [name for name in places if FIELDS[name].kind == "text"]
        self._numbers = [name for name in places if name not in texts and name not in CHOICES]
        self._get_numbers = attrgetter(*(places[name] for name in self._numbers))
        self._choices = {name: attrgetter(places[name]) for name in places if name in CHOICES}
        self._texts = {name: attrgetter(places[name]) for name in texts}

    def read(self, values: Sequence[Any]) -> dict[str, Any]:
        """The columns of ``n`` value objects by name, (n,) each; ``None`` becomes NaN, −1 or a label."""
        matrix = np.array([self._get_numbers(value) for value in values], dtype=float)
        return {
            **dict(zip(self._numbers, matrix.reshape(len(values), len(self._numbers)).T, strict=True)),
            **{n: np.array([code(get(v)) for v in values], dtype=np.int64) for n, get in self._choices.items()},
            **{name: Labels.of(map(get, values)) for name, get in self._texts.items()},
        }


def _list_fields(kind: type[_Columns]) -> list[Field]:
    """The fields that columns of this kind are named after, but for the active material, which is a label itself."""
    names = [column.name for column in fields(kind)]  # type: ignore[arg-type]
    return [FIELDS[name] for name in names if name in FIELDS and name != "active_material"]


_RECIPE, _MILLING, _HEAT_TREATMENT = (
    _Attributes({row.name: row.path[-1] for row in _list_fields(ElectrolyteColumns) if row.path[:-1] == path})
    for path in (("recipe",), ("recipe", "milling"), ("recipe", "heat_treatment"))
)
_NO_MILLING, _NO_HEAT_TREATMENT = Milling(), HeatTreatment()
_CELL = _Attributes(
    {
        row.name: ".".join(("protocol" if row.part == "protocol" else "subject", *row.path))
        for row in _list_fields(CellColumns)
    }
)


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
