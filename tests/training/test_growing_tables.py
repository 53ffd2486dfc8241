"""Rows of one's own go the way of the shipped tables: checked, compared, described, learnt from."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

import pytest

from surrogate.datasets import DATA, load, read_package
from surrogate.errors import InvalidInput, TableError
from training.commands import main
from training.data import add_table, template


@pytest.fixture
def folder(tmp_path) -> Path:
    return Path(shutil.copytree(DATA, tmp_path / "data"))


def table(path: Path, kind: str = "electrolytes", **changes: str) -> Path:
    """The template with its example row changed."""
    (example,) = csv.DictReader(io.StringIO(template(kind)))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(example), lineterminator="\n")
        writer.writeheader()
        writer.writerow({**example, **changes})
    return path


@pytest.mark.parametrize(
    ("kind", "property"), [("electrolytes", "ionic_conductivity"), ("electrodes", "first_discharge_capacity")]
)
def test_the_example_of_the_template_can_be_added_and_is_learnt_from(folder, tmp_path, kind, property):
    before = load(property, data=folder)
    added = add_table(table(tmp_path / "lab rows.csv", kind), folder)
    assert (added.table, added.rows, added.papers, added.unused) == (kind, 1, 1, ())
    assert read_package(folder)["lab-rows"].sha256
    after = load(property, data=folder)
    assert len(after) == len(before) + 1
    assert load(property, data=folder, without=["lab-rows"]) == before


def test_a_fault_is_named_and_nothing_is_written(folder, tmp_path):
    with pytest.raises(TableError, match="has a unit") as refusal:
        add_table(table(tmp_path / "rows.csv", ionic_conductivity_S_cm="6.1 mS/cm"), folder)
    assert refusal.value.faults[0].column == "ionic_conductivity_S_cm"
    assert "rows" not in read_package(folder)


@pytest.mark.parametrize(
    ("kind", "property", "column"),
    [
        *(("electrolytes", "ionic_conductivity", name) for name in ("synthesis_route", "form", "source_type")),
        *(
            ("electrodes", "first_discharge_capacity", name)
            for name in ("mixing_method", "first_step", "am_particle_kind")
        ),
    ],
)
def test_a_word_that_is_not_ours_counts_as_other_is_said_and_costs_no_row(folder, tmp_path, kind, property, column):
    before = load(property, data=folder)
    added = add_table(table(tmp_path / "rows.csv", kind, **{column: "quite new"}), folder)
    (note,) = added.notes
    assert note.startswith(f"{column}: words that are not known count as other in 1 row (line 2): 'quite new'")
    assert len(load(property, data=folder)) == len(before) + 1
    assert not read_package(folder)["rows"].columns[column].allowed


def test_a_word_that_decides_what_a_value_is_stays_a_fault(folder, tmp_path):
    with pytest.raises(TableError, match="not among the allowed"):
        add_table(table(tmp_path / "rows.csv", censored="limit"), folder)


def test_an_empty_normalized_composition_is_read_from_the_composition(folder, tmp_path):
    before = load("ionic_conductivity", data=folder)
    changes = {"composition": "Li5.5PS4.5Cl1.5", "composition_normalized": ""}
    add_table(table(tmp_path / "rows.csv", **changes), folder)
    assert len(load("ionic_conductivity", data=folder)) == len(before) + 1


def test_a_row_name_that_is_taken_is_a_fault(folder, tmp_path):
    with pytest.raises(TableError, match="stands in another table"):
        add_table(table(tmp_path / "rows.csv", record_id="SE0001"), folder)


def test_a_formula_that_contradicts_its_family_is_refused_with_both_named(folder, tmp_path):
    with pytest.raises(InvalidInput, match="labelled argyrodite are LGPS-type"):
        add_table(table(tmp_path / "rows.csv", composition_normalized="Li10GeP2S12"), folder)


def test_a_conductivity_a_thousand_times_off_is_shown_as_a_finding(folder, tmp_path):
    rows = table(
        tmp_path / "rows.csv",
        composition_normalized="Li6PS5Cl",
        ionic_conductivity_S_cm="0.0000001",
        heat_treatment_temperature_C="550",
    )
    added = add_table(rows, folder, dry_run=True)
    assert any(finding.kind == "thousandfold" and "LAB-0001" in finding.subjects for finding in added.new)
    assert "rows" not in read_package(folder)


def test_a_folder_of_ones_own_begins_with_its_first_table(tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    add_table(table(tmp_path / "rows.csv"), mine, notice="Ask the laboratory.")
    (measurement,) = load("ionic_conductivity", data=mine)
    assert measurement.value == 0.0061
    assert measurement.source.notice == "Ask the laboratory."
    assert measurement.candidate.subject.recipe.milling.ball_to_powder_ratio == 30


def test_the_command_adds_and_the_check_is_still_clean(folder, tmp_path, capsys):
    rows = table(tmp_path / "rows.csv")
    assert main(["data", "add", str(rows), "--data", str(folder)]) == 0
    assert "Added 1 row of 1 paper to the electrolytes" in capsys.readouterr().out
    assert main(["data", "package", "--data", str(folder)]) == 0
    assert "`own/rows.csv` | 1 | 1" in (folder / "README.md").read_text(encoding="utf-8")
    assert "laboratory notebook 12" in (folder / "sources.bib").read_text(encoding="utf-8")
    assert main(["check", "--data", str(folder)]) == 0
    assert main(["data", "add", str(tmp_path / "no.csv"), "--data", str(folder)]) == 5


def test_a_row_learnt_as_something_else_ends_the_check_with_three(folder, capsys):
    decisions = folder / "decisions.csv"
    lines = decisions.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("kind,")]
    decisions.write_text("\n".join(kept) + "\n", encoding="utf-8")
    assert main(["check", "--data", str(folder)]) == 3
    assert "no verdict yet" in capsys.readouterr().out


def test_a_decision_that_a_row_repeats_another_keeps_it_out_of_training(folder):
    before = {m.source.row_id for m in load("ionic_conductivity", data=folder)}
    with (folder / "decisions.csv").open("a", encoding="utf-8", newline="") as file:
        file.write('repeated_value,"E2-0068; E2-0069",repeat,test\n')
    decisions = (folder / "decisions.csv").read_text(encoding="utf-8")
    (folder / "decisions.csv").write_text(
        decisions.replace("repeated_value,E2-0068; E2-0069,independent", "repeated_value,E2-0000; E2-0000,independent"),
        encoding="utf-8",
    )
    assert before - {m.source.row_id for m in load("ionic_conductivity", data=folder)} == {"E2-0069"}
