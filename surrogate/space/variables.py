"""What a lab can set: numbers with a range and a step, choices, and whether a setting matters at all.

A variable knows two things: the values a lab may dial in, and the place of each value between 0 and 1 (or its one-hot
code), which is what planners compute with. Columns of values travel as :class:`Table`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.errors import SpaceError
from surrogate.units import unit_of

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Rows = NDArray[np.signedinteger[Any]]
Value = float | str


@dataclass(frozen=True, kw_only=True)
class Table:
    """``n`` rows of settings: ``numbers`` (n,) float64, NaN where a setting does not apply; ``choices`` (n,) of str."""

    n: int
    numbers: Mapping[str, Array] = field(default_factory=dict)
    choices: Mapping[str, NDArray[np.object_]] = field(default_factory=dict)

    def take(self, rows: NDArray[Any]) -> Table:
        """The rows at these positions or where a mask is true."""
        kept = np.arange(self.n)[rows]
        return Table(
            n=len(kept),
            numbers={name: column[kept] for name, column in self.numbers.items()},
            choices={name: column[kept] for name, column in self.choices.items()},
        )

    def replaced(self, values: Mapping[str, Value]) -> Table:
        """A copy in which these settings have one value in every row."""
        numbers, choices = dict(self.numbers), dict(self.choices)
        for name, value in values.items():
            if isinstance(value, str):
                choices[name] = np.full(self.n, value, dtype=object)
            else:
                numbers[name] = np.full(self.n, float(value))
        return Table(n=self.n, numbers=numbers, choices=choices)

    def row(self, position: int) -> dict[str, Value]:
        """One row as settings; what does not apply is left out."""
        numbers = {name: float(column[position]) for name, column in self.numbers.items()}
        chosen = {name: str(column[position]) for name, column in self.choices.items()}
        return {**chosen, **{name: value for name, value in numbers.items() if not math.isnan(value)}}

    @staticmethod
    def joined(tables: Sequence[Table]) -> Table:
        """Tables of the same columns, one below the other."""
        first = tables[0]
        return Table(
            n=sum(table.n for table in tables),
            numbers={name: np.concatenate([t.numbers[name] for t in tables]) for name in first.numbers},
            choices={name: np.concatenate([t.choices[name] for t in tables]) for name in first.choices},
        )


@dataclass(frozen=True, kw_only=True)
class Number:
    """A number between ``low`` and ``high`` in steps that the lab can set (``step`` ``None``: continuous).

    ``logarithmic`` spaces the draws evenly in log10, for times that span decades. ``when`` names the choices under
    which the setting applies; elsewhere it is not part of the recipe. Raises :class:`SpaceError`.
    """

    name: str
    low: float
    high: float
    step: float | None = None
    logarithmic: bool = False
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for label, value in (("low", self.low), ("high", self.high), ("step", self.step)):
            if value is not None and not math.isfinite(value):
                raise SpaceError(
                    f"{self.name}: {label} is {value}, which is not a finite number.", hint="Give a number."
                )
        if self.low > self.high:
            raise SpaceError(
                f"{self.name} runs from {self.low:g} to {self.high:g}; the lower bound must not exceed the upper.",
                hint="Swap the bounds.",
            )
        if self.step is not None and self.step <= 0:
            raise SpaceError(f"{self.name} has a step of {self.step:g}; a step must be positive.", hint="Leave it out.")
        if not math.isfinite((self.high - self.low) / (self.step or 1.0)):
            raise SpaceError(
                f"{self.name} runs from {self.low:g} to {self.high:g}"
                f"{'' if self.step is None else f' in steps of {self.step:g}'}, which is too wide to count.",
                hint="Give bounds that a lab can set, and a coarser step or none.",
            )
        if self.logarithmic and self.low <= 0:
            raise SpaceError(
                f"{self.name} is logarithmic and starts at {self.low:g}; it must start above 0.",
                hint="Raise the lower bound, or leave out scale = 'log'.",
            )

    @property
    def is_fixed(self) -> bool:
        """Whether there is only one value."""
        return self.low == self.high

    def snap(self, values: Array) -> Array:
        """The nearest values that the lab can set, within the bounds."""
        if self.step is None:
            return np.clip(values, self.low, self.high)
        last = math.floor((self.high - self.low) / self.step + 1e-9)
        steps = np.clip(np.rint((values - self.low) / self.step), 0, last)
        return np.asarray(np.round(self.low + steps * self.step, 10))

    def from_unit(self, unit: Array) -> Array:
        """Places between 0 and 1 → values the lab can set."""
        if self.logarithmic:
            low, high = math.log10(self.low), math.log10(self.high)
            return self.snap(np.asarray(10.0 ** (low + unit * (high - low))))
        return self.snap(self.low + unit * (self.high - self.low))

    def to_unit(self, values: Array) -> Array:
        """Values → places; 0 is the lower and 1 the upper bound, and values outside the bounds keep their place."""
        if self.is_fixed:
            return np.where(np.isnan(values), np.nan, 0.5)
        if self.logarithmic:
            low, high = math.log10(self.low), math.log10(self.high)
            return (np.log10(np.maximum(values, self.low * 1e-3)) - low) / (high - low)
        return (values - self.low) / (self.high - self.low)

    def allows(self, values: Array) -> Mask:
        """Where the value lies within the bounds and on a step."""
        tolerance = 1e-9 * max(abs(self.low), abs(self.high), 1.0)
        inside = (values >= self.low - tolerance) & (values <= self.high + tolerance)
        return inside if self.step is None else inside & (np.abs(self.snap(values) - values) <= 1e-6 * self.step)

    @property
    def unit(self) -> str:
        """The printed unit, from the ending of the name."""
        return unit_of(self.name)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One of several named options; ``when`` as for :class:`Number`."""

    name: str
    options: tuple[str, ...]
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.options:
            raise SpaceError(f"{self.name} has no options.", hint="List at least one.")
        if len(set(self.options)) != len(self.options):
            raise SpaceError(f"{self.name} lists an option twice: {', '.join(self.options)}.", hint="List each once.")

    @property
    def is_fixed(self) -> bool:
        """Whether there is only one option."""
        return len(self.options) == 1

    def from_unit(self, unit: Array) -> NDArray[np.object_]:
        """Places between 0 and 1 → options, each with an equal share."""
        code = np.minimum((unit * len(self.options)).astype(int), len(self.options) - 1)
        chosen: NDArray[np.object_] = np.array(self.options, dtype=object)[code]
        return chosen

    def one_hot(self, values: NDArray[np.object_]) -> Array:
        """(n, options) scaled so that two different options lie one apart; an unknown option is far from all."""
        hot = values[:, None] == np.array(self.options, dtype=object)
        return np.asarray(hot.astype(float) / math.sqrt(2.0))


