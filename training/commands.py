"""The commands of ``python -m training``: arguments in, one call of the application, a table out.

Data go to stdout, all else to stderr. Exit codes: 0 done, 1 unexpected, 2 usage, 3 invalid input, 5 model or data
missing, 7 gate not met, 130 interrupted. Nothing heavy is imported before a command has work to do.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from surrogate.errors import GateNotMet, Unavailable, UnknownName
from surrogate.properties import MODELLED, own_properties
from surrogate.text import error_unit
from training.answering import answering
from training.data_commands import data_app
from training.tables import Block, Format, write

ALL = "all"
GLASSES = ("glasses",)
_ELSEWHERE = "Name another place with --out."

Properties = Annotated[
    list[str] | None,
    typer.Argument(help="Which (default: all); those of SURROGATE_PROPERTIES are known, too.", metavar="PROPERTY"),
]
PropertyOption = Annotated[list[str] | None, typer.Option("--property", help="The same as an option; may be repeated.")]
Data = Annotated[Path | None, typer.Option(help="Folder with datapackage.json (default: the bundled data).")]
Config = Annotated[Path | None, typer.Option(help="TOML file (default: training/configs/default.toml).")]
WithoutGlasses = Annotated[
    bool, typer.Option("--without-glasses", help="Leave out the table of glasses, which has a licence of its own.")
]
LearningCurve = Annotated[
    bool | None,
    typer.Option(
        "--learning-curve/--no-learning-curve",
        help="Judge with 1/8, 1/4 and 1/2 of the papers, too; takes about as long again (default: as configured).",
    ),
]
Folds = Annotated[int | None, typer.Option(min=2, help="Parts in which whole papers are held out.")]
Seed = Annotated[int | None, typer.Option(min=0, help="The same seed gives the same numbers.")]
Jobs = Annotated[
    int | None,
    typer.Option("--jobs", "--workers", min=1, help="Processes (default: one per processor); changes no number."),
]
Scheduler = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="Dask scheduler to work on instead, e.g. tcp://10.0.0.5:8786.")
]
Studies = Annotated[
    str | None,
    typer.Option(
        metavar="URL", help="Searches: a file or postgresql://user@host/database (default: mlruns/searches.db)."
    ),
]
Out = Annotated[Path, typer.Option(help="Folder of exported models, one folder per property.")]
Output = Annotated[Format, typer.Option("--format", help="What stdout gets.")]

app = typer.Typer(
    name="training",
    help="Train, judge and promote the surrogate models.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(data_app, name="data", short_help="Tables: add rows, write hashes, bibliography and card.")
_FORWARD = {"allow_extra_args": True, "ignore_unknown_options": True}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    from surrogate.execution.process import one_thread_each, settle_to_compute

    one_thread_each()
    settle_to_compute()
    try:
        code = app(args=list(arguments) if arguments is not None else None, prog_name="python -m training")
    except SystemExit as end:
        code = end.code
    return code if isinstance(code, int) else 0


@app.command(
    context_settings=_FORWARD,
    add_help_option=False,
    short_help="Compare every row of every table with its description.",
)
def check(context: typer.Context) -> None:
    """Is every row of every table what its description says? See 'check --help'."""
    from training.check import main as run

    with answering():
        _end(run(context.args))


@app.command(
    context_settings=_FORWARD,
    add_help_option=False,
    short_help="Make simulated measurements by a sweep of the physics.",
)
def simulate(context: typer.Context) -> None:
    """Make simulated measurements by a sweep of the physics chain. See 'simulate --help'."""
    from training.simulate import main as run

    with answering():
        _end(run(context.args))


@app.command(short_help="Search, judge, fit, register and export models.")
def fit(
    context: typer.Context,
    properties: Properties = None,
    property: PropertyOption = None,
    kind: Annotated[str | None, typer.Option(help="stack, or one estimator (default: as configured).")] = None,
    trials: Annotated[
        int | None, typer.Option(min=0, help="Settings tried per estimator, anew inside every fold.")
    ] = None,
    studies: Studies = None,
    config: Config = None,
    data: Data = None,
    out: Out = Path("models"),
    folds: Folds = None,
    jobs: Jobs = None,
    scheduler: Scheduler = None,
    seed: Seed = None,
    without_glasses: WithoutGlasses = False,
    learning_curve: LearningCurve = None,
    promote: Annotated[bool, typer.Option(help="Make it champion if it may be.")] = True,
    strict: Annotated[bool, typer.Option("--strict", help="Exit code 7 without a new champion.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Search, judge on unseen papers, fit on everything, register, and export what is served."""
    names = _chosen(properties, property)
    outcomes: list[Any] = []
    with answering(lambda: _how_to_resume(context, names[len(outcomes) :])):
        from surrogate.execution.workers import working
        from training.config import read_plan
        from training.fitting import fit_property, sentence
        from training.tracking import Tracker

        plans = [
            read_plan(
                name,
                config,
                kind=kind,
                trials=trials,
                folds=folds,
                seed=seed,
                without=GLASSES if without_glasses else None,
                learning_curve=learning_curve,
            )
            for name in names
        ]  # all of them first: a mistake in the last one should not wait for the others
        _make(out)
        tracker = Tracker()
        with working(jobs, scheduler) as workers:
            for plan in plans:
                outcome = fit_property(
                    plan, data=data, out=out, tracker=tracker, workers=workers, promote=promote, studies=studies
                )
                outcomes.append(outcome)
                if outcome.decision.note:
                    workers.progress.say(f"{plan.property}: {outcome.decision.note}")
                if not outcome.decision.promoted:
                    workers.progress.say(f"{plan.property}: not promoted. {sentence(outcome.decision.reasons)}")
        write(
            [Block(rows=[_outcome_row(o) for o in outcomes])],
            {"models": [_outcome_details(o) for o in outcomes]},
            output,
        )
        if strict and not all(outcome.decision.promoted for outcome in outcomes):
            _end(GateNotMet.exit_code)


