"""Link (d): how capacity is lost over cycles, as a sum of mechanisms.

    Q(N) = sum_i Q_i exp(-f_i N - g_i sqrt(N)),   retention = 100 Q(n - 1)/Q(r - 1)

after cycle n relative to cycle r, since a cell has n - 1 cycles behind it in its n-th.

Intercalation loses 0.085 % a cycle (Shin 2014, hand-mixed and milled alike), conversion between 1.0 and 1.5 V 0.93 %,
infiltrated coated LiCoO2 0.052 % (Song 2020): those three are fitted, one number each. Electrodes that are neither
infiltrated nor made of TiS2 also lose contacts and grow an interphase by diffusion, g sqrt(N), an assumed amount that
doubles for a bare oxide. All fade grows with temperature and with the time a cycle takes.

One number per series cannot tell an exponential from any other shape: the *law* is an assumption, the *amount* at the
stated number of cycles is not.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surrogate.errors import InvalidInput
from surrogate.physics.composite import CompositeState, ElectrodeBatch
from surrogate.physics.parameters import electrodes as el
from surrogate.physics.parameters import shin2014 as shin
from surrogate.physics.parameters.base import NOMINAL, FloatArray, ParameterDraw
from surrogate.physics.parameters.universal import BOLTZMANN_EV_PER_K

REFERENCE_TEMPERATURE_K = 303.15  # of the fade series that are fitted
REFERENCE_C_RATE = 0.2  # 0.2 C in Song 2020, 50 of 239 mA/g in Shin 2014
_OXIDES = ("LiCoO2", "NCM", "Li-rich", "spinel", "olivine")


def retention(
    capacities: npt.ArrayLike, fades: npt.ArrayLike, cycles: npt.ArrayLike, growth: npt.ArrayLike = 0.0
) -> FloatArray:
    """Retention in % of n cells whose capacity fades by k mechanisms.

    Args:
        capacities: Of each mechanism at the start, (n, k).
        fades: Per cycle, (n, k).
        cycles: Since the start, (n,).
        growth: Fade per square root of a cycle, (n, k or 1).

    Raises:
        InvalidInput: A number of cycles is negative.
    """
    n = np.asarray(cycles, float)
    if np.any(n < 0):
        raise InvalidInput(f"{n[n < 0].flat[0]:g} cycles are impossible.", hint="Give the number of cycles, 0 or more.")
    q, f, g = np.asarray(capacities, float), np.asarray(fades, float), np.asarray(growth, float)
    total = q.sum(axis=-1)
    left = (q * np.exp(-f * n[..., None] - g * np.sqrt(n[..., None]))).sum(axis=-1)
    return np.asarray(100.0 * np.divide(left, total, out=np.full_like(left, np.nan), where=total > 0))


def electrode_retention(
    batch: ElectrodeBatch,
    state: CompositeState,
    cycles: npt.ArrayLike,
    temperature_k: npt.ArrayLike,
    p: ParameterDraw = NOMINAL,
    reference_cycle: npt.ArrayLike = 1.0,
) -> FloatArray:
    """Retention in % of every electrode, (n,); NaN where cycles are NaN.

    Args:
        batch: n electrodes.
        state: Their first cycle, from :func:`surrogate.physics.composite.composite`.
        cycles: After which the retention is taken, (n,).
        temperature_k: Of the cells, (n,).
        p: Parameters of the laws.
        reference_cycle: The cycle that counts as 100 %, (n,).
    """
    surroundings = _surroundings(batch, temperature_k, p)
    conversion = state.conversion_charge
    capacities = np.stack([np.maximum(state.first_charge - conversion, 0.0), conversion], axis=-1)
    material = batch.parameter(lambda m: m.fade_per_cycle, p)
    steady = np.where(batch.reactive, p[shin.INTERCALATION_FADE], material) * surroundings
    converting = np.asarray(p[shin.CONVERSION_FADE]) * surroundings
    loose = ~batch.reactive & ~batch.infiltrated
    bare = np.where(np.isin(batch.material, _OXIDES) & ~batch.coated, p[el.BARE_FADE_FACTOR], 1.0)
    growth = np.where(loose, p[el.GROWTH_FADE] * bare, 0.0) * np.sqrt(surroundings)
    fades = np.stack([steady, converting], axis=-1)
    left, begin = (
        retention(capacities, fades, _cycles_before(number), growth[..., None]) for number in (cycles, reference_cycle)
    )
    return np.asarray(100.0 * np.divide(left, begin, out=np.full_like(left, np.nan), where=begin > 0))


def _cycles_before(number: npt.ArrayLike) -> FloatArray:
    """How many cycles a cell has behind it in this one; a negative number stays negative, to be refused."""
    n = np.asarray(number, float)
    return np.asarray(np.maximum(n - 1.0, np.minimum(n, 0.0)))


def _surroundings(batch: ElectrodeBatch, temperature_k: npt.ArrayLike, p: ParameterDraw) -> FloatArray:
    """Factor on the fade: Arrhenius in temperature, (C_ref/C)^m because a slow cycle gives side reactions more time."""
    t = np.asarray(temperature_k, float)
    thermal = np.exp(-p[el.FADE_ENERGY] / BOLTZMANN_EV_PER_K * (1.0 / t - 1.0 / REFERENCE_TEMPERATURE_K))
    c_rate = np.maximum(batch.current_ma_cm2 * 1e3 / (batch.theoretical * batch.loading_mg_cm2), 1e-4)
    return np.asarray(thermal * (REFERENCE_C_RATE / c_rate) ** p[el.RATE_FADE_EXPONENT])
