"""Texts that are kept hold what people write, and no character that a database, a workbook or a person trips over."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surrogate.campaign import CampaignStore, Result, random_planner
from surrogate.candidate.active_material import active_material
from surrogate.candidate.cell import Cell, Electrode
from surrogate.candidate.recipe import Milling, Recipe
from surrogate.candidate.settings import check_setting
from surrogate.errors import InvalidInput
from surrogate.sheets import export_sheet, read_sheet, write_errors
from surrogate.sheets.workbook import put
from surrogate.sheets.writing import _write_cell
from surrogate.space.ready import space_from
from surrogate.tables.cells import text_of
from surrogate.text import check_text, is_plain, visible
from surrogate.wire.states import Status

CONTROL = ["\0", "\x0b", "\x1b[2J", "\r", "\x7f", "\x85", "\u202e", "\ud800", "\uffff"]


@given(st.text())
def test_what_passes_can_be_written_into_any_file_and_read_back(text: str) -> None:
    shown = visible(text)
    assert is_plain(shown)
    assert is_plain(text) == (shown == text)
    assert json.loads(json.dumps(shown)) == shown.encode("utf-8").decode("utf-8")
    assert "\0" not in shown


@pytest.mark.parametrize("character", CONTROL)
def test_a_control_character_is_refused_by_name_wherever_a_recipe_holds_text(character: str) -> None:
    text = f"a{character}b"
    makers = (
        lambda: Recipe(solvent=text),
        lambda: Milling(mill=text),
        lambda: Electrode(active_material=active_material("S"), additive=text),
        lambda: Electrode(active_material=active_material("S"), coating=text),
        lambda: Cell(electrode=Electrode(active_material=active_material("S")), counter_electrode=text),
        lambda: check_setting("solvent", number=False, options=("toluene", text)),
        lambda: check_text("The note", text),
    )
    for make in makers:
        with pytest.raises(InvalidInput, match="control character") as caught:
            make()
        assert caught.value.hint
        assert is_plain(caught.value.message)


@pytest.mark.parametrize("text", ["=1+1", '=HYPERLINK("http://example.org")', "#N/A", "+1", "@SUM(A1)", "a\x0bb", "-"])
def test_a_text_in_a_workbook_is_text_and_the_workbook_can_be_saved(tmp_path: Path, text: str) -> None:
    workbook = openpyxl.Workbook()
    put(workbook.active, 1, 1, text)
    workbook.save(tmp_path / "book.xlsx")
    cell = openpyxl.load_workbook(tmp_path / "book.xlsx").active["A1"]
    assert (cell.value, cell.data_type) == (visible(text), "s")


def test_no_sheet_of_a_campaign_holds_a_formula_that_somebody_chose_as_an_option(tmp_path: Path) -> None:
    space = {
        "name": "=1+1",
        "subject": "electrolyte",
        "fixed": {"electrolyte": "Li6PS5Cl"},
        "variables": {"solvent": {"options": ["=1+1", "@SUM(A1)"]}, "milling_time_h": {"low": 1.0, "high": 20.0}},
    }
    with CampaignStore.open(tmp_path / "campaigns.db") as store:
        campaign = store.create("=1+1", space_from(space), "maximise ionic_conductivity")
        campaign.ask(random_planner(), batch=4, assignee="=1+1")
        campaign.tell(Result(suggestion="s1", status=Status.FAILED, reason="=1+1", note="=1+1", id="=1+1"))
        written = export_sheet(campaign, tmp_path / "sheet.xlsx")
    cells = [cell for sheet in openpyxl.load_workbook(written) for row in sheet.iter_rows() for cell in row]
    assert not [f"{cell.parent.title}!{cell.coordinate}" for cell in cells if cell.data_type == "f"]
    assert {"Experiments", "Results", "Suggestions"} <= {cell.parent.title for cell in cells if cell.value == "=1+1"}


@given(st.sampled_from(["=1+1", "+1", "-1", "@SUM(A1)"]), st.text(alphabet=" \t\n\u00a0", max_size=3))
def test_no_text_in_a_csv_sheet_is_a_formula_and_what_is_quoted_is_read_back(formula: str, space: str) -> None:
    written = _write_cell(space + formula)
    assert written.startswith("'")
    assert text_of(written) == space + formula
    assert _write_cell(f"a{formula}") == f"a{formula}"


def test_rows_that_are_held_back_bring_no_formula_along(tmp_path: Path) -> None:
    source = tmp_path / "lab.csv"
    source.write_text(
        'Row ID,Electrolyte,Milling time / h,Mill\nr1,LPSCl,ten,"=HYPERLINK(""http://example.org"")"\nr2,LPSCl,1,a\x0bb\n'
    )
    written = write_errors(read_sheet(source), tmp_path / "errors.xlsx")
    assert written is not None
    cells = [cell for sheet in openpyxl.load_workbook(written) for row in sheet.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    assert any("HYPERLINK" in str(cell.value) for cell in cells)
