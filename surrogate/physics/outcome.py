"""What a simulation says about one candidate."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from surrogate.errors import InvalidInput


class Level(StrEnum):
    """Fidelity of the simulation: closed-form laws, or a half cell solved with a single-particle or full model."""

    ANALYTIC = "analytic"
    SPME = "SPMe"
    DFN = "DFN"


def read_level(name: str) -> Level:
    """The level of this name; raises :class:`InvalidInput` where there is none."""
    try:
        return Level(name)
    except ValueError:
        raise InvalidInput(f"There is no fidelity level '{name}'.", hint=f"Known: {', '.join(Level)}.") from None


class Status(StrEnum):
    """What happened to one candidate; *failed* is a simulation that broke down, which only a sweep has to survive."""

    OK = "ok"
    NOT_COVERED = "not covered"
    INFEASIBLE = "infeasible"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class SimulatedOutcome:
    """The simulated properties of one candidate; ``None`` where no law applies (``reason`` tells why).

    ``assumptions`` are the typical values that stood in for what the recipe does not state.
    """

    level: Level
    status: Status
    reason: str = ""
    assumptions: tuple[str, ...] = ()
    ionic_conductivity_s_per_cm: float | None = None
    activation_energy_ev: float | None = None
    crystallinity: float | None = None
    particle_size_um: float | None = None
    first_discharge_capacity_mah_per_g: float | None = None
    first_charge_capacity_mah_per_g: float | None = None
    coulombic_efficiency_percent: float | None = None
    capacity_retention_percent: float | None = None
    utilisation: float | None = None
    composite_ionic_conductivity_s_per_cm: float | None = None
    composite_electronic_conductivity_s_per_cm: float | None = None
    interface_resistance_ohm_cm2: float | None = None
    overpotential_v: float | None = None
