"""A configuration says what happens, or is refused with the key, the value and the nearest names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surrogate.errors import ConfigError, Unavailable
from surrogate.models.estimators.registry import ESTIMATORS
from surrogate.models.hyperparameters import suggest
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


@pytest.mark.parametrize(
    ("estimator", "name", "value", "rule"),
    [
        ("tree_ensemble", "max_features", 0, "number from 0.001 to 1"),
        ("tree_ensemble", "max_features", 50, "number from 0.001 to 1"),
        ("tree_ensemble", "tier_discount", 0, "number from 0.01 to 1"),
        ("tree_ensemble", "n_trees", 10**400, "whole number from 1 to 10000"),
        ("gaussian_process", "length_prior", 0, "number from 0.01 to 100"),
        ("gaussian_process", "noise_floor", 1e300, "number from 0 to 10"),
        ("group_median", "paper_power", 1e6, "number from 0 to 1"),
        ("neural_ensemble", "learning_rate", 1e30, "number from 1e-06 to 1"),
        ("neural_ensemble", "dropout", 2, "number from 0 to 0.9"),
        ("neural_ensemble", "epochs", 2.5, "whole number from 1"),
    ],
)
def test_a_hyperparameter_that_cannot_be_fitted_is_refused_before_any_fit(estimator, name, value, rule):
    with pytest.raises(ConfigError, match=rf"{estimator}\.{name} is .*; it must be a {rule}") as refusal:
        Plan(property="ionic_conductivity", hyperparameters={estimator: {name: value}})
    assert "Leave it out" in refusal.value.hint


class _Ends:
    """A trial that draws the lowest or the highest value of every range."""

    def __init__(self, end):
        self._end = end

    def suggest_int(self, name, low, high, *, log=False):
        return (low, high)[self._end]

    suggest_float = suggest_int


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("end", [0, 1])
def test_every_hyperparameter_has_a_range_that_holds_what_is_searched(estimator, end):
    assert set(ESTIMATORS[estimator].allowed) == set(ESTIMATORS[estimator].defaults)
    drawn = suggest(_Ends(end), estimator)
    assert Plan(property="ionic_conductivity", hyperparameters={estimator: drawn}).hyperparameters[estimator] == drawn


@pytest.mark.parametrize("within", ["", "properties.ionic_conductivity."])
def test_the_way_out_of_a_value_in_place_of_a_table_is_a_heading_that_is_understood(tmp_path, within):
    path = tmp_path / "own.toml"
    path.write_text(f"[{within}hyperparameters]\ntree_ensemble = 5")
    with pytest.raises(ConfigError) as refusal:
        read_plan("ionic_conductivity", path)
    heading = f"[{within}hyperparameters.tree_ensemble]"
    assert heading in refusal.value.hint
    path.write_text(f"{heading}\nn_trees = 5")
    assert read_plan("ionic_conductivity", path).hyperparameters == {"tree_ensemble": {"n_trees": 5}}


def test_a_missing_file_is_not_an_invalid_one(tmp_path):
    with pytest.raises(Unavailable, match="There is no configuration file"):
        read_plan("ionic_conductivity", tmp_path / "none.toml")
    with pytest.raises(Unavailable, match="is a folder"):
        read_plan("ionic_conductivity", tmp_path)


@given(data=st.data(), estimator=st.sampled_from(sorted(ESTIMATORS)))
def test_the_defaults_of_every_estimator_are_valid_settings(data, estimator):
    defaults = ESTIMATORS[estimator].defaults
    chosen = data.draw(st.sets(st.sampled_from(sorted(defaults)))) if defaults else set()  # a law has none
    settings = {name: defaults[name] for name in chosen}
    assert (
        Plan(property="ionic_conductivity", hyperparameters={estimator: settings}).hyperparameters[estimator]
        == settings
    )
