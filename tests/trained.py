"""Models for tests: each is fitted once in a whole run and shared by all worker processes through a folder."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from surrogate.datasets import load, sha256_of
from surrogate.models import Surrogate, artifact, fit
from surrogate.models.base import ModelStatus

#: The environment variable that names the folder of a run (see ``tests/conftest.py``).
FOLDER = "TEST_MODELS_FOLDER"


def fitted(
    property: str, kind: str = "group_median", hyperparameters: Mapping[str, Any] | None = None, *, seed: int = 0
) -> Surrogate:
    """The model of a property fitted to all shipped measurements; whoever asks first in this run fits it.

    It has been through an artifact, which keeps every bit of its predictions. Do not change it in place.
    """
    return _fitted(property, kind, json.dumps(hyperparameters or {}, sort_keys=True), seed)


@cache
def _fitted(property: str, kind: str, hyperparameters: str, seed: int) -> Surrogate:
    rows = load(property)
    key = json.dumps([property, kind, hyperparameters, seed, sha256_of(rows)])
    folder = Path(os.environ[FOLDER]) / sha256(key.encode()).hexdigest()[:16]
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # until the file is closed; the others wait for whoever fits
        if not folder.exists():
            model = fit(rows, property=property, kind=kind, hyperparameters=json.loads(hyperparameters), seed=seed)
            artifact.save(model, folder.with_suffix(".new")).rename(folder)
    return artifact.load(folder)


def save_provisional(folder: Path, *, property: str, kind: str = "group_median", **hyperparameters: Any) -> None:
    """Export the quickest kind that is worth serving to its place under ``folder``."""
    model = fitted(property, kind, hyperparameters)
    model = model.with_identity(status=ModelStatus.PROVISIONAL, reason="Trained for a test.")
    artifact.save(model, folder / property)


def small_forest(property: str) -> Surrogate:
    """A forest of few trees on all measurements: for tests of what is done with its predictions."""
    return fitted(property, "tree_ensemble", {"n_trees": 20})
