"""A review holds results against what was predicted for them, in the order in which they were told."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest

from surrogate.beliefs.simulator import simulators
from surrogate.campaign import CampaignStore, bayesian_planner
from surrogate.campaign.campaign import Campaign
from surrogate.candidate.measurement import Censoring
from surrogate.candidate.settings import build, read
from surrogate.properties import PROPERTIES
from surrogate.report.review import Reviewed, Standing, latest, review, standings
from tests.campaigns import GOAL, FakeClock, conductivity, small_space

NAME = "ionic_conductivity"


def start(store: CampaignStore, n: int) -> tuple[Campaign, list]:
    campaign = store.create("review", small_space(), GOAL, id="lab")
    planner = bayesian_planner(simulators([NAME]), planner="analytic", pool=64)
    return campaign, list(campaign.ask(planner, batch=n).suggestions)


def tell(campaign: Campaign, suggestion, factor: float, clock: FakeClock, **more: object) -> None:
    clock.advance(days=1)
    median = suggestion.answer.predictions[NAME].median
    campaign.tell(conductivity(suggestion.id, factor * median, **more))


def test_coverage_and_bias_are_those_of_the_results_in_their_order(store):
    campaign, suggestions = start(store, 3)
    for suggestion, factor in zip(suggestions, (0.5, 0.5, 1e-6), strict=True):
        tell(campaign, suggestion, factor, store.clock)
    rows = review([campaign]).rows
    assert [row.suggestion for row in rows] == [s.id for s in suggestions]
    assert [row.is_inside for row in rows] == [True, True, False]
    assert rows[0].error == pytest.approx(-0.30103, abs=1e-4)  # half of what was predicted, in decades
    assert [standing.coverage for standing in standings(rows)] == pytest.approx([1.0, 1.0, 2 / 3])
    assert standings(rows, last=1)[-1].coverage == 0.0
    assert standings(rows)[1].bias == pytest.approx(-0.30103, abs=1e-4)
    assert "2 of 3 results lay inside the 90 % interval" in latest(rows)[NAME].sentence
    assert "lower than predicted" in latest(rows)[NAME].sentence


def test_so_many_results_say_whether_intervals_hold():
    def standing(n_inside: int, n: int) -> Standing:
        return Standing(
            property_name=NAME, recorded=datetime(2026, 11, 29, tzinfo=UTC), n=n, level=0.9, coverage=n_inside / n,
            bias=0.0, mean_absolute_error=0.1,
        )  # fmt: skip

    assert "cannot tell yet" in standing(2, 4).judgement
    assert "too narrow" in standing(14, 20).judgement
    assert standing(18, 20).judgement == standing(20, 20).judgement == "That agrees with 90 %."


def test_a_limit_that_misses_the_interval_counts_and_what_says_nothing_is_left_out_aloud(store, tmp_path, capsys):
    from surrogate.cli.reviewing import review as command

    campaign, suggestions = start(store, 5)
    for suggestion, factor, sign in zip(
        suggestions, (1.0, 1e-3, 1.0, 60.0), ("exact", "below", "below", "above"), strict=False
    ):
        tell(campaign, suggestion, factor, store.clock, censoring=sign)
    other = build({**read(suggestions[4].candidate), "milling_time_h": 44.5})
    tell(campaign, suggestions[4], 1.0, store.clock, candidate=other)
    answer = review([campaign])
    assert [row.is_inside for row in answer.rows] == [True, False, False]
    assert "1 of 3 results lay inside" in latest(answer.rows)[NAME].sentence
    assert answer.omissions == "Left out: 1 limit that does not tell, 1 made otherwise."
    command(store=str(tmp_path / "campaigns.db"))
    printed = capsys.readouterr().out
    assert printed.splitlines()[-1] == answer.omissions
    assert answer.rows[1].shown.startswith("<")
    assert answer.rows[1].shown in printed
    assert latest([]) == {}


@pytest.mark.parametrize(
    ("sign", "measured", "low", "high", "inside"),
    [
        ("below", 60.0, 70.0, 90.0, False),
        ("below", 80.0, 70.0, 90.0, None),
        ("below", 95.0, 70.0, 90.0, None),
        ("below", 80.0, 0.0, 90.0, True),
        ("above", 95.0, 70.0, 90.0, False),
        ("above", 80.0, 70.0, 90.0, None),
        ("above", 80.0, 70.0, PROPERTIES["capacity_retention"].upper, True),
        ("approximate", 80.0, 70.0, 90.0, None),
    ],
)
def test_a_limit_tells_where_everything_beyond_it_lies_on_one_side(sign, measured, low, high, inside):
    row = Reviewed(
        property_name="capacity_retention", recorded=datetime(2026, 11, 29, tzinfo=UTC), campaign="c", suggestion="s1",
        model="m", expected=80.0, low=low, high=high, level=0.9, measured=measured, censoring=Censoring(sign),
    )  # fmt: skip
    assert (row.is_inside if row.tells else None) is inside


def test_the_command_line_lists_results_and_says_how_it_stands(store, tmp_path, capsys):
    from surrogate.cli.options import Format
    from surrogate.cli.reviewing import review as command

    campaign, suggestions = start(store, 1)
    tell(campaign, suggestions[0], 1.0, store.clock)
    command(store=str(tmp_path / "campaigns.db"))
    lines = capsys.readouterr().out.splitlines()
    assert "yes" in lines[1]
    assert lines[-1] == (
        "Ionic conductivity: 1 of 1 result lay inside the 90 % interval; on average values came out as predicted. "
        "1 result cannot tell yet whether intervals hold; 5 can."
    )
    command(store=str(tmp_path / "campaigns.db"), format=Format.CSV)
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert float(row["predicted"]) == pytest.approx(float(row["measured"]))
    assert row["coverage_so_far"] == "1.0"


def test_the_tracker_gets_a_series_for_each_property(store, tmp_path):
    from mlflow.tracking import MlflowClient

    from training.reviewing import log_review
    from training.tracking import Tracker

    campaign, suggestions = start(store, 2)
    for suggestion in suggestions:
        tell(campaign, suggestion, 0.5, store.clock)
    tracker = Tracker(uri=f"sqlite:///{tmp_path / 'mlflow.db'}", folder=tmp_path)
    assert log_review(str(tmp_path / "campaigns.db"), tracker)[NAME].n == 2
    client = MlflowClient(tracking_uri=tracker.uri)
    experiment = client.get_experiment_by_name(f"sulfide-surrogate/{NAME}")
    (run,) = client.search_runs([experiment.experiment_id])
    series = client.get_metric_history(run.info.run_id, "in_use.bias")
    assert [(point.step, round(point.value, 3)) for point in series] == [(0, -0.301), (1, -0.301)]
    assert series[1].timestamp - series[0].timestamp == 86_400_000
