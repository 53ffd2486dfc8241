"""What laboratories elsewhere write: other signs, headers and formats are read as they were meant, or refused."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.styles import Font

from surrogate.candidate.fields import FIELDS
from surrogate.candidate.settings import build
from surrogate.candidate.settings import read as settings_of
from surrogate.candidate.spellings import read_stated_number
from surrogate.cli import read
from surrogate.cli.spaces import SpaceOptions
from surrogate.errors import InvalidInput, TableError, UnitError
from surrogate.planner.objective import Objective
from surrogate.sheets import SheetReading, read_sheet, template
from surrogate.tables.cells import read_number
from surrogate.tables.workbook import shown
from surrogate.wire.answers import reading_fields

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
        ("3.2 (mS/cm)", "S/cm", 0.0032),
        ("3.2 [mS/cm]", "S/cm", 0.0032),
        ("2 Tage", "h", 48.0),
        ("90 Min", "h", 1.5),
        ("550 Grad", "°C", 550.0),
        ("550摄氏度", "°C", 550.0),
        ("500 转/分", "rpm", 500.0),
        ("(3.2 ± 0.4)e-3", "S/cm", 0.0032),
        ("3.2·10⁻³", "S/cm", 0.0032),
        ("1’000", "rpm", 1000.0),
    ],
)
def test_a_number_as_laboratories_write_it_is_read(text, unit, value):
    number = read_number(text, unit=unit, name="It")
    assert number is not None
    assert number.value == pytest.approx(value, rel=1e-12)


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
    stderr = capsys.readouterr().err
    assert "line 1: a title, skipped: Batch 3, argyrodites." in stderr
    assert "decimal comma" in stderr


def test_a_file_of_candidates_names_the_line_of_the_file_below_titles(tmp_path):
    (tmp_path / "lab.csv").write_text("Batch 3\n\nelectrolyte,milling_time_h\nLi6PS5Cl,15\nLiFePo4,15\n")
    with pytest.raises(TableError) as caught:
        read.candidates(None, [], tmp_path / "lab.csv")
    assert [fault.row for fault in caught.value.faults] == [5]


def test_a_file_of_candidates_may_be_a_workbook(tmp_path, capsys):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["Batch 3"], ["electrolyte", "milling_time_h", None], ["Li6PS5Cl", 90, None], ["Li6PS5Br", None, None]):
        sheet.append(row)
    sheet["B3"].number_format = '0" min"'
    sheet.merge_cells("B3:B4")
    sheet.row_dimensions[4].hidden = True
    book.create_sheet("Notes").append(["nothing of this"])
    book.save(tmp_path / "lab.xlsx")
    candidates = read.candidates(None, [], tmp_path / "lab.xlsx")
    assert [candidate.electrolyte.recipe.milling.time_h for candidate in candidates] == [1.5, 1.5]
    stderr = capsys.readouterr().err
    for note in ("a title, skipped: Batch 3", "merged cells (B3:B4)", "1 hidden row read as the others: line 4"):
        assert note in stderr


def test_a_file_of_candidates_may_name_its_columns_as_a_sheet_does(tmp_path, capsys):
    text = "Sample;Composition;Anneal temp (K);Mahldauer / min\nA;Li6PS5Cl;823,15;90\nB;Li6PS5Br;550 °C;1,5 h\n"
    (tmp_path / "lab.csv").write_text(text)
    one, other = map(settings_of, read.candidates(None, [], tmp_path / "lab.csv"))
    for settings in (one, other):
        assert settings["milling_time_h"] == 1.5
        assert settings["heat_treatment_temperature_c"] == 550.0
    stderr = capsys.readouterr().err
    assert "'Anneal temp (K)' as heat_treatment_temperature_c in K" in stderr
    assert "left out: 'Sample'" in stderr


@pytest.mark.parametrize("cell", ["<0.1", "< 0.1", "<0.1 mS/cm", "<1e-4 S/cm", "<100 μS/cm"])
def test_a_bound_in_a_file_of_own_rows_has_the_unit_of_its_column(tmp_path, cell):
    (tmp_path / "own.csv").write_text(f"Composition,σ (mS/cm)\nLi6PS5Cl,{cell}\n")
    (own,) = read.measured(tmp_path / "own.csv")
    assert (own.value, str(own.censoring)) == (pytest.approx(1e-4), "below")


def test_a_column_that_names_nothing_is_refused_once(tmp_path):
    (tmp_path / "lab.csv").write_text("electrolyte,colour,mood\n" + "Li6PS5Cl,grey,\n" * 50)
    with pytest.raises(TableError) as caught:
        read.candidates(None, [], tmp_path / "lab.csv")
    assert [(fault.row, fault.column) for fault in caught.value.faults] == [(1, "colour")]


def test_a_lab_sheet_is_a_file_of_candidates(tmp_path):
    path = template(tmp_path / "lab.xlsx")
    book = openpyxl.load_workbook(path)
    names = [cell.value for cell in book["Experiments"][2]]
    for name, value in {"row_id": "A1", "electrolyte": "Li6PS5Cl", "milling_time_h": 15}.items():
        book["Experiments"].cell(4, names.index(name) + 1, value)
    book.save(path)
    (candidate,) = read.candidates(None, [], path)
    assert settings_of(candidate) == {"electrolyte": "Li6PS5Cl", "milling_time_h": 15.0}


def test_two_sheets_of_candidates_are_one_too_many(tmp_path):
    book = openpyxl.Workbook()
    for sheet in (book.active, book.create_sheet("Old")):
        sheet.append(["electrolyte"])
        sheet.append(["Li6PS5Cl"])
    book.save(tmp_path / "lab.xlsx")
    with pytest.raises(InvalidInput, match="2 sheets with such columns: Sheet, Old"):
        read.candidates(None, [], tmp_path / "lab.xlsx")


def test_the_encoding_of_a_file_of_candidates_can_be_declared(tmp_path):
    text = "electrolyte,heat_treatment_temperature_c\nLi6PS5Cl,550℃\n"
    (tmp_path / "lab.csv").write_bytes(text.encode("gb18030"))
    with pytest.raises(InvalidInput, match="gb18030"):
        read.candidates(None, [], tmp_path / "lab.csv")
    (candidate,) = read.candidates(None, [], tmp_path / "lab.csv", encoding="gb18030")
    assert candidate.electrolyte.recipe.heat_treatment.temperature_c == 550.0


# -- words and numbers in cells --------------------------------------------------------------------------------------
@pytest.mark.parametrize("text", ["k.A.", "n. a.", "unknown", "unbekannt", "/", "–", "?", "entfällt", "未知"])
def test_words_for_not_known_are_nothing(text):
    assert read_number(text, unit="h", name="It") is None


@pytest.mark.parametrize(
    ("text", "unit", "says"),
    [
        ("1/2", "h", "the fraction '1/2'"),
        ("1O", "h", "ends in a letter"),
        ("15'", "h", "more than a number and its unit"),
        ("2:30", "h", "more than a number and its unit"),
        ("10+5", "h", "more than a number and its unit"),
        ("15 (dry)", "h", "more than a number and its unit"),
        ("15*", "h", "more than a number and its unit"),
        ("2h30", "h", "unknown unit"),
        ("15–20", "h", "range"),
        ("1e1–3e1", "h", "range"),
        ("10～12", "h", "range"),
        ("15 ± 10 %", "h", "uncertainty in percent"),
        ("l5", "h", "not a number"),
        ("n.d.", "h", "no value"),
        ("15 m", "h", "does not measure"),
        ("10-3", "S/cm", "Or write 1e-3"),
        ("2 x 15 h", "h", "more than a number and its unit"),
        ("15 h + 5 h", "h", "more than a number and its unit"),
        ("1 h 30 min", "h", "more than a number and its unit"),
        ("15 h (mit Pausen)", "h", "more than a number and its unit"),
        ("1e-3 bei 60 °C", "S/cm", "more than a number and its unit"),
        ("3.2e-3 @ 25 °C", "S/cm", "more than a number and its unit"),
        ("530 (Ofen)", "°C", "more than a number and its unit"),
        ("550 → 500", "°C", "more than a number and its unit"),
        ("550/500", "°C", "two values"),
        ("3/2", "h", "Write it as a decimal number, 1.5"),
        ("b.d.l.", "S/cm", "without the limit"),
        ("550 mPa", "MPa", "improbable unit 'mPa'; is 'MPa' meant"),
        ("70 m%", "%", "percent by mass, or a thousandth"),
        ("3.2 ms/cm", "S/cm", "does not measure"),
        ("500 bis 550", "°C", "range"),
        ("über Nacht", "h", "not a number"),
    ],
)
def test_what_says_more_or_less_than_a_number_gets_a_message_that_fits(text, unit, says):
    with pytest.raises((InvalidInput, UnitError)) as caught:
        read_number(text, unit=unit, name="It")
    assert says in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize(
    ("column", "cell", "says"),
    [
        ("Electrolyte composition", '"', "repeats the cell above"),
        ("Milling time / h", "dito", "repeats the cell above"),
        ("Milling time / h", "ca. 15", "'ca. 15', which says about how much"),
        ("Milling time / h", "> 15", "'> 15', which is only a bound"),
        ("Rotation speed / rpm", "1.000", "thousands separator"),
        ("Ball-to-powder ratio", "1:20", "fewer balls than powder"),
        ("Cycles", "1.000", "thousands separator"),
        ("Heat treatment temperature / °C", "RT", "room temperature"),
        ("Heat treatment temperature / °C", "823", "is that 823 K, 550 °C?"),
        ("Temperature / °C", "550", "is that the temperature of the furnace?"),
        ("Temperature / °C", "298", "is that 298 K?"),
        ("Ionic conductivity / S/cm", "kaputt", "say in the columns Status and Reason"),
        ("Ionic conductivity / S/cm", "-2.5", "Check its sign"),
        ("Ionic conductivity / S/cm", "3.2", "mS/cm in a column of S/cm"),
        ("Ionic conductivity at 60 °C / S/cm", "0.0032", "The header gives a condition"),
        ("σ_RT / S/cm", "0.0032", "The header gives a condition"),
        ("Capacity retention after 100 cycles / %", "92", "The header gives a condition"),
        ("log σ", "-2.5", "The header names a logarithm"),
        ("Electrolyte composition", "In", "is an element"),
        ("Electrolyte composition", "Li0.5In", "holds no usual anion"),
        ("Electrolyte composition", "Li2B12H12", "holds a cage of boron and hydrogen"),
    ],
)
def test_a_cell_that_may_mean_something_else_is_asked_for_or_refused(tmp_path, column, cell, says):
    header = ["Row ID"] + ["Electrolyte composition"] * (column != "Electrolyte composition") + [column]
    row = ["A1"] + ["Li6PS5Cl"] * (len(header) == 3) + [f'"{cell.replace(chr(34), chr(34) * 2)}"']
    reading = reading_of(tmp_path, f"{','.join(header)}\n{','.join(row)}\n")
    assert not reading.rows
    assert any(says in str(fault) for fault in (*reading.faults, *reading.questions))


@pytest.mark.parametrize(
    ("header", "cell", "name", "value"),
    [
        ("Rotation speed", "500 RPM", "milling_speed_rpm", 500.0),
        ("Drehzahl", "500 U/min", "milling_speed_rpm", 500.0),
        ("球磨时间 / h", "１５", "milling_time_h", 15.0),
        ("Mahldauer / min", "90", "milling_time_h", 1.5),
        ("Ball-to-powder ratio", "20：1", "ball_to_powder_ratio", 20.0),
        ("Synthesis route", "球磨", "route", "mechanical_milling"),
        ("Synthesis route", "Kugelmahlen", "route", "mechanical_milling"),
        ("Atmosphere", "氩气", "atmosphere", "argon"),
        ("Form", "Glas", "form", "glass"),
        ("热处理温度 / ℃", "550", "heat_treatment_temperature_c", 550.0),
        ("Annealing temperature", "keine", "heat_treated", "no"),
        ("Milled again", "ja", "remilled", "yes"),
        ("Messtemperatur", "室温", "temperature_c", 25.0),
        ("Annealing T (°C)", "550", "heat_treatment_temperature_c", 550.0),
        ("Annealing t (h)", "5", "heat_treatment_time_h", 5.0),
        ("T_anneal / K", "823.15", "heat_treatment_temperature_c", 550.0),
        ("Sinter temp.", "550 °C", "heat_treatment_temperature_c", 550.0),
        ("Calcination duration / min", "300", "heat_treatment_time_h", 5.0),
        ("Ball-milling t (h)", "15", "milling_time_h", 15.0),
        ("熱処理温度／℃", "550", "heat_treatment_temperature_c", 550.0),
        ("ミリング時間", "15 時間", "milling_time_h", 15.0),
        ("Synthesis route", "メカニカルミリング", "route", "mechanical_milling"),
        ("heat treat\u00adment tempera\u00adture / °C", "550", "heat_treatment_temperature_c", 550.0),
    ],
)
def test_words_and_headers_of_other_languages_are_read(tmp_path, header, cell, name, value):
    reading = reading_of(tmp_path, f"Row ID,Electrolyte composition,{header}\nA1,Li6PS5Cl,{cell}\n")
    assert not reading.faults
    assert reading.rows[0].settings[name] == value


def test_a_column_called_x_fills_in_the_composition(tmp_path):
    rows = "A1,Li6-xPS5-xCl1+x,0.5\nA2,Li6-xPS5-xCl1+x (x=0.25),0.25\nA3,Li6PS5Cl,0\n"
    reading = reading_of(tmp_path, f"Row ID,Electrolyte composition,x\n{rows}")
    formulas = [row.candidate.electrolyte.composition.formula for row in reading.rows]
    assert formulas == ["Li5.5PS4.5Cl1.5", "Li5.75PS4.75Cl1.25", "Li6PS5Cl"]
    assert not reading.faults


@pytest.mark.parametrize("header", ["Lower cut-off / V vs. Li/Li+", "Lower cutoff (V vs Li)", "Lower cut-off / V"])
def test_a_cut_off_versus_lithium_is_one(tmp_path, header):
    reading = reading_of(tmp_path, f"Row ID,Active material,{header}\nA1,TiS2,1.0\n")
    assert reading.rows[0].settings["voltage_min_v"] == 1.0


@pytest.mark.parametrize(
    ("word", "status"), [("fehlgeschlagen", "failed"), ("Kurzschluss", "shorted"), ("失敗", "failed"), ("lost", "lost")]
)
def test_how_it_went_is_said_in_other_words(tmp_path, word, status):
    reading = reading_of(tmp_path, f"Row ID,Electrolyte composition,Status,Reason\nA1,Li6PS5Cl,{word},a crack\n")
    assert reading.rows[0].results[0].status.value == status


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("c_rate", "C/10", 0.1), ("c_rate", "1/10 C", 0.1), ("c_rate", "0.1C", 0.1), ("c_rate", "C/10 rate", 0.1),
        ("ball_to_powder_ratio", "20:1 (w/w)", 20.0), ("ball_to_powder_ratio", "20/1", 20.0),
        ("ball_to_powder_ratio", "20 to 1", 20.0), ("ball_to_powder_ratio", "20:1 by weight", 20.0),
        ("cycles", "100 cycles", 100.0), ("cycles", "100th", 100.0), ("cycles", "100 Zyklen", 100.0),
        ("voltage_min_v", "2.5 V vs. Li/Li+", 2.5), ("voltage_min_v", "2.5 (vs Li⁺/Li)", 2.5),
        ("voltage_min_v", "2500 mV vs. Li", 2.5), ("current_ma_per_cm2", "0.1 mAcm-2", 0.1),
        ("current_ma_per_g", "17 mAg−1", 17.0), ("separator_thickness_um", "500 \u03bcm", 500.0),
        ("temperature_c", "77 °F", 25.0), ("temperature_c", "–20", -20.0), ("milling_time_h", "20\u00adh", 20.0),
        ("heat_treatment_temperature_c", "550±5", 550.0), ("heat_treatment_temperature_c", "550 ± 5 °C", 550.0),
    ],
)  # fmt: skip
def test_what_is_typed_and_what_stands_in_a_sheet_mean_the_same(tmp_path, name, text, value):
    reading = reading_of(tmp_path, f"Row ID,Active material,Electrolyte composition,{name}\nA1,TiS2,Li6PS5Cl,{text}\n")
    typed = read.candidate({"active_material": "TiS2", "electrolyte": "Li6PS5Cl", name: text})
    assert [str(fault) for fault in (*reading.faults, *reading.questions)] == []
    for candidate in (typed, reading.rows[0].candidate):
        assert settings_of(candidate)[name] == value


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("voltage_min_v", "1.88 V vs. Li-In", "Write 2.5 V, which is 1.88 V and 0.62 V more"),
        ("voltage_min_v", "1.88 (vs In/InLi)", "Write 2.5 V"),
        ("voltage_min_v", "0.1 V vs SHE", "Give it versus Li"),
        ("c_rate", "0.05 mA/cm2", "current density"),
        ("c_rate", "17 mA g-1", "specific current"),
        ("active_weight_fraction", "70:30:5", "more than a number and its unit"),
        ("active_weight_fraction", "0.7 ± 10 %", "uncertainty"),
    ],
)
def test_what_belongs_elsewhere_is_refused_with_the_place(tmp_path, name, text, says):
    reading = reading_of(tmp_path, f"Row ID,Active material,{name}\nA1,TiS2,{text}\n")
    with pytest.raises(InvalidInput) as caught:
        read.candidate({"active_material": "TiS2", name: text})
    assert says in str(caught.value)
    assert any(says in str(fault) for fault in reading.faults)


@pytest.mark.parametrize("text", ["none", "bare", "uncoated", "no", "keine", "ohne", "unbeschichtet", "未包覆"])
def test_a_word_for_no_coating_is_no_coating_at_every_interface(tmp_path, text):
    reading = reading_of(tmp_path, f"Row ID,Active material,Coating\nA1,NCM811,{text}\n")
    typed = read.candidate({"active_material": "NCM811", "coating": text})
    for candidate in (typed, reading.rows[0].candidate):
        assert candidate.subject.electrode.coating == ""


@pytest.mark.parametrize("name", ["coating", "additive", "counter_electrode"])
@pytest.mark.parametrize("text", ["n/a", "-", "?", "k.A."])
def test_a_word_for_not_known_is_not_stated_at_every_interface(tmp_path, name, text):
    reading = reading_of(tmp_path, f"Row ID,Active material,{name}\nA1,NCM811,{text}\n")
    typed = read.candidate({"active_material": "NCM811", name: text})
    for candidate in (typed, reading.rows[0].candidate):
        assert name not in settings_of(candidate)


def test_an_error_of_a_spreadsheet_is_no_coating():
    with pytest.raises(InvalidInput, match="spreadsheet error"):
        read.candidate({"active_material": "NCM811", "coating": "#N/A"})


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("temperature_c=298", "298 °C or 298 K"),
        ("heat_treatment_temperature_c=823", "823 °C or 823 K, which is 550 °C"),
        ("milling_speed_rpm=1.000", "thousands separator"),
        ("pressure_mpa=370 mPa", "is 'MPa' meant"),
        ("milling_time_h=1,500", "thousands separator"),
        ("milling_time_h=500-550", "range"),
        ("milling_time_h=ca. 15", "says about how much"),
        ("milling_time_h=15 h ± 10 %", "Write the value alone"),
        ("milling_time_h=n/a", "is no value"),
        ("milling_speed_rpm=1'000", "Write nothing between thousands"),
        ("milling_time_h=1.500,5", "decimal mark as a point"),
        ("ball_to_powder_ratio=1:20", "fewer balls than powder"),
    ],
)
def test_a_setting_that_may_mean_something_else_is_refused(setting, says):
    name, _, text = setting.partition("=")
    with pytest.raises(InvalidInput) as caught:
        read.candidate({"electrolyte": "Li6PS5Cl", name: text})
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("stated", "says"),
    [
        ("capacity_retention=0.92", "may be 0.92 % or 92 %"),
        ("first_discharge_capacity=1.234", "thousands separator"),
        ("first_discharge_capacity=1,234 mAh/g", "thousands separator"),
        ("ionic_conductivity=1-3 mS/cm", "range"),
        ("ionic_conductivity=ca. 1.3 mS/cm", "says about how much"),
        ("ionic_conductivity=3.2 ± 10 % mS/cm", "Write the value alone"),
        ("ionic_conductivity=n.d.", "is no value"),
        ("ionic_conductivity=3.2", "mS/cm in a column of S/cm"),
    ],
)
def test_a_value_that_may_mean_something_else_is_refused(stated, says):
    with pytest.raises(InvalidInput) as caught:
        read.values([stated])
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [("voltage_min_v", "1.88 V vs Li-In"), ("c_rate", "0.05 mA/cm2"), ("ball_to_powder_ratio", "1:20")],
)
def test_a_page_calls_a_field_as_its_label_does(name, text):
    field = FIELDS[name]
    with pytest.raises(InvalidInput) as caught:
        read_stated_number(field, text, [], name=field.label)
    assert caught.value.message.startswith(f"{field.label} is '{text}'")


def test_a_composition_is_stated_once():
    with pytest.raises(InvalidInput, match="'Li6PS5Cl' and as electrolyte = 'Li6PS5Br'"):
        read.candidates("Li6PS5Cl", ["electrolyte=Li6PS5Br"], None)


@pytest.mark.parametrize("change", ["milling_time_h=1,5, form=glass", "milling_time_h=1,5; form=glass"])
def test_changes_are_parted_by_commas_and_semicolons_and_not_by_decimal_commas(change):
    _, other = map(settings_of, read.versus("Li6PS5Cl", [], [change]))
    assert (other["milling_time_h"], other["form"]) == (1.5, "glass")


@pytest.mark.parametrize(
    ("fixed", "value"),
    [("route=ball milling", "mechanical_milling"), ("temperature_c=RT", 25.0), ("milling_time_h=1,5 d", 36.0)],
)
def test_what_is_fixed_in_a_space_is_read_as_a_setting_is(fixed, value):
    name = fixed.partition("=")[0]
    changes = SpaceOptions(fix=[fixed]).read()
    assert changes.fix == {name: value}
    with pytest.raises(InvalidInput, match="which is 550 °C"):
        SpaceOptions(fix=["heat_treatment_temperature_c=823"]).read()


@pytest.mark.parametrize(
    ("stated", "says"),
    [
        ({"temperature_c": 298.15}, "298.15 K is 25 °C"),
        ({"heat_treatment_temperature_c": 823.0}, "823 K is 550 °C"),
        ({"temperature_c": 60.0, "heat_treatment_temperature_c": 550.0}, ""),
    ],
)
def test_a_temperature_that_is_rather_in_kelvin_is_remarked_on_at_every_interface(stated, says):
    remarks = reading_fields(build({"electrolyte": "Li6PS5Cl", **stated}))["warnings"]
    assert says in " ".join(remarks)
    assert bool(remarks) == bool(says)


def test_the_gas_of_a_glovebox_alone_counts_as_a_furnace_and_says_so():
    stated = read.candidate({"electrolyte": "Li6PS5Cl", "atmosphere": "Ar"})
    heated = read.candidate({"electrolyte": "Li6PS5Cl", "atmosphere": "Ar", "heat_treatment_temperature_c": "550"})
    assert "counts as heat-treated" in " ".join(reading_fields(stated)["notes"])
    assert not reading_fields(heated)["notes"]


def test_a_word_for_no_heat_treatment_is_read_and_said(capsys):
    typed = read.candidate({"electrolyte": "Li6PS5Cl", "heat_treatment_temperature_c": "none"})
    assert settings_of(typed)["heat_treated"] == "no"
    assert "not heat-treated" in capsys.readouterr().err


# -- tables ----------------------------------------------------------------------------------------------------------
def test_full_width_commas_part_cells(tmp_path):
    reading = reading_of(tmp_path, "Row ID，Electrolyte composition，Milling time / h\nA1，Li6PS5Cl，15\n")
    assert reading.rows[0].settings["milling_time_h"] == 15.0


def test_a_table_that_is_turned_is_refused(tmp_path):
    reading = reading_of(tmp_path, "Row ID,A1,A2\nElectrolyte composition,Li6PS5Cl,Li6PS5Br\nMilling time / h,15,10\n")
    assert not reading.rows
    assert [fault.hint for fault in reading.faults] == ["Turn the table."]


def test_a_row_id_that_may_have_been_made_a_date_is_mentioned(tmp_path):
    reading = reading_of(tmp_path, "Row ID,Electrolyte composition\n03-May,Li6PS5Cl\n3-5,Li6PS5Br\nLS-05,Li3PS4\n")
    assert [fault.row for fault in reading.warnings] == [2]


# -- workbooks -------------------------------------------------------------------------------------------------------
def workbook(tmp_path: Path, **cells: object) -> SheetReading:
    """The reading of a workbook with two rows, in which ``cells`` are other values, or values and their formats."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Experiments"
    for row in (HEADER.split(","), ["A1", "Li6PS5Cl", 15, 550, 0.0032], ["A2", "Li6PS5Br", 15, 550, 0.001]):
        sheet.append(row)
    for place, value in cells.items():
        if isinstance(value, tuple):
            sheet[place].value, sheet[place].number_format = value
        else:
            sheet[place] = value
    book.save(tmp_path / "lab.xlsx")
    return read_sheet(tmp_path / "lab.xlsx")


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"C2": (90, '0" min"')}, (1.5, 550.0, 0.0032)),
        ({"C2": (2, '0" d"')}, (48.0, 550.0, 0.0032)),
        ({"C2": (90, "0 [$min]")}, (1.5, 550.0, 0.0032)),
        ({"C2": (1.5, "# ?/?")}, (1.5, 550.0, 0.0032)),
        ({"D2": (823.15, '0.00" K"')}, (15.0, pytest.approx(550.0), 0.0032)),
        ({"D2": (550, '#,##0"°C"')}, (15.0, 550.0, 0.0032)),
        ({"E2": (3.2, '0.0" mS/cm"')}, (15.0, 550.0, pytest.approx(0.0032))),
        ({"E2": (3.2, '0.0" (mS/cm)"')}, (15.0, 550.0, pytest.approx(0.0032))),
        ({"E2": (0.0032, "0.00E+00")}, (15.0, 550.0, 0.0032)),
        ({"E2": (0.0032, "0.00")}, (15.0, 550.0, 0.0032)),
    ],
)
def test_a_format_says_what_a_number_means(tmp_path, cells, expected):
    reading = workbook(tmp_path, **cells)
    assert not reading.faults
    assert values_of(reading)[0] == expected


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"C2": (0.15, "0%")}, "does not measure what 'h' measures"),
        ({"C2": (15, '0.00 "€"')}, "more than a number and its unit"),
        ({"C2": dt.time(15, 0)}, "is the date or time 15:00:00"),
        ({"C2": (15, '"≥"0')}, "only a bound"),
        ({"D2": (550, '"ca. "0')}, "says about how much"),
        ({"E2": "#DIV/0!"}, "spreadsheet error #DIV/0!"),
        ({"E2": "=1/0"}, "is a formula"),
        ({"B2": True}, "does not start with the symbol of an element"),
    ],
)
def test_a_format_or_value_that_fits_no_column_is_refused(tmp_path, cells, says):
    reading = workbook(tmp_path, **cells)
    assert [row.row_id for row in reading.rows] == ["A2"]
    assert any(says in str(fault) for fault in reading.faults)


