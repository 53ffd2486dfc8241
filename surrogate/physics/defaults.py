"""What the physics uses when a paper does not say: typical values by route, each returned as a sentence.

Nothing is filled in silently. :func:`electrolyte_row` and :func:`electrode_row` return the numbers of one row together
with the list of assumptions made; the chain hands the list on with the outcome. Where no paper stands beside a number,
it is a choice of ours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from surrogate.active_material import ActiveMaterial, Chemistry
from surrogate.cell import Cell, Electrode, FirstStep, MixingMethod, Protocol
from surrogate.physics.coordinates import Coordinates, Family, coordinates
from surrogate.physics.parameters import electrodes as el
from surrogate.physics.parameters import electrolytes as e
from surrogate.physics.parameters import universal
from surrogate.recipe import Densification, Electrolyte, Form, HeatTreatment, Milling, Recipe, Route

TYPICAL_MILLING_H = 20.0
TYPICAL_SPEED_RPM = 500.0
TYPICAL_TEMPERATURE_C = 25.0
FULL_DOSE_H = 100.0  # a melt is mixed to the end
LOWEST_K = 100.0  # of a measurement; below, no law holds
# (temperature in degC, time in h) of the last heat treatment, by family, when it took place and nobody says how.
TYPICAL_HEAT = {
    Family.ARGYRODITE: (550.0, 8.0),
    Family.LGPS: (520.0, 8.0),
    Family.THIO_LISICON: (700.0, 24.0),
    Family.GLASS: (250.0, 2.0),
}
TYPICAL_SOLUTION_HEAT = (180.0, 5.0)
HALIDE_GLASS = 0.3  # halides per phosphorus; above, a glass is treated like one with LiX
LOW_LI2S = 0.725  # Li2S fraction; below, a glass is treated like 70Li2S-30P2S5
TYPICAL_HALIDE_GLASS_HEAT = (185.0, 3.0)
TYPICAL_70_HEAT = (280.0, 2.0)
TYPICAL_SOLID_STATE_GLASS_HEAT = (550.0, 10.0)


@dataclass(frozen=True, kw_only=True)
class ElectrolyteRow:
    """Numbers of one electrolyte for the batch, and the sentences that say what was assumed."""

    place: Coordinates
    synthesis_dose_h: float = 0.0
    remill_dose_h: float = 0.0
    wet_milling_h: float = 0.0
    heat_c: float = math.nan
    heat_h: float = math.nan
    precursors_milled: bool = True
    from_solution: bool = False
    sintered: bool = False
    temperature_c: float = TYPICAL_TEMPERATURE_C
    assumptions: tuple[str, ...] = ()


def electrolyte_row(electrolyte: Electrolyte, temperature_c: float | None = None) -> ElectrolyteRow:
    """Read one electrolyte; ``place.family`` is NONE, with the reason, when the physics does not cover it."""
    place = coordinates(electrolyte.composition.amounts, str(electrolyte.composition.family))
    said = list(place.notes)
    if place.family is Family.NONE:
        return ElectrolyteRow(place=place, assumptions=tuple(said))
    recipe = electrolyte.recipe
    solution = recipe.route in (Route.SOLUTION, Route.LIQUID_PHASE)
    milled = _is_milled(recipe, solution, said)
    heat_c, heat_h = _heat(recipe, place, solution, said)
    if temperature_c is None:
        said.append(f"measured at {TYPICAL_TEMPERATURE_C:g} °C")
    elif temperature_c + universal.ZERO_CELSIUS_K < LOWEST_K:
        return ElectrolyteRow(place=Coordinates(family=Family.NONE, reason=f"no law at {temperature_c:g} °C"))
    return ElectrolyteRow(
        place=place,
        heat_c=heat_c,
        heat_h=heat_h,
        precursors_milled=milled,
        from_solution=solution,
        synthesis_dose_h=_synthesis_dose(recipe, milled, said),
        remill_dose_h=_remill_dose(recipe, said),
        wet_milling_h=recipe.wet_milling_time_h or 0.0,
        sintered=recipe.densification in (Densification.SINTERED, Densification.HOT_PRESSED),
        temperature_c=TYPICAL_TEMPERATURE_C if temperature_c is None else temperature_c,
        assumptions=tuple(said),
    )


def _is_milled(recipe: Recipe, solution: bool, said: list[str]) -> bool:
    if solution or recipe.route is Route.SOLID_STATE:
        return False
    if recipe.route is None:
        said.append("precursors were milled")
    return True


def _synthesis_dose(recipe: Recipe, milled: bool, said: list[str]) -> float:
    if not milled:
        return 0.0
    if recipe.route in (Route.MELT_QUENCH, Route.THIN_FILM) or recipe.form is Form.THIN_FILM:
        return FULL_DOSE_H
    if recipe.remilled or recipe.milling is None:
        said.append(f"synthesis milling of {TYPICAL_MILLING_H:g} h at {TYPICAL_SPEED_RPM:g} rpm")
        return TYPICAL_MILLING_H
    return milling_dose(recipe.milling, said)


def _remill_dose(recipe: Recipe, said: list[str]) -> float:
    if not recipe.remilled or recipe.milling is None:
        return 0.0
    return milling_dose(recipe.milling, said)


def milling_dose(milling: Milling, said: list[str]) -> float:
    """Dose in h at reference intensity of one milling step, with what had to be assumed added to ``said``."""
    time, speed, ratio = milling.time_h, milling.speed_rpm, milling.ball_to_powder_ratio
    if time is None:
        time = TYPICAL_MILLING_H
        said.append(f"milled for {time:g} h")
    if time == 0:
        return 0.0
    mixer = is_mixer(milling.mill, speed)
    if speed is None:
        speed = e.THINKY_REFERENCE_RPM if mixer else TYPICAL_SPEED_RPM
        said.append(f"milled at {speed:g} rpm")
    if ratio is None:
        ratio = e.REFERENCE_BALL_RATIO
    return time * intensity(speed, ratio, mixer)


def is_mixer(mill: str | None, speed_rpm: float | None) -> bool:
    """Whether the mill is a planetary centrifugal mixer: by its name, else by a speed no ball mill reaches."""
    if mill is not None:
        return any(word in mill.lower() for word in ("thinky", "mixer", "centrifugal"))
    return speed_rpm is not None and speed_rpm >= e.MIXER_SPEED_FLOOR_RPM


def intensity(speed_rpm: float, ratio: float, mixer: bool) -> float:
    """Scalar twin of :func:`surrogate.physics.milling.intensity` (a test holds them equal)."""
    if mixer:
        return float((speed_rpm / e.THINKY_REFERENCE_RPM) ** 3)
    return float((speed_rpm / e.REFERENCE_SPEED_RPM) ** 3 * ratio / e.REFERENCE_BALL_RATIO)


def _heat(recipe: Recipe, place: Coordinates, solution: bool, said: list[str]) -> tuple[float, float]:
    """(degC, h) of the heat treatment, NaN for none."""
    if recipe.heat_treated is False or (recipe.heat_treated is None and not _probably_heated(recipe, place, solution)):
        if recipe.heat_treated is None:
            said.append("no heat treatment")
        return math.nan, math.nan
    typical_c, typical_h = _typical_heat(place, solution, recipe)
    stated = recipe.heat_treatment or HeatTreatment()
    if stated.temperature_c is None:
        said.append(f"heat-treated at {typical_c:g} °C")
    if stated.time_h is None:
        said.append(f"heat-treated for {typical_h:g} h")
    return (
        typical_c if stated.temperature_c is None else stated.temperature_c,
        typical_h if stated.time_h is None else stated.time_h,
    )


def _probably_heated(recipe: Recipe, place: Coordinates, solution: bool) -> bool:
    if recipe.form in (Form.GLASS, Form.THIN_FILM) or recipe.route in (Route.MELT_QUENCH, Route.THIN_FILM):
        return False  # quenched and sputtered sulfides are amorphous
    if recipe.form is Form.GLASS_CERAMIC and place.family is Family.ARGYRODITE:
        return solution  # argyrodite called glass-ceramic came out of the mill as it is
    if recipe.form is None and recipe.route is Route.MECHANICAL_MILLING:
        return False
    return recipe.form is not Form.LOW_CRYSTALLINE or solution


def _typical_heat(place: Coordinates, solution: bool, recipe: Recipe) -> tuple[float, float]:
    if solution and place.family in (Family.ARGYRODITE, Family.GLASS) and recipe.form is not Form.CRYSTALLINE:
        return TYPICAL_SOLUTION_HEAT
    if solution and place.family is Family.GLASS:
        return TYPICAL_SOLUTION_HEAT
    if recipe.route is Route.SOLID_STATE and place.family is Family.GLASS:
        return TYPICAL_SOLID_STATE_GLASS_HEAT
    if place.family is Family.GLASS and sum(place.halides) > HALIDE_GLASS:
        return TYPICAL_HALIDE_GLASS_HEAT
    if place.family is Family.GLASS and place.li2s_fraction < LOW_LI2S:
        return TYPICAL_70_HEAT
    return TYPICAL_HEAT[place.family]


# -- electrodes ----------

# weight fractions (active, electrolyte, additive), loading in mg/cm2, window in V vs Li+/Li
TYPICAL_ELECTRODE: dict[str, tuple[tuple[float, float, float], float, tuple[float, float]]] = {
    "S": ((0.35, 0.50, 0.15), 2.0, (1.0, 3.0)),
    "Li2S": ((0.45, 0.42, 0.13), 2.0, (1.5, 3.0)),
    "FeS2": ((0.40, 0.50, 0.10), 2.0, (1.0, 3.0)),
    "metal sulfide": ((0.40, 0.50, 0.10), 2.0, (1.0, 3.0)),
    "TiS2": ((1 / 3, 2 / 3, 0.0), 1.26, (1.5, 3.0)),
}
TYPICAL_OXIDE = ((0.70, 0.27, 0.03), 10.0, (2.6, 4.3))
TYPICAL_C_RATE = 0.1
TYPICAL_MIXING_MIN = 0.0
TYPICAL_SULFUR_MIXING_MIN = 600.0
TYPICAL_MIXING_SPEED_RPM = 400.0
TYPICAL_CONDUCTIVITY = 1e-3
TYPICAL_SEPARATOR_UM = 600.0
DILUTE_PHOSPHORUS = 1.0 / 180.06  # mol P per g Li3PS4


@dataclass(frozen=True, kw_only=True)
class ElectrodeRow:
    """Numbers of one cell for the batch; ``material`` is empty, with the reason, when it is not covered."""

    material: str
    reason: str = ""
    theoretical: float = math.nan
    active: float = math.nan
    electrolyte: float = math.nan
    additive: float = 0.0
    joint_dose_h: float = 0.0
    infiltrated: bool = False
    hand_mixed: bool = True
    coated: bool = True
    electrolyte_conductivity: float = math.nan
    phosphorus_mol_per_g: float = DILUTE_PHOSPHORUS
    loading_mg_cm2: float = math.nan
    current_ma_cm2: float = math.nan
    voltage_min: float = math.nan
    voltage_max: float = math.nan
    charge_first: bool = False
    temperature_c: float = TYPICAL_TEMPERATURE_C
    separator_um: float = TYPICAL_SEPARATOR_UM
    cycles: float = math.nan
    reference_cycle: float = 1.0
    assumptions: tuple[str, ...] = ()


def material_key(active: ActiveMaterial) -> str | None:
    """Which row of the materials table describes an active material; ``None`` when none does."""
    chemistry, text = active.chemistry, active.text
    direct = {
        Chemistry.SULFUR: "S",
        Chemistry.LITHIUM_SULFIDE: "Li2S",
        Chemistry.LITHIUM_RICH_OXIDE: "Li-rich",
        Chemistry.SPINEL: "spinel",
        Chemistry.OLIVINE: "olivine",
        Chemistry.LAYERED_SULFIDE: "TiS2",
    }
    if chemistry is Chemistry.METAL_SULFIDE:
        return "FeS2" if text.startswith(("FeS2", "pyrite")) else "metal sulfide"
    if chemistry is Chemistry.LAYERED_OXIDE:
        return "LiCoO2" if text.startswith(("LiCoO2", "LCO")) else "NCM"
    return direct.get(chemistry)


def electrode_row(cell: Cell, protocol: Protocol, conductivity: float | None) -> ElectrodeRow:
    """Read one cell; ``conductivity`` (S/cm) is the electrolyte's from link (a), used when none is stated."""
    electrode = cell.electrode
    said: list[str] = []
    active = electrode.active_material
    key = material_key(active)
    if key is None or active.theoretical_capacity_mah_per_g is None:
        return ElectrodeRow(material="", reason=f"no law for the active material {active.name}")
    fractions, loading, window = TYPICAL_ELECTRODE.get(key, TYPICAL_OXIDE)
    shares = _fractions(electrode, fractions, said)
    load = _or(electrode.active_loading_mg_per_cm2, loading, "{:g} mg/cm² of active material", said)
    sigma = electrode.electrolyte_conductivity_s_per_cm or conductivity
    method = electrode.mixing.method
    theoretical = active.theoretical_capacity_mah_per_g
    return ElectrodeRow(
        material=key,
        theoretical=theoretical,
        active=shares[0],
        electrolyte=shares[1],
        additive=shares[2],
        joint_dose_h=_joint_dose(electrode, key, said),
        infiltrated=method in (MixingMethod.INFILTRATED, MixingMethod.SOLUTION),
        hand_mixed=method is MixingMethod.HAND_MIXED or method is None,
        coated=_coated(electrode),
        electrolyte_conductivity=_or(sigma, TYPICAL_CONDUCTIVITY, "an electrolyte of {:g} S/cm", said),
        phosphorus_mol_per_g=_phosphorus(electrode),
        loading_mg_cm2=load,
        current_ma_cm2=_current(protocol, load, theoretical, said),
        voltage_min=_or(protocol.voltage_min_v, window[0], "discharge to {:g} V", said),
        voltage_max=_or(protocol.voltage_max_v, window[1], "charge to {:g} V", said),
        charge_first=_charge_first(protocol, el.MATERIALS[key].starts_lithiated),
        temperature_c=_or(protocol.temperature_c, TYPICAL_TEMPERATURE_C, "cycled at {:g} °C", said),
        separator_um=cell.separator_thickness_um or TYPICAL_SEPARATOR_UM,
        cycles=math.nan if protocol.cycles is None else protocol.cycles,
        reference_cycle=protocol.reference_cycle or 1.0,
        assumptions=tuple(said),
    )


