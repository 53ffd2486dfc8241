"""A campaign written as a sheet and read back says the same; a sheet adds only what is new; nothing is lost."""

from __future__ import annotations

import openpyxl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from surrogate.beliefs.simulator import simulators
from surrogate.campaign import CampaignStore, Result, State, random_planner
from surrogate.campaign.records import every
from surrogate.candidate.measurement import check_reported
from surrogate.candidate.settings import build
from surrogate.datasets import load_electrodes, load_electrolytes
from surrogate.errors import CellError, InvalidInput, StoreUnavailable
from surrogate.planner.suggest import suggest
from surrogate.properties import Subject
from surrogate.sheets import export_sheet, import_sheet, read_for, read_sheet, write_suggestions
from surrogate.sheets.columns import EXPERIMENTS, RESULTS, SUGGESTIONS
from surrogate.space.ready import ready
from tests.campaigns import GOAL, FakeClock, conductivity, small_space
from tests.strategies import candidates


@pytest.fixture
def campaign(store):
    """Suggestions in every state, replicates, a bound, a correction, an actual value, a row of one's own."""
    made = store.create("cells", ready("tis2-composite"), "maximise first_discharge_capacity", id="cells")
    made.ask(random_planner(), batch=7)

    def capacity(suggestion, value, **more):
        return Result(property="first_discharge_capacity", value=value, suggestion=suggestion, **more)

    other = ready("tis2-composite").sample(3, seed=9).candidates
    made.tell(
        [capacity("s1", 201.1, id="m1", uncertainty=2.5), capacity("s1", 199.7, replicate=2, note="=second pellet")]
    )
    made.tell(capacity("s2", 240.0, id="m2", censoring="above", status="partial", reason="the lid opened"))
    made.tell(capacity("s2", 231.0, id="m2b", replaces="m2"))
    made.tell(Result(suggestion="s3", status="failed", reason="short circuit"))
    made.update("s4", "failed", reason="would not press")
    made.update("s5", "running")
    made.tell(capacity("s6", 1 / 3 * 600, candidate=other[0]))
    made.tell(Result(property="first_charge_capacity", value=212.0, candidate=other[1], id="own-1:q"))
    made.tell(Result(property="first_discharge_capacity", value=215.0, candidate=other[1], id="own-1:d"))
    made.update("s7", "cancelled", reason="no TiS2 left")
    return made


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_export_and_import_unchanged_is_a_no_op(campaign, tmp_path, ending):
    path = export_sheet(campaign, tmp_path / f"campaign.{ending}")
    version = campaign.version
    reading = read_for(campaign, path)
    assert (reading.faults, reading.questions) == ((), ())
    imported = import_sheet(campaign, reading)
    assert imported.is_no_op
    assert sorted(imported.repeated) == sorted(m.id for m in every(campaign.measurements))
    assert campaign.version == version


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_a_sheet_moves_a_campaign_into_another_store(campaign, tmp_path, ending):
    path = export_sheet(campaign, tmp_path / f"campaign.{ending}")
    with CampaignStore.open(tmp_path / "other.db", clock=FakeClock()) as other:
        empty = other.create("cells", campaign.space, campaign.objective, id="cells")
        reading = read_sheet(path)  # its suggestions are not known there, but every row says what was made
        results = [
            Result(**{**{f: getattr(r, f) for f in r.__dataclass_fields__}, "suggestion": None, "replaces": None,
                      "candidate": r.candidate or row.candidate})
            for row in reading.rows for r in row.results
        ]  # fmt: skip
        empty.tell(results)
        told = {m.id: m.result.value for m in every(empty.measurements)}
    assert told == {
        m.id: pytest.approx(m.result.value, rel=1e-12) if m.result.value else None for m in every(campaign.measurements)
    } | {name: None for name in told if name.endswith(":failed")}


