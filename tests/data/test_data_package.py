"""The data package describes everything that is shipped, and what is shipped keeps to it."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from surrogate.candidate.fields import FIELDS
from surrogate.datasets import DATA, check, find, load, read_package
from surrogate.datasets.decisions import Verdict, read_decisions
from surrogate.datasets.package import sha256_of_file
from training.check import main, run
from training.data import bibliography
from training.data_card import with_counts

RESOURCES = read_package(DATA)


def test_the_shipped_tables_have_no_fault():
    assert check() == []


def test_every_table_in_the_folder_is_described():
    assert {r.path for r in RESOURCES.values()} == {p.relative_to(DATA).as_posix() for p in DATA.rglob("*.csv")}


@pytest.mark.parametrize("name", RESOURCES)
def test_the_header_of_each_table_is_the_description_in_order(name):
    resource = RESOURCES[name]
    with (DATA / resource.path).open(encoding="utf-8", newline="") as file:
        assert next(csv.reader(file)) == list(resource.columns)


@pytest.mark.parametrize("name", RESOURCES)
def test_each_table_has_the_bytes_that_the_package_names(name):
    described = {r["name"]: r for r in json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))["resources"]}
    path = DATA / RESOURCES[name].path
    assert sha256_of_file(path) == RESOURCES[name].sha256
    assert path.stat().st_size == described[name]["bytes"]
    assert described[name]["licenses"]
    assert described[name]["sources"]


@pytest.mark.parametrize("column", [c for r in RESOURCES.values() for c in r.columns.values()], ids=lambda c: c.name)
def test_each_column_has_a_meaning_and_each_number_its_bounds(column):
    assert len(column.meaning) > 5
    if column.kind == "number" and not column.name.endswith(" ID"):
        assert column.minimum is not None
        assert column.maximum is not None
        assert column.minimum < column.maximum


def test_every_doi_of_the_tables_can_be_cited():
    entries = re.findall(r"doi = \{(.+?)\}", (DATA / "sources.bib").read_text(encoding="utf-8"))
    cited = {doi.lower() for doi in entries}
    found = set()
    for resource in RESOURCES.values():
        with (DATA / resource.path).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                found |= {row[c].strip().lower() for c in ("doi", "original_doi", "DOI") if row.get(c)}
    assert found <= cited


def test_keys_of_the_bibliography_are_unique():
    keys = re.findall(r"^@\w+\{(.+),$", (DATA / "sources.bib").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert len(keys) == len(set(keys)) > 300


def test_the_data_card_states_the_hash_of_the_elemental_table():
    elements = Path(__file__).resolve().parents[2] / "surrogate" / "features" / "elements.csv"
    assert sha256_of_file(elements) in (DATA / "README.md").read_text(encoding="utf-8")


def test_the_data_card_gives_the_counts_that_the_loaders_give():
    card = (DATA / "README.md").read_text(encoding="utf-8")
    assert with_counts(card, DATA) == card
    n = len(measurements := load("ionic_conductivity"))
    assert f"| Ionic conductivity | {n} | {len({m.source.paper for m in measurements})} |" in card


def test_the_bibliography_is_the_one_that_follows_from_the_tables():
    assert bibliography(DATA) == (DATA / "sources.bib").read_text(encoding="utf-8")


def test_every_finding_has_a_verdict_and_every_decision_a_finding():
    findings, decisions = find(DATA), read_decisions(DATA)
    assert [str(finding) for finding in findings if finding.verdict is None] == []
    used = {(f.kind, f.subjects) for f in findings}
    stale = [d for d in decisions if d.verdict not in (Verdict.REPEAT, Verdict.SAME_PAPER, Verdict.EXCLUDED)]
    assert [d for d in stale if not any(k == d.finding and set(s) <= set(d.subjects) for k, s in used)] == []


def test_the_check_command_ends_with_zero_and_a_summary(capsys):
    assert main([]) == 0
    printed = capsys.readouterr().out
    assert "literature/electrolytes.csv: 794 rows, 183 papers, no fault." in printed
    assert "Ionic conductivity: 951 measurements" in printed


def test_a_folder_that_is_not_there_is_said_in_one_sentence(tmp_path):
    stream = io.StringIO()
    assert run(tmp_path / "nowhere", stream) == 5
    assert stream.getvalue().startswith("There is no data folder")


#: Columns of the tables whose names are their own → the field of a candidate that they fill.
FILLS = {
    "am_weight_fraction": "active_weight_fraction", "se_weight_fraction": "electrolyte_weight_fraction",
    "milling_time_min": "mixing_time_min", "electrode_heat_treatment_C": "electrode_heat_treatment_temperature_c",
    "se_heat_treatment_C": "heat_treatment_temperature_c", "se_conductivity_S_cm": "electrolyte_conductivity_s_per_cm",
    "current_mA_g": "current_ma_per_g", "current_mA_cm2": "current_ma_per_cm2", "retention_cycles": "cycles",
    "active_loading_mg_cm2": "active_loading_mg_per_cm2",
}  # fmt: skip


@pytest.mark.parametrize("name", RESOURCES)
def test_a_column_has_the_bounds_of_the_field_that_it_fills(name):
    for column in RESOURCES[name].columns.values():
        field = FIELDS.get(FILLS.get(column.name, column.name.lower()))
        if column.kind == "number" and field is not None and field.name != "temperature_c":
            assert (column.minimum, column.maximum) == (field.low, field.high), column.name
