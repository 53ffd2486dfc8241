"""What follows from a predicted capacity and a recipe: energy density of a cell, capacity per gram of electrode.

The cell is that of :mod:`surrogate.physics.energy_density` (Wu et al. 2016): lithium anode with 20 % excess, full
foils, the recipe's loading and weight fractions, and its separator thickness (30 µm where the recipe says nothing).

:func:`predicted_energy_density` is what a prediction comes to. As an objective (:func:`energy_per_capacity`) it has to
be linear in the capacity: the anode grows with it, so the law bends a little, and it is taken at
:data:`NOMINAL_UTILISATION` of the theoretical capacity.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from surrogate.candidate.active_material import Chemistry
from surrogate.candidate.cell import Cell
from surrogate.candidate.measurement import Candidate
from surrogate.errors import SpaceError
from surrogate.models.base import Interval, Prediction
from surrogate.space.variables import Array, Table

ENERGY_DENSITY = "energy_density_wh_per_kg"
#: Capacity of a property → its quantity per gram of electrode (active material, electrolyte and additive), and per gram
#: of active material, as properties state it.
PER_ELECTRODE: Mapping[str, str] = {
    "first_discharge_capacity": "electrode_discharge_capacity_mah_per_g",
    "first_charge_capacity": "electrode_charge_capacity_mah_per_g",
}
PER_ACTIVE: Mapping[str, str] = {
    "first_discharge_capacity": "active_discharge_capacity_mah_per_g",
    "first_charge_capacity": "active_charge_capacity_mah_per_g",
}
#: Derived quantity → the property it is proportional to.
FROM_PROPERTY: Mapping[str, str] = {
    ENERGY_DENSITY: "first_discharge_capacity",
    **{quantity: name for names in (PER_ELECTRODE, PER_ACTIVE) for name, quantity in names.items()},
}
NOMINAL_UTILISATION = 0.8
DEFAULT_SEPARATOR_UM = 30.0
#: Mean discharge voltage versus lithium, V: assumed, rounded from the usual discharge curves of each class.
MEAN_VOLTAGE_V: Mapping[Chemistry, float] = {
    Chemistry.SULFUR: 2.1,
    Chemistry.LITHIUM_SULFIDE: 2.1,
    Chemistry.METAL_SULFIDE: 1.7,
    Chemistry.LAYERED_SULFIDE: 2.1,
    Chemistry.LAYERED_OXIDE: 3.8,
    Chemistry.LITHIUM_RICH_OXIDE: 3.5,
    Chemistry.SPINEL: 4.0,
    Chemistry.OLIVINE: 3.4,
}


@dataclass(frozen=True, kw_only=True)
class PredictedEnergyDensity:
    """What a predicted capacity comes to, Wh/kg, with the interval of the capacity and what was assumed."""

    median: float
    interval: Interval
    assumptions: tuple[str, ...]


def predicted_energy_density(candidate: Candidate, capacity: Prediction) -> PredictedEnergyDensity | None:
    """The energy density of the cell ``candidate`` from the prediction of its first discharge ``capacity``.

    ``None`` for a recipe that does not state loading and both weight fractions, and for a class of active material
    whose mean voltage is not known. The energy density rises with the capacity, so the ends of its interval are those
    of the capacity's: quantiles go through a rising function unchanged, and no sampling is needed.
    """
    cell = candidate.subject
    if capacity.property != FROM_PROPERTY[ENERGY_DENSITY] or not isinstance(cell, Cell):
        return None
    electrode, chemistry = cell.electrode, cell.electrode.active_material.chemistry
    active, electrolyte = electrode.active_weight_fraction, electrode.electrolyte_weight_fraction
    loading, voltage = electrode.active_loading_mg_per_cm2, MEAN_VOLTAGE_V.get(chemistry)
    if voltage is None or not active or electrolyte is None or loading is None:
        return None
    thickness = DEFAULT_SEPARATOR_UM if cell.separator_thickness_um is None else cell.separator_thickness_um
    low, median, high = (
        value * _computed(voltage, value, active, electrolyte, loading, thickness) if value > 0 else 0.0
        for value in (capacity.interval.low, capacity.median, capacity.interval.high)
    )
    stated = "as assumed" if cell.separator_thickness_um is None else "as stated"
    return PredictedEnergyDensity(
        median=median,
        interval=Interval(level=capacity.interval.level, low=low, high=high),
        assumptions=(
            f"a mean discharge voltage of {voltage:g} V versus lithium ({chemistry.value.replace('_', ' ')})",
            f"a separator of {thickness:g} µm, {stated}, of density 2 g/cm³",
            "a lithium anode with 20 % excess in place of the counter electrode, foils of 10 µm aluminium and 5 µm "
            "copper, no packaging (Wu et al. 2016, 10.1039/C6TA05439K)",
            "an interval that carries the uncertainty of the capacity alone",
        ),
    )


def per_property(name: str, table: Table, candidates: Callable[[], Sequence[Candidate]]) -> Array:
    """A derived quantity over the property that it is proportional to, (n,).

    Args:
        name: of :data:`FROM_PROPERTY`.
        table: the settings of n recipes.
        candidates: makes the recipes.

    Raises:
        SpaceError: where a recipe does not say enough.
    """
    if name == ENERGY_DENSITY:
        return energy_per_capacity(candidates())
    if name in PER_ACTIVE.values():
        return np.ones(table.n)
    if "active_weight_fraction" not in table.numbers:
        raise SpaceError(f"{name} needs active_weight_fraction.", hint="Add it to the space.")
    return table.numbers["active_weight_fraction"]


def energy_per_capacity(candidates: Sequence[Candidate]) -> Array:
    """Wh/kg of the cell per mAh/g of active material, (n,). Raises :class:`SpaceError` where a recipe does not say
    enough.
    """
    slopes: dict[tuple[object, ...], float] = {}
    return np.array([_slope(candidate, slopes) for candidate in candidates], dtype=float)


def _slope(candidate: Candidate, slopes: dict[tuple[object, ...], float]) -> float:
    cell = candidate.subject
    if not isinstance(cell, Cell):
        raise SpaceError(
            f"{ENERGY_DENSITY} belongs to a cell, but the space is of electrolytes.", hint="Use a space of cells."
        )
    electrode, material = cell.electrode, cell.electrode.active_material
    voltage, capacity = MEAN_VOLTAGE_V.get(material.chemistry), material.theoretical_capacity_mah_per_g
    active, electrolyte = electrode.active_weight_fraction, electrode.electrolyte_weight_fraction
    loading = electrode.active_loading_mg_per_cm2
    if voltage is None or capacity is None or active is None or electrolyte is None or loading is None:
        raise SpaceError(
            f"{ENERGY_DENSITY} needs loading, weight fractions and a material of known voltage ({material.name}).",
            hint="Add active_loading_mg_per_cm2 and the weight fractions to the space.",
        )
    thickness = DEFAULT_SEPARATOR_UM if cell.separator_thickness_um is None else cell.separator_thickness_um
    key = (voltage, capacity, active, electrolyte, loading, thickness)
    if key not in slopes:
        slopes[key] = _computed(voltage, NOMINAL_UTILISATION * capacity, active, electrolyte, loading, thickness)
    return slopes[key]


def _computed(
    voltage: float, capacity: float, active: float, electrolyte: float, loading: float, separator: float
) -> float:
    from surrogate.physics.energy_density import ELECTROLYTE_DENSITY, SolidCell, energy_density

    density = ELECTROLYTE_DENSITY["LGPS"]
    cell = SolidCell(
        loading_mg_per_cm2=loading, separator_um=separator, electrolyte_density_g_cm3=density,
        capacity_mah_per_g=capacity, voltage_v=voltage, active_fraction=active, carbon_fraction=max(0.0, 1.0 - active -
        electrolyte), electrolyte_fraction=electrolyte, fraction_density_g_cm3=density,
    )  # fmt: skip
    return energy_density(cell).gravimetric_wh_per_kg / capacity
