"""A damaged table is answered with the fault, by file, line and column, and never with a traceback."""

from __future__ import annotations

import csv
import io
import re
import shutil
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surrogate.candidate.measurement import Tier
from surrogate.datasets import DATA, check, load, load_electrolytes, read_package, scan_table
from surrogate.errors import TableError
from training.check import run

ELECTROLYTES = "literature/electrolytes.csv"
ELECTRODES = "literature/electrodes.csv"
Table = list[list[str]]


@pytest.fixture
def copy(tmp_path) -> Path:
    return Path(shutil.copytree(DATA, tmp_path / "data"))


def edit(folder: Path, name: str, change: Callable[[Table], None]) -> None:
    path = folder / name
    with path.open(encoding="utf-8", newline="") as file:
        table = list(csv.reader(file))
    change(table)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(table)


def set_cell(line: int, column: str, value: str) -> Callable[[Table], None]:
    def change(table: Table) -> None:
        table[line - 1][table[0].index(column)] = value

    return change


CELLS = [
    (ELECTROLYTES, 2, "ionic_conductivity_S_cm", "3.2 mS/cm", "has a unit; this column is in S/cm. Write 0.0032."),
    (ELECTROLYTES, 2, "ionic_conductivity_S_cm", "3.2", "above the highest possible 0.1 S/cm. Is it in mS/cm?"),
    (ELECTROLYTES, 2, "ionic_conductivity_S_cm", "-0.001", "below the least possible 1e-18 S/cm"),
    (ELECTROLYTES, 2, "ionic_conductivity_S_cm", "<1e-8", "is a bound, not a number"),
    (ELECTROLYTES, 2, "ionic_conductivity_S_cm", "nan", "is not a number"),
    (ELECTROLYTES, 2, "ionic_conductivity_S_cm", "1e999", "is not a finite number"),
    (ELECTROLYTES, 2, "activation_energy_eV", "0,31", "has a decimal comma. Write 0.31."),
    (ELECTROLYTES, 2, "heat_treatment_temperature_C", "-180", "-180 is below the least possible 20 °C"),
    (ELECTROLYTES, 2, "measurement_temperature_C", "298", "Is it in kelvin? Then write 24.85."),
    (ELECTROLYTES, 9, "composition_normalized", "Li10GeP2S12)", "')'"),
    (ELECTROLYTES, 9, "composition_normalized", "LGPS", "LGPS"),
    (ELECTROLYTES, 9, "family", "argyrodit", "not among the allowed values. Did you mean argyrodite?"),
    (ELECTROLYTES, 9, "likely_duplicate_of", "SE9999", "'SE9999' is not another row of this table"),
    (ELECTROLYTES, 9, "record_id", "SE0001", "'SE0001' already stands in line 2"),
    (ELECTROLYTES, 9, "source_ref", "", "The cell is empty; the column is required."),
    (ELECTRODES, 3, "voltage_min_V", "4.5", "the lower cut-off must be below the upper"),
    (ELECTRODES, 3, "am_weight_fraction", "0.9", "The weight fractions"),
    (ELECTRODES, 3, "temperature_C", "-300", "below the least possible"),
    ("obelix/train.csv", 3, "Z", "1.5", "is not a whole number"),
    ("obelix/train.csv", 3, "Ionic conductivity (S cm-1)", "<1 mS/cm", "has a unit"),
]


@pytest.mark.parametrize(("table", "line", "column", "value", "says"), CELLS, ids=[f"{c[2]}={c[3]}" for c in CELLS])
def test_a_wrong_cell_is_the_one_fault_that_is_named(copy, table, line, column, value, says):
    edit(copy, table, set_cell(line, column, value))
    faults = check(copy)
    assert len(faults) == 1, [str(f) for f in faults]
    assert (faults[0].table, faults[0].row) == (table, line)
    assert faults[0].column in (column, None)
    assert says in str(faults[0])


def test_an_unknown_column_is_named_with_the_nearest(copy):
    def rename(table: Table) -> None:
        table[0][table[0].index("solvent")] = "solvents"

    edit(copy, ELECTROLYTES, rename)
    assert [(f.column, f.row) for f in check(copy)] == [("solvents", 1), ("solvent", 1)]
    assert "Did you mean solvent?" in str(check(copy)[0])


def test_an_added_column_is_the_one_fault(copy):
    edit(copy, ELECTRODES, lambda table: [row.append("x") for row in table] and None)
    assert [(f.table, f.column) for f in check(copy)] == [(ELECTRODES, "x")]


