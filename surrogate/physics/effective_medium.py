"""Conductivity of mixtures: Bruggeman, McLachlan's general effective media, percolation. All arguments broadcast.

Use :func:`bruggeman` for two phases on an equal footing (crystal and glass), :func:`general_effective_medium` when one
phase percolates at a threshold other than 1/3, :func:`porous` for one conductor in an insulating matrix, and
:func:`percolation` for electrons in a composite.
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

    f (s1 - s)/(s1 + 2 s) + (1 - f)(s2 - s)/(s2 + 2 s) = 0, a quadratic in s; ``fraction`` is that of ``first``.
    """
    f = _fraction("fraction", fraction)
    s1, s2 = np.asarray(first, float), np.asarray(second, float)
    b = (3.0 * f - 1.0) * s1 + (2.0 - 3.0 * f) * s2
    root = np.sqrt(b * b + 8.0 * s1 * s2)
    # For b < 0 the sum cancels; the product of the roots, -s1 s2 / 2, gives the small one without loss.
    with np.errstate(divide="ignore", invalid="ignore"):
        small = 2.0 * s1 * s2 / (root - b)
    return np.asarray(np.where(b >= 0, (b + root) / 4.0, small))


def general_effective_medium(
    fraction: npt.ArrayLike,
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    threshold: float = 1.0 / 3.0,
    exponent: float = 1.0,
) -> FloatArray:
    """McLachlan's equation (J. Phys. C 20, 865 (1987)); exponent 1 and threshold 1/3 give Bruggeman back.

    (1-f)(s2^(1/t) - s^(1/t))/(s2^(1/t) + A s^(1/t)) + f (s1^(1/t) - s^(1/t))/(s1^(1/t) + A s^(1/t)) = 0 with
    A = (1 - f_c)/f_c. Monotonic in s, so 60 bisections in log s settle it to machine precision.
    """
    f = _fraction("fraction", fraction)
    s1, s2, f = np.broadcast_arrays(np.asarray(first, float), np.asarray(second, float), f)
    a, q = (1.0 - threshold) / threshold, 1.0 / exponent
    low, high = np.log(np.minimum(s1, s2)), np.log(np.maximum(s1, s2))
    for _ in range(60):
        middle = 0.5 * (low + high)
        s = np.exp(q * middle)
        balance = (1 - f) * (s2**q - s) / (s2**q + a * s) + f * (s1**q - s) / (s1**q + a * s)
        low, high = np.where(balance > 0, middle, low), np.where(balance > 0, high, middle)
    return np.asarray(np.exp(0.5 * (low + high)))


def porous(conductivity: npt.ArrayLike, fraction: npt.ArrayLike, exponent: npt.ArrayLike = 1.5) -> FloatArray:
    """Conductor of volume ``fraction`` in an insulating matrix: sigma f^b (Bruggeman's differential limit, b = 1.5)."""
    return np.asarray(np.asarray(conductivity, float) * _fraction("fraction", fraction) ** np.asarray(exponent, float))


def percolation(
    conductivity: npt.ArrayLike, fraction: npt.ArrayLike, threshold: npt.ArrayLike, exponent: npt.ArrayLike
) -> FloatArray:
    """sigma ((f - f_c)/(1 - f_c))^t above the threshold, 0 below (Kirkpatrick, Rev. Mod. Phys. 45, 574 (1973))."""
    f, fc = _fraction("fraction", fraction), np.asarray(threshold, float)
    excess = np.maximum((f - fc) / (1.0 - fc), 0.0)
    return np.asarray(np.asarray(conductivity, float) * excess ** np.asarray(exponent, float))
