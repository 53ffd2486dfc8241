"""A configuration says what happens, or is refused with the key, the value and the nearest names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surrogate.errors import ConfigError, Unavailable
from surrogate.models.estimators import ESTIMATORS
from surrogate.properties import MODELLED
from training.config import DEFAULT_CONFIG, Plan, read_plan


@pytest.mark.parametrize("name", MODELLED)
def test_the_shipped_configuration_is_what_a_plan_is_without_one(name):
    assert DEFAULT_CONFIG.is_file()
    assert read_plan(name) == Plan(property=name)


def test_a_property_overrides_the_file_and_the_command_line_overrides_both(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(
        "folds = 4\nseed = 3\n"
        "[hyperparameters.tree_ensemble]\nn_trees = 50\nmin_leaf = 2\n"
        "[properties.capacity_retention]\nfolds = 6\n"
        "[properties.capacity_retention.hyperparameters.tree_ensemble]\nmin_leaf = 7\n"
    )
    plan = read_plan("capacity_retention", path, seed=9, folds=None)
    assert (plan.folds, plan.seed) == (6, 9)
    assert plan.hyperparameters == {"tree_ensemble": {"n_trees": 50, "min_leaf": 7}}
    assert read_plan("ionic_conductivity", path).folds == 4


@pytest.mark.parametrize(
    ("text", "proposal"),
    [
        ("fold = 3", "folds"),
        ("kind = 'tree_ensembl'", "tree_ensemble"),
        ("[hyperparameters.tree_ensembles]\nn_trees = 3", "tree_ensemble"),
        ("[hyperparameters.tree_ensemble]\nntrees = 3", "n_trees"),
        ("[properties.ionic_conductivty]\nfolds = 3", "ionic_conductivity"),
        ("[properties.ionic_conductivity]\nsed = 3", "seed"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_known_one(tmp_path, text, proposal):
    path = tmp_path / "own.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as refusal:
        read_plan("ionic_conductivity", path)
    assert str(path) in refusal.value.message
    assert proposal in refusal.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "folds = 1",
        "folds = 2.5",
        "trials = -1",
        "seed = true",
        "physics = 1",
        "folds = ",
        "hyperparameters = 3",
        "[hyperparameters]\ntree_ensemble = 3",
        "[hyperparameters.tree_ensemble]\nn_trees = 0",
        "[hyperparameters.tree_ensemble]\nmax_features = nan",
        "[hyperparameters.tree_ensemble]\nmax_features = 'all'",
    ],
)
def test_a_value_that_cannot_be_right_is_refused(tmp_path, text):
    path = tmp_path / "own.toml"
    path.write_text(text)
    with pytest.raises(ConfigError):
        read_plan("ionic_conductivity", path)


def test_a_missing_file_is_not_an_invalid_one(tmp_path):
    with pytest.raises(Unavailable):
        read_plan("ionic_conductivity", tmp_path / "none.toml")


@given(data=st.data(), estimator=st.sampled_from(sorted(ESTIMATORS)))
def test_the_defaults_of_every_estimator_are_valid_settings(data, estimator):
    defaults = ESTIMATORS[estimator].defaults
    chosen = data.draw(st.sets(st.sampled_from(sorted(defaults))))
    settings = {name: defaults[name] for name in chosen}
    assert (
        Plan(property="ionic_conductivity", hyperparameters={estimator: settings}).hyperparameters[estimator]
        == settings
    )
