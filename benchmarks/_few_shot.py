"""What a laboratory's own rows are worth on papers that no model has seen, and how honest chances between recipes are.

Of every paper held out, ``k`` rows are given and the others predicted, in several draws; papers count the same. Pairs
are of rows of one paper held out whose values differ by more than a repeat.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks._contract import Bar, at_most, finish
from benchmarks._series import REPEATABILITY_SHARE, mean_over_papers
from surrogate.candidate.measurement import Measurement
from surrogate.datasets import load, load_companions, paper_folds
from surrogate.execution.process import one_thread_each
from surrogate.models.base import Prediction
from surrogate.models.comparing import compare_property
from surrogate.models.evaluation import LEAST_PAPERS, scaled
from surrogate.models.own_rows import with_own_rows
from surrogate.models.surrogate import Surrogate, fit
from surrogate.models.within_lab import pairs_within
from surrogate.text import percent

COUNTS = (1, 2, 3, 5, 8, 12, 20)
#: Own rows → the most that the error may be of that without them.
BARS = {1: 1.0, 2: 1.0, 3: 1.0, 5: 1.0, 8: 0.85, 12: 0.85, 20: 0.75}
#: Papers with enough rows, below which a line of the table is shown and held to nothing.
FEWEST_PAPERS = 5
FOLDS, DRAWS = 8, 4
#: Edges of the classes in which stated chances are held against what happened.
_CLASSES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


def run(options: argparse.Namespace) -> int:
    """The few-shot table and the calibration of chances, by property."""
    one_thread_each()
    rows: list[dict[str, Any]] = []
    bars: list[Bar] = []
    for name in options.properties:
        lines, stated = _held_out(name, options.folds or FOLDS, options.seed)
        table = _table(name, lines)
        rows += table
        bars += [
            at_most(f"{name}: error with {k} own rows over that without", line["ratio"], BARS[k])
            for line in table
            for k in [line["own_rows"]]
            if line["n_papers"] >= FEWEST_PAPERS
        ]
        chances = _chances(name, stated)
        rows += chances
        gaps = [abs(c["stated"] - c["happened"]) for c in chances if c["n_papers"] >= LEAST_PAPERS]
        if gaps:
            bars.append(at_most(f"{name}: stated chance and share that happened, farthest apart", max(gaps), 0.1))
    return finish("accuracy", rows, bars, options.as_json)


def _held_out(name: str, folds: int, seed: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A line per paper and number of own rows, and a line per pair, of models that saw neither."""
    measurements, companions = load(name), load_companions(name)
    lines: list[dict[str, Any]] = []
    pairs: list[dict[str, Any]] = []
    for number, part in enumerate(paper_folds(measurements, folds, seed)):
        model = fit(
            [measurements[i] for i in part.train],
            property=name,
            seed=seed + number,
            companions=[m for m in companions if m.source.paper not in part.papers],
        )
        rng = np.random.default_rng(seed + number)
        test = [measurements[i] for i in part.test if not measurements[i].censoring.is_limit]
        for paper in sorted({m.source.paper for m in test}):
            rows = [m for m in test if m.source.paper == paper]
            predictions = model.predict([m.candidate for m in rows], neighbours=0)
            lines += _few_shot(model, rows, predictions, rng)
            pairs += _pairs(model, rows)
    return lines, pairs


def _few_shot(
    model: Surrogate, rows: Sequence[Measurement], usual: Sequence[Prediction], rng: np.random.Generator
) -> list[dict[str, Any]]:
    """Errors and intervals of one paper with some of its rows given; ``usual`` are predictions without."""
    lines = []
    for k in (k for k in COUNTS if len(rows) >= k + 2):
        for _ in range(DRAWS):
            order = rng.permutation(len(rows))
            own, rest = order[:k], order[k:]
            candidates, before = [rows[i].candidate for i in rest], [usual[i] for i in rest]
            after = with_own_rows(model, candidates, before, [rows[i] for i in own])
            values = scaled(model.property, np.array([rows[i].value for i in rest]))
            line: dict[str, Any] = {"paper": rows[0].source.paper, "own_rows": k}
            for label, predictions in (("with", after), ("without", before)):
                numbers = np.array([[p.median, p.interval.low, p.interval.high] for p in predictions])
                median, low, high = scaled(model.property, numbers).T
                line[f"error_{label}"] = float(np.abs(median - values).mean())
                line[f"coverage_{label}"] = float(((low <= values) & (values <= high)).mean())
                line[f"width_{label}"] = float((high - low).mean())
            lines.append(line)
    return lines


def _table(name: str, lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Means over papers for every number of own rows."""
    table = []
    for k in COUNTS:
        of_count = [line for line in lines if line["own_rows"] == k]
        if not of_count:
            continue
        papers = [line["paper"] for line in of_count]
        means = {
            what: mean_over_papers([line[what] for line in of_count], papers)
            for what in of_count[0]
            if what not in ("paper", "own_rows")
        }
        without = means["error_without"]
        ratio = means["error_with"] / without if without > 0 else None
        line = {"property": name, "model": "few-shot", "own_rows": k, "n_papers": len(set(papers)), "ratio": ratio}
        table.append({**line, **means})
    return table


def _pairs(model: Surrogate, rows: Sequence[Measurement]) -> list[dict[str, Any]]:
    """The stated chance of the likelier side of each pair of one paper, and whether it was right."""
    values = scaled(model.property, np.array([m.value for m in rows]))
    least = REPEATABILITY_SHARE * model.property.between_papers
    first, second, _ = pairs_within(values, np.zeros(len(rows), dtype=np.int64), least)
    _, comparisons = compare_property(model, [m.candidate for m in rows])
    chance = {(c.first, c.second): c.chance for c in comparisons}
    return [
        {
            "paper": rows[0].source.paper,
            "stated": max(chance[a, b], 1.0 - chance[a, b]),
            "right": 0.5 if chance[a, b] == 0.5 else float((chance[a, b] > 0.5) == (values[b] > values[a])),
        }
        for a, b in zip(first.tolist(), second.tolist(), strict=True)
    ]


def _chances(name: str, pairs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Stated chances beside the share that happened, in classes and over all pairs; papers count the same."""
    lines = []
    for low, high in [*pairwise(_CLASSES), (0.5, 1.0)]:
        chosen = [pair for pair in pairs if low <= pair["stated"] < high + (high == 1.0)]
        if not chosen:
            continue
        papers = [pair["paper"] for pair in chosen]
        stated, happened = (mean_over_papers([p[what] for p in chosen], papers) for what in ("stated", "right"))
        lines.append(
            {
                "property": name,
                "model": f"chance from {percent(low)} to {percent(high)}",
                "stated": stated,
                "happened": happened,
                "n_pairs": len(chosen),
                "n_papers": len(set(papers)),
            }
        )
    return lines
