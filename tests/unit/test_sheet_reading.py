"""A sheet is read as it was meant, wherever its columns are, and every row that is held back says why and where."""

from __future__ import annotations

import csv

import openpyxl
import pytest

from surrogate.candidate.measurement import Censoring
from surrogate.errors import InvalidInput, TableError, Unavailable, UnknownName
from surrogate.sheets import read_sheet, template, write_errors
from surrogate.sheets.columns import EXPERIMENTS, LISTS, READ_ME, RESULTS, SUGGESTIONS

ROW = {"Row ID": "a1", "Electrolyte composition": "Li6PS5Cl", "Ionic conductivity / S/cm": "1.2e-3"}


def write_csv(path, *rows, separator=",", encoding="utf-8"):
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.DictWriter(file, names, delimiter=separator)
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def sheet(tmp_path):
    """Reads rows, given as dictionaries by header, through a CSV file."""

    def read(*rows, separator=",", encoding="utf-8", **how):
        return read_sheet(write_csv(tmp_path / "lab.csv", *rows, separator=separator, encoding=encoding), **how)

    return read


@pytest.fixture
def workbook(tmp_path):
    """A template, filled in by machine name: sheet → rows."""

    def fill(**sheets):
        path = template(tmp_path / "lab.xlsx")
        book = openpyxl.load_workbook(path)
        for name, rows in sheets.items():
            names = [cell.value for cell in book[name][2]]
            for row in rows:
                book[name].append([row.get(each) for each in names])
        book.save(path)
        return path

    return fill


def only(reading):
    assert [str(f) for f in (*reading.faults, *reading.questions)] == []
    (row,) = reading.rows
    return row


# Templates and headers ------------------------------------------------------------------------------------------------


def test_the_template_has_its_sheets_and_three_rows_above_the_data(tmp_path):
    book = openpyxl.load_workbook(template(tmp_path / "t.xlsx"))
    assert book.sheetnames == [READ_ME, EXPERIMENTS, RESULTS, SUGGESTIONS, LISTS]
    assert book[LISTS].sheet_state == "hidden"
    labels, names, examples = ([cell.value for cell in book[EXPERIMENTS][row]] for row in (1, 2, 3))
    assert (labels[0], names[0], examples[0]) == ("Row ID", "row_id", "example")
    assert labels[names.index("milling_time_h")] == "Milling time / h"
    assert any(rule.sqref for rule in book[EXPERIMENTS].data_validations.dataValidation)


@pytest.mark.parametrize("name", ["t.xlsx", "t.csv"])
def test_an_empty_template_says_nothing(tmp_path, name):
    reading = read_sheet(template(tmp_path / name))
    assert (reading.rows, reading.faults, reading.notes) == ((), (), ())


def test_a_template_for_electrolytes_has_no_columns_of_cells(tmp_path):
    names = [
        cell.value
        for cell in openpyxl.load_workbook(template(tmp_path / "t.xlsx", subject="electrolyte"))[EXPERIMENTS][2]
    ]
    assert "milling_time_h" in names
    assert "temperature_c" in names
    assert "active_material" not in names


def test_experiments_and_results_meet_by_row_id(workbook):
    path = workbook(
        Experiments=[
            {"row_id": "a1", "electrolyte": "Li6PS5Cl", "milling_time_h": 10, "route": "mechanical_milling"},
            {"row_id": "a2", "electrolyte": "75Li2S-25P2S5"},
        ],
        Results=[
            {"row_id": "a2", "ionic_conductivity_s_per_cm": 4e-4, "temperature_c": 30},
            {"row_id": "a1", "ionic_conductivity_s_per_cm": "2.1 mS/cm", "replicate": 1},
            {"row_id": "a1", "ionic_conductivity_s_per_cm": "<1e-3", "replicate": 2},
            {"row_id": "a1", "activation_energy_ev": 0.34},
        ],
    )
    reading = read_sheet(path)
    assert reading.faults == reading.questions == ()
    first, second = reading.rows
    assert [(m.property, m.value, m.censoring) for m in first.measurements] == [
        ("ionic_conductivity", 2.1e-3, Censoring.EXACT),
        ("ionic_conductivity", 1e-3, Censoring.BELOW),
        ("activation_energy", 0.34, Censoring.EXACT),
    ]
    assert [r.id for r in first.results] == [
        "a1:1:ionic_conductivity",
        "a1:2:ionic_conductivity",
        "a1:activation_energy",
    ]
    assert first.candidate.subject.recipe.milling.time_h == 10
    assert second.measurements[0].candidate.protocol.temperature_c == 30
    assert "75Li2S-25P2S5 → Li3PS4" in second.read_as


