"""What the rows added to the tables bring: the same papers predicted with and without the additions in training.

    python -m benchmarks.growth --first TABLE [--property PROPERTY] [--folds 5] [--json]

TABLE is an earlier state of a table, of which only the column `record_id` is read. Its papers are held out in folds of
whole papers; the rows of a fold that TABLE has are predicted by two models, one fitted to the other rows of TABLE and
one to every other paper of the tables as they are. Both read the rows as they are now, so that mended rows count for
neither. Papers count the same, and the interval of the gain is a bootstrap over papers.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks._contract import command_line, count_of, ended, finish, in_sentences, seed_of
from surrogate.candidate.measurement import Measurement
from surrogate.datasets import load, load_companions, paper_folds
from surrogate.errors import InvalidInput
from surrogate.execution.process import one_thread_each
from surrogate.execution.progress import ProgressDisplay
from surrogate.models.evaluation import error_metrics, interval_metrics, judge, paired_gain
from surrogate.models.surrogate import fit
from surrogate.properties import MODELLED

FIRST, NOW = "first", "now"


@in_sentences
def main(arguments: Sequence[str] | None = None) -> int:
    """Print the error of both models and the gain of the additions."""
    options = _options(arguments)
    one_thread_each()
    measurements = load(options.property)
    first = _rows_of(options.first, measurements)
    frames = []
    with ProgressDisplay() as progress:
        progress.begin(f"{options.property}: folds", options.folds)
        for number, part in enumerate(paper_folds(first, options.folds, options.seed)):
            frames.append(_fold(options.property, measurements, first, part.test, options.seed + number))
            joined = pd.concat(frames, ignore_index=True)
            gain = paired_gain(joined, f"predicted_{FIRST}")
            progress.say(f"gain after {number + 1} folds: {gain['gain']:.3f} {gain['interval']}")
            progress.advance()
    return finish("growth", _lines(options.property, joined), [], options.as_json)


def _rows_of(table: Path, measurements: Sequence[Measurement]) -> list[Measurement]:
    """Those of ``measurements`` whose rows stand in ``table``."""
    try:
        records = set(pd.read_csv(table, usecols=["record_id"], dtype=str)["record_id"])
    except (OSError, ValueError) as problem:
        hint = "Give a csv file with a column record_id."
        raise InvalidInput(f"'{table}' cannot be read: {problem}", hint=hint) from None
    return [m for m in measurements if m.source.row_id in records]


def _fold(
    property: str, measurements: Sequence[Measurement], first: Sequence[Measurement], test: Any, seed: int
) -> pd.DataFrame:
    """The rows of one fold with what both models say of them."""
    held_out = [first[i] for i in test]
    papers = {m.source.paper for m in held_out}
    records = {m.source.row_id for m in first}
    others, companions = (
        [m for m in table if m.source.paper not in papers] for table in (measurements, load_companions(property))
    )
    frames = {}
    for name in (FIRST, NOW):
        training, borrowed = (
            [m for m in table if name == NOW or m.source.row_id in records] for table in (others, companions)
        )
        model = fit(training, property=property, seed=seed, companions=borrowed)
        frames[name] = judge(model, training, held_out, np.random.default_rng(seed)).rows
    sides = frames[FIRST].filter(regex="^(predicted|std|low_|high_)").add_suffix(f"_{FIRST}")
    joined: pd.DataFrame = frames[NOW].join(sides)
    return joined


def _lines(property: str, rows: pd.DataFrame) -> list[dict[str, Any]]:
    """A line for each model and one for the gain."""
    kept = rows.filter(regex=f"_{FIRST}$").rename(columns=lambda name: name.removesuffix(f"_{FIRST}"))
    first = rows.drop(columns=kept.columns).join(kept)
    lines = []
    for label, frame in (("rows of the first table", first), ("all rows", rows)):
        errors, intervals = error_metrics(frame, "predicted"), interval_metrics(frame)
        lines.append(
            {
                "property": property,
                "trained_on": label,
                **{name: errors[name] for name in ("mae", "mae_by_row", "spearman", "n_rows", "n_papers")},
                **{name: intervals[name] for name in ("coverage_90", "width_90")},
            }
        )
    gain = paired_gain(rows, f"predicted_{FIRST}")
    low, high = gain["interval"]
    return [*lines, {"property": property, "trained_on": "gain", "mae": gain["gain"], "mae_low": low, "mae_high": high}]


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = command_line(__doc__, "growth")
    parser.add_argument("--first", type=Path, required=True, metavar="TABLE", help="the table as it was")
    parser.add_argument("--property", choices=MODELLED, default="ionic_conductivity", metavar="PROPERTY")
    parser.add_argument("--folds", type=count_of, default=5, help="folds of whole papers (default: 5)")
    parser.add_argument("--seed", type=seed_of, default=11, help="of the folds and of the models (default: 11)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    ended(main)
