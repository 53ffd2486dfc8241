"""Capacities are maximised per gram of electrode where the share of active material varies, unless asked otherwise."""

from __future__ import annotations

import numpy as np
import pytest

from surrogate.beliefs.simulator import simulators
from surrogate.planner.electrode import per_electrode, warn_of_thin_electrodes
from surrogate.planner.objective import Objective
from surrogate.planner.suggest import suggest
from surrogate.space.changing import SpaceChanges, change_space
from surrogate.space.ready import ready

CAPACITY = "first_discharge_capacity"
MODELS = simulators([CAPACITY])


def test_per_gram_of_electrode_a_recipe_holds_more_active_material() -> None:
    space = ready("sulfur-composite")
    of_electrode, of_active = (
        suggest(space, f"maximise {quantity}", models=MODELS, pool=512, batch=1)
        for quantity in (CAPACITY, "active_discharge_capacity_mah_per_g")
    )
    shares = [float(batch.suggestions[0].settings["active_weight_fraction"]) for batch in (of_electrode, of_active)]
    assert shares[0] > shares[1]
    assert any("per gram of electrode" in warning for warning in of_electrode.warnings)
    assert not any("per gram of electrode" in warning for warning in of_active.warnings)
    (suggestion,) = of_electrode.suggestions
    assert suggestion.derived["electrode_discharge_capacity_mah_per_g"] == pytest.approx(
        suggestion.predictions[CAPACITY].scale_mean * suggestion.candidate.subject.electrode.active_weight_fraction,  # type: ignore[union-attr]
        rel=1e-6,
    )


def test_only_a_capacity_that_is_maximised_where_the_share_varies_is_counted_anew() -> None:
    space = ready("sulfur-composite")
    for text in (f"{CAPACITY} >= 800", f"reach 900 {CAPACITY}", "maximise capacity_retention"):
        assert per_electrode(space, Objective.parse(text)) == Objective.parse(text)
    fixed = change_space(space, SpaceChanges(fix={"active_weight_fraction": 0.4}))
    assert per_electrode(fixed, Objective.parse(f"maximise {CAPACITY}")) == Objective.parse(f"maximise {CAPACITY}")


def test_a_chance_is_that_of_the_property_under_a_quantity_of_the_electrode() -> None:
    space = ready("sulfur-composite")
    half = change_space(space, SpaceChanges(fix={"active_weight_fraction": 0.4}))
    wishes = ("electrode_discharge_capacity_mah_per_g >= 400", f"{CAPACITY} >= 1000")
    chances = [
        [s.chance_of_thresholds for s in suggest(half, wish, models=MODELS, pool=64, batch=2).suggestions]
        for wish in wishes
    ]
    assert np.array(chances[0]) == pytest.approx(np.array(chances[1]), rel=0.02)


def test_a_batch_of_the_thinnest_electrodes_says_so() -> None:
    space, objective = ready("sulfur-composite"), Objective.parse(f"maximise {CAPACITY}")
    thin, thick = {"active_loading_mg_per_cm2": 1.0}, {"active_loading_mg_per_cm2": 2.0}
    (sentence,) = warn_of_thin_electrodes(space, objective, [thin, thin, thick])
    assert sentence.startswith("2 of 3 recipes have the least loading, 1 mg/cm²")
    assert not warn_of_thin_electrodes(space, objective, [thin, thick, thick])
    assert not warn_of_thin_electrodes(space, Objective.parse(f"{CAPACITY} >= 800"), [thin, thin])
