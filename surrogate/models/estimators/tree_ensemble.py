"""Extremely randomised trees as a quantile forest, stored as plain arrays.

scikit-learn grows the trees; what is kept are their arrays, so a stored forest needs neither pickle nor scikit-learn
and loads in milliseconds. The prediction is the weighted median over the training targets that share leaves with the
candidate (Meinshausen, J. Mach. Learn. Res. 7, 983 (2006)), which suits a score in absolute error and tells how much
each training row, and so each paper, contributed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.errors import ArtifactError
from surrogate.models.estimators.kinds import PAPER_POWER, TIER_DISCOUNT, Kind, Range, count_to
from surrogate.models.preparation import extrapolating_columns, response_columns
from surrogate.models.training_set import TrainingSet, paper_weights

Array = NDArray[np.float64]
Index = NDArray[np.int32]
Places = NDArray[np.intp]

DEFAULTS: Mapping[str, Any] = {
    "n_trees": 120,
    "min_leaf": 3,
    "max_features": 0.4,
    "paper_power": 0.5,
    "tier_discount": 0.8,
}
#: Numbers are compared with thresholds in float32, as scikit-learn does, so that every row falls into the same leaf.
_COMPARE = np.float32
_ROWS = 128
#: Steps down the trees between two looks at who has arrived; a leaf leads to itself.
_STEPS = 4


@dataclass(frozen=True, kw_only=True)
class TreeEnsemble:
    """A fitted quantile forest: node arrays of all trees end to end, and the training rows of every leaf.

    ``feature`` is −1 in leaves; ``left``/``right`` are absolute node numbers; ``missing_left`` says where NaN goes.
    ``leaf_start`` (nodes + 1,) delimits, per node, a slice of ``leaf_rows``, whose ``leaf_weights`` sum to 1.
    """

    roots: Index
    feature: Index
    threshold: Array
    left: Index
    right: Index
    missing_left: NDArray[np.bool_]
    leaf_start: NDArray[np.int64]
    leaf_rows: Index
    leaf_weights: Array
    y: Array

    def __post_init__(self) -> None:
        nodes, rows = len(self.feature), len(self.leaf_rows)
        inner = np.flatnonzero(self.feature >= 0)
        children = np.concatenate([self.left[inner], self.right[inner]])
        # Below its parent in the arrays as in the tree, so that every way down ends.
        if np.any(children <= np.tile(inner, 2)) or np.any(children >= nodes):
            raise ArtifactError("A tree of the forest has a node that is not below its parent.")
        if np.any(self.roots < 0) or np.any(self.roots >= nodes):
            raise ArtifactError("A tree of the forest has no root.")
        ends = self.leaf_start
        if len(ends) != nodes + 1 or ends[0] != 0 or ends[-1] != rows or np.any(np.diff(ends) < 0):
            raise ArtifactError("The leaves of the forest do not divide its training rows.")
        if np.any(self.leaf_rows < 0) or np.any(self.leaf_rows >= len(self.y)):
            raise ArtifactError("A leaf of the forest holds a training row that does not exist.")
        if not np.all(self.leaf_weights >= 0.0):
            raise ArtifactError("A training row in a leaf of the forest has a negative weight.")

    def predict(self, X: Array, group: NDArray[np.int64]) -> tuple[Array, Array]:
        """Predict from X (n, d); ``group`` (n,) is there so that all estimators are called alike.

        Returns:
            Halfway between the median and the mean of the training targets under the row weights, (n,); and the
            standard deviation of the leaf means over the trees, (n,).
        """
        leaves = self.leaves(X)
        rows, y = self._ascending
        weights = self._row_weights(leaves, rows)
        mean = np.einsum("ij,j->i", weights, y)  # row by row: a product of matrices adds up otherwise for more rows
        cumulative = np.cumsum(weights, axis=1, out=weights)
        middle = (cumulative >= 0.5 * cumulative[:, -1:]).argmax(axis=1)
        return 0.5 * y[middle] + 0.5 * mean, self._leaf_means[leaves].std(axis=1)

    def leaf_means(self, X: Array) -> Array:
        """The weighted mean of the training targets that share the leaf of each row in each tree, (n, trees)."""
        return self._leaf_means[self.leaves(X)]

    def row_weights(self, X: Array) -> Array:
        """(n, n_train): how much each training row counts in the prediction; rows sum to 1."""
        return self._row_weights(self.leaves(X), self.leaf_rows.astype(np.intp))

    def _row_weights(self, leaves: Places, rows: Places) -> Array:
        """What each training row counts, (n, n_train); ``rows`` numbers the rows of all leaves end to end."""
        (n, n_trees), n_train = leaves.shape, len(self.y)
        starts = self.leaf_start.take(leaves.ravel())
        counts = self.leaf_start.take(leaves.ravel() + 1) - starts
        ends = counts.cumsum()
        entries = np.arange(ends[-1] if len(ends) else 0) + (starts - ends + counts).repeat(counts)
        places = rows.take(entries)
        if n > 1:
            places += np.arange(0, n * n_train, n_train).repeat(counts.reshape(n, n_trees).sum(axis=1))
        shares = self.leaf_weights.take(entries) * np.float64(1.0 / n_trees)
        weights = np.bincount(places, weights=shares, minlength=n * n_train)
        return np.asarray(weights, dtype=np.float64).reshape(n, n_train)

    def leaves(self, X: Array) -> Places:
        """The leaf of each row in each tree, (n, trees)."""
        # A block of rows at a time, so that what is read at every step stays in the processor's cache.
        parts = [self._leaves(X[start : start + _ROWS]) for start in range(0, len(X), _ROWS)]
        return np.concatenate(parts) if parts else np.empty((0, len(self.roots)), dtype=np.intp)

    def _leaves(self, X: Array) -> Places:
        """:meth:`leaves` of one block: all n · trees walks go down together, a few steps between two clean-ups."""
        place, threshold, child = self._branches
        n, n_trees = len(X), len(self.roots)
        values = _double_values(X)
        leaf = at = np.tile(self.roots.astype(np.intp), n)  # the node of each walk, (n · trees,)
        start: Any = 0  # where the row of each walk begins in ``values``
        if n > 1:
            start = (np.arange(n) * (2 * X.shape[1])).repeat(n_trees)
        active = np.arange(n * n_trees)  # walks that have not reached a leaf
        while len(active):
            for _ in range(_STEPS):  # more steps than needed do no harm: a leaf leads to itself
                at = child.take(2 * at + (values.take(start + place.take(at)) > threshold.take(at)))
            leaf[active] = at
            inside = (self.feature.take(at) >= 0).nonzero()[0]
            active, at = active.take(inside), at.take(inside)
            start = start.take(inside) if n > 1 else 0
        return leaf.reshape(n, n_trees)

    @cached_property
    def _branches(self) -> tuple[Places, Array, Places]:
        """What a walk reads at each node, as integers that ``take`` needs not convert.

        Returns:
            The place of the node's value in a row of :func:`_double_values`, (nodes,); its threshold, (nodes,), +∞ in
            leaves; and its left and right child in turn, (2 · nodes,), where both children of a leaf are the leaf.
        """
        inner, nodes = self.feature >= 0, np.arange(len(self.feature))
        place = 2 * np.where(inner, self.feature, 0) + self.missing_left
        child = np.column_stack([np.where(inner, self.left, nodes), np.where(inner, self.right, nodes)]).ravel()
        return place.astype(np.intp), np.where(inner, self.threshold, np.inf), child.astype(np.intp)

    @cached_property
    def _ascending(self) -> tuple[Places, Array]:
        """The rows of all leaves by their place in ascending order of the targets, and these targets."""
        order = np.argsort(self.y, kind="stable")
        place = np.empty(len(order), dtype=np.intp)
        place[order] = np.arange(len(order))
        return place[self.leaf_rows], self.y[order]

    @cached_property
    def _leaf_means(self) -> Array:
        """The weighted mean target of every node; zero for inner nodes, where no walk ends."""
        sums = np.concatenate([[0.0], np.cumsum(self.leaf_weights * self.y[self.leaf_rows])])
        return np.asarray(sums[self.leaf_start[1:]] - sums[self.leaf_start[:-1]])


def _double_values(X: Array) -> Array:
    """Every value of X (n, d) twice, (2·n·d,): a gap once as +∞, which goes right, and once as −∞, which goes left."""
    values = X.astype(_COMPARE).astype(float)
    gaps = np.isnan(values)
    return np.stack([np.where(gaps, np.inf, values), np.where(gaps, -np.inf, values)], axis=-1).ravel()


def fit(training: TrainingSet, hyperparameters: Mapping[str, Any], rng: np.random.Generator) -> TreeEnsemble:
    """Grow the forest on ``training``; unknown hyper-parameters are an error of the caller (see :data:`DEFAULTS`).

    Where a simulator speaks of conductivities, every other tree does not hear it, so that no law by itself carries the
    forest beyond its rows. Rows count by trust tier (``tier_discount`` per tier below A) and by paper (with
    ``paper_power`` 1 all papers are equal, with 0 all rows).
    """
    from sklearn.ensemble import ExtraTreesRegressor

    settings = {**DEFAULTS, **hyperparameters}
    weights = paper_weights(training.paper, power=settings["paper_power"]) * settings["tier_discount"] ** training.tier
    unheard, never = extrapolating_columns(training.names), response_columns(training.names).tolist()
    n_trees = int(settings["n_trees"])
    trees: list[Any] = []
    for count, left_out in ((n_trees // 2, unheard), (n_trees - n_trees // 2, [])) if unheard else ((n_trees, []),):
        if count == 0:
            continue
        values = training.X.astype(_COMPARE)
        values[:, [*left_out, *never]] = 0.0  # a column that is the same everywhere divides nothing
        forest = ExtraTreesRegressor(
            n_estimators=count,
            min_samples_leaf=int(settings["min_leaf"]),
            max_features=float(settings["max_features"]),
            random_state=int(rng.integers(2**31 - 1)),
            n_jobs=1,
        )
        forest.fit(values, training.y, sample_weight=weights)
        trees += [tree.tree_ for tree in forest.estimators_]
    return _flatten(trees, training, weights)


def _flatten(trees: list[Any], training: TrainingSet, weights: Array) -> TreeEnsemble:
    """The node arrays of all trees end to end, with the training rows of each leaf sorted by leaf."""
    counts = np.array([tree.node_count for tree in trees])
    roots = np.concatenate([[0], np.cumsum(counts)[:-1]])
    values = training.X.astype(_COMPARE)
    rows_of: list[NDArray[Any]] = []
    nodes_of: list[NDArray[Any]] = []
    for root, tree in zip(roots, trees, strict=True):  # numbers of nodes count on from tree to tree
        nodes_of.append(root + tree.apply(values))
        rows_of.append(np.arange(len(training)))
    nodes, rows = np.concatenate(nodes_of), np.concatenate(rows_of)
    order = np.argsort(nodes, kind="stable")
    nodes, rows = nodes[order], rows[order]
    per_node = np.bincount(nodes, minlength=counts.sum())
    totals = np.bincount(nodes, weights=weights[rows], minlength=counts.sum())
    shifted = [
        (
            np.where(tree.children_left >= 0, tree.children_left + root, -1),
            np.where(tree.children_right >= 0, tree.children_right + root, -1),
        )
        for root, tree in zip(roots, trees, strict=True)
    ]
    return TreeEnsemble(
        roots=roots.astype(np.int32),
        feature=np.concatenate([np.where(t.children_left >= 0, t.feature, -1) for t in trees]).astype(np.int32),
        threshold=np.concatenate([t.threshold for t in trees]),
        left=np.concatenate([left for left, _ in shifted]).astype(np.int32),
        right=np.concatenate([right for _, right in shifted]).astype(np.int32),
        missing_left=np.concatenate([t.missing_go_to_left for t in trees]).astype(bool),
        leaf_start=np.concatenate([[0], np.cumsum(per_node)]),
        leaf_rows=rows.astype(np.int32),
        leaf_weights=weights[rows] / totals[nodes],
        y=training.y,
    )


KIND = Kind(
    name="tree_ensemble",
    fit=fit,
    defaults=DEFAULTS,
    allowed={
        "n_trees": count_to(10_000),
        "min_leaf": count_to(1000),
        "max_features": Range(low=0.001, high=1.0),  # a share of the features
        "paper_power": PAPER_POWER,
        "tier_discount": TIER_DISCOUNT,
    },
    search={
        "min_leaf": count_to(10),
        "max_features": Range(low=0.05, high=1.0),
        "paper_power": Range(low=0.0, high=1.0),
        "tier_discount": Range(low=0.5, high=1.0),
    },
    stored=TreeEnsemble,
)
