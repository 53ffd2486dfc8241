"""What the physics uses when a paper does not say: typical values by route, each returned as a sentence.

Nothing is filled in silently. :func:`settle_electrolytes` and :func:`settle_cells` return the numbers of all rows of a
table of candidates together with the assumptions made; the chain hands these on with the outcome. Where no paper stands
beside a number, it is a choice of ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray

from surrogate.active_material import ActiveMaterial, Chemistry
from surrogate.candidate.columns import CellColumns, ElectrolyteColumns, code
from surrogate.cell import FirstStep, MixingMethod
from surrogate.physics import milling
from surrogate.physics.composite import ElectrodeBatch
from surrogate.physics.coordinates import Coordinates, Family, coordinates
from surrogate.physics.electrolyte import ElectrolyteBatch
from surrogate.physics.parameters import electrodes as el
from surrogate.physics.parameters import electrolytes as e
from surrogate.physics.parameters.base import FloatArray
from surrogate.physics.parameters.universal import ZERO_CELSIUS_K
from surrogate.physics.remarks import Remark, first_on, remarks_on
from surrogate.recipe import Densification, Form, Route

Mask = NDArray[np.bool_]

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


# By family as a number; NaN where no law applies.
_TYPICAL_HEAT = np.array([TYPICAL_HEAT.get(family, (np.nan, np.nan)) for family in Family])


@dataclass(frozen=True, kw_only=True)
class Settled:
    """``n`` electrolytes as link (a) takes them: family NONE where no law applies."""

    batch: ElectrolyteBatch
    columns: ElectrolyteColumns
    place: Coordinates
    remarks: tuple[Remark, ...]

    def reason(self, row: int) -> str:
        """Why no law applies to one of them; empty where one does."""
        if self.batch.family[row] != int(Family.NONE):
            return ""
        outside = first_on(self.columns.composition[row], self.place.reasons)
        return outside or f"no law at {self.columns.temperature_c[row]:g} °C"

    def assumptions(self, row: int) -> tuple[str, ...]:
        """What was assumed of one of them that a law applies to."""
        if self.batch.family[row] == int(Family.NONE):
            return ()
        generous = remarks_on(self.columns.composition[row], self.place.notes)
        return generous + remarks_on(row, self.remarks)


def settle_electrolytes(columns: ElectrolyteColumns) -> Settled:
    """The numbers of ``n`` electrolytes with what is typical where nothing is stated."""
    place, rows = coordinates(columns.amounts), columns.composition
    family, halides, li2s = place.family[rows], place.halides[rows], place.li2s_fraction[rows]
    solution = _is(columns.route, Route.SOLUTION, Route.LIQUID_PHASE)
    in_mill = ~(solution | _is(columns.route, Route.SOLID_STATE))
    usual = _usual_heat(columns, family, halides.sum(axis=1), li2s, solution)
    heat_c, heat_h, heating = _heat(columns, family, usual, solution)
    synthesis, again, milled = _doses(columns, in_mill)
    unknown = np.isnan(columns.temperature_c)
    celsius = np.where(unknown, TYPICAL_TEMPERATURE_C, columns.temperature_c)
    batch = ElectrolyteBatch(
        family=np.where(celsius + ZERO_CELSIUS_K < LOWEST_K, int(Family.NONE), family),
        substituents=place.substituents[rows],
        halides=halides,
        li2s_fraction=li2s,
        synthesis_dose_h=synthesis,
        remill_dose_h=again,
        wet_milling_h=_or(columns.wet_milling_time_h, 0.0),
        heat_c=heat_c,
        heat_h=heat_h,
        precursors_milled=in_mill,
        from_solution=solution,
        sintered=_is(columns.densification, Densification.SINTERED, Densification.HOT_PRESSED),
        temperature_k=celsius + ZERO_CELSIUS_K,
    )
    remarks = (
        Remark(in_mill & (columns.route < 0), "precursors were milled"),
        *heating,
        Remark(unknown, f"measured at {TYPICAL_TEMPERATURE_C:g} °C"),
        *milled,
    )
    return Settled(batch=batch, columns=columns, place=place, remarks=remarks)


def _is(codes: NDArray[np.int64], *members: Route | Form | Densification | MixingMethod) -> Mask:
    """Where a choice is one of these; not stated is none."""
    mask: Mask = codes == code(members[0])
    for member in members[1:]:
        mask |= codes == code(member)
    return mask


# -- milling ----------


def _doses(columns: ElectrolyteColumns, in_mill: Mask) -> tuple[FloatArray, FloatArray, tuple[Remark, ...]]:
    """Hours at reference intensity (n,) that made the phase, and that the finished powder was milled again."""
    film = _is(columns.route, Route.MELT_QUENCH, Route.THIN_FILM) | _is(columns.form, Form.THIN_FILM)
    again = columns.remilled == 1.0  # then what is stated of a mill is not the synthesis
    time, speed, ratio = columns.milling_time_h, columns.milling_speed_rpm, columns.ball_to_powder_ratio
    named = columns.mill.map(lambda mill: mill is not None) == 1.0
    stated = named | ~(np.isnan(time) & np.isnan(speed) & np.isnan(ratio))
    mixer = columns.mill.map(lambda mill: mill is not None and _is_named_mixer(mill)) == 1.0
    mixer |= ~named & is_fast(speed)
    usual_speed = np.where(mixer, e.THINKY_REFERENCE_RPM, TYPICAL_SPEED_RPM)
    hours = _or(time, TYPICAL_MILLING_H)
    power = milling.intensity(_or(speed, usual_speed), _or(ratio, e.REFERENCE_BALL_RATIO), mixer)
    dose = milling.dose(hours, power)
    usual = in_mill & ~film & (again | ~stated)
    synthesis = np.where(usual, TYPICAL_MILLING_H, np.where(film, FULL_DOSE_H, dose))
    counts = stated & (again | (in_mill & ~film))
    return (
        np.where(in_mill, synthesis, 0.0),
        np.where(again & stated, dose, 0.0),
        (
            Remark(usual, f"synthesis milling of {TYPICAL_MILLING_H:g} h at {TYPICAL_SPEED_RPM:g} rpm"),
            Remark(counts & np.isnan(time), f"milled for {TYPICAL_MILLING_H:g} h"),
            Remark(counts & np.isnan(speed) & (hours > 0), "milled at {:g} rpm", usual_speed),
        ),
    )


def _is_named_mixer(mill: str) -> bool:
    """Whether the name of a mill is that of a planetary centrifugal mixer."""
    return any(word in mill.lower() for word in ("thinky", "mixer", "centrifugal"))


def is_fast(speed_rpm: FloatArray) -> Mask:
    """Where a mill runs at a speed that only a planetary centrifugal mixer reaches."""
    return speed_rpm >= e.MIXER_SPEED_FLOOR_RPM


# -- heat treatment ----------


def _heat(
    columns: ElectrolyteColumns, family: NDArray[np.int64], usual: FloatArray, solution: Mask
) -> tuple[FloatArray, FloatArray, tuple[Remark, ...]]:
    """°C and hours (n,) of the heat treatment, NaN without one; ``usual`` (2, n) where they are not stated."""
    unknown = np.isnan(columns.heat_treated)
    heated = np.where(unknown, _is_probably_heated(columns, family, solution), columns.heat_treated == 1.0)
    heated &= family != int(Family.NONE)
    celsius, hours = columns.heat_treatment_temperature_c, columns.heat_treatment_time_h
    return (
        np.where(heated, _or(celsius, usual[0]), np.nan),
        np.where(heated, _or(hours, usual[1]), np.nan),
        (
            Remark(unknown & ~heated, "no heat treatment"),
            Remark(heated & np.isnan(celsius), "heat-treated at {:g} °C", usual[0]),
            Remark(heated & np.isnan(hours), "heat-treated for {:g} h", usual[1]),
        ),
    )


def _is_probably_heated(columns: ElectrolyteColumns, family: NDArray[np.int64], solution: Mask) -> Mask:
    # Quenched and sputtered sulfides are amorphous.
    amorphous = _is(columns.form, Form.GLASS, Form.THIN_FILM) | _is(columns.route, Route.MELT_QUENCH, Route.THIN_FILM)
    # An argyrodite called glass-ceramic came out of the mill as it is.
    as_milled = _is(columns.form, Form.GLASS_CERAMIC) & (family == int(Family.ARGYRODITE))
    powder = (columns.form < 0) & _is(columns.route, Route.MECHANICAL_MILLING)
    otherwise = ~_is(columns.form, Form.LOW_CRYSTALLINE) | solution
    return np.asarray(~amorphous & np.where(as_milled, solution, ~powder & otherwise))


def _usual_heat(
    columns: ElectrolyteColumns, family: NDArray[np.int64], salt: FloatArray, li2s: FloatArray, solution: Mask
) -> FloatArray:
    """°C and hours of the usual heat treatment of such a recipe, (2, n)."""
    glass, argyrodite = family == int(Family.GLASS), family == int(Family.ARGYRODITE)
    cases = [
        (solution & (glass | (argyrodite & ~_is(columns.form, Form.CRYSTALLINE))), TYPICAL_SOLUTION_HEAT),
        (glass & _is(columns.route, Route.SOLID_STATE), TYPICAL_SOLID_STATE_GLASS_HEAT),
        (glass & (salt > HALIDE_GLASS), TYPICAL_HALIDE_GLASS_HEAT),
        (glass & (li2s < LOW_LI2S), TYPICAL_70_HEAT),
    ]
    usual = _TYPICAL_HEAT[family]
    for where, heat in reversed(cases):  # the first that holds decides, so it is written last
        usual[where] = heat
    return usual.T


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


# What :func:`material_key` gives for an active material that no law covers.
NO_MATERIAL = ""


@dataclass(frozen=True, kw_only=True)
class SettledCells:
    """``n`` cells of covered materials with what is typical where nothing is stated: the fields of an
    :class:`surrogate.physics.composite.ElectrodeBatch` by name, and what goes with them, (n,) each.
    """

    electrodes: dict[str, NDArray[Any]]
    temperature_k: FloatArray
    cycles: FloatArray
    reference_cycle: FloatArray
    remarks: tuple[Remark, ...]

    def batch(self, rows: NDArray[np.intp] | slice = slice(None)) -> ElectrodeBatch:
        """The electrodes at these positions; refuses what no electrode can be."""
        return ElectrodeBatch(**{name: column[rows] for name, column in self.electrodes.items()})


def material_key(active: ActiveMaterial) -> str:
    """Which row of the materials table describes an active material; :data:`NO_MATERIAL` when none does."""
    chemistry, text = active.chemistry, active.text
    if active.theoretical_capacity_mah_per_g is None:
        return NO_MATERIAL
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
    return direct.get(chemistry, NO_MATERIAL)


def settle_cells(cells: CellColumns, conductivity: FloatArray) -> SettledCells:
    """The numbers of ``n`` cells whose materials have a key; ``conductivity`` (n,) in S/cm is that of the electrolyte
    from link (a), NaN where it is silent, and used where none is stated.
    """
    filling = _Filling()
    materials, method = cells.active_material, cells.mixing_method
    keys = [material_key(material) for material in materials.values]
    lithiated = np.array([key != NO_MATERIAL and el.MATERIALS[key].starts_lithiated for key in keys])
    typical = np.array([_typical(key) for key in keys])[materials.codes].T  # three fractions, loading, window
    theoretical = materials.map(lambda material: material.theoretical_capacity_mah_per_g or np.nan)
    active, electrolyte, additive = _fractions(cells, typical[:3], filling)
    loading = filling(cells.active_loading_mg_per_cm2, typical[3], "{:g} mg/cm² of active material")
    joint_dose = _joint_dose(cells, materials.map(lambda material: material_key(material) in ("S", "Li2S")), filling)
    stated = cells.electrolyte_conductivity_s_per_cm
    sigma = filling(
        np.where(np.isnan(stated), conductivity, stated), TYPICAL_CONDUCTIVITY, "an electrolyte of {:g} S/cm"
    )
    electrodes = {
        "material": np.array(keys, dtype=np.str_)[materials.codes],
        "theoretical": theoretical,
        "active": active,
        "electrolyte": electrolyte,
        "additive": additive,
        "joint_dose_h": joint_dose,
        "infiltrated": _is(method, MixingMethod.INFILTRATED, MixingMethod.SOLUTION),
        "hand_mixed": _is(method, MixingMethod.HAND_MIXED) | (method < 0),
        "coated": cells.coated != 0.0,  # silence usually means LiNbO3
        "electrolyte_conductivity": sigma,
        "phosphorus_mol_per_g": _or(cells.electrolyte_phosphorus_mol_per_g, DILUTE_PHOSPHORUS),
        "loading_mg_cm2": loading,
        "current_ma_cm2": _areal_current(cells, loading, theoretical, filling),
        "voltage_min": filling(cells.voltage_min_v, typical[4], "discharge to {:g} V"),
        "voltage_max": filling(cells.voltage_max_v, typical[5], "charge to {:g} V"),
        "charge_first": np.where(
            cells.first_step < 0,
            lithiated[materials.codes],
            cells.first_step == code(FirstStep.CHARGE),
        ),
        "separator_um": _or(cells.separator_thickness_um, TYPICAL_SEPARATOR_UM),
    }
    celsius = filling(cells.temperature_c, TYPICAL_TEMPERATURE_C, "cycled at {:g} °C")
    return SettledCells(
        electrodes=electrodes,
        temperature_k=celsius + ZERO_CELSIUS_K,
        cycles=cells.cycles,
        reference_cycle=_or(cells.reference_cycle, 1.0),
        remarks=tuple(filling.remarks),
    )


def _typical(key: str) -> tuple[float, ...]:
    fractions, loading, window = TYPICAL_ELECTRODE.get(key, TYPICAL_OXIDE)
    return (*fractions, loading, *window)


def _or(values: FloatArray, typical: npt.ArrayLike) -> FloatArray:
    """Values with what is typical in the gaps, (n,)."""
    return np.where(np.isnan(values), typical, values)


class _Filling:
    """Fills gaps in columns and keeps a remark on each."""

    def __init__(self) -> None:
        self.remarks: list[Remark] = []

    def __call__(self, values: FloatArray, typical: npt.ArrayLike, text: str, where: Mask | bool = True) -> FloatArray:
        """As :func:`_or`; what is filled in counts, and is remarked on, only ``where`` it matters."""
        filled = np.broadcast_to(np.asarray(typical, float), values.shape)
        self.remarks.append(Remark(np.isnan(values) & where, text, filled))
        return _or(values, filled)


def _fractions(cells: CellColumns, typical: FloatArray, filling: _Filling) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Weight fractions of active material, electrolyte and additive, (n,) each: the typical ones without that of the
    active material, else each gap is what the others leave.
    """
    active, electrolyte, additive = (
        cells.active_weight_fraction, cells.electrolyte_weight_fraction, cells.additive_weight_fraction,
    )  # fmt: skip
    no_active, no_electrolyte = np.isnan(active), np.isnan(electrolyte)
    additive = _or(additive, np.where(no_electrolyte, 0.0, np.maximum(1.0 - active - electrolyte, 0.0)))
    rest = np.maximum(1.0 - active - additive, 0.0)
    filling.remarks += [
        Remark(no_active, "active : electrolyte : additive = {:.2f} : {:.2f} : {:.2f} by weight", *typical),
        Remark(no_electrolyte & ~no_active, "{:.2f} of electrolyte by weight, what the others leave", rest),
    ]
    shares = (active, _or(electrolyte, rest), additive)
    one, two, three = (np.where(no_active, usual, share) for usual, share in zip(typical, shares, strict=True))
    return one, two, three


