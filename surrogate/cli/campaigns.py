"""`surrogate campaign …` and `surrogate sheet …`: the durable side of the command line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from surrogate.cli import notes, options, spaces
from surrogate.cli.measuring import AreasOption, DiametersOption, MassesOption, ReferenceOption, ThicknessesOption
from surrogate.cli.telling import say_questions, tell_files
from surrogate.cli.waiting import waiting
from surrogate.planner.planners import DEFAULT_PLANNER, MIN_DISTANCE, POOL, get_planner
from surrogate.text import counted

if TYPE_CHECKING:
    from surrogate.campaign import Campaign, Result
    from surrogate.campaign.records import MeasurementRecord
    from surrogate.candidate.measurement import Candidate

campaign = typer.Typer(
    help="Campaigns: what was suggested, made and measured towards an objective.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
sheet = typer.Typer(help="Lab sheets: Excel or CSV that people fill in.", no_args_is_help=True, rich_markup_mode=None)

CampaignArgument = Annotated[str, typer.Argument(metavar="campaign", help="Id of the campaign.")]


@campaign.command(short_help="Start a campaign and print its id.")
@spaces.with_space_options
def create(
    name: Annotated[str, typer.Argument(help="What the campaign is about, in a few words.")],
    objective: Annotated[list[str], typer.Argument(help="As for 'surrogate suggest'.")],
    space: Annotated[str, typer.Option("--space", help="Ready-made space or a TOML file.")] = "argyrodite",
    changes: spaces.SpaceOptions = spaces.UNCHANGED,
    id: Annotated[str | None, typer.Option("--id", help="An id of your own.")] = None,
    seed: Annotated[int, typer.Option(help="Where the seeds of the asks start.", min=0)] = 0,
    store: options.StoreOption = options.STORE,
) -> None:
    """Start a campaign and print its id."""
    from surrogate.campaign import CampaignStore
    from surrogate.planner.objective import Objective

    chosen_space = changes.open_space(space)
    wishes = Objective.parse(objective)
    notes.say(wishes.notes)
    with CampaignStore.open(store) as opened:
        print(opened.create(name, chosen_space, wishes, id=id, seed=seed).id)


@campaign.command(short_help="Change objective, space, batch or name; results stay.")
@spaces.with_space_options
def change(
    id: CampaignArgument,
    objective: Annotated[
        list[str] | None, typer.Option("--objective", help="What is wanted from here on; may be repeated.")
    ] = None,
    space: Annotated[
        str | None, typer.Option("--space", help="Another space: ready-made or a TOML file; left out: the same.")
    ] = None,
    changes: spaces.SpaceOptions = spaces.UNCHANGED,
    batch: Annotated[int | None, typer.Option("--batch", "-q", help="Recipes of an ask that does not say.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="Another name; the id stays.")] = None,
    archived: Annotated[
        bool | None, typer.Option("--archive/--restore", help="Put it away, out of the list on the page, or back.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why; the history keeps it.")] = "",
    store: options.StoreOption = options.STORE,
) -> None:
    """Go on with another objective, other bounds or another batch; what was suggested and told is kept.

    Bounds and fixed settings change with --fix, --at-most, --at-least and --without, beside --space or without it.
    """
    from surrogate.campaign import CampaignStore
    from surrogate.errors import InvalidInput
    from surrogate.planner.objective import Objective
    from surrogate.space.ready import load_space

    if not (objective or changes.are_stated) and all(part is None for part in (space, batch, name, archived)):
        raise InvalidInput(
            "Nothing is changed.", hint="Give --objective, --space, --fix, --at-most, --batch or --name."
        )
    wishes = Objective.parse(objective) if objective else None
    notes.say(() if wishes is None else wishes.notes)
    with CampaignStore.open(store, must_exist=True) as opened:
        version = opened.summary(id).version
        handle = opened.get(id)
        changed = handle.change(
            space=changes.change(handle.space if space is None else load_space(space)),
            objective=wishes,
            batch=batch,
            name=name,
            archived=archived,
            reason=reason,
            if_version=version,
        )
    if changed.outside:
        names = ", ".join(changed.outside)
        print(
            f"warning: {counted(len(changed.outside), 'open suggestion')} outside the space of now: {names}. Cancel "
            f"what will not be made: 'surrogate tell {id} {changed.outside[0]} --cancelled REASON'.",
            file=sys.stderr,
        )
    print("nothing is different" if changed.version == version else f"{id}: version {changed.version}")


@campaign.command(name="list", short_help="List all campaigns with their counts.")
def list_(
    archived: Annotated[bool, typer.Option("--archived", help="Those that were put away, and no others.")] = False,
    store: options.StoreOption = options.STORE,
    format: options.FormatOption = options.Format.TABLE,
) -> None:
    """List campaigns with their counts; one that cannot be worked with any more says why."""
    from surrogate.campaign import CampaignStore
    from surrogate.campaign.records import every
    from surrogate.cli import output

    with CampaignStore.open(store, must_exist=True) as opened:
        rows = [
            {
                "campaign": s.id,
                "name": s.name,
                "objective": s.objective,
                "suggestions": sum(s.suggestions.values()),
                "measurements": s.measurements,
                "failures": s.failures,
                "trouble": s.trouble or "",
            }
            for s in every(opened.list, archived=archived)
        ]
        n_away = 0 if archived else opened.count(archived=True)
    if format is options.Format.TABLE:  # a sentence has no place in a table
        for trouble in [trouble for row in rows if (trouble := row.pop("trouble"))]:
            print(f"warning: {trouble}", file=sys.stderr)
        if n_away:
            print(f"{counted(n_away, 'campaign')} put away: list with --archived.", file=sys.stderr)
    output.rows(rows, format.value, "campaigns")


@campaign.command(short_help="List the suggestions of a campaign and what came out.")
def show(
    id: CampaignArgument,
    store: options.StoreOption = options.STORE,
    format: options.FormatOption = options.Format.TABLE,
) -> None:
    """List the suggestions of a campaign with their states and what was measured; what the lab added comes last."""
    from surrogate.campaign import CampaignStore
    from surrogate.campaign.records import every, told_by_suggestion
    from surrogate.cli import output
    from surrogate.models.encoding import describe

    with CampaignStore.open(store, must_exist=True) as opened:
        shown_campaign = opened.get(id)
        results = told_by_suggestion(every(shown_campaign.measurements))
        states = _states(shown_campaign)
        rows = [
            {
                "suggestion": s.id,
                "state": states[s.id] if format is options.Format.TABLE else s.state.value,
                "recipe": describe(s.candidate),
                "measured": _measured(results.get(s.id, [])),
                "made": _list_changes(s.candidate, results.get(s.id, [])),
                "lease_until": s.lease_until.isoformat(timespec="minutes") if s.is_open else "",
                "reason": s.reason,
            }
            for s in every(shown_campaign.suggestions)
        ]
    rows += [
        {"state": "added", "recipe": describe(record.candidate), "measured": _measured([record])}
        for record in results.get(None, [])
    ]
    output.rows(rows, format.value, "suggestions")


def _states(campaign: Campaign) -> dict[str, str]:
    """How suggestions stand: by their states, but *lost* or *shorted* where they failed through no fault of theirs."""
    from surrogate.campaign import State, Status
    from surrogate.campaign.records import every

    states = {suggestion.id: suggestion.state.value for suggestion in every(campaign.suggestions)}
    for record in every(campaign.measurements):
        ident, status = record.result.suggestion or "", record.result.status
        if record.is_used and states.get(ident) == State.FAILED and status in (Status.LOST, Status.SHORTED):
            states[ident] = status.value
    return states


def _list_changes(suggested: Candidate, records: Iterable[MeasurementRecord]) -> str:
    """What results say was made otherwise than suggested: ``heat_treatment_temperature_c 540 instead of 550``."""
    from surrogate.candidate.fields import FIELDS
    from surrogate.candidate.settings import read
    from surrogate.planner.observations import view

    changes: dict[str, None] = {}
    for record in records:
        prop = record.result.property
        planned, actual = read(suggested if prop is None else view(suggested, prop)), read(record.candidate)
        for name in FIELDS:
            if actual.get(name) != planned.get(name):
                changes[f"{name} {_stated(actual, name)} instead of {_stated(planned, name)}"] = None
    return "; ".join(changes)


def _stated(settings: Mapping[str, float | str], name: str) -> str:
    value = settings.get(name, "not stated")
    return value if isinstance(value, str) else f"{value:g}"


def _measured(records: Iterable[MeasurementRecord]) -> str:
    """``ionic_conductivity 4.1 mS/cm; activation_energy 0.31 eV``."""
    return "; ".join(f"{record.result.property} {record.result.shown()}" for record in records)


@campaign.command(name="export", short_help="Write everything about a campaign as JSON or .eln.")
def export_campaign(
    id: CampaignArgument,
    path: Annotated[Path, typer.Argument(help="Where to write it: .json, or .eln for a notebook.")],
    store: options.StoreOption = options.STORE,
) -> None:
    """Write everything about a campaign, for 'campaign import' here or elsewhere; as .eln with the files that it keeps,
    for electronic laboratory notebooks too.
    """
    from surrogate.campaign import CampaignStore
    from surrogate.errors import InvalidInput
    from surrogate.sheets.workbook import place

    if path.suffix.lower() not in (".json", ".eln"):
        raise InvalidInput(
            f"'{path}' is no name for an export.",
            hint="End it in .json or .eln; 'surrogate sheet export' writes sheets.",
        )
    with CampaignStore.open(store, must_exist=True) as opened:
        if path.suffix.lower() == ".eln":
            from surrogate.report.eln import write_eln

            print(write_eln(opened, id, path))
            return
        text = json.dumps(opened.export(id), ensure_ascii=False, indent=1)
    print(place(path, lambda target: target.write_text(text, encoding="utf-8")))


@campaign.command(name="export-study", short_help="Write a campaign as an Optuna study.")
def export_to_study(
    id: CampaignArgument,
    storage: Annotated[str, typer.Argument(help="Where Optuna keeps it: sqlite:///study.db, or another database URL.")],
    name: Annotated[str | None, typer.Option("--name", help="Name of the study; the id of the campaign.")] = None,
    store: options.StoreOption = options.STORE,
) -> None:
    """Write a campaign as a new Optuna study, for optuna-dashboard; the campaign stays the record."""
    from surrogate.campaign import CampaignStore, export_study

    with CampaignStore.open(store, must_exist=True) as opened:
        study = export_study(opened.get(id), storage, name=name)
        print(f"{study.study_name}: {counted(len(study.trials), 'trial')}")


@campaign.command(name="import", short_help="Take in an exported campaign and print its id.")
def import_campaign(
    path: Annotated[Path, typer.Argument(help="What 'campaign export' wrote.")],
    id: Annotated[str | None, typer.Option("--id", help="Another id than it had.")] = None,
    store: options.StoreOption = options.STORE,
) -> None:
    """Take in an exported campaign and print its id; it goes on exactly where it stood."""
    from surrogate.campaign import CampaignStore
    from surrogate.errors import InvalidInput, Unavailable
    from surrogate.instruments.source import InstrumentFile

    files: list[InstrumentFile] = []
    try:
        if path.suffix.lower() == ".eln":
            from surrogate.report.eln import read_eln

            data, files = read_eln(path)
        else:
            data = json.loads(path.read_bytes())
    except OSError as error:
        raise Unavailable(f"'{path}' cannot be read: {error.strerror}.", hint="Check the path.") from None
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise InvalidInput(f"'{path}' is no exported campaign.", hint="Give what 'surrogate campaign export' wrote.")
    with CampaignStore.open(store) as opened:
        print(opened.import_(data, id=id, files=files).id)


@campaign.command(short_help="Rewrite stored answers as this version writes them.")
def migrate(store: options.StoreOption = options.STORE) -> None:
    """Rewrite what planners said of suggestions as this version stores it; running it again changes nothing.

    Reading does not need it: it is for programs that look into the store or into exported campaigns.
    """
    from surrogate.campaign import CampaignStore
    from surrogate.campaign.records import every
    from surrogate.campaign.rewriting import rewrite_answers

    with CampaignStore.open(store, must_exist=True) as opened:
        for summary in every(opened.list):
            if summary.trouble is not None:
                print(f"warning: {summary.id} is left as it is: {summary.trouble}", file=sys.stderr)
                continue
            done = rewrite_answers(opened.get(summary.id))
            print(f"{summary.id}: {counted(done.rewritten, 'answer')} rewritten")
            if done.left:
                print(f"warning: {counted(done.left, 'answer')} of {summary.id} cannot be read.", file=sys.stderr)


@campaign.command(short_help="Ask for the next recipes; they are kept.")
def ask(
    id: CampaignArgument,
    batch: Annotated[
        int | None, typer.Option("--batch", "-q", help="How many recipes; left out: as the campaign says.", min=1)
    ] = None,
    planner: options.PlannerOption = DEFAULT_PLANNER,
    simulator: options.SimulatorOption = False,
    without_prior: options.WithoutPriorOption = False,
    pool: options.PoolOption = POOL,
    min_distance: options.MinDistanceOption = MIN_DISTANCE,
    replicate: Annotated[
        bool, typer.Option("--replicate", help="Keep one place for repeating the best measured recipe.")
    ] = False,
    key: Annotated[str | None, typer.Option(help="The same key gives the same suggestions again.")] = None,
    models: options.ModelsOption = None,
    store: options.StoreOption = options.STORE,
    format: options.FormatOption = options.Format.TABLE,
) -> None:
    """Ask for the next recipes; they are kept, and nobody else is given the same ones."""
    from surrogate.campaign import CampaignStore, bayesian_planner
    from surrogate.cli import output
    from surrogate.models import load_models
    from surrogate.models.encoding import describe

    left = f"'surrogate campaign show {id}' says whether the suggestions were kept."
    with waiting(left) as progress, CampaignStore.open(store, must_exist=True) as opened:
        plan = bayesian_planner(
            load_models(models) if get_planner(planner).ranks and not without_prior else {},
            simulator=simulator,
            planner=planner,
            pool=pool,
            min_distance=min_distance,
            replicate=replicate,
            progress=progress,
        )
        choices = {
            "pool": (pool, POOL),
            "min_distance": (min_distance, MIN_DISTANCE),
            "replicate": (replicate, False),
            "simulator": (simulator, False),
            "without_prior": (without_prior, False),
        }
        request = {name: value for name, (value, default) in choices.items() if value != default}
        answer = opened.get(id).ask(plan, batch=batch, key=key, request=request)
    for warning in answer.report.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if answer.report.stopping is not None:
        print(f"advice: {answer.report.stopping.sentence}", file=sys.stderr)
    if format is options.Format.JSON:
        answers = [{"id": s.id, **s.answer.model_dump(mode="json", exclude_unset=True)} for s in answer.suggestions]
        report = answer.report.model_dump(mode="json", exclude_unset=True)
        print(json.dumps({"suggestions": answers, "report": report}, indent=2, ensure_ascii=False))
        return
    if format is options.Format.CSV:
        rows = [
            {"suggestion": s.id, **s.settings, **{f"{p}_g": m for p, m in s.weigh_in_g.items()}}
            for s in answer.suggestions
        ]
        output.rows(rows, format.value, "suggestions")
        return
    for s in answer.suggestions:
        print(f"{s.id}  {describe(s.candidate)}")
        output.recipe(s.settings, s.weigh_in_g)
        output.expected(s.answer.predictions)
        print(f"   why: {s.answer.reason}\n")


def tell(
    id: CampaignArgument,
    suggestion: Annotated[
        str | None, typer.Argument(help="Id of the suggestion that was made; files may say it instead.")
    ] = None,
    results: Annotated[
        list[str] | None,
        typer.Argument(metavar="PROPERTY=VALUE", help="Measured: 'ionic_conductivity=1.3 mS/cm', or '=<0.01 mS/cm'."),
    ] = None,
    failed: Annotated[str | None, typer.Option("--failed", help="It could not be made; say why.")] = None,
    lost: Annotated[
        str | None, typer.Option("--lost", help="No value, through no fault of the recipe; say why.")
    ] = None,
    shorted: Annotated[str | None, typer.Option("--shorted", help="The cell shorted, not the recipe; say how.")] = None,
    replaces: Annotated[
        str | None, typer.Option("--replaces", help="Id of an earlier result that this corrects, or --lost withdraws.")
    ] = None,
    temperature: Annotated[
        float | None, typer.Option("--temperature", help="Of the measurement in °C, where the recipe says another.")
    ] = None,
    cancelled: Annotated[str | None, typer.Option("--cancelled", help="It will not be made; say why.")] = None,
    complete: Annotated[bool, typer.Option("--complete", help="Nothing more will be measured on it.")] = False,
    file: Annotated[
        list[str] | None,
        typer.Option(
            "--file",
            help="A file of an instrument, as for 'measure'; may be repeated, and belong to several suggestions: "
            "'s4=cell7.csv', or a name that carries the id, such as 'cell_s4.csv'.",
        ),
    ] = None,
    mass: MassesOption = None,
    thickness: ThicknessesOption = None,
    diameter: DiametersOption = None,
    area: AreasOption = None,
    reference_cycle: ReferenceOption = None,
    note: Annotated[str | None, typer.Option("--note", help="What you want to remember of it.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the files in the store too, up to 8 MB each.")] = False,
    correct: Annotated[
        bool, typer.Option("--correct", help="Put right what the same files gave before, as with another mass.")
    ] = False,
    store: options.StoreOption = options.STORE,
) -> None:
    """Tell a campaign what came out; telling the same twice changes nothing."""
    from surrogate.campaign import CampaignStore, Result, State, Status
    from surrogate.errors import InvalidInput

    without_value = {Status.LOST: lost, Status.SHORTED: shorted}
    outcomes = [
        bool(results),
        bool(file),
        failed is not None,
        cancelled is not None,
        *(w is not None for w in without_value.values()),
    ]
    if sum(outcomes) != 1:
        raise InvalidInput(
            "Say what was measured (PROPERTY=VALUE or --file), or why it failed, was lost, shorted or was cancelled.",
            hint="One of them.",
        )
    if file and replaces is not None:
        raise InvalidInput("A file can give several values, which cannot replace one.", hint="Tell the value itself.")
    if (keep or correct) and not file:
        raise InvalidInput(
            f"There is no file to {'keep' if keep else 'correct'}.",
            hint="Give it with --file; --replaces corrects values.",
        )
    if suggestion is None and not file:
        raise InvalidInput("It is not said which suggestion was made.", hint="Give its id, such as s4.")
    with CampaignStore.open(store, must_exist=True) as opened:
        campaign = opened.get(id)
        if file:
            details = {
                "mass": mass or [], "thickness": thickness or [], "diameter": diameter or [], "area": area or [],
                "temperature": [] if temperature is None else [f"{temperature:g} °C"],
            }  # fmt: skip
            suggestions = tell_files(
                campaign, suggestion, file, details, reference_cycle=reference_cycle, note=note, keep=keep,
                complete=complete, correct=correct,
            )  # fmt: skip
        else:
            assert suggestion is not None
            suggestions = [suggestion]
            if cancelled is not None:
                campaign.update(suggestion, State.CANCELLED.value, reason=cancelled)
            elif failed is not None:
                campaign.update(suggestion, State.FAILED.value, reason=failed)
            elif results:
                measured = _measured_results(campaign, suggestion, results, temperature, replaces, note)
                say_questions(campaign, campaign.tell(measured, complete=complete))
            else:
                status, reason = next((status, why) for status, why in without_value.items() if why is not None)
                campaign.tell(Result(suggestion=suggestion, status=status, reason=reason, replaces=replaces, note=note))
        states = _states(campaign)
        for ident in suggestions:
            print(f"{ident}: {states[ident]}")


def _measured_results(
    campaign: Campaign,
    suggestion: str,
    pairs: list[str],
    temperature_c: float | None,
    replaces: str | None,
    note: str | None,
) -> list[Result]:
    """What PROPERTY=VALUE stands for; the same words give the same ids, so that telling them twice changes nothing."""
    from surrogate.campaign import Result
    from surrogate.cli.read import values
    from surrogate.errors import InvalidInput

    if replaces is not None and len(pairs) != 1:
        raise InvalidInput(f"{len(pairs)} values cannot replace one.", hint="Give the one that is right.")
    candidate, at = None, ""
    if temperature_c is not None:
        planned = campaign.suggestion(suggestion).candidate
        candidate = replace(planned, protocol=replace(planned.protocol, temperature_c=temperature_c))
        at = f"@{temperature_c:g}C"
    return [
        Result(
            property=name, value=value, suggestion=suggestion, censoring=censoring, candidate=candidate,
            replaces=replaces, note=note, id=f"{suggestion}/{name}/{censoring.sign}{value!r}{at}",
        )
        for name, (value, censoring) in values(pairs).items()
    ]  # fmt: skip


@sheet.command(short_help="Write an empty lab sheet.")
def template(
    path: options.NewSheetArgument,
    subject: Annotated[str | None, typer.Option(help="electrolyte or cell; both when left out.")] = None,
) -> None:
    """Write an empty lab sheet with labels, units and an example."""
    from surrogate.sheets import template as write

    _not_there(path)
    print(write(path, subject=subject))


DecimalOption = Annotated[str | None, typer.Option(help="Decimal sign, when it cannot be told: . or ,")]
SeparatorOption = Annotated[str | None, typer.Option(help="What separates the cells of a text file, such as ;")]


@sheet.command(short_help="Say how each row is read; nothing is stored.")
def check(
    path: options.SheetArgument,
    decimal: DecimalOption = None,
    separator: SeparatorOption = None,
    encoding: options.EncodingOption = None,
    errors: options.ErrorsOption = None,
) -> None:
    """Say how each row is read, and what is wrong where; nothing is stored."""
    from surrogate.errors import TableError
    from surrogate.sheets import read_sheet, write_errors

    _check_errors_file(errors)
    reading = read_sheet(path, decimal=decimal, separator=separator, encoding=encoding)
    once = sys.stdout.isatty() and sys.stderr.isatty()  # where both are one screen, faults follow below
    for line in reading.describe():
        if not (once and line.startswith("Fault: ")):
            print(notes.name_options(line))
    if errors is not None and write_errors(reading, errors) is not None:
        print(f"Rows with faults: {errors}", file=sys.stderr)
    if reading.faults:
        raise TableError(reading.faults)
    rows = counted(len(reading.rows), "row") if reading.rows else "No row is filled in"
    open_questions = f", {counted(len(reading.questions), 'question')} to answer" if reading.questions else ""
    print(
        f"{rows}, no fault{open_questions}. Nothing was stored: that is for 'surrogate sheet import'.", file=sys.stderr
    )


def _check_errors_file(errors: Path | None) -> None:
    """Refuse a name that no workbook can have before anything is read or told, not when there is a fault to write."""
    from surrogate.sheets.workbook import check_name

    if errors is not None:
        check_name(errors, hint="The rows with faults are written as Excel: end it in .xlsx.")


@sheet.command(name="import", short_help="Tell a campaign what a filled sheet says.")
def import_(
    path: options.SheetArgument,
    id: CampaignArgument,
    decimal: DecimalOption = None,
    separator: SeparatorOption = None,
    encoding: options.EncodingOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be told; store nothing.")] = False,
    from_campaign: Annotated[
        str | None,
        typer.Option(
            "--from-campaign",
            help="Id of the campaign that the sheet is from, where it is another: its results are taken as the lab's "
            "own, not as those of the suggestions here.",
        ),
    ] = None,
    errors: options.ErrorsOption = None,
    store: options.StoreOption = options.STORE,
) -> None:
    """Tell a campaign everything in a sheet that can be right; rows that cannot are listed and kept out."""
    from surrogate.campaign import CampaignStore
    from surrogate.errors import TableError
    from surrogate.sheets import import_sheet, read_for, write_errors

    _check_errors_file(errors)
    left = "what was told stays told. Run the same command again: it tells the rest, and nothing twice."
    with waiting(left) as progress, CampaignStore.open(store, must_exist=True) as opened:
        campaign = opened.get(id)
        reading = read_for(
            campaign, path, decimal=decimal, separator=separator, encoding=encoding, origin=from_campaign
        )
        done = import_sheet(campaign, reading, dry_run=dry_run, progress=progress)
    print(
        f"{'would be told' if dry_run else 'told'}: {len(done.told)}, known before: {len(done.repeated)}, "
        f"moved: {len(done.moved)}"
    )
    faults = (*reading.faults, *done.faults)
    if errors is not None and write_errors(reading, errors, more=done.faults) is not None:
        print(f"Rows with faults: {errors}", file=sys.stderr)
    if faults:
        raise TableError(faults)


@sheet.command(short_help="Write a campaign as a lab sheet.")
def export(
    id: CampaignArgument,
    path: options.NewSheetArgument,
    store: options.StoreOption = options.STORE,
) -> None:
    """Write a campaign as a lab sheet: what was made, what is open, what to make next."""
    from surrogate.campaign import CampaignStore
    from surrogate.sheets import export_sheet

    _not_there(path)
    with CampaignStore.open(store, must_exist=True) as opened:
        print(export_sheet(opened.get(id), path))


def _not_there(path: Path) -> None:
    """Refuse to write a sheet over another, in which a week of results may stand that no campaign was told."""
    from surrogate.errors import InvalidInput

    if path.is_file():
        raise InvalidInput(
            f"'{path}' is there already; what was filled in would be lost.", hint="Give another name, or move it away."
        )
