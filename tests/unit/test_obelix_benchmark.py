"""The OBELiX benchmark: what it may learn from, and that its model reads structures and limits."""

from __future__ import annotations

import argparse
import csv
import json
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import _obelix
from benchmarks._obelix import CONVENTIONS, _apart, _metrics, _without_rows_of, floored
from benchmarks._structure import member_predictions, obelix_structures
from surrogate.candidate.measurement import Censoring, Measurement
from surrogate.datasets import DATA, load, load_obelix
from surrogate.errors import InvalidInput, TableError

ROWS = load_obelix()
STRUCTURES = obelix_structures(None)


def formula(measurement: Measurement) -> str:
    assert measurement.candidate.electrolyte is not None
    return measurement.candidate.electrolyte.composition.reduced_formula


def test_every_row_has_a_structure() -> None:
    assert {m.source.row_id for m in ROWS} == set(STRUCTURES)


@pytest.mark.parametrize("start", range(0, 400, 100))
def test_neither_a_paper_nor_a_composition_of_held_out_rows_is_learnt_from(start: int) -> None:
    held = ROWS[start : start + 60]
    kept = _apart([*ROWS, *load("ionic_conductivity")], held)
    assert kept
    assert not {m.source.paper for m in kept} & {m.source.paper for m in held}
    assert not {formula(m) for m in kept} & {formula(m) for m in held}


@pytest.mark.parametrize("floor", CONVENTIONS.values())
def test_a_convention_sets_limits_to_its_floor_and_keeps_the_values_above(floor: float) -> None:
    for before, after in zip(ROWS, floored(ROWS, floor), strict=True):
        if before.censoring is Censoring.BELOW:
            assert after.value == floor
        else:
            assert after.value == max(before.value, floor)


def test_the_model_reads_structures_and_never_the_values_held_out() -> None:
    training, held = ROWS[:90], ROWS[90:100]
    predicted = member_predictions(training, held, STRUCTURES, 1)
    hidden = [replace(m, value=1e-3, censoring=Censoring.EXACT) for m in held]
    again = member_predictions(training, hidden, STRUCTURES, 1)
    assert all(np.array_equal(predicted[kind], again[kind]) for kind in predicted)
    other = {m.source.row_id: STRUCTURES[ROWS[0].source.row_id] for m in held}
    elsewhere = member_predictions(training, held, STRUCTURES | other, 1)
    assert all(not np.allclose(predicted[kind], elsewhere[kind]) for kind in predicted)


def a_test_file(path: Path, *changes: Mapping[str, str]) -> Path:
    """A test file of rows that nobody knows, the first of the training file with ``changes``."""
    with (DATA / "obelix" / "train.csv").open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        rows, names = list(reader), list(reader.fieldnames or [])
    unknown = [{**row, "ID": f"N{row['ID']}", "DOI": f"10.9999/{row['ID']}"} for row in rows[: len(changes)]]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows({**row, **change} for row, change in zip(unknown, changes, strict=True))
    return path


@pytest.mark.parametrize("column", ["Space group", "Space group #", "a", "gamma", "Z"])
def test_a_row_that_does_not_state_all_of_its_structure_has_none(column: str, tmp_path: Path) -> None:
    structures = obelix_structures(a_test_file(tmp_path / "test.csv", {column: ""}, {}))
    assert len(structures) == 1


def test_every_model_answers_for_a_row_without_a_structure(tmp_path: Path) -> None:
    path = a_test_file(tmp_path / "test.csv", {"Space group": "", "a": ""}, {})
    held, asked, training = load_obelix(path), obelix_structures(path), ROWS[2:92]
    said = member_predictions(training, held, STRUCTURES, 1, test_structures=asked)
    forest = _obelix._structure_forest(floored(training, 1e-15), held, STRUCTURES, asked, 1)
    assert all(np.isfinite(values).all() for values in (*said.values(), forest))


def test_a_test_row_never_lends_its_structure_to_a_training_row_of_the_same_name() -> None:
    training, held = ROWS[:90], ROWS[90:100]
    same_names = [replace(m, source=n.source) for m, n in zip(held, training, strict=False)]
    asked = {m.source.row_id: STRUCTURES[ROWS[0].source.row_id] for m in same_names}
    own = {m.source.row_id: STRUCTURES[m.source.row_id] for m in training}
    renamed = {f"N{name}": structure for name, structure in asked.items()}
    apart = [replace(m, source=replace(m.source, row_id=f"N{m.source.row_id}")) for m in same_names]
    said = member_predictions(training, same_names, own, 1, test_structures=asked)
    expected = member_predictions(training, apart, own, 1, test_structures=renamed)
    assert all(np.array_equal(said[kind], expected[kind]) for kind in said)


@pytest.mark.parametrize("before", ["", "https://doi.org/", "doi:"])
def test_training_rows_that_share_an_identifier_or_a_paper_with_the_test_file_are_taken_out(
    before: str, tmp_path: Path
) -> None:
    identifier, doi = ROWS[0].source.row_id.removeprefix("obelix-"), ROWS[1].source.doi
    test = load_obelix(a_test_file(tmp_path / "test.csv", {"ID": identifier}, {"DOI": f"{before}{doi}"}))
    kept = _without_rows_of(ROWS, test)
    assert {m.source.row_id for m in ROWS} - {m.source.row_id for m in kept} >= {
        ROWS[0].source.row_id,
        *(m.source.row_id for m in ROWS if m.source.doi == doi),
    }
    assert len(kept) > len(ROWS) - 20


@pytest.mark.parametrize(
    ("change", "column", "says"),
    [
        ({"True Composition": "Li7Qq1O6"}, "True Composition", "does not start with the symbol of an element"),
        ({"alpha": "10", "beta": "90", "gamma": "170"}, None, "do not close a cell"),
    ],
)
def test_what_is_impossible_in_a_test_file_is_named_by_file_and_line(
    change: Mapping[str, str], column: str | None, says: str, tmp_path: Path
) -> None:
    path = a_test_file(tmp_path / "test.csv", {}, change)
    with pytest.raises(TableError) as caught:
        obelix_structures(path)
    (fault,) = caught.value.faults
    assert (fault.table, fault.row, fault.column) == (str(path), 3, column)
    assert says in fault.message


def test_a_test_file_without_rows_is_refused_instead_of_judging_the_training_file(tmp_path: Path) -> None:
    options = argparse.Namespace(test=str(a_test_file(tmp_path / "test.csv")), seed=1, as_json=True)
    with pytest.raises(InvalidInput, match=r"test\.csv has no rows below its header"):
        _obelix.run(options)


def test_the_answer_says_what_was_taken_out_of_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(_obelix, "_models", lambda training, literature, held, structures, seed: {
        _obelix.STRUCTURE: dict.fromkeys(CONVENTIONS.values(), np.full(len(held), -6.0))
    })  # fmt: skip
    path = a_test_file(tmp_path / "test.csv", {"ID": "jqc", "a": ""}, {})
    _obelix.run(argparse.Namespace(test=str(path), seed=1, as_json=True))
    assert json.loads(capsys.readouterr().out)["notes"] == [
        "Training rows not learnt from, since they share a row ID or a paper with the test file: 1.",
        "Test rows without a structure, since space group, lattice or Z is not stated: 1.",
    ]


def test_predictions_that_are_all_alike_have_no_order_and_give_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = _metrics(ROWS[:5], np.full(5, -6.0), np.log10([m.value for m in ROWS[:5]]), np.ones(5, dtype=bool))
    assert found["spearman"] is None
