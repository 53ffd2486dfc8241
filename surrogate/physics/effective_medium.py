"""Conductivity of mixtures: Bruggeman and percolation. All arguments broadcast.

Use :func:`bruggeman` for two phases on an equal footing (crystal and glass), :func:`coat_spheres` where one surrounds
the other (what a mill makes on grains of its precursors), :func:`porous` for one conductor in an
insulating matrix, and :func:`percolation` for electrons in a composite.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surrogate.errors import InvalidInput
from surrogate.physics.parameters.base import FloatArray


def _fraction(name: str, value: npt.ArrayLike) -> FloatArray:
    array = np.asarray(value, float)
    if np.any((array < 0) | (array > 1)):
        bad = array[(array < 0) | (array > 1)].flat[0]
        raise InvalidInput(
            f"{name} is {bad:g}, but a volume fraction lies between 0 and 1.", hint="Give a fraction, not %."
        )
    return array


def bruggeman(fraction: npt.ArrayLike, first: npt.ArrayLike, second: npt.ArrayLike) -> FloatArray:
    """Symmetric effective medium of spheres (Bruggeman, Ann. Phys. 416, 636 (1935)), solved in closed form.

    f (s1 - s)/(s1 + 2 s) + (1 - f)(s2 - s)/(s2 + 2 s) = 0, a quadratic in s.

    Args:
        fraction: f, the volume fraction of the first phase, (n,).
        first: s1, its conductivity, (n,).
        second: s2, that of the second phase in the same unit, (n,).

    Raises:
        InvalidInput: A fraction is not between 0 and 1.
    """
    return mix_spheres(_fraction("fraction", fraction), np.asarray(first, float), np.asarray(second, float))


def mix_spheres(fraction: FloatArray, first: FloatArray, second: FloatArray) -> FloatArray:
    """:func:`bruggeman` without the check, for fractions that laws give.

    Args:
        fraction: f, the volume fraction of the first phase, (n,).
        first: s1, its conductivity, (n,).
        second: s2, that of the second phase in the same unit, (n,).
    """
    tripled, product = 3.0 * fraction, first * second
    b = (tripled - 1.0) * first + (2.0 - tripled) * second
    root = np.sqrt(b * b + 8.0 * product)
    mixed = np.asarray((b + root) / 4.0)
    cancels = b < 0
    if cancels.any():  # the product of the roots, -s1 s2 / 2, then gives the small one without loss
        np.divide(2.0 * product, root - b, out=mixed, where=cancels)
    return mixed


def coat_spheres(fraction: FloatArray, coat: FloatArray, core: FloatArray) -> FloatArray:
    """Spheres of ``core`` in a matrix of ``coat``, which connects however little of it there is.

    s = s_m (s_i + 2 s_m + 2 g (s_i - s_m))/(s_i + 2 s_m - g (s_i - s_m)) with g, the share of spheres (Maxwell, A
    Treatise on Electricity and Magnetism, 1873, art. 314). There is no threshold.

    Args:
        fraction: 1 - g, the volume fraction of the matrix, (n,).
        coat: s_m, its conductivity, (n,).
        core: s_i, that of the spheres in the same unit, (n,).
    """
    inside = (1.0 - fraction) * (core - coat)
    whole = core + 2.0 * coat
    return np.asarray(coat * (whole + 2.0 * inside) / (whole - inside))


def porous(conductivity: npt.ArrayLike, fraction: npt.ArrayLike) -> FloatArray:
    """Conductor in an insulating matrix: sigma f^b (Bruggeman's differential limit, b = 1.5).

    Args:
        conductivity: sigma, (n,).
        fraction: f, its volume fraction, (n,).

    Raises:
        InvalidInput: A fraction is not between 0 and 1.
    """
    return np.asarray(np.asarray(conductivity, float) * _fraction("fraction", fraction) ** 1.5)


def percolation(
    conductivity: npt.ArrayLike, fraction: npt.ArrayLike, threshold: npt.ArrayLike, exponent: npt.ArrayLike
) -> FloatArray:
    """Conductivity of a percolating phase: sigma ((f - f_c)/(1 - f_c))^t above the threshold, 0 below.

    Kirkpatrick, Rev. Mod. Phys. 45, 574 (1973).

    Args:
        conductivity: Of the phase, sigma.
        fraction: Its volume fraction, f.
        threshold: The volume fraction from which it percolates, f_c.
        exponent: t.
    """
    f, fc = _fraction("fraction", fraction), np.asarray(threshold, float)
    excess = np.maximum((f - fc) / (1.0 - fc), 0.0)
    return np.asarray(np.asarray(conductivity, float) * excess ** np.asarray(exponent, float))
