"""The OBELiX protocol: official training rows (with strictly filtered literature) to a test file."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks._contract import Bar, at_most, finish
from surrogate.datasets import load, load_obelix, obelix_rows
from surrogate.measurement import Censoring, Measurement
from surrogate.models import fit
from surrogate.models.stack import paper_fold_codes
from surrogate.models.training_set import paper_weights
from surrogate.properties import get_property
from surrogate.recipe import Electrolyte

Array = NDArray[np.float64]

#: The two conventions for "below the detection limit": the published protocol, and the limit itself. S/cm.
PUBLISHED_FLOOR, CLIPPED_FLOOR = 1e-15, 1e-10
N_BOOTSTRAP = 1000
FOLDS = 5


def run(options: argparse.Namespace) -> int:
    """Predict the test file, or the training file by folds of papers when no test file is given."""
    training = load_obelix()
    test = load_obelix(Path(options.test)) if options.test else []
    rows: list[dict[str, Any]] = []
    for label, floor in (("published 1e-15", PUBLISHED_FLOOR), ("clipped 1e-10", CLIPPED_FLOOR)):
        if test:
            judged = floored(test, floor)
            extra = [m for m in load("ionic_conductivity") if not _overlaps(m, test)]
            said = {
                "stack": _predict(floored(training, floor) + extra, judged, options.seed),
                "stack, OBELiX rows only": _predict(floored(training, floor), judged, options.seed),
                "forest of the OBELiX paper": _structure_forest(None, Path(options.test), floor, options.seed),
            }
        else:
            judged = floored(training, floor)
            said = _by_folds(judged, floor, options.seed)
        rows += [line for name, values in said.items() for line in _lines(name, label, judged, values)]
    return finish("accuracy obelix", rows, _bars(rows, bool(test)), options.as_json)


def floored(measurements: Sequence[Measurement], floor: float) -> list[Measurement]:
    """Values at or below a detection limit set to ``floor``, as the protocol says; the others are kept."""
    return [replace(m, value=floor) if m.censoring is Censoring.BELOW or m.value < floor else m for m in measurements]


def _by_folds(judged: list[Measurement], floor: float, seed: int) -> dict[str, Array]:
    """Out-of-paper predictions for the training file itself."""
    papers = {paper: n for n, paper in enumerate(sorted({m.source.paper for m in judged}))}
    code = np.array([papers[m.source.paper] for m in judged])
    fold = paper_fold_codes(code, FOLDS, np.random.default_rng(seed))
    stack, forest = np.empty(len(judged)), np.empty(len(judged))
    for number in range(FOLDS):
        out = np.flatnonzero(fold == number)
        held = [judged[i] for i in out]
        inside = [judged[i] for i in np.flatnonzero(fold != number)]
        extra = [m for m in load("ionic_conductivity") if not _overlaps(m, held)]
        stack[out] = _predict(inside + extra, held, seed)
        forest[out] = _structure_forest(out, None, floor, seed)
    return {"stack": stack, "forest of the OBELiX paper": forest}


def _overlaps(measurement: Measurement, test: Sequence[Measurement]) -> bool:
    """Strict: neither a paper nor a composition of the test rows may be learnt from elsewhere."""
    papers = {m.source.doi.lower() for m in test if m.source.doi}
    formulas = {_formula(m) for m in test}
    dois = {text.lower() for text in (measurement.source.doi, measurement.source.paper) if text}
    return bool(dois & papers) or _formula(measurement) in formulas


def _formula(measurement: Measurement) -> str:
    subject = measurement.candidate.subject
    return subject.composition.reduced_formula if isinstance(subject, Electrolyte) else ""


def _predict(training: list[Measurement], test: list[Measurement], seed: int) -> Array:
    model = fit(training, property="ionic_conductivity", seed=seed)
    return model.posterior([m.candidate for m in test]).mean


def _structure_forest(held_out: NDArray[np.intp] | None, test: Path | None, floor: float, seed: int) -> Array:
    """Random forest on element amounts, space group and lattice, as in the paper of the data set."""
    from sklearn.ensemble import RandomForestRegressor

    x, y = _structure_table(None, floor)
    if held_out is None:
        target, _ = _structure_table(test, floor)
        source = np.arange(len(x))
    else:
        target, source = x[held_out], np.setdiff1d(np.arange(len(x)), held_out)
    forest = RandomForestRegressor(n_estimators=500, random_state=seed, n_jobs=1).fit(x[source], y[source])
    return np.asarray(forest.predict(target))


def _structure_table(path: Path | None, floor: float) -> tuple[Array, Array]:
    from surrogate.features.composition import amount_matrix

    rows, measured = obelix_rows(path), floored(load_obelix(path), floor)
    amounts = amount_matrix([m.candidate.subject.composition for m in measured])  # type: ignore[union-attr]
    names = ("Space group #", "a", "b", "c", "alpha", "beta", "gamma")
    structure = np.array([[row.number(name) or 0.0 for name in names] for row in rows])
    return np.hstack([amounts, structure]), np.log10([m.value for m in measured])


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
        lines = [r for r in rows if (r["model"], r["convention"], r["subset"]) == ("stack", convention, subset)]
        return float(lines[0]["mae"]) if lines else None

    if not is_test:
        name = "OBELiX training rows, folds by paper: sulfides, MAE"
        return [at_most(name, mae("published 1e-15", "sulfides"), 0.93, unit="log10 S/cm")]
    prop = get_property("ionic_conductivity")
    return [
        at_most(f"OBELiX official test: {prop.label}, MAE", mae("published 1e-15"), 1.45, unit="log10 S/cm"),
        at_most(f"OBELiX official test, clipped: {prop.label}, MAE", mae("clipped 1e-10"), 1.0, unit="log10 S/cm"),
    ]
