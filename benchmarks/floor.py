"""How well any model could do with the shipped tables: how much alike rows differ from paper to paper.

    python -m benchmarks.floor [--properties PROPERTY …] [--json]

Two rows of different papers are compared, each pair of papers counting the same: all of them, the nearest 30, 10, 3 and
1 % by the distance that the verdicts use, and those of the same family or kind of active material; beside them two rows
of one paper. Where near pairs differ less than any two, the columns tell papers apart and a model has something to
learn. Where they differ as much, no model of these columns can do better than a median, however it is made. No model is
fitted and nothing is held out. Brackets are 95 % bootstrap intervals over papers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks._contract import ended, finish, in_sentences, parse_properties
from surrogate.datasets import load
from surrogate.models.applicability import Applicability
from surrogate.models.evaluation import N_BOOTSTRAP, scaled
from surrogate.models.surrogate import encode
from surrogate.properties import MODELLED, get_property
from surrogate.text import percent

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
#: Shares of the pairs of different papers, nearest first.
NEAREST = (0.01, 0.03, 0.1, 0.3)
#: Pairs of papers below which a mean is an anecdote.
LEAST_PAIRS = 5
#: Mean distance from the median over mean difference of two draws, of a normal distribution: √(2/π)·σ over 2/√π·σ. Of a
#: Laplace distribution it is 2/3.
ERROR_OVER_DIFFERENCE = 2.0**-0.5


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """All pairs of ``n`` rows: their places ``first`` and ``second``, by how much their values ``differ`` and how far
    they are ``apart``; and the ``paper`` of each row as a number (n,).
    """

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    differ: Array
    apart: Array
    paper: NDArray[np.intp]

    @classmethod
    def of(cls, values: Array, distances: Array, papers: Sequence[str]) -> Pairs:
        """The pairs of rows with ``values`` (n,), ``distances`` (n, n) between them and their ``papers``."""
        first, second = np.triu_indices(len(values), 1)
        return cls(
            first=first,
            second=second,
            differ=np.abs(values[first] - values[second]),
            apart=distances[first, second],
            paper=np.unique(papers, return_inverse=True)[1],
        )

    @property
    def within(self) -> Mask:
        """Which pairs are of one paper."""
        return self.alike(self.paper)

    def alike(self, labels: NDArray[Any]) -> Mask:
        """Which pairs share one of ``labels`` (n,)."""
        return np.asarray(labels[self.first] == labels[self.second])

    def by_papers(self, pairs: Mask) -> Difference:
        """The mean difference of the pairs ``pairs``, for every pair of papers that has any."""
        one, other = np.sort([self.paper[self.first[pairs]], self.paper[self.second[pairs]]], axis=0)
        size = int(self.paper.max()) + 1
        cells, place, counts = np.unique(one * size + other, return_inverse=True, return_counts=True)
        return Difference(
            means=np.bincount(place, weights=self.differ[pairs]) / counts,
            papers=np.array(np.divmod(cells, size)),
            size=size,
        )


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Mean differences ``means`` (c,) of ``c`` pairs of ``papers`` (2, c), numbered below ``size``."""

    means: Array
    papers: NDArray[np.intp]
    size: int

    @property
    def mean(self) -> float:
        """Every pair of papers counts the same."""
        return float(self.means.mean())

    def interval(self, seed: int = 0) -> tuple[float, float]:
        """The 95 % bootstrap interval of the mean, over papers: one drawn twice counts twice in each of its pairs."""
        rng = np.random.default_rng(seed)
        drawn = rng.multinomial(self.size, np.full(self.size, 1.0 / self.size), N_BOOTSTRAP).astype(float)
        one, other = self.papers
        weights = np.where(one == other, drawn[:, one], drawn[:, one] * drawn[:, other])
        total = weights.sum(axis=1)
        some = total > 0.0
        low, high = np.quantile((weights[some] @ self.means) / total[some], [0.025, 0.975])
        return float(low), float(high)


@in_sentences
def main(arguments: Sequence[str] | None = None) -> int:
    """Print the differences of each property; there is nothing to reach, so the exit code is 0."""
    options = parse_properties(__doc__, "floor", arguments, MODELLED)
    rows = [row for name in options.properties for row in differences(name)]
    return finish("floor", rows, [], options.as_json)


def differences(name: str) -> Iterator[dict[str, Any]]:
    """A line for each kind of pairs of one property: how much their values differ, beside that of any two papers, and
    about how far a model would err that knew no more than what such pairs share.
    """
    measurements, prop = load(name), get_property(name)
    _, training, view = encode(measurements, name, physics=False)
    pairs = Pairs.of(
        scaled(prop, np.array([m.value for m in measurements])),
        Applicability.fit(training).distances(view),
        [m.source.paper for m in measurements],
    )
    apart = ~pairs.within
    kinds = {
        "any two papers": apart,
        "same family or kind of active material": apart & pairs.alike(view.group),
        **{f"nearest {percent(q)}": apart & (pairs.apart <= np.quantile(pairs.apart[apart], q)) for q in NEAREST[::-1]},
        "one paper": pairs.within,
    }
    usual = pairs.by_papers(apart).mean
    for words, which in kinds.items():
        difference = pairs.by_papers(which)
        if len(difference.means) < LEAST_PAIRS:
            continue
        low, high = difference.interval()
        yield {
            "property": name, "pairs": words, "unit": prop.scale_unit,
            "difference": difference.mean, "low": low, "high": high,
            "over_any_two": difference.mean / usual, "error_floor": difference.mean * ERROR_OVER_DIFFERENCE,
            "pairs_of_papers": len(difference.means),
        }  # fmt: skip


if __name__ == "__main__":
    ended(main)
