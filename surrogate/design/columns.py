"""Pools as models see them, without an object per recipe: what :attr:`Pool.candidates` says, as columns.

Screening asks for millions of predictions; making a :class:`Candidate` for each would cost more than predicting it.
:func:`view_of` gives a model the same numbers as ``encoding.view(pool.candidates)``: settings become feature columns,
neutral amounts become composition features. :func:`check_extremes` refuses what the objects would refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from surrogate.active_material import Chemistry as ActiveChemistry
from surrogate.active_material import active_material
from surrogate.cell import Cell, Electrode, FirstStep, MixingMethod
from surrogate.composition import parse_composition
from surrogate.design.observations import view
from surrogate.design.settings import SETTINGS, YES
from surrogate.design.space import WEIGHT_FRACTIONS, Pool
from surrogate.design.variables import Array, Choice
from surrogate.features import feature_table
from surrogate.features.amounts import FAMILIES, Amounts, amounts_of
from surrogate.features.composition import composition_columns
from surrogate.features.electrode import (
    Cells,
    electrode_columns,
    of_coating,
    of_counter_electrode,
    of_material,
)
from surrogate.features.process import NAN, Recipes, code, process_columns
from surrogate.measurement import Candidate
from surrogate.models import targets
from surrogate.models.encoding import Encoding, View
from surrogate.properties import Property, Subject, get_property
from surrogate.recipe import Atmosphere, Densification, Form, Route

Codes = NDArray[np.int64]
BARE = "none"  # how a space says that an active material is not coated


def view_of(pool: Pool, encoding: Encoding) -> View:
    """The pool as a model with this ``encoding`` sees it; conductivities look at the electrolyte of a cell.

    An encoding with other features than those of this version is given candidates.
    """
    prop = get_property(encoding.property_name)
    if tuple(feature_table(prop.subject)) != encoding.names:
        return encoding.view([view(c, prop.name) for c in pool.candidates], materials=False)
    temperature = numbers(pool, "temperature_c")[:, None]
    if prop.subject is Subject.ELECTROLYTE:
        amounts = amounts_in(pool)
        X = np.hstack([composition_columns(amounts), process_columns(recipes_in(pool)), temperature])
        group = encoding.codes(FAMILIES)[amounts.families]
    else:
        cells = cells_in(pool)
        X = np.hstack([electrode_columns(cells), temperature])
        group = encoding.codes(tuple(ActiveChemistry))[cells.chemistry]
    unseen = np.full(pool.n, -1, dtype=np.int64)
    relative_to = numbers(pool, "reference_cycle") if prop.subject is Subject.CELL else None
    return View(X=X, group=group, material=unseen, reference=_reference(pool, prop), reference_cycle=relative_to)


def _reference(pool: Pool, prop: Property) -> Array:
    def of(name: str | None) -> float:
        made = Candidate(subject=Cell(electrode=Electrode(active_material=active_material(str(name)))))
        return float(targets.reference(prop, [made])[0])

    return per_option(pool, "active_material", of) if prop.subject is Subject.CELL else np.ones(pool.n)


# -- the electrolyte ----------


def amounts_in(pool: Pool) -> Amounts:
    """The compositions of the pool: neutral as weighed in, or those that the setting ``electrolyte`` names."""
    made = pool.amounts
    if made is not None:
        return made
    options = options_of(pool, "electrolyte")
    known = amounts_of([parse_composition(str(option)) for option in options])
    position = {option: i for i, option in enumerate(options)}
    return known.take(per_option(pool, "electrolyte", lambda option: position[str(option)]).astype(np.int64))


def recipes_in(pool: Pool) -> Recipes:
    """How the electrolytes of the pool are made."""
    temperature, time = numbers(pool, "heat_treatment_temperature_c"), numbers(pool, "heat_treatment_time_h")
    atmosphere = codes(pool, "atmosphere", Atmosphere)
    in_furnace = ~np.isnan(temperature) | ~np.isnan(time) | (atmosphere >= 0)
    said = per_option(pool, "heat_treated", lambda option: NAN if option is None else float(option == YES))
    wet = numbers(pool, "wet_milling_time_h")
    return Recipes(
        milling_time_h=numbers(pool, "milling_time_h"),
        milling_speed_rpm=numbers(pool, "milling_speed_rpm"),
        wet_milling_time_h=wet,
        remilled=np.zeros(pool.n),
        solvent_exposed=(~np.isnan(wet)).astype(float),
        solvent=per_option(pool, "solvent", lambda option: float(option is not None)),
        heat_treated=np.where(np.isnan(said) & in_furnace, 1.0, said),
        heat_treatment_temperature_c=temperature,
        heat_treatment_time_h=time,
        pressure_mpa=numbers(pool, "pressure_mpa"),
        route=codes(pool, "route", Route),
        form=codes(pool, "form", Form),
        atmosphere=atmosphere,
        densification=codes(pool, "densification", Densification),
    )


# -- the cell ----------


def cells_in(pool: Pool) -> Cells:
    """The cells of the pool with their protocols."""
    materials = {str(name): active_material(str(name)) for name in options_of(pool, "active_material")}
    capacity, lithiated, nickel = (
        per_option(pool, "active_material", lambda name, at=at: of_material(materials[str(name)])[at])  # type: ignore[misc]
        for at in range(3)
    )
    coating = {option: of_coating("" if option == BARE else option) for option in (*options_of(pool, "coating"), None)}
    mixing = codes(pool, "mixing_method", MixingMethod)
    by_hand = mixing == code(MixingMethod.HAND_MIXED)
    chemistry = per_option(pool, "active_material", lambda name: code(materials[str(name)].chemistry))
    first = per_option(
        pool, "first_step", lambda option: NAN if option is None else float(FirstStep(option) is FirstStep.DISCHARGE)
    )
    plain = {name: numbers(pool, name) for name in _CELL_NUMBERS}
    return Cells(
        theoretical_capacity_mah_per_g=capacity,
        starts_lithiated=lithiated,
        nickel_fraction=nickel,
        mixing_time_min=np.where(by_hand, 0.0, numbers(pool, "mixing_time_min")),
        mixing_speed_rpm=np.where(by_hand, NAN, numbers(pool, "mixing_speed_rpm")),
        coated=per_option(pool, "coating", lambda option: coating[option][0]),
        coated_niobate=per_option(pool, "coating", lambda option: coating[option][1]),
        counter_lithium_indium=per_option(pool, "counter_electrode", of_counter_electrode),
        discharge_first=first,
        chemistry=chemistry.astype(np.int64),
        mixing=mixing,
        family=_families(pool),
        **plain,
    )


_CELL_NUMBERS = (
    "active_weight_fraction", "electrolyte_weight_fraction", "additive_weight_fraction", "active_loading_mg_per_cm2",
    "electrolyte_conductivity_s_per_cm", "fabrication_pressure_mpa", "stack_pressure_mpa", "voltage_min_v",
    "voltage_max_v", "current_ma_per_g", "current_ma_per_cm2", "c_rate", "cycles",
)  # fmt: skip


def _families(pool: Pool) -> Codes:
    if pool.space.chemistry is None and not options_of(pool, "electrolyte"):
        return np.full(pool.n, -1, dtype=np.int64)
    return amounts_in(pool).families


# -- settings as columns ----------


def numbers(pool: Pool, name: str) -> Array:
    """A numerical setting, (n,); NaN where it is not stated or does not apply."""
    return pool.table.numbers.get(name, np.full(pool.n, NAN))


def codes(pool: Pool, name: str, kind: type[StrEnum]) -> Codes:
    """A choice as the position in its enumeration, (n,); −1 where it is not stated."""
    return per_option(pool, name, lambda option: code(None if option is None else kind(option))).astype(np.int64)


def per_option(pool: Pool, name: str, value: Callable[[str | None], float]) -> Array:
    """``value`` of the option that each row has for a choice, (n,), asked for once per option; of ``None`` where the
    space has no such choice.
    """
    options = options_of(pool, name)
    if len(options) < 2:
        return np.full(pool.n, float(value(options[0] if options else None)))
    column, found = pool.table.choices[name], np.full(pool.n, NAN)
    for option in options:
        found[column == option] = value(option)
    return found


def options_of(pool: Pool, name: str) -> tuple[str, ...]:
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
    columns: Mapping[str, Array] = {n: c for n, c in pool.table.numbers.items() if n in SETTINGS}
    fractions = [columns[name] for name in WEIGHT_FRACTIONS if name in columns]
    watched = [*columns.values(), *([np.sum(fractions, axis=0)] if fractions else [])]
    rows = {int(find(c)) for c in watched if not np.isnan(c).all() for find in (np.nanargmin, np.nanargmax)}
    if "heat_treated" in pool.table.choices:
        cold = (pool.table.choices["heat_treated"] != YES) & ~np.isnan(numbers(pool, "heat_treatment_temperature_c"))
        rows |= {int(row) for row in np.flatnonzero(cold)[:1]}
    if rows and pool.n:
        pool.take(np.array(sorted(rows))).candidates  # noqa: B018 - making them is the check
