"""What the physics says of measured rows."""

from __future__ import annotations

import numpy as np

from surrogate.datasets import load
from surrogate.models.simulated import simulated_values


def test_the_simulator_covers_most_measured_electrolytes() -> None:
    """Of the families whose laws it has; glasses of other network formers are not among them."""
    measured = load("ionic_conductivity", without=("glasses",))
    simulated = simulated_values([m.candidate for m in measured], "ionic_conductivity")
    assert np.isfinite(simulated).mean() > 0.7


def test_what_the_physics_does_not_compute_is_unknown_and_not_an_error() -> None:
    said = simulated_values([m.candidate for m in load("electronic_conductivity")[:3]], "electronic_conductivity")
    assert np.isnan(said).all()
