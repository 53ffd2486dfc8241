"""Conductivity from a resistance and a pellet, and the activation energy of several temperatures.

σ = L / (R A),  (u_σ/σ)² = (u_R/R)² + (u_L/L)² + (u_A/A)²    (JCGM 100:2008, 5.1.6)
σ T = A exp(−Ea / kT)                                        (Arrhenius with the 1/T of hopping)
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from surrogate.errors import InvalidInput
from surrogate.instruments.geometry import Pellet, Uncertain
from surrogate.physics.parameters.universal import BOLTZMANN_EV_PER_K, ZERO_CELSIUS_K


def conductivity(resistance_ohm: Uncertain, pellet: Pellet) -> Uncertain:
    """σ in S/cm with its standard uncertainty."""
    length, area = pellet.thickness_cm, pellet.area_cm2
    sigma = length.value / (resistance_ohm.value * area.value)
    relative = math.hypot(resistance_ohm.relative, length.relative, area.relative)
    return Uncertain(value=sigma, uncertainty=sigma * relative)


def activation_energy(temperatures_c: Sequence[float], sigmas: Sequence[Uncertain]) -> tuple[Uncertain, float, float]:
    """Ea in eV with its standard uncertainty, and the ends of its 90 % interval.

    The spread is the larger of what the single values state and what their scatter about the line says. The pellet is
    one for all temperatures, so its uncertainty moves the line and not its slope.

    Args:
        temperatures_c: In °C, three different ones at least.
        sigmas: In S/cm; of each the part of the resistance alone.

    Raises:
        InvalidInput: For fewer than three temperatures.
    """
    from scipy.special import stdtrit

    if len(set(temperatures_c)) < 3:
        raise InvalidInput("An activation energy needs three temperatures at least.", hint="Measure at one more.")
    kelvin = np.asarray(temperatures_c, float) + ZERO_CELSIUS_K
    x = -1.0 / (BOLTZMANN_EV_PER_K * kelvin)
    y = np.log(np.array([s.value for s in sigmas]) * kelvin)
    errors = np.maximum([s.relative for s in sigmas], 1e-4)
    weights = 1.0 / errors**2
    middle = np.average(x, weights=weights)
    size = float(np.sum(weights * (x - middle) ** 2))
    slope = float(np.sum(weights * (x - middle) * y) / size)
    line = np.average(y, weights=weights) + slope * (x - middle)
    freedom = len(x) - 2
    scatter = max(1.0, float(np.sum(weights * (y - line) ** 2)) / freedom)
    spread = math.sqrt(scatter / size)
    reach = float(stdtrit(freedom, 0.95)) * spread
    return Uncertain(value=slope, uncertainty=spread), slope - reach, slope + reach
