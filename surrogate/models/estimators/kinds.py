"""What a kind of estimator is: one file with a ``KIND``, entered in :mod:`surrogate.models.estimators.registry`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from surrogate.models.training_set import TrainingSet

Array = NDArray[np.float64]


class Estimator(Protocol):
    """What every fitted estimator can do."""

    def predict(self, X: Array, group: NDArray[np.int64]) -> tuple[Array, Array]:
        """X (n, d) and group (n,) → mean (n,) and the model's own spread (n,)."""
        ...


@runtime_checkable
class Averaging(Protocol):
    """An estimator that answers with what its training rows say, each with a weight: trees."""

    def row_weights(self, X: Array) -> Array:
        """(n, n_train): how much each training row counts in the prediction; rows sum to 1."""
        ...


@dataclass(frozen=True, kw_only=True)
class Range:
    """The values from ``low`` to ``high``, both included; ``whole`` integers, ``log`` where factors are compared."""

    low: float
    high: float
    whole: bool = False
    log: bool = False

    def allows(self, value: object) -> bool:
        """Whether ``value`` is a number of this range; neither ``True`` nor a text is a number."""
        if isinstance(value, bool) or not isinstance(value, int if self.whole else int | float):
            return False
        return self.low <= value <= self.high

    def __str__(self) -> str:
        return f"{'whole ' if self.whole else ''}number from {self.low:g} to {self.high:g}"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of estimator.

    ``fit`` learns from a training set with hyper-parameters and a generator; ``defaults`` are the hyper-parameters,
    ``allowed`` what each can be, and ``search`` what a search draws from, with the rest at its default. Ranges of the
    search are wide enough to be wrong at both ends, and the defaults lie inside them. ``stored`` is the class of what
    is fitted: a dataclass of arrays and numbers. ``refit`` gives a fitted estimator other rows with the
    hyper-parameters that it has learnt, where that is quicker than learning them again.
    """

    name: str
    fit: Callable[[TrainingSet, Mapping[str, Any], np.random.Generator], Estimator]
    defaults: Mapping[str, Any]
    allowed: Mapping[str, Range]
    search: Mapping[str, Range]
    stored: type
    refit: Callable[[Any, TrainingSet], Estimator] | None = None


# 1 weights papers equally, 0 rows; beyond, the rows of large papers would count for less than nothing.
PAPER_POWER = Range(low=0.0, high=1.0)
# Trust per tier below A; at 0 a leaf or a draw without a row of tier A would weigh nothing.
TIER_DISCOUNT = Range(low=0.01, high=1.0)


def count_to(high: int) -> Range:
    """Whole numbers from 1."""
    return Range(low=1, high=high, whole=True)