@pytest.mark.parametrize(
    ("load", "property"), [(load_electrolytes, "ionic_conductivity"), (load_electrodes, "first_discharge_capacity")]
)
def test_the_literature_survives_a_round_trip_through_a_workbook(store, tmp_path, load, property):
    rows = [m for m in load() if m.property == property][::9]
    campaign = store.create("literature", small_space(), GOAL)
    campaign.tell(
        [
            Result(property=m.property, value=m.value, candidate=m.candidate, id=m.source.row_id, censoring=m.censoring)
            for m in rows
        ]
    )
    reading = read_for(campaign, export_sheet(campaign, tmp_path / "literature.xlsx"))
    imported = import_sheet(campaign, reading)
    assert imported.told == ()
    assert imported.moved == ()
    # What a sheet has no words for (a mill, a material that is only a name) is said, not dropped.
    assert len(imported.repeated) >= 0.9 * len(rows)
    assert len(imported.repeated) + len({f.row for f in (*reading.faults, *imported.faults)}) >= len(rows)


def test_what_a_lab_writes_into_the_exported_sheet_is_told_once(campaign, tmp_path):
    path = export_sheet(campaign, tmp_path / "campaign.xlsx")
    book = openpyxl.load_workbook(path)
    names = [cell.value for cell in book[RESULTS][2]]
    book[RESULTS].append(
        [{"row_id": "s5", "first_discharge_capacity_mah_per_g": "0.2205(8) Ah/g"}.get(name) for name in names]
    )
    book.save(path)
    first = import_sheet(campaign, read_for(campaign, path))
    assert (first.told, first.faults) == (("s5:first_discharge_capacity",), ())
    assert campaign.suggestion("s5").state is State.MEASURED
    record = campaign.measurement("s5:first_discharge_capacity")
    assert (record.result.value, record.result.uncertainty) == (220.5, pytest.approx(0.8))
    assert (record.result.source_file, record.result.candidate) == ("campaign.xlsx", None)
    assert import_sheet(campaign, read_for(campaign, path)).is_no_op


def test_a_changed_value_is_a_conflict_of_its_row_and_the_others_go_on(campaign, tmp_path):
    path = export_sheet(campaign, tmp_path / "campaign.xlsx")
    book = openpyxl.load_workbook(path)
    names = [cell.value for cell in book[RESULTS][2]]
    column = names.index("first_discharge_capacity_mah_per_g") + 1
    assert book[RESULTS].cell(4, column).value == 201.1
    book[RESULTS].cell(4, column, 150.0)
    book[RESULTS].append([{"row_id": "s5", "first_discharge_capacity_mah_per_g": 220.0}.get(name) for name in names])
    book.save(path)
    imported = import_sheet(campaign, read_for(campaign, path))
    (fault,) = imported.faults
    assert "m1 was told before" in fault.message
    assert "replaces" in fault.hint
    assert imported.told == ("s5:first_discharge_capacity",)
    assert campaign.measurement("m1").result.value == 201.1


def test_a_dry_run_of_an_import_writes_nothing(campaign, tmp_path):
    path = write_suggestions(tmp_path / "s.csv", campaign.suggestions("running").items)
    text = path.read_text().splitlines()
    header = text[1].split(",")
    cells = text[3].split(",")
    cells[header.index("first_discharge_capacity_mah_per_g")] = "180"
    path.write_text("\n".join([*text[:3], ",".join(cells)]))
    version = campaign.version
    assert import_sheet(campaign, read_for(campaign, path), dry_run=True).told == ("s5:first_discharge_capacity",)
    assert campaign.version == version
    assert import_sheet(campaign, read_for(campaign, path)).told == ("s5:first_discharge_capacity",)


def test_a_status_in_the_sheet_moves_a_suggestion_forward_and_never_back(store, tmp_path):
    campaign = store.create("glass", small_space(), GOAL)
    asked = campaign.ask(random_planner(), batch=3)
    campaign.update("s2", "running")
    path = write_suggestions(tmp_path / "s.xlsx", asked.suggestions)
    book = openpyxl.load_workbook(path)
    names = [cell.value for cell in book[EXPERIMENTS][2]]
    for row, status in ((4, "running"), (5, "accepted"), (6, "failed")):
        book[EXPERIMENTS].cell(row, names.index("status") + 1, status)
    book[EXPERIMENTS].cell(6, names.index("reason") + 1, "spilt")
    book.save(path)
    imported = import_sheet(campaign, read_for(campaign, path))
    assert (imported.moved, imported.told) == (("s1",), ("s3:failed",))
    assert [s.state for s in campaign.suggestions().items] == ["running", "running", "failed"]


