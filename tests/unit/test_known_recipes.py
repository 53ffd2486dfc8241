"""Recipes that were measured are answered with what was measured; what is far from every row is left alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from surrogate.candidate.settings import build, read
from surrogate.datasets import load
from surrogate.models import load_models
from surrogate.models.artifact import SHIPPED
from surrogate.models.surrogate import Surrogate
from tests.trained import fitted

NAME = "first_charge_capacity"


@pytest.fixture(scope="module")
def model() -> Surrogate:
    return fitted(NAME, "tree_ensemble", {"n_trees": 40})


def test_rows_learnt_from_are_answered_more_closely_than_the_blend_does(model: Surrogate) -> None:
    rows = load(NAME)
    values = np.array([row.value for row in rows])
    view = model.encoding.view([row.candidate for row in rows], materials=False)
    miss, blended = (np.abs(one.medians(view) - values).mean() for one in (model, replace(model, known_recipes=None)))
    assert miss < 0.75 * blended


def test_a_cell_far_from_every_row_is_answered_by_the_blend(model: Surrogate) -> None:
    odd = build({"active_material": "S", "electrolyte": "Li3InCl6", "voltage_min_v": 0.2, "voltage_max_v": 5.0,
                 "c_rate": 50.0, "active_loading_mg_per_cm2": 200.0})  # fmt: skip
    view = model.encoding.view([odd], materials=False)
    assert model.medians(view) == pytest.approx(replace(model, known_recipes=None).medians(view), abs=0.5)


def test_a_recipe_is_recognised_by_what_few_papers_have(model: Surrogate) -> None:
    assert model.known_recipes is not None
    rows = load(NAME)
    view = model.encoding.view([row.candidate for row in rows], materials=False)
    shares = model.known_recipes.recognise(view.columns)
    papers = sorted({row.source.paper for row in rows})
    own = shares[np.arange(len(rows)), [papers.index(row.source.paper) for row in rows]]
    assert own.mean() > 0.95
    plain = model.encoding.view([build({"active_material": "LiCoO2", "electrolyte": "Li6PS5Cl"})], materials=False)
    assert model.known_recipes.recognise(plain.columns).sum() < 0.5


def test_candidates_in_company_and_alone_are_recognised_alike(model: Surrogate) -> None:
    assert model.known_recipes is not None
    view = model.encoding.view([row.candidate for row in load(NAME)[:40]], materials=False)
    together = model.known_recipes.recognise(view.columns)
    alone = [model.known_recipes.recognise(view.columns.take(np.array([row])))[0] for row in range(40)]
    np.testing.assert_allclose(together, alone, atol=1e-12)


def test_a_small_step_away_from_a_known_recipe_is_a_small_step_of_the_answer(model: Surrogate) -> None:
    row = next(row for row in load(NAME) if row.source.row_id == "ZHC17-01")
    settings = read(row.candidate)
    rate = float(settings["c_rate"])
    cells = [build(settings | {"c_rate": rate * factor}) for factor in np.linspace(1.0, 1.2, 41)]
    medians = model.medians(model.encoding.view(cells, materials=False))
    assert np.abs(np.diff(medians)).max() < 0.05 * medians.max()


@pytest.mark.parametrize("name", ["first_discharge_capacity", "first_charge_capacity"])
def test_the_milled_electrodes_of_their_source_are_answered_by_the_models_of_the_package(name: str) -> None:
    """TiS2 by hand and milled for 3, 9 and 27 minutes with its electrolyte, in both windows of the paper."""
    electrodes = {f"SREP-{number:02d}" for number in (1, 2, 3, 7, 9, 10)}
    rows = [row for row in load(name) if row.source.row_id in electrodes]
    answers = load_models(SHIPPED)[name].predict([row.candidate for row in rows], neighbours=0)
    assert len(rows) >= 3
    assert [answer.median for answer in answers] == pytest.approx([row.value for row in rows], rel=0.15)
