"""How a material was made: route, milling, heat treatment, and the electrolyte that comes out.

``None`` always means *not stated*. What was stated to be absent is said positively: a route without milling, a heat
treatment that did not take place (:attr:`Recipe.heat_treated` is ``False``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from surrogate.candidate.field import check_fields, optional, row
from surrogate.composition import Composition
from surrogate.errors import RecipeError

#: Hottest furnace that makes sense for a sulfide, °C: above, a sulfide in a closed ampoule has melted or decomposed.
MAX_HEAT_TREATMENT_C = 1200.0
#: Coolest heat treatment, °C, as in the tables: below a room nothing is heated.
MIN_HEAT_TREATMENT_C = 20.0
ABSOLUTE_ZERO_C = -273.15
#: What "RT" of a source is read as, where laws over temperature begin, and what no stated temperature counts as, °C.
ROOM_TEMPERATURE_C = 25.0


class Route(StrEnum):
    """How the phase was formed; a finishing heat treatment or wet milling is said apart.

    To models ``LIQUID_PHASE`` is ``SOLUTION``, the other word of the field for it.
    """

    MECHANICAL_MILLING = "mechanical_milling"
    SOLID_STATE = "solid_state"
    MELT_QUENCH = "melt_quench"
    SOLUTION = "solution"
    LIQUID_PHASE = "liquid_phase"
    THIN_FILM = "thin_film"
    MIXING = "mixing"


class Form(StrEnum):
    """What came out, as far as diffraction says."""

    CRYSTALLINE = "crystalline"
    GLASS_CERAMIC = "glass-ceramic"
    LOW_CRYSTALLINE = "low-crystalline"
    GLASS = "glass"
    THIN_FILM = "thin film"
    COMPOSITE = "composite"


class Atmosphere(StrEnum):
    """What surrounded the powder in the furnace."""

    VACUUM = "vacuum"
    SEALED = "sealed"
    ARGON = "argon"
    H2S = "H2S"


class Densification(StrEnum):
    """How the pellet was made dense before its conductivity was measured."""

    COLD_PRESSED = "cold-pressed"
    HOT_PRESSED = "hot-pressed"
    SINTERED = "sintered"


@dataclass(frozen=True, kw_only=True)
class Milling:
    """Synthesis milling: net hours (pauses excluded), speed, and the mill, since rpm compare only within one mill.

    Raises :class:`RecipeError` for values outside their bounds.
    """

    GROUP: ClassVar[str] = "Synthesis"
    time_h: float | None = optional(
        "number", "milling_time_h", "Milling time", "Net hours in the mill; pauses do not count.", 10.0, (0.0, 2000.0),
        headers=(
            "ball milling time", "mill time", "mahldauer", "mahlzeit", "durée de broyage", "temps de broyage",
            "球磨时间", "ミリング時間", "ボールミル時間",
        ),
    )  # fmt: skip
    speed_rpm: float | None = optional(
        "number", "milling_speed_rpm", "Milling speed", "Compare it only within one mill.", 500.0, (1.0, 5000.0),
        headers=(
            "rotation speed", "rotational speed", "mill speed", "rpm", "drehzahl", "vitesse de rotation",
            "球磨转速", "转速", "回転数", "回転速度",
        ),
    )  # fmt: skip
    ball_to_powder_ratio: float | None = optional(
        "number", "ball_to_powder_ratio", "Ball-to-powder ratio", "By mass, in the synthesis mill.", 30.0, (0.1, 500.0),
        headers=("bpr", "ball to powder mass ratio"),
    )  # fmt: skip
    mill: str | None = optional(
        "text", "mill", "Mill", "Make and model, or type, of the mill.", "planetary",
    )  # fmt: skip
    wet: bool = optional(
        "flag", "wet_milled", "Milled in a liquid", "Synthesis milling in a liquid.", "no", unused=True, default=False,
    )  # fmt: skip

    def __post_init__(self) -> None:
        check_fields(self, RecipeError)


@dataclass(frozen=True, kw_only=True)
class HeatTreatment:
    """One hold in a furnace, with its temperature in °C and its time.

    A temperature of 250–350 that a *measurement* states in °C is probably in K, which is checked elsewhere. With 0 h it
    is refused: nothing was held, and 0 does not mean *not stated*.
    """

    GROUP: ClassVar[str] = "Heat treatment"
    temperature_c: float | None = optional(
        "number", "heat_treatment_temperature_c", "Heat treatment temperature", "Of the hold in the furnace.", 240.0,
        (MIN_HEAT_TREATMENT_C, MAX_HEAT_TREATMENT_C), headers=(
            "annealing temperature", "sintering temperature", "glühtemperatur", "sintertemperatur",
            "auslagerungstemperatur", "熱処理温度", "焼成温度", "アニール温度",
            "wärmebehandlungstemperatur", "température de recuit", "température de traitement thermique",
            "température de frittage", "热处理温度", "烧结温度", "退火温度",
        ),
    )  # fmt: skip
    time_h: float | None = optional(
        "number", "heat_treatment_time_h", "Heat treatment time", "Of the hold, without ramps.", 2.0, (0.0, 5000.0),
        headers=(
            "annealing time", "sintering time", "glühdauer", "haltezeit", "durée de recuit", "temps de recuit",
            "auslagerungsdauer", "glühzeit", "熱処理時間", "焼成時間", "保持時間",
            "热处理时间", "烧结时间", "退火时间", "保温时间",
        ),
    )  # fmt: skip
    atmosphere: Atmosphere | None = optional(
        "choice", "atmosphere", "Atmosphere", "Around the powder in the furnace.", "sealed", choices=Atmosphere,
    )  # fmt: skip

    def __post_init__(self) -> None:
        check_fields(self, RecipeError)
        if self.temperature_c is not None and self.time_h == 0.0:
            raise RecipeError(
                f"heat_treatment_time_h is 0 for a heat treatment at {self.temperature_c:g} °C; a hold takes time.",
                hint="Give the time, or leave it out if it is not known.",
                field="heat_treatment_time_h",
            )


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a material was made.

    ``heat_treated`` is ``True`` when a heat treatment took place (its details may be unknown), ``False`` when the
    source says there was none, ``None`` when nobody says. ``wet_milling_time_h`` and ``solvent_exposed`` describe
    what was done to the *finished* powder; ``remilled`` marks finished powder that was milled again: its ``milling``
    is not synthesis. A milling or a heat treatment of which nothing is stated is the same as none stated.
    """

    GROUP: ClassVar[str] = "Product and pellet"
    route: Route | None = optional(
        "choice", "route", "Synthesis route", "How the phase was formed.", "mechanical_milling", choices=Route,
        headers=("route", "syntheseroute"), group="Synthesis",
    )  # fmt: skip
    milling: Milling | None = None
    solvent: str | None = optional(
        "text", "solvent", "Solvent", "Of a solution or liquid-phase route.", "THF", group="Synthesis",
    )  # fmt: skip
    heat_treated: bool | None = optional(
        "flag", "heat_treated", "Heat-treated", "'no' says that there was none; left out, nobody knows.", "yes",
        group="Heat treatment",
    )  # fmt: skip
    heat_treatment: HeatTreatment | None = None
    form: Form | None = optional(
        "choice", "form", "Form", "What came out, as far as diffraction says.", "glass-ceramic", choices=Form,
    )  # fmt: skip
    densification: Densification | None = optional(
        "choice", "densification", "Densification", "Of the pellet whose conductivity was measured.", "cold-pressed",
        choices=Densification,
    )  # fmt: skip
    pressure_mpa: float | None = optional(
        "number", "pressure_mpa", "Pelletising pressure", "The highest forming pressure.", 360.0, (0.0, 5000.0),
    )  # fmt: skip
    remilled: bool = optional(
        "flag", "remilled", "Milled again", "The finished powder was; milling fields describe that.", "no",
        group="Finished powder", default=False,
    )  # fmt: skip
    wet_milling_time_h: float | None = optional(
        "number", "wet_milling_time_h", "Wet milling time", "Of the finished powder.", 0.0, (0.0, 2000.0),
        group="Finished powder",
    )  # fmt: skip
    solvent_exposed: bool = optional(
        "flag", "solvent_exposed", "Exposed to a solvent", "The finished powder was.", "no", group="Finished powder",
        default=False,
    )  # fmt: skip

    def __post_init__(self) -> None:
        check_fields(self, RecipeError)
        if self.heat_treatment is not None and self.heat_treated is False:
            raise RecipeError(
                "The recipe gives a heat treatment and says that there was none.",
                hint="Leave out heat_treated, or the heat treatment.",
                field="heat_treated",
            )
        if self.heat_treatment is not None and self.heat_treated is None:
            object.__setattr__(self, "heat_treated", True)
        if self.milling == Milling():
            object.__setattr__(self, "milling", None)
        if self.heat_treatment == HeatTreatment():
            object.__setattr__(self, "heat_treatment", None)


@dataclass(frozen=True, kw_only=True)
class Electrolyte:
    """A composition with its recipe."""

    composition: Composition = field(metadata=row(
        "composition", "electrolyte", "Electrolyte composition",
        "Any notation of the field; mixtures with amounts and separators.", "75Li2S-25P2S5",
        headers=(
            "composition", "electrolyte", "formula", "solid electrolyte", "zusammensetzung", "elektrolyt",
            "组成", "电解质", "組成", "電解質", "固体電解質", "se",
        ),
    ))  # fmt: skip
    recipe: Recipe = Recipe()