def _or(value: float | None, typical: float, sentence: str, said: list[str]) -> float:
    if value is not None:
        return value
    said.append(sentence.format(typical))
    return typical


def _fractions(
    electrode: Electrode, typical: tuple[float, float, float], said: list[str]
) -> tuple[float, float, float]:
    active, electrolyte, additive = (
        electrode.active_weight_fraction,
        electrode.electrolyte_weight_fraction,
        electrode.additive_weight_fraction,
    )
    if active is None:
        said.append("active : electrolyte : additive = {:.2f} : {:.2f} : {:.2f} by weight".format(*typical))
        return typical
    if additive is None:
        additive = 0.0 if electrolyte is None else max(1.0 - active - electrolyte, 0.0)
    if electrolyte is None:
        electrolyte = max(1.0 - active - additive, 0.0)
        said.append(f"{electrolyte:.2f} of electrolyte by weight, what the others leave")
    return active, electrolyte, additive


def _joint_dose(electrode: Electrode, key: str, said: list[str]) -> float:
    """Dose (h) that active material and electrolyte were milled together."""
    mixing = electrode.mixing
    if mixing.method in (MixingMethod.HAND_MIXED, MixingMethod.MILLED_THEN_HAND_MIXED):
        return 0.0
    minutes = mixing.time_min
    if minutes is None:
        minutes = TYPICAL_SULFUR_MIXING_MIN if key in ("S", "Li2S") else TYPICAL_MIXING_MIN
        said.append(f"active material and electrolyte milled together for {minutes:g} min")
    if minutes == 0:
        return 0.0
    speed = _or(mixing.speed_rpm, TYPICAL_MIXING_SPEED_RPM, "electrode milled at {:g} rpm", said)
    return (
        minutes / 60.0 * intensity(speed, mixing.ball_to_powder_ratio or e.REFERENCE_BALL_RATIO, is_mixer(None, speed))
    )


def _coated(electrode: Electrode) -> bool:
    """Bare only when the source says so; silence in this field usually means LiNbO3."""
    return electrode.coating is None or electrode.coating.strip().lower() not in ("", "none", "none stated")


def _phosphorus(electrode: Electrode) -> float:
    if electrode.electrolyte is None:
        return DILUTE_PHOSPHORUS
    composition = electrode.electrolyte.composition
    return composition.amounts.get("P", 0.0) / composition.molar_mass_g_per_mol


def _current(protocol: Protocol, loading: float, theoretical: float, said: list[str]) -> float:
    """Areal current in mA/cm2 from whichever current is stated."""
    if protocol.current_ma_per_cm2 is not None:
        return protocol.current_ma_per_cm2
    if protocol.current_ma_per_g is not None:
        return protocol.current_ma_per_g * loading / 1e3
    rate = _or(protocol.c_rate, TYPICAL_C_RATE, "cycled at {:g} C", said)
    return rate * theoretical * loading / 1e3


def _charge_first(protocol: Protocol, lithiated: bool) -> bool:
    return lithiated if protocol.first_step is None else protocol.first_step is FirstStep.CHARGE
