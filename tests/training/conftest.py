"""What tests of training share: a workspace each, and one real evaluation."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.tables import prepare
from tests.training.workspace import PASSES, Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(folder=tmp_path)


@pytest.fixture(scope="session")
def evaluation(tmp_path_factory):
    """A real evaluation: (its summary, its rows), of the model that passes the gate."""
    from surrogate.datasets import load
    from surrogate.models import evaluate
    from training.config import read_plan
    from training.summary import summary

    folder = tmp_path_factory.mktemp("evaluation")
    prepare(folder)
    plan = read_plan(PASSES, folder / "quick.toml", kind="tree_ensemble", folds=3)
    judged = evaluate(
        load(PASSES, data=folder / "tables"), property=PASSES, kinds=(plan.kind,), folds=plan.folds,
        hyperparameters=plan.hyperparameters, physics=plan.physics,
    )[plan.kind]  # fmt: skip
    return summary(judged, plan), judged.rows
