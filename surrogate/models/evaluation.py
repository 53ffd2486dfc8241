"""How good is a model on papers it has never seen, beside what must be beaten, and are its intervals honest?

Whole papers are held out; everything (weights, calibration, domain) is learnt again inside each training part, so the
numbers are those of the procedure, not of one lucky fit. Rows are weighted so that every paper counts the same, and
uncertainty comes from a bootstrap over papers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.measurement import Measurement
from surrogate.datasets import Fold, check_once, paper_folds
from surrogate.errors import InvalidInput
from surrogate.execution.checks import check_seed
from surrogate.models.base import DomainStatus
from surrogate.models.baselines import as_stated, baselines_of, best_median, least_error, name_baseline
from surrogate.models.encoding import group_of
from surrogate.models.stack import fit_members
from surrogate.models.surrogate import KINDS, STACK, Surrogate, assemble, encode, fit_barrier, member_kinds
from surrogate.models.training_set import paper_weights, weighted_quantile
from surrogate.properties import Property, Scale, get_property
from surrogate.text import error_unit

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]

LEVELS = (0.5, 0.8, 0.9)
#: The gate: coverage of the 90 % interval that is honest enough, neither too low nor wastefully wide.
COVERAGE_BOUNDS = (0.86, 0.94)
#: The gate: papers below which error and coverage are anecdotes.
LEAST_PAPERS = 10
N_BOOTSTRAP = 1000


@dataclass(frozen=True, kw_only=True)
class GateVerdict:
    """Whether a model may become champion, and why not."""

    passed: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """Out-of-paper predictions of one kind of model, with its metrics and the baselines of the same folds.

    ``rows`` has a line per measurement: value, prediction and intervals on the scale (log10 for conductivities), paper,
    group, tier, domain and one column per baseline. ``metrics`` and ``baselines`` summarise it.
    """

    property: str
    kind: str
    rows: pd.DataFrame
    metrics: dict[str, Any]
    baselines: dict[str, dict[str, Any]] = field(default_factory=dict)

    def gate(self) -> GateVerdict:
        """Surely better than the best baseline, 90 % coverage inside :data:`COVERAGE_BOUNDS`, :data:`LEAST_PAPERS`."""
        return gate(self.metrics, self.baselines)


def gate(metrics: Mapping[str, Any], baselines: Mapping[str, Mapping[str, Any]]) -> GateVerdict:
    """The verdict from stored numbers; see :meth:`Evaluation.gate`."""
    reasons = [*_doubts_of_gain(metrics, baselines)]
    low, high = COVERAGE_BOUNDS
    coverage = metrics["coverage_90"]
    if not low <= coverage <= high:
        reasons.append(f"its 90 % intervals cover {coverage:.3f} of unseen values, outside {low} to {high}")
    if metrics["n_papers"] < LEAST_PAPERS:
        reasons.append(f"it was judged on {metrics['n_papers']} papers, fewer than {LEAST_PAPERS}")
    return GateVerdict(passed=not reasons, reasons=tuple(reasons))


def _doubts_of_gain(metrics: Mapping[str, Any], baselines: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Why the model may be no better than the best baseline; nothing where it surely is."""
    # A summary that an earlier version stored knows the 95 % interval over the best median alone.
    gain = metrics.get("gain_over_best_baseline") or {"interval_90": metrics["gain_over_best_median"]["interval"]}
    gain = {**metrics["gain_over_best_median"], **gain}
    rival, unit = gain["baseline"], error_unit(metrics["unit"])
    low, high = gain["interval_90"]
    if gain["gain"] <= 0:
        error, least = _write_distinctly(metrics["mae"], baselines[rival]["mae"])
        yield f"its error on unseen papers, {error} {unit}, is not below that of the {name_baseline(rival)}, {least}"
    elif low <= 0:
        yield (
            f"its gain over the {name_baseline(rival)} on unseen papers, {gain['gain']:.2g} {unit}, may be chance: "
            f"its 90 % interval is {low:.2g} to {high:.2g}"
        )


