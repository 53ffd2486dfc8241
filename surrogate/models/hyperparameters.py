"""The values that each estimator allows, and the search space of each, for Optuna.

:data:`ALLOWED` is what can be fitted at all; :func:`check` refuses the rest before anything is fitted.
``suggest(trial, kind)`` draws one setting; what is not searched keeps the default of the estimator. Ranges of the
search are wide enough to be wrong at both ends, and the defaults lie inside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

from surrogate.errors import ConfigError, UnknownName
from surrogate.models.estimators import ESTIMATORS


@dataclass(frozen=True, kw_only=True)
class Range:
    """The values from ``low`` to ``high``, both allowed; ``whole`` ones are counted."""

    low: float
    high: float
    whole: bool = False

    def allows(self, value: object) -> bool:
        """Whether ``value`` is a number of this range; ``True`` and ``"3"`` are none."""
        if isinstance(value, bool) or not isinstance(value, int if self.whole else int | float):
            return False
        return self.low <= value <= self.high

    def __str__(self) -> str:
        return f"{'whole ' if self.whole else ''}number from {self.low:g} to {self.high:g}"


def _whole(high: int) -> Range:
    return Range(low=1, high=high, whole=True)


# 1 weights papers equally, 0 rows; beyond, the rows of large papers would count for less than nothing.
_PAPER_POWER = Range(low=0.0, high=1.0)
# Trust per tier below A; at 0 a leaf or a draw without a row of tier A would weigh nothing.
_TIER_DISCOUNT = Range(low=0.01, high=1.0)

#: Every hyper-parameter of every estimator with the values that can be fitted.
ALLOWED: Mapping[str, Mapping[str, Range]] = MappingProxyType(
    {
        "group_median": {"pooling": Range(low=0.0, high=1000.0), "paper_power": _PAPER_POWER},
        "tree_ensemble": {
            "n_trees": _whole(10_000),
            "min_leaf": _whole(1000),
            "max_features": Range(low=0.001, high=1.0),  # a share of the features
            "paper_power": _PAPER_POWER,
            "tier_discount": _TIER_DISCOUNT,
        },
        "gaussian_process": {
            "length_prior": Range(low=0.01, high=100.0),
            "noise_floor": Range(low=0.0, high=10.0),  # in standard deviations of the targets
            "iterations": _whole(10_000),
        },
        "neural_ensemble": {
            "n_members": _whole(1000),
            "width": _whole(4096),
            "epochs": _whole(100_000),
            "learning_rate": Range(low=1e-6, high=1.0),
            "weight_decay": Range(low=0.0, high=10.0),
            "dropout": Range(low=0.0, high=0.9),
            "paper_power": _PAPER_POWER,
            "tier_discount": _TIER_DISCOUNT,
        },
    }
)


def check(hyperparameters: Mapping[str, Mapping[str, Any]]) -> None:
    """:class:`ConfigError` for what is no estimator, for a setting that it does not have and for a value that the
    setting cannot have; ``hyperparameters`` are by estimator.
    """
    for kind, settings in hyperparameters.items():
        if kind not in ESTIMATORS or not isinstance(settings, Mapping):
            raise ConfigError(
                f"Hyper-parameters are by estimator, and '{kind}' with {settings!r} is no estimator with its settings.",
                hint=f"Estimators are {', '.join(ESTIMATORS)}.",
            )
        for name, value in settings.items():
            if name not in ESTIMATORS[kind].defaults:
                raise ConfigError(
                    f"The {kind.replace('_', ' ')} has no hyper-parameter '{name}'.",
                    hint=f"It has {', '.join(ESTIMATORS[kind].defaults)}.",
                )
            check_value(kind, name, value)


def check_value(kind: str, name: str, value: object) -> None:
    """:class:`ConfigError` for a value that the hyper-parameter ``name`` of the estimator ``kind`` cannot have."""
    allowed, default = ALLOWED[kind][name], ESTIMATORS[kind].defaults[name]
    if not allowed.allows(value):
        raise ConfigError(
            f"{kind}.{name} is {value!r}; it must be a {allowed}.", hint=f"Leave it out for {default!r}, the default."
        )


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
