"""How values, verdicts and sources are written for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from surrogate.composition.formula import formula_of
from surrogate.measurement import Candidate
from surrogate.models.base import Neighbour, Prediction
from surrogate.properties import Scale, get_property
from surrogate.report.markup import Html, joined, tag
from surrogate.report.sources import reference_of
from surrogate.units import number, stated


def quantity(property: str, value: float) -> str:
    """A value with three digits in the unit that a chemist reads."""
    return get_property(property).shown(value)


def interval(prediction: Prediction) -> str:
    """``0.35 – 6.1 mS/cm``."""
    bounds = prediction.interval
    return get_property(prediction.property).shown_range(bounds.low, bounds.high, joint=" – ")


def effect(property: str, size: float) -> str:
    """How far something moves a value: a factor where the property is modelled in decades, else a difference.

    >>> effect("ionic_conductivity", 0.301), effect("first_discharge_capacity", -12.34)
    ('×2', '−12.3 mAh/g')
    """
    spec = get_property(property)
    if spec.scale is Scale.LOG10:
        return f"×{10.0**size:.3g}"
    sign = "−" if size < 0 else "+"
    return f"{sign}{number(spec.shown_factor * abs(size))} {'points' if spec.unit == '%' else spec.shown_unit}"


def formula(candidate: Candidate) -> str:
    """The formula of its electrolyte with three decimals; what is weighed in is exact."""
    material = candidate.electrolyte
    return "" if material is None else formula_of(material.composition.amounts, decimals=3)


def settings(values: Mapping[str, float | str]) -> str:
    """All settings in one line."""
    return ", ".join(stated(name, value) for name, value in values.items())


def verdict(prediction: Prediction) -> Html:
    """The domain verdict, with a mark that does not need colour."""
    status = prediction.domain.status.value
    return tag("span", status, class_=status)


@dataclass(kw_only=True)
class References:
    """The sources of a report, numbered in the order in which they are cited."""

    cited: dict[tuple[str, str], int] = field(default_factory=dict)

    def cite(self, neighbour: Neighbour) -> Html:
        """``[3]``, a link to the list."""
        text = reference_of(neighbour.doi, neighbour.reference, neighbour.paper)
        place = self.cited.setdefault((text, neighbour.doi or ""), len(self.cited) + 1)
        return tag("a", f"[{place}]", href=f"#ref-{place}")

    def entries(self) -> list[Html]:
        """The list, with DOIs as links to follow by hand."""
        found = []
        for (text, doi), place in self.cited.items():
            link = tag("a", f"https://doi.org/{doi}", href=f"https://doi.org/{doi}") if doi else None
            same = doi and doi.lower() in text.lower()
            found.append(tag("span", joined([None if same else text, link] if doi else [text], " "), id=f"ref-{place}"))
        return found
