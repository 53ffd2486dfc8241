"""Laws for the effect of test conditions: of temperature on a conductivity, of cycles on a retention.

Models learn values at standard conditions and never see the conditions; a law then moves a prediction to the conditions
of the candidate. The tables cannot teach these effects: their conductivities were measured at 22 to 30 °C, and their
retentions after 10 to 4,500 cycles come from cells of which the good ones were cycled longest, so that a model would
learn that cells recover. See docs/decisions/0014.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.recipe import ROOM_TEMPERATURE_C
from surrogate.physics.conduction import inverse_kelvin_from_room
from surrogate.physics.parameters.universal import BOLTZMANN_EV_PER_K, ZERO_CELSIUS_K

Array = NDArray[np.float64]

STANDARD_TEMPERATURE_C = ROOM_TEMPERATURE_C
#: Activation energy of a sulfide of conductivity σ at 25 °C, eV: level − slope · log10(σ / S cm⁻¹), give or take the
#: error. Least squares over the 146 rows of ``data/literature/electrolytes.csv`` that state both; that good conductors
#: have low barriers is the compensation rule of Meyer and Neldel (Z. Tech. Phys. 18, 588 (1937)).
BARRIER_LEVEL_EV, BARRIER_SLOPE_EV, BARRIER_ERROR_EV = 0.184, 0.047, 0.067
STANDARD_CYCLES_LOG10 = 2.0
_STANDARD_CYCLES = 10.0**STANDARD_CYCLES_LOG10
#: Cycles over which the first loss sets in and how stretched it is, of what inserts and of what converts.
FIRST_CYCLES, FIRST_POWER = (20.0, 5.0), (0.8, 1.0)
#: The further loss that comes later, as a share, and over how many cycles.
LATER_SHARE, LATER_CYCLES = 0.8, 3000.0
#: The features that say of an active material that it converts.
_CONVERTS = tuple(f"electrode.chemistry.{kind}" for kind in ("sulfur", "lithium_sulfide", "metal_sulfide"))
#: Barrier of the fade, eV. Through the 9 papers that cycled layered oxides below and above 45 °C it is 0.05 (median
#: 0.07), and they differ in sign; papers that cycle warm show better cells, so rows bear less than that.
FADE_BARRIER_EV = 0.03
#: Least slope by which a stated value is divided: a retention after one cycle says little of the one after a hundred.
_LEAST_SLOPE = 0.3


@dataclass(frozen=True, kw_only=True)
class Law:
    """A linear law: target = pivot + slope · (target at standard conditions − pivot) + shift.

    Without a shift the ``pivot`` is the target that no condition moves; ``slope`` is (n,), ``shift`` (n,) or 0, and
    ``error`` (n,) is the standard deviation of the law itself.
    """

    pivot: float
    slope: Array
    error: Array
    shift: Array | float = 0.0

    def applied(self, standard: Array) -> Array:
        """Targets (n,) at the conditions of the candidates, from those at standard conditions."""
        return np.asarray(self.pivot + self.slope * (standard - self.pivot) + self.shift)

    def undone(self, targets: Array) -> Array:
        """Targets (n,) at standard conditions, from those that papers state at the conditions of their tests."""
        return np.asarray(self.pivot + (targets - self.shift - self.pivot) / self._slope_of_rows)

    def redone(self, standard: Array) -> Array:
        """The inverse of :meth:`undone`: targets (n,) as papers state them."""
        return np.asarray(self.pivot + self._slope_of_rows * (standard - self.pivot) + self.shift)

    @property
    def _slope_of_rows(self) -> Array:
        return np.maximum(self.slope, _LEAST_SLOPE)


def arrhenius(temperature_c: Array, reference_cycle: Array | None = None) -> Law:
    """The law of log10 conductivities: Arrhenius from 25 °C, with the barrier that belongs to the conductivity there.

    At the pivot the barrier would be nil. A gap stands for 25 °C; cycles do not matter. The barrier is that of σ·T, as
    of every activation energy of this package.
    """
    decades = decades_per_ev(temperature_c)
    return Law(
        pivot=BARRIER_LEVEL_EV / BARRIER_SLOPE_EV,
        slope=1.0 - BARRIER_SLOPE_EV * decades,
        error=BARRIER_ERROR_EV * np.abs(decades),
        shift=-_decades_of_kelvin(temperature_c),
    )


def decades_per_ev(temperature_c: Array) -> Array:
    """What an electronvolt of activation energy adds to log10(σ·T) between 25 °C and a temperature, (n,)."""
    stated_c = np.where(np.isnan(temperature_c), STANDARD_TEMPERATURE_C, temperature_c)
    return np.asarray(inverse_kelvin_from_room(stated_c) / (BOLTZMANN_EV_PER_K * np.log(10.0)))


def _decades_of_kelvin(temperature_c: Array) -> Array:
    """log10 of a temperature over 25 °C, both in K, (n,): what σ lacks of σ·T; a gap stands for 25 °C."""
    stated_c = np.where(np.isnan(temperature_c), STANDARD_TEMPERATURE_C, temperature_c)
    return np.asarray(np.log10((stated_c + ZERO_CELSIUS_K) / (STANDARD_TEMPERATURE_C + ZERO_CELSIUS_K)))


def arrhenius_through(temperature_c: Array, barrier_ev: Array, error_ev: Array) -> Law:
    """Arrhenius in σ·T with a known activation energy: two temperatures imply it exactly.

    Args:
        temperature_c: Of the measurement, (n,); a gap stands for 25 °C.
        barrier_ev: The activation energies, (n,).
        error_ev: Their standard deviations, (n,).
    """
    decades = decades_per_ev(temperature_c)
    return Law(
        pivot=0.0,
        slope=np.ones(len(decades)),
        error=error_ev * np.abs(decades),
        shift=barrier_ev * decades - _decades_of_kelvin(temperature_c),
    )


def barrier_of(log_conductivity: Array) -> Array:
    """The activation energy in eV that belongs to log10 conductivities at 25 °C, (n,), by the compensation rule."""
    return np.asarray(BARRIER_LEVEL_EV - BARRIER_SLOPE_EV * log_conductivity)


def log_conductivity_of(barrier_ev: Array) -> Array:
    """The inverse of :func:`barrier_of`, (n,)."""
    return np.asarray((BARRIER_LEVEL_EV - barrier_ev) / BARRIER_SLOPE_EV)


def fade(
    cycles_log10: Array,
    temperature_c: Array | None = None,
    reference_cycle: Array | None = None,
    converts: NDArray[np.bool_] | None = None,
) -> Law:
    """Of retentions in per cent of cycle r: what a cell loses after n cycles over what it loses in a hundred.

    It is (1 − e^−((n − r) / m)^q) · (1 + a · n / (n + l)), over the same after a hundred cycles, times Arrhenius from
    25 °C: nothing at the reference cycle, more with every cycle, and sooner when warm. Papers show good cells after
    many cycles and bad ones after few, so rows bear no more than a slow loss later on (docs/decisions/0037).

    Args:
        cycles_log10: The decadic logarithm of n, (k,); a gap stands for a hundred cycles.
        temperature_c: Of the test, (k,); a gap stands for 25 °C.
        reference_cycle: r, (k,); a gap stands for the first.
        converts: Whether the active material converts, and loses most in its first cycles, (k,).
    """
    cycles = np.power(10.0, np.where(np.isnan(cycles_log10), STANDARD_CYCLES_LOG10, cycles_log10))
    begin = np.ones_like(cycles) if reference_cycle is None else np.nan_to_num(reference_cycle, nan=1.0)
    kind = np.zeros(len(cycles), dtype=np.int64) if converts is None else converts.astype(np.int64)
    first, power = np.array(FIRST_CYCLES)[kind], np.array(FIRST_POWER)[kind]

    def lose(number: Array | float, since: Array | float) -> Array:
        later = 1.0 + LATER_SHARE * number / (number + LATER_CYCLES)
        return np.asarray(-np.expm1(-((np.asarray(since) / first) ** power)) * later)

    share = lose(cycles, np.maximum(cycles - begin, 0.0)) / lose(_STANDARD_CYCLES, _STANDARD_CYCLES - 1.0)
    warmth = 1.0 if temperature_c is None else np.power(10.0, FADE_BARRIER_EV * decades_per_ev(temperature_c))
    slope = np.where(np.isnan(cycles_log10), 1.0, share) * warmth
    return Law(pivot=100.0, slope=slope, error=np.zeros(len(slope)))


#: Property → the features that say its conditions, each with the standard value, and the law that takes them in order.
LAWS: Mapping[str, tuple[Mapping[str, float], Callable[..., Law]]] = MappingProxyType(
    {
        "ionic_conductivity": ({"protocol.temperature_c": STANDARD_TEMPERATURE_C}, arrhenius),
        "capacity_retention": (
            {"protocol.cycles_log10": STANDARD_CYCLES_LOG10, "protocol.temperature_c": STANDARD_TEMPERATURE_C},
            fade,
        ),
    }
)


def law_of(property: str, names: Sequence[str], X: Array, reference_cycle: Array | None) -> Law | None:
    """The law between standard conditions and those of ``n`` candidates; ``None`` for a property without one.

    Args:
        property: Its name.
        names: Of the features.
        X: The features, (n, d).
        reference_cycle: The cycle that a retention is relative to, (n,), NaN where it is not stated. No member sees
            this condition, so it is no feature.
    """
    if property not in LAWS:
        return None
    standards, law = LAWS[property]
    conditions = [X[:, names.index(column)] for column in standards]
    if law is not fade:
        return law(*conditions, reference_cycle)
    converts = (X[:, [names.index(name) for name in _CONVERTS]] > 0.0).any(axis=1)
    return law(*conditions, reference_cycle, converts)


def at_standard(property: str, names: Sequence[str], X: Array) -> Array:
    """X (n, d) at the standard condition of the property's law; X itself where there is no law.

    Args:
        property: Its name.
        names: Of the features.
        X: The features, (n, d).
    """
    if property not in LAWS:
        return X
    X = X.copy()
    for column, standard in LAWS[property][0].items():
        X[:, names.index(column)] = standard
    return X