def test_columns_may_move_and_columns_of_your_own_stay(workbook):
    path = workbook(Experiments=[{"row_id": "a1", "electrolyte": "Li6PS5Cl"}])
    straight = read_sheet(path)
    book = openpyxl.load_workbook(path)
    sheet = book[EXPERIMENTS]
    sheet.move_range("A1:C4", cols=sheet.max_column)
    sheet.cell(1, 2, "Operator")
    sheet.cell(4, 2, "Ada")
    book.save(path)
    moved = read_sheet(path)
    assert moved.rows[0].candidate == straight.rows[0].candidate
    assert dict(moved.rows[0].other) == {"Operator": "Ada"}
    assert any("Operator" in note for note in moved.notes)


def test_a_header_with_another_unit_is_converted_and_reported(sheet):
    reading = sheet(
        {"sample": "a1", "Composition": "Li6PS5Cl", "Ionic conductivity [mS cm-1]": "1.2", "Milling time (min)": 90}
    )
    row = only(reading)
    assert row.results[0].value == pytest.approx(1.2e-3)
    assert row.settings["milling_time_h"] == pytest.approx(1.5)
    assert any("mS cm-1" in note and "S/cm" in note for note in reading.notes)


def test_a_near_miss_of_a_header_is_pointed_out(sheet):
    reading = sheet({**ROW, "Miling time": 5})
    assert any("did you mean 'Milling time / h'" in note for note in reading.notes)


def test_two_columns_of_one_meaning_are_a_fault(sheet):
    assert "second column" in sheet({**ROW, "sigma": 1e-3}).faults[0].message


def test_the_example_row_is_data_once_it_has_a_name_of_its_own(workbook):
    path = workbook()
    book = openpyxl.load_workbook(path)
    book[EXPERIMENTS]["A3"] = "mine"
    for cell in book[EXPERIMENTS][3][1:]:
        cell.value = "Li6PS5Cl" if book[EXPERIMENTS].cell(2, cell.column).value == "electrolyte" else None
    book.save(path)
    assert only(read_sheet(path)).row_id == "mine"


# Files of other people ------------------------------------------------------------------------------------------------


def test_semicolons_and_decimal_commas_are_detected_and_reported(sheet):
    reading = sheet({**ROW, "Ionic conductivity / S/cm": "1,2e-3", "Milling time / h": "7,5"}, separator=";")
    assert only(reading).results[0].value == 1.2e-3
    assert reading.rows[0].settings["milling_time_h"] == 7.5
    assert any("';'" in note for note in reading.notes)
    assert any("Decimal commas" in note for note in reading.notes)


def test_mixed_decimal_signs_are_not_guessed_but_may_be_declared(sheet):
    rows = [{**ROW, "Milling time / h": "7,5"}, {**ROW, "Row ID": "a2", "Milling time / h": "7.5"}]
    reading = sheet(*rows, separator=";")
    assert [row.row_id for row in reading.rows] == ["a2"]
    assert "decimal comma" in reading.faults[0].message
    assert sheet(rows[0], separator=";", decimal=",").rows[0].settings["milling_time_h"] == 7.5
    with pytest.raises(InvalidInput):
        sheet(ROW, decimal="·")


def test_a_composition_with_a_point_proves_nothing_about_decimals(sheet):
    row = {"Row ID": "a1", "Composition": "0.75Li2S-0.25P2S5", "Milling time / h": "7,5"}
    assert only(sheet(row, separator=";")).settings["milling_time_h"] == 7.5


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_encodings_of_spreadsheets_are_read(sheet, encoding):
    row = only(sheet({**ROW, "Measurement temperature / °C": "30"}, encoding=encoding))
    assert row.candidate.protocol.temperature_c == 30


def test_excel_says_its_separator_itself(tmp_path):
    (tmp_path / "lab.csv").write_text("sep=|\nRow ID|Composition\na1|Li6PS5Cl\n")
    assert only(read_sheet(tmp_path / "lab.csv")).row_id == "a1"


