"""The champion moves for a version that passes the gate and is not worse than the champion, and for no other."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surrogate.models.baselines import least_error
from tests.training.workspace import PASSES
from training.promotion import LEAST_PAPERS, compare, decide
from training.summary import FEW_PAPERS, LEAST_COVERAGE, limits
from training.tracking import Version

CHAMPION = Version(property=PASSES, number="7", run_id="of the champion")


def with_error(rows, factor: float):
    """The same evaluation with every error ``factor`` times as large."""
    return rows.assign(predicted=rows["value"] + factor * (rows["predicted"] - rows["value"]))


def test_passing_the_gate_is_enough_where_there_is_no_champion(evaluation):
    summary, rows = evaluation
    decision = decide(summary, rows, None)
    assert decision.promoted
    assert decision.reasons == ()
    assert decision.comparison is None


@given(coverage=st.floats(0.0, 1.0))
def test_coverage_outside_the_bounds_is_refused_with_the_number(evaluation, coverage):
    summary = copy.deepcopy(evaluation[0])
    summary["evaluation"]["coverage_90"] = coverage
    decision = decide(summary, evaluation[1], None)
    assert decision.promoted == (0.86 <= coverage <= 0.94)
    assert decision.promoted or f"{coverage:.3f}" in decision.reasons[0]


@given(shift=st.floats(-0.3, 0.3))
def test_the_gain_over_the_best_baseline_must_be_sure(evaluation, shift):
    summary = copy.deepcopy(evaluation[0])
    gain = summary["evaluation"]["gain_over_best_baseline"]
    assert gain["baseline"] == least_error(summary["baselines"])
    gain["gain"], gain["interval_90"] = gain["gain"] + shift, [end + shift for end in gain["interval_90"]]
    decision = decide(summary, evaluation[1], None)
    assert decision.promoted == (gain["interval_90"][0] > 0)
    words = "may be chance" if gain["gain"] > 0 else "is not below"
    assert decision.promoted or words in decision.reasons[0]


def test_a_summary_of_an_earlier_version_is_judged_by_the_interval_that_it_knows(evaluation):
    summary = copy.deepcopy(evaluation[0])
    del summary["evaluation"]["gain_over_best_baseline"]
    assert decide(summary, evaluation[1], None).promoted
    summary["evaluation"]["gain_over_best_median"]["interval"][0] = -0.01
    assert not decide(summary, evaluation[1], None).promoted


def test_a_challenger_that_errs_more_beyond_noise_is_refused(evaluation):
    summary, rows = evaluation
    decision = decide(summary, rows, (CHAMPION, with_error(rows, 0.5)))
    assert not decision.promoted
    assert decision.comparison.worse
    assert "version 7" in decision.reasons[0]


@pytest.mark.parametrize("factor", [1.0, 1.2])
def test_a_challenger_as_good_or_better_is_taken(evaluation, factor):
    summary, rows = evaluation
    decision = decide(summary, rows, (CHAMPION, with_error(rows, factor)))
    assert decision.promoted
    assert decision.comparison.n_rows == len(rows)
    assert decision.comparison.gain >= 0


@settings(max_examples=10)
@given(factor=st.floats(0.3, 3.0))
def test_swapping_the_two_swaps_the_sign(evaluation, factor):
    rows = evaluation[1]
    there = compare(rows, with_error(rows, factor), "1")
    back = compare(with_error(rows, factor), rows, "1")
    assert there.gain == pytest.approx(-back.gain)
    assert not (there.worse and back.worse)


def test_too_few_shared_papers_say_nothing(evaluation):
    rows = evaluation[1]
    papers = list(rows["paper"].unique()[: LEAST_PAPERS - 1])
    comparison = compare(rows, with_error(rows[rows["paper"].isin(papers)], 0.1), "1")
    assert comparison.n_papers == LEAST_PAPERS - 1
    assert comparison.interval is None
    assert not comparison.worse


@pytest.mark.parametrize(("outside", "words"), [(1.1, "heed the domain"), (0.9, "does not tell how far it errs")])
def test_a_verdict_that_tells_nothing_of_the_error_is_a_limit(evaluation, outside, words):
    summary = copy.deepcopy(evaluation[0])
    found = summary["evaluation"]["by_domain"]
    found["out"] = {**found["in"], "mae": outside * found["in"]["mae"]}
    assert words in limits(summary)[-1]


def test_the_limits_name_every_family_that_is_rare_or_covered_too_little_and_no_other(evaluation):
    summary = evaluation[0]
    said = " ".join(limits(summary))
    by_group = summary["evaluation"]["by_group"]
    for group, own in by_group.items():
        rare, narrow = own["n_papers"] < FEW_PAPERS, own["coverage_90"] < LEAST_COVERAGE
        poor = own["mae"] >= own["best_median_mae"]
        assert (f"{group} (" in said or f"{group}:" in said) == (rare or narrow or poor)
