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
    return write(path, {**example, "source_location": "page 35", **changes})


def write(path: Path, *rows: dict[str, str], delimiter: str = ",") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n", delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def shipped(row_id: str, kind: str = "electrolytes") -> dict[str, str]:
    """A row of a shipped table as it stands."""
    with (DATA / read_package(DATA)[kind].path).open(encoding="utf-8", newline="") as file:
        return next(row for row in csv.DictReader(file) if row["record_id"] == row_id)


@pytest.mark.parametrize(
    ("kind", "property"), [("electrolytes", "ionic_conductivity"), ("electrodes", "first_discharge_capacity")]
)
def test_a_template_that_was_filled_in_can_be_added_and_is_learnt_from(folder, tmp_path, kind, property):
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


@pytest.mark.parametrize(("kind", "row_id"), [("electrolytes", "SE0001"), ("electrodes", "SREP-01")])
@pytest.mark.parametrize("changes", [{}, {"paper": "another paper", "doi": ""}, {"milling_speed_rpm": ""}])
def test_a_row_that_repeats_a_shipped_one_is_shown_with_it_and_not_added(folder, tmp_path, kind, row_id, changes):
    rows = write(tmp_path / "rows.csv", {**shipped(row_id, kind), "record_id": "NEW-1", **changes})
    shown = add_table(rows, folder, dry_run=True).new
    assert [(f.kind, f.subjects, f.verdict) for f in shown if "NEW-1" in f.subjects] == [
        ("repeated_value", (row_id, "NEW-1"), None)
    ]
    with pytest.raises(InvalidInput, match=rf"NEW-1 \(line 2\) says the same of .* as {row_id}"):
        add_table(rows, folder)
    assert "rows" not in read_package(folder)


@pytest.mark.parametrize(
    "changes",
    [
        {"ionic_conductivity_S_cm": "0.00123"},
        {"milling_time_h": "11"},
        {"milling_time_h": "", "paper": "another paper", "doi": ""},
    ],
)
def test_another_value_another_recipe_or_a_recipe_that_is_not_stated_is_no_repeat(folder, tmp_path, changes):
    rows = write(tmp_path / "rows.csv", {**shipped("SE0001"), "record_id": "NEW-1", **changes})
    assert not [f for f in add_table(rows, folder, dry_run=True).new if "SE0001" in f.subjects]


@pytest.mark.parametrize("paper", ["notebook-12", "notebook-13"])
def test_rows_that_say_the_same_within_a_file_are_shown(folder, tmp_path, paper):
    (first,) = csv.DictReader(table(tmp_path / "one.csv").read_text("utf-8").splitlines())
    rows = write(tmp_path / "rows.csv", first, {**first, "record_id": "LAB-0002", "paper": paper})
    with pytest.raises(InvalidInput, match=r"LAB-0002 \(line 3\) says the same of .* as LAB-0001"):
        add_table(rows, folder)
    marked = {**first, "record_id": "LAB-0002", "paper": paper, "likely_duplicate_of": "LAB-0001"}
    assert add_table(write(tmp_path / "rows.csv", first, marked), folder).rows == 2


@pytest.mark.parametrize(("verdict", "learnt"), [("repeat", 0), ("independent", 1)])
def test_a_decision_about_a_repeat_lets_it_in(folder, tmp_path, verdict, learnt):
    before = len(load("ionic_conductivity", data=folder))
    with (folder / "decisions.csv").open("a", encoding="utf-8", newline="") as file:
        file.write(f'repeated_value,"SE0001; NEW-1",{verdict},test\n')
    rows = write(tmp_path / "rows.csv", {**shipped("SE0001"), "record_id": "NEW-1"})
    assert str(add_table(rows, folder).new[0].verdict) == verdict
    assert len(load("ionic_conductivity", data=folder)) == before + learnt


@pytest.mark.parametrize("kind", ["electrolytes", "electrodes"])
def test_the_example_row_of_the_template_is_refused(folder, tmp_path, kind):
    rows = tmp_path / "rows.csv"
    rows.write_text(template(kind), encoding="utf-8")
    with pytest.raises(TableError, match="line 2: This is the example row of the template"):
        add_table(rows, folder)


def test_a_header_without_rows_ends_as_bad_input_does(folder, tmp_path, capsys):
    rows = tmp_path / "rows.csv"
    rows.write_text(template("electrolytes").splitlines()[0] + "\n", encoding="utf-8")
    assert main(["data", "add", str(rows), "--data", str(folder)]) == InvalidInput.exit_code
    assert "nothing was added" in capsys.readouterr().err
    assert "rows" not in read_package(folder)


@pytest.mark.parametrize("doi", ["10.1038/nenergy.2016.30", "https://doi.org/10.1038/nenergy.2016.30", ""])
def test_a_doi_begins_with_10(folder, tmp_path, doi):
    assert add_table(table(tmp_path / "rows.csv", doi=doi), folder, dry_run=True).rows == 1
    with pytest.raises(TableError, match=r"line 2, column doi: 'not-a-doi' is no DOI\. DOIs begin with 10\."):
        add_table(table(tmp_path / "rows.csv", doi="not-a-doi"), folder)


@pytest.mark.parametrize(("sign", "words"), [(";", "semicolons"), ("\t", "tabs")])
def test_another_separator_is_named(folder, tmp_path, sign, words):
    (row,) = csv.DictReader(table(tmp_path / "one.csv").read_text("utf-8").splitlines())
    with pytest.raises(InvalidInput, match=f"separated by {words}, not by commas"):
        add_table(write(tmp_path / "rows.csv", row, delimiter=sign), folder)


@pytest.mark.parametrize(
    ("kind", "column", "word", "meant"),
    [("electrolytes", "family", "argyrodit", "argyrodite"), ("electrodes", "mixing_method", "ballmill", "ball_milled")],
)
def test_a_word_near_one_of_ours_is_told_with_it(folder, tmp_path, kind, column, word, meant):
    (note,) = add_table(table(tmp_path / "rows.csv", kind, **{column: word}), folder, dry_run=True).notes
    assert f"'{word}'" in note
    assert f"did you mean {meant}?" in note
