"""Heat treatment: Johnson-Mehl-Avrami-Kolmogorov growth, and the sequence glass -> metastable -> stable.

    X = X_m - (X_m - X_0) exp(-(k t)^n),    k = exp(-E/R (1/T - 1/T_1))  per hour

T_1 is the temperature at which the rate is one per hour. Temperatures in degC where a furnace is set, times in h.

A single first-order JMAK through the two crystallinities of Song 2020 would need a barrier of 13 kJ/mol, which no
crystallisation has. What is present at 180 degC was made while the solvent left, so it enters as X_0; the furnace then
acts through a high barrier.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surrogate.errors import RecipeError
from surrogate.physics.parameters.base import FloatArray
from surrogate.physics.parameters.universal import GAS_CONSTANT_J_PER_MOL_K, ZERO_CELSIUS_K


def rate(temperature_c: npt.ArrayLike, one_per_hour_c: npt.ArrayLike, barrier_kj_mol: npt.ArrayLike) -> FloatArray:
    """Rate of a transformation in 1/h, Arrhenius through one per hour; all arguments broadcast.

    Args:
        temperature_c: Of the furnace, (n,).
        one_per_hour_c: T_1, at which the rate is one per hour, (n,).
        barrier_kj_mol: E, (n,).

    Raises:
        RecipeError: A temperature is at or below absolute zero.
    """
    t = np.asarray(temperature_c, float) + ZERO_CELSIUS_K
    if np.any(t <= 0):
        bad = t[t <= 0].flat[0] - ZERO_CELSIUS_K
        raise RecipeError(
            f"A heat-treatment temperature of {bad:g} degC is below absolute zero.", hint="Check the unit."
        )
    t1 = np.asarray(one_per_hour_c, float) + ZERO_CELSIUS_K
    exponent = -1e3 * np.asarray(barrier_kj_mol, float) / GAS_CONSTANT_J_PER_MOL_K * (1.0 / t - 1.0 / t1)
    return np.exp(np.minimum(exponent, 60.0))  # e^60 per hour is already instantaneous


def progress(rate_per_h: npt.ArrayLike, time_h: npt.ArrayLike, exponent: npt.ArrayLike) -> FloatArray:
    """1 - exp(-(k t)^n), the share of the possible transformation that has happened, (n,) from 0 to 1.

    Args:
        rate_per_h: k, from :func:`rate`, (n,).
        time_h: t, in the furnace, (n,).
        exponent: n of Avrami.

    Raises:
        RecipeError: A time is negative.
    """
    time = np.asarray(time_h, float)
    if np.any(time < 0):
        raise RecipeError(
            f"A heat treatment of {time[time < 0].flat[0]:g} h is impossible.", hint="Give hours, not negative."
        )
    argument = np.minimum(np.asarray(rate_per_h, float) * time, 1e6) ** np.asarray(exponent, float)
    return np.asarray(-np.expm1(-argument))


def crystallinity(start: npt.ArrayLike, limit: npt.ArrayLike, progress: npt.ArrayLike) -> FloatArray:
    """Crystalline volume fraction after a treatment, (n,): X_m - (X_m - X_0)(1 - progress), never below the start.

    Args:
        start: X_0, the fraction before, (n,).
        limit: X_m, the fraction that can be reached, (n,).
        progress: From :func:`progress`, (n,).
    """
    x0 = np.asarray(start, float)
    xm = np.maximum(np.asarray(limit, float), x0)
    return np.asarray(xm - (xm - x0) * (1.0 - np.asarray(progress, float)))


def sequence(
    first: npt.ArrayLike, second: npt.ArrayLike, limit: npt.ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Volume fractions (glass, metastable, stable), which sum to one.

    The product of both progresses makes the metastable share pass a maximum.

    Args:
        first: Progress of the crystallisation, 0 to 1.
        second: Progress of the loss of the metastable phase, 0 to 1.
        limit: The share that can crystallise.
    """
    crystal = np.asarray(limit, float) * np.asarray(first, float)
    stable = crystal * np.asarray(second, float)
    return np.asarray(1.0 - crystal), np.asarray(crystal - stable), np.asarray(stable)
