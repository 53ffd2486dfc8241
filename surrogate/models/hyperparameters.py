"""Hyper-parameters by kind of estimator: refuse those that cannot be fitted, and draw settings for a search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from surrogate.errors import ConfigError, UnknownName
from surrogate.models.estimators.registry import ESTIMATORS


def check(hyperparameters: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse hyper-parameters that cannot be.

    Args:
        hyperparameters: By estimator, then by setting.

    Raises:
        ConfigError: An estimator or one of its settings does not exist, or a value is outside its range.
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
            _check_value(kind, name, value)


def _check_value(kind: str, name: str, value: object) -> None:
    """:class:`ConfigError` for a value that the hyper-parameter ``name`` of the estimator ``kind`` cannot have."""
    allowed, default = ESTIMATORS[kind].allowed[name], ESTIMATORS[kind].defaults[name]
    if not allowed.allows(value):
        raise ConfigError(
            f"{kind}.{name} is {value!r}; it must be a {allowed}.", hint=f"Leave it out for {default!r}, the default."
        )


class Trial(Protocol):
    """The part of ``optuna.Trial`` that is used."""

    def suggest_int(self, name: str, low: int, high: int, *, log: bool = False) -> int: ...

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float: ...


def suggest(trial: Trial, kind: str) -> dict[str, Any]:
    """Draw one setting of the estimator ``kind``; :class:`UnknownName` for any other."""
    if kind not in ESTIMATORS:
        raise UnknownName("estimator", kind, ESTIMATORS)
    return {
        name: trial.suggest_int(name, int(within.low), int(within.high), log=within.log)
        if within.whole
        else trial.suggest_float(name, within.low, within.high, log=within.log)
        for name, within in ESTIMATORS[kind].search.items()
    }
