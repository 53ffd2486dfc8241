"""Values that are only upper limits enter a fit as such.

A conductivity "< 1e-10 S/cm" says that the value lies somewhere below; learnt as 1e-10 it would pull a model up, learnt
as the 1e-15 of some convention far down. Here a limit is replaced by what is expected below it: the median of the
conditional distribution of the candidate, cut off at the limit. The distribution is that of a quantile forest on the
other rows, so no shape of a tail is assumed. It is one step of the iteration of Buckley & James (Biometrika 66, 429
(1979)) with a forest in place of their line; only rows with a value speak, so further steps would change nothing.
Every estimator then works on limits without a likelihood of its own.

Lower limits ("retention > 80 %") are learnt as the value they name: the same treatment did not lower the error on
papers held out (docs/decisions/0008).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surrogate.models.estimators import tree_ensemble
from surrogate.models.training_set import TrainingSet, paper_weights, weighted_median

Array = NDArray[np.float64]

#: Share of the weight that every row below a limit gets, so that a candidate unlike all of them has a median.
EVEN_SHARE = 0.01


def with_expected_targets(training: TrainingSet, rng: np.random.Generator) -> TrainingSet:
    """``training`` with the target of every upper limit replaced by the median expected below it.

    Laws: the other rows keep their targets; no limit rises; a limit below which no value lies stays where it is;
    without limits the same object comes back and ``rng`` is not touched.
    """
    limited = np.flatnonzero(training.censoring < 0)
    valued = training.take(training.censoring >= 0)
    if not len(limited) or not len(valued):
        return training
    # A stream of its own: what the estimators draw does not depend on whether there are limits.
    forest = tree_ensemble.fit(valued, {}, rng.spawn(1)[0])
    # Per limit the weight of each row with a value, (limits, valued): that of the forest, and a little for all.
    even = paper_weights(valued.paper)
    weights = (1 - EVEN_SHARE) * forest.row_weights(training.X[limited]) + EVEN_SHARE * even / even.sum()
    y = training.y.copy()
    for row, alike in zip(limited, weights, strict=True):
        below = valued.y <= y[row]
        if below.any():
            y[row] = min(weighted_median(valued.y[below], alike[below]), y[row])
    return training.with_targets(y)
