"""The search space of each estimator, for Optuna.

``suggest(trial, kind)`` draws one setting; what is not searched keeps the default of the estimator. Ranges are wide
enough to be wrong at both ends, and the defaults lie inside them.
"""

from __future__ import annotations

from typing import Any, Protocol

from surrogate.errors import UnknownName
from surrogate.models.estimators import ESTIMATORS


class Trial(Protocol):
    """The part of ``optuna.Trial`` that is used."""

    def suggest_int(self, name: str, low: int, high: int, *, log: bool = False) -> int: ...

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float: ...


def suggest(trial: Trial, kind: str) -> dict[str, Any]:
    """One setting of the estimator ``kind``."""
    if kind == "tree_ensemble":
        return {
            "min_leaf": trial.suggest_int("min_leaf", 1, 10),
            "max_features": trial.suggest_float("max_features", 0.05, 1.0),
            "paper_power": trial.suggest_float("paper_power", 0.0, 1.0),
            "tier_discount": trial.suggest_float("tier_discount", 0.5, 1.0),
        }
    if kind == "gaussian_process":
        return {
            "length_prior": trial.suggest_float("length_prior", 0.3, 3.0, log=True),
            "noise_floor": trial.suggest_float("noise_floor", 0.03, 0.4, log=True),
        }
    if kind == "neural_ensemble":
        return {
            "width": trial.suggest_int("width", 16, 96, log=True),
            "epochs": trial.suggest_int("epochs", 60, 400, log=True),
            "learning_rate": trial.suggest_float("learning_rate", 1e-3, 2e-2, log=True),
            "weight_decay": trial.suggest_float("weight_decay", 1e-3, 0.3, log=True),
            "dropout": trial.suggest_float("dropout", 0.0, 0.5),
            "paper_power": trial.suggest_float("paper_power", 0.0, 1.0),
        }
    if kind == "group_median":
        return {"pooling": trial.suggest_float("pooling", 0.1, 10.0, log=True)}
    raise UnknownName("estimator", kind, ESTIMATORS)
