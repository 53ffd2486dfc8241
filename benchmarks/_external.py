"""Tables of the same columns that the models have never seen: train on the shipped rows, predict those.

Rows that a model could not have learnt from are not judged either, and counted by the same reasons; values that are
only limits are left out of the figures, with how many of them the prediction respects.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._contract import Aside, finish
from benchmarks._obelix import papers_of
from surrogate.candidate.measurement import Censoring, Measurement
from surrogate.datasets import HeldOut, load, load_companions, load_held_out
from surrogate.errors import ConfigError, InvalidInput
from surrogate.models.evaluation import judge
from surrogate.models.surrogate import STACK, Surrogate, fit
from surrogate.properties import MODELLED, Subject, get_property, own_properties

#: Fewer papers than these teach no model: a stack judges its members on papers they were not fitted to.
LEAST_PAPERS = 2
_SHOWN = ("mae_by_row", "spearman", "n_rows", "n_papers", "coverage_50", "coverage_80", "coverage_90")


def run(options: argparse.Namespace) -> int:
    """One line per property and model; papers of the external table are taken out of the training rows."""
    stated = {Subject.ELECTROLYTE: options.electrolytes, Subject.CELL: options.electrodes}
    paths = {subject: Path(path) for subject, path in stated.items() if path is not None}
    if not paths:
        raise InvalidInput("No table was given.", hint="Give --electrolytes PATH, --electrodes PATH or both.")
    aside = Aside()
    tables = {
        name: _read(name, paths[prop.subject], aside)
        for name in MODELLED
        if (prop := get_property(name)).subject in paths
    }
    rows: list[dict[str, Any]] = []
    for name, external in tables.items():
        rows += _judged(name, external, options.seed, aside)
    if not rows:
        for line in aside.lines():
            print(line, file=sys.stderr)
        raise InvalidInput(
            f"No value of {' or '.join(map(str, paths.values()))} can be judged.",
            hint="What is said above is why." if aside.lines() else f"It states none of: {', '.join(tables)}.",
        )
    return finish("accuracy external", rows, [], options.as_json, aside)


def _read(name: str, path: Path, aside: Aside) -> Sequence[Measurement]:
    """The values of ``name`` in the table at ``path``; what is left out of them is set ``aside``."""
    try:
        held_out = load_held_out(name, path)
    except ConfigError as problem:  # a property of the user's own whose columns this table does not have
        if name not in own_properties():
            raise
        aside.notes.append(f"{name}: not judged. {problem}")
        return ()
    aside.left_out += [
        {"property": name, "rows": count, "why": f"the row {reason}"} for reason, count in held_out.left_out.items()
    ]
    aside.faults = sorted(dict.fromkeys([*aside.faults, *held_out.faults]), key=lambda f: (f.table, f.row or 0))
    if name not in own_properties():
        notes = [*_about_columns(path, held_out), *(f"{path}: {note}" for note in held_out.notes)]
        aside.notes += [note for note in notes if note not in aside.notes]
    return held_out.measurements


def _about_columns(path: Path, held_out: HeldOut) -> list[str]:
    notes = []
    own = {column for entry in own_properties().values() for column in (entry.column, *entry.columns.values())}
    unused = [name for name in held_out.unused if name not in own]
    if unused:
        near = {name: get_close_matches(name, held_out.absent, n=1, cutoff=0.6) for name in unused}
        words = [f"'{name}' (is it {near[name][0]}?)" if near[name] else f"'{name}'" for name in unused]
        notes.append(f"{path}: columns left alone: {', '.join(words)}.")
    if held_out.absent:
        notes.append(f"{path}: columns that are not there, read as not stated: {', '.join(held_out.absent)}.")
    return notes


def _judged(name: str, external: Sequence[Measurement], seed: int, aside: Aside) -> list[dict[str, Any]]:
    """The lines of one property, none when nothing of it can be judged; why not is set ``aside``."""
    exact = [m for m in external if not m.censoring.is_limit]
    limits = [m for m in external if m.censoring.is_limit]
    papers = {paper for m in external for paper in papers_of(m)}
    measurements = load(name)
    tables = (measurements, load_companions(name))
    training, companions = ([m for m in table if not papers_of(m) & papers] for table in tables)
    if limits:
        aside.left_out.append({"property": name, "rows": len(limits), "why": "the value is only a limit"})
    if exact and len({m.source.paper for m in training}) < LEAST_PAPERS:
        left = "nothing is" if not training else "only one paper is"
        which = "every paper" if not training else "nearly every paper"
        why = f"{which} of the training table is in the held-out table, so {left} left to learn from"
        aside.left_out.append({"property": name, "rows": len(exact), "why": why})
        return []
    if not exact:
        return []
    if len(training) < len(measurements):
        aside.notes.append(
            f"{name}: training rows not learnt from, since the held-out table has their papers: "
            f"{len(measurements) - len(training)} of {len(measurements)}."
        )
    model = fit(training, property=name, seed=seed, companions=companions)
    if limits:
        respected = _respected(model, limits)
        aside.notes.append(f"{name}: limits that the prediction respects: {respected} of {len(limits)}.")
    judged = judge(model, training, exact, np.random.default_rng(seed))
    models = {STACK: judged.metrics, **{f"baseline: {b}": v for b, v in judged.baselines.items()}}
    return [
        {"property": name, "model": label, "unit": judged.metrics["unit"], **show_errors(metrics, _SHOWN)}
        for label, metrics in models.items()
    ]


def _respected(model: Surrogate, limits: Sequence[Measurement]) -> int:
    """How many predictions lie on the side that the limit allows."""
    medians = [p.median for p in model.predict([m.candidate for m in limits], neighbours=0)]
    return sum(
        median <= m.value if m.censoring is Censoring.BELOW else median >= m.value
        for median, m in zip(medians, limits, strict=True)
    )


def show_errors(metrics: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """The error with its interval, and what there is of the ``names``."""
    # Papers are drawn for the interval: of a single one there is none.
    low, high = metrics["mae_interval"] if metrics["n_papers"] > 1 else (None, None)
    shown = {name: metrics[name] for name in names if name in metrics}
    return {"mae": metrics["mae"], "mae_low": low, "mae_high": high, **shown}
