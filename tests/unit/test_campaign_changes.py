"""A campaign changes its mind: what was told stays, the history says what was before, a sheet moves on."""

from __future__ import annotations

from pathlib import Path

import pytest

from surrogate.campaign import CampaignStore, random_planner
from surrogate.campaign.planning import Plan, Planner, Question
from surrogate.campaign.records import every
from surrogate.errors import Conflict, InvalidInput
from surrogate.planner.objective import Objective
from surrogate.sheets import export_sheet, import_sheet, read_for
from surrogate.space.changing import SpaceChanges, change_space
from surrogate.space.ready import ready
from tests.campaigns import GOAL, conductivity, small_space

NARROW = SpaceChanges(fix={"heat_treatment_temperature_c": 250.0}, at_most={"milling_time_h": 20.0})


def watched(questions: list[Question]) -> Planner:
    """A planner that keeps what it was asked."""

    def plan(question: Question) -> Plan:
        questions.append(question)
        return random_planner()(question)

    return plan


def test_another_space_objective_and_batch_from_here_on_with_all_results(store: CampaignStore) -> None:
    campaign = store.create("glass", small_space(), GOAL, id="glass")
    campaign.ask(random_planner())
    campaign.tell(conductivity("s1"))
    version = campaign.version
    narrow, wish = change_space(campaign.space, NARROW), Objective.parse("activation_energy <= 0.3 eV")
    done = campaign.change(space=narrow, objective=wish, batch=2, reason="a smaller mill", if_version=version)
    assert done.version == version + 1
    assert set(done.outside) <= {"s2", "s3", "s4"}
    assert done.outside
    questions: list[Question] = []
    asked = campaign.ask(watched(questions))  # a handle from before the change
    assert len(asked) == 2
    assert all(s.settings["heat_treatment_temperature_c"] == 250.0 for s in asked.suggestions)
    (question,) = questions
    assert (question.space, str(question.objective)) == (narrow, str(wish))
    assert [m.value for m in question.measurements] == [1e-3]
    assert len(question.pending) == 3
    again = store.get("glass")
    assert (again.space, again.objective) == (narrow, wish)
    assert again.summary().batch == 2
    (event,) = [event for event in every(again.history) if event.kind == "changed"]
    assert event.detail["reason"] == "a smaller mill"
    assert event.detail["before"]["batch"] == 4
    assert event.detail["before"]["space"]["variables"]["milling_time_h"]["high"] == 60.0
    assert "ionic_conductivity" in again.report(1).objective
    assert "activation_energy" in again.report(2).objective


def test_a_campaign_gets_another_name_and_is_put_away_and_taken_back(store: CampaignStore) -> None:
    campaign = store.create("glass", small_space(), GOAL, id="glass")
    assert not campaign.summary().archived
    campaign.change(name="Glasses of the new mill", archived=True, reason="done for now")
    summary = store.get("glass").summary()
    assert (summary.name, summary.archived, summary.id) == ("Glasses of the new mill", True, "glass")
    version = campaign.version
    assert campaign.change(archived=True).version == version
    campaign.change(archived=False)
    assert not store.list().items[0].archived
    events = [event.detail for event in every(campaign.history) if event.kind == "changed"]
    assert events[0]["before"] == {"name": "glass", "archived": False}
    with pytest.raises(InvalidInput, match="name"):
        campaign.change(name="a" * 201)


def test_changing_nothing_is_no_change_and_a_stale_version_is_refused(store: CampaignStore) -> None:
    campaign = store.create("glass", small_space(), GOAL, id="glass")
    version = campaign.version
    assert campaign.change(space=small_space(), batch=4).version == version
    campaign.change(batch=3)
    with pytest.raises(Conflict):
        campaign.change(batch=5, if_version=version)
    with pytest.raises(InvalidInput):
        campaign.change(batch=0)
    with pytest.raises(Conflict, match="electrolytes"):
        campaign.change(space=ready("tis2-composite"))
    assert campaign.summary().batch == 3


def test_a_change_while_a_planner_works_drops_its_recipes(store: CampaignStore) -> None:
    campaign = store.create("glass", small_space(), GOAL, id="glass")

    def slow(question: Question) -> Plan:
        campaign.change(space=change_space(campaign.space, NARROW))
        return random_planner()(question)

    with pytest.raises(Conflict, match="changed while"):
        campaign.ask(slow)
    assert campaign.summary().suggestions["proposed"] == 0
    assert len(campaign.ask(random_planner(), batch=1)) == 1  # and the lock is free


def test_a_changed_campaign_is_exported_and_goes_on_the_same(store: CampaignStore) -> None:
    campaign = store.create("glass", small_space(), GOAL, id="glass")
    campaign.ask(random_planner(), batch=1)
    campaign.change(space=change_space(campaign.space, NARROW), batch=2)
    copy = store.import_(store.export("glass"), id="copy")
    first, second = store.get("glass").ask(random_planner()), copy.ask(random_planner())
    assert [s.settings for s in first.suggestions] == [s.settings for s in second.suggestions]


def test_an_old_sheet_goes_into_a_new_campaign_once(store: CampaignStore, tmp_path: Path) -> None:
    old = store.create("old", small_space(), GOAL, id="old")
    old.ask(random_planner(), batch=3)
    old.tell([conductivity("s1", 1e-3), conductivity("s2", 2e-3)])
    old.update("s3", "failed", reason="it would not press")
    path = export_sheet(old, tmp_path / "old.xlsx")
    new = store.create("new", change_space(small_space(), NARROW), GOAL, id="new")
    new.ask(random_planner(), batch=2)
    for repeated in (False, True):
        reading = read_for(new, path, origin="old")
        assert reading.faults == ()
        done = import_sheet(new, reading)
        assert done.faults == ()
        assert len(done.repeated if repeated else done.told) == 3
    assert {(m.value, m.candidate.electrolyte) for m in new.learned()} == {
        (m.value, m.candidate.electrolyte) for m in old.learned()
    }
    assert new.summary().suggestions["proposed"] == 2  # s1 there is not s1 here
    assert import_sheet(old, read_for(old, path, origin="old")).told == ()
