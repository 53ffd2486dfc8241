"""Growing the tables: a file of rows is validated, compared with what is there, and described in the data package.

Shipped tables and tables of one's own go the same way: a file in the folder, an entry in ``datapackage.json`` with its
columns, licence and hash, and decisions about what contradicts or repeats what in ``decisions.csv``.
"""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from surrogate.datasets import DATA
from surrogate.datasets.citation import Work, entries_of, work_of, works_of
from surrogate.datasets.decisions import read_decisions
from surrogate.datasets.findings import MISTAKEN, Finding, find_again, findings_in, judged
from surrogate.datasets.foreign import unknown_words, with_any_words
from surrogate.datasets.package import PACKAGE_FILE, TABLE_OF, Resource, read_package, resource, sha256_of_file
from surrogate.datasets.sources import source_of
from surrogate.datasets.splits import paper_name
from surrogate.datasets.tables import Row, as_it_stands, check_is_file, find_other_separator, scan_table, type_row
from surrogate.datasets.validation import check_beside
from surrogate.errors import Fault, InvalidInput, TableError

#: Tables that rows can be added to, by the column that every row of them needs and no other table has.
TABLES: Mapping[str, str] = {"electrolytes": "composition", "electrodes": "active_material"}
BIBLIOGRAPHY_FILE = "sources.bib"
_OWN = "own"
_SUBJECTS = {table: subject for subject, table in TABLE_OF.items()}
_DOI = re.compile(r"10\.\d{4,9}/\S+")
_HEADING = (
    '% One entry per work of the tables, written by "python -m training data package". Keys never change: the DOI, or\n'
    '% the words of a work without one, in lower case with every other character as "-".\n\n'
)


@dataclass(frozen=True, kw_only=True)
class Added:
    """What was added: the ``path`` in the folder, its rows and papers, what is ``new`` among the findings, columns that
    were left alone, and ``notes`` on words that count as other.
    """

    path: Path
    table: str
    rows: int
    papers: int
    new: tuple[Finding, ...]
    unused: tuple[str, ...]
    notes: tuple[str, ...] = ()


def add_table(
    file: Path,
    folder: Path = DATA,
    *,
    name: str | None = None,
    licence: str | None = None,
    notice: str | None = None,
    dry_run: bool = False,
) -> Added:
    """Add the rows of a file to the data folder as a table of its own; one that was added under this name is replaced.

    Args:
        file: A table of electrolytes or of cells.
        folder: The data folder.
        name: Of the table in the package; that of the file when not given.
        licence: The title of its licence.
        notice: What has to be told wherever its rows go.
        dry_run: Whether nothing is written.

    Returns:
        What was added, and what that brings to light.

    Raises:
        TableError: With every fault of the rows.
        InvalidInput: The file is no table of the product or has no rows, the name is taken, or rows would be learnt
            twice or as something else than was meant.
    """
    name = name or re.sub(r"[^a-z0-9]+", "-", file.stem.lower()).strip("-")
    table = _table_of(file)
    package = read_package(folder) if (folder / PACKAGE_FILE).is_file() else {}
    target = f"{_OWN}/{name}.csv"
    if name in package and package[name].path != target:
        raise InvalidInput(f"The package has a table '{name}' already.", hint="Give another name with --name.")
    described, unused = as_it_stands(file, resource(table))
    described = replace(described, of_others=False)  # it becomes a part of the package, which promises CSV in UTF-8
    scanned = scan_table(file, described)
    strange = unknown_words(scanned.faults)
    if strange:
        described = with_any_words(described, strange)
        scanned = scan_table(file, described)
    others = [other for other in package.values() if other.name != name]
    faults = (*check_beside(file, described, folder, others), *_row_faults(scanned.rows, table))
    if faults:
        raise TableError(faults, hint="Nothing was added. Mend the file and add it again.")
    if not scanned.rows:
        raise InvalidInput(f"{file} has a header and no rows; nothing was added.", hint="Write a row below the header.")
    decisions = read_decisions(folder) if (folder / PACKAGE_FILE).is_file() else ()
    before = [(other, scan_table(folder / other.path, other).rows) for other in others if other.table in TABLES]
    again = [judged(finding, decisions) for finding in _repeats(before, described, scanned.rows)]
    repeated = {finding.subjects for finding in again}
    further = (f for f in _new_findings(before, described, scanned.rows) if f.subjects not in repeated)
    new = [*again, *(judged(finding, decisions) for finding in further)]
    if not dry_run:
        hint = "Take them out, name the other row in likely_duplicate_of, or decide in decisions.csv (repeated_value)"
        _refuse_undecided(again, "Rows would be learnt twice", hint)
        mistaken = [finding for finding in new if finding.kind in MISTAKEN]
        hint = "Mend the family or the formula, or decide in decisions.csv"
        _refuse_undecided(mistaken, "Rows would be learnt as something else than was meant", hint)
        (folder / _OWN).mkdir(parents=True, exist_ok=True)
        if file.resolve() != (folder / target).resolve():
            shutil.copyfile(file, folder / target)
        _describe(folder, name, target, table, licence=licence, notice=notice, any_words=set(strange))
    return Added(
        path=folder / target,
        table=table,
        rows=len(scanned.rows),
        papers=len({row.text("paper") for row in scanned.rows}),
        new=tuple(new),
        unused=unused,
        notes=tuple(strange.values()),
    )


