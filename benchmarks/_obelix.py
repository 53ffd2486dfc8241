"""The OBELiX protocol: official training rows (with strictly filtered literature) to a test file.

Four models side by side: the one of :mod:`benchmarks._structure`, which reads the crystal structure; the stack, as the
product fits it, which knows the composition alone; the forest of the paper of the data set, from the rows of that set;
and the same forest from the rows that the first two learn from. Values that are bounds
are fitted as bounds by the first two, and judged by each of the two conventions; both take a lower bound (``>1E-3``) as
the value itself, as the published protocol does.

Training rows that share a row ID or a paper with the test file are taken out. A test row whose space group, lattice or
number of formula units is not stated has no structure at all: for the models of :mod:`benchmarks._structure` its
structure is not known, as for rows of the literature, and the forests of the paper send it, where a tree asks for the
structure, to the branch with more rows.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks._contract import Aside, Bar, at_most, finish
from benchmarks._structure import Structures, contents_of, obelix_structures
from benchmarks._structure import predict as predict_with_structure
from surrogate.candidate.measurement import Censoring, Measurement
from surrogate.candidate.recipe import Electrolyte
from surrogate.datasets import load, load_obelix, paper_name
from surrogate.datasets.package import resource
from surrogate.datasets.tables import as_it_stands
from surrogate.errors import InvalidInput
from surrogate.models import fit
from surrogate.models.stack import paper_fold_codes
from surrogate.models.training_set import paper_weights
from surrogate.properties import get_property

Array = NDArray[np.float64]
#: Predictions by model and by the floor of the convention, (n,) each.
ByModel = dict[str, dict[float, Array]]

#: The two conventions for "below the detection limit": the published protocol, and the limit itself. S/cm.
CONVENTIONS = {"published 1e-15": 1e-15, "clipped 1e-10": 1e-10}
#: Names of the models in the answer.
STRUCTURE, STACK, PAPER = "with structure", "stack", "forest of the OBELiX paper"
SAME_ROWS = "untuned forest, same rows"
N_BOOTSTRAP = 1000
FOLDS = 5


def run(options: argparse.Namespace) -> int:
    """Predict the test file, or the training file by folds of papers when no test file is given."""
    judged = load_obelix(None if options.test is None else Path(options.test))
    if options.test is None:
        predictions, aside = _by_folds(judged, options.seed), None
    else:
        predictions, aside = _on_test_file(judged, Path(options.test), options.seed)
    rows = [
        line
        for name, by_floor in predictions.items()
        for label, floor in CONVENTIONS.items()
        for line in _lines(name, label, floored(judged, floor), np.maximum(by_floor[floor], np.log10(floor)))
    ]
    return finish("accuracy obelix", rows, _bars(rows, aside is not None), options.as_json, aside)


def floored(measurements: Sequence[Measurement], floor: float) -> list[Measurement]:
    """Values at or below a detection limit set to ``floor``, as the protocol says; the others are kept."""
    return [replace(m, value=floor) if m.censoring is Censoring.BELOW or m.value < floor else m for m in measurements]


def _on_test_file(test: list[Measurement], path: Path, seed: int) -> tuple[ByModel, Aside]:
    """Predictions for the rows of the test file at ``path``, and what is to be said beside them."""
    if not test:
        raise InvalidInput(f"{path} has no rows below its header.", hint="Give a table with the rows to judge.")
    official, structures = load_obelix(), obelix_structures(path)
    training = _without_rows_of(official, test)
    n_papers = len({m.source.paper for m in training})
    if n_papers < FOLDS:
        raise InvalidInput(
            f"Without the rows and papers of {path} the official training file has {n_papers} papers left, and "
            f"{FOLDS} are needed to learn from.",
            hint="Give the official test file; without --test the training file is judged by folds.",
        )
    literature = _apart(load("ionic_conductivity"), test)
    aside = Aside(notes=_notes(path, len(official) - len(training), len(test) - len(structures)))
    return _models(training, literature, test, structures, seed), aside


def _notes(path: Path, n_taken_out: int, n_without_structure: int) -> list[str]:
    _, unused = as_it_stands(path, resource("obelix"))
    counts_by_words = {
        "Training rows not learnt from, since they share a row ID or a paper with the test file": n_taken_out,
        "Test rows without a structure, since space group, lattice or Z is not stated": n_without_structure,
    }
    notes = [f"{words}: {count}." for words, count in counts_by_words.items() if count]
    return [*notes, *([f"Columns left alone: {', '.join(map(repr, unused))}."] if unused else [])]


def _without_rows_of(measurements: Sequence[Measurement], test: Sequence[Measurement]) -> list[Measurement]:
    """Those that share neither a row ID nor a paper with the rows of the test file."""
    papers = {name for m in test for name in papers_of(m)}
    ids = {m.source.row_id for m in test}
    return [m for m in measurements if m.source.row_id not in ids and not papers_of(m) & papers]


def _by_folds(measured: list[Measurement], seed: int) -> ByModel:
    """Predictions for the training file itself, learnt without the papers and without the compositions of the fold."""
    papers = {paper: n for n, paper in enumerate(sorted({m.source.paper for m in measured}))}
    code = np.array([papers[m.source.paper] for m in measured])
    fold = paper_fold_codes(code, FOLDS, np.random.default_rng(seed))
    literature = load("ionic_conductivity")
    predictions: ByModel = {}
    for number in range(FOLDS):
        out = np.flatnonzero(fold == number)
        held = [measured[i] for i in out]
        inside, extra = _apart(measured, held), _apart(literature, held)
        for name, by_floor in _models(inside, extra, held, None, seed).items():
            for floor, values in by_floor.items():
                predictions.setdefault(name, {}).setdefault(floor, np.empty(len(measured)))[out] = values
    return predictions


def _models(
    training: list[Measurement],
    literature: list[Measurement],
    held: list[Measurement],
    structures: Structures | None,
    seed: int,
) -> ByModel:
    """What every model says of ``held``, (n,) per convention; ``structures`` are those of ``held`` where it is not of
    the training file. Only the forest of the paper needs a fit per convention: the others know what a bound is.
    """
    training_structures = obelix_structures(None)
    test_structures = training_structures if structures is None else structures
    composed = fit(training + literature, property="ionic_conductivity", seed=seed)
    once = {
        STRUCTURE: predict_with_structure(
            training + literature, held, training_structures, seed, test_structures=test_structures
        ),
        STACK: composed.posterior([m.candidate for m in held]).mean,
    }
    predictions: ByModel = {name: dict.fromkeys(CONVENTIONS.values(), values) for name, values in once.items()}
    for name, rows in ((PAPER, training), (SAME_ROWS, training + literature)):
        predictions[name] = {
            floor: _structure_forest(floored(rows, floor), held, training_structures, test_structures, seed)
            for floor in CONVENTIONS.values()
        }
    return predictions


def _apart(measurements: Sequence[Measurement], held: Sequence[Measurement]) -> list[Measurement]:
    """Strict: those that share neither a paper nor a composition with the rows held out."""
    papers = {name for m in held for name in papers_of(m)}
    formulas = {_formula(m) for m in held}
    return [m for m in measurements if not papers_of(m) & papers and _formula(m) not in formulas]


def papers_of(measurement: Measurement) -> set[str]:
    """What the paper of a measurement is called: its DOI, its name, each as everybody writes it."""
    return {paper_name(text) for text in (measurement.source.doi, measurement.source.paper) if text}


def _formula(measurement: Measurement) -> str:
    subject = measurement.candidate.subject
    return subject.composition.reduced_formula if isinstance(subject, Electrolyte) else ""


def _structure_forest(
    training: list[Measurement],
    held: list[Measurement],
    training_structures: Structures,
    test_structures: Structures,
    seed: int,
) -> Array:
    """Random forest on element amounts, space group and lattice, as in the paper of the data set.

    ``test_structures`` are those of ``held``, where a gap goes to the branch with more rows.
    """
    from sklearn.ensemble import RandomForestRegressor

    forest = RandomForestRegressor(n_estimators=500, random_state=seed, n_jobs=1)
    forest.fit(_structure_table(training, training_structures), np.log10([m.value for m in training]))
    return np.asarray(forest.predict(_structure_table(held, test_structures)))


def _structure_table(measurements: Sequence[Measurement], structures: Structures) -> Array:
    cells = [structures.get(m.source.row_id) for m in measurements]
    numbers = [[np.nan] * 7 if c is None else [c.space_group, *c.lengths, *c.angles] for c in cells]
    return np.hstack([contents_of(measurements), numbers])


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
    constant = any(len(np.unique(numbers[mask])) < 2 for numbers in (predicted, value))
    total = ((value[mask] - value[mask].mean()) ** 2).sum()
    return {
        "mae": float(np.abs(error).mean()),
        "mae_low": low,
        "mae_high": high,
        "mae_papers_equal": float(np.average(np.abs(error), weights=weights)),
        "rmse": float(np.sqrt((error**2).mean())),
        "r2": float(1 - (error**2).sum() / total) if total > 0 else None,
        "spearman": None if constant else float(spearmanr(predicted[mask], value[mask]).statistic),
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
