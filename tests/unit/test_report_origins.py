"""The report says where measured values come from, and draws the files that are at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from surrogate.campaign import CampaignStore, random_planner
from surrogate.campaign.files import results_of
from surrogate.errors import Unavailable
from surrogate.instruments.paths import measure_files
from surrogate.instruments.source import check_file, open_file
from surrogate.report.instruments import figure_of, look_at
from surrogate.report.origins import origins
from surrogate.wire.instruments import write_reading
from tests.campaigns import GOAL, conductivity, small_space
from tests.instruments import PELLET, cycling_csv, spectrum_csv


@pytest.fixture
def lab(tmp_path: Path):
    """A campaign told of one spectrum, which lies in a folder under another name since."""
    path = tmp_path / "raw" / "s1.csv"
    path.parent.mkdir()
    path.write_text(spectrum_csv())
    with CampaignStore.open(tmp_path / "c.db") as store:
        campaign = store.create("glass", small_space(), GOAL, id="glass")
        campaign.ask(random_planner(), batch=2)
        values = write_reading(measure_files(path, **PELLET)).values
        campaign.tell(results_of(values, "s1", campaign.suggestion("s1").candidate))
        yield campaign, path.rename(path.with_name("renamed <b>.csv"))


def test_provenance_is_in_the_report_and_the_file_is_known_by_its_hash(lab) -> None:
    campaign, path = lab
    (path.parent / "another.csv").write_text(cycling_csv())
    (path.parent / "empty.csv").write_text("")
    without = origins(campaign)
    assert "s1.csv" in without
    assert open_file(path).sha256[:16] in without
    assert "total resistance" in without
    assert "<img" not in without
    for raw in (path, path.parent):
        drawn = origins(campaign, [raw])
        assert drawn.count("<img") == 1
        assert "renamed &lt;b&gt;.csv" in drawn
    with pytest.raises(Unavailable):
        origins(campaign, [path.parent / "missing"])


def test_a_kept_file_is_drawn_without_being_asked_for(lab) -> None:
    campaign, path = lab
    campaign.tell(conductivity("s2", id="m2"), keep=[open_file(path)])
    assert origins(campaign).count("<img") == 1


def test_a_campaign_without_files_has_no_such_chapter(tmp_path: Path) -> None:
    with CampaignStore.open(tmp_path / "c.db") as store:
        campaign = store.create("glass", small_space(), GOAL, id="glass")
        campaign.ask(random_planner())
        campaign.tell(conductivity("s1"))
        assert origins(campaign) == origins(None) == ""


def test_cycling_is_drawn_with_the_capacity_of_every_cycle() -> None:
    figure = figure_of(look_at([check_file("cell.csv", cycling_csv(5).encode())]))
    left, right = figure.axes
    assert (left.get_xlabel(), right.get_xlabel()) == ("Charge / mAh", "Cycle")
    assert [len(line.get_xdata()) for line in right.lines] == [5, 5]


def test_a_spectrum_is_drawn_with_its_fit_and_one_scale() -> None:
    reading = look_at([check_file("a.csv", spectrum_csv().encode())])
    (axes,) = figure_of(reading).axes
    measured, fitted, total = axes.lines
    assert len(measured.get_xdata()) == len(fitted.get_xdata()) == 60
    assert total.get_xdata()[0] == pytest.approx(1000.0, rel=0.02)
    assert axes.get_aspect() == 1.0
