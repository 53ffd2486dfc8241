"""What tests of training share: a workspace each, and one real evaluation."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.workspace import PASSES, Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(folder=tmp_path)


@pytest.fixture(scope="session")
def evaluation():
    """A real evaluation: (its summary, its rows), of the model that passes the gate."""
    from surrogate.datasets import load
    from surrogate.models import evaluate
    from training.config import Plan
    from training.summary import summary

    plan = Plan(property=PASSES, kind="group_median", folds=3)
    found = evaluate(load(PASSES), property=PASSES, kinds=(plan.kind,), folds=3)[plan.kind]
    return summary(found, plan), found.rows
