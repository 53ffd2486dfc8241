"""The electrolytes and cells of the papers the simulator is held against, and what it says of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

from surrogate.candidate.active_material import active_material
from surrogate.candidate.cell import Cell, Electrode, FirstStep, Mixing, MixingMethod, Protocol
from surrogate.candidate.measurement import Candidate
from surrogate.candidate.recipe import Densification, Electrolyte, HeatTreatment, Milling, Recipe, Route
from surrogate.composition import parse_composition
from surrogate.physics.chain import simulate
from surrogate.physics.outcome import SimulatedOutcome
from surrogate.physics.parameters import shin2014 as shin


def make_electrolyte(
    formula: str,
    *,
    route: Route | None = Route.MECHANICAL_MILLING,
    mill_h: float | None = None,
    rpm: float = 500.0,
    heat_c: float | None = None,
    heat_h: float | None = None,
    treated: bool | None = None,
) -> Electrolyte:
    """An electrolyte with its recipe, as briefly as a table row."""
    return Electrolyte(
        composition=parse_composition(formula),
        recipe=Recipe(
            route=route,
            milling=None if mill_h is None else Milling(time_h=mill_h, speed_rpm=rpm),
            heat_treatment=None if heat_c is None else HeatTreatment(temperature_c=heat_c, time_h=heat_h),
            heat_treated=treated if heat_c is None else None,
            densification=Densification.COLD_PRESSED,
        ),
    )


def conductivity(electrolyte: Electrolyte, temperature_c: float = 25.0) -> float:
    """Simulated ionic conductivity in S/cm."""
    outcome = simulate([Candidate(subject=electrolyte, protocol=Protocol(temperature_c=temperature_c))])[0]
    value = outcome.ionic_conductivity_s_per_cm
    return math.nan if value is None else value


def song(formula: str, heat_c: float) -> float:
    """Conductivity at 30 degC of a solution-processed electrolyte of Song 2020."""
    return conductivity(make_electrolyte(formula, route=Route.SOLUTION, heat_c=heat_c), 30.0)


LI3PS4 = make_electrolyte("75Li2S-25P2S5", mill_h=10.0, heat_c=243.0, heat_h=1.0)


@lru_cache(maxsize=256)
def titanium_cell(
    minutes: float,
    ratio: float = 0.5,
    low_v: float = 1.5,
    *,
    charge_first: bool = False,
    alone: bool = False,
    cycles: float | None = None,
    level: str = "analytic",
) -> SimulatedOutcome:
    """A TiS2 cell of Shin 2014: weight ratio TiS2/Li3PS4, minutes at 2000 rpm, window down to ``low_v``."""
    share = ratio / (1.0 + ratio)
    milled = MixingMethod.MILLED_THEN_HAND_MIXED if alone else MixingMethod.BALL_MILLED
    method = milled if minutes else MixingMethod.HAND_MIXED
    area = math.pi * (shin.CELL_DIAMETER_CM / 2) ** 2
    electrode = Electrode(
        active_material=active_material("TiS2"),
        electrolyte=LI3PS4,
        active_weight_fraction=share,
        electrolyte_weight_fraction=1.0 - share,
        additive_weight_fraction=0.0,
        coating="",
        mixing=Mixing(method=method, time_min=minutes, speed_rpm=shin.REFERENCE_SPEED_RPM if minutes else None),
        electrolyte_conductivity_s_per_cm=9e-4,  # 1.0e-3 at 30 degC, brought to room temperature
        active_loading_mg_per_cm2=shin.COMPOSITE_MASS_MG * share / area,
    )
    step = FirstStep.CHARGE if charge_first else FirstStep.DISCHARGE
    protocol = Protocol(
        temperature_c=30.0,
        voltage_min_v=low_v,
        voltage_max_v=3.0,
        first_step=step,
        cycles=cycles,
        current_ma_per_g=shin.REFERENCE_CURRENT_MA_PER_G,
    )
    return simulate([Candidate(subject=Cell(electrode=electrode), protocol=protocol)], level=level)[0]


@lru_cache(maxsize=64)
def cobalt_cell(
    infiltrated: bool, *, cycles: float | None = None, rate: float = 0.1, level: str = "analytic"
) -> SimulatedOutcome:
    """A LiCoO2 cell of Song 2020: 12 wt% electrolyte, LiNbO3 coating, 3.0-4.3 V, 30 degC."""
    electrode = Electrode(
        active_material=active_material("LiCoO2"),
        electrolyte=make_electrolyte("Li6.5P0.5Ge0.5S5I", route=Route.SOLUTION, heat_c=180.0),
        active_weight_fraction=0.8536,
        electrolyte_weight_fraction=0.12,
        additive_weight_fraction=0.0264,
        coating="LiNbO3",
        mixing=Mixing(method=MixingMethod.INFILTRATED if infiltrated else MixingMethod.HAND_MIXED),
        electrolyte_conductivity_s_per_cm=4.7e-4,  # 0.54e-3 at 30 degC, brought to room temperature
    )
    protocol = Protocol(temperature_c=30.0, voltage_min_v=3.0, voltage_max_v=4.3, c_rate=rate, cycles=cycles)
    return simulate([Candidate(subject=Cell(electrode=electrode), protocol=protocol)], level=level)[0]


def read_off(outcome: Callable[[], SimulatedOutcome], name: str, factor: float = 1.0) -> Callable[[], float]:
    def value() -> float:
        number = getattr(outcome(), name)
        return math.nan if number is None else factor * float(number)

    return value


DISCHARGE, CHARGE = "first_discharge_capacity_mah_per_g", "first_charge_capacity_mah_per_g"
EFFICIENCY, RETENTION = "coulombic_efficiency_percent", "capacity_retention_percent"
IONIC, ELECTRONIC = "composite_ionic_conductivity_s_per_cm", "composite_electronic_conductivity_s_per_cm"
