"""What goes into the store comes out equal, and equal things give equal text."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surrogate.campaign.codec import (
    candidate_from_plain,
    candidate_to_plain,
    objective_from_plain,
    objective_to_plain,
    sha256_of,
    space_from_plain,
    space_to_plain,
)
from surrogate.candidate.active_material import active_material
from surrogate.candidate.cell import Cell, Electrode, Protocol
from surrogate.candidate.measurement import Candidate
from surrogate.candidate.recipe import Electrolyte, HeatTreatment, Milling, Recipe
from surrogate.datasets import load_electrodes, load_electrolytes, load_obelix
from surrogate.errors import InvalidInput
from surrogate.planner.objective import Goal, Objective, Target
from surrogate.space.ready import names, ready
from tests.strategies import compositions


def through_text(candidate: Candidate) -> Candidate:
    return candidate_from_plain(json.loads(json.dumps(candidate_to_plain(candidate), allow_nan=False)))


def test_every_candidate_of_the_data_comes_back_equal():
    for measurement in (*load_electrolytes(), *load_electrodes(), *load_obelix()):
        assert through_text(measurement.candidate) == measurement.candidate


numbers = st.floats(0.0, 1000.0) | st.none()


@given(compositions(), numbers, numbers, st.booleans(), st.floats(-100, 1000))
def test_every_bit_of_a_candidate_comes_back(composition, time_h, hold_h, wet, temperature_c):
    recipe = Recipe(milling=Milling(time_h=time_h, wet=wet), heat_treatment=HeatTreatment(time_h=hold_h))
    electrolyte = Electrolyte(composition=composition, recipe=recipe)
    electrode = Electrode(active_material=active_material("TiS2"), electrolyte=electrolyte, coating="")
    for subject in (electrolyte, Cell(electrode=electrode, separator=electrolyte)):
        candidate = Candidate(subject=subject, protocol=Protocol(temperature_c=temperature_c))
        again = through_text(candidate)
        assert again == candidate
        assert sha256_of(candidate_to_plain(again)) == sha256_of(candidate_to_plain(candidate))


@pytest.mark.parametrize("plain", [{}, {"subject": {}}, {"subject": {"composition": 5}}, {"subject": None}])
def test_what_is_no_candidate_is_refused(plain):
    with pytest.raises(InvalidInput):
        candidate_from_plain(plain)


@pytest.mark.parametrize("name", names())
def test_every_ready_made_space_comes_back_equal(name):
    space = ready(name)
    again = space_from_plain(json.loads(json.dumps(space_to_plain(space), allow_nan=False)))
    assert again == space
    assert again.sample(4, seed=1).candidates == space.sample(4, seed=1).candidates


def test_objectives_come_back_with_their_weights_and_differences():
    wish = Objective(
        targets=(
            Target(quantity="ionic_conductivity", goal=Goal.MAXIMISE, weight=2.0, smallest_worthwhile=0.1),
            Target(quantity="ionic_conductivity", goal=Goal.AT_LEAST, value=1e-3),
            Target(quantity="process_time_h", goal=Goal.MINIMISE),
        ),
        weighted=True,
    )
    assert objective_from_plain(json.loads(json.dumps(objective_to_plain(wish)))) == wish
