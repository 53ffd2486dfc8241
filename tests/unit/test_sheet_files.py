"""Files as laboratories send them: every one is read as it was meant, or refused where it stands."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest

from surrogate.errors import InvalidInput, SurrogateError
from surrogate.sheets import read_sheet, write_errors
from surrogate.tables.text import decode, split_lines
from surrogate.tables.workbook import shown

DATA = Path(__file__).parents[1] / "data"
#: What each file says: rows in a sentence, the places of faults, questions and warnings, notes; or why it is refused.
CASES = json.loads((DATA / "sheet_cases.json").read_text(encoding="utf-8"))
HEADER = ["Row ID", "Electrolyte composition", "Heat treatment temperature / °C", "Ionic conductivity / S/cm"]


def outcome_of(path: Path) -> dict[str, object]:
    try:
        reading = read_sheet(path)
    except SurrogateError as error:
        return {"refused": error.message}
    places = {
        kind: [f"{f.table}, line {f.row}" + (f", {f.column}" if f.column else "") for f in getattr(reading, kind)]
        for kind in ("faults", "questions", "warnings")
    }
    filled = {kind: value for kind, value in (places | {"notes": list(reading.notes)}).items() if value}
    return {"rows": [row.read_as for row in reading.rows], **filled}


def test_every_file_has_its_outcome():
    assert sorted(CASES) == sorted(path.name for path in (DATA / "sheets").iterdir())


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_file_is_read_as_it_was_meant_or_refused_where_it_stands(name):
    assert outcome_of(DATA / "sheets" / name) == CASES[name]


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (0.92, "0%", "92 %"),
        (0.925, '0.0" "%', "92.5 %"),
        (60, '0" min"', "60 min"),
        (823, "0\\ \\K", "823 K"),
        (0.05, '0.00" mS/cm"', "0.05 mS/cm"),
        (1.5, '#,##0.00_ "h"', "1.5 h"),
        (-3, '0" A";-0" B"', "-3 B"),
        (1e-9, '"<"0.0E+00', "<1e-09"),
        (7, '"LS-"000', "LS-007"),
        (1234.5, "#,##0.00", 1234.5),
        (0.0032, "0.00E+00", 0.0032),
        (12, "_-* #,##0.00_-;-* #,##0.00_-", 12),
        (3, "[Red]0.0", 3),
        (550, "General", 550),
    ],
)
def test_a_number_keeps_what_its_format_writes_around_it(value, number_format, text):
    assert shown(value, number_format) == text


def book_of(path: Path, *rows: list[object]) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    book.active.title = "Experiments"
    for row in (HEADER, *rows):
        book.active.append(row)
    return book


def test_merged_rows_of_one_pellet_are_a_series(tmp_path):
    book = book_of(tmp_path, ["A1", "Li6PS5Cl", 550, 3e-3], [None, None, None, 9e-3])
    book.active["E1"] = "Measurement temperature / °C"
    book.active["E2"], book.active["E3"] = 25, 60
    for area in ("A2:A3", "B2:B3", "C2:C3"):
        book.active.merge_cells(area)
    book.save(tmp_path / "merged.xlsx")
    reading = read_sheet(tmp_path / "merged.xlsx")
    assert not reading.faults
    assert [m.candidate.protocol.temperature_c for m in reading.measurements] == [25.0, 60.0]
    assert len({result.id for result in reading.results}) == 2


@pytest.mark.parametrize("area", ["D2:D3", "C2:D2"])
def test_a_merged_cell_that_leaves_its_meaning_open_is_refused(tmp_path, area):
    book = book_of(tmp_path, ["A1", "Li6PS5Cl", 550, 3e-3], ["A2", "Li6PS5Br", 550, 1e-3])
    book.active.merge_cells(area)
    book.save(tmp_path / "merged.xlsx")
    reading = read_sheet(tmp_path / "merged.xlsx")
    assert len(reading.faults) == 1
    assert "merged" in reading.faults[0].message


def test_a_heat_treatment_in_kelvin_is_asked_for_and_confirmed(tmp_path):
    book = book_of(tmp_path, ["A1", "Li6PS5Cl", 823, 3e-3], ["A2", "Li6PS5Cl", 825, 3e-3])
    book.save(tmp_path / "kelvin.xlsx")
    (question,) = read_sheet(tmp_path / "kelvin.xlsx").questions
    assert (question.row, question.column) == (2, HEADER[2])
    book.active["E1"], book.active["E2"] = "Confirmed", "ja"
    book.save(tmp_path / "kelvin.xlsx")
    assert len(read_sheet(tmp_path / "kelvin.xlsx").rows) == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_an_encoding_that_is_certain_is_read(encoding):
    text = "Row ID,Temperature / °C\nA1,25\n" * 4
    assert decode(text.encode(encoding), "table.csv")[0] == text


@pytest.mark.parametrize("encoding", ["mac_roman", "cp850", "gb18030", "cp932"])
def test_another_encoding_is_refused_until_it_is_declared(encoding):
    degree = "℃" if encoding in ("cp932", "gb18030") else "°C"
    raw = f"Row ID,Temperature / {degree}\nA1,25\n".encode(encoding)
    with pytest.raises(InvalidInput, match=encoding):
        decode(raw, "table.csv")
    assert degree in decode(raw, "table.csv", encoding)[0]


def test_a_quote_that_the_next_one_closes_ends_the_reading_where_it_opens():
    lines, ended = split_lines('a,b,c\n1,2,"open\n3,4,5\n6,7,"x\n')
    assert [number for number, _ in lines] == [1]
    assert ended is not None
    assert ended[0] == 2


def test_rows_that_cannot_be_told_apart_are_written_to_the_errors_file(tmp_path):
    (tmp_path / "ragged.csv").write_text("Row ID,Electrolyte composition,Milling time / h\nA1,Li6PS5Cl,1,5\n")
    written = write_errors(read_sheet(tmp_path / "ragged.csv"), tmp_path / "errors.xlsx")
    assert [cell.value for cell in openpyxl.load_workbook(written).active[2]] == ["A1", "Li6PS5Cl", "1", "5"]