def test_candidates_of_nimo_are_read_with_their_columns_mapped(tmp_path):
    (tmp_path / "candidates.csv").write_text("x1,x2,objective\n10,500,1.2e-3\n20,500,\n30,400,\n")
    reading = read_sheet(
        tmp_path / "candidates.csv",
        columns={"x1": "milling_time_h", "x2": "milling_speed_rpm", "objective": "ionic_conductivity_s_per_cm"},
        fixed={"electrolyte": "Li6PS5Cl", "route": "mechanical_milling"},
    )
    assert [row.status for row in reading.rows] == ["ok", "planned", "planned"]
    assert [row.row_id for row in reading.rows] == ["candidates-2", "candidates-3", "candidates-4"]
    assert [m.value for m in reading.measurements] == [1.2e-3]
    assert {row.candidate.subject.composition.text for row in reading.rows} == {"Li6PS5Cl"}
    with pytest.raises(UnknownName, match="milling_time"):
        read_sheet(tmp_path / "candidates.csv", columns={"x1": "milling_time"})


def test_files_that_are_no_sheets_are_refused_in_a_sentence(tmp_path):
    with pytest.raises(Unavailable, match="no file"):
        read_sheet(tmp_path / "nothing.xlsx")
    (tmp_path / "fake.xlsx").write_text("this is no workbook")
    with pytest.raises(InvalidInput, match="no Excel workbook"):
        read_sheet(tmp_path / "fake.xlsx")
    (tmp_path / "picture.csv").write_bytes(bytes(range(256)) * 4)
    with pytest.raises(InvalidInput, match="neither"):
        read_sheet(tmp_path / "picture.csv")
    (tmp_path / "other.csv").write_text("colour,shape\nred,round\n")
    with pytest.raises(TableError, match="No column"):
        read_sheet(tmp_path / "other.csv")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(TableError):
        read_sheet(tmp_path / "empty.csv")


# Rows that are held back ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "said", "column"),
    [
        ({"Ionic conductivity / S/cm": "1.2"}, "mS/cm in a column of S/cm", "Ionic conductivity / S/cm"),
        ({"Ionic conductivity / S/cm": "0"}, "outside the possible range", "Ionic conductivity / S/cm"),
        ({"Ionic conductivity / S/cm": "good"}, "not a number", "Ionic conductivity / S/cm"),
        ({"Milling time / h": "-3"}, "must lie within", "Milling time / h"),
        ({"Milling time / h": "10 rpm"}, "unit", "Milling time / h"),
        ({"Milling time / h": "<10"}, "only a bound", "Milling time / h"),
        ({"Milling time / h": "10 C"}, "'C'", "Milling time / h"),
        ({"Synthesis route": "magic"}, "magic", "Synthesis route"),
        ({"Electrolyte composition": "LPSCl"}, "LPSCl", "Electrolyte composition"),
        ({"Electrolyte composition": ""}, "Nothing says what the electrolyte is made of", "Electrolyte composition"),
        ({"Coating": "LiNbO3"}, "a cell needs an active material", "Coating"),
        ({"Heat-treated": "no", "Heat treatment temperature / °C": "500"}, "says that there was none", "Heat-treated"),
        (
            {"Active material": "S", "Mixing method": "hand mixed", "Mixing time / min": "60"},
            "hand-mixed and milled",
            "Mixing time / min",
        ),
        ({"Separator milling time / h": "1"}, "a cell needs an active material", "Separator milling time / h"),
        ({"Capacity retention / %": "90"}, "Capacity retention", "Capacity retention / %"),
        ({"Status": "failed"}, "", None),
        ({"Status": "partial"}, "needs a reason", "Ionic conductivity / S/cm"),
        ({"Status": "splendid"}, "splendid", "Status"),
        ({"Row ID": ""}, "no row ID", "Row ID"),
        ({"Replicate": "1.5"}, "whole number", "Replicate"),
    ],
)
def test_a_row_that_cannot_be_right_says_why_and_where(sheet, changes, said, column):
    reading = sheet({**ROW, "Row ID": "good"}, {**ROW, **changes})
    assert [row.row_id for row in reading.rows] == ["good"]  # the valid row goes on
    (fault,) = reading.faults
    assert said in str(fault)
    assert fault.row == 3
    assert column is None or fault.column == column


def test_row_ids_are_used_once_and_results_need_their_experiment(workbook):
    path = workbook(
        Experiments=[
            {"row_id": "a1", "electrolyte": "Li6PS5Cl"},
            {"row_id": "a1", "electrolyte": "Li3PS4"},
        ],
        Results=[{"row_id": "zz", "ionic_conductivity_s_per_cm": 1e-3}],
    )
    reading = read_sheet(path)
    assert [row.row_id for row in reading.rows] == ["a1"]
    assert {fault.row for fault in reading.faults} == {4, 5}
    assert {fault.table for fault in reading.faults} == {EXPERIMENTS, RESULTS}