def edited(tmp_path: Path, edit: Callable[[openpyxl.worksheet.worksheet.Worksheet], object]) -> SheetReading:
    workbook(tmp_path)
    book = openpyxl.load_workbook(tmp_path / "lab.xlsx", rich_text=True)
    edit(book["Experiments"])
    book.save(tmp_path / "lab.xlsx")
    return read_sheet(tmp_path / "lab.xlsx")


def comment(sheet):
    sheet["E2"].comment = Comment("measured at 60 °C", "me")


def hide_number(sheet):
    sheet["C2"].number_format = ";;;"


def group_rows(sheet):
    sheet.row_dimensions.group(3, 3, hidden=True)


def strike_row(sheet):
    for cell in sheet[3]:
        cell.font = Font(strike=True)


def strike_part(sheet):
    sheet["E2"] = CellRichText([TextBlock(InlineFont(strike=True), "0.0050"), " 0.0032"])


@pytest.mark.parametrize(
    ("edit", "note"),
    [
        (comment, "the comments of 1 cell were not read: E2"),
        (hide_number, "1 cell that the format hides read as the others: C2"),
        (group_rows, "1 hidden row read as the others: line 3"),
        (strike_row, "1 row struck through, wholly or in part, read as the others: line 3"),
        (strike_part, "what is struck through inside a cell was left out: E2"),
    ],
)
def test_what_nobody_sees_at_once_is_mentioned(tmp_path, edit, note):
    reading = edited(tmp_path, edit)
    assert values_of(reading) == [(15.0, 550.0, 0.0032), (15.0, 550.0, 0.001)]
    assert any(note in line for line in reading.notes)


