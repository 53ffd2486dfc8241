"""Draw three series of argyrodites that the model has not seen: ``python -m scripts.held_out_picture``.

Of all series of argyrodites in which one paper varies one thing in four steps or more, these have the most rows: two
along a line of compositions, and one along a step of the process, with and without a furnace before it. The model is
fitted anew without their papers, and without every paper that may repeat one of them (``benchmarks._strict``). This
takes a minute; the same tables and code give the same bytes. How far each series is missed is drawn, and printed.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from benchmarks._strict import join_papers
from surrogate.candidate.measurement import Candidate, Measurement
from surrogate.candidate.settings import build, read
from surrogate.composition import parse_composition
from surrogate.datasets import load, load_companions
from surrogate.models import Surrogate, fit
from surrogate.models.base import DomainStatus, Prediction
from surrogate.properties import get_property
from surrogate.report.figures.canvas import (
    BLUE,
    GREY,
    VERMILION,
    axis_label,
    canvas,
    legend,
    logarithmic_axis,
    save,
    span,
    title,
)
from surrogate.report.response import Response, respond

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROOT = Path(__file__).resolve().parents[1]
PROPERTY = get_property("ionic_conductivity")
#: Where powders that were not milled in a solvent stand on the axis of its hours.
DRY_H, WET_FROM_H = 0.25, 0.5
#: A line is drawn as the verdict is.
LINES = {DomainStatus.IN: "-", DomainStatus.EDGE: "--", DomainStatus.OUT: ":"}
Rows = Sequence[tuple[float, Measurement]]
Kept = list[Measurement]


@dataclass(frozen=True, kw_only=True)
class Series:
    """Rows of one paper, by their numbers, in which one thing varies.

    With a ``formula`` it is its x, which is the amount of ``element`` beyond ``at_zero``; else the hours in a solvent.
    """

    numbers: Sequence[int]
    words: str
    colour: str = BLUE
    formula: str | None = None
    element: str = ""
    at_zero: float = 0.0

    def rows(self, measurements: Sequence[Measurement]) -> Rows:
        """Each row with the value of what varies."""
        names = {f"SE{number:04}" for number in self.numbers}
        return [(self._place(m.candidate), m) for m in measurements if m.source.row_id in names]

    def _place(self, candidate: Candidate) -> float:
        assert candidate.electrolyte is not None
        if self.formula is None:
            return candidate.electrolyte.recipe.wet_milling_time_h or DRY_H
        return candidate.electrolyte.composition.amounts[self.element] - self.at_zero

    def response(self, model: Surrogate, rows: Rows) -> Response:
        """What the model expects of the first of the rows as what varies goes from end to end."""
        high = max(at for at, _ in rows)
        if self.formula is None:
            wet = next(m for at, m in rows if at == WET_FROM_H)
            return respond(model, wet.candidate, "wet_milling_time_h", WET_FROM_H, high, logarithmic=True)
        low, start = min(rows, key=lambda row: row[0])
        line = parse_composition(self.formula, variables={"x": low})
        return respond(model, build(read(start.candidate), composition=line), "x", low, high)


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One paper."""

    heading: str
    axis: str
    series: tuple[Series, ...]


PANELS = (
    Panel(
        heading="Chloride in Li$_{6-x}$PS$_{5-x}$Cl$_{1+x}$",
        axis="x",
        series=(Series(numbers=range(44, 50), words="550 °C", formula="Li6-xPS5-xCl1+x", element="Cl", at_zero=1.0),),
    ),
    Panel(
        heading="Silicon in Li$_{6+x}$Si$_x$Sb$_{1-x}$S$_5$I",
        axis="x",
        series=(Series(numbers=range(175, 189), words="500 and 550 °C", formula="Li6+xSixSb1-xS5I", element="Si"),),
    ),
    Panel(
        heading="Li$_{5.5}$PS$_{4.5}$Cl$_{1.5}$, milled once more in a solvent",
        axis="Hours in the solvent",
        series=(
            Series(numbers=range(89, 102), words="heated to 550 °C before"),
            Series(numbers=(72, *range(75, 89)), words="never heated", colour=VERMILION),
        ),
    ),
)


def leave_out(measurements: Sequence[Measurement], companions: Sequence[Measurement]) -> tuple[Kept, Kept]:
    """Both without the papers of :data:`PANELS` and without every paper that may repeat one of them."""
    names = join_papers([*measurements, *companions])
    rows = [m for panel in PANELS for series in panel.series for _, m in series.rows(measurements)]
    drawn = {names[m.source.paper] for m in rows}
    kept, kept_companions = ([m for m in of if names[m.source.paper] not in drawn] for of in (measurements, companions))
    return kept, kept_companions


