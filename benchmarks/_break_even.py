"""What Wu et al. 2016 compare a solid-state cell with: the liquid cell, the separator at which both are equal, thinner
collectors, and the ohmic limit.
"""

from __future__ import annotations

from dataclasses import replace

from surrogate.errors import CellError
from surrogate.physics.energy_density import EnergyDensity, SolidCell, energy_density
from surrogate.physics.parameters import wu2016 as wu


def liquid_cell() -> EnergyDensity:
    """E_S and E_V of the graphite | liquid electrolyte | NCA cell the paper compares with; the liquid fills all
    pores."""
    density = {name: parameter.value for name, parameter in wu.DENSITY.items()}
    loading_mg_per_cm2 = wu.LIQUID_LOADING_MG_CM2
    capacity = wu.CATHODE_CAPACITY.value * loading_mg_per_cm2 / 1e3
    graphite = capacity * (1.0 + wu.ANODE_EXCESS.value) / wu.GRAPHITE_CAPACITY.value * 1e3
    layers = (
        (
            {k: loading_mg_per_cm2 * v / wu.LIQUID_CATHODE["NCA"] for k, v in wu.LIQUID_CATHODE.items()},
            wu.LIQUID_CATHODE_POROSITY,
        ),
        ({k: graphite * v / wu.LIQUID_ANODE["graphite"] for k, v in wu.LIQUID_ANODE.items()}, wu.LIQUID_ANODE_POROSITY),
    )
    mass = 0.1 * (wu.ALUMINIUM_UM * density["aluminium"] + wu.COPPER_UM * density["copper"])
    thickness = (wu.ALUMINIUM_UM + wu.COPPER_UM) * 1e-4  # cm
    for solids, porosity in layers:
        layer = sum(m / density[name] for name, m in solids.items()) / 1e3 / (1.0 - porosity)
        mass += sum(solids.values()) + layer * porosity * density["liquid"] * 1e3
        thickness += layer
    separator = wu.LIQUID_SEPARATOR_UM * 1e-4
    filled = (
        density["polypropylene"] * (1 - wu.LIQUID_SEPARATOR_POROSITY) + density["liquid"] * wu.LIQUID_SEPARATOR_POROSITY
    )
    energy, mass, thickness = capacity * wu.CELL_VOLTAGE.value, mass + separator * filled * 1e3, thickness + separator
    return EnergyDensity(
        gravimetric_wh_per_kg=energy / mass * 1e3,
        volumetric_wh_per_l=energy / thickness,
        mass_mg_per_cm2=mass,
        thickness_um=thickness * 1e4,
    )


def break_even_um(cell: SolidCell, *, gravimetric: bool, gain: float = 1.0) -> float:
    """Separator thickness at which ``cell`` has ``gain`` times the energy density of :func:`liquid_cell`.

    Closed form: the separator adds mass and thickness linearly. Negative: out of reach.
    """
    target = liquid_cell()
    bare = energy_density(replace(cell, separator_um=0.0))
    energy = bare.gravimetric_wh_per_kg * bare.mass_mg_per_cm2 / 1e3  # mWh/cm2
    if gravimetric:
        room = energy / (gain * target.gravimetric_wh_per_kg) * 1e3 - bare.mass_mg_per_cm2
        return room * 10.0 / cell.electrolyte_density_g_cm3
    return energy / (gain * target.volumetric_wh_per_l) * 1e4 - bare.thickness_um


def collector_gain_percent(cell: SolidCell, *, gravimetric: bool) -> float:
    """Gain in % from halving the aluminium foil and leaving out the copper foil."""
    before, after = (
        energy_density(cell),
        energy_density(replace(cell, aluminium_um=cell.aluminium_um / 2, copper_um=0.0)),
    )
    if gravimetric:
        return 100.0 * (after.gravimetric_wh_per_kg / before.gravimetric_wh_per_kg - 1.0)
    return 100.0 * (after.volumetric_wh_per_l / before.volumetric_wh_per_l - 1.0)


def ohmic_limit_um(drop_v: float, current_ma_per_cm2: float, conductivity_s_per_cm: float) -> float:
    """Thickest separator with an ohmic drop of ``drop_v``: L = dE sigma / J, in um."""
    for name, value in (
        ("drop", drop_v),
        ("current density", current_ma_per_cm2),
        ("conductivity", conductivity_s_per_cm),
    ):
        if not value > 0:
            raise CellError(f"The {name} is {value:g}, but it must be positive.", hint="Check the unit.")
    return drop_v * conductivity_s_per_cm / (current_ma_per_cm2 * 1e-3) * 1e4
