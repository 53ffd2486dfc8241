"""A campaign exported to an Optuna study says the same there."""

from __future__ import annotations

import math
from dataclasses import replace

import optuna
import pytest
from optuna.trial import TrialState

from surrogate.campaign import Result, export_study, random_planner
from surrogate.candidate.recipe import Milling
from surrogate.datasets import load_electrolytes
from surrogate.errors import Conflict, Unavailable
from surrogate.space.ready import names, ready
from tests.campaigns import conductivity, small_space

OBJECTIVE = ["maximise ionic_conductivity", "minimise process_time_h", "ionic_conductivity >= 1e-4"]


def test_a_study_read_back_holds_the_space_the_values_and_the_states(store, tmp_path):
    campaign = store.create("glass", ready("li2s-p2s5"), OBJECTIVE, id="glass")
    asked = campaign.ask(random_planner(), batch=4).suggestions
    campaign.tell([conductivity("s1", 1e-3), conductivity("s1", 1e-5, replicate=2)])
    campaign.tell(Result(suggestion="s2", status="failed", reason="the ampoule broke"))
    campaign.update("s3", "running")
    known = next(m for m in load_electrolytes() if m.property == "ionic_conductivity")
    campaign.tell(Result(property=known.property, value=known.value, candidate=known.candidate, id="paper"))
    storage = f"sqlite:///{tmp_path}/optuna.db"
    export_study(campaign, storage)

    study = optuna.load_study(study_name="glass", storage=storage)
    assert [d.name for d in study.directions] == ["MAXIMIZE", "MINIMIZE"]
    assert study.metric_names == ["ionic_conductivity / S/cm", "process_time_h / h"]
    states = [TrialState.COMPLETE, TrialState.FAIL, TrialState.RUNNING, TrialState.RUNNING, TrialState.COMPLETE]
    assert [trial.state for trial in study.trials] == states
    first = study.trials[0]
    assert math.isclose(first.values[0], 1e-4)  # replicates are averaged in decades
    assert first.values[1] == asked[0].settings["milling_time_h"] + asked[0].settings["heat_treatment_time_h"]
    assert all(abs(value) < 1e-9 for value in first.constraints.values())
    for trial, suggestion in zip(study.trials, asked, strict=False):
        assert trial.params == {name: suggestion.settings[name] for name in trial.params}
        assert trial.user_attrs["suggestion"] == suggestion.id
    space = {variable.name for variable in campaign.space.all_variables}
    assert set(first.distributions) == space
    assert study.trials[1].user_attrs["reason"] == "the ampoule broke"
    assert study.trials[4].user_attrs["measurement"] == "paper"


@pytest.mark.parametrize("name", names())
def test_every_ready_made_space_makes_a_study(store, name):
    goal = (
        "maximise ionic_conductivity"
        if str(ready(name).subject) == "electrolyte"
        else "maximise first_discharge_capacity"
    )
    campaign = store.create(name, ready(name), goal)
    asked = campaign.ask(random_planner(64), batch=8).suggestions
    told = {"electrolyte": ("ionic_conductivity", 1e-3), "cell": ("first_discharge_capacity", 150.0)}[
        str(ready(name).subject)
    ]
    campaign.tell([Result(property=told[0], value=told[1], suggestion=s.id) for s in asked])
    study = export_study(campaign, None)
    assert [trial.values for trial in study.trials] == [[told[1]]] * 8
    assert len(study.best_params) >= 2


def test_a_trial_holds_what_was_made_and_not_what_was_planned(store):
    campaign = store.create("glass", small_space(), "maximise ionic_conductivity")
    (planned,) = campaign.ask(random_planner(), batch=1).suggestions
    electrolyte = planned.candidate.subject
    milled = {
        hours: replace(
            planned.candidate,
            subject=replace(electrolyte, recipe=replace(electrolyte.recipe, milling=Milling(time_h=hours))),
        )
        for hours in (7.5, 9.5)
    }
    campaign.tell([replace(conductivity("s1", 1e-3), candidate=milled[7.5])])
    campaign.tell([replace(conductivity("s1", 3e-3), candidate=milled[7.5])])
    campaign.tell([replace(conductivity("s1", 1e-4), candidate=milled[9.5])])
    trials = export_study(campaign, None).trials
    assert [trial.params["milling_time_h"] for trial in trials] == [7.5, 9.5]
    assert trials[0].values == [pytest.approx((1e-3 * 3e-3) ** 0.5)]
    assert trials[1].values == [pytest.approx(1e-4)]


def test_a_value_to_reach_becomes_a_distance(store):
    campaign = store.create("glass", small_space(), "reach 1e-3 ionic_conductivity")
    campaign.ask(random_planner(), batch=1)
    campaign.tell(conductivity("s1", 1e-4))
    study = export_study(campaign, None)
    assert study.best_value == pytest.approx(1.0)


def test_the_command_line_writes_the_study_once(store, tmp_path):
    from typer.testing import CliRunner

    from surrogate.cli import campaigns

    store.create("glass", ready("li2s-p2s5"), OBJECTIVE, id="glass").ask(random_planner(), batch=3)
    url = f"sqlite:///{tmp_path / 'study.db'}"
    arguments = ["export-study", "glass", url, "--store", str(tmp_path / "campaigns.db")]
    done = CliRunner().invoke(campaigns.campaign, arguments)
    assert done.stdout == "glass: 3 trials\n", done.exception
    assert len(optuna.load_study(study_name="glass", storage=url).trials) == 3
    assert isinstance(CliRunner().invoke(campaigns.campaign, arguments).exception, Conflict)
    with pytest.raises(Unavailable, match="cannot be written as a study"):
        export_study(store.get("glass"), "no such place")
