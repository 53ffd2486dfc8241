"""Kinds of model beside each other and beside the baselines, on papers none of them has seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surrogate.candidate.measurement import Measurement
from surrogate.datasets import load, load_companions, sha256_of
from surrogate.errors import InvalidInput
from surrogate.execution.futures import Executor
from surrogate.models.baselines import name_baseline
from surrogate.text import counted, error_unit
from training import summary
from training.config import Plan
from training.learning_curve import SHARES, Judge, learning_curve, sentence
from training.tables import Block

if TYPE_CHECKING:
    from surrogate.models import Evaluation

#: Hyper-parameters by estimator.
Settings = Mapping[str, Mapping[str, Any]]


def evaluate_plan(plan: Plan, *, kinds: Sequence[str] | None, data: Path | None, workers: Executor) -> dict[str, Any]:
    """Judge kinds of models on papers that they have not seen.

    Args:
        plan: Property, folds, seed and hyper-parameters.
        kinds: Kinds of models; ``None`` for that of the plan.
        data: Folder of tables; ``None`` for the bundled one.
        workers: Where the folds run.

    Returns:
        The evaluation as JSON, without its rows; :func:`training.fitting.fit_property` keeps them with its run.
    """
    measurements = load(plan.property, data=data, without=plan.without)
    companions = load_companions(plan.property, data=data, without=plan.without)
    plan, note = within_papers(plan, measurements)
    if note:
        workers.progress.say(note)
    plan = replace(plan, kind=kinds[0]) if kinds else plan
    workers.progress.begin(f"{plan.property}: {plan.folds} folds", plan.folds)
    judge = judge_of(plan, measurements, companions, plan.hyperparameters, workers)
    evaluations = judge(kinds=tuple(kinds or (plan.kind,)))
    curve = curve_of(plan, evaluations[plan.kind], judge, workers)
    summaries = {kind: summary.summary(evaluation, plan) for kind, evaluation in evaluations.items()}
    first = next(iter(summaries.values()))
    return {
        "property": plan.property,
        "unit": first["evaluation"]["unit"],
        "data_sha256": sha256_of(measurements),
        "protocol": first["protocol"],
        "kinds": {kind: {"evaluation": s["evaluation"], "gate": s["gate"]} for kind, s in summaries.items()},
        "baselines": first["baselines"],
        **({"learning_curve": {"kind": plan.kind, **curve}} if curve else {}),
    }


def judge_of(
    plan: Plan,
    measurements: Sequence[Measurement],
    companions: Sequence[Measurement],
    hyperparameters: Settings | Sequence[Settings],
    workers: Executor,
) -> Judge:
    """The evaluation that a plan asks for, open for kinds of models and for what is learnt from.

    Args:
        plan: Property, folds, seed and physics.
        measurements: What is learnt from and judged.
        companions: What may be borrowed from beside them.
        hyperparameters: By estimator, for all folds or for each of them.
        workers: Where the folds run.
    """
    from surrogate.models import evaluate

    return partial(
        evaluate,
        measurements,
        property=plan.property,
        hyperparameters=hyperparameters,
        folds=plan.folds,
        seed=plan.seed,
        mapper=workers.map,
        physics=plan.physics,
        companions=companions,
    )


def curve_of(plan: Plan, evaluation: Evaluation, judge: Judge, workers: Executor) -> dict[str, Any] | None:
    """The learning curve of the plan's kind of model where the plan asks for one; see :mod:`training.learning_curve`.

    Args:
        plan: How models are made.
        evaluation: Of models that learnt from all papers of their training parts.
        judge: What gave it, from :func:`judge_of`.
        workers: Where the folds run.
    """
    if not plan.learning_curve:
        return None
    workers.progress.begin(f"{plan.property}: learning curve", plan.folds * len(SHARES))
    curve = learning_curve(evaluation, partial(judge, kinds=(plan.kind,)), plan)
    if curve is None:
        workers.progress.say(f"{plan.property}: too few papers for a learning curve.")
    return curve


def within_papers(plan: Plan, measurements: Sequence[Measurement]) -> tuple[Plan, str]:
    """Lower the number of folds to that of the papers, where there are fewer.

    Args:
        plan: The plan as the user wrote it.
        measurements: What is to be learnt from.

    Returns:
        The plan that can be carried out, and a sentence about what was lowered, or an empty text.

    Raises:
        InvalidInput: Without measurements, and with those of a single paper: nothing could be held out.
    """
    if not measurements:
        raise InvalidInput(
            f"There are no measurements of {plan.property} to learn from.",
            hint="'python -m training check' says which rows are left out, and why.",
        )
    papers = len({m.source.paper for m in measurements})
    if papers < 2:
        counts = counted(len(measurements), "measurement")
        raise InvalidInput(
            f"{plan.property} has {counts} of one paper, so nothing can be held out.",
            hint="Give the column 'paper' a name for each publication or batch; two at the least, better ten.",
        )
    from surrogate.models.evaluation import LEAST_PAPERS

    if papers >= LEAST_PAPERS:
        return plan, ""
    folds = min(plan.folds, papers)
    note = (
        f"{plan.property}: only {papers} papers or batches to learn from and, in {folds} folds, to be judged on. Its "
        f"error, and how often its intervals hold, are anecdotes below {LEAST_PAPERS}."
    )
    return replace(plan, folds=folds), note


def blocks(answer: dict[str, Any]) -> list[Block]:
    """The tables of one property: errors, and the learning curve where there is one."""
    curve = answer.get("learning_curve")
    if curve is None:
        return [_errors(answer)]
    title = f"{answer['property']}, {curve['kind'].replace('_', ' ')}: {sentence(curve, error_unit(answer['unit']))}"
    return [_errors(answer), Block(rows=[_point(point) for point in curve["points"]], title=title)]


def _point(point: dict[str, Any]) -> dict[str, Any]:
    low, high = point["mae_interval"]
    return {
        "papers learnt from": point["papers"],
        "MAE": point["mae"],
        "95 % interval": f"{low:.3g}–{high:.3g}",
        "power law": point["fitted"],
    }


def _errors(answer: dict[str, Any]) -> Block:
    """Kinds first, then baselines, each from the smallest error to the largest."""
    kinds = {kind: {**own["evaluation"], "gate": own["gate"]["passed"]} for kind, own in answer["kinds"].items()}
    baselines = {f"baseline: {name_baseline(name)}": own for name, own in answer["baselines"].items()}
    rows = [_row(name, own) for name, own in [*_by_error(kinds), *_by_error(baselines)]]
    first = next(iter(kinds.values()))
    folds = answer["protocol"]["folds"]
    quantity = f"{answer['property']} / {error_unit(answer['unit'])}"
    title = f"{quantity}, {first['n_rows']} rows of {first['n_papers']} papers, {folds} folds"
    return Block(rows=rows, title=title)


def _by_error(metrics: dict[str, Any]) -> list[tuple[str, Any]]:
    return sorted(metrics.items(), key=lambda item: item[1]["mae"])


def _row(name: str, metrics: dict[str, Any]) -> dict[str, Any]:
    low, high = metrics["mae_interval"]
    return {
        "model": name_baseline(name),
        "MAE": metrics["mae"],
        "95 % interval": f"{low:.3g}–{high:.3g}",
        "by row": metrics["mae_by_row"],
        "Spearman": metrics["spearman"],
        "in 90 %": metrics.get("coverage_90"),
        "width": metrics.get("width_90"),
        "gate": metrics.get("gate"),
    }