def test_an_empty_cell_means_as_suggested_and_a_filled_one_what_was_done(store, tmp_path):
    campaign = store.create("glass", small_space(), GOAL)
    campaign.ask(random_planner(), batch=2)
    (tmp_path / "lab.csv").write_text(
        "row_id,suggestion,milling_time_h,ionic_conductivity_s_per_cm\ntoday-1,s1,,1e-3\ntoday-2,s2,33.5,2e-3\n"
    )
    import_sheet(campaign, read_for(campaign, tmp_path / "lab.csv"))
    as_planned = campaign.measurement("today-1:ionic_conductivity")
    changed = campaign.measurement("today-2:ionic_conductivity")
    assert as_planned.result.candidate is None
    assert changed.candidate.subject.recipe.milling.time_h == 33.5
    assert changed.candidate.subject.composition == changed.planned.subject.composition
    assert campaign.suggestion("s2").state is State.MEASURED


def test_a_changed_setting_of_a_prefilled_row_changes_nothing_else(store, tmp_path):
    campaign = store.create("argyrodite", ready("argyrodite"), GOAL)
    asked = campaign.ask(random_planner(), batch=1).suggestions
    path = write_suggestions(tmp_path / "s.xlsx", asked)
    book = openpyxl.load_workbook(path)
    names = [cell.value for cell in book[EXPERIMENTS][2]]
    book[EXPERIMENTS].cell(4, names.index("milling_time_h") + 1, 33.25)
    book.save(path)
    (row,) = read_for(campaign, path).rows
    planned = asked[0].candidate.subject
    assert row.candidate.subject.composition == planned.composition
    assert row.candidate.subject.recipe.milling.time_h == 33.25
    assert row.candidate.subject.recipe.heat_treatment == planned.recipe.heat_treatment


# Suggestions ----------------------------------------------------------------------------------------------------------


def test_suggestions_are_added_to_a_workbook_without_touching_what_is_there(store, tmp_path):
    campaign = store.create("glass", small_space(), GOAL)
    path = write_suggestions(tmp_path / "lab.xlsx", campaign.ask(random_planner(), batch=2).suggestions)
    book = openpyxl.load_workbook(path)
    sheet = book[EXPERIMENTS]
    column = sheet.max_column + 1
    sheet.cell(1, column, "Operator")
    sheet.cell(4, column, "Ada")
    sheet.move_range(f"A1:A{sheet.max_row}", cols=column)  # the row IDs now stand on the far right
    book.create_sheet("My notes")["A1"] = "mine"
    book.save(path)
    later = campaign.ask(random_planner(), batch=2).suggestions
    write_suggestions(path, [*campaign.suggestions().items], onto=path)
    again = openpyxl.load_workbook(path)
    assert again["My notes"]["A1"].value == "mine"
    assert again[EXPERIMENTS].cell(4, column).value == "Ada"
    reading = read_for(campaign, path)
    assert [row.row_id for row in reading.rows] == ["s1", "s2", "s3", "s4"]
    assert reading.faults == ()
    assert [row.candidate for row in reading.rows[2:]] == [s.candidate for s in later]
    assert [again[SUGGESTIONS].cell(row, 1).value for row in (3, 4, 5, 6)] == ["s1", "s2", "s3", "s4"]


def test_suggestions_of_a_planner_show_what_to_weigh_in_and_what_to_expect(tmp_path):
    models = simulators(["ionic_conductivity"])
    batch = suggest(ready("li2s-p2s5"), GOAL, models=models, batch=2, planner="analytic", pool=128)
    book = openpyxl.load_workbook(write_suggestions(tmp_path / "s.xlsx", batch.suggestions))
    labels = [cell.value for cell in book[SUGGESTIONS][1]]
    assert {"Row ID", "Composition", "Weigh in Li2S / g", "Milling time / h", "Why"} <= set(labels)
    assert any("interval" in label for label in labels)
    first = {label: cell.value for label, cell in zip(labels, book[SUGGESTIONS][3], strict=True)}
    assert first["Weigh in Li2S / g"] == batch.suggestions[0].weigh_in_g["Li2S"]
    assert len(set(labels)) == len(labels)


