"""A learning curve judges the same rows at every size and finds the law that the errors follow."""

from __future__ import annotations

import json
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surrogate.datasets import load, paper_folds
from surrogate.models import evaluate
from surrogate.models import load as load_model
from tests.training.workspace import PASSES, QUICK, Workspace
from training.config import Plan
from training.learning_curve import SHARES, learning_curve, sentence, share_of_papers, summarise
from training.model_card import markdown

PLAN = Plan(property=PASSES, kind="group_median", folds=3)


@given(
    exponent=st.floats(-1.0, 0.5),
    level=st.floats(0.01, 100.0),
    most=st.integers(40, 400),
    papers=st.integers(2, 30),
)
def test_errors_that_follow_a_law_give_its_exponent_and_what_it_says_of_twice_as_many(exponent, level, most, papers):
    counts = most * np.array([*SHARES, 1.0])
    errors = np.linspace(0.5, 1.5, papers)[:, None] * level * counts**exponent
    curve = summarise(counts, errors)
    assert curve["exponent"] == pytest.approx(exponent, abs=1e-9)
    assert curve["exponent_interval"] == pytest.approx([exponent, exponent], abs=1e-9)
    assert curve["doubled"] == pytest.approx(level * (2 * most) ** exponent)
    for point in curve["points"]:
        assert point["fitted"] == pytest.approx(point["mae"])
        assert point["mae_interval"][0] <= point["mae"] <= point["mae_interval"][1]


def test_smaller_shares_lie_in_larger_ones_and_hold_about_their_share():
    measurements = load(PASSES)
    (fold, *_) = paper_folds(measurements, 3, 0)
    papers = [
        {m.source.paper for m in measurements if share_of_papers(share)(m, fold)} for share in (*SHARES, 1.0)
    ]  # fmt: skip
    everything = {m.source.paper for m in measurements}
    assert papers[0] < papers[1] < papers[2] < papers[3] == everything
    assert len(papers[2]) / len(everything) == pytest.approx(0.5, abs=0.15)


def test_the_curve_ends_with_the_evaluation_of_all_papers_and_judges_the_same_rows(workspace):
    judge = partial(evaluate, workspace.measurements(PASSES), property=PASSES, folds=PLAN.folds, kinds=(PLAN.kind,))
    full = judge()[PLAN.kind]
    fewer = judge(learnable=share_of_papers(0.5))[PLAN.kind]
    assert fewer.rows["row_id"].tolist() == full.rows["row_id"].tolist()
    assert not np.allclose(fewer.rows["predicted"], full.rows["predicted"])
    curve = learning_curve(full, judge, PLAN)
    assert curve["points"][-1]["mae"] == pytest.approx(full.metrics["mae"])
    assert [point["papers"] for point in curve["points"]] == sorted(point["papers"] for point in curve["points"])


def test_too_few_papers_make_no_curve():
    measurements = load("electronic_conductivity")
    few = [m for m in measurements if m.source.paper in sorted({m.source.paper for m in measurements})[:12]]
    judge = partial(evaluate, few, property="electronic_conductivity", folds=3, kinds=("group_median",))
    assert learning_curve(judge()["group_median"], judge, PLAN) is None


def test_the_curve_stands_in_the_answer_the_artifact_and_the_card(tmp_path):
    workspace = Workspace(folder=tmp_path)
    done = workspace.call("evaluate", PASSES, "--kinds", "group_median", *QUICK[2:], "--learning-curve")
    assert done.code == 0, done.err
    assert "papers learnt from" in done.out
    done = workspace.call("fit", PASSES, *QUICK, "--learning-curve", "--format", "json")
    assert done.code == 0, done.err
    (described,) = json.loads(done.out)["models"]
    model = load_model(workspace.models / PASSES)
    assert list(workspace.folder.glob("mlruns/*/artifacts/figures/learning_curve.png"))
    curve = model.card.metrics["learning_curve"]
    assert curve["points"][-1]["mae"] == pytest.approx(described["evaluation"]["mae"])
    card = markdown([model])
    assert all(notice in card for notice in model.card.notices)
    assert "### Learning curve" in card
    assert sentence(curve, "decades")[1:] in card
