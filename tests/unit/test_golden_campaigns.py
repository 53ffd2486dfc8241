"""What an earlier version stored, exported and wrote into sheets is read by the code of today and goes on the same."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from surrogate.campaign import CampaignStore, bayesian_planner, random_planner
from surrogate.campaign.codec import candidate_to_plain
from surrogate.campaign.planning import Planner
from surrogate.campaign.records import every
from surrogate.campaign.rewriting import rewrite_answers
from surrogate.sheets import import_sheet, read_for

GOLDEN = Path(__file__).resolve().parents[1] / "data" / "golden"
NEXT = json.loads((GOLDEN / "next.json").read_text("utf-8"))
PLANNERS: dict[str, Planner] = {
    "random": random_planner(),
    "analytic": bayesian_planner({}, planner="analytic", pool=256),
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CampaignStore]:
    """A copy of the store, opened at the moment in which it was left."""
    shutil.copy(GOLDEN / "campaigns.db", tmp_path)
    with CampaignStore.open(tmp_path / "campaigns.db", clock=lambda: datetime.fromisoformat(NEXT["now"])) as opened:
        yield opened


def test_a_store_lists_and_shows_what_was_written(store: CampaignStore) -> None:
    assert {s.id: (sum(s.suggestions.values()), s.measurements, s.failures, s.trouble) for s in every(store.list)} == {
        "cathode": (3, 1, 0, None),
        "glass": (5, 4, 2, None),
    }
    glass = store.get("glass")
    assert [(s.id, str(s.state)) for s in every(glass.suggestions)] == [
        ("s1", "measured"),
        ("s2", "failed"),
        ("s3", "proposed"),
        ("s4", "measured"),
        ("s5", "accepted"),
    ]
    told = {record.id: record for record in every(glass.measurements)}
    assert told["s1-a"].superseded_by == "s1-b"
    recipe = told["own-1"].candidate.electrolyte
    assert recipe is not None
    assert recipe.recipe.milling is not None
    assert (recipe.recipe.milling.mill, recipe.recipe.milling.wet) == ("Fritsch P7", True)
    assert (recipe.recipe.remilled, recipe.recipe.solvent_exposed) == (True, True)


@pytest.mark.parametrize("place", sorted(NEXT["next"]))
@pytest.mark.parametrize("exported", [False, True])
def test_a_campaign_goes_on_to_the_same_recipes(store: CampaignStore, place: str, exported: bool) -> None:
    name, planner = place.split("/")
    campaign = store.get(name)
    if exported:
        campaign = store.import_(json.loads((GOLDEN / f"{name}.json").read_text("utf-8")), id="copy")
    asked = campaign.ask(PLANNERS[planner], batch=2)
    found: list[dict[str, Any]] = [
        {
            "candidate": candidate_to_plain(s.candidate),
            "settings": dict(s.settings),
            "weigh_in_g": dict(s.weigh_in_g),
        }
        for s in asked.suggestions
    ]
    assert found == NEXT["next"][place]


def test_a_key_of_that_time_still_gives_its_answer(store: CampaignStore) -> None:
    glass = store.get("glass")
    asked = glass.ask(random_planner(), batch=2, key="second")
    assert asked.replayed
    assert [s.id for s in asked.suggestions] == ["s4", "s5"]


@pytest.mark.parametrize("sheet", ["glass.xlsx", "glass.csv", "cathode.xlsx", "cathode.csv"])
def test_a_sheet_of_that_time_tells_nothing_new(store: CampaignStore, sheet: str) -> None:
    campaign = store.get(sheet.split(".")[0])
    reading = read_for(campaign, GOLDEN / sheet)
    done = import_sheet(campaign, reading)
    assert not reading.faults
    assert done.is_no_op, done


@pytest.mark.parametrize("name", ["glass", "cathode"])
def test_an_export_of_that_time_is_an_export_of_today(store: CampaignStore, name: str) -> None:
    """Nothing but what is stored of answers may have changed in between."""
    written = json.loads((GOLDEN / f"{name}.json").read_text("utf-8"))
    assert store.export(name) == written


def test_answers_of_that_time_are_read_in_the_dialect_of_today(store: CampaignStore) -> None:
    first = store.get("glass").suggestion("s1").answer
    prediction = first.predictions["ionic_conductivity"]
    assert prediction.log10 == prediction.scale
    assert (prediction.ucum, prediction.conditions) == ("S/cm", {"temperature_c": 25.0})
    assert first.candidate.electrolyte is not None
    assert first.reading is not None
    assert first.composition == first.candidate.electrolyte.composition
    assert not [warning for warning in first.warnings if "cannot be read" in warning]
    drawn = store.get("cathode").suggestion("s1").answer  # by a planner that says nothing but a reason
    assert (drawn.expected_gain, drawn.predictions, drawn.reason[:5]) == (None, {}, "Drawn")
    choice = store.get("glass").report(2).models["ionic_conductivity"]
    assert choice.level == choice.calibration.level == 0.9
    assert store.get("cathode").report(1).planner == "random"


def test_migrating_rewrites_stored_answers_once_and_changes_nothing_that_is_read(store: CampaignStore) -> None:
    for name, answers in (("glass", 5), ("cathode", 3)):
        campaign = store.get(name)
        before = [(s.answer, s.candidate) for s in every(campaign.suggestions)], campaign.report(1), campaign.version
        done = rewrite_answers(campaign)
        assert (done.rewritten, done.left) == (answers, 0)
        after = [(s.answer, s.candidate) for s in every(campaign.suggestions)], campaign.report(1), campaign.version
        assert after == before
        assert rewrite_answers(campaign).rewritten == 0
        assert "ucum" in json.dumps(store.export(name)) or name == "cathode"
        store.import_(store.export(name), id=f"{name}-copy")


def test_an_answer_that_cannot_be_read_stops_nothing_and_is_not_overwritten(store: CampaignStore) -> None:
    damaged = json.loads((GOLDEN / "glass.json").read_text("utf-8"))
    damaged["suggestions"][0]["answer"] |= {"predictions": {"ionic_conductivity": 5}, "own": "of a planner of theirs"}
    campaign = store.import_(damaged, id="damaged")
    answer = campaign.suggestion("s1").answer
    assert answer.predictions == {}
    assert "What was stored of predictions cannot be read" in answer.warnings[-1]
    assert rewrite_answers(campaign).left == 1
    assert store.export("damaged")["suggestions"][0]["answer"]["predictions"] == {"ionic_conductivity": 5}
