"""Files of any size and any damage: bounded, and refused in a sentence."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surrogate.errors import InvalidInput, SurrogateError, Unavailable
from surrogate.sheets import read_sheet, template, write_suggestions
from surrogate.tables.opening import MAX_BYTES, MAX_CELLS, MAX_COLUMNS, MAX_ROWS, check_workbook

HEADER = "row_id,electrolyte,ionic_conductivity_s_per_cm\n"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A workbook and a CSV file of a few rows, as bytes."""
    folder = tmp_path_factory.mktemp("whole")
    path = template(folder / "sheet.xlsx")
    book = openpyxl.load_workbook(path)
    for name, cells in (("Experiments", {"row_id": "a", "electrolyte": "Li6PS5Cl"}), ("Results", {"row_id": "a"})):
        places = {cell.value: cell.column for cell in book[name][2]}
        for column, value in cells.items():
            book[name].cell(4, places[column], value)
    book.save(path)
    return {".xlsx": path.read_bytes(), ".csv": (HEADER + "a;b,Li6PS5Cl,1.5e-3\n").encode()}


def read_or_be_refused_in_a_sentence(path):
    """Read the sheet; where it is refused, check that a person is told why, and nothing of the machinery."""
    try:
        read_sheet(path)
    except SurrogateError as error:
        sentence = str(error)
        assert sentence[0].isupper() or sentence[0] in "'\"0123456789"
        assert sentence.rstrip()[-1] in ".?!"
        assert "Traceback" not in sentence
        assert "object at 0x" not in sentence


def test_an_ordinary_workbook_is_far_from_the_bounds(whole):
    check_workbook(whole[".xlsx"])


@settings(max_examples=60)
@given(ending=st.sampled_from([".xlsx", ".csv"]), data=st.data())
def test_a_damaged_file_is_read_or_refused_in_a_sentence(tmp_path_factory, whole, ending, data):
    content = bytearray(whole[ending])
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(content) - 1))
        match data.draw(st.sampled_from(["change", "cut", "insert"])):
            case "change":
                content[at] = data.draw(st.integers(0, 255))
            case "cut":
                del content[at : at + data.draw(st.integers(1, 400))]
            case "insert":
                content[at:at] = data.draw(st.binary(max_size=20))
        if not content:
            break
    path = tmp_path_factory.mktemp("damaged") / f"sheet{ending}"
    path.write_bytes(bytes(content))
    read_or_be_refused_in_a_sentence(path)


@settings(max_examples=60)
@given(content=st.binary(max_size=300), ending=st.sampled_from([".xlsx", ".xlsm", ".csv", ""]))
def test_any_bytes_are_read_or_refused_in_a_sentence(tmp_path_factory, content, ending):
    path = tmp_path_factory.mktemp("bytes") / f"sheet{ending}"
    path.write_bytes(content)
    read_or_be_refused_in_a_sentence(path)


@pytest.mark.parametrize(
    "text",
    [
        HEADER + "a,Li6PS5Cl,1e-3\n" * (MAX_ROWS + 1),
        HEADER + "," * (MAX_COLUMNS + 1),
        "row_id,electrolyte" + "," * 400 + "\n" + "a,Li6PS5Cl\n" * (MAX_CELLS // 400),
        "row_id\n" + "x" * 200_000,
    ],
    ids=["rows", "columns", "cells", "one long cell"],
)
def test_csv_beyond_the_bounds_is_refused(tmp_path, text):
    path = tmp_path / "long.csv"
    path.write_text(text)
    with pytest.raises(InvalidInput):
        read_sheet(path)


def test_a_file_of_many_bytes_is_refused_unread(tmp_path):
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(InvalidInput, match="32 MB are the most"):
        read_sheet(path)


def test_suggestions_are_not_added_to_what_is_no_workbook(tmp_path):
    (tmp_path / "mine.xlsx").write_bytes(b"PK\x03\x04 and then nothing")
    with pytest.raises(InvalidInput, match="no Excel workbook"):
        write_suggestions(tmp_path / "new.xlsx", [], onto=tmp_path / "mine.xlsx")


def test_a_folder_is_no_sheet(tmp_path):
    (tmp_path / "folder.xlsx").mkdir()
    with pytest.raises(Unavailable):
        read_sheet(tmp_path / "folder.xlsx")


def test_a_sheet_that_only_claims_to_be_long_costs_nothing(tmp_path):
    book = openpyxl.Workbook()
    book.active.cell(1, 1, "row_id")
    book.active.cell(MAX_ROWS + 1, 1, "a")
    content = io.BytesIO()
    book.save(content)
    with pytest.raises(InvalidInput, match=f"reaches to row {MAX_ROWS + 1}"):
        check_workbook(content.getvalue())


def test_a_part_of_a_workbook_is_looked_through_whatever_it_is_called():
    content = io.BytesIO()
    far = '<worksheet><sheetData><row r="1"><c r="ZZZ1"/></row></sheetData></worksheet>'
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.dat", far)
    with pytest.raises(InvalidInput, match="reaches to"):
        check_workbook(content.getvalue())
