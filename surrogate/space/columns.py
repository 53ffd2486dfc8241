"""Pools as columns, without an object per recipe: what :attr:`Pool.candidates` says.

Screening asks for millions of predictions; making a :class:`Candidate` for each would cost more than predicting it.
:func:`columns_of_pool` gives the columns of :func:`surrogate.candidate.columns.columns_of`: settings have their names.
:func:`check_extremes` refuses what the objects would refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.active_material import active_material
from surrogate.candidate.amounts import Amounts, amounts_of
from surrogate.candidate.cell import MixingMethod
from surrogate.candidate.columns import CHOICES, CellColumns, ElectrolyteColumns, Labels, code
from surrogate.candidate.field import YES
from surrogate.candidate.fields import FIELDS
from surrogate.composition import parse_composition
from surrogate.properties import Subject
from surrogate.space.design_space import WEIGHT_FRACTIONS, Pool
from surrogate.space.variables import Array, Choice

Codes = NDArray[np.int64]
T = TypeVar("T")
BARE = "none"  # how a space says that an active material is not coated


def columns_of_pool(pool: Pool, subject: Subject) -> ElectrolyteColumns | CellColumns:
    """The pool as columns of cells, or of electrolytes: those themselves, or the ones in the electrodes of cells."""
    amounts, composition = _compositions(pool)
    if subject is Subject.ELECTROLYTE:
        return ElectrolyteColumns(
            amounts=amounts,
            composition=composition,
            remilled=_yes_no(pool, "remilled", 0.0),
            solvent_exposed=_yes_no(pool, "solvent_exposed", 0.0),
            heat_treated=_yes_no(pool, "heat_treated", np.nan),
            mill=labels(pool, "mill"),
            solvent=labels(pool, "solvent"),
            **_plain(pool, ElectrolyteColumns),
        )
    columns = _plain(pool, CellColumns)
    # By hand goes without what else is said of a mill, as in the objects.
    by_hand = columns["mixing_method"] == code(MixingMethod.HAND_MIXED)
    columns["mixing_time_min"] = np.where(by_hand, 0.0, columns["mixing_time_min"])
    for name in ("mixing_speed_rpm", "mixing_ball_to_powder_ratio"):
        columns[name] = np.where(by_hand, np.nan, columns[name])
    phosphorus = amounts.of(("P",))[:, 0] / amounts.molar_mass_g_per_mol
    return CellColumns(
        active_material=_renamed(labels(pool, "active_material"), lambda option: active_material(str(option))),
        coating=_renamed(labels(pool, "coating"), lambda option: "" if option == BARE else option),
        additive=_renamed(labels(pool, "additive"), lambda option: "" if option == BARE else option),
        binder=_renamed(labels(pool, "binder"), lambda option: "" if option == BARE else option),
        promoter=_renamed(labels(pool, "promoter"), lambda option: "" if option == BARE else option),
        counter_electrode=labels(pool, "counter_electrode"),
        # What is appended stands for no electrolyte, at position −1.
        electrolyte_family=np.append(amounts.families, -1)[composition],
        electrolyte_phosphorus_mol_per_g=np.append(phosphorus, np.nan)[composition],
        **columns,
    )


def _compositions(pool: Pool) -> tuple[Amounts, Codes]:
    """The compositions of the pool, and which of them each row has, −1 for none: neutral ones as weighed in, or those
    that the setting ``electrolyte`` names.
    """
    if pool.amounts is not None:
        return pool.amounts, np.arange(pool.n)
    named = labels(pool, "electrolyte")
    *options, _ = named.values
    if not options:
        return Amounts(elements=("P",), values=np.empty((0, 1)), net_charge=np.empty(0)), np.full(pool.n, -1)
    amounts = amounts_of([parse_composition(str(option)) for option in options])
    return amounts, np.where(named.codes < len(options), named.codes, -1)


def _plain(pool: Pool, kind: type[ElectrolyteColumns] | type[CellColumns]) -> dict[str, Any]:
    """The numbers and the choices among the columns of this kind, which settings have the names of."""
    names = [field.name for field in fields(kind) if field.name in FIELDS]
    return {
        **{name: numbers(pool, name) for name in names if FIELDS[name].number},
        **{name: _codes(pool, name) for name in names if name in CHOICES},
    }


def numbers(pool: Pool, name: str) -> Array:
    """A numerical setting, (n,); NaN where it is not stated or does not apply."""
    return pool.table.numbers.get(name, np.full(pool.n, np.nan))


def labels(pool: Pool, name: str) -> Labels[str | None]:
    """Which option of a choice each row has, (n,): the options of the space, then ``None`` for not stated."""
    options = _options_of(pool, name)
    if len(options) < 2:
        codes = np.full(pool.n, 0, dtype=np.int64)
    else:
        codes = np.full(pool.n, len(options), dtype=np.int64)
        for position, option in enumerate(options):
            codes[pool.table.choices[name] == option] = position
    return Labels(values=(*options, None), codes=codes)


def _renamed(options: Labels[str | None], name: Callable[[str | None], T]) -> Labels[T]:
    """The same labels with other values, for those that occur."""
    present, codes = np.unique(options.codes, return_inverse=True)
    return Labels(values=tuple(name(options.values[position]) for position in present), codes=codes)


def _codes(pool: Pool, name: str) -> Codes:
    """A choice as the position in its enumeration, (n,); −1 where it is not stated."""
    kind = CHOICES[name]
    return labels(pool, name).map(lambda option: code(None if option is None else kind(option))).astype(np.int64)


def _yes_no(pool: Pool, name: str, otherwise: float) -> Array:
    return labels(pool, name).map(lambda option: otherwise if option is None else float(option == YES))


def _options_of(pool: Pool, name: str) -> tuple[str, ...]:
    """The options that a choice may have in the space of this pool; none where the space does not state it."""
    fixed = pool.space.fixed.get(name)
    if fixed is not None:
        return (str(fixed),)
    return next((v.options for v in pool.space.all_variables if isinstance(v, Choice) and v.name == name), ())


def check_extremes(pool: Pool) -> None:
    """Make the candidates at the ends of every number, so that what an object refuses is refused here too.

    Bounds are bounds on one number each, or on the sum of the weight fractions; the candidate with the lowest and the
    one with the highest of each therefore stand for all. Raises what making the candidate raises.
    """
    columns: Mapping[str, Array] = {n: c for n, c in pool.table.numbers.items() if n in FIELDS}
    fractions = [columns[name] for name in WEIGHT_FRACTIONS if name in columns]
    watched = [*columns.values(), *([np.sum(fractions, axis=0)] if fractions else [])]
    rows = {int(find(c)) for c in watched if not np.isnan(c).all() for find in (np.nanargmin, np.nanargmax)}
    if "heat_treated" in pool.table.choices:
        cold = (pool.table.choices["heat_treated"] != YES) & ~np.isnan(numbers(pool, "heat_treatment_temperature_c"))
        rows |= {int(row) for row in np.flatnonzero(cold)[:1]}
    if rows and pool.n:
        pool.take(np.array(sorted(rows))).candidates  # noqa: B018 - making them is the check
