"""The OBELiX protocol: official training rows (with strictly filtered literature) to a test file.

Three models side by side: the one of :mod:`benchmarks._structure`, which reads the crystal structure; the stack, as the
product fits it, which knows the composition alone; and the forest of the paper of the data set. Values that are bounds
are fitted as bounds by the first two, and judged by each of the two conventions.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks._contract import Bar, at_most, finish
from benchmarks._structure import Structures, contents_of, obelix_structures
from benchmarks._structure import predict as predict_with_structure
from surrogate.datasets import load, load_obelix
from surrogate.measurement import Censoring, Measurement
from surrogate.models import fit
from surrogate.models.stack import paper_fold_codes
from surrogate.models.training_set import paper_weights
from surrogate.properties import get_property
from surrogate.recipe import Electrolyte

Array = NDArray[np.float64]
#: Predictions by model and by the floor of the convention, (n,) each.
ByModel = dict[str, dict[float, Array]]

#: The two conventions for "below the detection limit": the published protocol, and the limit itself. S/cm.
CONVENTIONS = {"published 1e-15": 1e-15, "clipped 1e-10": 1e-10}
#: Names of the models in the answer.
STRUCTURE, STACK, PAPER = "with structure", "stack", "forest of the OBELiX paper"
N_BOOTSTRAP = 1000
FOLDS = 5


def run(options: argparse.Namespace) -> int:
    """Predict the test file, or the training file by folds of papers when no test file is given."""
    training = load_obelix()
    test = load_obelix(Path(options.test)) if options.test else []
    if test:
        literature = _apart(load("ionic_conductivity"), test)
        said = _models(training, literature, test, Path(options.test), options.seed)
    else:
        said = _by_folds(training, options.seed)
    rows = [
        line
        for name, by_floor in said.items()
        for label, floor in CONVENTIONS.items()
        for line in _lines(name, label, floored(test or training, floor), np.maximum(by_floor[floor], np.log10(floor)))
    ]
    return finish("accuracy obelix", rows, _bars(rows, bool(test)), options.as_json)


def floored(measurements: Sequence[Measurement], floor: float) -> list[Measurement]:
    """Values at or below a detection limit set to ``floor``, as the protocol says; the others are kept."""
    return [replace(m, value=floor) if m.censoring is Censoring.BELOW or m.value < floor else m for m in measurements]


def _by_folds(measured: list[Measurement], seed: int) -> ByModel:
    """Predictions for the training file itself, learnt without the papers and without the compositions of the fold."""
    papers = {paper: n for n, paper in enumerate(sorted({m.source.paper for m in measured}))}
    code = np.array([papers[m.source.paper] for m in measured])
    fold = paper_fold_codes(code, FOLDS, np.random.default_rng(seed))
    literature = load("ionic_conductivity")
    found: ByModel = {}
    for number in range(FOLDS):
        out = np.flatnonzero(fold == number)
        held = [measured[i] for i in out]
        inside, extra = _apart(measured, held), _apart(literature, held)
        for name, by_floor in _models(inside, extra, held, None, seed).items():
            for floor, values in by_floor.items():
                found.setdefault(name, {}).setdefault(floor, np.empty(len(measured)))[out] = values
    return found


def _models(
    training: list[Measurement], literature: list[Measurement], held: list[Measurement], test: Path | None, seed: int
) -> ByModel:
    """What every model says of ``held``, (n,) per convention; ``test`` is the file that these rows come from, if not
    the training file. Only the forest of the paper needs a fit per convention: the others know what a bound is.
    """
    known = obelix_structures(None) | (obelix_structures(test) if test else {})
    composed = fit(training + literature, property="ionic_conductivity", seed=seed)
    once = {
        STRUCTURE: predict_with_structure(training + literature, held, known, seed),
        STACK: composed.posterior([m.candidate for m in held]).mean,
    }
    found: ByModel = {name: dict.fromkeys(CONVENTIONS.values(), values) for name, values in once.items()}
    found[PAPER] = {
        floor: _structure_forest(floored(training, floor), held, known, seed) for floor in CONVENTIONS.values()
    }
    return found


def _apart(measurements: Sequence[Measurement], held: Sequence[Measurement]) -> list[Measurement]:
    """Strict: those that share neither a paper nor a composition with the rows held out."""
    papers = {name for m in held for name in papers_of(m)}
    formulas = {_formula(m) for m in held}
    return [m for m in measurements if not papers_of(m) & papers and _formula(m) not in formulas]


def papers_of(measurement: Measurement) -> set[str]:
    """What the paper of a measurement is called, in small letters: its DOI, its name."""
    return {text.lower() for text in (measurement.source.doi, measurement.source.paper) if text}


def _formula(measurement: Measurement) -> str:
    subject = measurement.candidate.subject
    return subject.composition.reduced_formula if isinstance(subject, Electrolyte) else ""


def _structure_forest(training: list[Measurement], held: list[Measurement], known: Structures, seed: int) -> Array:
    """Random forest on element amounts, space group and lattice, as in the paper of the data set."""
    from sklearn.ensemble import RandomForestRegressor

    forest = RandomForestRegressor(n_estimators=500, random_state=seed, n_jobs=1)
    forest.fit(_structure_table(training, known), np.log10([m.value for m in training]))
    return np.asarray(forest.predict(_structure_table(held, known)))


def _structure_table(measurements: Sequence[Measurement], known: Structures) -> Array:
    cells = [known[m.source.row_id] for m in measurements]
    return np.hstack([contents_of(measurements), [[c.space_group, *c.lengths, *c.angles] for c in cells]])


def _lines(name: str, convention: str, judged: list[Measurement], predicted: Array) -> list[dict[str, Any]]:
    value = np.log10([m.value for m in judged])
    sulfide = np.array([_is_sulfide(m) for m in judged])
    return [
        {"model": name, "convention": convention, "subset": subset, **_metrics(judged, predicted, value, mask)}
        for subset, mask in (("all", np.ones(len(value), dtype=bool)), ("sulfides", sulfide))
        if mask.any()
    ]


def _metrics(judged: list[Measurement], predicted: Array, value: Array, mask: NDArray[np.bool_]) -> dict[str, Any]:
    from scipy.stats import spearmanr

    error = (predicted - value)[mask]
    papers = np.array([m.source.paper for m in judged])[mask]
    _, code = np.unique(papers, return_inverse=True)
    weights = paper_weights(code)
    low, high = _bootstrap(np.abs(error), code)
    total = ((value[mask] - value[mask].mean()) ** 2).sum()
    return {
        "mae": float(np.abs(error).mean()),
        "mae_low": low,
        "mae_high": high,
        "mae_papers_equal": float(np.average(np.abs(error), weights=weights)),
        "rmse": float(np.sqrt((error**2).mean())),
        "r2": float(1 - (error**2).sum() / total) if total > 0 else None,
        "spearman": float(spearmanr(predicted[mask], value[mask]).statistic),
        "n_rows": int(mask.sum()),
        "n_papers": int(code.max()) + 1,
    }


def _bootstrap(scores: Array, code: NDArray[np.int64]) -> tuple[float, float]:
    """95 % interval of the mean of ``scores`` by drawing whole papers."""
    sums, counts = np.bincount(code, weights=scores), np.bincount(code)
    draws = np.random.default_rng(0).integers(len(sums), size=(N_BOOTSTRAP, len(sums)))
    means = sums[draws].sum(axis=1) / counts[draws].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def _is_sulfide(measurement: Measurement) -> bool:
    subject = measurement.candidate.subject
    if not isinstance(subject, Electrolyte):
        return False
    return subject.composition.amount("S") > 0 and subject.composition.amount("O") == 0


def _bars(rows: list[dict[str, Any]], is_test: bool) -> list[Bar]:
    def mae(convention: str, subset: str = "all") -> float | None:
        lines = [r for r in rows if (r["model"], r["convention"], r["subset"]) == (STRUCTURE, convention, subset)]
        return float(lines[0]["mae"]) if lines else None

    if not is_test:
        name = "OBELiX training rows, folds by paper: sulfides, MAE"
        return [at_most(name, mae("published 1e-15", "sulfides"), 0.93, unit="log10 S/cm")]
    prop = get_property("ionic_conductivity")
    return [
        at_most(f"OBELiX official test: {prop.label}, MAE", mae("published 1e-15"), 1.45, unit="log10 S/cm"),
        at_most(f"OBELiX official test, clipped: {prop.label}, MAE", mae("clipped 1e-10"), 1.0, unit="log10 S/cm"),
    ]
