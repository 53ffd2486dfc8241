"""What a row counts for in every kind of model: less in a paper of many rows, less where it is trusted less."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from surrogate.models.applicability import Applicability
from surrogate.models.estimators.registry import ESTIMATORS, fit_estimator
from surrogate.models.training_set import TrainingSet

NAMES = ("composition.lithium", "recipe.milling_time_h")
SETTINGS = {
    "tree_ensemble": {"n_trees": 40, "min_leaf": 8},
    "neural_ensemble": {"n_members": 8, "epochs": 60},
    "gaussian_process": {"iterations": 30},
    "blind_process": {"iterations": 30},
    "read_law": {},
    "factor_trees": {"n_trees": 40, "min_leaf": 8},
    "recipe_median": {},
    "group_median": {},
}


def rows(y, paper, tier=0) -> TrainingSet:
    """Rows of two candidates in turn, so that only who reports a value can tell why values differ."""
    n = len(y)
    codes = np.zeros(n, dtype=np.int64)
    return TrainingSet(
        names=NAMES,
        X=np.repeat(1.0 + np.arange(n)[:, None] % 2, len(NAMES), axis=1),
        y=np.asarray(y, dtype=float),
        paper=np.asarray(paper, dtype=np.int64),
        group=codes,
        material=codes,
        tier=codes + tier,
        censoring=codes,
    )


def disagreeing(spread_of_first: float = 0.05) -> np.ndarray:
    """Forty values about 0, then forty about 1."""
    rng = np.random.default_rng(0)
    return np.concatenate([spread_of_first * rng.standard_normal(40), 1.0 + 0.05 * rng.standard_normal(40)])


def predict_one(kind: str, training: TrainingSet) -> float:
    fitted = fit_estimator(kind, training, SETTINGS[kind], np.random.default_rng(0))
    mean, _ = fitted.predict(np.ones((1, len(NAMES))), np.zeros(1, dtype=np.int64))
    return float(mean[0])


@pytest.mark.parametrize("kind", sorted(ESTIMATORS))
def test_forty_rows_of_one_paper_do_not_shout_down_forty_papers(kind: str) -> None:
    first, second = np.zeros(40), 1 + np.arange(40)
    zeros_from_forty, in_pairs, ones_from_forty = (
        predict_one(kind, rows(disagreeing(), papers))
        for papers in ([*second, *first], np.tile(np.arange(40), 2), [*first, *second])
    )
    assert zeros_from_forty < 0.35
    assert zeros_from_forty < in_pairs < ones_from_forty
    assert ones_from_forty > 0.65


@pytest.mark.parametrize("kind", ["neural_ensemble", "tree_ensemble"])
def test_of_rows_that_disagree_the_more_trusted_ones_count_more(kind: str) -> None:
    papers, tier_a, tier_d = np.arange(80), [0] * 40, [3] * 40
    assert predict_one(kind, rows(disagreeing(), papers, [*tier_a, *tier_d])) < 0.4
    assert predict_one(kind, rows(disagreeing(), papers, [*tier_d, *tier_a])) > 0.6


def test_a_process_learns_how_noisy_each_tier_is_and_believes_the_quieter_one() -> None:
    training = rows(disagreeing(spread_of_first=0.8), np.arange(80), np.repeat([3, 0], 40))
    fitted = fit_estimator("gaussian_process", training, SETTINGS["gaussian_process"], np.random.default_rng(0))
    noise = fitted.noise()  # type: ignore[attr-defined]
    assert noise["D"] > 1.5 * noise["A"]
    assert predict_one("gaussian_process", training) > 0.6


def test_the_border_of_the_domain_is_learnt_from_other_papers() -> None:
    """Repeats within a paper lie close together; they say nothing of how far apart two papers are."""
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((30, len(NAMES)))
    papers = rows(np.zeros(30), np.arange(30))
    alone = replace(papers, X=centres)
    again = alone.take(np.repeat(np.arange(30), 4))
    repeated = replace(again, X=again.X + 1e-3 * rng.standard_normal(again.X.shape))
    one, many = Applicability.fit(alone), Applicability.fit(repeated)
    assert many.inner == pytest.approx(one.inner, rel=0.1)
    assert many.outer == pytest.approx(one.outer, rel=0.1)


@pytest.mark.parametrize(("papers", "heard"), [(1, 1.0), (2, 0.0), (4, 0.0)])
def test_several_papers_on_the_very_material_outvote_many_on_its_cousins(papers: int, heard: float) -> None:
    values = [*np.zeros(papers), *np.ones(30)]
    training = rows(values, np.arange(papers + 30))
    # Cousins differ by half of the spread of what makes the material.
    materials = np.array([*np.zeros(papers), *np.full(25, 0.3), *np.full(5, 4.0)])
    training = replace(training, X=np.column_stack([materials, np.ones(papers + 30)]))
    fitted = fit_estimator("recipe_median", training, {}, np.random.default_rng(0))
    mean, _ = fitted.predict(np.array([[0.0, 1.0]]), np.zeros(1, dtype=np.int64))
    assert mean[0] == heard
