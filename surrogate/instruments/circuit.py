"""What a spectrum holds: whether it obeys Kramers and Kronig, and its resistance from an equivalent circuit.

The test is the linear one: a chain of relaxations obeys Kramers and Kronig by itself, so what no such chain can follow
does not (Boukamp, J. Electrochem. Soc. 142, 1885 (1995)). The circuits are those of a pellet between electrodes: bulk,
grain boundary, electrode, where each arc is a resistance beside a constant-phase element. What an arc belongs to is
told by its capacitance: 1 pF to 10 nF are bulk and grain boundaries, from 0.1 µF on it is the interface with the
electrode (Irvine, Sinclair and West, Adv. Mater. 2, 132 (1990), table 1).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from surrogate.errors import MeasurementError
from surrogate.instruments.source import FloatArray
from surrogate.instruments.spectra import Spectrum
from surrogate.text import percent

ComplexArray = npt.NDArray[np.complex128]
#: Residuals of a linear test above this say that the pellet changed while it was measured, or was overdriven.
DOUBTFUL, HOPELESS = 0.03, 0.15
#: Where the spectrum comes nearest to the real axis, Z″ has to be below this part of Z′.
_NEAR_AXIS = 0.6
_MAX_UNCERTAINTY = 0.2
#: Residual of a circuit above which it does not follow the spectrum.
_MAX_RESIDUAL = 0.08
#: Arcs of more farads are those of an interface with an electrode, and no part of the electrolyte.
INTERFACE_F = 1e-7
#: Where the exponents of constant-phase elements begin.
_EXPONENT = 0.9


@dataclass(frozen=True, kw_only=True)
class _Circuit:
    """R – L – (R‖CPE) … – CPE: whether there is a series resistance, an inductance, a blocking electrode; the arcs."""

    arcs: int
    series: bool
    inductive: bool
    blocking: bool

    def __str__(self) -> str:
        """As it is drawn, from left to right."""
        ends = ["R"] * self.series + ["L"] * self.inductive
        return " – ".join([*ends, *["(R‖CPE)"] * self.arcs, *["CPE"] * self.blocking])

    @property
    def places(self) -> list[int]:
        """Where the logarithms of the resistances stand among the parameters, from high to low frequency."""
        begin = self.series + self.inductive
        return ([0] if self.series else []) + [begin + 3 * arc for arc in range(self.arcs)]

    def impedance(self, parameters: Sequence[float] | FloatArray, omega: FloatArray) -> ComplexArray:
        """``parameters``: log R of the series, log L, (log R, log τ, n) of each arc, (log Q, n) of the electrode."""
        values = list(parameters)
        z = np.full(len(omega), np.exp(values.pop(0)) if self.series else 0.0, complex)
        if self.inductive:
            z += 1j * omega * np.exp(values.pop(0))
        for _ in range(self.arcs):
            r, tau, n = np.exp(values.pop(0)), np.exp(values.pop(0)), values.pop(0)
            z += r / (1.0 + (1j * omega * tau) ** n)
        if self.blocking:
            q, n = np.exp(values.pop(0)), values.pop(0)
            z += 1.0 / (q * (1j * omega) ** n)
        return z


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A fitted circuit. ``arcs_ohm`` are the resistances of the electrolyte from high to low frequency, of which the
    total is the sum; ``interfaces`` those of arcs with the capacitance of an interface, each with its farads.
    """

    circuit: str
    arcs_ohm: tuple[float, ...]
    interfaces: tuple[tuple[float, float], ...]
    total_ohm: float
    total_uncertainty_ohm: float
    residual: float
    kramers_kronig: float
    is_blocking: bool
    curve_ohm: ComplexArray
    criterion: float

    def describe(self) -> str:
        """The fit in words, as it is stored."""
        parts = " + ".join(f"{r:.4g}" for r in self.arcs_ohm)
        left = "".join(f"; an arc of {r:.4g} Ω and {c:.2g} F is left out as an interface" for r, c in self.interfaces)
        return (
            f"total resistance {self.total_ohm:.4g} ± {self.total_uncertainty_ohm:.2g} Ω ({parts} Ω, bulk and grain "
            f"boundaries together) from the circuit {self.circuit}{left}; residual {100 * self.residual:.1f} %, "
            f"Kramers-Kronig {100 * self.kramers_kronig:.1f} %"
        )


