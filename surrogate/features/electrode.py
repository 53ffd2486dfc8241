"""Numbers that describe an electrode, its cell and the protocol.

Features are computed from columns (:class:`Cells`), whether the cells are objects or come from a design space.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.active_material import ActiveMaterial, Chemistry
from surrogate.cell import Cell, FirstStep, MixingMethod
from surrogate.composition import Family
from surrogate.features.process import NAN, code, logarithm, milling_dose, number, one_hot, one_hot_features, yes
from surrogate.features.registry import Feature
from surrogate.measurement import Candidate

Array = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Cells:
    """``n`` cells with their protocol as columns (n,): numbers with NaN for *not stated*, yes/no as 1, 0 or NaN, and
    choices as positions in their enumeration, −1 for *not stated*.
    """

    theoretical_capacity_mah_per_g: Array
    starts_lithiated: Array
    nickel_fraction: Array
    active_weight_fraction: Array
    electrolyte_weight_fraction: Array
    additive_weight_fraction: Array
    active_loading_mg_per_cm2: Array
    electrolyte_conductivity_s_per_cm: Array
    mixing_time_min: Array
    mixing_speed_rpm: Array
    coated: Array
    coated_niobate: Array
    counter_lithium_indium: Array
    fabrication_pressure_mpa: Array
    stack_pressure_mpa: Array
    voltage_min_v: Array
    voltage_max_v: Array
    current_ma_per_g: Array
    current_ma_per_cm2: Array
    c_rate: Array
    discharge_first: Array
    cycles: Array
    chemistry: Codes
    mixing: Codes
    family: Codes

    def __len__(self) -> int:
        return len(self.chemistry)


def current_density_log10(cells: Cells) -> Array:
    """log10 of mA per gram of active material, (n,): stated, or from the C-rate and theoretical capacity, or from the
    loading.
    """
    by_rate = logarithm(cells.c_rate * cells.theoretical_capacity_mah_per_g)
    by_loading = logarithm(1000.0 * cells.current_ma_per_cm2 / cells.active_loading_mg_per_cm2)
    stated = logarithm(cells.current_ma_per_g)
    return np.where(np.isnan(stated), np.where(np.isnan(by_rate), by_loading, by_rate), stated)


def c_rate_log10(cells: Cells) -> Array:
    """log10 of the C-rate, (n,): stated, or from the current per gram and the theoretical capacity."""
    stated = logarithm(cells.c_rate)
    found = current_density_log10(cells) - logarithm(cells.theoretical_capacity_mah_per_g)
    return np.where(np.isnan(stated), found, stated)


def _active_to_electrolyte(cells: Cells) -> Array:
    active, electrolyte = cells.active_weight_fraction, cells.electrolyte_weight_fraction
    return logarithm(np.divide(active, electrolyte, out=np.full(len(cells), NAN), where=electrolyte > 0))


_NUMBERS: dict[Feature, Callable[[Cells], Array]] = {
    Feature(name="electrode.theoretical_capacity_mah_per_g", meaning="theoretical capacity", unit="mAh/g"): lambda c: (
        c.theoretical_capacity_mah_per_g
    ),
    Feature(
        name="electrode.starts_lithiated", meaning="1 if the active material holds its lithium when built"
    ): lambda c: c.starts_lithiated,
    Feature(
        name="electrode.nickel_fraction", meaning="nickel share of the transition metals of a layered oxide"
    ): lambda c: c.nickel_fraction,
    Feature(name="electrode.active_weight_fraction", meaning="weight fraction of active material"): lambda c: (
        c.active_weight_fraction
    ),
    Feature(name="electrode.electrolyte_weight_fraction", meaning="weight fraction of electrolyte"): lambda c: (
        c.electrolyte_weight_fraction
    ),
    Feature(
        name="electrode.additive_weight_fraction", meaning="weight fraction of conductive additive and binder"
    ): lambda c: c.additive_weight_fraction,
    Feature(
        name="electrode.active_to_electrolyte_log10", meaning="log10 of active material over electrolyte by weight"
    ): _active_to_electrolyte,
    Feature(name="electrode.active_loading_log10", meaning="log10 of mg active material per cm²"): lambda c: logarithm(
        c.active_loading_mg_per_cm2
    ),
    Feature(
        name="electrode.electrolyte_conductivity_log10", meaning="log10 of the electrolyte's stated S/cm"
    ): lambda c: logarithm(c.electrolyte_conductivity_s_per_cm),
    Feature(
        name="electrode.milling_time_min", meaning="milling time of the composite, 0 when hand-mixed", unit="min"
    ): lambda c: c.mixing_time_min,
    Feature(name="electrode.milling_time_log1p", meaning="ln(1 + minutes of milling of the composite)"): lambda c: (
        np.log1p(c.mixing_time_min)
    ),
    Feature(name="electrode.milling_speed_rpm", meaning="speed of the mill", unit="rpm"): lambda c: c.mixing_speed_rpm,
    Feature(name="electrode.milling_dose", meaning="log10 of hours × (speed / 500 rpm)³ of the composite"): lambda c: (
        milling_dose(c.mixing_time_min / 60.0, c.mixing_speed_rpm)
    ),
    Feature(name="electrode.coated", meaning="1 if the active material is coated, 0 if known to be bare"): lambda c: (
        c.coated
    ),
    Feature(name="electrode.coated_niobate", meaning="1 if coated with LiNbO3 or a kin of it"): lambda c: (
        c.coated_niobate
    ),
    Feature(name="cell.counter_lithium_indium", meaning="1 if the counter electrode is indium or Li–In"): lambda c: (
        c.counter_lithium_indium
    ),
    Feature(name="cell.fabrication_pressure_mpa", meaning="pressure that made the cell", unit="MPa"): lambda c: (
        c.fabrication_pressure_mpa
    ),
    Feature(name="cell.stack_pressure_mpa", meaning="pressure during cycling", unit="MPa"): lambda c: (
        c.stack_pressure_mpa
    ),
    Feature(name="protocol.voltage_min_v", meaning="lower cut-off versus Li⁺/Li", unit="V"): lambda c: c.voltage_min_v,
    Feature(name="protocol.voltage_max_v", meaning="upper cut-off versus Li⁺/Li", unit="V"): lambda c: c.voltage_max_v,
    Feature(name="protocol.voltage_window_v", meaning="width of the voltage window", unit="V"): lambda c: (
        c.voltage_max_v - c.voltage_min_v
    ),
    Feature(name="protocol.current_log10", meaning="log10 of mA per gram of active material"): current_density_log10,
    Feature(name="protocol.c_rate_log10", meaning="log10 of the C-rate"): c_rate_log10,
    Feature(name="protocol.discharge_first", meaning="1 if the cell was discharged first"): lambda c: c.discharge_first,
    Feature(name="protocol.cycles_log10", meaning="log10 of the number of cycles of a retention"): lambda c: logarithm(
        c.cycles
    ),
}

#: Choices by column of :class:`Cells`: the part of the grammar, the words and the enumeration.
_KINDS: Mapping[str, tuple[str, str, type[StrEnum]]] = {
    "chemistry": ("electrode.chemistry", "the active material's class", Chemistry),
    "mixing": ("electrode.mixing", "the mixing method", MixingMethod),
    "family": ("electrolyte.family", "the family of the electrolyte in the electrode", Family),
}


def electrode_features() -> tuple[Feature, ...]:
    """Every electrode, cell and protocol feature in the order of the columns of :func:`electrode_matrix`."""
    kinds = [one_hot_features(part, what, kind) for part, what, kind in _KINDS.values()]
    return (*_NUMBERS, *(feature for features in kinds for feature in features))


def electrode_matrix(candidates: Sequence[Candidate]) -> Array:
    """The features of ``n`` cells, (n, d) in the order of :func:`electrode_features`."""
    return electrode_columns(cells_of(candidates))


def electrode_columns(cells: Cells) -> Array:
    """The features of ``n`` cells that are columns already, (n, d): the same numbers without any object."""
    numbers = np.column_stack([compute(cells) for compute in _NUMBERS.values()])
    return np.hstack([numbers, *(one_hot(getattr(cells, name), kind) for name, (_, _, kind) in _KINDS.items())])


def cells_of(candidates: Sequence[Candidate]) -> Cells:
    """Cells with their protocols as columns."""
    names, materials = [field.name for field in fields(Cells)], dict[int, tuple[float, ...]]()
    rows = [(*_numbers_of(candidate, materials), *_codes_of(_cell(candidate))) for candidate in candidates]
    columns = np.array(rows, dtype=float).reshape(len(rows), len(names)).T
    held: dict[str, Any] = {n: c.astype(np.int64) if n in _KINDS else c for n, c in zip(names, columns, strict=True)}
    return Cells(**held)


def of_material(material: ActiveMaterial) -> tuple[float, float, float]:
    """Theoretical capacity in mAh/g, whether it starts with lithium, and the share of nickel."""
    capacity = number(material.theoretical_capacity_mah_per_g)
    return capacity, yes(material.starts_lithiated), _nickel(material)


def of_coating(coating: str | None) -> tuple[float, float]:
    """Whether it is coated at all, and with a niobate."""
    if coating is None:
        return NAN, NAN
    return float(bool(coating)), float("Nb" in coating)


def of_counter_electrode(counter: str | None) -> float:
    """Whether it holds indium."""
    return NAN if counter is None else float("In" in counter)


def _cell(candidate: Candidate) -> Cell:
    if not isinstance(candidate.subject, Cell):
        raise TypeError("features_of lets only cells through")
    return candidate.subject


def _numbers_of(candidate: Candidate, materials: dict[int, tuple[float, ...]]) -> tuple[float, ...]:
    """The numbers of a cell in the order of :class:`Cells`; what follows from a material is worked out once."""
    cell, protocol = _cell(candidate), candidate.protocol
    electrode = cell.electrode
    material = electrode.active_material
    if id(material) not in materials:
        materials[id(material)] = of_material(material)
    return (
        *materials[id(material)],
        number(electrode.active_weight_fraction),
        number(electrode.electrolyte_weight_fraction),
        number(electrode.additive_weight_fraction),
        number(electrode.active_loading_mg_per_cm2),
        number(electrode.electrolyte_conductivity_s_per_cm),
        number(electrode.mixing.time_min),
        number(electrode.mixing.speed_rpm),
        *of_coating(electrode.coating),
        of_counter_electrode(cell.counter_electrode),
        number(cell.fabrication_pressure_mpa),
        number(cell.stack_pressure_mpa),
        number(protocol.voltage_min_v),
        number(protocol.voltage_max_v),
        number(protocol.current_ma_per_g),
        number(protocol.current_ma_per_cm2),
        number(protocol.c_rate),
        NAN if protocol.first_step is None else float(protocol.first_step is FirstStep.DISCHARGE),
        number(protocol.cycles),
    )


def _codes_of(cell: Cell) -> tuple[int, ...]:
    electrode = cell.electrode
    family = None if electrode.electrolyte is None else electrode.electrolyte.composition.family
    return code(electrode.active_material.chemistry), code(electrode.mixing.method), code(family)


#: NCM811, NMC 622, NCA-90, NCM955 (90 : 5 : 5), Ni90, "94% Ni".
_ABBREVIATED = re.compile(r"\bN(?:CM|MC|CA|CMA|CWA|MCA)[ -]?(?:(\d)(\d)(\d)|(\d\d))(?!\d)|\bNi(\d\d)\b|(\d\d)\s?% Ni\b")


def _nickel(material: ActiveMaterial) -> float:
    if material.chemistry is not Chemistry.LAYERED_OXIDE:
        return 0.0
    match = re.search(r"Ni(0?\.\d+)", material.text)
    if match:
        return float(match[1])
    if "1/3" in material.text:
        return 1.0 / 3.0
    if "NiO2" in material.text or material.text.startswith("LNO"):
        return 1.0
    if "CoO2" in material.text or "LCO" in material.text:
        return 0.0
    return _abbreviated_nickel(material.text)


def _abbreviated_nickel(text: str) -> float:
    """The nickel of a layered oxide that is named by digits; NaN where they cannot be shares."""
    match = _ABBREVIATED.search(text)
    if match is None:
        return NAN
    if match[1] is None:
        return int(match[4] or match[5] or match[6]) / 100.0
    first, *others = (int(digit) for digit in match.groups()[:3])
    if first + sum(others) == 10 or (first > 0 and others == [first, first]):
        return first / (first + sum(others))
    return first / 10.0 if 10 * first + sum(others) == 100 else NAN
