"""`surrogate sheet …`: lab sheets, which people fill in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from surrogate.cli import notes, options
from surrogate.cli.waiting import waiting
from surrogate.text import counted

sheet = typer.Typer(help="Lab sheets: Excel or CSV that people fill in.", no_args_is_help=True, rich_markup_mode=None)

SheetArgument = Annotated[Path, typer.Argument(help="The filled sheet.")]
NewSheetArgument = Annotated[Path, typer.Argument(help="Where to write it: .xlsx or .csv.")]
DecimalOption = Annotated[str | None, typer.Option(help="Decimal sign, when it cannot be told: . or ,")]
SeparatorOption = Annotated[str | None, typer.Option(help="What separates the cells of a text file, such as ;")]
ErrorsOption = Annotated[Path | None, typer.Option("--errors", help="Write rows with faults here.")]


@sheet.command(short_help="Write an empty lab sheet.")
def template(
    path: NewSheetArgument,
    subject: Annotated[str | None, typer.Option(help="electrolyte or cell; both when left out.")] = None,
) -> None:
    """Write an empty lab sheet with labels, units and an example."""
    from surrogate.sheets import template as write

    _not_there(path)
    print(write(path, subject=subject))


@sheet.command(short_help="Say how each row is read; nothing is stored.")
def check(
    path: SheetArgument,
    decimal: DecimalOption = None,
    separator: SeparatorOption = None,
    encoding: options.EncodingOption = None,
    errors: ErrorsOption = None,
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
    path: SheetArgument,
    id: options.CampaignArgument,
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
    errors: ErrorsOption = None,
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
    id: options.CampaignArgument,
    path: NewSheetArgument,
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
