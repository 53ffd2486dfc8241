"""A sweep read back: simulated measurements that no split ever tests on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from surrogate.candidate.measurement import Fidelity
from surrogate.datasets import load, paper_folds
from surrogate.errors import InvalidInput
from surrogate.models.simulated import simulated_measurements, simulated_values
from surrogate.physics.chain import FEATURES
from surrogate.properties import MODELLED, get_property
from training.simulate import main as simulate


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sweep")
    assert simulate(["--n", "200", "--seed", "3", "--out", str(out), "--level", "analytic"]) == 0
    return out


@pytest.mark.parametrize("name", [name for name in MODELLED if get_property(name).column in FEATURES])
def test_a_sweep_gives_simulated_measurements_of_what_the_physics_computes(folder: Path, name: str) -> None:
    found = simulated_measurements(folder, name)
    assert len(found) > 20
    assert {m.fidelity for m in found} == {Fidelity.SIMULATED}
    assert {m.candidate.kind for m in found} == {get_property(name).subject}
    assert len({m.source.row_id for m in found}) == len(found)


def test_simulated_rows_are_learnt_from_and_never_tested_on(folder: Path) -> None:
    mixed = load("first_charge_capacity") + simulated_measurements(folder, "first_charge_capacity")
    for fold in paper_folds(mixed, 4, 0):
        assert all(mixed[i].fidelity is Fidelity.MEASURED for i in fold.test)
        assert any(mixed[i].fidelity is Fidelity.SIMULATED for i in fold.train)


def test_the_simulator_covers_most_measured_electrolytes() -> None:
    """Of the families whose laws it has; glasses of other network formers are not among them."""
    measured = load("ionic_conductivity", without=("glasses",))
    simulated = simulated_values([m.candidate for m in measured], "ionic_conductivity")
    assert np.isfinite(simulated).mean() > 0.7


def test_what_the_physics_does_not_compute_is_unknown_and_not_an_error() -> None:
    said = simulated_values([m.candidate for m in load("electronic_conductivity")[:3]], "electronic_conductivity")
    assert np.isnan(said).all()


def test_where_there_is_no_sweep_one_sentence_says_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="not the folder of a sweep"):
        simulated_measurements(tmp_path, "ionic_conductivity")
