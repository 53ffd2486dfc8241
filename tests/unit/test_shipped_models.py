"""The models of the package are those of its tables, small, and used where nobody names others."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from surrogate.candidate.recipe import Recipe
from surrogate.datasets import load, load_companions
from surrogate.errors import ArtifactError
from surrogate.models import artifact, fit, load_models
from surrogate.models.artifact import SHIPPED, models_folder, save
from surrogate.models.base import ModelStatus
from surrogate.properties import MODELLED
from tests.trained import fitted
from training import shipping
from training.config import read_plan

NAME = "electronic_conductivity"


@pytest.fixture(scope="module")
def judged():
    return fitted(NAME, "tree_ensemble").with_identity(status=ModelStatus.PROVISIONAL, reason="It is small.")


@pytest.fixture(scope="module")
def shipped(judged, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("package") / "shipped"
    shipping.ship({NAME: judged}, folder)
    return folder


def test_the_models_of_the_package_are_those_of_the_tables_in_the_tree():
    assert set(shipping.contents()) == set(MODELLED), shipping.REBUILD
    assert not (sentence := shipping.stale()), sentence


def test_the_models_of_the_package_are_small_judged_and_say_whose_glasses_they_learnt_from():
    assert sum(path.stat().st_size for path in SHIPPED.rglob("*") if path.is_file()) <= shipping.MOST_BYTES
    assert "SciGlass" in (SHIPPED / shipping.NOTICE).read_text("utf-8")
    models = load_models(SHIPPED)
    assert any("SciGlass" in notice for notice in models["ionic_conductivity"].card.notices)
    assert {model.identity.status for model in models.values()} <= {ModelStatus.CHAMPION, ModelStatus.PROVISIONAL}
    assert all(model.card.metrics["evaluation"] for model in models.values())


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELLED)
def test_a_model_of_the_package_answers_as_one_that_is_trained_again(name):
    plan = read_plan(name)
    again = fit(load(name), property=name, kind=plan.kind, hyperparameters=plan.hyperparameters, seed=plan.seed,
                physics=plan.physics, companions=load_companions(name))  # fmt: skip
    assert shipping.distance(load_models(SHIPPED)[name], again, name) <= shipping.TOLERANCE


def test_models_of_other_tables_are_named_with_the_command_that_builds_them_again(shipped):
    assert shipping.stale(shipped) == ""
    path = shipped / shipping.CONTENTS
    before = path.read_text("utf-8")
    for key in ("data_sha256", "encoding_sha256"):
        path.write_text(re.sub(rf'("{key}": ")....', r"\g<1>0000", before), "utf-8")
        assert re.search(f"{NAME}.*'make models'", shipping.stale(shipped))
    path.write_text(before, "utf-8")


def test_what_is_shipped_is_half_as_large_and_answers_the_same(judged, shipped, tmp_path):
    whole = save(judged, tmp_path / NAME)
    sizes = [sum(path.stat().st_size for path in folder.iterdir()) for folder in (shipped / NAME, whole)]
    assert sizes[0] <= sizes[1]
    assert shipping.distance(judged, load_models(shipped)[NAME], NAME) <= shipping.TOLERANCE
    assert (
        json.loads((shipped / shipping.CONTENTS).read_text("utf-8"))[NAME]["data_sha256"] == judged.identity.data_sha256
    )


def test_models_that_nobody_judged_or_of_other_rows_are_not_shipped(judged, tmp_path):
    with pytest.raises(ArtifactError, match="not judged"):
        shipping.ship({NAME: judged.with_identity(status=ModelStatus.CANDIDATE)}, tmp_path / "shipped")
    fewer = fit(load(NAME)[5:], property=NAME, kind="group_median").with_identity(status=ModelStatus.PROVISIONAL)
    with pytest.raises(ArtifactError, match="other tables"):
        shipping.ship({NAME: fewer}, tmp_path / "shipped")
    assert not (tmp_path / "shipped").exists()


def test_models_of_the_working_folder_come_before_those_of_the_package(judged, shipped, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(artifact, "SHIPPED", shipped)
    assert models_folder() == shipped
    assert load_models()[NAME].identity.version != judged.identity.version
    save(judged, tmp_path / "models" / NAME)
    assert models_folder() == Path("models")
    assert load_models()[NAME].identity.version == judged.identity.version


@pytest.mark.parametrize("name", ["ionic_conductivity", "activation_energy", "electronic_conductivity"])
def test_a_recipe_that_is_stated_narrows_the_interval_on_average(name):
    rows = [m.candidate for m in load(name)]
    rows = rows[:: 1 + len(rows) // 200]

    def width(stated):
        predictions = model.predict(
            [replace(c, subject=replace(c.subject, recipe=stated(c.subject.recipe))) for c in rows], neighbours=0
        )
        ends = model.property.to_scale(np.array([[p.interval.low, p.interval.high] for p in predictions]))
        return float(np.mean(ends[:, 1] - ends[:, 0]))

    model = load_models(SHIPPED)[name]
    nothing, everything = width(lambda recipe: Recipe()), width(lambda recipe: recipe)
    assert everything < nothing
    if name == "ionic_conductivity":  # step by step as well, once more is stated than a route
        route = width(lambda recipe: Recipe(route=recipe.route))
        synthesis = width(lambda recipe: replace(recipe, form=None, densification=None, pressure_mpa=None))
        assert everything < synthesis < route