def test_results_of_an_experiment_with_a_fault_are_not_told_as_if_it_was_made_as_suggested(workbook):
    planned = only(read_sheet(workbook(Experiments=[{"row_id": "a1", "electrolyte": "Li6PS5Cl"}]))).candidate
    path = workbook(
        Experiments=[{"row_id": "s1", "suggestion": "s1", "electrolyte": "Li6PS5Cl", "milling_time_h": -3}],
        Results=[{"row_id": "s1", "ionic_conductivity_s_per_cm": 1e-3}],
    )
    reading = read_sheet(path, suggestions={"s1": planned})
    assert reading.rows == ()
    assert [fault.column for fault in reading.faults] == ["Milling time / h"]
    assert any("wait until that row is repaired" in note for note in reading.notes)


@pytest.mark.parametrize(
    ("beside", "says"),
    [
        ({"cycles": 2.5}, "cycles is 2.5; cycles are counted"),
        ({"cycles": 5, "reference_cycle": 9}, "comes after the 5"),
    ],
)
def test_a_result_after_cycles_that_cannot_be_is_a_fault_of_its_line_alone(workbook, beside, says):
    cell = {"electrolyte": "Li6PS5Cl", "active_material": "S"}
    path = workbook(
        Experiments=[{"row_id": "a1", **cell}, {"row_id": "a2", **cell}],
        Results=[{"row_id": each, "capacity_retention_percent": 90, **(beside if each == "a1" else {"cycles": 50})}
                 for each in ("a1", "a2")],
    )  # fmt: skip
    reading = read_sheet(path)
    assert [row.row_id for row in reading.rows] == ["a2"]
    (fault,) = reading.faults
    assert says in fault.message
    assert fault.row == 4
    stated = read_sheet(workbook(Experiments=[{"row_id": "a1", **cell, **beside}]))
    assert says in stated.faults[0].message


def test_currents_that_contradict_each_other_are_a_fault_of_their_row(workbook):
    cell = {"electrolyte": "Li6PS5Cl", "active_material": "S", "c_rate": 0.1}
    rows = [{"row_id": "a1", **cell, "current_ma_per_g": 1670}, {"row_id": "a2", **cell, "current_ma_per_g": 167}]
    reading = read_sheet(workbook(Experiments=rows))
    assert [row.row_id for row in reading.rows] == ["a2"]
    (fault,) = reading.faults
    assert "c_rate and current_ma_per_g contradict each other" in fault.message


def test_a_sheet_of_results_without_its_header_is_a_fault_and_a_foreign_one_a_note(workbook):
    path = workbook(Experiments=[{"row_id": "a1", "electrolyte": "Li6PS5Cl"}])
    book = openpyxl.load_workbook(path)
    book["Results"].delete_rows(1, 3)
    book["Results"].append(["a1", None, None, None, None, 1e-3])
    book.create_sheet("Shopping").append(["argon", 3])
    book.save(path)
    reading = read_sheet(path)
    (fault,) = reading.faults
    assert (fault.table, fault.row) == ("Results", 1)
    assert "nothing here is read" in fault.message
    assert any("Shopping" in note for note in reading.notes)


def test_results_told_twice_need_a_replicate_number(workbook):
    results = [{"row_id": "a1", "ionic_conductivity_s_per_cm": value} for value in (1e-3, 2e-3)]
    reading = read_sheet(workbook(Experiments=[{"row_id": "a1", "electrolyte": "Li6PS5Cl"}], Results=results))
    assert "Replicate" in reading.faults[0].hint
    for number, result in enumerate(results, 1):
        result["replicate"] = number
    assert (
        len(
            only(
                read_sheet(workbook(Experiments=[{"row_id": "a1", "electrolyte": "Li6PS5Cl"}], Results=results))
            ).results
        )
        == 2
    )


def test_failed_and_partial_rows_are_kept_with_their_reason(sheet):
    reading = sheet(
        {"Row ID": "a1", "Electrolyte composition": "Li6PS5Cl", "Status": "failed", "Reason": "the ampoule broke"},
        {**ROW, "Row ID": "a2", "Status": "partial", "Reason": "the pellet cracked"},
    )
    failed, partial = reading.rows
    assert (failed.results[0].property, failed.results[0].reason) == (None, "the ampoule broke")
    assert (partial.results[0].value, partial.results[0].status) == (1.2e-3, "partial")
    assert failed.measurements == ()


