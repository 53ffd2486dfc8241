"""One training run: load, search, evaluate on unseen papers, fit on everything, write down, register, export."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import surrogate
from surrogate.candidate.measurement import Measurement
from surrogate.datasets import load, load_companions, paper_folds, sha256_of
from surrogate.execution.futures import Executor
from surrogate.models.base import ModelStatus
from surrogate.models.explanation import importance
from surrogate.properties import get_property
from surrogate.report import figures
from surrogate.text import error_unit, percent
from training import model_card, promotion, summary
from training.config import Plan
from training.evaluating import Settings, curve_of, judge_of, within_papers
from training.tracking import CHALLENGER, CHAMPION, Run, Tracker

if TYPE_CHECKING:
    from surrogate.models import Evaluation, Surrogate
    from training.search import Answer


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What ``fit`` made of one property; ``served`` is the version now exported, an older champion perhaps."""

    property: str
    kind: str
    version: str
    decision: promotion.Decision
    served: str
    status: str
    folder: Path
    run_id: str
    summary: dict[str, Any]


def fit_property(
    plan: Plan,
    *,
    data: Path | None,
    out: Path,
    tracker: Tracker,
    workers: Executor,
    promote: bool = True,
    studies: str | Path | None = None,
) -> Outcome:
    """Train, judge and register a model of one property, and export what is to be served.

    With ``plan.trials`` the hyper-parameters are searched once on all rows, for the model, and once inside the training
    part of every fold, for the reported error: no search sees a paper that its own error is measured on. The same plan,
    data and seed give the same numbers whatever the workers.

    Args:
        plan: What to train, and how.
        data: Folder of tables; ``None`` for the bundled one.
        out: The model is exported to the folder of its property in here.
        tracker: Where runs and versions are kept.
        workers: Where fits run.
        promote: Whether the new version may become champion.
        studies: Where the search is kept; ``None`` for beside the runs.
    """
    measurements = load(plan.property, data=data, without=plan.without)
    companions = load_companions(plan.property, data=data, without=plan.without)
    plan, note = within_papers(plan, measurements)
    if note:
        workers.progress.say(note)
    prop = get_property(plan.property)
    tags = {"property": plan.property, "kind": plan.kind, "data_sha256": sha256_of(measurements)}
    tags |= {"unit": prop.unit, "error_unit": prop.scale_unit}
    description = f"Learns {plan.property} from literature measurements; judged on {plan.folds} folds of whole papers."
    with tracker.run(plan.property, f"{plan.property} {plan.kind}", tags, description) as run:
        _log_plan(run, plan, measurements)
        run.log_dataset(measurements, data)
        chosen, per_fold, answers = _hyperparameters(plan, measurements, studies or tracker.studies, workers)
        _log_trials(run, answers or {})
        progress = workers.progress
        progress.begin(f"{plan.property}: fit and {plan.folds} folds", plan.folds + 1)
        fitted = workers.submit(_fit, measurements, companions, plan, chosen)
        judge = judge_of(plan, measurements, companions, per_fold, workers)
        evaluation = judge(kinds=(plan.kind,))[plan.kind]
        workers.wait([fitted])
        progress.advance()
        content = summary.summary(evaluation, plan, answers)
        curve = curve_of(plan, evaluation, judge, workers)
        content |= {"learning_curve": curve} if curve else {}
        model = summary.with_evaluation(fitted.result(), evaluation, content)
        run.log_params(_member_params(model, chosen))
        _log_evaluation(run, content, evaluation)
        _log_figures(run, model, measurements, evaluation, curve)
        return _register(run, model, content, evaluation, plan, out=out, tracker=tracker, promote=promote)


def _hyperparameters(
    plan: Plan, measurements: Sequence[Measurement], studies: str | Path, workers: Executor
) -> tuple[Settings, Settings | list[Settings], dict[str, Answer] | None]:
    """Settings for the model, settings for the evaluation (one per fold after a search), and the search's answers."""
    if plan.trials == 0:
        return plan.hyperparameters, plan.hyperparameters, None
    from surrogate.models.surrogate import member_kinds
    from training.search import search

    estimators = member_kinds(plan.kind, plan.property)
    parts = paper_folds(measurements, plan.folds, plan.seed)
    seen = {"all": list(measurements)}
    seen |= {f"fold-{n}": [measurements[i] for i in part.train] for n, part in enumerate(parts)}
    questions = [q for scope, rows in seen.items() for q in _questions(plan, scope, rows, estimators)]
    answers = search(questions, trials=plan.trials, storage=studies, workers=workers)
    by_scope: dict[str, dict[str, Answer]] = {scope: {} for scope in seen}
    for question, answer in zip(questions, answers, strict=True):
        by_scope[question.scope][question.estimator] = answer
    settings = [{name: a.hyperparameters for name, a in of_scope.items()} for of_scope in by_scope.values()]
    return settings[0], list(settings[1:]), by_scope["all"]


def _questions(plan: Plan, scope: str, rows: list[Measurement], estimators: Sequence[str]) -> list[Any]:
    from surrogate.models.surrogate import encode
    from training.search import Question

    _, training, view = encode(rows, plan.property, physics=plan.physics)
    return [
        Question(
            property=plan.property,
            estimator=estimator,
            scope=scope,
            training=training,
            reference=view.reference,
            data_sha256=sha256_of(rows),
            folds=plan.search_folds,
            seed=plan.seed,
            fixed=plan.hyperparameters.get(estimator, {}),
        )
        for estimator in estimators
    ]