def test_a_truncated_line_is_named_by_its_number(copy):
    edit(copy, ELECTROLYTES, lambda table: table.__setitem__(41, table[41][:7]))
    (fault,) = check(copy)
    assert (fault.table, fault.row, fault.column) == (ELECTROLYTES, 42, None)
    assert "cut short: 7 cells where the header has 33" in str(fault)


def test_all_faults_are_found_at_once_and_the_command_ends_with_three(copy):
    edit(copy, ELECTROLYTES, set_cell(5, "milling_time_h", "ten"))
    edit(copy, ELECTROLYTES, set_cell(7, "milling_time_h", "-1"))
    edit(copy, ELECTRODES, set_cell(9, "first_step", "rest"))
    stream = io.StringIO()
    assert run(copy, stream) == 3
    assert [line.split(":")[0] for line in stream.getvalue().splitlines()[:3]] == [
        f"{ELECTROLYTES}, line 5, column milling_time_h",
        f"{ELECTROLYTES}, line 7, column milling_time_h",
        f"{ELECTRODES}, line 9, column first_step",
    ]


def test_loading_a_faulty_table_raises_with_the_list(copy):
    edit(copy, ELECTROLYTES, set_cell(5, "milling_time_h", "ten"))
    with pytest.raises(TableError) as caught:
        load_electrolytes(copy / ELECTROLYTES)
    assert [f.row for f in caught.value.faults] == [5]


def test_the_rows_that_the_how_to_shows_are_sound_and_are_learnt_from(copy):
    page = (DATA.parent / "docs" / "how-to" / "own-data.md").read_text("utf-8")
    blocks = [textwrap.dedent(block) for block in re.findall(r"```csv\n(.*?)```", page, re.DOTALL)]
    shown = [list(csv.DictReader(io.StringIO(block))) for block in blocks]
    for name, rows in zip((ELECTROLYTES, ELECTRODES), shown, strict=True):
        edit(copy, name, lambda table, rows=rows: table.extend([row.get(c, "") for c in table[0]] for row in rows))
    assert check(copy) == []
    for name, row_id in (("ionic_conductivity", "LAB-001"), ("first_discharge_capacity", "LAB-002")):
        (found,) = (m for m in load(name, data=copy) if m.source.row_id == row_id)
        assert found.tier is Tier.A


def test_a_changed_but_sound_file_of_the_user_is_no_fault(copy):
    edit(copy, ELECTROLYTES, set_cell(2, "ionic_conductivity_S_cm", "0.0011"))
    stream = io.StringIO()
    assert run(copy, stream) == 0
    assert "differs from the shipped one" in stream.getvalue()


DAMAGES = {
    "missing": (lambda path: path.unlink(), "The file is missing."),
    "empty": (lambda path: path.write_bytes(b""), "The file is empty."),
    "binary": (lambda path: path.write_bytes(bytes(range(256)) * 20), "is not in utf-8"),
    "latin-1": (lambda path: path.write_bytes(path.read_bytes().replace(b"vacuum", b"\xb5m", 1)), "is not in utf-8"),
    "unclosed quote": (lambda path: path.write_bytes(path.read_bytes() + b'"SE9'), "cannot be split"),
    "huge field": (lambda path: path.write_bytes(path.read_bytes() + b"x" * 200_000), "cannot be split"),
    "semicolons": (lambda path: path.write_bytes(path.read_bytes().replace(b",", b";")), "separated by semicolons"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_said_in_a_sentence(copy, damage):
    spoil, says = DAMAGES[damage]
    spoil(copy / ELECTROLYTES)
    stream = io.StringIO()
    assert run(copy, stream) == 3
    first = stream.getvalue().splitlines()[0]
    assert first.startswith(ELECTROLYTES)
    assert says in first


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"resources": [{}]}', b"\xff\xfe"])
def test_a_damaged_description_is_a_fault(copy, content):
    (copy / "datapackage.json").write_bytes(content)
    stream = io.StringIO()
    assert run(copy, stream) == 3
    assert "datapackage.json" in stream.getvalue()


@given(junk=st.binary(max_size=2000), at=st.integers(min_value=0, max_value=220_000))
@settings(max_examples=40)
def test_no_bytes_anywhere_in_a_table_raise(tmp_path_factory, junk, at):
    raw = (DATA / ELECTROLYTES).read_bytes()
    path = tmp_path_factory.mktemp("junk") / "table.csv"
    path.write_bytes(raw[:at] + junk + raw[at + len(junk) :])
    table = scan_table(path, read_package(DATA)["electrolytes"])
    assert all(fault.message for fault in table.faults)
