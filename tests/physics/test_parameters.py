"""The numbers: standing, sources, priors, and the fits they come from."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import _calibration as calibration
from surrogate.candidate.measurement import Candidate
from surrogate.candidate.recipe import Electrolyte
from surrogate.composition import parse_composition
from surrogate.errors import InvalidInput
from surrogate.physics.chain import simulate_matrix
from surrogate.physics.parameters import Parameter, all_parameters, calibration_papers, sample_draw
from surrogate.physics.parameters.registry import MODULES, _in


def test_every_parameter_is_named_once_and_has_a_source() -> None:
    objects = {id(p): p for module in MODULES for value in vars(module).values() for p in _in(value)}
    assert len(objects) == len(all_parameters())
    assert all(p.source and p.unit and p.status in ("fitted", "quoted", "assumed") for p in all_parameters())


def test_fitted_values_are_what_the_fits_give() -> None:
    stored = {p.name: p.value for p in all_parameters()}
    fits = (
        calibration.song_end_points(),
        calibration.shin_reaction(),
        calibration.shin_conduction(),
        calibration.fades(),
    )
    for fit in fits:
        for name, value in fit.items():
            assert stored[name] == pytest.approx(value, rel=0.02), name


def test_draws_repeat_and_carry_a_spread() -> None:
    candidate = Candidate(subject=Electrolyte(composition=parse_composition("Li6PS5Cl")))
    one, two = (simulate_matrix([candidate] * 64, parameters=sample_draw(64, 5)) for _ in range(2))
    assert np.array_equal(one, two, equal_nan=True)
    spread = float(np.std(np.log10(one[:, 0])))
    assert 0.05 < spread < 1.0


def test_draws_stay_within_physical_bounds() -> None:
    draw = sample_draw(2000, 1)
    for p in all_parameters():
        values = np.asarray(draw[p])
        assert np.all((values >= p.low) & (values <= p.high)), p.name
        if p.scale == "log10":
            assert np.all(values > 0)


def test_a_parameter_outside_its_bounds_is_refused() -> None:
    with pytest.raises(InvalidInput, match="bounds"):
        Parameter(name="x", value=2.0, unit="-", status="assumed", source="test", high=1.0)


def test_calibration_papers_are_listed_for_honest_evaluation() -> None:
    assert {"10.1038/srep05572", "10.1021/acs.nanolett.0c01028"} <= calibration_papers()
