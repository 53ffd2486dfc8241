"""Milling: specific intensity of a mill, what it amorphises, how fine it grinds, what it damages.

Speeds are not comparable between mills, so everything runs on an *intensity*: 1 is a planetary mill at 500 rpm with
thirty times as much ball as powder, and, by convention, a planetary centrifugal mixer with a few balls at 2000 rpm. The
power of the impacts goes with the cube of the speed (energy ~ speed^2, frequency ~ speed) and with the ball mass per
powder (Burgio et al., Nuovo Cimento D 13, 459 (1991)). Times in h.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surrogate.errors import RecipeError
from surrogate.physics.parameters import electrolytes as e
from surrogate.physics.parameters.base import NOMINAL, FloatArray, ParameterDraw


def intensity(speed_rpm: npt.ArrayLike, ball_to_powder: npt.ArrayLike, mixer: npt.ArrayLike = False) -> FloatArray:
    """Specific milling power relative to the reference mill, dimensionless; all arguments broadcast.

    I = (speed / reference)³ · ratio / 30, after Burgio et al., Nuovo Cimento D 13, 459 (1991).

    Args:
        speed_rpm: Of the mill, (n,).
        ball_to_powder: By mass, (n,); a planetary centrifugal mixer has its own balls, and it does not count there.
        mixer: Whether it is such a mixer, with a reference speed of its own, (n,).

    Raises:
        RecipeError: A speed or ratio is negative.
    """
    speed, ratio = np.asarray(speed_rpm, float), np.asarray(ball_to_powder, float)
    for name, value in (("milling speed", speed), ("ball-to-powder ratio", ratio)):
        if np.any(value < 0):
            bad = value[value < 0].flat[0]
            raise RecipeError(f"The {name} is {bad:g}, but it cannot be negative.", hint="Check the sign.")
    reference = np.where(mixer, e.THINKY_REFERENCE_RPM, e.REFERENCE_SPEED_RPM)
    return np.asarray((speed / reference) ** 3 * np.where(mixer, 1.0, ratio / e.REFERENCE_BALL_RATIO))


def dose(time_h: npt.ArrayLike, intensity: npt.ArrayLike) -> FloatArray:
    """Milling dose in h at intensity 1: time times intensity; both broadcast.

    Args:
        time_h: In the mill, (n,).
        intensity: From :func:`intensity`, (n,).

    Raises:
        RecipeError: A time is negative.
    """
    time = np.asarray(time_h, float)
    if np.any(time < 0):
        bad = time[time < 0].flat[0]
        raise RecipeError(f"The milling time is {bad:g} h, but it cannot be negative.", hint="Check the sign.")
    return np.asarray(time * np.asarray(intensity, float))


def reacted_fraction(dose_h: npt.ArrayLike, p: ParameterDraw = NOMINAL) -> FloatArray:
    """Share of the precursors that milling has made one phase, (n,): X = 1 - exp(-(k I t)^n).

    Args:
        dose_h: I t, in h at intensity 1, (n,).
        p: Parameters of the laws.
    """
    return 1.0 - np.exp(-((p[e.AMORPHISATION_RATE] * np.asarray(dose_h, float)) ** p[e.AMORPHISATION_EXPONENT]))


def damaged_fraction(dose_h: npt.ArrayLike, p: ParameterDraw = NOMINAL) -> FloatArray:
    """Share of a *finished* powder that further milling has turned into a poorly conducting glass, (n,); the same law.

    Args:
        dose_h: Of the further milling, in h at intensity 1, (n,).
        p: Parameters of the laws.
    """
    return 1.0 - np.exp(-((p[e.DAMAGE_RATE] * np.asarray(dose_h, float)) ** p[e.DAMAGE_EXPONENT]))


def particle_size(dose_h: npt.ArrayLike, p: ParameterDraw = NOMINAL) -> FloatArray:
    """Median particle size in um, (n,): d = d_inf + (d_0 - d_inf) exp(-t/tau).

    Args:
        dose_h: t, in h at intensity 1, (n,).
        p: Parameters of the laws.
    """
    start, end = p[e.PARTICLE_SIZE_START_UM], p[e.PARTICLE_SIZE_END_UM]
    return np.asarray(end + (start - end) * np.exp(-np.asarray(dose_h, float) / p[e.PARTICLE_SIZE_TIME_H]))
