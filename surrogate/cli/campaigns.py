"""`surrogate campaign …`: what was suggested, made and measured towards an objective."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from surrogate.cli import notes, options, spaces
from surrogate.cli.telling import states_of
from surrogate.cli.waiting import waiting
from surrogate.planner.planners import DEFAULT_PLANNER, MIN_DISTANCE, POOL, get_planner
from surrogate.text import counted

if TYPE_CHECKING:
    from surrogate.campaign.records import Asked, MeasurementRecord
    from surrogate.candidate.measurement import Candidate

campaign = typer.Typer(
    help="Campaigns: what was suggested, made and measured towards an objective.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


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
    id: options.CampaignArgument,
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
        notes.say([str(trouble) for row in rows if (trouble := row.pop("trouble"))], "warning")
        if n_away:
            print(f"{counted(n_away, 'campaign')} put away: list with --archived.", file=sys.stderr)
    output.rows(rows, format.value, "campaigns")


@campaign.command(short_help="List the suggestions of a campaign and what came out.")
def show(
    id: options.CampaignArgument,
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
        states = states_of(shown_campaign)
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
    id: options.CampaignArgument,
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
    id: options.CampaignArgument,
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
    id: options.CampaignArgument,
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
    from surrogate.models import load_models

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
    notes.say(answer.report.warnings, "warning")
    if answer.report.stopping is not None:
        print(f"advice: {answer.report.stopping.sentence}", file=sys.stderr)
    _write_asked(answer, format)


def _write_asked(answer: Asked, format: options.Format) -> None:
    from surrogate.cli import output
    from surrogate.models.encoding import describe

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
