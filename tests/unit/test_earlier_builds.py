"""What an earlier build wrote goes on being read: an exported campaign, and its sheets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from surrogate.campaign import CampaignStore
from surrogate.campaign.records import every
from surrogate.candidate.settings import build, read
from surrogate.sheets import import_sheet, read_for

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


@pytest.fixture
def campaign(tmp_path):
    """A campaign that an earlier build exported, with recipes that its sheets could not hold in full."""
    with CampaignStore.open(tmp_path / "c.db") as store:
        yield store.import_(json.loads((GOLDEN / "campaign.json").read_text("utf-8")))


def test_a_stored_campaign_holds_whole_candidates(campaign):
    records = [*every(campaign.measurements), *every(campaign.suggestions)]
    assert len(records) == 7
    for record in records:
        assert build(read(record.candidate), record.candidate.kind) == record.candidate
    (own,) = (record.candidate for record in records if record.id == "own")
    assert own.subject.separator.recipe.milling.wet
    assert own.subject.electrode.active_material.text == "MXene"


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_sheet_of_an_earlier_build_adds_nothing_to_its_campaign(campaign, ending):
    """All but the row of a material of one's own, which such a sheet could not say: it is refused, not mistaken."""
    reading = read_for(campaign, GOLDEN / f"campaign.{ending}")
    (fault,) = reading.faults
    assert "MXene" in fault.message
    version = campaign.version
    assert import_sheet(campaign, reading).told == ()
    assert campaign.version == version
