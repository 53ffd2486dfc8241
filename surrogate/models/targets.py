"""The scale a property is learnt on, which may depend on the candidate.

Conductivities are learnt as log10. A capacity is learnt as *utilisation*, its share of what the active material can
give between the cut-offs by law (:mod:`surrogate.physics.reference_capacity`), so that sulfur and layered oxides live
on one scale, and the window and the nickel content count where no row tells. Retention is learnt as it is, at the
standard number of cycles (:mod:`surrogate.models.conditions`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.active_material import ActiveMaterial, Chemistry
from surrogate.candidate.cell import FirstStep
from surrogate.candidate.columns import CellColumns, ElectrolyteColumns, code
from surrogate.features.electrode import nickel_fraction
from surrogate.models.cell_state import couples_of, read_paths
from surrogate.physics.accessible_share import Shares, accessible_shares
from surrogate.physics.reference_capacity import (
    Direction,
    Windows,
    react_titanium_disulfide,
    reference_capacity,
)
from surrogate.properties import Property, Scale

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

#: Theoretical capacity where a material's own reaction is not defined (composites, trade names): that of the plainest
#: member of its class, mAh/g. It only sets the scale that is learnt, never a prediction by itself.
CLASS_CAPACITY_MAH_PER_G = {
    Chemistry.SULFUR: 1672.0,  # S
    Chemistry.LITHIUM_SULFIDE: 1167.0,  # Li2S
    Chemistry.METAL_SULFIDE: 894.0,  # FeS2
    Chemistry.LAYERED_SULFIDE: 239.0,  # TiS2
    Chemistry.LAYERED_OXIDE: 275.0,  # LiNi0.8Co0.1Mn0.1O2
    Chemistry.LITHIUM_RICH_OXIDE: 377.0,  # Li1.2Mn0.54Ni0.13Co0.13O2
    Chemistry.SPINEL: 147.0,  # LiNi0.5Mn1.5O4
    Chemistry.OLIVINE: 170.0,  # LiFePO4
    Chemistry.ALLOY: 3579.0,  # Si
    Chemistry.OTHER: 400.0,
}
CAPACITIES = {"first_discharge_capacity": Direction.DISCHARGE, "first_charge_capacity": Direction.CHARGE}
#: Where the window holds next to nothing of the couple, the scale is this share of all of it: the answer is about
#: nothing, and a row that was measured there all the same is no infinity.
LEAST_SHARE = 0.05
#: No answer exceeds this share of what the active material can give: 3 of 355 measured first discharges do.
MOST_SHARE = 1.3
#: mol of titanium per g of TiS2.
_TITANIUM_MOL_PER_G = 1.0 / 112.0


@dataclass(frozen=True)
class Reach:
    """What bounds the capacities of the ``n`` cells in ``columns``: their windows and their paths, worked out once."""

    columns: CellColumns

    @cached_property
    def shares(self) -> Shares:
        """What cells reach of the capacity in their windows."""
        return accessible_shares(read_paths(self.columns))

    def in_window(self, direction: Direction) -> Array:
        """What the active materials can give between the cut-offs in one direction, mAh/g, (n,)."""
        kept = self._in_window.get(direction)
        if kept is None:
            windows = _read_windows(self.columns)
            law = reference_capacity(windows, direction)
            divisor = np.maximum(law.capacity, LEAST_SHARE * law.whole)
            kept = np.where(np.isnan(divisor), windows.theoretical_mah_per_g, divisor)
            self._in_window[direction] = kept
        return kept

    @cached_property
    def _in_window(self) -> dict[Direction, Array]:
        return {}


def reference(prop: Property, columns: ElectrolyteColumns | CellColumns, reach: Reach | None = None) -> Array:
    """What values of ``prop`` are divided by before they are learnt, (n,).

    Of a capacity, what the active material can give between the cut-offs in mAh/g, as far as electrons and ions reach
    it in the time of a step; 1 for every other property. ``reach`` is that of ``columns``, where it is at hand.
    """
    if prop.name in CAPACITIES and isinstance(columns, CellColumns):
        reach = reach or Reach(columns)
        return reach.in_window(CAPACITIES[prop.name]) * np.maximum(reach.shares.reached, LEAST_SHARE)
    return np.ones(len(columns))


def _read_windows(columns: CellColumns) -> Windows:
    """The active materials of ``n`` cells between their cut-offs, as the law of their capacity reads them."""
    materials = columns.active_material
    phosphorus = columns.electrolyte_phosphorus_mol_per_g * columns.electrolyte_weight_fraction
    with np.errstate(divide="ignore", invalid="ignore"):
        per_titanium = phosphorus / (_TITANIUM_MOL_PER_G * columns.active_weight_fraction)
    reacted = react_titanium_disulfide(per_titanium, columns.mixing_time_min / 60.0, columns.mixing_speed_rpm)
    return Windows(
        couple=couples_of(columns),
        starts_lithiated=materials.map(lambda material: bool(material.starts_lithiated)).astype(bool),
        theoretical_mah_per_g=materials.map(_theoretical),
        nickel=materials.map(nickel_fraction),
        voltage_min_v=columns.voltage_min_v,
        voltage_max_v=columns.voltage_max_v,
        reacted=np.where(materials.map(lambda material: material.name == "TiS2") > 0.0, reacted, 0.0),
        charged_first=columns.first_step == code(FirstStep.CHARGE),
    )


def to_model(prop: Property, values: Array, reference: Array) -> Array:
    """Values in the unit (n,) → targets (n,)."""
    if prop.scale is Scale.LOG10:
        return np.asarray(np.log10(values))
    return values / reference


def from_model(prop: Property, targets: Array, reference: Array) -> Array:
    """Targets (n,) → values in the unit (n,), inside the physical bounds of the property."""
    if prop.name in CAPACITIES:
        targets = np.minimum(targets, MOST_SHARE)
    values = np.power(10.0, targets) if prop.scale is Scale.LOG10 else targets * reference
    return np.asarray(np.minimum(np.maximum(values, prop.lower), prop.upper))  # np.clip takes longer for few


def _theoretical(material: ActiveMaterial) -> float:
    return material.theoretical_capacity_mah_per_g or CLASS_CAPACITY_MAH_PER_G[material.chemistry]
