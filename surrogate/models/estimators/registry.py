"""The estimators behind one interface, by name: fit them, store them, read them back.

An estimator sees matrices only (:class:`surrogate.models.training_set.TrainingSet`); everything about properties, units
and intervals is the business of :mod:`surrogate.models.surrogate`. All state is arrays and numbers, so storing needs no
pickle: :func:`to_arrays` and :func:`from_arrays` are each other's inverse.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from types import MappingProxyType
from typing import Any, get_type_hints

import numpy as np
from numpy.typing import NDArray

from surrogate.errors import ArtifactError
from surrogate.models.estimators import (
    blind_process,
    factor_trees,
    gaussian_process,
    group_median,
    neural_ensemble,
    read_law,
    recipe_median,
    tree_ensemble,
)
from surrogate.models.estimators.kinds import Estimator, Kind
from surrogate.models.training_set import TrainingSet

ESTIMATORS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            group_median.KIND,
            recipe_median.KIND,
            read_law.KIND,
            tree_ensemble.KIND,
            factor_trees.KIND,
            gaussian_process.KIND,
            blind_process.KIND,
            neural_ensemble.KIND,
        )
    }
)


def fit_estimator(
    kind: str, training: TrainingSet, hyperparameters: Mapping[str, Any], rng: np.random.Generator
) -> Estimator:
    """Fit an estimator.

    Args:
        kind: A key of :data:`ESTIMATORS`.
        training: The rows, (n, d).
        hyperparameters: As :func:`surrogate.models.hyperparameters.check` allows; defaults where there are none.
        rng: For whatever the estimator draws.
    """
    return ESTIMATORS[kind].fit(training, hyperparameters, rng)


def refit_estimator(
    kind: str,
    fitted: Estimator,
    training: TrainingSet,
    hyperparameters: Mapping[str, Any],
    rng: np.random.Generator,
) -> Estimator:
    """Fit an estimator like ``fitted`` to other rows, with what it has learnt of the covariance where there is one.

    Args:
        kind: A key of :data:`ESTIMATORS`.
        fitted: An estimator of this kind.
        training: The rows, (n, d).
        hyperparameters: As of ``fitted``.
        rng: For whatever the estimator draws.
    """
    refit = ESTIMATORS[kind].refit
    return fit_estimator(kind, training, hyperparameters, rng) if refit is None else refit(fitted, training)


def to_arrays(value: Any, prefix: str = "") -> dict[str, NDArray[Any]]:
    """Every field of a (nested) dataclass that is not ``None`` as an array under its dotted name."""
    arrays: dict[str, NDArray[Any]] = {}
    for field in fields(value):
        content = getattr(value, field.name)
        if is_dataclass(content):
            arrays.update(to_arrays(content, f"{prefix}{field.name}."))
        elif content is not None:
            arrays[prefix + field.name] = np.asarray(content)
    return arrays


def from_arrays(cls: type, arrays: Mapping[str, NDArray[Any]], prefix: str = "") -> Any:
    """The dataclass that :func:`to_arrays` took apart; :class:`ArtifactError` when a field is missing."""
    hints = get_type_hints(cls)
    contents: dict[str, Any] = {}
    for field in fields(cls):
        hint = hints[field.name]
        if is_dataclass(hint):
            contents[field.name] = from_arrays(hint, arrays, f"{prefix}{field.name}.")  # type: ignore[arg-type]
        elif prefix + field.name not in arrays and field.default is None:
            continue  # what came later than the artifact
        elif prefix + field.name not in arrays:
            raise ArtifactError(
                f"The stored {cls.__name__} lacks '{prefix}{field.name}'.",
                hint="It was written by another version; train again with 'python -m training fit'.",
            )
        else:
            array = arrays[prefix + field.name]
            contents[field.name] = hint(array.item()) if hint in (float, int, bool, str) else array
    return cls(**contents)