@app.command(short_help="Judge kinds of model on unseen papers; store nothing.")
def evaluate(
    properties: Properties = None,
    property: PropertyOption = None,
    kinds: Annotated[
        str | None, typer.Option(help="Kinds of model, with commas between, or all (default: as configured).")
    ] = None,
    config: Config = None,
    data: Data = None,
    folds: Folds = None,
    jobs: Jobs = None,
    scheduler: Scheduler = None,
    seed: Seed = None,
    without_glasses: WithoutGlasses = False,
    learning_curve: LearningCurve = None,
    output: Output = Format.TABLE,
) -> None:
    """The error on unseen papers of each kind of model beside the baselines; nothing is stored."""
    names = _chosen(properties, property)
    with answering():
        from surrogate.execution.workers import working
        from surrogate.models import KINDS
        from training import evaluating
        from training.config import read_plan

        chosen = tuple(KINDS) if kinds == ALL else None if kinds is None else tuple(map(str.strip, kinds.split(",")))
        for kind in chosen or ():
            if kind not in KINDS:
                raise UnknownName("kind of model", kind, KINDS)
        without = GLASSES if without_glasses else None
        stated = {"folds": folds, "seed": seed, "without": without, "learning_curve": learning_curve}
        plans = [read_plan(name, config, **stated) for name in names]
        with working(jobs, scheduler) as workers:
            evaluations = [evaluating.evaluate_plan(plan, kinds=chosen, data=data, workers=workers) for plan in plans]
        tables = [table for evaluation in evaluations for table in evaluating.blocks(evaluation)]
        write(tables, {"evaluations": evaluations}, output)


@app.command(short_help="Make a version the champion, if the gate lets it.")
def promote(
    properties: Properties = None,
    property: PropertyOption = None,
    version: Annotated[str | None, typer.Option(help="Number of the version (default: the newest).")] = None,
    out: Out = Path("models"),
    output: Output = Format.TABLE,
) -> None:
    """Make a version the champion, if it passes the gate and is not worse than the champion; else exit code 7."""
    names = _chosen(properties, property)
    with answering():
        from training.fitting import sentence
        from training.promotion import promote as promote_version
        from training.tracking import Tracker

        if version is not None and len(names) != 1:
            raise typer.BadParameter("A version belongs to one property; name it with --property.")
        _make(out)
        tracker = Tracker()
        if not (properties or property):  # none was named: those that there are
            names = [name for name in names if tracker.has_versions(name)] or names
        promotions = [promote_version(tracker, name, number=version, out=out) for name in names]
        for promotion in promotions:
            if promotion.decision.note:
                _say(f"{promotion.property}: {promotion.decision.note}")
        refused = [promotion for promotion in promotions if not promotion.decision.promoted]
        for promotion in refused:
            reasons = sentence(promotion.decision.reasons)
            _say(f"{promotion.property}: version {promotion.version} is not promoted. {reasons}")
        write(
            [Block(rows=[_promotion_row(promotion) for promotion in promotions])],
            {"promotions": [_promotion_details(promotion) for promotion in promotions]},
            output,
        )
        if refused:
            _end(GateNotMet.exit_code)


@app.command(short_help="Write the model card of the exported models.")
def card(
    models: Annotated[Path, typer.Option(help="Folder of exported models.")] = Path("models"),
    out: Annotated[Path | None, typer.Option(help="File to write (default: stdout).")] = None,
) -> None:
    """The model card, in Markdown, of the exported models."""
    with answering():
        from surrogate.models import load_models
        from training.model_card import markdown

        loaded = load_models(models)
        text = markdown(loaded[name] for name in MODELLED if name in loaded)
        if out is None:
            print(text, end="")
        else:
            _make(out.parent)
            try:
                out.write_text(text, encoding="utf-8")
            except OSError as problem:
                raise _not_written(out, problem) from None
            _say(f"Wrote {out}.")