def test_the_sheet_of_suggestions_can_be_read_at_the_balance(tmp_path):
    """Masses have the digits of the balance, and no cell is wider than its column without being folded."""
    models = simulators(["ionic_conductivity"])
    batch = suggest(ready("li2s-p2s5"), GOAL, models=models, batch=2, planner="analytic", pool=128)
    sheet = openpyxl.load_workbook(write_suggestions(tmp_path / "s.xlsx", batch.suggestions))[SUGGESTIONS]
    for column in sheet.iter_cols(min_row=1):
        width = sheet.column_dimensions[column[0].column_letter].width
        for cell in column[2:]:
            assert cell.alignment.wrap_text or len(str(cell.value or "")) <= width
            assert (cell.number_format == "0.0000") == str(column[1].value).startswith("weigh_in_")


def test_files_that_cannot_be_written_leave_the_old_one_whole(campaign, tmp_path, monkeypatch):
    path = export_sheet(campaign, tmp_path / "campaign.xlsx")
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(StoreUnavailable, match="No space left"):
        export_sheet(campaign, path)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir() if each.suffix == ".xlsx"] == ["campaign.xlsx"]
    with pytest.raises(InvalidInput, match=r"campaign\.pdf"):
        export_sheet(campaign, tmp_path / "campaign.pdf")


@settings(max_examples=15)
@given(values=st.lists(st.floats(1e-12, 0.09), min_size=1, max_size=4), ending=st.sampled_from(["csv", "xlsx"]))
def test_any_values_survive_the_round_trip(tmp_path_factory, values, ending):
    folder = tmp_path_factory.mktemp("trip")
    with CampaignStore.open(folder / "campaigns.db") as store:
        campaign = store.create("glass", small_space(), GOAL)
        campaign.ask(random_planner(16), batch=1)
        campaign.tell([conductivity("s1", value, replicate=n) for n, value in enumerate(values, 1)])
        imported = import_sheet(campaign, read_for(campaign, export_sheet(campaign, folder / f"c.{ending}")))
        assert imported.is_no_op
        assert len(imported.repeated) == len(values)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_two_recipes_do_not_become_replicates_of_one(store, tmp_path, ending):
    """Milled dry, and milled wet, again and in a solvent: 1.9e-3 and 6.8e-5 S/cm are expected of them."""
    dry = {"electrolyte": "Li6PS5Cl", "route": "mechanical_milling", "milling_time_h": 10.0}
    wet = {**dry, "wet_milled": "yes", "mill": "P7", "remilled": "yes", "solvent_exposed": "yes"}
    one, other = (store.create(name, small_space(), GOAL) for name in ("one", "other"))
    made = [build(recipe) for recipe in (dry, wet)]
    one.tell([of_its_kind(candidate, f"m{n}") for n, candidate in enumerate(made)])
    assert import_sheet(other, read_for(other, export_sheet(one, tmp_path / f"c.{ending}"))).faults == ()
    assert [m.candidate for m in every(other.measurements)] == made


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(made=st.lists(candidates(), min_size=1, max_size=3, unique=True), ending=st.sampled_from(["csv", "xlsx"]))
def test_a_campaign_that_goes_through_a_sheet_holds_the_same_candidates(tmp_path_factory, made, ending):
    """Everything that can be said of a candidate: to the last digit of a number and the last sign of a text."""
    folder = tmp_path_factory.mktemp("whole")
    possible = [candidate for candidate in made if can_be_reported(candidate)]
    assume(possible)
    with CampaignStore.open(folder / "campaigns.db") as store:
        one, other = (store.create(name, small_space(), GOAL) for name in ("one", "other"))
        told = [of_its_kind(candidate, f"m{n}") for n, candidate in enumerate(possible)]
        one.tell(told)
        reading = read_for(other, export_sheet(one, folder / f"c.{ending}"))
        assert [str(fault) for fault in (*reading.faults, *reading.questions)] == []
        assert import_sheet(other, reading).faults == ()
        assert [m.candidate for m in every(other.measurements)] == possible


def can_be_reported(candidate):
    try:
        check_reported(candidate)
    except CellError:
        return False
    return True


def of_its_kind(candidate, id):
    cell = candidate.kind is Subject.CELL
    prop, value = ("first_discharge_capacity", 1.0) if cell else ("ionic_conductivity", 1e-4)
    return Result(property=prop, value=value, candidate=candidate, id=id)
