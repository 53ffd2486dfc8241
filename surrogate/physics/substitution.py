"""Conductivity of the crystal as a function of what sits on its sites.

Argyrodites: the free sulfide and the halide either order (slow: iodide alone) or mix (fast: chloride, bromide, or a
large cation on the phosphorus site). The degree of mixing D is a logistic function of a *drive* that adds up over the
substitutions,

    D = 1 / (1 + exp(-u)),   log10 sigma = log10 sigma_floor + D (log10 sigma_ceiling - log10 sigma_floor),

up to the solubility limit; beyond it the lever rule sets the share of a second phase that hardly conducts (LiI
appears at x = 0.8 for Ge and I), so that sigma over x is a volcano. LGPS and thio-LISICON: quoted
end members, mixed in log sigma, and a parabola in log sigma around the optimum of the solid solution.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from surrogate.physics.coordinates import FRAMEWORK, HALIDES
from surrogate.physics.parameters import electrolytes as e
from surrogate.physics.parameters import song2020
from surrogate.physics.parameters.base import NOMINAL, FloatArray, ParameterDraw

_SI, _GE, _SN, _SB, _AL = range(len(FRAMEWORK))
_CL, _BR, _I, _F = range(len(HALIDES))


class Crystal(NamedTuple):
    """Conductivity of the main phase (S/cm), its anion disorder (0 to 1) and the share of the second phase."""

    conductivity: FloatArray
    disorder: FloatArray
    second_phase: FloatArray


def _span(p: ParameterDraw) -> tuple[FloatArray, FloatArray]:
    low, high = np.log10(p[e.ORDERED_FLOOR]), np.log10(p[e.DISORDERED_CEILING])
    return np.asarray(low), np.asarray(high - low)


def _drive_of(conductivity: float | FloatArray, p: ParameterDraw) -> FloatArray:
    low, span = _span(p)
    disorder = np.clip((np.log10(conductivity) - low) / span, 1e-9, 1 - 1e-9)
    return np.asarray(np.log(disorder / (1.0 - disorder)))


def conductivity_of_disorder(disorder: FloatArray, p: ParameterDraw = NOMINAL) -> FloatArray:
    """log-linear in D between the ordered floor and the disordered ceiling, S/cm at 30 degC."""
    low, span = _span(p)
    return np.asarray(10.0 ** (low + span * disorder))


def argyrodite(substituents: FloatArray, halides: FloatArray, p: ParameterDraw = NOMINAL) -> Crystal:
    """Crystal of Li(6-x+z)P(1-z)M(z)S(5-x)X(1+x) at 30 degC; ``substituents`` (n, 5), ``halides`` (n, 4) per site."""
    total = halides.sum(axis=1)
    excess = total - 1.0
    iodide_drive = _drive_of(p[song2020.CRYSTAL_CONDUCTIVITY_IODIDE], p)
    mean_drive = (
        halides[:, _CL] * p[e.HALIDE_DRIVE["Cl"]]
        + halides[:, _BR] * p[e.HALIDE_DRIVE["Br"]]
        + halides[:, _F] * p[e.HALIDE_DRIVE["F"]]
        + halides[:, _I] * iodide_drive
        + np.maximum(-excess, 0.0) * p[e.NO_HALIDE_DRIVE]
    ) / np.maximum(total, 1.0)
    # Slope for Ge from the anchor Li6.5P0.5Ge0.5S5I, so that the calibrated end point is met whatever the draw.
    germanium = (_drive_of(p[song2020.CRYSTAL_CONDUCTIVITY_GERMANIUM], p) - iodide_drive) / song2020.GERMANIUM_ANCHOR
    z = substituents.copy()
    limits = np.stack(
        np.broadcast_arrays(
            p[e.SOLUBILITY["Si"]], p[song2020.SOLUBILITY_GERMANIUM], p[song2020.SOLUBILITY_TIN], 1.0, 0.2
        ),
        axis=-1,
    )
    tetravalent = [_SI, _GE, _SN, _AL]
    # Load on the lattice: 1 at the solubility limit, mixtures add; antimony widens the room for Si, Ge and Sn.
    room = 1.0 + z[:, _SB]
    load = (z[:, tetravalent] / limits[..., tetravalent]).sum(axis=1) / room
    dissolved = np.minimum(1.0, 1.0 / np.maximum(load, 1e-12))
    z[:, tetravalent] *= dissolved[:, None]
    soluble_excess = np.minimum(np.maximum(excess, 0.0), p[e.HALIDE_SOLUBILITY])
    drive = (
        mean_drive
        + p[e.HALIDE_EXCESS_DRIVE] * soluble_excess
        + germanium * z[:, _GE]
        + p[e.SUBSTITUENT_DRIVE["Si"]] * z[:, _SI]
        + p[e.SUBSTITUENT_DRIVE["Sn"]] * z[:, _SN]
        + p[e.SUBSTITUENT_DRIVE["Sb"]] * z[:, _SB]
        + p[e.ANTIMONY_SYNERGY] * z[:, _SB] * z[:, tetravalent].sum(axis=1)
    )
    disorder = 1.0 / (1.0 + np.exp(-drive))
    # Lever rule between the limit and the end member (z = 1): nothing of the second phase at the limit.
    over = substituents[:, tetravalent].sum(axis=1) * (1.0 - dissolved)
    room_left = 1.0 - np.minimum(z[:, tetravalent].sum(axis=1), 0.95)
    halide_over = np.maximum(excess - p[e.HALIDE_SOLUBILITY], 0.0)
    second = np.minimum(over / room_left + halide_over, 0.95)
    return Crystal(conductivity_of_disorder(disorder, p), np.asarray(disorder), np.asarray(second))


def lgps(substituents: FloatArray, halides: FloatArray, p: ParameterDraw = NOMINAL) -> FloatArray:
    """Conductivity of a sintered LGPS-type crystal at 25 degC, (n,) in S/cm.

    End members are mixed in log sigma; chloride raises it, iodide lowers it.
    """
    ends = (("Si", _SI), ("Ge", _GE), ("Sn", _SN), ("Al", _AL))
    weight = sum(substituents[:, column] for _, column in ends)
    log = sum(substituents[:, column] * np.log10(p[e.LGPS_CONDUCTIVITY[name]]) for name, column in ends)
    light = halides[:, _CL] + halides[:, _BR]
    gain = p[e.LGPS_CHLORIDE_GAIN] * (np.minimum(light, 0.1) - np.minimum(halides[:, _I], 0.1))
    return np.asarray(10.0 ** (log / np.maximum(weight, 1e-12) + gain))


def thio_lisicon(substituents: FloatArray, p: ParameterDraw = NOMINAL) -> FloatArray:
    """Thio-LISICON crystal at 25 degC, S/cm: log sigma = log sigma_max - ((y - y_0)/w)^2 over y = M/(P+M)."""
    ends = (("Si", _SI), ("Ge", _GE), ("Sn", _SN))
    share = [substituents[:, column] for _, column in ends]
    total = np.maximum(sum(share), 1e-12)
    peak = sum(s * np.log10(p[e.THIO_CONDUCTIVITY[name]]) for s, (name, _) in zip(share, ends, strict=True)) / total
    width = sum(s * p[e.THIO_WIDTH[name]] for s, (name, _) in zip(share, ends, strict=True)) / total
    return np.asarray(10.0 ** (peak - ((total - p[e.THIO_OPTIMUM]) / np.maximum(width, 1e-6)) ** 2))
