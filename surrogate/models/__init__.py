"""Models: ``fit`` returns a fitted surrogate that predicts with an interval, a domain verdict and cited neighbours.

Names are loaded when they are asked for, so that importing this package stays quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from surrogate._lazy import lazy_names

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

__getattr__, __dir__ = lazy_names(__name__)
