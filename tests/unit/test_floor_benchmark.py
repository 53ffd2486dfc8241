"""The floor benchmark: what it says of values that columns tell and of those they do not, and a run from end to end."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.floor import ERROR_OVER_DIFFERENCE, Pairs, main


def pairs_of(values: np.ndarray, places: np.ndarray, papers: list[str]) -> Pairs:
    return Pairs.of(values, np.abs(places[:, None] - places[None, :]), papers)


def nearest_over_all(values: np.ndarray, places: np.ndarray) -> float:
    pairs = pairs_of(values, places, [f"paper {i}" for i in range(len(values))])
    near = pairs.apart <= np.quantile(pairs.apart, 0.1)
    return pairs.by_papers(near).mean / pairs.by_papers(~pairs.within).mean


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_near_pairs_agree_where_the_columns_tell_and_only_there(seed: int) -> None:
    rng = np.random.default_rng(seed)
    places = rng.random(150)
    assert nearest_over_all(3.0 * places, places) < 0.3
    assert nearest_over_all(rng.normal(size=150), places) == pytest.approx(1.0, abs=0.3)


@given(seed=st.integers(0, 10_000), times=st.integers(2, 4))
def test_a_paper_that_reports_more_rows_weighs_no_more(seed: int, times: int) -> None:
    rng = np.random.default_rng(seed)
    values, places, papers = rng.normal(size=6), rng.random(6), list("abcdef")
    once = pairs_of(values, places, papers)
    more = pairs_of(
        np.append(values, [values[0]] * times), np.append(places, [places[0]] * times), papers + ["a"] * times
    )
    assert more.by_papers(~more.within).mean == pytest.approx(once.by_papers(~once.within).mean)


def test_the_interval_over_papers_holds_the_mean_and_narrows_with_more_of_them() -> None:
    widths = []
    for n in (10, 90):
        rng = np.random.default_rng(n)
        pairs = pairs_of(rng.normal(size=n), rng.random(n), [f"paper {i}" for i in range(n)])
        found = pairs.by_papers(~pairs.within)
        low, high = found.interval()
        assert low < found.mean < high
        assert len(found.means) == n * (n - 1) // 2
        widths.append(high - low)
    assert widths[1] < widths[0]


def test_conductivities_of_like_recipes_agree_and_retentions_do_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--properties", "ionic_conductivity", "capacity_retention", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    share = {(row["property"], row["pairs"]): row["over_any_two"] for row in rows}
    assert share["ionic_conductivity", "nearest 3 %"] < 0.6
    assert share["capacity_retention", "nearest 3 %"] > 0.8
    assert all(row["low"] <= row["difference"] <= row["high"] for row in rows)


def test_draws_lie_as_far_from_their_median_as_the_floor_says() -> None:
    values = np.random.default_rng(0).normal(size=1500)
    pairs = pairs_of(values, values, [str(i) for i in range(len(values))])
    floor = float(pairs.differ.mean()) * ERROR_OVER_DIFFERENCE
    assert np.abs(values - np.median(values)).mean() == pytest.approx(floor, rel=0.02)
