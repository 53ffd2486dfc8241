"""What the physics uses for a cell when a paper does not say: typical values by active material, each with a sentence.

As in :mod:`surrogate.physics.defaults` nothing is filled in silently, and where no paper stands beside a number it is a
choice of ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray

from surrogate.candidate.active_material import ActiveMaterial, Chemistry
from surrogate.candidate.cell import FirstStep, MixingMethod
from surrogate.candidate.columns import CellColumns, code
from surrogate.candidate.recipe import ROOM_TEMPERATURE_C
from surrogate.physics import milling
from surrogate.physics.composite import ElectrodeBatch
from surrogate.physics.defaults import Mask, fill, is_any, is_fast
from surrogate.physics.parameters import electrodes as el
from surrogate.physics.parameters import electrolytes as e
from surrogate.physics.parameters.base import FloatArray
from surrogate.physics.parameters.universal import ZERO_CELSIUS_K
from surrogate.physics.remarks import Remark

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
    """``n`` cells of covered materials, with typical values where nothing is stated, (n,) each.

    ``electrodes`` holds the fields of a :class:`surrogate.physics.composite.ElectrodeBatch` by name.
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
    """Fill the gaps of ``n`` cells whose materials have a key.

    Args:
        cells: As stated.
        conductivity: Of the electrolyte from link (a), (n,) in S/cm, NaN where it has none; used where none is stated.
    """
    filling, materials, method = _Filling(), cells.active_material, cells.mixing_method
    keys = [material_key(material) for material in materials.values]
    lithiated = np.array([key != NO_MATERIAL and el.MATERIALS[key].starts_lithiated for key in keys])
    usual = (TYPICAL_ELECTRODE.get(key, TYPICAL_OXIDE) for key in keys)
    rows = [(*fractions, loading, *window) for fractions, loading, window in usual]
    typical = np.array(rows)[materials.codes].T  # three fractions, loading, window
    theoretical = materials.map(lambda material: material.theoretical_capacity_mah_per_g or np.nan)
    active, electrolyte, additive = _fractions(cells, typical[:3], filling)
    loading = filling(cells.active_loading_mg_per_cm2, typical[3], "{:g} mg/cm² of active material")
    joint_dose = _joint_dose(cells, materials.map(lambda material: material_key(material) in ("S", "Li2S")), filling)
    sigma = fill(cells.electrolyte_conductivity_s_per_cm, conductivity)
    electrodes = {
        "material": np.array(keys, dtype=np.str_)[materials.codes],
        "theoretical": theoretical,
        "active": active,
        "electrolyte": electrolyte,
        "additive": additive,
        "joint_dose_h": joint_dose,
        "infiltrated": is_any(method, MixingMethod.INFILTRATED, MixingMethod.SOLUTION),
        "hand_mixed": is_any(method, MixingMethod.HAND_MIXED) | (method < 0),
        "coated": cells.coated != 0.0,  # silence usually means LiNbO3
        "electrolyte_conductivity": filling(sigma, TYPICAL_CONDUCTIVITY, "an electrolyte of {:g} S/cm"),
        "phosphorus_mol_per_g": fill(cells.electrolyte_phosphorus_mol_per_g, DILUTE_PHOSPHORUS),
        "loading_mg_cm2": loading,
        "current_ma_cm2": _areal_current(cells, loading, theoretical, filling),
        "voltage_min": filling(cells.voltage_min_v, typical[4], "discharge to {:g} V"),
        "voltage_max": filling(cells.voltage_max_v, typical[5], "charge to {:g} V"),
        "charge_first": np.where(
            cells.first_step < 0, lithiated[materials.codes], cells.first_step == code(FirstStep.CHARGE)
        ),
        "separator_um": fill(cells.separator_thickness_um, TYPICAL_SEPARATOR_UM),
    }
    celsius = filling(cells.temperature_c, ROOM_TEMPERATURE_C, "cycled at {:g} °C")
    return SettledCells(
        electrodes=electrodes,
        temperature_k=celsius + ZERO_CELSIUS_K,
        cycles=cells.cycles,
        reference_cycle=fill(cells.reference_cycle, 1.0),
        remarks=tuple(filling.remarks),
    )


class _Filling:
    """Fills gaps in columns and keeps a remark on each."""

    def __init__(self) -> None:
        self.remarks: list[Remark] = []

    def __call__(self, values: FloatArray, typical: npt.ArrayLike, text: str, mask: Mask | bool = True) -> FloatArray:
        """As :func:`fill`; what is filled in counts, and is remarked on, only in ``mask``."""
        usual = np.broadcast_to(np.asarray(typical, float), values.shape)
        self.remarks.append(Remark(np.isnan(values) & mask, text, usual))
        return fill(values, usual)


def _fractions(cells: CellColumns, typical: FloatArray, filling: _Filling) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Weight fractions of active material, electrolyte and additive, (n,) each.

    Without that of the active material all are typical; else a gap is what the others leave.
    """
    active, electrolyte, additive = (
        cells.active_weight_fraction, cells.electrolyte_weight_fraction, cells.additive_weight_fraction,
    )  # fmt: skip
    no_active, no_electrolyte = np.isnan(active), np.isnan(electrolyte)
    additive = fill(additive, np.where(no_electrolyte, 0.0, np.maximum(1.0 - active - electrolyte, 0.0)))
    rest = np.maximum(1.0 - active - additive, 0.0)
    filling.remarks += [
        Remark(no_active, "active : electrolyte : additive = {:.2f} : {:.2f} : {:.2f} by weight", *typical),
        Remark(no_electrolyte & ~no_active, "{:.2f} of electrolyte by weight, what the others leave", rest),
    ]
    shares = (active, fill(electrolyte, rest), additive)
    one, two, three = (np.where(no_active, usual, share) for usual, share in zip(typical, shares, strict=True))
    return one, two, three


def _joint_dose(cells: CellColumns, sulfur: FloatArray, filling: _Filling) -> FloatArray:
    """Dose (h) that active material and electrolyte were milled together, (n,)."""
    together = ~is_any(cells.mixing_method, MixingMethod.HAND_MIXED, MixingMethod.MILLED_THEN_HAND_MIXED)
    usual = np.where(sulfur == 1.0, TYPICAL_SULFUR_MIXING_MIN, TYPICAL_MIXING_MIN)
    minutes = filling(
        cells.mixing_time_min, usual, "active material and electrolyte milled together for {:g} min", together
    )
    milled = together & (minutes > 0)
    speed = filling(cells.mixing_speed_rpm, TYPICAL_MIXING_SPEED_RPM, "electrode milled at {:g} rpm", milled)
    ratio = fill(cells.mixing_ball_to_powder_ratio, e.REFERENCE_BALL_RATIO)
    return np.where(milled, minutes / 60.0 * milling.intensity(speed, ratio, is_fast(speed)), 0.0)


def _areal_current(cells: CellColumns, loading: FloatArray, theoretical: FloatArray, filling: _Filling) -> FloatArray:
    """mA/cm² from whichever current is stated, (n,)."""
    by_mass = cells.current_ma_per_g * loading / 1e3
    other = np.isnan(cells.current_ma_per_cm2) & np.isnan(by_mass)
    rate = filling(cells.c_rate, TYPICAL_C_RATE, "cycled at {:g} C", other)
    return fill(fill(cells.current_ma_per_cm2, by_mass), rate * theoretical * loading / 1e3)
