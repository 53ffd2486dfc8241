"""The error on unseen papers by how many papers were learnt from, and the power law through it.

What is judged is the same at every size; smaller sizes lie within larger ones. So the differences are those of what was
learnt, and the interval of the exponent is a bootstrap over the papers that are judged.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from training.config import Plan

if TYPE_CHECKING:
    from surrogate.candidate.measurement import Measurement
    from surrogate.datasets import Fold
    from surrogate.models import Evaluation

Array = NDArray[np.float64]
#: An evaluation with everything set but the kinds of models and what is learnt from.
Judge = Callable[..., Mapping[str, "Evaluation"]]

#: Shares of the papers of each training part, beside all of them.
SHARES = (0.125, 0.25, 0.5)
#: Papers below which weights and calibration, which hold papers out in their turn, mean nothing.
LEAST_PAPERS = 12
N_BOOTSTRAP = 1000


def learning_curve(full: Evaluation, judge: Judge, plan: Plan) -> dict[str, Any] | None:
    """Judge models that learnt from fewer papers on the rows of ``full``, and fit a power law through the errors.

    Args:
        full: The evaluation of models that learnt from all papers of their training parts.
        judge: :func:`surrogate.models.evaluate` with everything set but ``learnable``.
        plan: How the models are made.

    Returns:
        The points, the exponent, and what the law says of twice as many papers, as plain numbers; ``None`` where there
        are too few papers for two points.
    """
    papers = full.metrics["n_papers"] * (1 - 1 / plan.folds)
    shares = [share for share in SHARES if share * papers >= LEAST_PAPERS]
    if not shares:
        return None
    evaluations = [*(judge(learnable=share_of_papers(share))[plan.kind] for share in shares), full]
    errors = np.column_stack([_errors_of_papers(evaluation) for evaluation in evaluations])
    return summarise(papers * np.array([*shares, 1.0]), errors)


def summarise(papers: Array, errors: Array) -> dict[str, Any]:
    """The points of a curve and the power law through them.

    Args:
        papers: How many papers were learnt from, (k,), ascending.
        errors: The error of each paper that is judged at each of them, (n, k).
    """
    draws = np.random.default_rng(0).integers(len(errors), size=(N_BOOTSTRAP, len(errors)))
    means = np.concatenate([errors.mean(axis=0)[None], errors[draws].mean(axis=1)])  # (1 + draws, k), all papers first
    slope, intercept = np.polyfit(np.log(papers), np.log(means).T, 1)
    doubled = np.exp(intercept + slope * np.log(2 * papers[-1]))
    low, high = np.quantile(means[1:], [0.025, 0.975], axis=0)
    fitted = np.exp(intercept[0] + slope[0] * np.log(papers))
    return {
        "points": [
            {"papers": round(float(p)), "mae": float(m), "mae_interval": [float(a), float(b)], "fitted": float(f)}
            for p, m, a, b, f in zip(papers, means[0], low, high, fitted, strict=True)
        ],
        "exponent": float(slope[0]),
        "exponent_interval": _interval(slope[1:]),
        "doubled": float(doubled[0]),
        "doubled_interval": _interval(doubled[1:]),
    }


def share_of_papers(share: float) -> Callable[[Measurement, Fold], bool]:
    """Whether a measurement is of a share of the papers, drawn anew for each fold; a smaller one lies in a larger."""

    def learnable(measurement: Measurement, fold: Fold) -> bool:
        return zlib.crc32(f"{fold.papers[0]} {measurement.source.paper}".encode()) < share * 2**32

    return learnable


def sentence(curve: Mapping[str, Any], unit: str) -> str:
    """What the law says: the exponent, and the error with twice as many papers."""
    (low, high), (least, most) = curve["exponent_interval"], curve["doubled_interval"]
    return (
        f"the error goes with the number of papers to the power of {curve['exponent']:.2f} ({low:.2f} to {high:.2f}); "
        "if that went on, twice as many papers would bring it to "
        f"{curve['doubled']:.3g} ({least:.3g} to {most:.3g}) {unit}"
    )


def _errors_of_papers(evaluation: Evaluation) -> Array:
    """The mean absolute error of each paper (n,), in the order of their names."""
    rows = evaluation.rows
    error = (rows["predicted"] - rows["value"]).abs()
    return np.asarray(error.groupby(rows["paper"]).mean().sort_index(), dtype=float)


def _interval(draws: Array) -> list[float]:
    return [float(bound) for bound in np.quantile(draws, [0.025, 0.975])]
