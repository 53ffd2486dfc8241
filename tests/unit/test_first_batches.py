"""First batches that a chemist would make: of the shipped spaces, and by the planner wherever it may choose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks._first_batches import broken_by, first_jobs, first_report, never_list, never_made
from surrogate.beliefs.simulator import simulators
from surrogate.candidate.measurement import Candidate, Measurement, Source
from surrogate.candidate.settings import build, read
from surrogate.models.base import DomainStatus, FittedSurrogate, Prediction
from surrogate.planner.acquisition import OPTIMISM, start_acquisition
from surrogate.planner.analytic_planner import choose
from surrogate.planner.objective import objective_of
from surrogate.planner.observations import learn_all
from surrogate.planner.open_pool import OpenPool
from surrogate.planner.suggest import suggest
from surrogate.properties import Subject
from surrogate.space.ready import names, ready
from surrogate.space.variables import Choice, resolution

SIGMA = "ionic_conductivity"
MODELS = simulators([SIGMA])


@pytest.mark.parametrize("name", names())
def test_no_recipe_of_a_shipped_space_breaks_a_rule_or_is_one_that_nobody_makes(name: str) -> None:
    candidates = ready(name).sample(512, 3).candidates
    assert {rule for candidate in candidates for rule in broken_by(candidate)} == set()
    assert {entry for candidate in candidates for entry in never_made(candidate)} == set()


def test_the_list_of_recipes_that_nobody_makes_knows_them() -> None:
    assert len({entry["name"] for entry in never_list()}) == 20
    assert all(entry["reason"] for entry in never_list())
    milled = {"route": "mechanical_milling", "milling_time_h": 20.0, "milling_speed_rpm": 500.0}
    cold = {"heat_treated": "yes", "heat_treatment_temperature_c": 250.0, "heat_treatment_time_h": 5.0}
    recipe = build({"electrolyte": "Li6.25P0.75Ge0.25S5Cl", **milled, **cold}, Subject.ELECTROLYTE)
    assert set(never_made(recipe)) == {"germanium in a chloride argyrodite", "argyrodite annealed at 250 °C"}
    usual = build(
        {"electrolyte": "Li6PS5Cl", **milled, **cold, "heat_treatment_temperature_c": 500.0}, Subject.ELECTROLYTE
    )
    assert never_made(usual) == ()


def test_without_models_no_bar_is_reached(tmp_path: Path) -> None:
    assert first_jobs(tmp_path, 2) == []
    rows, bars = first_report({}, tmp_path, 2)
    assert "no model" in rows[0]["note"]
    assert not any(bar.reached for bar in bars)


class _Local:
    """A model that knows nothing of long milling."""

    def __init__(self, model: FittedSurrogate) -> None:
        self.model = model

    def __getattr__(self, name: str) -> Any:
        return getattr(self.model, name)

    def predict(self, candidates: Sequence[Candidate], **how: Any) -> list[Prediction]:
        return [
            replace(
                prediction,
                domain=replace(prediction.domain, status=DomainStatus.OUT if _is_long(candidate) else DomainStatus.IN),
            )
            for candidate, prediction in zip(candidates, self.model.predict(candidates, **how), strict=True)
        ]


def _is_long(candidate: Candidate) -> bool:
    return float(read(candidate)["milling_time_h"]) > 12.0


def test_nothing_out_of_domain_is_asked_for_until_something_is_measured() -> None:
    space, models = ready("argyrodite"), {SIGMA: _Local(MODELS[SIGMA])}
    for seed in range(3):
        batch = suggest(space, f"maximise {SIGMA}", models=models, pool=256, seed=seed)  # type: ignore[arg-type]
        assert not any(_is_long(suggestion.candidate) for suggestion in batch.suggestions)


@pytest.mark.parametrize("wish", [f"maximise {SIGMA}", [f"maximise {SIGMA}", "minimise process_time_h"]])
def test_what_is_expected_to_be_worse_on_every_goal_is_asked_for_where_it_teaches_more(wish: str | list[str]) -> None:
    space = ready("argyrodite")
    pool = space.sample(300, 0)
    rng = np.random.default_rng(1)
    history = [
        Measurement(property=SIGMA, value=float(10.0 ** rng.normal(-3.0, 0.6)), candidate=candidate,
                    source=Source(row_id=f"lab-{i}", paper="lab"))
        for i, candidate in enumerate(pool.candidates[:10])
    ]  # fmt: skip
    observations = learn_all(
        space, objective_of(wish), models=MODELS, simulators={}, measurements=history, failures=(), seed=0
    )
    encoded = observations.of_pool(pool)
    acquisition = start_acquisition(
        observations, encoded.take(np.arange(10)), encoded.take(np.arange(0)), encoded, seed=0
    )
    worth = acquisition.worth_asking(encoded)
    mean, std = observations.moments(encoded, SIGMA)
    gain = -encoded.derived["process_time_h"] if "process_time_h" in encoded.derived else None
    beaten = np.array([
        np.any((mean > m + OPTIMISM * s) & (True if gain is None else gain > gain[i]))
        for i, (m, s) in enumerate(zip(mean, std, strict=True))
    ])  # fmt: skip
    assert 0 < beaten.sum() < pool.n
    assert not worth[beaten].any()
    assert worth[~beaten].all()
    open_pool = OpenPool(pool=pool, encoded=encoded, taken=encoded.x[:10], min_distance=0.0)
    for seed in range(3):
        chosen = choose(open_pool, acquisition, seed)
        assert acquisition.worth_asking(chosen.encoded).all()


@pytest.mark.parametrize(
    ("name", "wish"), [("li2s-p2s5", "reach 2 mS/cm ionic_conductivity"), ("argyrodite", f"maximise {SIGMA}")]
)
def test_recipes_of_a_batch_differ_by_more_than_a_laboratory_can_set(name: str, wish: str) -> None:
    space = ready(name)
    settings = [
        s.settings for s in suggest(space, wish, models=MODELS, pool=512, batch=8, min_distance=0.0).suggestions
    ]
    for i, one in enumerate(settings):
        for other in settings[:i]:
            assert any(
                one.get(v.name) != other.get(v.name)
                if isinstance(v, Choice)
                else abs(float(one.get(v.name, np.nan)) - float(other.get(v.name, np.nan)))
                > 1.001 * min(filter(None, (v.step, resolution(v.name))), default=0.0)
                for v in space.all_variables
            ), (one, other)