def _write_distinctly(one: float, other: float) -> tuple[str, str]:
    """Both with three digits, or with as many as it takes to see which is larger."""
    written = [(f"{one:.{digits}g}", f"{other:.{digits}g}") for digits in range(3, 7)]
    return next((pair for pair in written if pair[0] != pair[1]), written[0])


def evaluate(
    measurements: Sequence[Measurement],
    *,
    property: str,
    kinds: Sequence[str] = (STACK,),
    hyperparameters: Mapping[str, Mapping[str, Any]] | Sequence[Mapping[str, Mapping[str, Any]]] | None = None,
    folds: int = 10,
    seed: int = 0,
    mapper: Callable[..., Iterable[Any]] = map,
    learnable: Callable[[Measurement, Fold], bool] | None = None,
    physics: bool = True,
    companions: Sequence[Measurement] = (),
) -> dict[str, Evaluation]:
    """Judge kinds of model on unseen papers; what kinds share is fitted once per fold.

    The same input and seed give the same numbers, whatever the executor.

    Args:
        measurements: Of the property.
        property: Its name.
        kinds: Kinds of model.
        hyperparameters: By estimator; a sequence gives each fold of ``paper_folds(measurements, folds, seed)`` its own,
            for a search that is nested inside the folds.
        folds: Parts in which whole papers are held out.
        seed: Of the folds and of everything that is drawn.
        mapper: ``map``, or the ``map`` of an executor: folds are independent.
        learnable: Restricts what is learnt from beside a fold, not what is judged, to show what other rows are worth.
        physics: Add the value of the simulator, with constants read from the training part of each fold.
        companions: Measurements of the other direction of the first cycle; those of a paper are held out with it.

    Returns:
        The evaluation of each kind.
    """
    check_seed(seed)
    check_once(measurements)
    parts = paper_folds(measurements, folds, seed)
    settings = hyperparameters if isinstance(hyperparameters, Sequence) else [hyperparameters or {}] * len(parts)
    if len(settings) != len(parts):
        raise InvalidInput(f"{len(settings)} sets of hyper-parameters were given for {len(parts)} folds.")
    jobs = [
        (
            list(measurements),
            np.array([i for i in part.train if learnable is None or learnable(measurements[i], part)]),
            part.test,
            property,
            tuple(kinds),
            dict(fold_settings),
            seed + number,
            physics,
            [m for m in companions if m.source.paper not in part.papers and (learnable is None or learnable(m, part))],
        )
        for number, (part, fold_settings) in enumerate(zip(parts, settings, strict=True))
    ]
    results = list(mapper(_evaluate_fold, jobs))
    return {kind: _summarise(property, kind, [result[kind] for result in results]) for kind in kinds}


def judge(
    model: Surrogate, training: Sequence[Measurement], test: Sequence[Measurement], rng: np.random.Generator
) -> Evaluation:
    """Judge a fitted model on measurements it has not seen, beside baselines of the same rows.

    Args:
        model: Fitted to ``training``.
        training: What it has learnt from; the baselines learn from the same.
        test: What it is judged on.
        rng: For the baselines that draw.
    """
    _, training_set, view = encode(training, model.property.name, physics=model.encoding.physics)
    naive, test_view = (
        as_stated(model.property.name, training_set, view),
        model.encoding.view([m.candidate for m in test]),
    )
    frame = _tabulate_predictions(model, test, np.arange(len(test)))
    for name, compute in baselines_of(model.property.name).items():
        frame[f"baseline_{name}"] = compute(naive, view.reference, test_view, rng)
    return _summarise(model.property.name, model.card.kind, [frame])