def fit_circuit(spectrum: Spectrum) -> Fit:
    """The total resistance of the pellet; raises :class:`MeasurementError` where the spectrum does not show it."""
    f, z, name = spectrum.frequency_hz, np.asarray(spectrum.impedance_ohm), spectrum.origin.file
    nearest = float(np.min(np.abs(z.imag) / z.real))
    if nearest > _NEAR_AXIS:
        raise MeasurementError(
            f"'{name}' never comes near the real axis (Z″ is {nearest:.2g} of Z′ at best from {f[-1]:.3g} to "
            f"{f[0]:.3g} Hz), so it shows no resistance.",
            hint="Measure to a higher frequency, or at a lower temperature.",
        )
    consistency = kramers_kronig(f, z)
    if consistency > HOPELESS:
        raise MeasurementError(
            f"'{name}' misses the relations of Kramers and Kronig by {percent(consistency)}.",
            hint="Is it a spectrum of a pellet at rest? Check the columns, and measure it again.",
        )
    fits = (_fit(f, z, circuit, consistency) for circuit in _list_circuits(z))
    best = min((fit for fit in fits if fit is not None), key=lambda fit: fit.criterion, default=None)
    if best is None or best.residual > _MAX_RESIDUAL:
        off = "" if best is None else f"; the nearest is off by {percent(best.residual)}"
        raise MeasurementError(
            f"No circuit of a pellet follows '{name}'{off}.", hint="Is it a pellet at rest? Measure it again."
        )
    if not best.arcs_ohm:
        raise MeasurementError(
            f"'{name}' shows interfaces alone: its arcs have {min(c for _, c in best.interfaces):.2g} F and more.",
            hint="Measure to a higher frequency, or between blocking electrodes.",
        )
    if best.total_uncertainty_ohm > _MAX_UNCERTAINTY * best.total_ohm:
        raise MeasurementError(
            f"The resistance in '{name}' is {best.total_ohm:.3g} ± {best.total_uncertainty_ohm:.2g} Ω, which says too "
            "little.",
            hint="Measure to a higher frequency and with less noise.",
        )
    return best


def _list_circuits(z: ComplexArray) -> Iterator[_Circuit]:
    """Circuits that may be behind a spectrum; cables show where its highest frequencies are inductive."""
    blocking = bool(-z.imag[-1] > 0.5 * z.real[-1])
    for inductive in (False, True) if (z.imag[:3] > 0.0).any() else (False,):
        for arcs, series in ((0, True), (1, False), (1, True), (2, False), (2, True)):
            yield _Circuit(arcs=arcs, series=series, inductive=inductive, blocking=blocking)


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


def _fit(f: FloatArray, z: ComplexArray, circuit: _Circuit, consistency: float) -> Fit | None:
    """The best of several starts, or ``None``."""
    omega = 2.0 * np.pi * f
    best = _solve(omega, z, circuit)
    if best is None:
        return None
    n, k = 2 * len(z), len(best.x)
    variance = 2.0 * best.cost / (n - k)
    covariance = np.linalg.pinv(best.jac.T @ best.jac, rcond=1e-14) * variance
    places = np.array(circuit.places)
    resistances = np.exp(best.x[places])
    # A series resistance has no capacitance; that of an arc is τ/R, where −Z″ is largest.
    farads = [0.0] * circuit.series + [float(np.exp(best.x[p + 1] - best.x[p])) for p in places[int(circuit.series) :]]
    inside = np.array(farads) < INTERFACE_F
    gradient = np.zeros(k)
    gradient[places[inside]] = resistances[inside]  # of R by its logarithm
    return Fit(
        circuit=str(circuit),
        arcs_ohm=tuple(float(r) for r in resistances[inside]),
        interfaces=tuple((float(r), c) for r, c in zip(resistances, farads, strict=True) if c >= INTERFACE_F),
        total_ohm=float(resistances[inside].sum()),
        total_uncertainty_ohm=float(np.sqrt(max(gradient @ covariance @ gradient, 0.0))),
        residual=float(np.sqrt(variance)),
        kramers_kronig=consistency,
        is_blocking=circuit.blocking,
        curve_ohm=circuit.impedance(best.x, omega),
        criterion=float(n * np.log(max(variance, 1e-20)) + k * np.log(n)),  # Bayesian information
    )


def _solve(omega: FloatArray, z: ComplexArray, circuit: _Circuit) -> Any:
    """What least squares gives from the best start; ``None`` where there are too few points, or no start leads on."""
    from scipy.optimize import least_squares

    weight = 1.0 / np.abs(z)

    def misses(p: FloatArray) -> FloatArray:
        left = (circuit.impedance(p, omega) - z) * weight
        return np.concatenate([left.real, left.imag])

    best = None
    for start in _list_starts(z, omega, circuit):
        if len(start) + 3 > len(z):
            return None
        # Exponents of constant-phase elements stay physical, logarithms within 13 decades of where they begin.
        lower = np.array([0.4 if value == _EXPONENT else value - 30.0 for value in start])
        upper = np.array([1.0 if value == _EXPONENT else value + 30.0 for value in start])
        try:
            solution = least_squares(misses, start, bounds=(lower, upper), max_nfev=400)
        except (ValueError, FloatingPointError):
            continue
        best = solution if best is None or solution.cost < best.cost else best
    return best


def _list_starts(z: ComplexArray, omega: FloatArray, circuit: _Circuit) -> Iterator[list[float]]:
    """Where fits begin: resistances that share what the spectrum has near the real axis, arcs here and there."""
    axis = int(np.argmin(np.abs(z.imag) / z.real))
    share = float(np.log(z.real[axis] / (circuit.arcs + circuit.series)))
    for shift in (0.03, 0.3, 3.0, 30.0) if circuit.arcs else (1.0,):
        start = [share] if circuit.series else []
        start += [float(np.log(max(z.imag[0], 1e-3 * abs(z[0])) / omega[0]))] if circuit.inductive else []
        for arc in range(circuit.arcs):
            start += [share, float(np.log(shift * 100.0**arc / omega[0])), _EXPONENT]
        start += [-float(np.log(abs(z.imag[-1]) * omega[-1] ** 0.9)), _EXPONENT] if circuit.blocking else []
        yield start