def _refuse_undecided(findings: Sequence[Finding], message: str, hint: str) -> None:
    """Refuse what findings without a verdict say of the rows."""
    undecided = [finding.message for finding in findings if finding.verdict is None]
    if undecided:
        raise InvalidInput(f"{message}: {' '.join(undecided)}", hint=f"{hint}; nothing was added.")


def _table_of(file: Path) -> str:
    """Which table the rows of ``file`` belong to, by its header; :class:`InvalidInput` for none."""
    check_is_file(file)
    with file.open(encoding="utf-8-sig", newline="", errors="replace") as lines:
        header = next(csv.reader(lines), [])
    for table, column in TABLES.items():
        if column in header:
            return table
    separated = find_other_separator(header, TABLES.values(), at_least=1)
    if separated:
        raise InvalidInput(
            f"The cells of {file} are separated by {separated}, not by commas.", hint="Save it as CSV UTF-8."
        )
    needed = " or ".join(f"'{column}' ({table})" for table, column in TABLES.items())
    raise InvalidInput(f"{file} has no column {needed}.", hint="Start from 'python -m training data template'.")


def template(table: str) -> str:
    """An empty table with every column, and below it one line of an example that is to be replaced."""
    described = resource(table)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(described.columns)
    writer.writerow([_EXAMPLES[table].get(column, "") for column in described.columns])
    return text.getvalue()


def refresh_package(folder: Path = DATA) -> list[str]:
    """Write the hash and size of every table into the package; the paths of those that had changed."""
    described = _read(folder)
    changed = []
    for entry in described["resources"]:
        path = folder / entry["path"]
        new = {"bytes": path.stat().st_size, "hash": f"sha256:{sha256_of_file(path)}"}
        if any(entry.get(key) != value for key, value in new.items()):
            changed.append(entry["path"])
            entry.update(new)
    if changed:
        _write(folder, described)
    return changed


def bibliography(folder: Path = DATA) -> str:
    """Every work that the tables of ``folder`` name, as BibTeX, in the order of the keys."""
    pairs = [
        _works(row, described, folder)
        for described in read_package(folder).values()
        for row in scan_table(folder / described.path, described).rows
    ]
    return _HEADING + "\n".join(sorted(entries_of(pairs).split("\n\n"), key=lambda entry: entry.split("{")[1]))


def _works(row: Row, described: Resource, folder: Path) -> tuple[Work | None, Work | None]:
    """The work that reported the values of a row, and the one that quotes them."""
    if described.table in TABLES:
        return works_of(source_of(row), data=folder)
    doi = row.text("DOI") or row.text("doi")
    return (work_of(doi, None, data=folder) if doi else None), None


def _row_faults(rows: Sequence[Row], table: str) -> list[Fault]:
    """Rows that are the example of the template, and what stands in the place of a DOI."""
    described = resource(table)
    header, line = csv.reader(io.StringIO(template(table)))
    example, _ = type_row(2, line, header, described, described.path)
    faults = []
    for row in rows:
        if _stated(row) == _stated(example):
            message = "This is the example row of the template."
            faults.append(row.fault(message, hint="Write your own in its place, or delete it."))
        for column in ("doi", "original_doi"):
            doi = row.text(column)
            if doi is not None and not _DOI.fullmatch(paper_name(doi)):
                hint = "DOIs begin with 10., like 10.1038/nenergy.2016.30; other sources go into source_ref."
                faults.append(row.fault(f"'{doi[:60]}' is no DOI.", column=column, hint=hint))
    return faults


def _stated(row: Row) -> dict[str, Any]:
    return {column: value for column, value in row.cells.items() if value is not None}


def _repeats(
    before: Sequence[tuple[Resource, Sequence[Row]]], described: Resource, rows: Sequence[Row]
) -> Iterator[Finding]:
    """The rows that say again what another says, unjudged."""
    there = [row for resource, of_table in before if resource.table == described.table for row in of_table]
    return find_again(there, rows, _SUBJECTS[described.table])


