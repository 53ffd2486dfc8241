"""The scale a property is learnt on, which may depend on the candidate.

Conductivities are learnt as log10. A capacity is learnt as *utilisation*, its share of the theoretical capacity, so
that sulfur and layered oxides live on one scale and an active material never seen still gets a sane answer. Retention
is learnt as it is, at the standard number of cycles (:mod:`surrogate.models.conditions`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.active_material import ActiveMaterial, Chemistry
from surrogate.candidate.columns import CellColumns, ElectrolyteColumns
from surrogate.properties import Property, Scale

Array = NDArray[np.float64]

#: Reference where a material's own reaction is not defined (composites, trade names): the theoretical capacity of the
#: plainest member of its class, mAh/g. It only sets the scale that is learnt, never a prediction by itself.
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
CAPACITIES = ("first_discharge_capacity", "first_charge_capacity")


def reference(prop: Property, columns: ElectrolyteColumns | CellColumns) -> Array:
    """What values of ``prop`` are divided by before they are learnt, (n,): the theoretical capacity, or 1."""
    if prop.name in CAPACITIES and isinstance(columns, CellColumns):
        return columns.active_material.map(_theoretical)
    return np.ones(len(columns))


def to_model(prop: Property, values: Array, reference: Array) -> Array:
    """Values in the unit (n,) → targets (n,)."""
    if prop.scale is Scale.LOG10:
        return np.asarray(np.log10(values))
    return values / reference


def from_model(prop: Property, targets: Array, reference: Array) -> Array:
    """Targets (n,) → values in the unit (n,), inside the physical bounds of the property."""
    values = np.power(10.0, targets) if prop.scale is Scale.LOG10 else targets * reference
    return np.clip(values, prop.lower, prop.upper)


def _theoretical(material: ActiveMaterial) -> float:
    return material.theoretical_capacity_mah_per_g or CLASS_CAPACITY_MAH_PER_G[material.chemistry]