def _evaluate_fold(job: tuple[Any, ...]) -> dict[str, pd.DataFrame]:
    """Train on the papers of one fold, predict those held out: a frame of rows per kind."""
    measurements, train, test, property, kinds, hyperparameters, seed, physics, companions = job
    training_rows = [measurements[i] for i in train]
    test_rows = [measurements[i] for i in test]
    rng = np.random.default_rng(seed)
    encoding, training, view = encode(training_rows, property, physics=physics, companions=companions)
    needed = sorted({member for kind in kinds for member in member_kinds(kind, property)}, key=list(KINDS).index)
    members = fit_members(training, needed, hyperparameters, rng)
    test_view = encoding.view([m.candidate for m in test_rows])
    baseline_rng = np.random.default_rng(seed)
    rivals = baselines_of(property)
    naive = as_stated(property, training, view)
    baselines = {name: rivals[name](naive, view.reference, test_view, baseline_rng) for name in rivals}
    barrier = fit_barrier(property, training_rows, companions, seed=seed)
    frames = {}
    for kind in kinds:
        model = assemble(
            members,
            training_rows,
            encoding,
            training,
            view,
            kind=kind,
            hyperparameters=hyperparameters,
            seed=seed,
            barrier=barrier,
        )
        frames[kind] = _tabulate_predictions(model, test_rows, test).assign(
            **{f"baseline_{n}": b for n, b in baselines.items()}
        )
    return frames


def _tabulate_predictions(
    model: Surrogate, measurements: Sequence[Measurement], index: NDArray[np.intp]
) -> pd.DataFrame:
    """The predictions of ``model``, a row per measurement, on the scale of the property."""
    import pandas as pd

    candidates = [m.candidate for m in measurements]
    prop = model.property
    usual = model.predict(candidates, neighbours=0)
    frame = pd.DataFrame(
        {
            "row": index,
            "row_id": [m.source.row_id for m in measurements],
            "paper": [m.source.paper for m in measurements],
            "group": [group_of(c) for c in candidates],
            "tier": [m.tier.value if m.tier else "" for m in measurements],
            "censoring": [m.censoring.value for m in measurements],
            "value": scaled(prop, np.array([m.value for m in measurements])),
            "predicted": scaled(prop, np.array([p.median for p in usual])),
            "std": [p.scale_std for p in usual],
            "domain": [p.domain.status.value for p in usual],
            "score": [p.domain.score for p in usual],
        }
    )
    for level, (low, high) in model.intervals(candidates, LEVELS).items():
        frame[f"low_{level * 100:.0f}"] = scaled(prop, low)
        frame[f"high_{level * 100:.0f}"] = scaled(prop, high)
    return frame


def scaled(prop: Property, values: Array) -> Array:
    """Values in the unit → the space in which errors are reported: decades for conductivities, the unit otherwise."""
    return np.asarray(np.log10(np.maximum(values, prop.lower))) if prop.scale is Scale.LOG10 else values


def _summarise(property: str, kind: str, frames: Sequence[pd.DataFrame]) -> Evaluation:
    import pandas as pd

    rows = pd.concat(frames, ignore_index=True).sort_values("row", kind="stable").reset_index(drop=True)
    baselines = {name: error_metrics(rows, f"baseline_{name}") for name in baselines_of(property)}
    metrics = {**error_metrics(rows, "predicted"), **interval_metrics(rows)}
    best = best_median(baselines)
    metrics["gain_over_best_median"] = paired_gain(rows, f"baseline_{best}")
    metrics["gain_over_best_baseline"] = paired_gain(rows, f"baseline_{least_error(baselines)}")
    metrics["by_domain"] = {
        status.value: _error(rows[rows["domain"] == status.value])
        for status in DomainStatus
        if (rows["domain"] == status.value).any()
    }
    metrics["by_group"] = {str(g): {**_error(part), **_coverage(part)} for g, part in rows.groupby("group")}
    metrics["by_tier"] = {str(t): {**_error(part), **_coverage(part)} for t, part in rows.groupby("tier")}
    metrics["unit"] = get_property(property).scale_unit
    return Evaluation(property=property, kind=kind, rows=rows, metrics=metrics, baselines=baselines)


def row_weights(rows: pd.DataFrame) -> Array:
    """Weights (n,) under which every paper of ``rows`` counts the same; they sum to 1."""
    _, code = np.unique(rows["paper"].to_numpy(dtype=str), return_inverse=True)
    return paper_weights(code) / len(rows)


