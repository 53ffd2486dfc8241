"""``python -m training check [--data DIR]``: is every row of every table what its description says?

Faults go to the stream as one sentence each, by file, line and column; without faults a short summary of rows, papers
and what each model would learn from, and what is odd about sound rows, each with its verdict from ``decisions.csv``.
Exit code 0 without faults, 3 with any or when a row would be learnt as something else than was meant, 5 when there is
no such folder.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from surrogate.datasets import DATA, Checked, between_papers, check, check_tables, left_out, load
from surrogate.datasets.findings import MISTAKEN, Finding, find
from surrogate.errors import InvalidInput, SurrogateError, Unavailable
from surrogate.properties import MODELLED, get_property, own_properties
from surrogate.text import counted, error_unit

NO_FAULT = 0
FAULTS = InvalidInput.exit_code
NO_DATA = Unavailable.exit_code


def run(data: Path | None, stream: TextIO) -> int:
    """Check a folder of tables and say on a stream what is wrong with it.

    Args:
        data: The folder with ``datapackage.json``; ``None`` for the bundled one.
        stream: Gets a sentence per fault, or a summary where there is none.

    Returns:
        The exit code of the command.
    """
    folder = data or DATA
    if not folder.is_dir():
        print(f"There is no data folder {folder}. Give the folder that holds datapackage.json.", file=stream)
        return NO_DATA
    try:
        faults = check(data)
        for fault in faults:
            print(fault, file=stream)
        if faults:
            print(f"{counted(len(faults), 'fault')} in {folder}.", file=stream)
            return FAULTS
        _summarise(folder, stream)
        return _tell_findings(find(folder), stream)
    except SurrogateError as problem:
        print(problem, file=stream)
        return problem.exit_code


def main(arguments: Sequence[str] | None = None) -> int:
    """The command by itself: ``python -m training.check``."""
    parser = argparse.ArgumentParser(prog="python -m training check", description="Check every row of the data tables.")
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder to check (default: the bundled data)")
    return run(parser.parse_args(arguments).data, sys.stdout)


def _summarise(folder: Path, stream: TextIO) -> None:
    for table in check_tables(folder):
        print(_table_line(table), file=stream)
        for note in table.notes:
            print(f"  Note: {note}", file=stream)
        for warning in table.warnings if table.as_shipped is not True else ():
            print(f"  Warning: {warning}", file=stream)
    for name in MODELLED:
        measurements = load(name, data=folder)
        papers = len({m.source.paper for m in measurements})
        prop = get_property(name)
        counts = f"{counted(len(measurements), 'measurement')} of {counted(papers, 'paper')}"
        print(f"{prop.label}: {counts} to learn from.", file=stream)
        spread = between_papers(measurements)
        if spread is not None and name in own_properties():
            print(
                f"  Papers on one material differ by {spread.spread:.2g} {error_unit(prop.scale_unit)} "
                f"({spread.n_materials} materials of {spread.n_papers} papers); "
                f"its description says {prop.between_papers:g}.",
                file=stream,
            )
        for reason, count in left_out(name, data=folder).items():
            print(f"  {count} left out: the row {reason}.", file=stream)


def _tell_findings(findings: Sequence[Finding], stream: TextIO) -> int:
    """Write the findings, open ones first, and return the exit code."""
    unjudged = [finding for finding in findings if finding.verdict is None]
    if findings:
        judged = counted(len(findings) - len(unjudged), "finding")
        print(f"{judged} with a verdict, {len(unjudged)} without:", file=stream)
    for finding in findings:
        print(f"  {finding}", file=stream)
    mistaken = [finding for finding in unjudged if finding.kind in MISTAKEN]
    if mistaken:
        print(
            f"{counted(len(mistaken), 'finding')} of rows that would be learnt as something else than was meant: mend "
            "the label or the formula, or decide.",
            file=stream,
        )
    return FAULTS if mistaken else NO_FAULT


def _table_line(table: Checked) -> str:
    """One sentence about a sound table; a changed file is said, since hashes are of what was shipped."""
    changed = " The file differs from the shipped one (sha256)." if table.as_shipped is False else ""
    unused = f" Columns left alone: {', '.join(table.unused)}." if table.unused else ""
    counts = f"{counted(table.rows, 'row')}, {counted(table.papers, 'paper')}"
    warnings = f" {counted(len(table.warnings), 'warning')} about formulas." if table.warnings else ""
    return f"{table.resource.path}: {counts}, no fault.{warnings}{changed}{unused}"


if __name__ == "__main__":
    sys.exit(main())
