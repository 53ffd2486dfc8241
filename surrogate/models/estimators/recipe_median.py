"""The median of what was measured on the same material, the nearest recipes first.

On papers that nobody has seen, the median of the same formula is hard to beat, and where a recipe is stated its nearest
recipes say more than all of them. So each row counts by two Gaussian kernels, of what the candidate is and of how it
was made; a material that no row is near gets the median of its group, and a group without rows that of all. Papers
count equally. Where several papers measured the very material, they count :data:`REPEATED` times more, and its cousins
hardly; one paper alone may have slipped, and does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.models.estimators.kinds import PAPER_POWER, TIER_DISCOUNT, Kind, Range
from surrogate.models.preparation import Preparation, add_response, identity_columns, process_columns, response_columns
from surrogate.models.training_set import TrainingSet, paper_weights

Array = NDArray[np.float64]

#: Mean squared differences per feature at which a row counts e times less: of the material, and of the recipe.
DEFAULTS: Mapping[str, Any] = {
    "material_width": 0.1,
    "recipe_width": 0.3,
    "paper_power": 1.0,
    "tier_discount": 0.8,
}
#: What every row of the group counts, and every row there is, beside 1 for the same material and recipe.
SAME_GROUP, ANY = 1e-4, 1e-7
#: How much more rows of the very material count, the mean squared difference per feature at which that is e times less,
#: and the papers on it from which on a row gains, and gains all.
REPEATED, SAME_WIDTH, FEW, SEVERAL = 30.0, 1e-3, 1.5, 2.5


@dataclass(frozen=True, kw_only=True)
class RecipeMedian:
    """The prepared rows with their targets ``y`` (n,) in ascending order, what each of them ``counts`` and which share
    of its paper it is, ``of_paper``, (n,).

    ``y`` is without what the column ``response``, (0 or 1,), adds in :func:`surrogate.models.preparation.add_response`.
    """

    material: Preparation
    recipe: Preparation
    materials: Array
    recipes: Array
    group: NDArray[np.int64]
    y: Array
    counts: Array
    of_paper: Array
    material_width: float
    recipe_width: float
    response: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def predict(self, X: Array, group: NDArray[np.int64]) -> tuple[Array, Array]:
        """X (n, d), group (n,), −1 for one without rows → weighted median (n,) and mean absolute deviation (n,)."""
        materials, recipes = self._rows
        apart = _squares(self.material(X), *materials)
        same = np.exp(apart / -SAME_WIDTH)
        papers = same @ self.of_paper
        apart /= self.material_width
        apart += _squares(self.recipe(X), *recipes) / self.recipe_width
        weights = np.exp(np.negative(apart, out=apart), out=apart)
        same *= REPEATED * np.clip((papers - FEW) / (SEVERAL - FEW), 0.0, 1.0)[:, None]
        same += 1.0
        weights *= same
        weights += ANY
        weights += SAME_GROUP * (group[:, None] == self.group)
        weights *= self.counts
        cumulative = weights.cumsum(axis=1)
        median = self.y[(cumulative >= 0.5 * cumulative[:, -1:]).argmax(axis=1)]
        deviation = np.einsum("ij,ij->i", weights, np.abs(self.y - median[:, None])) / cumulative[:, -1]
        return median + add_response(X, self.response), deviation

    @cached_property
    def _rows(self) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
        """Materials and recipes of the rows as :func:`_squares` reads them."""
        materials, recipes = self.materials, self.recipes
        return (-2.0 * materials.T, (materials**2).sum(axis=1)), (-2.0 * recipes.T, (recipes**2).sum(axis=1))


def fit(training: TrainingSet, hyperparameters: Mapping[str, Any], rng: np.random.Generator) -> RecipeMedian:
    """Keep the rows of ``training``; ``rng`` is unused and there so that all estimators are called alike."""
    settings = {**DEFAULTS, **hyperparameters}
    response = response_columns(training.names)
    y = training.y - add_response(training.X, response)
    order = np.argsort(y, kind="stable")
    counts = paper_weights(training.paper, power=settings["paper_power"]) * settings["tier_discount"] ** training.tier
    material = Preparation.fit(training.X, identity_columns(training.names))
    recipe = Preparation.fit(training.X, process_columns(training.names))
    return RecipeMedian(
        material=material,
        recipe=recipe,
        materials=material(training.X[order]),
        recipes=recipe(training.X[order]),
        group=training.group[order],
        y=y[order],
        counts=counts[order],
        of_paper=(1.0 / np.bincount(training.paper)[training.paper])[order],
        material_width=float(settings["material_width"]),
        recipe_width=float(settings["recipe_width"]),
        response=response,
    )


def _squares(left: Array, doubled: Array, squares: Array) -> Array:
    """Mean squared difference per feature, (n, m).

    Args:
        left: Prepared candidates, (n, k).
        doubled: Rows b as −2 bᵀ, (k, m).
        squares: Sums of the squares of each row, (m,).
    """
    square: Array = left @ doubled
    square += (left**2).sum(axis=1)[:, None]
    square += squares
    np.maximum(square, 0.0, out=square)
    square /= max(left.shape[1], 1)
    return square


KIND = Kind(
    name="recipe_median",
    fit=fit,
    defaults=DEFAULTS,
    allowed={
        "material_width": Range(low=1e-4, high=100.0),
        "recipe_width": Range(low=1e-4, high=100.0),
        "paper_power": PAPER_POWER,
        "tier_discount": TIER_DISCOUNT,
    },
    search={
        "material_width": Range(low=0.02, high=0.5, log=True),
        "recipe_width": Range(low=0.05, high=2.0, log=True),
    },
    stored=RecipeMedian,
)
