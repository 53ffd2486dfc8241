"""Models for tests: as training leaves them, for those that serve them, and small ones, made once for all."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from surrogate.datasets import load
from surrogate.models import Surrogate, artifact, fit
from surrogate.models.base import ModelStatus


def save_provisional(folder: Path, *, property: str, kind: str = "group_median", **hyperparameters: Any) -> None:
    """Train the quickest kind that is worth serving and export it to its place under ``folder``."""
    model = fit(load(property), property=property, kind=kind, hyperparameters=hyperparameters, seed=0)
    model = model.with_identity(status=ModelStatus.PROVISIONAL, reason="Trained for a test.")
    artifact.save(model, folder / property)


@cache
def small_forest(property: str) -> Surrogate:
    """A forest of few trees on everything that is known: for tests of what is done with its predictions."""
    return fit(load(property), property=property, kind="tree_ensemble", hyperparameters={"n_trees": 15}, seed=0)
