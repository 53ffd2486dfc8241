"""Models: ``fit`` returns a fitted surrogate that predicts with an interval, a domain verdict and cited neighbours.

Names are loaded when they are asked for, so that importing this package stays quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from surrogate.models.artifact import load, load_models, save
    from surrogate.models.base import FittedSurrogate, Posterior, Prediction
    from surrogate.models.evaluation import Evaluation, evaluate
    from surrogate.models.surrogate import KINDS, Surrogate, fit

__all__ = [
    "KINDS",
    "Evaluation",
    "FittedSurrogate",
    "Posterior",
    "Prediction",
    "Surrogate",
    "evaluate",
    "fit",
    "load",
    "load_models",
    "save",
]

_HOME = {
    "KINDS": "surrogate",
    "Surrogate": "surrogate",
    "fit": "surrogate",
    "Evaluation": "evaluation",
    "evaluate": "evaluation",
    "FittedSurrogate": "base",
    "Posterior": "base",
    "Prediction": "base",
    "load": "artifact",
    "load_models": "artifact",
    "save": "artifact",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'surrogate.models' has no attribute '{name}'")
    import importlib

    return getattr(importlib.import_module(f"surrogate.models.{_HOME[name]}"), name)
