"""What a model must beat: medians, a composition-only forest, the nearest neighbour."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.models.applicability import Applicability
from surrogate.models.conditions import law_of
from surrogate.models.encoding import View
from surrogate.models.estimators import tree_ensemble
from surrogate.models.preparation import identity_columns
from surrogate.models.targets import CAPACITIES
from surrogate.models.training_set import TrainingSet, paper_weights, weighted_median

Array = NDArray[np.float64]

#: A baseline: training rows, their references, the view to predict, a generator → targets in the *unit* of the scale.
Baseline = Callable[[TrainingSet, Array, View, np.random.Generator], Array]


def as_stated(property: str, training: TrainingSet, view: View) -> TrainingSet:
    """The rows as a baseline sees them, which knows no law of the conditions; ``view`` is of the same rows."""
    law = law_of(property, training.names, view.X, view.reference_cycle)
    return training if law is None else replace(training, X=view.X, y=law.redone(training.y))


def global_median(training: TrainingSet, reference: Array, view: View, rng: np.random.Generator) -> Array:
    """The median of all training values, papers weighted equally."""
    values = training.y * reference
    return np.full(len(view.X), weighted_median(values, paper_weights(training.paper)))


def _global_median_utilisation(training: TrainingSet, reference: Array, view: View, rng: np.random.Generator) -> Array:
    """The median share of what the law of the active material allows, times what it allows."""
    return np.asarray(weighted_median(training.y, paper_weights(training.paper)) * view.reference)


def group_median(training: TrainingSet, reference: Array, view: View, rng: np.random.Generator) -> Array:
    """The median of the family (electrolytes) or of the active material's class (cells); the global one if unseen."""
    return _group_median(training, training.y * reference, np.ones(len(view.X)), view)


def _group_median_utilisation(training: TrainingSet, reference: Array, view: View, rng: np.random.Generator) -> Array:
    """The group's median share of what the law of the active material allows, times what it allows."""
    return _group_median(training, training.y, view.reference, view)


def material_median(training: TrainingSet, reference: Array, view: View, rng: np.random.Generator) -> Array:
    """The median of the very material (reduced formula, or active material by name); the global one if unseen."""
    values = training.y * reference
    medians = _medians(values, training.material, training.paper)
    overall = weighted_median(values, paper_weights(training.paper))
    return np.array([medians.get(int(m), overall) for m in view.material])


def nearest_neighbour(training: TrainingSet, reference: Array, view: View, rng: np.random.Generator) -> Array:
    """The value of the nearest training row; of a capacity, as a share of what the law of the material allows."""
    distances = Applicability.fit(training).distances(view)
    return np.asarray(training.y[distances.argmin(axis=1)] * view.reference)


def identity_forest(training: TrainingSet, reference: Array, view: View, rng: np.random.Generator) -> Array:
    """A forest that knows only what the material is (composition, electrode), not how it was made or tested."""
    magpie = [i for i, name in enumerate(training.names) if name.startswith("composition.")]
    columns = sorted({*identity_columns(training.names), *magpie})
    names = tuple(training.names[i] for i in columns)
    blind = replace(training, X=training.X[:, columns], names=names)
    forest = tree_ensemble.fit(blind, {"n_trees": 200}, rng)
    return np.asarray(forest.predict(view.X[:, columns], view.group)[0] * view.reference)


BASELINES: Mapping[str, Baseline] = MappingProxyType(
    {
        "global_median": global_median,
        "global_median_utilisation": _global_median_utilisation,
        "group_median": group_median,
        "group_median_utilisation": _group_median_utilisation,
        "material_median": material_median,
        "nearest_neighbour": nearest_neighbour,
        "identity_forest": identity_forest,
    }
)
#: What a user reads, where it is not the name with spaces.
_CALLED = MappingProxyType({"identity_forest": "material-only forest"})
#: The baselines that know no more than a median, where a property has them.
MEDIANS = (
    "global_median",
    "global_median_utilisation",
    "group_median",
    "group_median_utilisation",
    "material_median",
)


def name_baseline(name: str) -> str:
    """What a user reads of a baseline; of a model it is the name with spaces.

    >>> name_baseline("identity_forest"), name_baseline("group_median")
    ('material-only forest', 'group median')
    """
    return _CALLED.get(name, name.replace("_", " "))


def baselines_of(property: str) -> dict[str, Baseline]:
    """The baselines that make sense for ``property``; those of utilisation need a theoretical capacity."""
    return {n: b for n, b in BASELINES.items() if property in CAPACITIES or not n.endswith("_utilisation")}


def best_median(errors: Mapping[str, Mapping[str, Any]]) -> str:
    """The median among the baselines with the smallest mean absolute error."""
    return least_error({name: own for name, own in errors.items() if name in MEDIANS})


def least_error(errors: Mapping[str, Mapping[str, Any]]) -> str:
    """The baseline with the smallest mean absolute error: what the gate compares with."""
    return min(errors, key=lambda name: float(errors[name]["mae"]))


def _group_median(training: TrainingSet, values: Array, scale: Array, view: View) -> Array:
    overall = weighted_median(values, paper_weights(training.paper))
    medians = _medians(values, training.group, training.paper)
    return np.array([medians.get(int(g), overall) for g in view.group]) * scale


def _medians(values: Array, codes: NDArray[np.int64], paper: NDArray[np.int64]) -> dict[int, float]:
    """The median of each code, papers weighted equally."""
    weights = paper_weights(paper)
    return {int(c): weighted_median(values[codes == c], weights[codes == c]) for c in np.unique(codes)}
