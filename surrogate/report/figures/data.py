"""Where the measurements come from, and what they say of the making."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surrogate.candidate.cell import Cell
from surrogate.candidate.measurement import Measurement
from surrogate.errors import InvalidInput
from surrogate.models.encoding import group_of
from surrogate.properties import get_property
from surrogate.report.figures.canvas import BLUE, GREY, TIER_COLOURS, canvas, heading, legend, title
from surrogate.report.sources import year_of
from surrogate.text import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Years that have a bar of their own.
_LAST_YEARS = 14
_TIERS = ("A", "B", "C", "D", "")
_TIER_WORDS = {
    "A": "A: paper or patent read",
    "B": "B: abstract, own citation",
    "C": "C: notes about the paper",
    "D": "D: cited in a review",
    "": "not stated",
}

#: What may be stated about the making and testing of an electrolyte.
_ELECTROLYTE: dict[str, Callable[[Any], Any]] = {
    "route": lambda c: c.subject.recipe.route,
    "milling time": lambda c: c.subject.recipe.milling and c.subject.recipe.milling.time_h,
    "heat treatment or none": lambda c: c.subject.recipe.heat_treated,
    "heat treatment / °C": lambda c: c.subject.recipe.heat_treatment and c.subject.recipe.heat_treatment.temperature_c,
    "heat treatment / h": lambda c: c.subject.recipe.heat_treatment and c.subject.recipe.heat_treatment.time_h,
    "densification": lambda c: c.subject.recipe.densification,
    "measured at / °C": lambda c: c.protocol.temperature_c,
}
_CELL: dict[str, Callable[[Any], Any]] = {
    "weight fractions": lambda c: c.subject.electrode.active_weight_fraction,
    "mixing method": lambda c: c.subject.electrode.mixing.method,
    "mixing time": lambda c: c.subject.electrode.mixing.time_min,
    "coating or none": lambda c: c.subject.electrode.coating,
    "loading": lambda c: c.subject.electrode.active_loading_mg_per_cm2,
    "voltage window": lambda c: c.protocol.voltage_max_v,
    "temperature": lambda c: c.protocol.temperature_c,
    "stack pressure": lambda c: c.subject.stack_pressure_mpa,
}


def data_overview(measurements: Sequence[Measurement], *, data: Path | None = None) -> Figure:
    """Draw measurements of one property by year and trust, by family and trust, and how often each detail is stated.

    Args:
        measurements: All of one property.
        data: The folder with the bibliography; by default the bundled one.

    Raises:
        InvalidInput: There is no measurement.
    """
    if not measurements:
        raise InvalidInput("There are no measurements to show.", hint="surrogate.datasets.load(property) gives some.")
    prop = get_property(measurements[0].property)
    figure, (by_year, by_family, details) = canvas(10.2, 3.6, columns=3, ratios=(1.15, 1, 1))
    _draw_years(by_year, measurements, data)
    _draw_families(by_family, measurements)
    _draw_details(details, measurements)
    n_papers = len({m.source.paper for m in measurements})
    heading(figure, f"{prop.label}: {len(measurements)} measurements of {n_papers} papers")
    return figure


def _name_tier(measurement: Measurement) -> str:
    return measurement.tier.value if measurement.tier is not None else ""


def _draw_years(axes: Any, measurements: Sequence[Measurement], data: Path | None) -> None:
    dated = [(year_of(m.source, data=data), _name_tier(m)) for m in measurements]
    unknown = sum(year is None for year, _ in dated)
    last = max((year for year, _ in dated if year is not None), default=0)
    first = last - _LAST_YEARS  # older ones share the first bar
    dated = [(None if year is None else max(year, first), tier) for year, tier in dated]
    years = sorted({year for year, _ in dated if year is not None})
    base = dict.fromkeys(years, 0)
    for tier in _TIERS:
        counts = Counter(year for year, row_tier in dated if row_tier == tier and year is not None)
        if counts:
            heights = [counts[year] for year in years]
            axes.bar(years, heights, bottom=[base[y] for y in years], color=TIER_COLOURS[tier], width=0.85)  # fmt: skip
            base = {year: base[year] + counts[year] for year in years}
    note = f" (not stated for {unknown})" if unknown else ""
    axes.set(xlabel=f"Year of the source{note}", ylabel="Measurements")
    axes.xaxis.get_major_locator().set_params(integer=True)
    if first in years:
        axes.annotate(f"≤ {first}", (first, 0), xytext=(0, 12), textcoords="offset points", fontsize=7, ha="center")
    title(axes, "By year and trust tier")


def _draw_families(axes: Any, measurements: Sequence[Measurement]) -> None:
    per_family = Counter(group_of(m.candidate) for m in measurements)
    names = [name for name, _ in reversed(per_family.most_common(10))]
    left = dict.fromkeys(names, 0)
    for tier in _TIERS:
        counts = Counter(group_of(m.candidate) for m in measurements if _name_tier(m) == tier)
        label = _TIER_WORDS[tier] if counts else None
        axes.barh(
            names, [counts[n] for n in names], left=[left[n] for n in names], color=TIER_COLOURS[tier], label=label
        )
        left = {name: left[name] + counts[name] for name in names}
    papers = {name: len({m.source.paper for m in measurements if group_of(m.candidate) == name}) for name in names}
    for place, name in enumerate(names):
        axes.annotate(f"{counted(papers[name], 'paper')}", (left[name], place), xytext=(3, 0),
                      textcoords="offset points", va="center", fontsize=7, color=GREY)  # fmt: skip
    axes.set_xlim(0, 1.75 * max(left.values()))  # the legend has its place beside the shorter bars
    axes.set(xlabel="Measurements")
    title(axes, "By family and trust tier")
    legend(axes, loc="lower right", bbox_to_anchor=(1.16, 0.0))


def _draw_details(axes: Any, measurements: Sequence[Measurement]) -> None:
    details = _CELL if isinstance(measurements[0].candidate.subject, Cell) else _ELECTROLYTE
    share = {
        name: sum(get(m.candidate) is not None for m in measurements) / len(measurements)
        for name, get in details.items()
    }
    names = list(reversed(share))
    axes.barh(names, [100 * share[n] for n in names], color=BLUE)
    axes.set(xlim=(0, 100), xlabel="Share of measurements / %")
    title(axes, "What the source states")
