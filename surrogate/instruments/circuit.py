"""What a spectrum holds: whether it obeys Kramers and Kronig, and its resistance from an equivalent circuit.

The test is the linear one: a chain of relaxations obeys Kramers and Kronig by itself, so what no such chain can follow
does not (Boukamp, J. Electrochem. Soc. 142, 1885 (1995)). The circuits are those of a pellet between blocking
electrodes: bulk, grain boundary, electrode, where each arc is a resistance beside a constant-phase element.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares

from surrogate.errors import MeasurementError
from surrogate.instruments.source import FloatArray
from surrogate.instruments.spectra import Spectrum

ComplexArray = npt.NDArray[np.complex128]
#: Residuals of a linear test above this say that the pellet changed while it was measured, or was overdriven.
DOUBTFUL, HOPELESS = 0.03, 0.15
#: Where the spectrum comes nearest to the real axis, Z″ has to be below this part of Z′.
_NEAR_AXIS = 0.6
_MAX_UNCERTAINTY = 0.2
#: Where the exponents of constant-phase elements begin.
_EXPONENT = 0.9


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A fitted circuit; ``arcs_ohm`` are its resistances from high to low frequency, of which the total is the sum."""

    circuit: str
    arcs_ohm: tuple[float, ...]
    total_ohm: float
    total_uncertainty_ohm: float
    residual: float
    kramers_kronig: float
    is_blocking: bool
    curve_ohm: ComplexArray

    def describe(self) -> str:
        """The fit in words, as it is stored."""
        parts = " + ".join(f"{r:.4g}" for r in self.arcs_ohm)
        return (
            f"total resistance {self.total_ohm:.4g} ± {self.total_uncertainty_ohm:.2g} Ω ({parts} Ω, bulk and grain "
            f"boundaries together) from the circuit {self.circuit}; residual {100 * self.residual:.1f} %, "
            f"Kramers-Kronig {100 * self.kramers_kronig:.1f} %"
        )


def fit_circuit(spectrum: Spectrum) -> Fit:
    """The total resistance of the pellet; raises :class:`MeasurementError` where the spectrum does not show it."""
    f, z, name = spectrum.frequency_hz, np.asarray(spectrum.impedance_ohm), spectrum.origin.file
    nearest = float(np.min(np.abs(z.imag) / np.maximum(z.real, 1e-12)))
    if nearest > _NEAR_AXIS:
        raise MeasurementError(
            f"'{name}' never comes near the real axis (Z″ is {nearest:.2g} of Z′ at best from {f[-1]:.3g} to "
            f"{f[0]:.3g} Hz), so it shows no resistance.",
            hint="Measure to a higher frequency, or at a lower temperature.",
        )
    consistency = kramers_kronig(f, z)
    if consistency > HOPELESS:
        raise MeasurementError(
            f"'{name}' misses the relations of Kramers and Kronig by {100 * consistency:.0f} %.",
            hint="Is it a spectrum of a pellet at rest? Check the columns, and measure it again.",
        )
    is_blocking = bool(-z.imag[-1] > 0.5 * z.real[-1])
    fits = [_fit(f, z, arcs, series, is_blocking) for arcs, series in ((0, True), (1, False), (1, True), (2, False))]
    best = min((candidate for candidate in fits if candidate is not None), key=lambda c: c[0], default=None)
    if best is None:
        raise MeasurementError(f"No circuit follows '{name}'.", hint="Measure it again.")
    _, circuit, parts, total, spread, residual, curve = best
    if spread > _MAX_UNCERTAINTY * total:
        raise MeasurementError(
            f"The resistance in '{name}' is {total:.3g} ± {spread:.2g} Ω, which says too little.",
            hint="Measure to a higher frequency and with less noise.",
        )
    return Fit(
        circuit=circuit, arcs_ohm=parts, total_ohm=total, total_uncertainty_ohm=spread, residual=residual,
        kramers_kronig=consistency, is_blocking=is_blocking, curve_ohm=curve,
    )  # fmt: skip


