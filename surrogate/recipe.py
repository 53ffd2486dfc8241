"""How a material was made: route, milling, heat treatment, and the electrolyte that comes out.

``None`` always means *not stated*. What was stated to be absent is said positively: a route without milling, a heat
treatment that did not take place (:attr:`Recipe.heat_treated` is ``False``).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from surrogate.composition import Composition
from surrogate.errors import RecipeError
from surrogate.text import check_text
from surrogate.units import check_range

#: Hottest furnace that makes sense for a sulfide, °C: above, a sulfide in a closed ampoule has melted or decomposed.
MAX_HEAT_TREATMENT_C = 1200.0
#: Coolest heat treatment, °C, as in the tables: below a room nothing is heated.
MIN_HEAT_TREATMENT_C = 20.0
ABSOLUTE_ZERO_C = -273.15


class Route(StrEnum):
    """How the phase was formed; a finishing heat treatment or wet milling is said apart."""

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

    Raises :class:`RecipeError` for negative or non-finite values.
    """

    time_h: float | None = None
    speed_rpm: float | None = None
    ball_to_powder_ratio: float | None = None
    mill: str | None = None
    wet: bool = False

    def __post_init__(self) -> None:
        check_range("milling_time_h", self.time_h, 0.0, 2000.0, RecipeError)
        check_range("milling_speed_rpm", self.speed_rpm, 1.0, 5000.0, RecipeError)
        check_range("ball_to_powder_ratio", self.ball_to_powder_ratio, 0.1, 500.0, RecipeError)
        check_text("mill", self.mill, RecipeError)


@dataclass(frozen=True, kw_only=True)
class HeatTreatment:
    """One hold in a furnace. Give the temperature in °C; a value of 250–350 labelled °C for *measuring* is another
    story. A stated temperature with 0 h is refused: nothing was held, and 0 is no word for *not stated*.
    """

    temperature_c: float | None = None
    time_h: float | None = None
    atmosphere: Atmosphere | None = None

    def __post_init__(self) -> None:
        check_range(
            "heat_treatment_temperature_c", self.temperature_c, MIN_HEAT_TREATMENT_C, MAX_HEAT_TREATMENT_C, RecipeError
        )
        check_range("heat_treatment_time_h", self.time_h, 0.0, 5000.0, RecipeError)
        if self.temperature_c is not None and self.time_h == 0.0:
            raise RecipeError(
                f"heat_treatment_time_h is 0 for a heat treatment at {self.temperature_c:g} °C; a hold takes time.",
                hint="Give the time, or leave it out if it is not known.",
            )


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a material was made.

    ``heat_treated`` is ``True`` when a heat treatment took place (its details may be unknown), ``False`` when the
    source says there was none, ``None`` when nobody says. ``wet_milling_time_h`` and ``solvent_exposed`` describe
    what was done to the *finished* powder; ``remilled`` marks finished powder that was milled again: its ``milling``
    is not synthesis.
    """

    route: Route | None = None
    milling: Milling | None = None
    heat_treatment: HeatTreatment | None = None
    heat_treated: bool | None = None
    solvent: str | None = None
    wet_milling_time_h: float | None = None
    solvent_exposed: bool = False
    remilled: bool = False
    form: Form | None = None
    densification: Densification | None = None
    pressure_mpa: float | None = None

    def __post_init__(self) -> None:
        check_range("wet_milling_time_h", self.wet_milling_time_h, 0.0, 2000.0, RecipeError)
        check_range("pressure_mpa", self.pressure_mpa, 0.0, 5000.0, RecipeError)
        check_text("solvent", self.solvent, RecipeError)
        if self.heat_treatment is not None and self.heat_treated is False:
            raise RecipeError(
                "The recipe gives a heat treatment and says that there was none.",
                hint="Leave out heat_treated, or the heat treatment.",
            )
        if self.heat_treatment is not None and self.heat_treated is None:
            object.__setattr__(self, "heat_treated", True)


@dataclass(frozen=True, kw_only=True)
class Electrolyte:
    """A composition with its recipe."""

    composition: Composition
    recipe: Recipe = Recipe()
