"""Whether the nearest measurements are the ones a chemist would look up, and how well their median predicts.

    python -m benchmarks.neighbours [--properties PROPERTY …] [--json]

For every row, the rows of other papers are ordered as predictions show them, one per paper and description. A row that
shares composition, route and heat treatment (of a cell: active material, electrolyte, coated or not) is a twin; both
must state all of it. Counted is how often the nearest three hold a twin, where there is one, and how far the median of
the nearest three lies from the value, papers counting the same; "by distance" is the order of the verdicts, "as shown"
the one with the same material first.

What the candidate does not state is no distance. What a row of the same material leaves out counts as much as two
unrelated recipes differ (docs/decisions/0019): rows that agree come first, rows that say nothing next, and rows that
contradict last.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks._contract import at_least, ended, finish, in_sentences, parse_properties
from benchmarks._series import mean_over_papers
from surrogate.candidate.cell import Cell
from surrogate.candidate.measurement import Candidate
from surrogate.datasets import load
from surrogate.models.applicability import Applicability
from surrogate.models.encoding import describe
from surrogate.models.evaluation import scaled
from surrogate.models.surrogate import encode
from surrogate.properties import MODELLED, get_property

Array = NDArray[np.float64]
#: Heat treatments within this are one, °C.
SAME_FURNACE_C = 25.0
NEAREST = 3
#: Rows with a twin below which a share is an anecdote and no promise.
LEAST_ROWS = 50


@in_sentences
def main(arguments: Sequence[str] | None = None) -> int:
    """Print how often the nearest three hold a twin; the order that is shown must hold it more often."""
    options = parse_properties(__doc__, "neighbours", arguments, MODELLED)
    rows = [row for name in options.properties for row in orders(name)]
    bars = []
    for name in options.properties:
        by_distance, as_shown = (row["holds_a_twin"] for row in rows if row["property"] == name)
        if min(row["rows_with_a_twin"] for row in rows if row["property"] == name) >= LEAST_ROWS:
            bars.append(at_least(f"{name}: share with a twin among the nearest three", as_shown, by_distance))
    return finish("neighbours", rows, bars, options.as_json)


def orders(name: str) -> Iterator[dict[str, Any]]:
    """A line for each order of the rows of one property."""
    measurements, prop = load(name), get_property(name)
    encoding, training, view = encode(measurements, name, physics=False)
    values = scaled(prop, np.array([m.value for m in measurements]))
    applicability = Applicability.fit(training, view.X)
    twin = _twins([m.candidate for m in measurements])
    other = training.paper[:, None] != training.paper[None, :]
    shown = [(m.source.paper, describe(m.candidate)) for m in measurements]
    kinds = {"by distance": applicability.distances(view), "as shown": applicability.ranks(view, encoding.names)}
    for order, ranks in kinds.items():
        first = _nearest(np.where(other, ranks, np.inf), shown)
        has_twin = np.asarray((twin & other).any(axis=1))
        holds = np.asarray(np.take_along_axis(twin & other, first, axis=1).any(axis=1))
        error = np.abs(np.median(values[first], axis=1) - values)
        yield {
            "property": name, "order": order, "rows_with_a_twin": int(has_twin.sum()),
            "holds_a_twin": mean_over_papers(holds[has_twin].astype(float), training.paper[has_twin]),
            "error_where_twin": mean_over_papers(error[has_twin], training.paper[has_twin]),
            "error_all": mean_over_papers(error, training.paper), "unit": prop.scale_unit,
        }  # fmt: skip


def _nearest(ranks: Array, shown: Sequence[tuple[str, str]]) -> NDArray[np.int64]:
    """The places of the nearest rows (n, 3) that a reader can tell apart."""
    nearest = []
    for order in np.argsort(ranks, axis=1, kind="stable"):
        first: dict[tuple[str, str], int] = {}
        for place in order.tolist():
            first.setdefault(shown[place], place)
            if len(first) == NEAREST:
                break
        nearest.append(list(first.values()))
    return np.array(nearest)


def _twins(candidates: Sequence[Candidate]) -> NDArray[np.bool_]:
    """Which pairs (n, n) share material and recipe; a row that does not state both is nobody's twin."""
    labels = [_label(candidate) for candidate in candidates]
    alike = np.unique([label or "" for label in labels], return_inverse=True)[1]
    stated = np.array([label is not None for label in labels])
    furnace = np.array([_furnace_c(candidate) for candidate in candidates])
    same_furnace = np.abs(furnace[:, None] - furnace[None, :]) <= SAME_FURNACE_C
    return np.asarray((alike[:, None] == alike[None, :]) & stated[:, None] & stated[None, :] & same_furnace)


def _label(candidate: Candidate) -> str | None:
    """Composition and route, or active material, electrolyte and coating; ``None`` where one of them is not stated."""
    subject = candidate.subject
    if isinstance(subject, Cell):
        electrode = subject.electrode
        if electrode.electrolyte is None or electrode.coating is None:
            return None
        host = electrode.electrolyte.composition.reduced_formula
        return f"{electrode.active_material.name} in {host}, {'coated' if electrode.coating else 'bare'}"
    if subject.recipe.route is None or subject.recipe.heat_treated is None:
        return None
    return f"{subject.composition.reduced_formula} {subject.recipe.route}"


def _furnace_c(candidate: Candidate) -> float:
    """The temperature of the heat treatment of an electrolyte; 0 for none and for cells, NaN where it is not stated."""
    if isinstance(candidate.subject, Cell):
        return 0.0
    recipe = candidate.subject.recipe
    if recipe.heat_treated is False:
        return 0.0
    stated = recipe.heat_treatment.temperature_c if recipe.heat_treatment else None
    return np.nan if stated is None else stated


if __name__ == "__main__":
    ended(main)
