"""Numbers that describe an electrode, its cell and the protocol.

Features are computed from :class:`surrogate.candidate.columns.CellColumns`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.active_material import ActiveMaterial, Chemistry
from surrogate.candidate.cell import ActiveHost, FirstStep, MixingMethod, ParticleKind
from surrogate.candidate.columns import CellColumns, Labels, code
from surrogate.composition import Family
from surrogate.features.process import NAN, logarithm, milling_dose, number_features, one_hot, one_hot_features
from surrogate.features.registry import Feature

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

_SINGLE, _MANY = (re.compile(words, re.IGNORECASE) for words in (r"single[ -]?crystal|\bSC[- ]N", r"poly[ -]?crystal"))


def _current_density_log10(cells: CellColumns) -> Array:
    """log10 of mA per gram of active material, (n,): as stated, else from the C-rate, else from the loading."""
    by_rate = logarithm(cells.c_rate * theoretical_capacity(cells))
    by_loading = logarithm(1000.0 * cells.current_ma_per_cm2 / cells.active_loading_mg_per_cm2)
    direct = logarithm(cells.current_ma_per_g)
    return np.where(np.isnan(direct), np.where(np.isnan(by_rate), by_loading, by_rate), direct)


def c_rate_log10(cells: CellColumns) -> Array:
    """log10 of the C-rate, (n,): stated, or from the current per gram and the theoretical capacity."""
    direct = logarithm(cells.c_rate)
    from_current = _current_density_log10(cells) - logarithm(theoretical_capacity(cells))
    return np.where(np.isnan(direct), from_current, direct)


def _active_to_electrolyte(cells: CellColumns) -> Array:
    active, electrolyte = cells.active_weight_fraction, cells.electrolyte_weight_fraction
    return logarithm(np.divide(active, electrolyte, out=np.full(len(cells), NAN), where=electrolyte > 0))


def theoretical_capacity(cells: CellColumns) -> Array:
    """Theoretical capacity of the active material in mAh/g, (n,)."""
    return cells.active_material.map(lambda material: _number(material.theoretical_capacity_mah_per_g))


def single_crystal(cells: CellColumns) -> Array:
    """1 for particles that are single crystals, 0 for polycrystals, (n,): as stated, else as the name says."""
    named = cells.active_material.map(lambda m: 1.0 if _SINGLE.search(m.text) else 0.0 if _MANY.search(m.text) else NAN)
    stated = cells.active_particle_kind == code(ParticleKind.SINGLE_CRYSTAL)
    return np.where(cells.active_particle_kind < 0, named, stated)


def active_hosts(cells: CellColumns) -> Codes:
    """The host of the active material as a position in its enumeration, −1 for none that is known, (n,): as stated,
    else as the name of the material and the mixing say."""
    named = cells.active_material.map(lambda material: code(_named_host(material))).astype(np.int64)
    insulates = np.isin(chemistries(cells), [code(kind) for kind in _INSULATORS])
    infiltrated = (named < 0) & (cells.mixing_method == code(MixingMethod.INFILTRATED)) & insulates
    named = np.where(infiltrated, code(ActiveHost.INFILTRATED_CARBON), named)
    return np.where(cells.active_host < 0, named, cells.active_host)


def promoted(cells: CellColumns) -> Array:
    """1 where something speeds up sulfur or Li2S, 0 where nothing does, (n,): as stated, else as the name says."""
    named = cells.active_material.map(lambda material: 1.0 if _PROMOTER.search(material.text) else NAN)
    stated = _is_there(cells.promoter)
    return np.where(np.isnan(stated), named, stated)


def _is_there(texts: Labels[str | None]) -> Array:
    """1 where something is named, 0 where it is known to be none, NaN where nothing is stated, (n,)."""
    return texts.map(lambda text: NAN if text is None else float(text != ""))


def chemistries(cells: CellColumns) -> Codes:
    """The class of the active material as a position in its enumeration, (n,)."""
    return cells.active_material.map(lambda material: code(material.chemistry)).astype(np.int64)


# fmt: off
#: Name and meaning of a feature, and how it is computed; the unit is that which the name ends in.
_NUMBERS: tuple[tuple[str, str, Callable[[CellColumns], Array]], ...] = (
    ("electrode.theoretical_capacity_mah_per_g", "theoretical capacity", theoretical_capacity),
    ("electrode.starts_lithiated", "1 if the active material holds its lithium when built",
     lambda c: c.active_material.map(lambda material: _number(material.starts_lithiated))),
    ("electrode.nickel_fraction", "nickel share of the transition metals of a layered oxide",
     lambda c: c.active_material.map(nickel_fraction)),
    ("electrode.active_weight_fraction", "weight fraction of active material", lambda c: c.active_weight_fraction),
    ("electrode.electrolyte_weight_fraction", "weight fraction of electrolyte",
     lambda c: c.electrolyte_weight_fraction),
    ("electrode.additive_weight_fraction", "weight fraction of conductive additive and binder",
     lambda c: c.additive_weight_fraction),
    ("electrode.active_to_electrolyte_log10", "log10 of active material over electrolyte by weight",
     _active_to_electrolyte),
    ("electrode.active_loading_log10", "log10 of mg active material per cm²",
     lambda c: logarithm(c.active_loading_mg_per_cm2)),
    ("electrode.electrolyte_conductivity_log10", "log10 of the electrolyte's stated S/cm",
     lambda c: logarithm(c.electrolyte_conductivity_s_per_cm)),
    ("electrode.milling_time_min", "milling time of the composite, 0 when hand-mixed", lambda c: c.mixing_time_min),
    ("electrode.milling_time_log1p", "ln(1 + minutes of milling of the composite)",
     lambda c: np.log1p(c.mixing_time_min)),
    ("electrode.milling_speed_rpm", "speed of the mill", lambda c: c.mixing_speed_rpm),
    ("electrode.milling_dose", "log10 of hours × (speed / 500 rpm)³ of the composite",
     lambda c: milling_dose(c.mixing_time_min / 60.0, c.mixing_speed_rpm)),
    ("electrode.coated", "1 if the active material is coated, 0 if known to be bare", lambda c: c.coated),
    ("electrode.coated_niobate", "1 if coated with LiNbO3 or a kin of it",
     lambda c: c.coating.map(lambda text: NAN if text is None else float("Nb" in text))),
    ("electrode.coating_thickness_log10", "log10 of the coating's thickness in nm",
     lambda c: logarithm(c.coating_thickness_nm)),
    ("electrode.coating_weight_fraction", "coating over active material by weight",
     lambda c: c.coating_weight_fraction),
    ("electrode.single_crystal", "1 if particles are single crystals, 0 if polycrystals", single_crystal),
    ("electrode.particle_size_log10", "log10 of the active particles' size in µm",
     lambda c: logarithm(c.active_particle_size_um)),
    ("electrode.promoted", "1 if a promoter speeds up sulfur or Li2S, 0 if known to be none", promoted),
    ("electrode.binder", "1 if there is a binder, 0 if known to be none", lambda c: _is_there(c.binder)),
    ("cell.negative_to_positive_log10", "log10 of the capacity ratio of both electrodes",
     lambda c: logarithm(c.negative_to_positive_ratio)),
    ("cell.counter_lithium_indium", "1 if the counter electrode is indium or Li–In",
     lambda c: c.counter_electrode.map(lambda text: NAN if text is None else float("In" in text))),
    ("cell.fabrication_pressure_mpa", "pressure that made the cell", lambda c: c.fabrication_pressure_mpa),
    ("cell.stack_pressure_mpa", "pressure during cycling", lambda c: c.stack_pressure_mpa),
    ("protocol.voltage_min_v", "lower cut-off versus Li⁺/Li", lambda c: c.voltage_min_v),
    ("protocol.voltage_max_v", "upper cut-off versus Li⁺/Li", lambda c: c.voltage_max_v),
    ("protocol.voltage_window_v", "width of the voltage window", lambda c: c.voltage_max_v - c.voltage_min_v),
    ("protocol.current_log10", "log10 of mA per gram of active material", _current_density_log10),
    ("protocol.c_rate_log10", "log10 of the C-rate", c_rate_log10),
    ("protocol.discharge_first", "1 if the cell was discharged first",
     lambda c: np.where(c.first_step < 0, NAN, c.first_step == code(FirstStep.DISCHARGE))),
    ("protocol.cycles_log10", "log10 of the number of cycles of a retention", lambda c: logarithm(c.cycles)),
)
# fmt: on

#: Choices: the part of the grammar, the words, the enumeration, and the positions in it.
_KINDS: tuple[tuple[str, str, type[StrEnum], Callable[[CellColumns], Codes]], ...] = (
    ("electrode.chemistry", "the active material's class", Chemistry, chemistries),
    ("electrode.host", "the host of sulfur or Li2S", ActiveHost, active_hosts),
    ("electrode.mixing", "the mixing method", MixingMethod, lambda c: c.mixing_method),
    ("electrolyte.family", "the family of the electrolyte in the electrode", Family, lambda c: c.electrolyte_family),
)


def electrode_features() -> tuple[Feature, ...]:
    """Every electrode, cell and protocol feature in the order of the columns of :func:`electrode_matrix`."""
    kinds = [one_hot_features(part, quantity, kind) for part, quantity, kind, _ in _KINDS]
    return (*number_features(_NUMBERS), *chain.from_iterable(kinds))


def electrode_matrix(cells: CellColumns) -> Array:
    """The features of ``n`` cells, (n, d) in the order of :func:`electrode_features`."""
    numbers = np.column_stack([compute(cells) for _, _, compute in _NUMBERS])
    return np.hstack([numbers, *(one_hot(codes(cells), kind) for _, _, kind, codes in _KINDS)])


#: How names say what carries electrons inside sulfur or Li2S, first match first, and what speeds them up.
_HOSTS = tuple(
    (re.compile(words, re.IGNORECASE), host)
    for words, host in (
        (r"PAN\b|acrylonitrile", ActiveHost.POLYACRYLONITRILE),
        (r"LiVS2|CoNC|\bCu\b|CuS\b|WS2", ActiveHost.CONDUCTIVE_COMPOUND),
        (r"@|rGO|CNT|CNG|carbon|graphene|MCS|infiltrat", ActiveHost.INFILTRATED_CARBON),
    )
)
_PROMOTER = re.compile(r"CuI|LiI\b|FeCl|LiVS2|LiFeS2|S\d+(\.\d+)?I\b|Li4SnS4|LiBr|SexS|SeS|\dSe\d|Te\b", re.IGNORECASE)
_INSULATORS = (Chemistry.SULFUR, Chemistry.LITHIUM_SULFIDE)


def _named_host(material: ActiveMaterial) -> ActiveHost | None:
    """The host that the name of a material tells, such as S@CNT; ``None`` where it tells none."""
    if material.chemistry not in _INSULATORS:
        return None
    return next((host for words, host in _HOSTS if words.search(material.text)), None)


def _number(value: float | None) -> float:
    return NAN if value is None else float(value)


#: NCM811, NMC 622, NCA-90, NCM955 (90 : 5 : 5), Ni90, "94% Ni".
_ABBREVIATED = re.compile(r"\bN(?:CM|MC|CA|CMA|CWA|MCA)[ -]?(?:(\d)(\d)(\d)|(\d\d))(?!\d)|\bNi(\d\d)\b|(\d\d)\s?% Ni\b")


def nickel_fraction(material: ActiveMaterial) -> float:
    """The nickel share of the transition metals of a layered oxide, 0 for other materials."""
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
    first, *rest = (int(digit) for digit in match.groups()[:3])
    if first + sum(rest) == 10 or (first > 0 and rest == [first, first]):
        return first / (first + sum(rest))
    return first / 10.0 if 10 * first + sum(rest) == 100 else NAN
