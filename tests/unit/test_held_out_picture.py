"""The first picture shows what it says: series of one paper each, which the model has not seen."""

from __future__ import annotations

import pytest

from benchmarks._strict import join_papers
from scripts.held_out_picture import PANELS, PROPERTY, Panel, leave_out
from surrogate.datasets import load, load_companions


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.heading)
def test_a_panel_shows_one_paper_that_varies_one_thing_in_four_steps_or_more(panel: Panel) -> None:
    measurements = load(PROPERTY.name)
    rows = [(at, m) for series in panel.series for at, m in series.rows(measurements)]
    assert len(rows) == sum(len(series.numbers) for series in panel.series)
    assert len({m.source.paper for _, m in rows}) == 1
    assert len({round(at, 3) for at, _ in rows}) >= 4
    assert all(at >= 0.0 for at, _ in rows)


def test_no_paper_that_is_drawn_or_may_repeat_one_is_learnt_from() -> None:
    measurements, companions = load(PROPERTY.name), load_companions(PROPERTY.name)
    kept, kept_companions = leave_out(measurements, companions)
    names = join_papers([*measurements, *companions])
    drawn = {m.source.paper for panel in PANELS for series in panel.series for _, m in series.rows(measurements)}
    assert {names[paper] for paper in drawn}.isdisjoint(names[m.source.paper] for m in (*kept, *kept_companions))
    assert len(kept) > len(measurements) / 2
