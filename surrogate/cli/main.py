"""The commands and their options; what they do lives in the library."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from surrogate.cli import (
    campaigns,
    citing,
    comparing,
    copies,
    explaining,
    measuring,
    options,
    reporting,
    reviewing,
    screening,
    sheets,
    spaces,
    telling,
)
from surrogate.cli.waiting import waiting
from surrogate.errors import OutOfDomain, SurrogateError, TableError, Unavailable
from surrogate.execution.interruption import INTERRUPTED, heeding_interruption
from surrogate.planner.planners import APART, BATCH, DEFAULT_PLANNER, POOL
from surrogate.text import counted
from surrogate.version import __version__

_typer = typer.Typer(
    name="surrogate",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _say_version(is_set: bool) -> None:
    if is_set:
        print(f"surrogate {__version__}")
        raise typer.Exit


@_typer.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say the version and exit.")
    ] = False,
) -> None:
    """Process-aware predictions and suggestions for sulfide all-solid-state batteries."""


def app() -> None:
    """Run the command line: one sentence and an exit code for every error that is expected."""
    try:
        with heeding_interruption():
            _typer()
    except SurrogateError as error:
        _say(error)
        raise SystemExit(error.exit_code) from None
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get((error.name or "").partition(".")[0])
        if extra is None:
            raise
        hint = f"Install it with: python -m pip install 'sulfide-surrogate[{extra}]'"
        _say(Unavailable(f"This command needs {error.name}, which is not installed.", hint=hint))
        raise SystemExit(Unavailable.exit_code) from None
    except KeyboardInterrupt:
        print("Interrupted. Run the same command again.", file=sys.stderr)
        raise SystemExit(INTERRUPTED) from None


#: Packages that some commands need, by the extra of the project that brings each.
_EXTRAS = {
    "matplotlib": "report",
    "sqlalchemy": "design",
    "alembic": "design",
    "optuna": "design",
    "psycopg": "postgres",
    "pyarrow": "instruments",
    "NewareNDA": "instruments",
    "pybamm": "physics",
    "dask": "physics",
    "distributed": "physics",
    "httpx": "client",
}


def _say(error: SurrogateError) -> None:
    if not isinstance(error, TableError):
        print(error, file=sys.stderr)
        return
    from surrogate.cli.notes import name_options

    for fault in error.faults:
        print(name_options(str(fault)), file=sys.stderr)
    if len(error.faults) > 1:
        print(f"{len(error.faults)} faults.", file=sys.stderr)


def predict(
    composition: options.CompositionArgument = None,
    settings: options.SettingsArgument = None,
    file: options.FileOption = None,
    encoding: options.EncodingOption = None,
    own_rows: options.GivenOption = None,
    property: options.PropertyOption = None,
    level: options.LevelOption = 0.9,
    neighbours: Annotated[int, typer.Option(help="Nearest cited measurements to show.", min=0, max=20)] = 3,
    citations: Annotated[
        bool, typer.Option("--citations", help="Cite rows in full; in JSON also as BibTeX. See 'surrogate cite'.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 4 when a candidate is out of domain.")] = False,
    models: options.ModelsOption = None,
    format: options.FormatOption = options.Format.TABLE,
) -> None:
    """Say what is measured, and predict conductivity, first-cycle capacities and retention, each with interval, domain
    and cited neighbours.
    """
    with waiting() as progress:
        from surrogate.cli import notes, output, read
        from surrogate.models.predicting import predict as predict_candidates

        candidates = read.candidates(composition, settings or [], file, encoding=encoding)
        answers = predict_candidates(
            candidates,
            models=models,
            properties=property or [],
            level=level,
            neighbours=neighbours,
            given=[] if own_rows is None else read.measured(own_rows, encoding=encoding),
            progress=progress,
        )
    output.predictions(candidates, answers, format.value, neighbours=neighbours, citations=citations)
    notes.say_unused(candidates)
    outside = sum(p.domain.status.value == "out" for answer in answers for p in answer.values())
    if strict and outside:
        raise OutOfDomain(
            f"{counted(outside, 'prediction')} out of domain.", hint="Read the reasons above, or leave out --strict."
        )


@spaces.with_space_options
def suggest(
    objective: Annotated[
        list[str],
        typer.Argument(
            help="What is wanted: 'maximise ionic_conductivity', 'ionic_conductivity >= 1 mS/cm', "
            "'minimise process_time_h'."
        ),
    ],
    space: options.SpaceOption = "argyrodite",
    changes: spaces.SpaceOptions = spaces.UNCHANGED,
    batch: options.BatchOption = BATCH,
    seed: options.SeedOption = 0,
    planner: options.PlannerOption = DEFAULT_PLANNER,
    simulator: options.SimulatorOption = False,
    without_prior: options.WithoutPriorOption = False,
    pool: options.PoolOption = POOL,
    min_distance: options.MinDistanceOption = APART,
    models: options.ModelsOption = None,
    format: options.FormatOption = options.Format.TABLE,
) -> None:
    """Suggest the next recipes: charge-neutral, weighable, with predictions, reasons and cited neighbours."""
    chosen_space = changes.open_space(space)
    with waiting() as progress:
        from surrogate.cli import output
        from surrogate.models import load_models
        from surrogate.planner.suggest import suggest as plan

        answer = plan(
            chosen_space,
            objective,
            models={} if without_prior else load_models(models),
            batch=batch,
            seed=seed,
            planner=planner,
            simulator=simulator,
            pool=pool,
            min_distance=min_distance,
            progress=progress,
        )
    output.suggestions(answer, format.value)


@spaces.with_space_options
def design(
    targets: Annotated[
        list[str],
        typer.Argument(help="What must be met: 'ionic_conductivity >= 1 mS/cm', 'minimise process_time_h'."),
    ],
    space: options.SpaceOption = "argyrodite",
    changes: spaces.SpaceOptions = spaces.UNCHANGED,
    recipes: Annotated[int, typer.Option("--recipes", "-n", help="How many different recipes.", min=1)] = 5,
    seed: options.SeedOption = 0,
    search: Annotated[str, typer.Option(help="pool, or nsga2 (Optuna) on top of it.")] = "pool",
    simulator: options.SimulatorOption = False,
    models: options.ModelsOption = None,
    format: options.FormatOption = options.Format.TABLE,
) -> None:
    """Recipes that are expected to meet the targets, with the chance of each; or what comes nearest, and why."""
    chosen_space = changes.open_space(space)
    with waiting() as progress:
        from surrogate.cli import output
        from surrogate.models import load_models
        from surrogate.planner.inverse import design as find

        answer = find(
            chosen_space,
            targets,
            models=load_models(models),
            simulator=simulator,
            recipes=recipes,
            seed=seed,
            search=search,
            progress=progress,
        )
    output.design(answer, format.value)


def read(
    composition: Annotated[str, typer.Argument(help="Composition in any notation.")],
    x: Annotated[float | None, typer.Option("--x", help="Value of the variable x, for Li6-xPS5-xCl1+x.")] = None,
    format: options.FormatOption = options.Format.TABLE,
) -> None:
    """Say how a composition is read: formula, family, charge balance, molar mass, warnings."""
    from surrogate.cli import output
    from surrogate.composition import parse_composition

    output.composition(parse_composition(composition, x=x), format.value)


def settings(format: options.FormatOption = options.Format.TABLE) -> None:
    """List every NAME=VALUE that 'predict' understands, with its unit and choices."""
    from surrogate.cli import output

    output.settings(format.value)


#: Every command in the order in which people meet it, with a line for the list that fits a terminal of 80 columns.
_COMMANDS = (
    (read, "Say how a composition is read."),
    (predict, "Predict properties of an electrolyte or a cell."),
    (comparing.compare, "Say which recipe has more, made in one laboratory."),
    (explaining.explain, "Say what moved a prediction, and which papers weigh most."),
    (suggest, "Suggest the next recipes to make, with reasons."),
    (design, "Find recipes that are expected to meet a wish."),
    (screening.screen, "Predict very many recipes of a space and keep the best."),
    (reporting.report, "Write a printable report, one HTML file."),
    (citing.cite, "Say how rows of the tables are cited."),
    (settings, "List what can be said of a recipe or a cell."),
    (spaces.spaces, "List design spaces, or write what is in one."),
    (measuring.measure, "Read files of instruments: impedance, cycling."),
    (telling.tell, "Tell a campaign what came out."),
)
for _command, _line in _COMMANDS:
    _typer.command(short_help=_line)(_command)
campaigns.campaign.command(short_help="Compare results with what was predicted for them.")(reviewing.review)
campaigns.campaign.command(short_help="Copy the whole store into a new file.")(copies.backup)
campaigns.campaign.command(short_help="Put a copy back into a store.")(copies.restore)
_typer.add_typer(campaigns.campaign, name="campaign", short_help="Campaigns: create, ask, show, export, import.")
_typer.add_typer(sheets.sheet, name="sheet", short_help="Lab sheets: template, check, import, export.")
