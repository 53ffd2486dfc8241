"""What the physics says of measured rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from surrogate.candidate.columns import electrolyte_columns
from surrogate.datasets import load
from surrogate.models.simulated import ReadSimulator, append_physics, simulated_values
from surrogate.physics.parameters.guesses import GUESSES
from surrogate.physics.reading import ReadConstants


def test_the_simulator_covers_most_measured_electrolytes() -> None:
    """Of the families whose laws it has; glasses of other network formers are not among them."""
    measured = load("ionic_conductivity", without=("glasses",))
    simulated = simulated_values([m.candidate for m in measured], "ionic_conductivity")
    assert np.isfinite(simulated).mean() > 0.7


def test_what_the_physics_does_not_compute_is_unknown_and_not_an_error() -> None:
    said = simulated_values([m.candidate for m in load("electronic_conductivity")[:3]], "electronic_conductivity")
    assert np.isnan(said).all()


def test_the_last_bits_of_read_constants_do_not_reach_a_model() -> None:
    candidates = [m.candidate for m in load("activation_energy")]
    columns = electrolyte_columns(candidates)
    read = ReadConstants(scores=np.full(len(GUESSES), 0.3), factor=np.eye(len(GUESSES)))
    nothing = np.empty((len(candidates), 0))
    appended, moved = (
        append_physics(ReadSimulator(read=replace(read, scores=read.scores + shift), barrier=True), nothing, columns)
        for shift in (0.0, 1e-11)
    )
    np.testing.assert_array_equal(appended, moved)
