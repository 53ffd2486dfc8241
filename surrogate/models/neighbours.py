"""The cited measurements that are shown beside a prediction, nearest first.

First come those of the same material, then those that are nearest in the features that both state
(:meth:`surrogate.models.applicability.Applicability.ranks`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surrogate.models.base import Neighbour

Array = NDArray[np.float64]

#: What is added to the distance of another material when neighbours are ranked: more than any distance.
ANOTHER_MATERIAL = 1e6


@dataclass(frozen=True, kw_only=True)
class NearestRows:
    """The rows that come first for each of ``n`` candidates, as a rule enough for the neighbours to show.

    Attributes:
        least: Distance to the nearest row of all, (n,).
        ranks: The distances by which rows are shown, (n, rows).
        indices: The rows that come first, in order, (n, some).
        rank: Their distances, (n, some).
    """

    least: Array
    ranks: Array
    indices: NDArray[np.int64]
    rank: Array

    @classmethod
    def select(cls, distances: Array, count: int, ranks: Array | None = None) -> NearestRows:
        """Select enough rows for ``count`` neighbours of each candidate, as a rule; see :func:`nearest_rows`.

        Args:
            distances: How far each candidate is from each row, (n, rows).
            count: How many neighbours are to be shown.
            ranks: The distances by which rows are shown, (n, rows); ``distances`` where there are none.
        """
        least = distances.min(axis=1)
        ranks = distances if ranks is None else ranks
        if count == 0:
            empty = np.empty((len(ranks), 0))
            return cls(least=least, ranks=ranks, indices=empty.astype(np.int64), rank=empty)
        first = min(16 * count + 16, ranks.shape[1])  # enough for those that are told apart, nearly always
        near = np.sort(np.argpartition(ranks, first - 1, axis=1)[:, :first], axis=1)
        candidate = np.arange(len(ranks))[:, None]
        indices = near[candidate, np.argsort(ranks[candidate, near], axis=1, kind="stable")]
        return cls(least=least, ranks=ranks, indices=indices, rank=ranks[candidate, indices])


def nearest_rows(near: NearestRows, rows: Sequence[Neighbour], count: int) -> list[tuple[Neighbour, ...]]:
    """The neighbours of each candidate, nearest first; of two at the same distance, the first row.

    Rows with one paper and description count once, so that replicates do not crowd out other rows.

    Args:
        near: The rows that come first.
        rows: All rows.
        count: How many neighbours each candidate gets.
    """
    if count == 0:
        return [()] * len(near.least)
    # Further rows at exactly the last selected distance may be missing, so at first none of these counts.
    all_taken = near.indices.shape[1] == len(rows)
    ends = [math.inf] * len(near.least) if all_taken else near.rank[:, -1].tolist()
    blocks = []
    for number, (indices, rank, end) in enumerate(zip(near.indices.tolist(), near.rank.tolist(), ends, strict=True)):
        chosen = _distinct(indices, rank, rows, count, end)
        if len(chosen) < count and end < math.inf:
            ranks = near.ranks[number]
            order = np.argsort(ranks, kind="stable").tolist()
            chosen = _distinct(order, ranks[order].tolist(), rows, count, math.inf)
        blocks.append(chosen)
    return blocks


def _distinct(
    indices: Sequence[int], ranks: Sequence[float], rows: Sequence[Neighbour], count: int, end: float
) -> tuple[Neighbour, ...]:
    """The first ``count`` rows at ``indices`` that differ in paper or description and whose rank is below ``end``."""
    chosen: dict[tuple[str, str], Neighbour] = {}
    for index, rank in zip(indices, ranks, strict=True):
        if len(chosen) >= count or not rank < end:
            break
        row = rows[index]
        key = (row.paper, row.description)
        if key not in chosen:
            chosen[key] = row.at(round(rank % ANOTHER_MATERIAL, 4))
    return tuple(chosen.values())