def kramers_kronig(f: FloatArray, z: ComplexArray) -> float:
    """Root mean square of what a chain of relaxations leaves of ``z``, relative to its modulus."""
    omega = 2.0 * np.pi * f
    decades = np.log10(f[0] / f[-1])
    count = int(np.clip(round(3 * decades), 3, len(f) // 2))
    times = np.logspace(np.log10(0.1 / omega[0]), np.log10(10.0 / omega[-1]), count)
    chain = 1.0 / (1.0 + 1j * omega[:, None] * times)
    basis = np.column_stack([np.ones_like(z), 1j * omega / omega[0], omega[-1] / (1j * omega), chain])
    weight = 1.0 / np.abs(z)
    left = np.vstack([(basis * weight[:, None]).real, (basis * weight[:, None]).imag])
    right = np.concatenate([(z * weight).real, (z * weight).imag])
    solution = np.linalg.lstsq(left, right, rcond=1e-10)[0]
    return float(np.sqrt(np.mean((left @ solution - right) ** 2)))


def impedance(
    parameters: Sequence[float] | FloatArray, omega: FloatArray, arcs: int, series: bool, blocking: bool
) -> ComplexArray:
    """Impedance of the circuit. ``parameters``: log R of the series, (log R, log τ, n) of each arc, (log Q, n)."""
    values = list(parameters)
    z = np.full(len(omega), np.exp(values.pop(0)) if series else 0.0, complex)
    for _ in range(arcs):
        r, tau, n = np.exp(values.pop(0)), np.exp(values.pop(0)), values.pop(0)
        z += r / (1.0 + (1j * omega * tau) ** n)
    if blocking:
        q, n = np.exp(values.pop(0)), values.pop(0)
        z += 1.0 / (q * (1j * omega) ** n)
    return z


_Fitted = tuple[float, str, tuple[float, ...], float, float, float, ComplexArray]


def _fit(f: FloatArray, z: ComplexArray, arcs: int, series: bool, blocking: bool) -> _Fitted | None:
    """The best of several starts with its criterion (Bayesian information), or ``None``."""
    omega, weight = 2.0 * np.pi * f, 1.0 / np.abs(z)
    axis = int(np.argmin(np.abs(z.imag) / z.real))
    total = max(float(z.real[axis]), 1e-9)

    def misses(p: FloatArray) -> FloatArray:
        left = (impedance(p, omega, arcs, series, blocking) - z) * weight
        return np.concatenate([left.real, left.imag])

    best = None
    for shift in (0.03, 0.3, 3.0, 30.0) if arcs else (1.0,):
        start: list[float] = [np.log(total / (arcs + series))] if series else []
        for arc in range(arcs):
            start += [np.log(total / (arcs + series)), np.log(shift * 100.0**arc / omega[0]), _EXPONENT]
        start += [-np.log(abs(z.imag[-1]) * omega[-1] ** 0.9), _EXPONENT] if blocking else []
        # Exponents of constant-phase elements stay physical, logarithms within 13 decades of where they begin.
        lower = np.array([0.4 if value == _EXPONENT else value - 30.0 for value in start])
        upper = np.array([1.0 if value == _EXPONENT else value + 30.0 for value in start])
        if len(start) + 3 > len(z):
            return None
        try:
            done = least_squares(misses, start, bounds=(lower, upper), max_nfev=400)
        except (ValueError, FloatingPointError):
            continue
        best = done if best is None or done.cost < best.cost else best
    if best is None:
        return None
    n, k = 2 * len(z), len(best.x)
    variance = 2.0 * best.cost / (n - k)
    covariance = np.linalg.pinv(best.jac.T @ best.jac, rcond=1e-14) * variance
    places = ([0] if series else []) + [series + 3 * arc for arc in range(arcs)]
    resistances = np.exp(best.x[places])
    gradient = np.zeros(k)
    gradient[places] = resistances  # of R by its logarithm
    spread = float(np.sqrt(max(gradient @ covariance @ gradient, 0.0)))
    names = (["R"] if series else []) + ["(R‖CPE)"] * arcs + (["CPE"] if blocking else [])
    criterion = n * np.log(max(variance, 1e-20)) + k * np.log(n)
    curve = impedance(best.x, omega, arcs, series, blocking)
    parts = tuple(float(r) for r in resistances)
    return criterion, " – ".join(names), parts, float(resistances.sum()), spread, float(np.sqrt(variance)), curve
