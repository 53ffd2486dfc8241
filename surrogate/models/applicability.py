"""Where a model may be trusted: in, edge or out, with reasons in the user's words, and the nearest cited measurements.

The distance of a candidate to a measured row is Euclidean over scaled features, gaps marked, plus one for another
group. It is judged against the data themselves: how far each row is from its nearest row *of another paper*. A
candidate as near as three quarters of them is in; farther than nineteen in twenty, or beyond every row of its group
in a quantity, is out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surrogate.models.base import Domain, DomainStatus, Neighbour
from surrogate.models.columns import identity_columns, process_columns
from surrogate.models.encoding import Encoding, View
from surrogate.models.preparation import Preparation
from surrogate.models.training_set import TrainingSet
from surrogate.units import unit_of

Array = NDArray[np.float64]

IN_QUANTILE = 0.75
OUT_QUANTILE = 0.95
#: Squared distance that another family or chemistry adds, in units of one typical feature deviation per feature.
GROUP_STEP = 1.0
#: A quantity beyond the rows of its group by this share of their range is named; by a whole range it is out.
BEYOND_EDGE, BEYOND_OUT = 0.02, 0.5
#: Quantities whose range is checked per group, with the words for them.
RANGES = {
    "recipe.milling_time_h": "milling time",
    "recipe.heat_treatment_temperature_c": "heat treatment",
    "recipe.wet_milling_time_h": "wet milling time",
    "protocol.temperature_c": "temperature",
    "electrode.milling_time_min": "milling time of the composite",
    "electrode.active_weight_fraction": "active-material fraction",
    "protocol.voltage_max_v": "upper cut-off",
    "protocol.voltage_min_v": "lower cut-off",
    "protocol.c_rate_log10": "log10 of the C-rate",
    "protocol.cycles_log10": "log10 of the number of cycles",
}


@dataclass(frozen=True, kw_only=True)
class Applicability:
    """The rows seen, (n, k) scaled, with group and the two distances that separate in, edge and out."""

    preparation: Preparation
    rows: Array
    group: NDArray[np.int64]
    inner: float
    outer: float
    ranges: Array  # (groups, quantities, 2): lowest and highest value per group, NaN where never stated
    n_papers: NDArray[np.int64]  # per group

    @classmethod
    def fit(cls, training: TrainingSet) -> Applicability:
        """Learn the scales, and how far rows are from the nearest row of another paper."""
        columns = sorted({*identity_columns(training.names), *process_columns(training.names)})
        preparation = Preparation.fit(training.X, columns)
        rows = preparation(training.X)
        distance = _distances(rows, training.group, rows, training.group)
        distance[training.paper[:, None] == training.paper[None, :]] = np.inf
        nearest = distance.min(axis=1)
        nearest = nearest[np.isfinite(nearest)]
        n_groups = int(training.group.max()) + 1
        return cls(
            preparation=preparation,
            rows=rows,
            group=training.group,
            inner=float(np.quantile(nearest, IN_QUANTILE)),
            outer=float(np.quantile(nearest, OUT_QUANTILE)),
            ranges=_group_ranges(training, n_groups),
            n_papers=np.array([len(np.unique(training.paper[training.group == g])) for g in range(n_groups)]),
        )

    def distances(self, view: View) -> Array:
        """(n, rows): how far each candidate is from each row, in units of the typical distance between papers."""
        return _distances(self.preparation(view.X), view.group, self.rows, self.group) / self.inner

    def domains(self, view: View, distances: Array, encoding: Encoding) -> list[Domain]:
        """The verdict of each candidate, from :meth:`distances` and the ranges of its group."""
        nearest = distances.min(axis=1)
        limit = self.outer / self.inner
        columns = _range_columns(encoding.names)
        return [
            self._verdict(float(d), limit, int(g), x[list(columns.values())], list(columns), encoding)
            for d, g, x in zip(nearest, view.group, view.X, strict=True)
        ]

    def _verdict(
        self, nearest: float, limit: float, group: int, values: Array, quantities: list[str], encoding: Encoding
    ) -> Domain:
        reasons: list[str] = []
        # 0 … 1 up to the border of "in" … "edge", above 1 outside.
        score = 0.5 * nearest if nearest <= 1.0 else 0.5 + 0.5 * (nearest - 1.0) / max(limit - 1.0, 1e-9)
        if group < 0:
            reasons.append("no measurement of this family is known to the model")
            score = max(score, 1.2)
        else:
            if self.n_papers[group] < 3:
                reasons.append(f"only {self.n_papers[group]} paper(s) on {encoding.groups[group]}")
                score = max(score, 0.75)
            for words, beyond in self._beyond(group, values, quantities, encoding):
                reasons.append(words)
                score = max(score, 0.75 if beyond < BEYOND_OUT else 1.1)
        if nearest > limit:
            reasons.append(
                f"the nearest measurement is {nearest:.1f} times as far as papers usually are from each other"
            )
        elif nearest > 1.0:
            reasons.append("farther from every measurement than most papers are from each other")
        status = DomainStatus.IN if score <= 0.5 else DomainStatus.EDGE if score <= 1.0 else DomainStatus.OUT
        return Domain(status=status, score=round(score, 4), reasons=tuple(reasons))

    def _beyond(self, group: int, values: Array, quantities: list[str], encoding: Encoding) -> list[tuple[str, float]]:
        """Quantities beyond every row of the group: the sentence, and by which share of the range."""
        found = []
        for value, quantity, (low, high) in zip(values, quantities, self.ranges[group], strict=True):
            if np.isnan(value) or np.isnan(low):
                continue
            width = max(high - low, 0.1 * abs(high), 1e-9)
            beyond = max(value - high, low - value) / width
            if beyond > BEYOND_EDGE:
                unit = unit_of(quantity.rsplit(".", 1)[-1])
                side, bound = ("above", high) if value > high else ("below", low)
                found.append(
                    (
                        f"{RANGES[quantity]} {value:g} {unit}".rstrip()
                        + f" is {side} every {encoding.groups[group]} row ({bound:g} {unit}".rstrip()
                        + ")",
                        beyond,
                    )
                )
        return found


def nearest_rows(distances: Array, rows: Sequence[Neighbour], count: int) -> tuple[Neighbour, ...]:
    """The ``count`` nearest of ``rows``, one per description, so that replicates do not crowd out others."""
    from dataclasses import replace

    chosen: list[Neighbour] = []
    seen: set[tuple[str, str]] = set()
    for index in np.argsort(distances, kind="stable"):
        if len(chosen) >= count:
            break
        row = rows[int(index)]
        if (row.paper, row.description) in seen:
            continue
        seen.add((row.paper, row.description))
        chosen.append(replace(row, distance=round(float(distances[index]), 4)))
    return tuple(chosen)


def _distances(a: Array, a_group: NDArray[np.int64], b: Array, b_group: NDArray[np.int64]) -> Array:
    """Root mean square difference per feature, (n, m), with a step for another group."""
    square = (a**2).sum(1)[:, None] + (b**2).sum(1)[None, :] - 2 * a @ b.T
    return np.asarray(
        np.sqrt(np.maximum(square, 0.0) / a.shape[1] + GROUP_STEP * (a_group[:, None] != b_group[None, :]))
    )


def _range_columns(names: Sequence[str]) -> dict[str, int]:
    position = {name: index for index, name in enumerate(names)}
    return {quantity: position[quantity] for quantity in RANGES if quantity in position}


def _group_ranges(training: TrainingSet, n_groups: int) -> Array:
    columns = list(_range_columns(training.names).values())
    ranges = np.full((n_groups, len(columns), 2), np.nan)
    for group in range(n_groups):
        for number, column in enumerate(columns):
            known = training.X[training.group == group, column]
            known = known[~np.isnan(known)]
            if len(known):
                ranges[group, number] = known.min(), known.max()
    return ranges
