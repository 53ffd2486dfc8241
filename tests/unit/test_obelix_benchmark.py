"""The OBELiX benchmark: what it may learn from, and that its model reads structures and limits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks._obelix import CONVENTIONS, _apart, floored
from benchmarks._structure import member_predictions, obelix_structures
from surrogate.datasets import load, load_obelix
from surrogate.measurement import Censoring, Measurement

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
    said = member_predictions(training, held, STRUCTURES, 1)
    hidden = [replace(m, value=1e-3, censoring=Censoring.EXACT) for m in held]
    again = member_predictions(training, hidden, STRUCTURES, 1)
    assert all(np.array_equal(said[kind], again[kind]) for kind in said)
    other = {m.source.row_id: STRUCTURES[ROWS[0].source.row_id] for m in held}
    elsewhere = member_predictions(training, held, STRUCTURES | other, 1)
    assert all(not np.allclose(said[kind], elsewhere[kind]) for kind in said)