def _fit(
    measurements: Sequence[Measurement], companions: Sequence[Measurement], plan: Plan, settings: Settings
) -> Surrogate:
    """The model itself, on all rows; in a worker."""
    from surrogate.models import fit

    own = settings if plan.kind == "stack" else settings.get(plan.kind, {})
    return fit(
        measurements,
        property=plan.property,
        kind=plan.kind,
        hyperparameters=own,
        seed=plan.seed,
        physics=plan.physics,
        companions=companions,
    )


def _register(
    run: Run,
    model: Surrogate,
    content: dict[str, Any],
    evaluation: Evaluation,
    plan: Plan,
    *,
    out: Path,
    tracker: Tracker,
    promote: bool,
) -> Outcome:
    """Decide about promotion, then store the model with its status, name it by alias and export what is served."""
    decision = promotion.decide(content, evaluation.rows, *promotion.current_champion(tracker, plan.property))
    if not promote:
        decision = replace(decision, promoted=False, reasons=("it was not put up for promotion",))
    run.log_json(decision.as_dict(), promotion.COMPARISON)
    version = tracker.register(run, plan.property, _describe(content))
    status = ModelStatus.CHAMPION if decision.promoted else ModelStatus.PROVISIONAL
    model = model.with_identity(version=version.number, status=status, reason=sentence(decision.reasons))
    try:
        promotion.store(model, run)
    except BaseException:
        tracker.withdraw(version)
        raise
    run.log_text(model_card.markdown([model]), "model_card.md")
    run.log_tags({"version": version.number, "status": status.value})
    tracker.set_alias(version, CHAMPION if decision.promoted else CHALLENGER)
    served = promotion.export(tracker, version, out)
    return Outcome(
        property=plan.property,
        kind=plan.kind,
        version=version.number,
        decision=decision,
        served=served.identity.version,
        status=served.identity.status.value,
        folder=out / plan.property,
        run_id=run.id,
        summary=content,
    )


def _describe(content: Mapping[str, Any]) -> str:
    """A line about a version for those who browse the registry."""
    metrics = content["evaluation"]
    return (
        f"{content['kind'].replace('_', ' ')}: error on unseen papers {metrics['mae']:.3g} "
        f"{error_unit(metrics['unit'])} ({metrics['n_papers']} papers), "
        f"90 % intervals hold {percent(metrics['coverage_90'])}."
    )


def sentence(reasons: Sequence[str]) -> str:
    """Reasons as one sentence; nothing for none."""
    text = "; ".join(reasons)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _log_plan(run: Run, plan: Plan, measurements: Sequence[Measurement]) -> None:
    settings = plan.as_dict()
    named = {
        f"{estimator}.{name}": value
        for estimator, own in settings.pop("hyperparameters").items()
        for name, value in own.items()
    }
    counts = {"n_measurements": len(measurements), "n_papers": len({m.source.paper for m in measurements})}
    versions = {"library_version": surrogate.__version__, "python": platform.python_version()}
    run.log_params({**settings, **named, **counts, **versions})


def _member_params(model: Surrogate, chosen: Settings) -> dict[str, Any]:
    """The weight and all hyper-parameters, defaults too, of each member of a model, by dotted name."""
    from surrogate.models.estimators.registry import ESTIMATORS

    weights = {f"weight.{kind}": f"{weight:.4f}" for kind, weight in zip(model.members, model.weights, strict=True)}
    settings = {kind: {**ESTIMATORS[kind].defaults, **chosen.get(kind, {})} for kind in model.members}
    return weights | {f"member.{kind}.{name}": value for kind, own in settings.items() for name, value in own.items()}


def _log_evaluation(run: Run, content: dict[str, Any], evaluation: Evaluation) -> None:
    """Numbers, rows and figures of the evaluation, and what the search chose."""
    run.log_metrics(summary.flat_metrics(content))
    run.log_json(content, promotion.SUMMARY)
    search = content["protocol"]["search"]
    if search:
        chosen = {
            f"chosen.{name}.{key}": value
            for name, answer in search["answers"].items()
            for key, value in answer["hyperparameters"].items()
        }
        run.log_params(chosen)
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / promotion.ROWS).parent.mkdir(parents=True, exist_ok=True)
        evaluation.rows.to_parquet(folder / promotion.ROWS, index=False)
        run.log_folder(folder)


def _log_figures(
    run: Run,
    model: Surrogate,
    measurements: Sequence[Measurement],
    evaluation: Evaluation,
    curve: Mapping[str, Any] | None,
) -> None:
    """Pictures of errors, intervals and what the model heeds, and of the learning curve where there is one."""
    name, rows = model.property.name, evaluation.rows
    heeded = importance(model, measurements)
    run.log_json(heeded, "evaluation/importance.json")
    drawn = {draw.__name__: draw(rows, name) for draw in (figures.parity, figures.reliability, figures.residuals)}
    drawn["importance"] = figures.importance(heeded, name)
    if curve:
        drawn["learning_curve"] = figures.learning_curve(curve, name)
    with TemporaryDirectory() as temporary:
        for title, figure in drawn.items():
            figures.save(figure, Path(temporary) / f"{title}.png")
        run.log_folder(Path(temporary), "figures")


def _log_trials(run: Run, answers: Mapping[str, Answer]) -> None:
    """Every trial on all rows as a run within this one; those inside folds stay in the file of studies.

    Their error is that of the search, which is no honest estimate, so it has a name of its own.
    """
    for estimator, answer in answers.items():
        for trial in answer.tried:
            params = {f"{estimator}.{name}": value for name, value in trial.hyperparameters.items()}
            tags = {"estimator": estimator, "state": trial.state}
            run.log_child(f"{estimator} trial {trial.number}", params, {"search_mae": trial.errors}, tags)