def test_raised_letters_are_a_power(tmp_path):
    def raise_power(sheet):
        sheet["E2"] = CellRichText(["3.2·10", TextBlock(InlineFont(vertAlign="superscript"), "-3")])

    assert values_of(edited(tmp_path, raise_power))[0][2] == pytest.approx(0.0032)


@pytest.mark.parametrize(
    ("area", "rows", "message"),
    [
        ("B2:B3", ["A1", "A2"], ""),
        ("D2:D3", ["A1", "A2"], ""),
        ("C2:D2", ["A2"], "The cells C2:D2 are merged across columns"),
        ("E2:E3", ["A1"], "One merged cell gives ionic conductivity for several rows"),
        ("A2:A3", ["A1"], "already used in line 2"),
    ],
)
def test_merged_cells_are_filled_or_refused(tmp_path, area, rows, message):
    reading = edited(tmp_path, lambda sheet: sheet.merge_cells(area))
    assert [row.row_id for row in reading.rows] == rows
    assert [message in str(fault) for fault in reading.faults] == [True] * bool(message)


@pytest.mark.parametrize("piece", ["1", " ", "¹", "a", "1:", "vs ", "±1"])
@pytest.mark.parametrize(
    "door",
    [
        lambda text: read.candidate({"electrolyte": "Li6PS5Cl", "milling_time_h": f"1{text}"}),
        lambda text: read.candidate({"active_material": "S", "c_rate": text}),
        lambda text: read.candidate({"active_material": text}),
        lambda text: Objective.parse(f"maximise {text}"),
    ],
)
def test_what_is_repeated_for_ever_is_refused_at_once(door, piece):
    started = time.process_time()
    with pytest.raises(InvalidInput):
        door(piece * 20_000 + "x")
    assert time.process_time() - started < 1.0