Variable = Number | Choice

#: What a lab can set where a space does not say, by the ending of the name; the first that fits.
RESOLUTIONS: Mapping[str, float] = MappingProxyType(
    {
        "_weight_fraction": 0.01,
        "temperature_c": 10.0,
        "_time_h": 0.5,
        "_time_min": 1.0,
        "_speed_rpm": 10.0,
        "_pressure_mpa": 10.0,
        "_mg_per_cm2": 0.1,
    }
)


#: What can be told apart of x and z of an argyrodite, and of the mole fractions of a mixture.
SUBSTITUTION_STEP, MOLE_FRACTION_STEP = 0.05, 0.01


def resolution(name: str) -> float | None:
    """What a lab can set of a number; ``None`` where nothing is usual."""
    if name in ("x", "z", "halide_share"):
        return SUBSTITUTION_STEP
    if name.startswith("mole_fraction_"):
        return MOLE_FRACTION_STEP
    return next((step for ending, step in RESOLUTIONS.items() if name.endswith(ending)), None)


def default_step(name: str, low: float, high: float) -> float | None:
    """The step of a setting whose space gives none; ``None`` where nothing is usual, or the range has no two steps."""
    return fitting_step(low, high, resolution(name))


def fitting_step(low: float, high: float, step: float | None) -> float | None:
    """``step`` where the range has two of it, else ``None``."""
    return step if step is not None and high - low >= 2.0 * step - 1e-9 else None


def applies(when: Mapping[str, tuple[str, ...]], table: Table) -> Mask:
    """Where the choices in ``table`` are among those that ``when`` names (everywhere for an empty ``when``)."""
    mask = np.ones(table.n, dtype=bool)
    for name, options in when.items():
        if name not in table.choices:
            raise SpaceError(
                f"A condition names the choice '{name}', which the space does not have.", hint="Check 'when'."
            )
        mask &= np.any([table.choices[name] == option for option in options], axis=0)
    return mask


def check_names(variables: Iterable[Variable]) -> None:
    """Refuse a setting that is given twice."""
    seen: set[str] = set()
    for variable in variables:
        if variable.name in seen:
            raise SpaceError(f"The setting {variable.name} is given twice.", hint="Give each setting once.")
        seen.add(variable.name)
