"""Ion conduction over temperature: Arrhenius with a Meyer-Neldel prefactor.

    sigma T = A exp(-Ea / kT)           (Arrhenius, with the 1/T of hopping)
    ln A = a + Ea / E_MN                (Meyer-Neldel: the better the conductor, the lower both Ea and A)

One pair (a, E_MN) serves all sulfides, so a conductivity at one temperature fixes its activation energy.
Temperatures are in K, conductivities in S/cm, energies in eV.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surrogate.candidate.recipe import ROOM_TEMPERATURE_C
from surrogate.physics.parameters import electrolytes
from surrogate.physics.parameters.base import NOMINAL, FloatArray, ParameterDraw
from surrogate.physics.parameters.universal import BOLTZMANN_EV_PER_K, ZERO_CELSIUS_K

_ONE_MS = 1e-3  # S/cm, where ENERGY_AT_1_MS holds


def activation_energy(
    conductivity: npt.ArrayLike, temperature_k: npt.ArrayLike, p: ParameterDraw = NOMINAL
) -> FloatArray:
    """Activation energy in eV of a phase under the Meyer-Neldel rule; all arguments broadcast.

    Args:
        conductivity: sigma in S/cm, (n,).
        temperature_k: At which the phase has it, (n,).
        p: Parameters of the laws.
    """
    sigma, t = np.asarray(conductivity, float), np.asarray(temperature_k, float)
    stiffness = 1.0 / (BOLTZMANN_EV_PER_K * t) - 1.0 / p[electrolytes.MEYER_NELDEL_ENERGY]  # 1/eV
    # ln(sigma T) = a + Ea/E_MN - Ea/kT, and the same at 1 mS/cm; the constant a drops out of the difference.
    return np.asarray(p[electrolytes.ENERGY_AT_1_MS] - np.log(sigma / _ONE_MS) / stiffness, float)


def arrhenius(
    conductivity: npt.ArrayLike,
    energy_ev: npt.ArrayLike,
    reference_k: npt.ArrayLike,
    temperature_k: npt.ArrayLike,
) -> FloatArray:
    """Conductivity of a phase at another temperature in S/cm, (n,); all arguments broadcast.

    sigma = sigma_0 (T_0/T) exp(-Ea/k (1/T - 1/T_0)).

    Args:
        conductivity: sigma_0 in S/cm, (n,).
        energy_ev: Ea, (n,).
        reference_k: T_0, at which the phase has ``conductivity``, (n,).
        temperature_k: T, (n,).
    """
    t0, t = np.asarray(reference_k, float), np.asarray(temperature_k, float)
    exponent = -np.asarray(energy_ev, float) / BOLTZMANN_EV_PER_K * (1.0 / t - 1.0 / t0)
    return np.asarray(np.asarray(conductivity, float) * (t0 / t) * np.exp(exponent))


def inverse_kelvin_from_room(temperature_c: npt.ArrayLike) -> FloatArray:
    """1/T₀ − 1/T in 1/K with T₀ = 25 °C: times Ea/k, the exponent of every law that is Arrhenius from there."""
    kelvin = np.asarray(temperature_c, float) + ZERO_CELSIUS_K
    return np.asarray(1.0 / (ROOM_TEMPERATURE_C + ZERO_CELSIUS_K) - 1.0 / kelvin)


def apparent_energy(cold: npt.ArrayLike, hot: npt.ArrayLike, cold_k: npt.ArrayLike, hot_k: npt.ArrayLike) -> FloatArray:
    """Activation energy in eV of a mixture, as an Arrhenius plot of ``sigma T`` gives it between two temperatures.

    Args:
        cold: Conductivity at ``cold_k``.
        hot: Conductivity at ``hot_k``.
        cold_k: The lower temperature in K.
        hot_k: The higher temperature in K.
    """
    t1, t2 = np.asarray(cold_k, float), np.asarray(hot_k, float)
    rise = np.log(np.asarray(hot, float) * t2) - np.log(np.asarray(cold, float) * t1)
    return np.asarray(BOLTZMANN_EV_PER_K * rise / (1.0 / t1 - 1.0 / t2))
