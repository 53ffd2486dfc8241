"""Properties of the user's own: known everywhere while the setting says so, and one sentence for every mistake."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest

from serving.http.registry import FolderSource, Registry
from surrogate.candidate.measurement import Censoring, Tier
from surrogate.datasets import between_papers, check, check_tables, left_out, load, load_own, sha256_of
from surrogate.datasets.findings import MISTAKEN, find
from surrogate.datasets.package import DATA
from surrogate.errors import (
    ArtifactError,
    ConfigError,
    InvalidInput,
    SurrogateError,
    TableError,
    Unavailable,
    UnknownName,
)
from surrogate.models import artifact, fit
from surrogate.planner.objective import Objective
from surrogate.properties import MODELLED, PROPERTIES, SETTING, get_property, own_properties
from surrogate.sheets.columns import COLUMNS, value_columns
from surrogate.sheets.headers import recognise
from surrogate.units import CANONICAL, canonical_unit, name_ending, ucum_code, unit_of
from training.check import run

NAME = "critical_current_density"
ENTRY: dict[str, Any] = {
    "label": "Critical current density",
    "symbol": "CCD",
    "unit": "mA cm-2",
    "scale": "log10",
    "subject": "electrolyte",
    "bounds": [1e-3, 100],
    "between_papers": 0.3,
    "meaning": "Current density at which the first short circuit was seen.",
    "file": "currents.csv",
    "column": "ccd",
}
#: Made up, to show what is read how; no measurements.
TABLE = """\
composition,batch,ccd,heat_treatment_temperature_C,operator,likely_duplicate_of,record_id
Li6PS5Cl,first,0.8,550,ab,,r1
75Li2S-25P2S5,first,<0.1,,ab,,r2
Li6PS5Cl,second,1.6,500,cd,,r3
Li6PS5Cl,second,1.6,500,cd,r3,r4
Li5.5PS4.5Cl1.5,third,,500,cd,,r5
Li5.5PS4.5Cl1.5,third,1.1,,,,r6
"""


def written(folder: Path, entry: dict[str, Any] | None = None, *, table: str | None = TABLE, name: str = NAME) -> Path:
    """A TOML file with one property, and its table beside it."""
    lines = [f"[{name}]", *(f"{key} = {_toml(value)}" for key, value in (entry or ENTRY).items())]
    path = folder / "properties.toml"
    path.write_text("\n".join([*lines, f"[{name}.columns]", 'paper = "batch"', ""]), encoding="utf-8")
    if table is not None:
        (folder / "currents.csv").write_text(table, encoding="utf-8")
    return path


def _toml(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = written(tmp_path)
    monkeypatch.setenv(SETTING, str(path))
    return path


def test_it_is_a_property_like_any_other(own: Path) -> None:
    prop = get_property(NAME)
    assert (prop.unit, prop.ucum, prop.column) == ("mA/cm²", "mA/cm2", f"{NAME}_ma_per_cm2")
    assert [*PROPERTIES][-1] == [*MODELLED][-1] == NAME
    assert str(Objective.parse(f"maximise {NAME}")) == f"maximise {NAME}"
    assert Objective.parse(f"{NAME} >= 500 µA/cm²").targets[0].value == pytest.approx(0.5)


def test_the_lab_sheet_has_its_columns(own: Path) -> None:
    assert value_columns()[NAME].label == "Critical current density / mA/cm²"
    for header in ("Critical current density", f"{NAME}_ma_per_cm2", "Critical current density (mA/cm²)"):
        found = recognise(header)
        assert found is not None
        assert found[0] is COLUMNS[f"{NAME}_ma_per_cm2"]


def test_without_the_setting_nothing_is_left(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SETTING, str(written(tmp_path)))
        assert NAME in PROPERTIES
        assert f"{NAME}_ma_per_cm2" in COLUMNS
    assert NAME not in PROPERTIES
    assert NAME not in MODELLED
    assert f"{NAME}_ma_per_cm2" not in COLUMNS
    assert recognise("Critical current density") is None
    assert not own_properties()


def test_its_table_gives_measurements_with_bounds_papers_and_repeats(own: Path) -> None:
    rows = {m.source.row_id: m for m in load_own(NAME)}
    assert {*rows} == {"r1", "r2", "r3", "r4", "r6"}  # r5 states no value
    assert (rows["r2"].value, rows["r2"].censoring) == (0.1, Censoring.BELOW)
    assert {m.source.paper for m in rows.values()} == {"first", "second", "third"}
    assert all(m.tier is Tier.A for m in rows.values())
    learnt = load(NAME)
    assert {m.source.row_id for m in learnt} == {"r1", "r2", "r3", "r6"}
    assert left_out(NAME) == {"repeats the value of another row": 1}
    spread = between_papers(learnt)
    assert spread is not None
    assert (spread.n_materials, spread.n_papers) == (1, 2)
    assert spread.spread == pytest.approx(0.3010 / 2**0.5, rel=1e-3)


def test_only_properties_of_ones_own_have_a_table_of_ones_own(own: Path) -> None:
    with pytest.raises(UnknownName, match=f"no property of your own named 'ionic_conductivity'.*{NAME}"):
        load_own("ionic_conductivity")


def test_rows_without_an_identifier_are_called_after_their_line(own: Path) -> None:
    (own.parent / "currents.csv").write_text("composition,batch,ccd\nLi6PS5Cl,a,0.8\nLi6PS5Br,b,0.9\n")
    assert [m.source.row_id for m in load(NAME)] == [f"{NAME}-2", f"{NAME}-3"]


def test_the_check_knows_its_table_and_what_it_leaves_alone(own: Path) -> None:
    (found,) = [table for table in check_tables(DATA) if table.resource.name == NAME]
    assert (found.rows, found.papers, found.faults, found.unused) == (6, 3, (), ("operator",))
    assert check(DATA) == []


def test_a_model_of_it_predicts_and_is_refused_where_it_means_something_else(own: Path, tmp_path: Path) -> None:
    measured = load(NAME)
    model = fit(measured, property=NAME, kind="group_median")
    (said,) = model.predict([measured[0].candidate])
    assert said.unit == "mA/cm²"
    assert said.interval.low <= said.median <= said.interval.high
    assert model.identity.data_sha256 == sha256_of(measured)
    folder = artifact.save(model, tmp_path / "models" / NAME)
    assert artifact.load(folder).predict([measured[0].candidate]) == [said]
    other = tmp_path / "other"
    other.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SETTING, str(written(other, {**ENTRY, "scale": "linear"})))
        with pytest.raises(ArtifactError, match="trained with the scale 'log10'"):
            artifact.load(folder)
        patch.delenv(SETTING)
        with pytest.raises(ArtifactError, match=f"not in the table of properties. Set {SETTING}"):
            artifact.load(folder)
        registry = Registry(FolderSource(folder=folder.parent))
        assert f"Set {SETTING}" in registry.refresh().faults[NAME]


def test_rows_of_one_paper_cannot_be_judged_and_few_papers_are_said(own: Path) -> None:
    from training.config import Plan
    from training.evaluating import within_papers

    plan, note = within_papers(Plan(property=NAME), load(NAME))
    assert plan.folds == 3
    assert "only 3 papers or batches" in note
    with pytest.raises(InvalidInput, match="of one paper, so nothing can be held out"):
        within_papers(plan, [m for m in load(NAME) if m.source.paper == "first"])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"unit": "flurb"}, "The unit 'flurb' is unknown or ambiguous. Known: S/cm"),
        ({"unit": "C"}, "The unit 'C' is unknown or ambiguous"),
        ({"scale": "logit"}, "scale is 'logit'. It must be log10 or linear."),
        ({"subject": "battery"}, "subject is 'battery'. It must be electrolyte or cell."),
        ({"bounds": [5, 1]}, "The bounds 5 to 1 of critical_current_density hold no value."),
        ({"bounds": [0, 100]}, "is modelled as log10, but its lower bound is 0"),
        ({"bounds": "wide"}, "bounds is 'wide'; it must be two numbers"),
        ({"between_papers": 0}, "between_papers of critical_current_density is 0; it must be above zero"),
        ({"between_papers": True}, "between_papers holds True, which is not a number"),
        ({"label": 3}, "label is 3; it must be a text"),
        ({"lable": "x"}, "There is no key named 'lable'. Did you mean label?"),
        ({"file": None}, "The key 'file' is missing."),
        ({"between_papers": None}, "The key 'between_papers' is missing."),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
def test_a_faulty_entry_is_one_sentence_with_its_place(
    change: dict[str, Any], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = {key: value for key, value in {**ENTRY, **change}.items() if value is not None}
    path = written(tmp_path, {k: str(v).lower() if v is True else v for k, v in entry.items()})
    if change.get("between_papers") is True:
        path.write_text(path.read_text().replace('between_papers = "true"', "between_papers = true"))
    monkeypatch.setenv(SETTING, str(path))
    with pytest.raises(ConfigError, match=re.escape(f"{path}, [{NAME}]: ")) as caught:
        get_property(NAME)
    assert says in str(caught.value)


@pytest.mark.parametrize("name", ["ionic_conductivity", "capacity_retention"])
def test_names_of_the_product_are_taken(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, str(written(tmp_path, name=name)))
    with pytest.raises(ConfigError, match=f"The name '{name}' is taken"):
        get_property(name)


@pytest.mark.parametrize(("name", "says"), [("Strom", "cannot be named 'Strom'"), ("a__b", "cannot be named 'a__b'")])
def test_names_are_machine_names(name: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, str(written(tmp_path, name=name)))
    with pytest.raises(ConfigError, match=says):
        len(PROPERTIES)


def test_a_property_cannot_take_the_column_of_a_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, str(written(tmp_path, {**ENTRY, "unit": "h"}, name="milling_time")))
    with pytest.raises(ConfigError, match="The lab sheet has a column 'milling_time_h' already"):
        len(COLUMNS)


@pytest.mark.parametrize(
    ("text", "says", "error"),
    [("[a", "is not TOML", ConfigError), ("a = 1", "It is 1; it must be a table", ConfigError)],
)
def test_what_is_not_a_table_of_properties_is_refused(
    text: str, says: str, error: type[SurrogateError], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "properties.toml"
    path.write_text(text)
    monkeypatch.setenv(SETTING, str(path))
    with pytest.raises(error, match=says):
        len(PROPERTIES)


def test_a_missing_file_of_properties_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, str(tmp_path / "nowhere.toml"))
    with pytest.raises(Unavailable, match=r"nowhere\.toml' cannot be read .* Correct SURROGATE_PROPERTIES"):
        get_property("ionic_conductivity")


@pytest.mark.parametrize(
    ("table", "says", "error"),
    [
        (None, "There is no file", Unavailable),
        ("composition,batch\nLi6PS5Cl,a\n", "has no column 'ccd'", ConfigError),
        ("batch,ccd\na,1\n", "has no column 'composition', so nobody knows what was measured", ConfigError),
        ("composition,ccd\nLi6PS5Cl,1\n", "has no column 'batch'", ConfigError),
        ("composition,batch,ccd\nLi6PS5Cl,a,\n", "holds no value", ConfigError),
        ("composition,batch,ccd\n", "holds no value", ConfigError),
        ("composition,batch,ccd\nLi6PS5Cl,a,500\n", "500 is above the highest possible 100 mA/cm²", TableError),
        ("composition,batch,ccd\nLi6PS5Cl,a,much\n", "'much' is not a number", TableError),
        ("composition,batch,ccd\nLPSCl,a,1\n", "LPSCl", TableError),
        ("composition,batch,ccd\n,a,1\n", "column composition: The cell is empty", TableError),
        ("composition,batch,ccd\nLi6PS5Cl,,1\n", "column batch: The cell is empty", TableError),
        ("composition,batch,ccd,miling_time_h\nLi6PS5Cl,a,1,3\n", "nearly 'milling_time_h'", TableError),
        ("composition,batch,ccd,milling_time_h\nLi6PS5Cl,a,1,-3\n", "below the least possible 0 h", TableError),
        ("composition,batch,ccd\nLi6PS5Cl,a\n", "cut short", TableError),
    ],
)
def test_a_faulty_table_is_one_sentence(table: str | None, says: str, error: type[SurrogateError], own: Path) -> None:
    path = own.parent / "currents.csv"
    path.unlink()
    if table is not None:
        path.write_text(table)
    with pytest.raises(error) as caught:
        load(NAME)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "table",
    [
        "composition;batch;ccd\nLi6PS5Cl;a;0,8\n",
        "composition\tbatch\tccd\nLi6PS5Cl\ta\t0.8\n",
        "Critical currents of March\n\ncomposition,batch,ccd\nLi6PS5Cl,a,0.8\n",
        "composition,batch,ccd\nLi6PS5Cl,a,800 µA/cm²\n",
        'composition,batch,ccd\nLi6PS5Cl,a,"0,8"\n',
    ],
)
def test_an_own_table_is_read_as_lab_sheets_are(table: str, own: Path) -> None:
    (own.parent / "currents.csv").write_text(table, encoding="cp1252")
    (measured,) = load(NAME)
    assert measured.value == pytest.approx(0.8)


def test_a_mapping_that_leads_nowhere_is_refused(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = own.with_name("other.toml")
    other.write_text(own.read_text() + 'milling_hours = "x"\n')
    monkeypatch.setenv(SETTING, str(other))
    with pytest.raises(ConfigError, match=r"\[critical_current_density\.columns\]: there is no column 'milling_hours'"):
        load(NAME)


def test_units_of_the_product_have_one_spelling_one_ending_and_one_code() -> None:
    codes = {
        "s_per_cm": "S/cm", "mah_per_g": "mA.h/g", "wh_per_kg": "W.h/kg", "ma_per_g": "mA/g", "ma_per_cm2": "mA/cm2",
        "mg_per_cm2": "mg/cm2", "g_per_mol": "g/mol", "ohm_cm2": "Ohm.cm2", "percent": "%", "mpa": "MPa",
        "rpm": "{rpm}", "min": "min", "ev": "eV", "um": "um", "nm": "nm", "mg": "mg", "h": "h", "c": "Cel", "v": "V",
    }  # fmt: skip
    assert set(codes) == set(CANONICAL)
    for ending, (_, printed) in CANONICAL.items():
        assert (canonical_unit(printed), name_ending(printed), ucum_code(printed)) == (printed, ending, codes[ending])
        assert unit_of(f"something_{ending}") == printed


@pytest.mark.parametrize(
    ("spelled", "printed", "ending", "code"),
    [
        ("S cm-1", "S/cm", "s_per_cm", "S/cm"),
        ("ohm cm2", "Ω cm²", "ohm_cm2", "Ohm.cm2"),
        ("GPa", "GPa", "gpa", "GPa"),
        ("mAh/cm²", "mAh/cm²", "mah_per_cm2", "mA.h/cm2"),
    ],
)
def test_other_spellings_and_units_are_understood(spelled: str, printed: str, ending: str, code: str) -> None:
    assert canonical_unit(spelled) == printed
    assert (name_ending(printed), ucum_code(printed)) == (ending, code)


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ("Li6PS5Cl,Li3 (PS4),argyrodite", "composition"),
        ("Li6PS5Br,Li6PS5Cl,argyrodite", "composition"),
        ("Li6PS5Cl,Li6PS5Cl,LGPS-type", "family"),
        ("Li3InCl6,Li3InCl6,argyrodite", "kind"),
        ("Li6PS5C1,Li6PS5C1,argyrodite", "formula"),
        ("Li3PS4,Li3PS4,Li3PS4-type", "duplicate"),
        ("Li6PS5Cl,Li6PS5Cl,argyrodite", None),
    ],
)
def test_a_row_that_would_be_learnt_as_something_else_ends_the_check_with_3(tmp_path, monkeypatch, cells, kind):
    row = f"{cells},first,0.8"
    rows = [row, row] if kind == "duplicate" else [row, "Li3PS4,Li3PS4,Li3PS4-type,second,1.6"]
    table = "\n".join(["composition,composition_normalized,family,batch,ccd", *rows, ""])
    monkeypatch.setenv(SETTING, str(written(tmp_path, table=table)))
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "datapackage.json").write_text('{"name": "empty", "resources": []}')
    findings = [finding.kind for finding in find(folder) if finding.kind in MISTAKEN]
    assert (kind in findings) if kind else not findings
    assert run(None, io.StringIO()) == (3 if kind else 0)
