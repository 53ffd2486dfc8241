"""Tables of others: a row that cannot be used costs nothing but itself, and is counted or named with the reason."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import openpyxl
import pytest

from surrogate.candidate.measurement import Censoring
from surrogate.candidate.recipe import Electrolyte
from surrogate.datasets import check, load_held_out, load_obelix, paper_name
from surrogate.errors import InvalidInput, TableError, Unavailable
from tests.shipped import shipped

Cells = Mapping[str, str]


def first(rows: list[dict[str, str]], **stated: str) -> dict[str, str]:
    return next(row for row in rows if all(row[name] == value for name, value in stated.items()))


ELECTROLYTE = {
    **first(shipped("literature/electrolytes.csv"), family="argyrodite", measurement_temperature_C="25.0"),
    "activation_energy_eV": "0.3",
    "paper": "theirs",
    "likely_duplicate_of": "",
    "censored": "",
}
CELL = {
    **first(shipped("literature/electrodes.csv"), capacity_basis="S", record_type="cell"),
    "active_material": "S",
    "first_discharge_capacity_mAh_g": "900",
    "first_charge_capacity_mAh_g": "",
    "retention_percent": "90",
    "retention_cycles": "50",
    "likely_duplicate_of": "",
    "paper": "theirs",
}


def written(path: Path, base: Cells, *changes: Cells, without: tuple[str, ...] = ()) -> Path:
    """A table whose rows are ``base`` with ``changes``."""
    rows = [{**base, "record_id": f"R{number}", **change} for number, change in enumerate(changes)]
    names = [name for name in dict.fromkeys(key for row in rows for key in row) if name not in without]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, restval="", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"measurement_temperature_C": "60"}, "was not measured at room temperature"),
        ({"family": "oxide_reference"}, "belongs to another field (sodium or oxide)"),
        ({"likely_duplicate_of": "R0"}, "repeats the value of another row"),
        ({"composition": "", "composition_normalized": ""}, "has no readable formula"),
        ({"composition_normalized": "Li6XxS5Cl"}, "cannot be read"),
        ({"ionic_conductivity_S_cm": "high"}, "cannot be read"),
    ],
)
def test_a_row_that_cannot_be_used_is_counted_and_the_others_are_judged(
    change: Cells, reason: str, tmp_path: Path
) -> None:
    path = written(tmp_path / "theirs.csv", ELECTROLYTE, {}, change, {})
    found = load_held_out("ionic_conductivity", path)
    assert [m.source.row_id for m in found.measurements] == ["R0", "R2"]
    assert found.left_out == {reason: 1}
    for fault in found.faults:
        assert str(fault).startswith(f"{path}, line 3, column {next(iter(change))}: ")
    assert bool(found.faults) == (reason == "cannot be read")


def test_a_value_that_cannot_be_read_costs_only_its_own_property(tmp_path: Path) -> None:
    path = written(
        tmp_path / "theirs.csv", ELECTROLYTE, {"ionic_conductivity_S_cm": "4.5 mS"}, {"ionic_conductivity_S_cm": "high"}
    )
    conductivity, energy = (load_held_out(name, path) for name in ("ionic_conductivity", "activation_energy"))
    assert (len(conductivity.measurements), conductivity.left_out) == (0, {"cannot be read": 2})
    assert (len(energy.measurements), energy.left_out) == (2, {})


def test_a_retention_without_cycles_leaves_the_capacity_of_its_row(tmp_path: Path) -> None:
    path = written(tmp_path / "theirs.csv", CELL, {"retention_cycles": ""})
    assert load_held_out("capacity_retention", path).left_out == {"does not say after how many cycles": 1}
    assert len(load_held_out("first_discharge_capacity", path).measurements) == 1


@pytest.mark.parametrize(
    ("sign", "meaning"), [("<", Censoring.BELOW), (">", Censoring.ABOVE), ("~", Censoring.APPROXIMATE)]
)
def test_signs_mean_the_same_in_both_tables(sign: str, meaning: Censoring, tmp_path: Path) -> None:
    tables = {"ionic_conductivity": ELECTROLYTE, "capacity_retention": CELL}
    for name, base in tables.items():
        (read,) = load_held_out(name, written(tmp_path / f"{name}.csv", base, {"censored": sign})).measurements
        assert read.censoring is meaning


def test_other_columns_are_left_alone_and_missing_ones_are_gaps(tmp_path: Path) -> None:
    path = written(tmp_path / "theirs.csv", ELECTROLYTE, {"remark": "x"}, without=("solvent", "milling_time_h"))
    found = load_held_out("ionic_conductivity", path)
    assert (len(found.measurements), found.left_out, found.faults) == (1, {}, ())
    assert (found.unused, found.absent) == (("remark",), ("solvent", "milling_time_h"))


@pytest.mark.parametrize(
    ("column", "word"),
    [
        ("synthesis_route", "microwave"), ("form", "aerogel"), ("atmosphere", "forming gas"), ("family", "borohydride"),
        ("source_type", "thesis"), ("confidence", "sehr hoch"), ("censored", "limit"),
        ("measurement_temperature_label", "warm"),
        ("milling_time_h", "overnight"), ("milling_speed_rpm", "370-510"), ("heat_treatment_temperature_C", "450–500"),
        ("pressure_MPa", "3 t"), ("densification_note", "gepresst"), ("solvent", "水"), ("record_id", "R0"),
    ],
)  # fmt: skip
def test_a_word_that_nobody_knows_costs_no_row_and_is_reported(column: str, word: str, tmp_path: Path) -> None:
    path = written(tmp_path / "theirs.csv", ELECTROLYTE, {}, {column: word}, {})
    read = load_held_out("ionic_conductivity", path)
    assert (len(read.measurements), read.left_out, read.faults) == (3, {}, ())
    described = column in ("atmosphere", "densification_note", "solvent")  # free text
    assert any(note.startswith(f"{column}: ") and "line 3" in note for note in read.notes) is not described


@pytest.mark.parametrize(
    ("column", "word"),
    [
        ("mixing_method", "acoustic mixing"), ("counter_electrode", "Li4.4Si on mesh"), ("binder", "SBS"),
        ("additive", "graphene nanoribbon"), ("coating", "LiTaO3-Nb"), ("first_step", "Laden"),
        ("am_particle_kind", "nanoflower"), ("provenance_tier", "A"), ("record_type", "Zelle"), ("value_type", ""),
        ("capacity_basis", ""), ("capacity_basis", "per gram of active material"), ("milling_time_min", "kurz"),
    ],
)  # fmt: skip
def test_a_word_of_a_cell_that_nobody_knows_costs_no_row(column: str, word: str, tmp_path: Path) -> None:
    path = written(tmp_path / "theirs.csv", CELL, {}, {column: word})
    for name in ("first_discharge_capacity", "capacity_retention"):
        read = load_held_out(name, path)
        assert (len(read.measurements), read.left_out, read.faults) == (2, {}, ())


def test_a_table_needs_a_material_and_a_value_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "theirs.csv"
    path.write_text("composition,ionic_conductivity_S_cm\nLi6PS5Cl,3 mS/cm\nLi3PS4,<1e-7\nLi6PS5Br,~1e-3\n", "utf-8")
    read = load_held_out("ionic_conductivity", path)
    assert [m.value for m in read.measurements] == pytest.approx([3e-3, 1e-7, 1e-3])
    assert [m.censoring for m in read.measurements][:2] == [Censoring.EXACT, Censoring.BELOW]
    assert len({m.source.paper for m in read.measurements}) == 3


@pytest.mark.parametrize(
    ("column", "text", "number"),
    [("measurement_temperature_C", "RT", 25.0), ("heat_treatment_temperature_C", "823 K", 549.85),
     ("milling_time_h", "90 min", 1.5), ("ball_to_powder_ratio", "20:1", 20.0)],
)  # fmt: skip
def test_numbers_in_words_and_other_units_are_read(column: str, text: str, number: float, tmp_path: Path) -> None:
    path = written(tmp_path / "theirs.csv", ELECTROLYTE, {column: text})
    (read,) = load_held_out("ionic_conductivity", path).measurements
    assert isinstance(read.candidate.subject, Electrolyte)
    recipe = read.candidate.subject.recipe
    stated = {
        "measurement_temperature_C": read.candidate.protocol.temperature_c,
        "heat_treatment_temperature_C": recipe.heat_treatment and recipe.heat_treatment.temperature_c,
        "milling_time_h": recipe.milling and recipe.milling.time_h,
        "ball_to_powder_ratio": recipe.milling and recipe.milling.ball_to_powder_ratio,
    }
    assert stated[column] == pytest.approx(number)


def test_a_line_cut_short_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    path = written(tmp_path / "theirs.csv", ELECTROLYTE, {}, {})
    path.write_text(path.read_text() + "R9,Li6PS5Cl\n")
    found = load_held_out("ionic_conductivity", path)
    assert (len(found.measurements), [fault.row for fault in found.faults]) == (2, [4])


@pytest.mark.parametrize(
    ("spoil", "error", "says"),
    [
        (lambda text: text.splitlines()[0] + "\n", InvalidInput, "has no rows below its header"),
        (lambda text: text.replace("composition", "compound"), TableError, "column composition: The column is missing"),
        (lambda text: text + '"R9', TableError, "cannot be split"),
        (lambda text: "", TableError, "The file is empty"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused_by_its_own_name(
    spoil, error: type[InvalidInput], says: str, tmp_path: Path
) -> None:
    path = written(tmp_path / "theirs.csv", ELECTROLYTE, {}, {})
    path.write_text(spoil(path.read_text()))
    with pytest.raises(error) as caught:
        load_held_out("ionic_conductivity", path)
    assert says in str(caught.value)
    assert str(path) in str(caught.value)
    assert "training check" not in str(caught.value)


@pytest.mark.parametrize(
    ("ending", "write"),
    [
        (".csv", lambda text, path: path.write_text(text.replace(",", ";"))),
        (".csv", lambda text, path: path.write_text("Table 3\n\n" + text)),
        (".csv", lambda text, path: path.write_text(text, encoding="utf-16")),
        (".xlsx", lambda text, path: as_workbook(text, path)),
    ],
)
def test_a_table_of_others_is_read_as_lab_sheets_are(ending: str, write, tmp_path: Path) -> None:
    text = written(tmp_path / "plain.csv", ELECTROLYTE, {"milling_time_h": "90 min"}).read_text()
    path = tmp_path / f"theirs{ending}"
    write(text, path)
    (read,) = load_held_out("ionic_conductivity", path).measurements
    assert read.candidate.electrolyte.recipe.milling.time_h == 1.5


def as_workbook(text: str, path: Path) -> None:
    book = openpyxl.Workbook()
    for row in csv.reader(text.splitlines()):
        book.active.append(row)
    book.save(path)


@pytest.mark.parametrize("name", ["nowhere.csv", "."])
def test_a_path_that_is_no_file_asks_for_one(name: str, tmp_path: Path) -> None:
    for read in (load_obelix, lambda path: load_held_out("ionic_conductivity", path)):
        with pytest.raises(Unavailable, match="Give the path of a csv file"):
            read(tmp_path / name)


@pytest.mark.parametrize(
    "written_as",
    [
        "10.1038/NMAT3066",
        "https://doi.org/10.1038/nmat3066",
        "http://dx.doi.org/10.1038/nmat3066",
        "doi:10.1038/nmat3066",
        "DOI 10.1038/nmat3066",
        " https://doi.org/10.1038%2Fnmat3066",
    ],
)
def test_a_paper_has_one_name_however_its_doi_is_written(written_as: str) -> None:
    assert paper_name(written_as) == "10.1038/nmat3066"


def test_no_shipped_paper_changes_its_name_and_the_shipped_tables_stay_strict() -> None:
    tables = {"literature/electrolytes.csv": "paper", "literature/electrodes.csv": "paper", "obelix/train.csv": "DOI"}
    for table, column in tables.items():
        assert all(paper_name(row[column]) == row[column].lower() for row in shipped(table))
    assert check() == []
