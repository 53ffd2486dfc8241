"""What the rows added to the tables bring: the same papers predicted with and without the additions in training.

    python -m benchmarks.growth [--properties PROPERTY …] [--folds 5] [--json]

Whole papers are held out in folds. The rows of a fold are predicted by two models, one fitted to the rows of the first
tables and one to all rows, of every other paper. Both read the rows as they are now, so that mended rows count for
neither. Papers count the same, and the interval of the gain is a bootstrap over papers. Rows of the first tables, rows
added since and the glasses are judged apart: what is new may help on what was known, or only on its own kind.

Rows added since the first tables are told by their ids (data/README.md).
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from benchmarks._contract import add_properties, command_line, count_of, ended, finish, in_sentences, seed_of
from surrogate.datasets import load, load_companions
from surrogate.execution.futures import Executor
from surrogate.execution.process import available_cpus, one_thread_each
from surrogate.execution.workers import working
from surrogate.models.evaluation import error_metrics, evaluate, interval_metrics, paired_gain
from surrogate.models.surrogate import STACK
from surrogate.properties import MODELLED

#: Ids of the rows that came after the first tables.
ADDED = re.compile(r"[EC][23]-|.+-kept$")
#: What is worth the time: the properties whose tables grew most.
PROPERTIES = ("ionic_conductivity", "first_discharge_capacity", "capacity_retention")


@in_sentences
def main(arguments: Sequence[str] | None = None) -> int:
    """Print the error of both models and the gain of the additions."""
    options = _options(arguments)
    one_thread_each()
    rows: list[dict[str, Any]] = []
    with working(options.jobs) as workers:
        for name in options.properties:
            rows += grown(name, options, workers)
    return finish("growth", rows, [], options.as_json)


def grown(name: str, options: argparse.Namespace, workers: Executor) -> Iterator[dict[str, Any]]:
    """The lines of one property: for each part of the rows, both models and the gain of the second over the first."""
    measurements = load(name)
    workers.progress.begin(f"{name}: folds", 2 * options.folds)
    # Before: without the rows that came after the first tables.
    before, now = (
        evaluate(
            measurements,
            property=name,
            kinds=(options.kind,),
            folds=options.folds,
            seed=options.seed,
            mapper=workers.map,
            learnable=learnable,
            companions=load_companions(name),
        )[options.kind].rows
        for learnable in (lambda m, _: ADDED.match(m.source.row_id) is None, None)
    )
    sides = before.filter(regex="^(predicted|std|low_|high_)")
    for words, judged in parts_of(name, now).items():
        part = now[judged]
        if part.empty:
            continue
        for label, rows in (("rows of the first tables", part.assign(**sides[judged])), ("all rows", part)):
            errors, intervals = error_metrics(rows, "predicted"), interval_metrics(rows)
            yield {
                "property": name, "judged_on": words, "trained_on": label,
                "mae": errors["mae"], "mae_low": errors["mae_interval"][0], "mae_high": errors["mae_interval"][1],
                **{key: errors[key] for key in ("mae_by_row", "spearman", "n_rows", "n_papers")},
                **{key: intervals[key] for key in ("coverage_90", "width_90")},
            }  # fmt: skip
        gain = paired_gain(part.assign(predicted_before=sides["predicted"]), "predicted_before")
        low, high = gain["interval"]
        yield {
            "property": name, "judged_on": words, "trained_on": "gain",
            "mae": gain["gain"], "mae_low": low, "mae_high": high,
        }  # fmt: skip


def parts_of(name: str, rows: pd.DataFrame) -> dict[str, pd.Series[bool]]:
    """Which of the ``rows`` of an evaluation were in the first tables, were added, or are of the table of glasses."""
    others = {m.source.row_id for m in load(name, without=["glasses"])}
    added, glass = rows["row_id"].str.match(ADDED), ~rows["row_id"].isin(others)
    return {"rows of the first tables": ~added, "rows added since": added & ~glass, "glasses": glass}


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = command_line(__doc__, "growth")
    add_properties(parser, MODELLED, PROPERTIES)
    parser.add_argument("--kind", default=STACK, help=f"kind of model (default: {STACK})")
    parser.add_argument("--folds", type=count_of, default=5, help="folds of whole papers (default: 5)")
    parser.add_argument("--seed", type=seed_of, default=11, help="of the folds and of the models (default: 11)")
    parser.add_argument("--jobs", type=count_of, default=available_cpus(), help="processes; they change no number")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    ended(main)