@app.command(short_help="Make exported models those of the package.")
def ship(
    models: Annotated[Path, typer.Option(help="Folder of exported models.")] = Path("models"),
    out: Annotated[Path | None, typer.Option(help="Where they go (default: into the package).")] = None,
) -> None:
    """Make exported models those of the package: small, with hashes of the data and of their encoding."""
    with answering():
        from surrogate.models import load_models
        from surrogate.models.artifact import SHIPPED
        from training.shipping import ship as ship_models

        loaded = load_models(models)
        sizes = ship_models(
            {n: loaded[n] for n in MODELLED if n in loaded and n not in own_properties()}, out or SHIPPED
        )
        write(
            [Block(rows=[{"property": name, "kB": round(size / 1e3)} for name, size in sizes.items()])],
            sizes,
            Format.TABLE,
        )


@app.command(short_help="Track how predictions are kept in campaigns.")
def review(
    store: Annotated[str, typer.Option(help="Campaign store: a file or a database URL.")] = "campaigns.db",
    output: Output = Format.TABLE,
) -> None:
    """Log to MLflow how results of campaigns compare with what was predicted for them: coverage and bias over time."""
    with answering():
        from training.reviewing import log_review
        from training.tracking import Tracker

        latest = log_review(store, Tracker())
        rows = [
            {"property": name, "results": s.n, "inside": s.coverage, "bias": s.bias, "MAE": s.mean_absolute_error}
            for name, s in latest.items()
        ]
        write([Block(rows=rows)], {"reviews": rows}, output)


def _chosen(argument: list[str] | None, option: list[str] | None) -> list[str]:
    """The properties asked for, each once and in the usual order; all of them when none is named."""
    names = [*(argument or []), *(option or [])] or [ALL]
    with answering():
        for name in names:
            if name not in (*MODELLED, ALL):
                raise UnknownName("modelled property", name, (*MODELLED, ALL))
    return [name for name in MODELLED if name in names or ALL in names]


def _make(folder: Path) -> None:
    """The folder to write into, before the work begins whose results would be lost."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise _not_written(folder, problem) from None
    if not os.access(folder, os.W_OK):
        raise Unavailable(f"'{folder}' cannot be written to.", hint=_ELSEWHERE)


def _not_written(path: Path, problem: OSError) -> Unavailable:
    return Unavailable(f"'{path}' cannot be written: {problem.strerror}.", hint=_ELSEWHERE)


def _how_to_resume(context: typer.Context, remaining: Sequence[str]) -> str:
    """The command that goes on: the options of this one with the properties that are not done."""
    options: list[str] = []
    for option in context.command.params:
        source = context.get_parameter_source(option.name or "")
        if option.name in ("properties", "property") or source is None or source.name != "COMMANDLINE":
            continue
        value = context.params[option.name or ""]
        if isinstance(value, bool):
            options.append((option.opts if value else option.secondary_opts)[0])
        else:
            options += [option.opts[0], str(value)]
    command = shlex.join(["python", "-m", "training", "fit", *remaining, *options])
    return f"Finished models are kept, and so are finished trials of a search. Go on with: {command}"


def _outcome_row(outcome: Any) -> dict[str, Any]:
    metrics = outcome.summary["evaluation"]
    return {
        "property": outcome.property,
        "version": outcome.version,
        "promoted": outcome.decision.promoted,
        "MAE": metrics["mae"],
        "best median": metrics["mae"] + metrics["gain_over_best_median"]["gain"],
        "unit": error_unit(metrics["unit"]),
        "in 90 %": metrics["coverage_90"],
        "served": f"{outcome.served} ({outcome.status})",
    }


def _outcome_details(outcome: Any) -> dict[str, Any]:
    return {
        "property": outcome.property,
        "kind": outcome.kind,
        "version": outcome.version,
        "promoted": outcome.decision.promoted,
        "reasons": outcome.decision.reasons,
        "note": outcome.decision.note,
        "comparison": outcome.decision.as_dict()["comparison"],
        "served": {"version": outcome.served, "status": outcome.status, "folder": str(outcome.folder)},
        "run_id": outcome.run_id,
        **{key: outcome.summary[key] for key in ("evaluation", "baselines", "gate", "protocol")},
    }


def _promotion_row(promotion: Any) -> dict[str, Any]:
    return {
        "property": promotion.property,
        "version": promotion.version,
        "champion": promotion.decision.promoted,
        "served": f"{promotion.served} ({promotion.status})",
    }


def _promotion_details(promotion: Any) -> dict[str, Any]:
    return {
        **_promotion_row(promotion),
        "served": {"version": promotion.served, "status": promotion.status},
        "reasons": promotion.decision.reasons,
        "note": promotion.decision.note,
        "comparison": promotion.decision.as_dict()["comparison"],
    }


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _end(code: int) -> None:
    if code:
        raise typer.Exit(code)
