"""What laboratories elsewhere write: other signs, headers and formats are read as they were meant, or refused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pytest

from surrogate.cli import read
from surrogate.errors import InvalidInput, TableError, UnitError
from surrogate.sheets import SheetReading, read_sheet
from surrogate.tables.cells import read_number
from surrogate.tables.workbook import shown

HEADER = "Row ID,Electrolyte composition,Milling time / h,Heat treatment temperature / °C,Ionic conductivity / S/cm"


def reading_of(tmp_path: Path, text: str) -> SheetReading:
    (tmp_path / "lab.csv").write_text(text, encoding="utf-8")
    return read_sheet(tmp_path / "lab.csv")


def values_of(reading: SheetReading) -> list[tuple[object, ...]]:
    """Milling time, heat treatment temperature and value of each row."""
    names = ("milling_time_h", "heat_treatment_temperature_c")
    return [
        (*(row.settings.get(name) for name in names), row.results[0].value if row.results else None)
        for row in reading.rows
    ]


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("０．００３２", "S/cm", 0.0032),
        ("3.2×10－3", "S/cm", 0.0032),
        ("3.2E–03", "S/cm", 0.0032),
        ("–20", "°C", -20.0),
        ("１５時間", "h", 15.0),
        ("900 分", "h", 15.0),
        ("15 Std.", "h", 15.0),
        ("550℃", "°C", 550.0),
        ("1\u202f000", "h", 1000.0),
        ("1'000", "h", 1000.0),
        ("500 min⁻¹", "rpm", 500.0),
        ("0.32 S m−1", "S/cm", 0.0032),
    ],
)
def test_a_number_of_another_keyboard_is_read(text, unit, value):
    number = read_number(text, unit=unit, name="It")
    assert number is not None
    assert number.value == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1/2", "the fraction '1/2'"),
        ("1O", "ends in a letter"),
        ("15'", "more than a number and its unit"),
        ("2:30", "more than a number and its unit"),
        ("10+5", "more than a number and its unit"),
        ("15 (dry)", "more than a number and its unit"),
        ("15*", "more than a number and its unit"),
        ("2h30", "unknown unit"),
        ("15–20", "range"),
        ("1e1–3e1", "range"),
        ("10～12", "range"),
        ("15 ± 10 %", "uncertainty in percent"),
        ("l5", "not a number"),
        ("n.d.", "no value"),
        ("15 m", "does not measure"),
    ],
)
def test_what_is_no_number_gets_a_message_that_fits(text, message):
    with pytest.raises((InvalidInput, UnitError), match=message):
        read_number(text, unit="h", name="It")


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (30, '[>=60]0" h";0" min"', "30 min"),
        (90, '[>=60]0" h";0" min"', "90 h"),
        (90, '[<60]0" min";0" h"', "90 h"),
        (1500, "0.0,", "1.5"),
        (3.2, '0.0"e-3"', "3.2 e-3"),
        (550, "[$-407]0", 550),
    ],
)
def test_a_condition_or_a_scale_in_a_format_is_heeded(value, number_format, text):
    assert shown(value, number_format) == text


@pytest.mark.parametrize(
    "columns",
    [
        "Milling time（min）,Heat treatment temperature（K）,Ionic conductivity（mS/cm）",
        "Milling time [min],Heat treatment temperature in K,Ionic conductivity / mS cm-1",
        "Milling\u00a0time,Heat treatment temperature,Ionic conductivity\n,,min,K,mS/cm",
        "Milling time,Heat treatment temperature,Ionic conductivity\n,,[min],[K],[mS/cm]",
    ],
)
def test_units_stand_in_headers_in_many_ways(tmp_path, columns):
    reading = reading_of(tmp_path, f"Row ID,Electrolyte composition,{columns}\nA1,Li6PS5Cl,90,823.15,3.2\n")
    assert not reading.faults
    assert values_of(reading) == [(1.5, pytest.approx(550.0), pytest.approx(0.0032))]


def test_a_row_of_units_that_contradicts_the_header_is_not_taken_for_one(tmp_path):
    reading = reading_of(tmp_path, f"{HEADER}\n,,min,K,mS/cm\nA1,Li6PS5Cl,15,550,0.0032\n")
    assert {fault.row for fault in reading.faults} == {2}


@pytest.mark.parametrize("unit", ["10^-3 S/cm", "×10⁻³ S/cm", "arb. u."])
def test_a_unit_of_a_header_that_is_not_known_is_said_once_and_holds_the_rows_back(tmp_path, unit):
    header = HEADER.replace("Ionic conductivity / S/cm", f"Ionic conductivity ({unit})")
    reading = reading_of(tmp_path, f"{header}\nA1,Li6PS5Cl,15,550,3.2\nA2,Li6PS5Cl,15,500,2.9\nA3,Li6PS5Br,15,500,\n")
    (fault,) = reading.faults
    assert (fault.row, fault.column) == (1, f"Ionic conductivity ({unit})")
    assert [row.row_id for row in reading.rows] == ["A3"]
    assert not any("converted" in note for note in reading.notes)


def test_below_a_second_header_nothing_is_read(tmp_path):
    second = HEADER.replace("/ h", "/ min").replace("/ S/cm", "/ mS/cm")
    reading = reading_of(tmp_path, f"{HEADER}\nA1,Li6PS5Cl,15,550,0.0032\n{second}\nA2,Li6PS5Br,15,550,0.05\n")
    assert [row.row_id for row in reading.rows] == ["A1"]
    assert [(fault.row, "second header" in fault.message) for fault in reading.faults] == [(3, True)]


def test_the_same_header_again_is_no_row(tmp_path):
    reading = reading_of(tmp_path, f"{HEADER}\nA1,Li6PS5Cl,15,550,0.0032\n{HEADER}\nA2,Li6PS5Br,15,550,0.002\n")
    assert not reading.faults
    assert [row.row_id for row in reading.rows] == ["A1", "A2"]


@pytest.mark.parametrize("sign", [",", "."])
def test_where_every_number_may_be_a_thousand_each_is_a_question(tmp_path, sign):
    text = "Row ID;Electrolyte composition;Milling time / h;Ionic conductivity / mS/cm\nA1;Li6PS5Cl;1.500;1.234\n"
    reading = reading_of(tmp_path, text.replace(".", sign))
    assert not reading.rows
    assert all("thousands separator" in fault.message for fault in reading.faults)
    declared = read_sheet(tmp_path / "lab.csv", decimal=sign)
    assert [row.settings["milling_time_h"] for row in declared.rows] == [1.5]


def test_a_duration_of_excel_is_refused(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Experiments"
    book.active.append(HEADER.split(","))
    book.active.append(["A1", "Li6PS5Cl", dt.timedelta(hours=15), 550, 0.0032])
    book.save(tmp_path / "lab.xlsx")
    (fault,) = read_sheet(tmp_path / "lab.xlsx").faults
    assert "date or time" in fault.message


def test_a_file_of_candidates_may_have_titles_semicolons_and_commas(tmp_path, capsys):
    text = "Batch 3, argyrodites\n\nelectrolyte;milling_time_h;heat_treatment_temperature_c\nLi6PS5Cl;1,5;550\n"
    (tmp_path / "lab.csv").write_text(text)
    (candidate,) = read.candidates(None, [], tmp_path / "lab.csv")
    assert candidate.electrolyte.recipe.milling.time_h == 1.5
    said = capsys.readouterr().err
    assert "line 1: a title, skipped: Batch 3, argyrodites." in said
    assert "decimal comma" in said


def test_a_file_of_candidates_names_the_line_of_the_file_below_titles(tmp_path):
    (tmp_path / "lab.csv").write_text("Batch 3\n\nelectrolyte,milling_time_h\nLi6PS5Cl,15\nLiFePo4,15\n")
    with pytest.raises(TableError) as caught:
        read.candidates(None, [], tmp_path / "lab.csv")
    assert [fault.row for fault in caught.value.faults] == [5]


def test_the_encoding_of_a_file_of_candidates_can_be_declared(tmp_path):
    text = "electrolyte,heat_treatment_temperature_c\nLi6PS5Cl,550℃\n"
    (tmp_path / "lab.csv").write_bytes(text.encode("gb18030"))
    with pytest.raises(InvalidInput, match="gb18030"):
        read.candidates(None, [], tmp_path / "lab.csv")
    (candidate,) = read.candidates(None, [], tmp_path / "lab.csv", encoding="gb18030")
    assert candidate.electrolyte.recipe.heat_treatment.temperature_c == 550.0
