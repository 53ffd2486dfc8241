"""Both directions of the first cycle: what was measured on discharge says something about the charge.

Discharge over charge of one cycle is its coulombic efficiency. Far more papers state the first discharge than the first
charge, so a charge that nobody stated is read from the discharge of the same cell and the usual efficiency of cells of
its kind. There are two kinds: an active material that holds its lithium when the cell is built (layered oxides, Li2S)
is charged first and does not take back all that it gave; one that does not (sulfur, TiS2) is discharged first, and the
charge after that returns what went in, or more when the electrolyte is oxidised with it, so its efficiency may exceed
one and no bound is set. Until papers say otherwise a cell returns what it took: with ``n`` papers that state both, the
logarithm of the efficiency counts n / (n + pooling), as for medians of groups.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.columns import CellColumns
from surrogate.models.training_set import OtherDirection, TrainingSet, paper_weights, weighted_median

Array = NDArray[np.float64]

#: How many papers weigh as much as none: what pools ratios to 1.
POOLING = 3.0


def complete(training: TrainingSet) -> TrainingSet:
    """The n rows of ``training`` and, as m more, those cells that were measured in the other direction only.

    The targets of the m rows are converted to this direction. A training set without another direction comes back as it
    is.
    """
    other = training.other
    if other is None or not isinstance(training.columns, CellColumns):
        return training
    only_there = np.isnan(other.own)
    alone = other.take(only_there)
    exact, no_material = np.zeros(len(alone.y), dtype=np.int64), np.full(len(alone.y), -1)
    return replace(
        training,
        X=np.vstack([training.X, alone.X]),
        y=np.concatenate([training.y, (other.y * ratio(other))[only_there]]),
        paper=np.concatenate([training.paper, alone.paper]),
        group=np.concatenate([training.group, alone.group]),
        material=np.concatenate([training.material, no_material]),
        tier=np.concatenate([training.tier, alone.tier]),
        censoring=np.concatenate([training.censoring, exact]),
        columns=training.columns.followed_by(alone.columns),
        other=None,
    )


def borrowed(other: OtherDirection) -> dict[str, float]:
    """The entry of a model card on the other direction.

    It holds its rows and papers, the rows of cells measured in that direction only, and the ratio of both directions
    for cells built with and without the lithium in their active material.
    """
    ratios = ratio(other)
    names = {1.0: "ratio_built_with_lithium", 0.0: "ratio_built_without_lithium"}
    return {
        "rows": len(other.y),
        "papers": len(np.unique(other.paper)),
        "alone": int(np.isnan(other.own).sum()),
        **{
            name: round(float(ratios[other.lithiated == kind][0]), 4)
            for kind, name in names.items()
            if kind in other.lithiated
        },
    }


def ratio(other: OtherDirection, *, pooling: float = POOLING) -> Array:
    """The usual capacity in the property's direction over that in the other one, for each row's kind of cell, (k,).

    For charges this is 1 / efficiency. Papers count equally.
    """
    logarithm = np.zeros(len(other.y))
    with np.errstate(divide="ignore", invalid="ignore"):
        stated = np.log(other.own / other.y)
    for kind in np.unique(other.lithiated):
        of_kind = other.lithiated == kind
        both = of_kind & np.isfinite(stated)
        if both.any():
            papers = len(np.unique(other.paper[both]))
            usual = weighted_median(stated[both], paper_weights(other.paper[both]))
            logarithm[of_kind] = papers / (papers + pooling) * usual
    return np.asarray(np.exp(logarithm))
