"""What is built and how it is cycled: electrode, cell, protocol.

Potentials are versus Li⁺/Li; a cut-off printed versus Li–In is converted by +0.62 V before it comes here. Fractions are
by weight. ``None`` means *not stated*; ``coating=""`` says that the active material is known to be bare.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from surrogate.candidate.active_material import ActiveMaterial
from surrogate.candidate.field import check_fields, optional
from surrogate.candidate.recipe import ABSOLUTE_ZERO_C, MAX_HEAT_TREATMENT_C, MIN_HEAT_TREATMENT_C, Electrolyte
from surrogate.errors import CellError

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


class ParticleKind(StrEnum):
    """Whether a particle of the active material is one crystal or many."""

    SINGLE_CRYSTAL = "single_crystal"
    POLYCRYSTAL = "polycrystal"


class ActiveHost(StrEnum):
    """What carries electrons inside the particles of sulfur or Li2S."""

    MILLED_CARBON = "milled_carbon"
    INFILTRATED_CARBON = "infiltrated_carbon"
    POLYACRYLONITRILE = "polyacrylonitrile"
    CONDUCTIVE_COMPOUND = "conductive_compound"


class FirstStep(StrEnum):
    """Whether the cell was discharged or charged first."""

    DISCHARGE = "discharge"
    CHARGE = "charge"


@dataclass(frozen=True, kw_only=True)
class Mixing:
    """How the electrode was mixed; ``time_min = 0`` with hand mixing means that no mill was used.

    Raises :class:`CellError` for hand mixing with the time, speed or balls of a mill.
    """

    GROUP: ClassVar[str] = "Mixing of the electrode"
    method: MixingMethod | None = optional(
        "choice", "mixing_method", "Mixing method", "How the constituents came together.", "ball_milled",
        choices=MixingMethod,
    )  # fmt: skip
    time_min: float | None = optional(
        "number", "mixing_time_min", "Mixing time", "Net minutes; 0 for hand mixing.", 60.0, (0.0, 100_000.0),
        formerly="milling_time_min",
    )  # fmt: skip
    speed_rpm: float | None = optional(
        "number", "mixing_speed_rpm", "Mixing speed", "Of the mill for the electrode.", 380.0, (1.0, 5000.0),
        formerly="milling_speed_rpm",
    )  # fmt: skip
    ball_to_powder_ratio: float | None = optional(
        "number", "mixing_ball_to_powder_ratio", "Mixing ball-to-powder ratio", "By mass.", 30.0, (0.1, 500.0),
        formerly="ball_to_powder_ratio", unused=True,
    )  # fmt: skip

    def __post_init__(self) -> None:
        check_fields(self, CellError)
        if self.method is not MixingMethod.HAND_MIXED:
            return
        for name, value, how, phrase in (
            ("mixing_time_min", self.time_min or None, "for {:g} min", "the mixing time"),
            ("mixing_speed_rpm", self.speed_rpm, "at {:g} rpm", "the mixing speed"),
            (
                "mixing_ball_to_powder_ratio",
                self.ball_to_powder_ratio,
                "with a ball-to-powder ratio of {:g}",
                "the ratio",
            ),
        ):
            if value is not None:
                raise CellError(
                    f"The electrode is hand-mixed and milled {how.format(value)}.",
                    hint=f"Leave out {phrase}, or give another mixing method.",
                    field=name,
                )


@dataclass(frozen=True, kw_only=True)
class Electrode:
    """Active material + electrolyte + additive, with weight fractions, mixing and coating.

    ``electrolyte_conductivity_s_per_cm`` is that of the electrolyte powder as the source states it. Raises
    :class:`CellError` when fractions are negative or do not sum to one (all three given) or exceed one (some given). An
    active fraction of 0 is that of a blank: the cells of electrolyte and carbon alone that papers compare with.
    """

    GROUP: ClassVar[str] = "Composite electrode"
    active_material: ActiveMaterial
    electrolyte: Electrolyte | None = None
    coating: str | None = optional(
        "text", "coating", "Coating", "Of the active material; 'none' says that it is bare.", "none",
        can_be_absent=True,
    )  # fmt: skip
    additive: str | None = optional(
        "text", "additive", "Additive", "Conductive carbon, with the binder; 'none' says that there is none.", "VGCF",
        can_be_absent=True, unused=True,
    )  # fmt: skip
    coating_thickness_nm: float | None = optional(
        "number", "coating_thickness_nm", "Coating thickness", "Of the active material's coating.", 5.0, (0.1, 1000.0),
        rare=True,
    )  # fmt: skip
    coating_weight_fraction: float | None = optional(
        "number", "coating_weight_fraction", "Coating fraction", "Coating over active material by weight, 0 to 1.",
        0.01, (0.0, 1.0), rare=True,
    )  # fmt: skip
    active_particle_kind: ParticleKind | None = optional(
        "choice", "active_particle_kind", "Active particle kind",
        "Whether a particle of active material is one crystal or many.", "single_crystal", choices=ParticleKind,
        rare=True,
    )  # fmt: skip
    active_particle_size_um: float | None = optional(
        "number", "active_particle_size_um", "Active particle size", "Median diameter.", 4.0, (1e-3, 1000.0), rare=True,
    )  # fmt: skip
    active_host: ActiveHost | None = optional(
        "choice", "active_host", "Host of sulfur or Li2S",
        "What carries electrons inside: carbon milled with it or infiltrated, SPAN, a conductive compound.",
        "infiltrated_carbon", choices=ActiveHost, rare=True,
    )  # fmt: skip
    promoter: str | None = optional(
        "text", "promoter", "Promoter", "What speeds up sulfur or Li2S, by formula; 'none' says that there is none.",
        "LiI", can_be_absent=True, rare=True,
    )  # fmt: skip
    binder: str | None = optional(
        "text", "binder", "Binder", "Of the electrode; 'none' says that there is none.", "PTFE", can_be_absent=True,
        rare=True,
    )  # fmt: skip
    active_weight_fraction: float | None = optional(
        "number", "active_weight_fraction", "Active material fraction", "By weight of the composite, 0 to 1.", 0.3,
        (0.0, 1.0),
    )  # fmt: skip
    electrolyte_weight_fraction: float | None = optional(
        "number", "electrolyte_weight_fraction", "Electrolyte fraction", "By weight, 0 to 1.", 0.6, (0.0, 1.0),
    )  # fmt: skip
    additive_weight_fraction: float | None = optional(
        "number", "additive_weight_fraction", "Additive fraction", "By weight, 0 to 1.", 0.1, (0.0, 1.0),
    )  # fmt: skip
    mixing: Mixing = Mixing()
    heat_treatment_temperature_c: float | None = optional(
        "number", "electrode_heat_treatment_temperature_c", "Electrode heat treatment temperature", "After mixing.",
        155.0, (MIN_HEAT_TREATMENT_C, MAX_HEAT_TREATMENT_C), formerly="heat_treatment_temperature_c",
        group=Mixing.GROUP, unused=True,
    )  # fmt: skip
    electrolyte_conductivity_s_per_cm: float | None = optional(
        "number", "electrolyte_conductivity_s_per_cm", "Electrolyte powder conductivity",
        "Of the electrolyte in the electrode.", 1e-3, (1e-16, 0.1), group=Mixing.GROUP,
    )  # fmt: skip
    active_loading_mg_per_cm2: float | None = optional(
        "number", "active_loading_mg_per_cm2", "Active loading", "Active material per area.", 1.5, (1e-4, 1000.0),
    )  # fmt: skip

    def __post_init__(self) -> None:
        check_fields(self, CellError)
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
        fractions = {name: fraction for name, fraction in self.weight_fractions.items() if fraction is not None}
        total = sum(fractions.values())
        if total > 1.0 + FRACTION_TOLERANCE or (len(fractions) == 3 and total < 1.0 - FRACTION_TOLERANCE):
            listed = ", ".join(f"{name} = {fraction:g}" for name, fraction in fractions.items())
            raise CellError(
                f"The weight fractions {listed} sum to {total:g}, not to 1.",
                hint="Give fractions by weight (0 to 1) of the whole composite; count the binder with the additive.",
                field=next(iter(fractions)),
            )


@dataclass(frozen=True, kw_only=True)
class Cell:
    """Electrode, separator, counter electrode, and the pressures it was made and held at."""

    GROUP: ClassVar[str] = "Cell"
    electrode: Electrode
    counter_electrode: str | None = optional(
        "text", "counter_electrode", "Counter electrode", "As built: Li, In, Li-In …", "Li-In",
    )  # fmt: skip
    counter_electrode_thickness_um: float | None = optional(
        "number", "counter_electrode_thickness_um", "Counter electrode thickness", "Of the foil or layer as built.",
        100.0, (0.01, 20_000.0), rare=True, unused=True,
    )  # fmt: skip
    negative_to_positive_ratio: float | None = optional(
        "number", "negative_to_positive_ratio", "Negative-to-positive ratio",
        "Capacity of the counter electrode over that of the electrode, N/P.", 2.0, (0.01, 1000.0), rare=True,
    )  # fmt: skip
    separator: Electrolyte | None = field(default=None, metadata={"prefix": "separator"})
    separator_thickness_um: float | None = optional(
        "number", "separator_thickness_um", "Separator thickness", "After pressing.", 600.0, (0.1, 20_000.0),
    )  # fmt: skip
    fabrication_pressure_mpa: float | None = optional(
        "number", "fabrication_pressure_mpa", "Fabrication pressure", "The highest while building.", 370.0,
        (0.0, 5000.0),
    )  # fmt: skip
    stack_pressure_mpa: float | None = optional(
        "number", "stack_pressure_mpa", "Stack pressure", "While cycling.", 50.0, (0.0, 2000.0),
    )  # fmt: skip

    def __post_init__(self) -> None:
        check_fields(self, CellError)


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """Voltage window (versus Li⁺/Li), temperature, current, number of cycles.

    For an electrolyte only the temperature counts. ``reference_cycle`` is the cycle that retention is relative to,
    counted from 1 and not after ``cycles``, the one after which retention is asked. Raises :class:`CellError`.
    """

    GROUP: ClassVar[str] = "Cycling"
    temperature_c: float | None = optional(
        "number", "temperature_c", "Measurement temperature", "Of the conductivity measurement or the cycling, in °C.",
        25.0, (ABSOLUTE_ZERO_C, 1200.0), per_result=True, headers=(
            "temperature", "measuring temperature", "temperatur", "messtemperatur", "测试温度", "測定温度",
        ),
    )  # fmt: skip
    voltage_min_v: float | None = optional(
        "number", "voltage_min_v", "Lower cut-off", "Versus Li⁺/Li; add 0.62 V to one versus In/LiIn.", 1.0,
        (-1.0, 6.0), headers=("lower cutoff", "lower cut off voltage", "lower cutoff voltage", "v min", "vmin"),
    )  # fmt: skip
    voltage_max_v: float | None = optional(
        "number", "voltage_max_v", "Upper cut-off", "Versus Li⁺/Li.", 3.0, (-1.0, 6.0),
        headers=("upper cutoff", "upper cut off voltage", "upper cutoff voltage", "v max", "vmax"),
    )  # fmt: skip
    current_ma_per_g: float | None = optional(
        "number", "current_ma_per_g", "Specific current", "Per gram of active material.", 50.0, (1e-6, 1e6),
    )  # fmt: skip
    current_ma_per_cm2: float | None = optional(
        "number", "current_ma_per_cm2", "Current density", "Per area of the cell.", 0.1, (1e-6, 1e4),
    )  # fmt: skip
    c_rate: float | None = optional(
        "number", "c_rate", "C-rate", "1 is a full charge in one hour.", 0.1, (1e-5, 1000.0),
        headers=("c rate", "rate", "倍率", "レート"),
    )  # fmt: skip
    first_step: FirstStep | None = optional(
        "choice", "first_step", "First step", "Whether the cell was discharged or charged first.", "discharge",
        choices=FirstStep,
    )  # fmt: skip
    cycles: float | None = optional(
        "number", "cycles", "Cycles", "After which the retention was taken.", 60.0, (1.0, 1e6), per_result=True,
        headers=("number of cycles", "cycle number", "zyklen", "循环次数", "サイクル数"),
    )  # fmt: skip
    reference_cycle: int | None = optional(
        "whole", "reference_cycle", "Reference cycle", "That the retention is relative to, counted from 1.", 1.0,
        (1.0, 1e6), per_result=True,
    )  # fmt: skip

    def __post_init__(self) -> None:
        check_fields(self, CellError)
        check_counted("reference_cycle", self.reference_cycle)
        low, high = self.voltage_min_v, self.voltage_max_v
        if low is not None and high is not None and low >= high:
            raise CellError(
                f"The voltage window runs from {low:g} V to {high:g} V; the lower cut-off must be below the upper.",
                hint=f"Cut-offs are versus Li⁺/Li; add {LI_IN_OFFSET_V} V to those versus Li–In.",
                field="voltage_min_v",
            )
        if self.cycles is not None and self.reference_cycle is not None and self.reference_cycle > self.cycles:
            raise CellError(
                f"reference_cycle is {self.reference_cycle}, which comes after the {self.cycles:g} cycles.",
                hint="A retention is relative to a cycle before its last one; is it the other way round?",
                field="reference_cycle",
            )


def check_counted(name: str, value: float | None) -> None:
    """Refuse a fraction of what is in :data:`COUNTED`.

    Args:
        name: Flat name of the field.
        value: None is not stated, and passes.

    Raises:
        CellError: It is a fraction.
    """
    if value is not None and not float(value).is_integer():
        raise CellError(f"{name} is {value:g}; cycles are counted.", hint="Give a whole number.", field=name)
