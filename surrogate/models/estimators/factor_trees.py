"""Trees that see of a cell what the law of utilisation sees, and what it says.

The trees of :mod:`~surrogate.models.estimators.tree_ensemble` have to guess from few rows which features of a cell
matter. Here they are told, and answer with the mean of the rows that share a leaf instead of half the median, which
stays where it is while a recipe changes. Where few papers state a property that orders recipes better and errs no more
(docs/decisions/0036).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.models.estimators import tree_ensemble
from surrogate.models.estimators.kinds import Kind
from surrogate.models.estimators.tree_ensemble import TreeEnsemble
from surrogate.models.preparation import physics_columns
from surrogate.models.training_set import TrainingSet

Array = NDArray[np.float64]

DEFAULTS: Mapping[str, Any] = {**tree_ensemble.DEFAULTS, "min_leaf": 4}
#: The features behind the factors of the law (:data:`surrogate.models.utilisation.FACTORS`), and how such names begin.
_NAMES = frozenset(
    {
        "electrode.starts_lithiated", "electrode.nickel_fraction", "electrode.active_weight_fraction",
        "electrode.electrolyte_weight_fraction", "electrode.additive_weight_fraction",
        "electrode.active_loading_log10", "electrode.electrolyte_conductivity_log10", "electrode.milling_dose",
        "electrode.coated", "electrode.single_crystal", "electrode.particle_size_log10", "electrode.promoted",
        "cell.stack_pressure_mpa", "protocol.voltage_max_v", "protocol.c_rate_log10", "protocol.temperature_c",
    }
)  # fmt: skip
_BEGINNINGS = ("electrode.chemistry.", "electrode.host.", "electrolyte.family.")


@dataclass(frozen=True, kw_only=True)
class FactorTrees:
    """A ``forest`` on the features ``columns`` (k,)."""

    forest: TreeEnsemble
    columns: NDArray[np.int64]

    def predict(self, X: Array, group: NDArray[np.int64]) -> tuple[Array, Array]:
        """Mean (n,) and standard deviation (n,) of the leaf means; X (n, d), ``group`` (n,) is not used."""
        means = self.forest.leaf_means(X[:, self.columns])
        return means.mean(axis=1), means.std(axis=1)

    def row_weights(self, X: Array) -> Array:
        """(n, n_train): how much each training row counts in the prediction; rows sum to 1."""
        return self.forest.row_weights(X[:, self.columns])


def fit(training: TrainingSet, hyperparameters: Mapping[str, Any], rng: np.random.Generator) -> FactorTrees:
    """Grow the forest on ``training``; one without these features, of electrolytes, is seen whole."""
    columns = _factor_columns(training.names)
    names = tuple(training.names[i] for i in columns)
    part = replace(training, names=names, X=training.X[:, columns])
    forest = tree_ensemble.fit(part, {**DEFAULTS, **hyperparameters}, rng)
    return FactorTrees(forest=forest, columns=np.array(columns, dtype=np.int64))


def _factor_columns(names: Sequence[str]) -> list[int]:
    chosen = [i for i, name in enumerate(names) if name in _NAMES or name.startswith(_BEGINNINGS)]
    return sorted({*chosen, *physics_columns(names)}) if chosen else list(range(len(names)))


KIND = Kind(
    name="factor_trees",
    fit=fit,
    defaults=DEFAULTS,
    allowed=tree_ensemble.KIND.allowed,
    search=tree_ensemble.KIND.search,
    stored=FactorTrees,
)