def error_metrics(rows: pd.DataFrame, column: str) -> dict[str, Any]:
    """Mean absolute error with papers weighted equally (and its bootstrap interval), by row, bias, rank correlation."""
    from scipy.stats import spearmanr

    error = rows[column].to_numpy(dtype=float) - rows["value"].to_numpy(dtype=float)
    weights = row_weights(rows)
    constant = min(rows[column].nunique(), rows["value"].nunique()) < 2  # then no order can be told
    return {
        "mae": float(weights @ np.abs(error)),
        "mae_interval": bootstrap_interval(rows, np.abs(error)),
        "mae_by_row": float(np.abs(error).mean()),
        "median_absolute_error": float(np.median(np.abs(error))),
        "bias": float(weights @ error),
        "spearman": None if constant else float(spearmanr(rows[column], rows["value"]).statistic),
        "n_rows": len(rows),
        "n_papers": int(rows["paper"].nunique()),
    }


def interval_metrics(rows: pd.DataFrame) -> dict[str, Any]:
    """Coverage and width of the intervals (papers weighted equally), CRPS and NLL of the normal summary.

    ``relative_width_90`` compares with intervals of constant width that cover as much of the same rows.
    """
    from scipy.stats import norm

    weights = row_weights(rows)
    value, center, std = (rows[name].to_numpy(dtype=float) for name in ("value", "predicted", "std"))
    metrics: dict[str, Any] = {}
    for level in LEVELS:
        low, high = (rows[f"{side}_{level * 100:.0f}"].to_numpy() for side in ("low", "high"))
        inside = (low <= value) & (value <= high)
        metrics[f"coverage_{level * 100:.0f}"] = float(weights @ inside)
        metrics[f"width_{level * 100:.0f}"] = float(weights @ (high - low))
    z = (value - center) / np.maximum(std, 1e-9)
    # Gneiting & Raftery, J. Am. Stat. Assoc. 102, 359 (2007), eq. 21.
    crps = std * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi))
    metrics["crps"] = float(weights @ crps)
    metrics["nll"] = float(weights @ (0.5 * z**2 + np.log(np.maximum(std, 1e-9)) + 0.5 * np.log(2 * np.pi)))
    constant = 2 * weighted_quantile(np.abs(value - center), weights, metrics["coverage_90"])
    metrics["relative_width_90"] = float(metrics["width_90"] / constant) if constant > 0 else None
    return metrics


def paired_gain(rows: pd.DataFrame, baseline: str) -> dict[str, Any]:
    """By how much the error falls below that of ``baseline`` (positive is better), with its bootstrap intervals."""
    value, predicted, rival = (rows[name].to_numpy(dtype=float) for name in ("value", "predicted", baseline))
    gain = np.abs(rival - value) - np.abs(predicted - value)
    return {
        "baseline": baseline.removeprefix("baseline_"),
        "gain": float(row_weights(rows) @ gain),
        "interval": bootstrap_interval(rows, gain),
        "interval_90": bootstrap_interval(rows, gain, 0.9),
    }


def bootstrap_interval(rows: pd.DataFrame, scores: Array, level: float = 0.95) -> list[float]:
    """The bootstrap interval, over papers, of the paper-weighted mean of ``scores`` (n,)."""
    papers, code = np.unique(rows["paper"].to_numpy(dtype=str), return_inverse=True)
    means = np.bincount(code, weights=scores) / np.bincount(code)
    draws = np.random.default_rng(0).integers(len(papers), size=(N_BOOTSTRAP, len(papers)))
    spread = np.quantile(means[draws].mean(axis=1), [(1 - level) / 2, (1 + level) / 2])
    return [float(bound) for bound in spread]


def _error(rows: pd.DataFrame) -> dict[str, Any]:
    error = np.abs(rows["predicted"].to_numpy(dtype=float) - rows["value"].to_numpy(dtype=float))
    return {
        "mae": float(row_weights(rows) @ error),
        "mae_by_row": float(error.mean()),
        "n_rows": len(rows),
        "n_papers": int(rows["paper"].nunique()),
    }


def _coverage(rows: pd.DataFrame) -> dict[str, Any]:
    inside = (rows["low_90"] <= rows["value"]) & (rows["value"] <= rows["high_90"])
    return {"coverage_90": float(row_weights(rows) @ inside.to_numpy(dtype=float))}
