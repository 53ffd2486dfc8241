"""Models as training leaves them, for tests that serve them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from surrogate.datasets import load
from surrogate.models import artifact, fit
from surrogate.models.base import ModelStatus


def save_provisional(folder: Path, *, property: str, kind: str = "group_median", **hyperparameters: Any) -> None:
    """Train the quickest kind that is worth serving and export it to its place under ``folder``."""
    model = fit(load(property), property=property, kind=kind, hyperparameters=hyperparameters, seed=0)
    model = model.with_identity(status=ModelStatus.PROVISIONAL, reason="Trained for a test.")
    artifact.save(model, folder / property)
