"""What is built and how it is cycled: electrode, cell, protocol.

Potentials are versus Li⁺/Li; a cut-off printed versus Li–In is converted by +0.62 V before it comes here. Fractions are
by weight. ``None`` means *not stated*; ``coating=""`` says that the active material is known to be bare.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from surrogate.active_material import ActiveMaterial
from surrogate.errors import CellError
from surrogate.recipe import ABSOLUTE_ZERO_C, MAX_HEAT_TREATMENT_C, MIN_HEAT_TREATMENT_C, Electrolyte
from surrogate.text import check_text
from surrogate.units import check_range

#: Potential of the indium–lithium counter electrode versus Li⁺/Li, V (Takada et al., Solid State Ionics 86, 877
#: (1996)).
LI_IN_OFFSET_V = 0.62
#: What of a protocol people count. Fractions of ``cycles`` are what curves go through; nobody can ask for one.
COUNTED = ("cycles", "reference_cycle")
#: Printed weight fractions are rounded, so their sum may miss 1 by this much.
FRACTION_TOLERANCE = 0.025


class MixingMethod(StrEnum):
    """How the constituents of the electrode came together."""

    HAND_MIXED = "hand_mixed"
    BALL_MILLED = "ball_milled"
    BALL_MILLED_TWO_STEP = "ball_milled_two_step"
    MILLED_THEN_HAND_MIXED = "milled_then_hand_mixed"
    INFILTRATED = "infiltrated"
    SOLUTION = "solution"
    SLURRY_CAST = "slurry_cast"
    DRY_FILM = "dry_film"
    OTHER = "other"


class FirstStep(StrEnum):
    """Whether the cell was discharged or charged first."""

    DISCHARGE = "discharge"
    CHARGE = "charge"


@dataclass(frozen=True, kw_only=True)
class Mixing:
    """How the electrode was mixed; ``time_min = 0`` with hand mixing means that no mill was used.

    Raises :class:`CellError` for hand mixing with the time, speed or balls of a mill.
    """

    method: MixingMethod | None = None
    time_min: float | None = None
    speed_rpm: float | None = None
    ball_to_powder_ratio: float | None = None

    def __post_init__(self) -> None:
        check_range("milling_time_min", self.time_min, 0.0, 100_000.0, CellError)
        check_range("milling_speed_rpm", self.speed_rpm, 1.0, 5000.0, CellError)
        check_range("ball_to_powder_ratio", self.ball_to_powder_ratio, 0.1, 500.0, CellError)
        if self.method is MixingMethod.HAND_MIXED and self.time_min:
            raise CellError(
                f"The electrode is hand-mixed and milled for {self.time_min:g} min.",
                hint="Leave out the milling time, or give another mixing method.",
            )
        if self.method is MixingMethod.HAND_MIXED and self.speed_rpm is not None:
            raise CellError(
                f"The electrode is hand-mixed and milled at {self.speed_rpm:g} rpm.",
                hint="Leave out the milling speed, or give another mixing method.",
            )
        if self.method is MixingMethod.HAND_MIXED and self.ball_to_powder_ratio is not None:
            raise CellError(
                f"The electrode is hand-mixed and milled with a ball-to-powder ratio of {self.ball_to_powder_ratio:g}.",
                hint="Leave out the ratio, or give another mixing method.",
            )


@dataclass(frozen=True, kw_only=True)
class Electrode:
    """Active material + electrolyte + additive, with weight fractions, mixing and coating.

    ``electrolyte_conductivity_s_per_cm`` is that of the electrolyte powder as the source states it. Raises
    :class:`CellError` when fractions are negative or do not sum to one (all three given) or exceed one (some given). An
    active fraction of 0 is that of a blank: the cells of electrolyte and carbon alone that papers compare with.
    """

    active_material: ActiveMaterial
    electrolyte: Electrolyte | None = None
    active_weight_fraction: float | None = None
    electrolyte_weight_fraction: float | None = None
    additive_weight_fraction: float | None = None
    additive: str | None = None
    coating: str | None = None
    mixing: Mixing = Mixing()
    heat_treatment_temperature_c: float | None = None
    electrolyte_conductivity_s_per_cm: float | None = None
    active_loading_mg_per_cm2: float | None = None

    def __post_init__(self) -> None:
        for name, fraction in self.weight_fractions.items():
            check_range(name, fraction, 0.0, 1.0, CellError)
        check_range(
            "heat_treatment_temperature_c",
            self.heat_treatment_temperature_c,
            MIN_HEAT_TREATMENT_C,
            MAX_HEAT_TREATMENT_C,
            CellError,
        )
        check_range("electrolyte_conductivity_s_per_cm", self.electrolyte_conductivity_s_per_cm, 1e-16, 0.1, CellError)
        check_range("active_loading_mg_per_cm2", self.active_loading_mg_per_cm2, 1e-4, 1000.0, CellError)
        check_text("additive", self.additive, CellError)
        check_text("coating", self.coating, CellError)
        self._check_sum()

    @property
    def weight_fractions(self) -> dict[str, float | None]:
        """The three fractions by their full names; ``None`` is not stated."""
        return {
            "active_weight_fraction": self.active_weight_fraction,
            "electrolyte_weight_fraction": self.electrolyte_weight_fraction,
            "additive_weight_fraction": self.additive_weight_fraction,
        }

    def _check_sum(self) -> None:
        stated = [fraction for fraction in self.weight_fractions.values() if fraction is not None]
        total = sum(stated)
        if total > 1.0 + FRACTION_TOLERANCE or (len(stated) == 3 and total < 1.0 - FRACTION_TOLERANCE):
            listed = ", ".join(f"{n} = {f:g}" for n, f in self.weight_fractions.items() if f is not None)
            raise CellError(
                f"The weight fractions {listed} sum to {total:g}, not to 1.",
                hint="Give fractions by weight (0 to 1) of the whole composite; count the binder with the additive.",
            )


@dataclass(frozen=True, kw_only=True)
class Cell:
    """Electrode, separator, counter electrode, and the pressures it was made and held at."""

    electrode: Electrode
    counter_electrode: str | None = None
    separator: Electrolyte | None = None
    separator_thickness_um: float | None = None
    fabrication_pressure_mpa: float | None = None
    stack_pressure_mpa: float | None = None

    def __post_init__(self) -> None:
        check_range("separator_thickness_um", self.separator_thickness_um, 0.1, 20_000.0, CellError)
        check_range("fabrication_pressure_mpa", self.fabrication_pressure_mpa, 0.0, 5000.0, CellError)
        check_range("stack_pressure_mpa", self.stack_pressure_mpa, 0.0, 2000.0, CellError)
        check_text("counter_electrode", self.counter_electrode, CellError)


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """Voltage window (versus Li⁺/Li), temperature, current, number of cycles.

    For an electrolyte only the temperature counts. ``reference_cycle`` is the cycle that retention is relative to,
    counted from 1 and not after ``cycles``, the one after which retention is asked. Raises :class:`CellError`.
    """

    temperature_c: float | None = None
    voltage_min_v: float | None = None
    voltage_max_v: float | None = None
    current_ma_per_g: float | None = None
    current_ma_per_cm2: float | None = None
    c_rate: float | None = None
    first_step: FirstStep | None = None
    cycles: float | None = None
    reference_cycle: int | None = None

    def __post_init__(self) -> None:
        check_range("temperature_c", self.temperature_c, ABSOLUTE_ZERO_C, 1200.0, CellError)
        check_range("voltage_min_v", self.voltage_min_v, -1.0, 6.0, CellError)
        check_range("voltage_max_v", self.voltage_max_v, -1.0, 6.0, CellError)
        check_range("current_ma_per_g", self.current_ma_per_g, 1e-6, 1e6, CellError)
        check_range("current_ma_per_cm2", self.current_ma_per_cm2, 1e-6, 1e4, CellError)
        check_range("c_rate", self.c_rate, 1e-5, 1000.0, CellError)
        check_range("cycles", self.cycles, 1, 1_000_000, CellError)
        check_range("reference_cycle", self.reference_cycle, 1, 1_000_000, CellError)
        check_counted("reference_cycle", self.reference_cycle)
        low, high = self.voltage_min_v, self.voltage_max_v
        if low is not None and high is not None and low >= high:
            raise CellError(
                f"The voltage window runs from {low:g} V to {high:g} V; the lower cut-off must be below the upper.",
                hint=f"Cut-offs are versus Li⁺/Li; add {LI_IN_OFFSET_V} V to those versus Li–In.",
            )
        if self.cycles is not None and self.reference_cycle is not None and self.reference_cycle > self.cycles:
            raise CellError(
                f"reference_cycle is {self.reference_cycle}, which comes after the {self.cycles:g} cycles.",
                hint="A retention is relative to a cycle before its last one; is it the other way round?",
            )


def check_counted(name: str, value: float | None) -> None:
    """Refuse a fraction of what is in :data:`COUNTED`; raises :class:`CellError`."""
    if value is not None and not float(value).is_integer():
        raise CellError(f"{name} is {value:g}; cycles are counted.", hint="Give a whole number.")
