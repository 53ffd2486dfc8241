"""Members and their out-of-fold predictions.

Every member is fitted on all rows, and once more without each of a few folds of whole papers. What the second kind of
fit predicts for the papers it did not see decides how wide the intervals are, and nothing else. Members count equally,
but for a forest that is two (:data:`COUNTS`): weights that were learnt gained nothing on papers held out
(docs/decisions/0022, 0023).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.datasets import balanced_parts
from surrogate.errors import InvalidInput
from surrogate.models.bounds import with_expected_targets
from surrogate.models.estimators.kinds import Estimator
from surrogate.models.estimators.registry import fit_estimator, refit_estimator
from surrogate.models.first_cycle import complete
from surrogate.models.hyperparameters import check
from surrogate.models.simulated import ReadPhysics, add_to_law, append_physics, leave_the_rest, with_simulator
from surrogate.models.training_set import TrainingSet
from surrogate.properties import Subject

Array = NDArray[np.float64]

INNER_FOLDS = 5
#: The members of the stack: of properties by name, and of all others by what they are of.
STACKED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        Subject.ELECTROLYTE: ("recipe_median", "tree_ensemble", "gaussian_process", "blind_process"),
        Subject.CELL: ("group_median", "read_law", "tree_ensemble"),
        "first_discharge_capacity": ("read_law", "tree_ensemble"),
        "first_charge_capacity": ("read_law", "factor_trees"),
        # A law is in every answer, and these learn what it leaves.
        "capacity_retention": ("group_median", "tree_ensemble"),
    }
)
#: How much a member counts where it does not count once: the trees of electrolytes are two forests, of which one does
#: not hear the simulator (docs/decisions/0038).
COUNTS: Mapping[Subject, Mapping[str, float]] = MappingProxyType(
    {Subject.ELECTROLYTE: MappingProxyType({"tree_ensemble": 2.0}), Subject.CELL: MappingProxyType({})}
)
#: Members that ask no physics.
MEDIANS = frozenset({"group_median", "recipe_median"})
#: Members whose spread is that of rows about what they say, which more data would not remove.
SCATTERED = MEDIANS | {"read_law"}


@dataclass(frozen=True, kw_only=True)
class Members:
    """Fitted estimators with their out-of-fold predictions.

    Attributes:
        kinds: The estimators, in the order of the columns below.
        y: The targets they were fitted to, (n,); upper limits are replaced by the value expected below them.
        fitted: By kind. With a ``simulator`` its value is their last feature.
        held_out_mean: Out-of-fold means, (n, members).
        held_out_std: Out-of-fold spreads, (n, members).
        simulator: With constants read from all rows.
    """

    kinds: tuple[str, ...]
    y: Array
    fitted: dict[str, Estimator]
    held_out_mean: Array
    held_out_std: Array
    simulator: ReadPhysics | None = None

    def only(self, kinds: Sequence[str]) -> Members:
        """The same with only the members of ``kinds``."""
        at = [self.kinds.index(kind) for kind in kinds]
        return Members(
            kinds=tuple(kinds),
            y=self.y,
            fitted={kind: self.fitted[kind] for kind in kinds},
            held_out_mean=self.held_out_mean[:, at],
            held_out_std=self.held_out_std[:, at],
            simulator=self.simulator,
        )


def share_members(kinds: Sequence[str], subject: Subject) -> Array:
    """What each of the members counts in a blend, (members,), 1 in all."""
    counts = np.array([COUNTS[subject].get(kind, 1.0) for kind in kinds])
    return np.asarray(counts / counts.sum())


def fit_members(
    training: TrainingSet,
    kinds: Sequence[str],
    hyperparameters: Mapping[str, Mapping[str, Any]],
    rng: np.random.Generator,
) -> Members:
    """Fit every member on all rows and without each inner fold.

    Each of these fits has its own simulator, whose constants are read from the rows of that fit. What is slow to find
    and nearly the same in all of them starts from the fit on all rows: the reading of the constants, and, as they are,
    the few hyper-parameters of a covariance. Nothing of this touches papers that the whole model has not seen.

    Args:
        training: The rows, (n, d).
        kinds: The estimators to fit.
        hyperparameters: By kind; defaults where there are none.
        rng: Draws the folds, and whatever the estimators draw.

    Raises:
        ConfigError: A hyper-parameter cannot be.
    """
    check(hyperparameters)
    training = with_expected_targets(training, rng)
    fold = paper_fold_codes(training.paper, INNER_FOLDS, rng)
    whole, simulator = with_simulator(complete(training))
    whole = leave_the_rest(whole, simulator)
    held_out = [HeldOutFold.split(training, fold == number, simulator) for number in np.unique(fold)]
    shape = (len(training), len(kinds))
    mean, std = np.full(shape, np.nan), np.full(shape, np.nan)
    fitted: dict[str, Estimator] = {}
    for column, kind in enumerate(kinds):
        settings = hyperparameters.get(kind, {})
        fitted[kind] = fit_estimator(kind, whole, settings, rng)
        for part in held_out:
            member = refit_estimator(kind, fitted[kind], part.without, settings, rng)
            rest, std[part.out, column] = member.predict(part.X, part.group)
            mean[part.out, column] = add_to_law(part.simulator, part.X, rest)
    return Members(
        kinds=tuple(kinds), y=training.y, fitted=fitted, held_out_mean=mean, held_out_std=std, simulator=simulator
    )


@dataclass(frozen=True, kw_only=True)
class HeldOutFold:
    """One fold of whole papers.

    Attributes:
        without: The rows outside the fold.
        out: Which of all rows are in the fold, (n,).
        X: The features of the fold, with what a simulator fitted to the other rows says of them.
        group: The groups of the fold; −1 where the other rows do not know the group.
        simulator: What the members of the other rows ask.
    """

    without: TrainingSet
    out: NDArray[np.bool_]
    X: Array
    group: NDArray[np.int64]
    simulator: ReadPhysics | None

    @classmethod
    def split(cls, training: TrainingSet, out: NDArray[np.bool_], alike: ReadPhysics | None = None) -> HeldOutFold:
        """Split ``training`` into the rows ``out`` (n,) and all others; reading their physics starts from ``alike``."""
        without, simulator = with_simulator(complete(training.take(~out)), alike)
        without = leave_the_rest(without, simulator)
        columns = None if training.columns is None else training.columns.take(out)
        return cls(
            without=without,
            out=out,
            X=append_physics(simulator, training.X[out], columns),
            group=without.mask_unknown_groups(training.group[out]),
            simulator=simulator,
        )


def paper_fold_codes(paper: NDArray[np.int64], folds: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """A fold number per row, (n,); the rows of a paper share it and folds have about equal numbers of rows."""
    papers, sizes = np.unique(paper, return_counts=True)
    if len(papers) < 2:
        raise InvalidInput(
            f"{len(papers)} paper is not enough to learn from.",
            hint="Intervals are calibrated on papers held out; give rows of at least two papers.",
        )
    return balanced_parts(sizes, min(folds, len(papers)), rng)[np.searchsorted(papers, paper)]
