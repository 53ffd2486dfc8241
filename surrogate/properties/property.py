"""What a property is: its unit, the scale on which it is modelled, its bounds, and how it is written."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from numbers import Real
from typing import Any

from surrogate.errors import ConfigError, MeasurementError
from surrogate.units import name_ending

#: Conductivities that cannot be above this, S/cm, are shown in mS/cm; those of electrons span more.
_MILLI_BELOW = 1.0
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


class Scale(StrEnum):
    """The space in which a property is modelled."""

    LOG10 = "log10"
    LOGIT = "logit"
    LINEAR = "linear"


class Subject(StrEnum):
    """What a property belongs to: a material, or a cell that was built and cycled."""

    ELECTROLYTE = "electrolyte"
    CELL = "cell"


@dataclass(frozen=True, kw_only=True)
class SimulatorSpread:
    """How far a simulated value may be from a laboratory: stated, not fitted.

    ``typical`` is the value, in the unit, where the physics is silent. ``simulated`` and ``silent`` are the standard
    deviations, on the scale, of a simulated value and of that typical one.
    """

    typical: float
    simulated: float
    silent: float


@dataclass(frozen=True, kw_only=True)
class Property:
    """One property: its unit, its scale, the bounds physics sets, and how it is written on an axis.

    ``lower`` and ``upper`` are the plausible bounds in the unit; a value outside is refused by :meth:`check` with the
    likely mistake in ``outside_hint``. ``between_papers`` is the spread, on the scale, of values that different papers
    report for one composition, measured on the literature table: what planners and figures take a laboratory to differ
    by. Intervals of models are learnt from papers held out instead. ``aliases`` are headings of a sheet that mean it,
    ``example`` is a value for a template, ``claim`` is what a candidate does that has more of it, and ``simulator`` is
    there where the physics computes it.
    """

    name: str
    label: str
    symbol: str
    unit: str
    ucum: str
    scale: Scale
    subject: Subject
    lower: float
    upper: float
    between_papers: float
    meaning: str
    outside_hint: str = "Check the unit of the column."
    aliases: tuple[str, ...] = ()
    example: float | None = None
    claim: str | None = None
    simulator: SimulatorSpread | None = None

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ConfigError(
                f"A property cannot be named '{self.name}'.", hint="Use small letters, digits and single underscores."
            )
        if not (math.isfinite(self.lower) and math.isfinite(self.upper) and self.lower < self.upper):
            raise ConfigError(
                f"The bounds {self.lower:g} to {self.upper:g} of {self.name} hold no value.",
                hint="Give the lowest and the highest possible value, in this order.",
            )
        if self.scale is Scale.LOG10 and self.lower <= 0:
            raise ConfigError(
                f"{self.name} is modelled as log10, but its lower bound is {self.lower:g}.",
                hint="Give a lower bound above zero, or use the scale linear.",
            )
        if not (math.isfinite(self.between_papers) and self.between_papers > 0):
            raise ConfigError(
                f"between_papers of {self.name} is {self.between_papers:g}; it must be above zero.",
                hint="It is how far different sources differ on one recipe, on the scale: in decades for log10.",
            )

    @property
    def more(self) -> str:
        """What a candidate does that has more of it, "conducts better" for instance."""
        return self.claim or f"has a higher {self.label.lower()}"

    def check(self, value: float) -> float:
        """Return ``value`` if it is possible; else raise :class:`MeasurementError` with bounds and likely mistake."""
        if isinstance(value, bool) or not isinstance(value, Real):
            raise MeasurementError(
                f"{self.label} is {value!r}, which is no number.", hint=f"Give the number in {self.unit}."
            )
        if not math.isfinite(value) or not self.lower <= value <= self.upper:
            raise MeasurementError(
                f"{self.label} of {value:g} {self.unit} is outside the possible range "
                f"{self.lower:g} to {self.upper:g} {self.unit}.",
                hint=self._hint(value),
            )
        return value

    def _hint(self, value: float) -> str:
        """The likely mistake behind a value outside the bounds; that of the property is about values too high."""
        if value < 0.0 <= self.lower:
            return "Check its sign."
        if value == 0.0 < self.lower:
            return "Nothing measures zero: give the lowest value that could have been seen, as an upper bound."
        return self.outside_hint

    def to_scale(self, value: Any) -> Any:
        """Value(s) in the unit → value(s) on the modelling scale; floats or arrays of any shape."""
        import numpy as np

        if self.scale is Scale.LOG10:
            return np.log10(value)
        if self.scale is Scale.LOGIT:
            share = np.asarray(value, dtype=float) / self.upper
            return np.log(share / (1.0 - share))
        return np.asarray(value, dtype=float)

    def from_scale(self, value: Any) -> Any:
        """The inverse of :meth:`to_scale`."""
        import numpy as np

        if self.scale is Scale.LOG10:
            return np.power(10.0, value)
        if self.scale is Scale.LOGIT:
            return self.upper / (1.0 + np.exp(-np.asarray(value, dtype=float)))
        return np.asarray(value, dtype=float)

    @property
    def column(self) -> str:
        """Its machine name with the unit, as in sheets and JSON: ``ionic_conductivity_s_per_cm``."""
        return f"{self.name}_{name_ending(self.unit)}"

    @property
    def shown_unit(self) -> str:
        """The unit that a chemist reads: mS/cm for what is conducted by ions, else the unit itself."""
        return "mS/cm" if self.unit == "S/cm" and self.upper <= _MILLI_BELOW else self.unit

    @property
    def shown_factor(self) -> float:
        """Factor from the unit to :attr:`shown_unit`."""
        return 1.0 if self.shown_unit == self.unit else 1e3

    @property
    def scale_unit(self) -> str:
        """The unit of errors and spreads: ``log10 S/cm`` for what is modelled in decades, else the unit itself."""
        return f"log10 {self.unit}" if self.scale is Scale.LOG10 else self.unit