def _new_findings(
    before: Sequence[tuple[Resource, Sequence[Row]]], described: Resource, rows: Sequence[Row]
) -> list[Finding]:
    """What the rows bring to light, beyond what is found without them, unjudged."""
    there = {(finding.kind, finding.message) for finding in findings_in(before)}
    findings = findings_in([*before, (described, rows)])
    return [finding for finding in findings if (finding.kind, finding.message) not in there]


def _describe(
    folder: Path,
    name: str,
    target: str,
    table: str,
    *,
    licence: str | None,
    notice: str | None,
    any_words: Collection[str],
) -> None:
    """Write the entry of the table into the package of ``folder``, which is begun where there is none.

    The columns ``any_words`` hold words that are not ours, which count as other.
    """
    shipped = next(entry for entry in _read(DATA)["resources"] if entry["name"] == table)
    fields = {field["name"]: field for field in shipped["schema"]["fields"]}
    for column in any_words:
        limits = {key: value for key, value in fields[column]["constraints"].items() if key != "enum"}
        fields[column] = {**fields[column], "constraints": limits}
    with (folder / target).open(encoding="utf-8-sig", newline="") as lines:
        header = next(csv.reader(lines))
    plain = {"type": "string", "description": "A column of the contributor; not read."}
    path = folder / target
    entry = {
        **{key: value for key, value in shipped.items() if key not in ("schema", "notice")},
        "name": name,
        "table": table,
        "path": target,
        "title": name,
        "description": f"Rows added to the {table}.",
        "bytes": path.stat().st_size,
        "hash": f"sha256:{sha256_of_file(path)}",
        **({"licenses": [{"name": "own", "title": licence}]} if licence else {}),
        **({"notice": notice} if notice else {}),
        "schema": {
            **shipped["schema"],
            "fields": [fields.get(column) or {"name": column, "title": column, **plain} for column in header],
        },
    }
    package = _read(folder) if (folder / PACKAGE_FILE).is_file() else {**_read(DATA), "resources": []}
    package["resources"] = [other for other in package["resources"] if other["name"] != name] + [entry]
    _write(folder, package)


def _read(folder: Path) -> dict[str, Any]:
    described: dict[str, Any] = json.loads((folder / PACKAGE_FILE).read_text(encoding="utf-8"))
    return described


def _write(folder: Path, package: Mapping[str, Any]) -> None:
    text = json.dumps(package, indent=2, ensure_ascii=False) + "\n"
    (folder / PACKAGE_FILE).write_text(text, encoding="utf-8")


_EXAMPLES: Mapping[str, Mapping[str, str]] = {
    "electrolytes": {
        "record_id": "LAB-0001",
        "composition": "Li5.5PS4.5Cl1.5",
        "composition_normalized": "Li5.5PS4.5Cl1.5",
        "family": "argyrodite",
        "form": "crystalline",
        "synthesis_route": "mechanical_milling+annealing",
        "milling_time_h": "20",
        "milling_speed_rpm": "500",
        "heat_treatment_temperature_C": "500",
        "heat_treatment_time_h": "5",
        "atmosphere": "vacuum, sealed quartz",
        "densification_note": "cold-pressed",
        "pressure_MPa": "370",
        "ball_to_powder_ratio": "30",
        "measurement_temperature_C": "25",
        "measurement_temperature_label": "stated",
        "ionic_conductivity_S_cm": "0.0061",
        "source_ref": "laboratory notebook 12, page 34",
        "source_location": "page 34",
        "evidence": "impedance from 1 MHz to 1 Hz, carbon electrodes",
        "confidence": "high",
        "source_type": "primary_paper",
        "paper_group": "notebook-12",
        "paper": "notebook-12",
    },
    "electrodes": {
        "record_id": "LABC-0001",
        "series_id": "LABC-01",
        "record_type": "cell",
        "active_material": "LiNi0.8Co0.1Mn0.1O2",
        "solid_electrolyte": "Li6PS5Cl",
        "additive": "VGCF",
        "am_weight_fraction": "0.7",
        "se_weight_fraction": "0.27",
        "additive_weight_fraction": "0.03",
        "coating": "LiNbO3",
        "coating_amount": "5 nm",
        "am_particle_kind": "single_crystal",
        "am_particle_size_um": "4",
        "mixing_method": "hand_mixed",
        "milling_time_min": "0",
        "counter_electrode": "Li-In",
        "voltage_min_V": "2.5",
        "voltage_max_V": "4.3",
        "temperature_C": "25",
        "c_rate": "0.1",
        "first_step": "charge",
        "first_charge_capacity_mAh_g": "215",
        "first_discharge_capacity_mAh_g": "181",
        "capacity_basis": "NCM811",
        "value_type": "text/table",
        "source_ref": "laboratory notebook 12, page 40",
        "source_location": "page 40",
        "evidence": "cell 7",
        "provenance_tier": "A_primary_full_text",
        "confidence": "high",
        "paper": "notebook-12",
    },
}
