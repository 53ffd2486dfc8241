"""What responds to what: settings, the variable of a composition, and which measured rows lie beside a curve."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surrogate.candidate.measurement import Candidate
from surrogate.candidate.settings import build
from surrogate.composition import parse_composition
from surrogate.datasets import load
from surrogate.errors import InvalidInput
from surrogate.report.response import respond, variables_of, with_variable
from tests.trained import fitted, small_forest


def _argyrodite(x: float) -> Candidate:
    return build({"milling_time_h": 10.0}, None, parse_composition("Li6-xPS5-xCl1+x", x=x))


@given(st.floats(-0.5, 1.0), st.floats(-0.5, 1.0))
def test_a_variable_at_another_value_is_the_recipe_written_with_that_value(before: float, after: float) -> None:
    assert with_variable(_argyrodite(before), "x", after) == _argyrodite(after)


def test_other_variables_of_a_composition_stay() -> None:
    both = parse_composition("Li6-x-yPS5-xCl1+x (x = 0.1, y = 0.2)")
    changed = with_variable(build({}, None, both), "x", 0.3)
    assert changed.electrolyte is not None
    assert variables_of(changed.electrolyte.composition.text)[1] == {"x": 0.3, "y": 0.2}


def test_what_has_no_variable_is_refused() -> None:
    with pytest.raises(InvalidInput, match="has no variable x"):
        with_variable(build({"electrolyte": "Li6PS5Cl"}), "x", 0.5)


def test_what_counts_varies_in_whole_numbers() -> None:
    cell = build({"active_material": "S", "electrolyte": "Li6PS5Cl", "cycles": 50.0})
    answer = respond(fitted("capacity_retention"), cell, "reference_cycle", 1, 20)
    assert answer.grid.tolist() == list(range(1, 21))
    with pytest.raises(InvalidInput, match="counts"):
        respond(fitted("capacity_retention"), cell, "reference_cycle", 4.8, 5.2)


@settings(max_examples=5, deadline=None)
@given(st.floats(0.4, 0.9))
def test_rows_on_the_line_of_a_variable_are_beside_its_curve_at_their_value(high: float) -> None:
    model, rows = small_forest("ionic_conductivity"), load("ionic_conductivity")
    answer = respond(model, _argyrodite(0.2), "x", -0.1, high, measurements=rows)
    assert len(answer.rows) > 20
    for row in answer.rows:
        composition = row.measurement.candidate.electrolyte.composition  # type: ignore[union-attr]
        expected = parse_composition("Li6-xPS5-xCl1+x", x=row.at)
        for element in expected.amounts:
            assert composition.fraction(element) == pytest.approx(expected.fraction(element), abs=0.01)
        assert -0.1 <= row.at <= high