def _joint_dose(cells: CellColumns, sulfur: FloatArray, filling: _Filling) -> FloatArray:
    """Dose (h) that active material and electrolyte were milled together, (n,)."""
    together = ~_is(cells.mixing_method, MixingMethod.HAND_MIXED, MixingMethod.MILLED_THEN_HAND_MIXED)
    usual = np.where(sulfur == 1.0, TYPICAL_SULFUR_MIXING_MIN, TYPICAL_MIXING_MIN)
    minutes = filling(
        cells.mixing_time_min, usual, "active material and electrolyte milled together for {:g} min", together
    )
    milled = together & (minutes > 0)
    speed = filling(cells.mixing_speed_rpm, TYPICAL_MIXING_SPEED_RPM, "electrode milled at {:g} rpm", milled)
    ratio = _or(cells.mixing_ball_to_powder_ratio, e.REFERENCE_BALL_RATIO)
    return np.where(milled, minutes / 60.0 * milling.intensity(speed, ratio, is_fast(speed)), 0.0)


def _areal_current(cells: CellColumns, loading: FloatArray, theoretical: FloatArray, filling: _Filling) -> FloatArray:
    """mA/cm² from whichever current is stated, (n,)."""
    by_mass = cells.current_ma_per_g * loading / 1e3
    other = np.isnan(cells.current_ma_per_cm2) & np.isnan(by_mass)
    rate = filling(cells.c_rate, TYPICAL_C_RATE, "cycled at {:g} C", other)
    return _or(_or(cells.current_ma_per_cm2, by_mass), rate * theoretical * loading / 1e3)
