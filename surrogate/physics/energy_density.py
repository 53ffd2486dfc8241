"""Link (e): cell-level energy density (Wu et al. 2016).

    E_S = C_A m_A V / sum(w_i),    E_V = C_A m_A V / sum(w_i / rho_i)

with C_A in mAh/g, m_A the loading in mg/cm2, V in volt, w_i the mass and w_i/rho_i the volume of each layer per cm2:
current collectors, cathode, separator, anode, pores and all. Full utilisation, no packaging. Results in Wh/kg and Wh/L.

The paper keeps active loading and cathode thickness when the electrolyte's density changes, hence the electrolyte
*volume* in the cathode, so the 15 wt% of Table 1 hold for 5 g/cm3 only.
"""

from __future__ import annotations

from dataclasses import dataclass

from surrogate.errors import CellError
from surrogate.physics.parameters import wu2016 as wu

_NOT_NEGATIVE = (
    "separator_um", "aluminium_um", "copper_um", "anode_excess", "electrolyte_fraction", "carbon_fraction",
)  # fmt: skip
_POSITIVE = ("loading_mg_per_cm2", "electrolyte_density_g_cm3", "capacity_mah_per_g", "voltage_v", "active_fraction")
ELECTROLYTE_DENSITY = {name: wu.DENSITY[name].value for name in ("LLZO", "LATP", "LGPS")}


@dataclass(frozen=True, kw_only=True)
class SolidCell:
    """A lithium-metal cell with a solid electrolyte, per cm2. Defaults are those of the paper (NCA, 20 um separator).

    Change ``capacity_mah_per_g``, ``voltage_v`` and the cathode's weight fractions to describe another cell. Refuses
    negative thicknesses and loadings that are not positive.
    """

    loading_mg_per_cm2: float = wu.SOLID_LOADING_MG_CM2
    separator_um: float = 20.0
    electrolyte_density_g_cm3: float = 5.0
    capacity_mah_per_g: float = wu.CATHODE_CAPACITY.value
    voltage_v: float = wu.CELL_VOLTAGE.value
    active_density_g_cm3: float = wu.DENSITY["NCA"].value
    active_fraction: float = wu.SOLID_CATHODE["NCA"]
    carbon_fraction: float = wu.SOLID_CATHODE["carbon"]
    electrolyte_fraction: float = wu.SOLID_CATHODE["electrolyte"]  # for fraction_density
    fraction_density_g_cm3: float = wu.SOLID_CATHODE_ELECTROLYTE_DENSITY
    cathode_porosity: float = wu.SOLID_CATHODE_POROSITY
    aluminium_um: float = wu.ALUMINIUM_UM
    copper_um: float = wu.COPPER_UM
    anode_excess: float = wu.ANODE_EXCESS.value

    def __post_init__(self) -> None:
        for name in _NOT_NEGATIVE:
            if getattr(self, name) < 0:
                raise CellError(
                    f"{name} is {getattr(self, name):g}, but it cannot be negative.", hint="Check the sign."
                )
        for name in _POSITIVE:
            if not getattr(self, name) > 0:
                raise CellError(f"{name} is {getattr(self, name):g}, but it must be positive.", hint="Check the unit.")
        if not 0 <= self.cathode_porosity < 1:
            raise CellError(
                f"A cathode porosity of {self.cathode_porosity:g} is impossible.", hint="Give a fraction below 1."
            )


@dataclass(frozen=True, kw_only=True)
class EnergyDensity:
    """Gravimetric (Wh/kg) and volumetric (Wh/L) energy density, mass (mg/cm2) and thickness (um) of the cell core."""

    gravimetric_wh_per_kg: float
    volumetric_wh_per_l: float
    mass_mg_per_cm2: float
    thickness_um: float


def energy_density(cell: SolidCell) -> EnergyDensity:
    """E_S and E_V of a solid-state cell."""
    capacity = cell.capacity_mah_per_g * cell.loading_mg_per_cm2 / 1e3  # mAh/cm2
    active = cell.loading_mg_per_cm2
    carbon = active * cell.carbon_fraction / cell.active_fraction
    # volume (cm3/cm2) first: it is kept when the electrolyte's density changes
    electrolyte_volume = active * cell.electrolyte_fraction / cell.active_fraction / cell.fraction_density_g_cm3 / 1e3
    electrolyte = electrolyte_volume * cell.electrolyte_density_g_cm3 * 1e3
    solid_volume = (
        active / cell.active_density_g_cm3 / 1e3 + carbon / wu.DENSITY["carbon"].value / 1e3 + electrolyte_volume
    )
    cathode_cm = solid_volume / (1.0 - cell.cathode_porosity)
    lithium = capacity * (1.0 + cell.anode_excess) / wu.LITHIUM_CAPACITY.value * 1e3
    anode_cm = lithium / 1e3 / wu.DENSITY["lithium"].value / (1.0 - wu.SOLID_ANODE_POROSITY)
    separator = cell.separator_um * cell.electrolyte_density_g_cm3 / 10.0
    foils = 0.1 * (cell.aluminium_um * wu.DENSITY["aluminium"].value + cell.copper_um * wu.DENSITY["copper"].value)
    mass = active + carbon + electrolyte + lithium + separator + foils
    thickness_cm = cathode_cm + anode_cm + cell.separator_um * 1e-4 + (cell.aluminium_um + cell.copper_um) * 1e-4
    energy = capacity * cell.voltage_v  # mWh/cm2
    return EnergyDensity(
        gravimetric_wh_per_kg=energy / mass * 1e3,
        volumetric_wh_per_l=energy / thickness_cm,
        mass_mg_per_cm2=mass,
        thickness_um=thickness_cm * 1e4,
    )
