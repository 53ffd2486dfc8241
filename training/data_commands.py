"""``python -m training data``: add rows, and write what follows from the tables."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from surrogate.errors import UnknownName
from surrogate.text import counted
from training.answering import answering

data_app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)

Folder = Annotated[
    Path | None, typer.Option("--data", help="Folder with datapackage.json (default: the bundled data).")
]


@data_app.command(short_help="Check a file of rows and add it to the tables.")
def add(
    file: Annotated[Path, typer.Argument(help="CSV with the columns of the electrolyte or the electrode table.")],
    data: Folder = None,
    name: Annotated[str | None, typer.Option(help="Name of the table in the package (default: the file's).")] = None,
    licence: Annotated[str | None, typer.Option(help="Title of its licence, if it has one of its own.")] = None,
    notice: Annotated[str | None, typer.Option(help="What has to be told wherever its rows go.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and compare; write nothing.")] = False,
) -> None:
    """Validate rows, show what they repeat or contradict, and write them with their entry in the package."""
    from surrogate.datasets import DATA
    from training.data import add_table

    with answering(every_fault=True):
        added = add_table(file, data or DATA, name=name, licence=licence, notice=notice, dry_run=dry_run)
        counts = f"{counted(added.rows, 'row')} of {counted(added.papers, 'paper')}"
        print(f"{'Would add' if dry_run else 'Added'} {counts} to the {added.table}: {added.path}")
        if added.unused:
            print(f"Columns left alone: {', '.join(added.unused)}.")
        for note in added.notes:
            print(f"  {note}")
        for finding in added.new:
            print(f"  {finding}")
        if not dry_run and any(finding.verdict is None for finding in added.new):
            print("Decide about these in decisions.csv, then run 'python -m training data package'.", file=sys.stderr)


@data_app.command(short_help="An empty table to fill in.")
def template(
    table: Annotated[str, typer.Argument(help="electrolytes or electrodes.")] = "electrolytes",
) -> None:
    """Every column of a table as CSV on stdout, with one line as an example that is to be replaced."""
    from training.data import TABLES
    from training.data import template as header_of

    with answering(every_fault=True):
        if table not in TABLES:
            raise UnknownName("table", table, TABLES)
        print(header_of(table), end="")


@data_app.command(short_help="Write hashes, bibliography and data card anew.")
def package(data: Folder = None) -> None:
    """Write what follows from the tables: their hashes, ``sources.bib`` and the counts of the data card."""
    from surrogate.datasets import DATA
    from training.data import BIBLIOGRAPHY_FILE, bibliography, refresh_package
    from training.data_card import CARD, with_counts

    folder = data or DATA
    with answering(every_fault=True):
        for path in refresh_package(folder):
            print(f"{path}: new hash in the package.")
        _replace(folder / BIBLIOGRAPHY_FILE, bibliography(folder))
        card = folder / CARD
        if card.is_file():
            _replace(card, with_counts(card.read_text(encoding="utf-8"), folder))


def _replace(path: Path, text: str) -> None:
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
        print(f"Wrote {path}.")