def draw(model: Surrogate, measurements: Sequence[Measurement]) -> tuple[Figure, list[str]]:
    """The picture, and for each panel a line of text: how far its rows are missed."""
    figure, axes = canvas(12.4, 4.0, columns=len(PANELS))
    sentences = []
    for ax, panel in zip(axes, PANELS, strict=True):
        rows = [series.rows(measurements) for series in panel.series]
        shown = [value for series, of_it in zip(panel.series, rows, strict=True)
                 for value in _draw_series(ax, model, series, of_it)]  # fmt: skip
        low, high = span(shown, logarithmic=True)
        logarithmic_axis(ax.yaxis, low=low, high=high)
        missed = _judge(model, [measurement for of_it in rows for _, measurement in of_it])
        title(ax, f"{panel.heading}\n{missed}", size=9)
        ax.set_xlabel(panel.axis)
        legend(ax, loc="lower left" if len(panel.series) > 1 else "lower right")
        sentences.append(f"{rows[0][0][1].source.reference}: {missed}")
    _show_hours(axes[-1])
    _explain_lines(axes[0])
    axes[0].set_ylabel(axis_label(PROPERTY, milli=True))
    return figure, sentences


def _judge(model: Surrogate, measurements: Sequence[Measurement]) -> str:
    """How far rows are missed on average, and how many lie in their intervals."""
    predictions = model.predict([m.candidate for m in measurements], neighbours=0)
    pairs = list(zip(measurements, predictions, strict=True))
    error = np.mean([abs(np.log10(m.value / p.median)) for m, p in pairs])
    inside = sum(p.interval.low <= m.value <= p.interval.high for m, p in pairs)
    return f"missed by {error:.2f} decades; {inside} of {len(pairs)} in the 90 % interval"


def _draw_series(axes: Any, model: Surrogate, series: Series, rows: Rows) -> list[float]:
    """Draw median, interval and rows of a series; all values, in the unit of the axis."""
    answer, scale = series.response(model, rows), PROPERTY.shown_factor
    low, median, high = _list_ends(answer.predictions)
    axes.fill_between(answer.grid, low, high, color=series.colour, alpha=0.14, linewidth=0)
    verdicts = [p.domain.status for p in answer.predictions]
    for verdict, line in LINES.items():
        inside = np.array([status is verdict for status in verdicts])
        reaching = inside | np.concatenate([inside[1:], [False]])  # so that lines of two verdicts meet
        axes.plot(answer.grid, np.where(reaching, median, np.nan), color=series.colour, linestyle=line, linewidth=1.8)
    dry = [m.candidate for at, m in rows if series.formula is None and at == DRY_H]
    if dry:
        ends = _list_ends(model.predict(dry, neighbours=0))
        low, high = np.append(low, ends[0]), np.append(high, ends[2])
        beside = DRY_H * (0.94 if series.colour == BLUE else 1.06)
        error = np.abs(ends[[0, 2]] - ends[1])
        axes.errorbar([beside], ends[1], yerr=error, color=series.colour, marker="_", alpha=0.5)
    values = [scale * m.value for _, m in rows]
    axes.scatter([at for at, _ in rows], values, s=26, color=series.colour, edgecolor="white", linewidth=0.6, zorder=4,
                 label=f"measured, {series.words}")  # fmt: skip
    return [*low, *high, *values]


def _list_ends(predictions: Sequence[Prediction]) -> NDArray[np.float64]:
    """Lower ends, medians and upper ends, (3, n), in the unit of the axis."""
    return PROPERTY.shown_factor * np.array([(p.interval.low, p.median, p.interval.high) for p in predictions]).T


def _explain_lines(axes: Any) -> None:
    """What lines and bands are, beside what the points are."""
    for verdict, line in LINES.items():
        axes.plot([], [], color=GREY, linestyle=line, linewidth=1.8, label=f"expected ({verdict.value})")
    axes.fill_between([], [], [], color=GREY, alpha=0.2, linewidth=0, label="90 % interval")
    legend(axes, loc="lower right", ncols=2)


def _show_hours(axes: Any) -> None:
    """A logarithmic axis of hours that begins with powders that were never in a solvent."""
    logarithmic_axis(axes.xaxis, low=0.8 * DRY_H, high=60.0)
    hours = (0.5, 1, 2, 4, 10, 50)
    axes.set_xticks([DRY_H, *hours], ["none", *(f"{h:g}" for h in hours)])


def main() -> None:
    """Fit, draw, and print where the picture is and how far each series is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "figures" / "held-out.png")
    options = parser.parse_args()
    measurements = load(PROPERTY.name)
    kept, companions = leave_out(measurements, load_companions(PROPERTY.name))
    figure, sentences = draw(fit(kept, property=PROPERTY.name, companions=companions), measurements)
    print(f"Learnt from {len(kept)} of {len(measurements)} rows.", *sentences, sep="\n")
    print(save(figure, options.out, dpi=110))


if __name__ == "__main__":
    main()
