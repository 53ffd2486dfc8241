"""Checking the tables of a data folder: every fault by file, line and column, nothing raised for bad content."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from surrogate.datasets.loading import READERS
from surrogate.datasets.own import scan_own
from surrogate.datasets.package import DATA, Resource, read_package, sha256_of_file
from surrogate.datasets.tables import Row, Table, composition_fault, composition_warnings, scan_table
from surrogate.errors import Fault, SurrogateError, TableError
from surrogate.properties import OwnProperty, own_properties

_FORMULAS = ("composition", "composition_normalized")


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What was found in one table: sound rows, papers, faults, and whether its bytes are those of the package.

    ``unused`` are the columns of a table of the user's own that are left alone, ``warnings`` what was noticed while
    its formulas were read.
    """

    resource: Resource
    rows: int
    papers: int
    faults: tuple[Fault, ...]
    as_shipped: bool | None
    unused: tuple[str, ...] = ()
    warnings: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()


def check(data: str | Path | None = None) -> list[Fault]:
    """Every fault in the tables of the folder ``data``; use :func:`check_tables` for the counts as well.

    ``None`` is the bundled folder, where a file that differs from its hash in the package is a fault, too; in a folder
    of the user's own it is not.
    """
    folder = Path(data or DATA)
    try:
        checked = check_tables(folder)
    except TableError as problem:
        return list(problem.faults)
    faults = [fault for table in checked for fault in table.faults]
    if folder.resolve() == DATA.resolve():
        faults += [_report_change(table) for table in checked if table.as_shipped is False]
    return faults


def check_tables(folder: Path) -> list[Checked]:
    """Each table that the package of ``folder`` describes, and each of the user's own, checked.

    Raises only when there is no readable package, or when a table of the user's own or a column of it is not there.
    """
    described = read_package(folder).values()
    scanned = [(resource, scan_table(folder / resource.path, resource)) for resource in described]
    keys = _collect_keys(scanned)
    shipped = [
        _check_table(folder / resource.path, resource, table, keys[resource.table]) for resource, table in scanned
    ]
    return [*shipped, *(_check_own(entry) for entry in own_properties().values())]


def _check_own(entry: OwnProperty) -> Checked:
    table = scan_own(entry)
    return Checked(
        resource=table.resource,
        rows=len(table.rows),
        papers=len({row.text("paper") for row in table.rows} - {None}),
        faults=tuple(sorted(table.faults, key=lambda fault: fault.row or 0)),
        as_shipped=None,
        unused=table.unused,
        warnings=composition_warnings(table.rows, _FORMULAS),
        notes=table.notes,
    )


def _collect_keys(scanned: Sequence[tuple[Resource, Table]]) -> Mapping[str, Counter[str | None]]:
    """How often each key stands in the tables of one kind: a repeat may name a row of another file."""
    keys: dict[str, Counter[str | None]] = {resource.table: Counter() for resource, _ in scanned}
    for resource, table in scanned:
        if resource.key is not None:
            keys[resource.table].update(row.text(resource.key) for row in (*table.rows, *table.unsound))
    return keys


def check_beside(path: Path, resource: Resource, folder: Path, others: Iterable[Resource]) -> tuple[Fault, ...]:
    """Check a table as if it stood in a folder beside others, before it does.

    Args:
        path: The file.
        resource: Its description.
        folder: Where it is to stand.
        others: The tables of the folder that it may refer to.

    Returns:
        Its faults.
    """
    scanned = [(other, scan_table(folder / other.path, other)) for other in others]
    table = scan_table(path, resource)
    return _check_table(path, resource, table, _collect_keys([*scanned, (resource, table)])[resource.table]).faults


def _check_table(path: Path, resource: Resource, table: Table, keys: Counter[str | None]) -> Checked:
    faults = [*table.faults, *_check_row(table, resource), *_find_broken_references(table, resource, keys)]
    papers = {row.text(resource.paper_column) for row in table.rows} if resource.paper_column else set()
    return Checked(
        resource=resource,
        rows=len(table.rows),
        papers=len(papers - {None}),
        faults=tuple(sorted(faults, key=lambda fault: fault.row or 0)),
        as_shipped=None if resource.sha256 is None or not path.is_file() else sha256_of_file(path) == resource.sha256,
        warnings=composition_warnings(
            table.rows, [column.name for column in resource.columns.values() if column.format == "composition"]
        ),
    )


def _check_row(table: Table, resource: Resource) -> list[Fault]:
    """Formulas that cannot be read, and rows that describe something impossible as a whole."""
    formulas = [column for column in resource.columns.values() if column.format == "composition"]
    faults: list[Fault] = []
    for row in table.rows:
        composition_faults = [fault for column in formulas if (fault := composition_fault(row, column)) is not None]
        faults += composition_faults or _find_impossible(row, resource)
    return faults


def _find_impossible(row: Row, resource: Resource) -> list[Fault]:
    reader = READERS.get(resource.table)
    if reader is None:
        return []
    try:
        reader(row)
    except SurrogateError as problem:
        return [row.fault(problem.message, hint=problem.hint)]
    return []


def _find_broken_references(table: Table, resource: Resource, keys: Counter[str | None]) -> list[Fault]:
    """``likely_duplicate_of`` must name another row, and a key stand in one table of a kind; not judged while rows are
    unreadable.
    """
    if table.faults or resource.key is None:
        return []
    key = resource.key
    within = Counter(row.text(key) for row in table.rows)
    twice = [
        row.fault(f"'{row.text(key)}' stands in another table, too.", column=key, hint="Give the row another name.")
        for row in table.rows
        if keys[row.text(key)] > within[row.text(key)]
    ]
    column = "likely_duplicate_of"
    return twice + [
        row.fault(f"'{original}' is not another row of this table.", column=column, hint="Name an existing record_id.")
        for row in table.rows
        if (original := row.text(column)) is not None and (original not in keys or original == row.text(key))
    ]


def _report_change(table: Checked) -> Fault:
    return Fault(
        table=table.resource.path,
        row=None,
        column=None,
        message="The file differs from the one that the data package describes (sha256).",
        hint="Restore it, or write the new hash into datapackage.json with the reason in the history.",
    )
