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
from surrogate.physics.parameters.base import NOMINAL, FloatArray, Parameter, ParameterDraw

_SI, _GE, _SN, _SB, _AL = range(len(FRAMEWORK))
_CL, _BR, _I, _F = range(len(HALIDES))
#: Aluminium per phosphorus site that an argyrodite takes up.
ALUMINIUM_SOLUBILITY = 0.2


class Crystal(NamedTuple):
    """Conductivity of the main phase (S/cm), its anion disorder (0 to 1) and the share of the second phase."""

    conductivity: FloatArray
    disorder: FloatArray
    second_phase: FloatArray


def _span(p: ParameterDraw) -> tuple[FloatArray, FloatArray]:
    low = p.derive("ordered floor", lambda: np.asarray(np.log10(p[e.ORDERED_FLOOR])))
    return low, p.derive("span of disorder", lambda: np.asarray(np.log10(p[e.DISORDERED_CEILING]) - low))


def _drive_of(conductivity: Parameter, p: ParameterDraw) -> FloatArray:
    def compute() -> FloatArray:
        low, span = _span(p)
        disorder = np.clip((np.log10(p[conductivity]) - low) / span, 1e-9, 1 - 1e-9)
        return np.asarray(np.log(disorder / (1.0 - disorder)))

    return p.derive(("drive", conductivity.name), compute)


def conductivity_of_disorder(disorder: FloatArray, p: ParameterDraw = NOMINAL) -> FloatArray:
    """Conductivity of an argyrodite in S/cm at 30 degC: log-linear in D between the ordered floor and the ceiling.

    Args:
        disorder: D, 0 to 1, (n,).
        p: Parameters of the laws.
    """
    low, span = _span(p)
    return np.asarray(10.0 ** (low + span * disorder))


def argyrodite(substituents: FloatArray, halides: FloatArray, p: ParameterDraw = NOMINAL) -> Crystal:
    """Crystal of Li(6-x+z)P(1-z)M(z)S(5-x)X(1+x) at 30 degC.

    Args:
        substituents: Per site, in the order of ``FRAMEWORK``, (n, 5).
        halides: Per site, in the order of ``HALIDES``, (n, 4).
        p: Parameters of the laws; with k samples of them, (k, 1) each, all of the answer is (k, n).
    """
    total = halides.sum(axis=1)
    excess = total - 1.0
    iodide_drive = _drive_of(song2020.CRYSTAL_CONDUCTIVITY_IODIDE, p)
    # The drive of the halides is their mean; up to the solubility, a halide in excess of one adds to it.
    mean_drive = (
        halides[:, _CL] * p[e.HALIDE_DRIVE["Cl"]]
        + halides[:, _BR] * p[e.HALIDE_DRIVE["Br"]]
        + halides[:, _F] * p[e.HALIDE_DRIVE["F"]]
        + halides[:, _I] * iodide_drive
        + np.maximum(-excess, 0.0) * p[e.NO_HALIDE_DRIVE]
    ) / np.maximum(total, 1.0)
    drive = mean_drive + p[e.HALIDE_EXCESS_DRIVE] * np.minimum(np.maximum(excess, 0.0), p[e.HALIDE_SOLUBILITY])
    second = np.maximum(excess - p[e.HALIDE_SOLUBILITY], 0.0)
    if substituents.any():
        further, over = _substituted(substituents, iodide_drive, p)
        drive = sum(further, start=drive)
        second = over + second
    disorder = 1.0 / (1.0 + np.exp(-drive))
    return Crystal(conductivity_of_disorder(disorder, p), np.asarray(disorder), np.minimum(second, 0.95))


