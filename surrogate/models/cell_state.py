"""What the laws of cells read from their columns: class, redox couple, and the paths for ions and electrons."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.active_material import ActiveMaterial, Chemistry
from surrogate.candidate.cell import ActiveHost
from surrogate.candidate.columns import CellColumns, code
from surrogate.features.electrode import active_hosts, c_rate_log10, chemistries
from surrogate.physics.accessible_share import CLASSES, Paths
from surrogate.physics.reference_capacity import COUPLES, Couple, find_couple

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

#: Classes of cells: what holds its lithium in an oxide, what converts, and what else there is.
OXIDE, CONVERSION, OTHER = (CLASSES.index(kind) for kind in ("oxide", "conversion", "other"))
_OXIDES = (Chemistry.LAYERED_OXIDE, Chemistry.LITHIUM_RICH_OXIDE, Chemistry.SPINEL, Chemistry.OLIVINE)
_CONVERSIONS = (Chemistry.SULFUR, Chemistry.LITHIUM_SULFIDE, Chemistry.METAL_SULFIDE)
_INSULATORS = (COUPLES.index(Couple.SULFUR), COUPLES.index(Couple.LITHIUM_SULFIDE))
#: Densities in g/cm³ by class, of the electrolyte and of carbon: typical values, for shares by volume.
_DENSITY, _ELECTROLYTE_DENSITY, _CARBON_DENSITY = np.array([4.7, 2.0, 3.5]), 1.9, 1.9
_CARBON_FREE = re.compile(r"^$|\bno carbon\b|^PTFE[^,+]*$", re.IGNORECASE)


def classes_of(columns: CellColumns) -> Codes:
    """The class of each cell, (n,)."""
    chemistry = chemistries(columns)
    oxide = np.isin(chemistry, [code(kind) for kind in _OXIDES])
    conversion = np.isin(chemistry, [code(kind) for kind in _CONVERSIONS])
    return np.asarray(np.where(oxide, OXIDE, np.where(conversion, CONVERSION, OTHER)))


def couples_of(columns: CellColumns) -> Codes:
    """The redox couple of each cell as a position in :data:`COUPLES`, −1 for one that the law does not know, (n,)."""
    return columns.active_material.map(_couple).astype(np.int64)


def _couple(material: ActiveMaterial) -> int:
    couple = find_couple(material)
    return -1 if couple is None else COUPLES.index(couple)


def has_host(columns: CellColumns) -> NDArray[np.bool_]:
    """Whether a conductive host holds the active material, (n,); carbon that was milled with it is none."""
    hosts = active_hosts(columns)
    return np.asarray((hosts >= 0) & (hosts != code(ActiveHost.MILLED_CARBON)))


def _carbon_share(columns: CellColumns) -> Array:
    """Share of conductive carbon in the electrode by weight, (n,): 0 where it is stated that there is none."""
    none = columns.additive.map(lambda text: float(text is not None and bool(_CARBON_FREE.search(text))))
    return np.asarray(np.where(none > 0.0, 0.0, columns.additive_weight_fraction))


def electrolyte_volume_share(columns: CellColumns) -> Array:
    """Share of the electrolyte in the volume of the solids, (n,)."""
    carbon, electrolyte = np.nan_to_num(columns.additive_weight_fraction), columns.electrolyte_weight_fraction
    weight = columns.active_weight_fraction
    active = np.where(np.isnan(weight), np.maximum(1.0 - electrolyte - carbon, 0.0), weight)
    volumes = (active / _DENSITY[classes_of(columns)], electrolyte / _ELECTROLYTE_DENSITY, carbon / _CARBON_DENSITY)
    with np.errstate(invalid="ignore"):
        return np.asarray(volumes[1] / sum(volumes))


def lacks_electron_path(columns: CellColumns) -> NDArray[np.bool_]:
    """Whether nothing is stated to carry electrons to an insulator, sulfur or Li2S, (n,): no carbon, no host."""
    insulates = np.isin(couples_of(columns), _INSULATORS) & ~has_host(columns)
    return np.asarray(insulates & (_carbon_share(columns) == 0.0))


def read_paths(columns: CellColumns) -> Paths:
    """How charge gets to the active materials of ``n`` cells; what may conduct ions itself needs no other path."""
    of_class, couple = classes_of(columns), couples_of(columns)
    insulates = np.isin(couple, _INSULATORS)
    needs_ions = (of_class == OXIDE) | insulates
    return Paths(
        of_class=of_class,
        insulates=insulates & ~has_host(columns),
        carbon_weight_fraction=_carbon_share(columns),
        electrolyte_volume_fraction=np.where(needs_ions, electrolyte_volume_share(columns), np.nan),
        c_rate=np.power(10.0, c_rate_log10(columns)),
        loading_mg_per_cm2=columns.active_loading_mg_per_cm2,
        conductivity_s_per_cm=columns.electrolyte_conductivity_s_per_cm,
        temperature_c=columns.temperature_c,
    )
