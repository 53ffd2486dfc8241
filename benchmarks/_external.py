"""Tables of the same columns that the models have never seen: train on the shipped rows, predict those."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._contract import finish
from benchmarks._obelix import papers_of
from surrogate.datasets import load, load_companions, load_table
from surrogate.errors import InvalidInput
from surrogate.models.evaluation import judge
from surrogate.models.surrogate import STACK, fit
from surrogate.properties import MODELLED, Subject, get_property


def run(options: argparse.Namespace) -> int:
    """One line per property and model; papers of the external table are taken out of the training rows."""
    paths = {Subject.ELECTROLYTE: options.electrolytes, Subject.CELL: options.electrodes}
    if not any(paths.values()):
        raise InvalidInput("No table was given.", hint="Give --electrolytes PATH, --electrodes PATH or both.")
    rows: list[dict[str, Any]] = []
    for name in MODELLED:
        path = paths[get_property(name).subject]
        external = load_table(name, Path(path)) if path else []
        if not external:
            continue
        papers = {name for m in external for name in papers_of(m)}
        training, companions = (
            [m for m in known if not papers_of(m) & papers] for known in (load(name), load_companions(name))
        )
        model = fit(training, property=name, seed=options.seed, companions=companions)
        judged = judge(model, training, external, np.random.default_rng(options.seed))
        for label, metrics in {
            STACK: judged.metrics,
            **{f"baseline: {b}": v for b, v in judged.baselines.items()},
        }.items():
            rows.append({"property": name, "model": label, "unit": judged.metrics["unit"], **_shown(metrics)})
    return finish("accuracy external", rows, [], options.as_json)


def _shown(metrics: dict[str, Any]) -> dict[str, Any]:
    wanted = ("mae", "mae_by_row", "spearman", "n_rows", "n_papers", "coverage_50", "coverage_80", "coverage_90")
    low, high = metrics["mae_interval"]
    return {"mae_low": low, "mae_high": high, **{name: metrics[name] for name in wanted if name in metrics}}