def _substituted(
    substituents: FloatArray, iodide_drive: FloatArray, p: ParameterDraw
) -> tuple[tuple[FloatArray, ...], FloatArray]:
    """What ``substituents`` (n, 5) on the phosphorus site add to the drive, and the share beyond their solubility."""
    # Slope for Ge from the anchor Li6.5P0.5Ge0.5S5I, so that the calibrated end point is met whatever the draw.
    germanium = (_drive_of(song2020.CRYSTAL_CONDUCTIVITY_GERMANIUM, p) - iodide_drive) / song2020.GERMANIUM_ANCHOR
    si, ge, sn, sb, al = substituents.T
    # Load on the lattice: 1 at the solubility limit, mixtures add; antimony widens the room for Si, Ge and Sn.
    load = si / p[e.SOLUBILITY["Si"]] + ge / p[song2020.SOLUBILITY_GERMANIUM] + sn / p[song2020.SOLUBILITY_TIN]
    load = (load + al / ALUMINIUM_SOLUBILITY) / (1.0 + sb)
    dissolved = np.minimum(1.0, 1.0 / np.maximum(load, 1e-12))
    in_silicon, in_germanium, in_tin, in_aluminium = (amount * dissolved for amount in (si, ge, sn, al))
    tetravalent = in_silicon + in_germanium + in_tin + in_aluminium
    # Lever rule between the limit and the end member (z = 1): nothing of the second phase at the limit.
    over = (si + ge + sn + al) * (1.0 - dissolved) / (1.0 - np.minimum(tetravalent, 0.95))
    return (
        germanium * in_germanium,
        p[e.SUBSTITUENT_DRIVE["Si"]] * in_silicon,
        p[e.SUBSTITUENT_DRIVE["Sn"]] * in_tin,
        p[e.SUBSTITUENT_DRIVE["Sb"]] * sb,
        p[e.ANTIMONY_SYNERGY] * sb * tetravalent,
    ), over


def lgps(substituents: FloatArray, halides: FloatArray, p: ParameterDraw = NOMINAL) -> FloatArray:
    """Conductivity of a sintered LGPS-type crystal at 25 degC, (n,) in S/cm.

    End members are mixed in log sigma; chloride raises it, iodide lowers it.

    Args:
        substituents: Per site, in the order of ``FRAMEWORK``, (n, 5).
        halides: Per site, in the order of ``HALIDES``, (n, 4).
        p: Parameters of the laws.
    """
    ends = (("Si", _SI), ("Ge", _GE), ("Sn", _SN), ("Al", _AL))
    weight = sum(substituents[:, column] for _, column in ends)
    log = sum(substituents[:, column] * np.log10(p[e.LGPS_CONDUCTIVITY[name]]) for name, column in ends)
    light = halides[:, _CL] + halides[:, _BR]
    gain = p[e.LGPS_CHLORIDE_GAIN] * (np.minimum(light, 0.1) - np.minimum(halides[:, _I], 0.1))
    return np.asarray(10.0 ** (log / np.maximum(weight, 1e-12) + gain))


def thio_lisicon(substituents: FloatArray, p: ParameterDraw = NOMINAL) -> FloatArray:
    """Conductivity of a thio-LISICON crystal at 25 degC, (n,) in S/cm.

    log sigma = log sigma_max - ((y - y_0)/w)^2 over y = M/(P+M).

    Args:
        substituents: Per site, in the order of ``FRAMEWORK``, (n, 5); the first three are M.
        p: Parameters of the laws.
    """
    ends = (("Si", _SI), ("Ge", _GE), ("Sn", _SN))
    share = [substituents[:, column] for _, column in ends]
    total = np.maximum(sum(share), 1e-12)
    peak = sum(s * np.log10(p[e.THIO_CONDUCTIVITY[name]]) for s, (name, _) in zip(share, ends, strict=True)) / total
    width = sum(s * p[e.THIO_WIDTH[name]] for s, (name, _) in zip(share, ends, strict=True)) / total
    return np.asarray(10.0 ** (peak - ((total - p[e.THIO_OPTIMUM]) / np.maximum(width, 1e-6)) ** 2))
