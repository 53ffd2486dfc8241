"""What of an evaluation is kept with a model: metrics, baselines, verdict and the limits that follow from them.

The rows stay with the run; what is made here is small, plain and travels in the artifact's card, so that the service
and the reports can show it without a tracker.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from surrogate.text import counted, error_unit, in_json_types, percent

if TYPE_CHECKING:
    import pandas as pd

    from surrogate.models import Evaluation, Surrogate
    from training.config import Plan
    from training.search import Answer

#: With fewer papers than this a family's error is an anecdote.
FEW_PAPERS = 3
#: Columns of the held-out values that are kept with the model.
HELD_OUT = ("value", "predicted", "low_90", "high_90")
#: Parts of a summary that a model keeps.
ON_THE_CARD = ("evaluation", "baselines", "gate", "protocol", "learning_curve")
#: A family's 90 % intervals that hold less than this are named among the limits.
LEAST_COVERAGE = 0.8


def with_evaluation(model: Surrogate, evaluation: Evaluation, content: Mapping[str, Any]) -> Surrogate:
    """Write the evaluation of its procedure, and the limits that follow from it, on the card of a model.

    Args:
        model: The model.
        evaluation: How well models that were made like it predict papers they have not seen.
        content: The summary of the evaluation.
    """
    card = model.card.with_metrics(**{name: content[name] for name in ON_THE_CARD if name in content})
    return replace(model, card=replace(card, limits=limits(content), held_out=held_out(evaluation.rows)))


def held_out(rows: pd.DataFrame) -> dict[str, list[Any]]:
    """What a parity figure needs of the ``rows`` of an evaluation, to four digits; papers are numbered."""
    numbers = {name: [float(f"{value:.4g}") for value in rows[name]] for name in HELD_OUT}
    return {**numbers, "group": rows["group"].tolist(), "paper": rows["paper"].factorize()[0].tolist()}


def summary(evaluation: Evaluation, plan: Plan, answers: Mapping[str, Answer] | None = None) -> dict[str, Any]:
    """Put everything of an evaluation but its rows in plain JSON types.

    Args:
        evaluation: The evaluation.
        plan: How its models were made.
        answers: What the search on all rows chose, by estimator; ``None`` without a search.
    """
    metrics = {**evaluation.metrics, "by_group": _by_group(evaluation)}
    verdict = evaluation.gate()
    protocol = {"name": "unseen paper", "folds": plan.folds, "seed": plan.seed, "physics": plan.physics, "search": None}
    if answers:
        protocol["search"] = {
            "trials": plan.trials,
            "folds": plan.search_folds,
            "nested": True,
            "answers": {name: answer.as_dict() for name, answer in answers.items()},
        }
    content = {
        "property": evaluation.property,
        "kind": evaluation.kind,
        "evaluation": metrics,
        "baselines": evaluation.baselines,
        "gate": {"passed": verdict.passed, "reasons": list(verdict.reasons)},
        "protocol": protocol,
    }
    cleaned: dict[str, Any] = in_json_types(content)
    return cleaned


def best_median(baselines: Mapping[str, Mapping[str, Any]]) -> str:
    """The name of the median baseline with the least error."""
    from surrogate.models.baselines import best_median as best

    return best(baselines)


def limits(content: Mapping[str, Any]) -> tuple[str, ...]:
    """Where not to rely on the model, as sentences, from its own evaluation."""
    metrics = content["evaluation"]
    unit = error_unit(metrics["unit"])
    limits = []
    rare = [f"{g} ({_papers(m)})" for g, m in metrics["by_group"].items() if m["n_papers"] < FEW_PAPERS]
    if rare:
        limits.append(f"Too few papers to know how far it errs: {', '.join(rare)}.")
    for group, own in metrics["by_group"].items():
        if own["n_papers"] >= FEW_PAPERS and own["mae"] >= own["best_median_mae"]:
            limits.append(
                f"{group}: not better than the {best_median(content['baselines']).replace('_', ' ')} on unseen papers "
                f"({own['mae']:.3g} against {own['best_median_mae']:.3g} {unit}, {_papers(own)})."
            )
    narrow = [
        f"{group} ({percent(own['coverage_90'])} of {_papers(own)})"
        for group, own in metrics["by_group"].items()
        if own["n_papers"] >= FEW_PAPERS and own["coverage_90"] < LEAST_COVERAGE
    ]
    if narrow:
        limits.append(f"90 % intervals that held too few unseen values: {', '.join(narrow)}.")
    outside = metrics["by_domain"].get("out")
    inside = metrics["by_domain"].get("in")
    if outside and inside:
        verdict = (
            "heed the domain verdict of each prediction"
            if outside["mae"] > inside["mae"]
            else "its domain verdict does not tell how far it errs"
        )
        limits.append(
            f"Outside its domain its error is {outside['mae']:.3g} {unit} ({_papers(outside)}), inside "
            f"{inside['mae']:.3g} {unit} ({_papers(inside)}); {verdict}."
        )
    return tuple(limits)


def flat_metrics(content: Mapping[str, Any]) -> dict[str, float]:
    """The numbers of a summary by dotted name, for a tracker: ``mae``, ``tier.A.mae``, ..."""
    parts = {
        "": content["evaluation"],
        **{f"baseline.{name}.": own for name, own in content["baselines"].items()},
    }
    for label in ("group", "tier", "domain"):
        parts |= {f"{label}.{name}.": own for name, own in content["evaluation"][f"by_{label}"].items()}
    gain, surest = (content["evaluation"][f"gain_over_best_{rival}"] for rival in ("median", "baseline"))
    numbers = {f"{prefix}{name}": value for prefix, own in parts.items() for name, value in own.items()}
    numbers |= {"gain": gain["gain"], "gain_low": gain["interval"][0], "gain_high": gain["interval"][1]}
    numbers |= {"gain_over_best_baseline": surest["gain"], "gain_over_best_baseline_low": surest["interval_90"][0]}
    numbers["gate_passed"] = float(content["gate"]["passed"])
    return {name: float(value) for name, value in numbers.items() if isinstance(value, int | float)}


def _by_group(evaluation: Evaluation) -> dict[str, Any]:
    """The metrics of each family or active-material class, with the best median's error on the same rows beside."""
    column = f"baseline_{best_median(evaluation.baselines)}"
    of_group = {str(name): part for name, part in evaluation.rows.groupby("group")}
    return {
        name: {**own, "best_median_mae": _paper_error(of_group[name], column)}
        for name, own in evaluation.metrics["by_group"].items()
    }


def _paper_error(rows: pd.DataFrame, column: str) -> float:
    """Mean absolute error of ``column``, papers weighted equally."""
    error = (rows[column] - rows["value"]).abs()
    return float(error.groupby(rows["paper"]).mean().mean())


def _papers(metrics: Mapping[str, Any]) -> str:
    return counted(metrics["n_papers"], "paper")