def test_a_formula_counts_with_its_value_and_without_one_it_is_a_fault(workbook):
    path = workbook(Experiments=[{"row_id": "a1", "electrolyte": "Li6PS5Cl", "milling_time_h": "=4*2.5"}])
    assert "does not hold its value" in read_sheet(path).faults[0].message  # nobody has opened it in a spreadsheet yet


# Plausibility ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("temperature", [250, 298, 350])
def test_a_measurement_at_298_degrees_asks_for_kelvin(sheet, temperature):
    row = {**ROW, "Measurement temperature / °C": temperature}
    reading = sheet(row)
    assert reading.rows == ()
    assert f"{temperature:g} K?" in reading.questions[0].message
    confirmed = sheet({**row, "Confirmed": "yes"})
    assert confirmed.rows[0].candidate.protocol.temperature_c == temperature
    kelvin = sheet({**ROW, "Measurement temperature / °C": f"{temperature} K"})
    assert kelvin.rows[0].candidate.protocol.temperature_c == pytest.approx(temperature - 273.15)


def test_one_composition_with_two_conductivities_of_a_thousandfold_asks(sheet):
    rows = [ROW, {**ROW, "Row ID": "a2", "Electrolyte composition": "Li6PS5Cl1", "Ionic conductivity / S/cm": "1.1e-6"}]
    reading = sheet(*rows)
    assert [row.row_id for row in reading.rows] == ["a1"]
    assert "row a1" in reading.questions[0].message
    assert len(sheet(rows[0], {**rows[1], "Confirmed": "yes"}).rows) == 2
    assert (
        len(sheet(rows[0], {**rows[1], "Ionic conductivity / S/cm": "<1e-6"}).rows) == 2
    )  # a bound contradicts nothing


def test_a_capacity_above_theory_is_warned_of_and_goes_on(sheet):
    row = {
        "Row ID": "a1",
        "Composition": "Li6PS5Cl",
        "Active material": "TiS2",
        "First discharge capacity / mAh/g": "267",
    }
    reading = sheet(row)
    assert len(reading.rows) == 1
    assert "1.12 times the theoretical 239" in reading.warnings[0].message
    assert sheet({**row, "First discharge capacity / mAh/g": "260"}).warnings == ()


def test_the_dry_run_names_every_row(sheet):
    reading = sheet(
        ROW,
        {**ROW, "Row ID": "a2", "Ionic conductivity / S/cm": "3.2(4)e-3"},
        {**ROW, "Row ID": "a3", "Route": "magic"},
    )
    said = "\n".join(reading.describe())
    assert "a1: Li6PS5Cl" in said
    assert "σ = 0.0032 S/cm ± 0.054 decades" in said
    assert "Fault: lab, line 4, column Route" in said


# The errors file ------------------------------------------------------------------------------------------------------


def test_bad_rows_go_to_a_file_with_a_comment_on_the_cell_and_the_source_stays(sheet, tmp_path):
    bad = {**ROW, "Row ID": "a2", "Ionic conductivity / S/cm": "4.2", "Operator": "Ada"}
    reading = sheet({**ROW, "Operator": "Bob"}, bad)
    source = reading.path.read_bytes()
    book = openpyxl.load_workbook(write_errors(reading, tmp_path / "errors.xlsx"))
    rows = list(book["lab"].iter_rows())
    assert [cell.value for cell in rows[1]] == ["a2", "Li6PS5Cl", "4.2", "Ada"]
    assert len(rows) == 2
    assert "mS/cm" in rows[1][2].comment.text
    assert reading.path.read_bytes() == source
    again = read_sheet(tmp_path / "errors.xlsx")  # it is a sheet itself, to be repaired and read
    assert again.faults[0].message == reading.faults[0].message
    assert write_errors(sheet(ROW), tmp_path / "none.xlsx") is None
    assert not (tmp_path / "none.xlsx").exists()


def test_the_errors_of_a_workbook_keep_its_three_header_rows(workbook, tmp_path):
    path = workbook(
        Experiments=[{"row_id": "a1", "electrolyte": "Li6PS5Cl", "temperature_c": 300}],
        Results=[{"row_id": "b1", "ionic_conductivity_s_per_cm": 1e-3}],
    )
    book = openpyxl.load_workbook(write_errors(read_sheet(path), tmp_path / "errors.xlsx"))
    assert book.sheetnames == [EXPERIMENTS, RESULTS]
    assert [book[EXPERIMENTS].cell(row, 1).value for row in range(1, 5)] == ["Row ID", "row_id", "example", "a1"]
    comments = [cell.comment.text for cell in book[EXPERIMENTS][4] if cell.comment]
    assert "300 K?" in comments[0]
