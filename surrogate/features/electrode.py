"""Numbers that describe an electrode, its cell and the protocol."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from surrogate.active_material import Chemistry
from surrogate.cell import Cell, FirstStep, MixingMethod
from surrogate.composition import Family
from surrogate.features.process import NAN, logarithm, milling_dose, number, one_hot, yes
from surrogate.features.registry import Feature
from surrogate.measurement import Candidate

Array = NDArray[np.float64]


def _cell(candidate: Candidate) -> Cell:
    if not isinstance(candidate.subject, Cell):
        raise TypeError("features_of lets only cells through")
    return candidate.subject


def current_density_log10(candidate: Candidate) -> float:
    """log10 of mA per gram of active material: stated, or from the C-rate and theoretical capacity, or from the
    loading.
    """
    protocol, electrode = candidate.protocol, _cell(candidate).electrode
    capacity = electrode.active_material.theoretical_capacity_mah_per_g
    if protocol.current_ma_per_g is not None:
        return logarithm(protocol.current_ma_per_g)
    if protocol.c_rate is not None and capacity is not None:
        return logarithm(protocol.c_rate * capacity)
    if protocol.current_ma_per_cm2 is not None and electrode.active_loading_mg_per_cm2 is not None:
        return logarithm(1000.0 * protocol.current_ma_per_cm2 / electrode.active_loading_mg_per_cm2)
    return NAN


def c_rate_log10(candidate: Candidate) -> float:
    """log10 of the C-rate: stated, or from the current per gram and the theoretical capacity."""
    if candidate.protocol.c_rate is not None:
        return logarithm(candidate.protocol.c_rate)
    capacity = _cell(candidate).electrode.active_material.theoretical_capacity_mah_per_g
    return current_density_log10(candidate) - logarithm(capacity) if capacity else NAN


def _counter(candidate: Candidate, *names: str) -> float:
    counter = _cell(candidate).counter_electrode
    return NAN if counter is None else float(any(name in counter for name in names))


def _coated(candidate: Candidate, *names: str) -> float:
    coating = _cell(candidate).electrode.coating
    if coating is None:
        return NAN
    return float(bool(coating) and (not names or any(name in coating for name in names)))


def _family(candidate: Candidate) -> Family | None:
    electrolyte = _cell(candidate).electrode.electrolyte
    return None if electrolyte is None else electrolyte.composition.family


def _ratio(candidate: Candidate) -> float:
    electrode = _cell(candidate).electrode
    active, electrolyte = electrode.active_weight_fraction, electrode.electrolyte_weight_fraction
    return NAN if active is None or not electrolyte else logarithm(active / electrolyte)


def _window(candidate: Candidate) -> float:
    low, high = candidate.protocol.voltage_min_v, candidate.protocol.voltage_max_v
    return NAN if low is None or high is None else high - low


def _mixing_dose(candidate: Candidate) -> float:
    mixing = _cell(candidate).electrode.mixing
    return NAN if mixing.time_min is None else milling_dose(mixing.time_min / 60.0, mixing.speed_rpm)


def _nickel(candidate: Candidate) -> float:
    import re

    material = _cell(candidate).electrode.active_material
    if material.chemistry is not Chemistry.LAYERED_OXIDE:
        return 0.0
    match = re.search(r"Ni(0?\.\d+)", material.text)
    if match:
        return float(match[1])
    if "1/3" in material.text:
        return 1.0 / 3.0
    return 0.0 if "CoO2" in material.text or "LCO" in material.text else NAN


_NUMBERS: dict[Feature, Callable[[Candidate], float]] = {
    Feature(name="electrode.theoretical_capacity_mah_per_g", meaning="theoretical capacity", unit="mAh/g"): lambda c: (
        number(_cell(c).electrode.active_material.theoretical_capacity_mah_per_g)
    ),
    Feature(
        name="electrode.starts_lithiated", meaning="1 if the active material holds its lithium when built"
    ): lambda c: yes(_cell(c).electrode.active_material.starts_lithiated),
    Feature(
        name="electrode.nickel_fraction", meaning="nickel share of the transition metals of a layered oxide"
    ): _nickel,
    Feature(name="electrode.active_weight_fraction", meaning="weight fraction of active material"): lambda c: number(
        _cell(c).electrode.active_weight_fraction
    ),
    Feature(name="electrode.electrolyte_weight_fraction", meaning="weight fraction of electrolyte"): lambda c: number(
        _cell(c).electrode.electrolyte_weight_fraction
    ),
    Feature(
        name="electrode.additive_weight_fraction", meaning="weight fraction of conductive additive and binder"
    ): lambda c: number(_cell(c).electrode.additive_weight_fraction),
    Feature(
        name="electrode.active_to_electrolyte_log10", meaning="log10 of active material over electrolyte by weight"
    ): _ratio,
    Feature(name="electrode.active_loading_log10", meaning="log10 of mg active material per cm²"): lambda c: logarithm(
        _cell(c).electrode.active_loading_mg_per_cm2
    ),
    Feature(
        name="electrode.electrolyte_conductivity_log10", meaning="log10 of the electrolyte's stated S/cm"
    ): lambda c: logarithm(_cell(c).electrode.electrolyte_conductivity_s_per_cm),
    Feature(
        name="electrode.milling_time_min", meaning="milling time of the composite, 0 when hand-mixed", unit="min"
    ): lambda c: number(_cell(c).electrode.mixing.time_min),
    Feature(name="electrode.milling_time_log1p", meaning="ln(1 + minutes of milling of the composite)"): lambda c: (
        NAN if _cell(c).electrode.mixing.time_min is None else math.log1p(_cell(c).electrode.mixing.time_min or 0.0)
    ),
    Feature(name="electrode.milling_speed_rpm", meaning="speed of the mill", unit="rpm"): lambda c: number(
        _cell(c).electrode.mixing.speed_rpm
    ),
    Feature(
        name="electrode.milling_dose", meaning="log10 of hours × (speed / 500 rpm)³ of the composite"
    ): _mixing_dose,
    Feature(name="electrode.coated", meaning="1 if the active material is coated, 0 if known to be bare"): lambda c: (
        _coated(c)
    ),
    Feature(name="electrode.coated_niobate", meaning="1 if coated with LiNbO3 or a kin of it"): lambda c: _coated(
        c, "Nb"
    ),
    Feature(name="cell.counter_lithium_indium", meaning="1 if the counter electrode is indium or Li–In"): lambda c: (
        _counter(c, "In")
    ),
    Feature(name="cell.fabrication_pressure_mpa", meaning="pressure that made the cell", unit="MPa"): lambda c: number(
        _cell(c).fabrication_pressure_mpa
    ),
    Feature(name="cell.stack_pressure_mpa", meaning="pressure during cycling", unit="MPa"): lambda c: number(
        _cell(c).stack_pressure_mpa
    ),
    Feature(name="protocol.voltage_min_v", meaning="lower cut-off versus Li⁺/Li", unit="V"): lambda c: number(
        c.protocol.voltage_min_v
    ),
    Feature(name="protocol.voltage_max_v", meaning="upper cut-off versus Li⁺/Li", unit="V"): lambda c: number(
        c.protocol.voltage_max_v
    ),
    Feature(name="protocol.voltage_window_v", meaning="width of the voltage window", unit="V"): _window,
    Feature(name="protocol.current_log10", meaning="log10 of mA per gram of active material"): current_density_log10,
    Feature(name="protocol.c_rate_log10", meaning="log10 of the C-rate"): c_rate_log10,
    Feature(name="protocol.discharge_first", meaning="1 if the cell was discharged first"): lambda c: (
        NAN if c.protocol.first_step is None else float(c.protocol.first_step is FirstStep.DISCHARGE)
    ),
    Feature(name="protocol.cycles_log10", meaning="log10 of the number of cycles of a retention"): lambda c: logarithm(
        c.protocol.cycles
    ),
}

_ELECTRODE: dict[Feature, Callable[[Candidate], float]] = {
    **_NUMBERS,
    **one_hot(
        "electrode.chemistry",
        "the active material's class",
        Chemistry,
        lambda c: _cell(c).electrode.active_material.chemistry,
    ),
    **one_hot("electrode.mixing", "the mixing method", MixingMethod, lambda c: _cell(c).electrode.mixing.method),
    **one_hot("electrolyte.family", "the family of the electrolyte in the electrode", Family, _family),
}


def electrode_features() -> tuple[Feature, ...]:
    """Every electrode, cell and protocol feature in the order of the columns of :func:`electrode_matrix`."""
    return tuple(_ELECTRODE)


def electrode_matrix(candidates: Sequence[Candidate]) -> Array:
    """The features of ``n`` cells, (n, d) in the order of :func:`electrode_features`."""
    rows = [[compute(candidate) for compute in _ELECTRODE.values()] for candidate in candidates]
    return np.array(rows, dtype=float).reshape(len(candidates), len(_ELECTRODE))
