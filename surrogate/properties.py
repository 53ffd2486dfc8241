"""The table of properties: what can be measured, simulated, predicted and asked for.

Everything that needs a unit, a scale, a bound or a label of a property looks here. ``scale`` is the space in which a
property is modelled and in which its errors are additive: decades for conductivities, so that averages are taken of
log10 and never of the value itself (Ohno et al., ACS Energy Lett. 5, 910 (2020), show identical argyrodites spread by a
factor of several between laboratories).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from surrogate.errors import MeasurementError, UnknownName


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
class Property:
    """One property: its unit, its scale, the bounds physics sets, and how it is written on an axis.

    ``lower`` and ``upper`` are the plausible bounds in the unit; a value outside is refused by :meth:`check` with the
    likely mistake in ``outside_hint``. ``between_papers`` is the spread, on the scale, of values that different papers
    report for one composition: no honest interval is narrower (``shared floor``, measured on the literature table).
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

    def check(self, value: float) -> float:
        """``value`` if it is possible, else :class:`MeasurementError` with the value, the bounds and the likely
        mistake.
        """
        if not math.isfinite(value) or not self.lower <= value <= self.upper:
            raise MeasurementError(
                f"{self.label} of {value:g} {self.unit} is outside the possible range "
                f"{self.lower:g} to {self.upper:g} {self.unit}.",
                hint=self.outside_hint,
            )
        return value

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
        return f"{self.name}_{_UNIT_ENDINGS[self.unit]}"


_UNIT_ENDINGS = {"S/cm": "s_per_cm", "mAh/g": "mah_per_g", "%": "percent", "eV": "ev"}

_CAPACITY_HINT = "Is it per gram of active material? An areal capacity or a capacity per cell needs the loading."

PROPERTIES: Mapping[str, Property] = MappingProxyType(
    {
        p.name: p
        for p in (
            Property(
                name="ionic_conductivity",
                label="Ionic conductivity",
                symbol="σ",
                unit="S/cm",
                ucum="S/cm",
                scale=Scale.LOG10,
                subject=Subject.ELECTROLYTE,
                lower=1e-18,
                upper=0.1,
                between_papers=0.55,
                meaning="Total ionic conductivity of the pressed or sintered powder at the measurement temperature.",
                outside_hint="Above 0.1 S/cm no sulfide is known: are these mS/cm in a column of S/cm?",
            ),
            Property(
                name="first_discharge_capacity",
                label="First discharge capacity",
                symbol="Q_dis",
                unit="mAh/g",
                ucum="mA.h/g",
                scale=Scale.LINEAR,
                subject=Subject.CELL,
                lower=0.0,
                upper=4000.0,
                between_papers=40.0,
                meaning="Capacity of the first discharge per gram of active material.",
                outside_hint=_CAPACITY_HINT,
            ),
            Property(
                name="first_charge_capacity",
                label="First charge capacity",
                symbol="Q_chg",
                unit="mAh/g",
                ucum="mA.h/g",
                scale=Scale.LINEAR,
                subject=Subject.CELL,
                lower=0.0,
                upper=4000.0,
                between_papers=40.0,
                meaning="Capacity of the first charge per gram of active material.",
                outside_hint=_CAPACITY_HINT,
            ),
            Property(
                name="capacity_retention",
                label="Capacity retention",
                symbol="R",
                unit="%",
                ucum="%",
                scale=Scale.LINEAR,
                subject=Subject.CELL,
                lower=0.0,
                upper=150.0,
                between_papers=5.0,
                meaning="Capacity after the stated number of cycles as a share of the reference cycle's capacity; "
                "above 100 % where capacity grows.",
                outside_hint="Retention is a percentage of the reference cycle, between 0 and 150.",
            ),
            Property(
                name="activation_energy",
                label="Activation energy",
                symbol="Ea",
                unit="eV",
                ucum="eV",
                scale=Scale.LINEAR,
                subject=Subject.ELECTROLYTE,
                lower=0.05,
                upper=2.0,
                between_papers=0.03,
                meaning="Arrhenius activation energy of ion conduction.",
                outside_hint="Is it in kJ/mol? 1 eV is 96.485 kJ/mol.",
            ),
            Property(
                name="electronic_conductivity",
                label="Electronic conductivity",
                symbol="σ_el",
                unit="S/cm",
                ucum="S/cm",
                scale=Scale.LOG10,
                subject=Subject.ELECTROLYTE,
                lower=1e-16,
                upper=1e4,
                between_papers=0.7,
                meaning="Electronic conductivity from direct-current polarisation.",
            ),
        )
    }
)

#: The properties that are trained, served and suggested on; the others exist in the tables.
MODELLED = ("ionic_conductivity", "first_discharge_capacity", "first_charge_capacity", "capacity_retention")


def get_property(name: str) -> Property:
    """The property called ``name``; :class:`UnknownName` proposes the nearest."""
    try:
        return PROPERTIES[name]
    except KeyError:
        raise UnknownName("property", name, PROPERTIES) from None
