"""Where a model may be trusted: in, edge or out, with reasons in the user's words.

The distance of a candidate to a measured row is Euclidean over scaled features, gaps marked, plus one for another
group. It is judged against the data themselves: how far each row is from its nearest row *of another paper*. A
candidate as near as three quarters of them is in; farther than nineteen in twenty, or beyond every row of its group
in a quantity, is out.

Which measurements are shown is another question (:meth:`Applicability.ranks`, :mod:`surrogate.models.neighbours`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.columns import ElectrolyteColumns
from surrogate.models.base import Domain, DomainStatus
from surrogate.models.doubts import Doubts
from surrogate.models.encoding import Encoding, View
from surrogate.models.neighbours import ANOTHER_MATERIAL
from surrogate.models.objections import are_limited
from surrogate.models.preparation import Preparation, identity_columns, process_columns
from surrogate.models.support import Strangers, Support, contents_of
from surrogate.models.training_set import TrainingSet
from surrogate.text import counted
from surrogate.units import unit_of

Array = NDArray[np.float64]

IN_QUANTILE = 0.75
OUT_QUANTILE = 0.95
#: Squared distance that another family or chemistry adds, in units of one typical feature deviation per feature.
GROUP_STEP = 1.0
#: A quantity beyond the rows of its group by this share of their range is named; by the second share it is out.
BEYOND_EDGE, BEYOND_OUT = 0.02, 0.5
#: Verdicts in the order of their codes.
STATUSES = (DomainStatus.IN, DomainStatus.EDGE, DomainStatus.OUT)
#: A group that fewer papers know is at the edge, as is one of what fits nowhere else; one that none knows is
#: out, with this score at least.
FEW_PAPERS, UNKNOWN_GROUP = 3, 1.2
#: Families of which nobody expects that a sulfide cell works with them as electrolyte.
NO_ELECTROLYTE = frozenset({"oxide", "sodium_sulfide", "sodium_halide", "other"})
_ELECTROLYTE = "electrolyte.family."
#: What a material is, and nothing of how it was made: of a cell the active material and the family of its host.
_MATERIAL = (
    "composition.",
    "electrode.theoretical_capacity",
    "electrode.starts_lithiated",
    "electrode.nickel_fraction",
    "electrode.chemistry.",
    _ELECTROLYTE,
)
#: Materials within this distance of each other, in feature deviations, are one: formulas are rounded.
SAME_MATERIAL = 0.05
#: What is added to a rank for each feature that the candidate states and the row does not: less than any distance that
#: is shown, so that it only orders equally near rows.
LESS_STATED = 1e-6
#: Squared distance of a row of the same material for each feature that it leaves out, in feature deviations: what two
#: unrelated recipes differ by.
LEFT_OUT_STEP = 2.0
#: What labels of groups of what fits nowhere else end with: selenium says little of an iron fluoride.
MIXED = "other"
#: Squared differences below this are the noise of arithmetic.
_LAST_DIGITS = 1e-12
#: Candidates that are ranked at once, so that what is made of them stays in the processor's cache.
_RANKED = 128
#: Decades between what the simulator says and what is predicted from which no row supports the simulator.
STRAYED = 1.0


@dataclass(frozen=True, kw_only=True)
class Range:
    """How the range of one quantity is judged in a group of rows.

    Attributes:
        words: The quantity as a person calls it.
        edge: How far beyond every row a value must lie to be named, on the scale that is judged. Rows that agree on one
            value by chance say nothing about the value beside it.
        out: How far beyond every row a value must lie to be out.
        ratio: Whether ratios count rather than differences.
        unit: Of a feature that is a logarithm already.
        step: Whether 0 means that a step of the recipe was left out.
    """

    words: str
    edge: float
    out: float
    ratio: bool = False
    unit: str | None = None
    step: bool = False

    def scaled(self, values: Array) -> Array:
        """The values on the scale on which they are judged; NaN for a step that did not take place."""
        values = np.where(values == 0.0, np.nan, values) if self.step else values
        return np.log10(np.maximum(values, _SHORTEST)) if self.ratio else values

    def format_value(self, value: float, name: str) -> str:
        """A value as a person writes it, with its unit."""
        if self.unit is not None:
            return f"{10.0**value:.4g} {self.unit}".rstrip()
        return f"{value:.4g} {unit_of(name.rsplit('.', 1)[-1])}".rstrip()


#: Times below this, in their unit, are told apart by nobody.
_SHORTEST = 0.1
#: Quantities whose range is checked per group. Temperatures of tests are told apart by 10 °C, times by an eighth.
RANGES = {
    "recipe.milling_time_h": Range(words="milling time", edge=0.05, out=0.5, ratio=True),
    "recipe.heat_treatment_temperature_c": Range(words="heat treatment", edge=5.0, out=75.0),
    "recipe.wet_milling_time_h": Range(words="wet milling time", edge=0.05, out=0.5, ratio=True, step=True),
    "protocol.temperature_c": Range(words="temperature", edge=10.0, out=50.0),
    "electrode.milling_time_min": Range(words="milling time of the composite", edge=0.05, out=0.5, ratio=True),
    "electrode.active_weight_fraction": Range(words="active-material fraction", edge=0.02, out=0.15),
    "protocol.voltage_max_v": Range(words="upper cut-off", edge=0.05, out=0.5),
    "protocol.voltage_min_v": Range(words="lower cut-off", edge=0.05, out=0.5),
    "protocol.c_rate_log10": Range(words="C-rate", edge=0.05, out=0.7, unit="C"),
    "protocol.cycles_log10": Range(words="number of cycles", edge=0.05, out=0.7, unit=""),
}
#: What a material is made of, per group; its ranges follow from the rows that distances are taken to.
MATERIAL_RANGES = {
    "composition.alkali_sulfide_fraction": Range(words="Li2S share of Li2S and P2S5", edge=0.02, out=0.15),
    "composition.halide_per_network_cation": Range(words="number of halides per framework cation", edge=0.15, out=1.0),
    "composition.oxygen_per_anion": Range(words="oxygen share of the anions", edge=0.03, out=0.25),
}
_JUDGED = {**RANGES, **MATERIAL_RANGES}
#: Groups whose label is not what a person would call their rows.
_CALLED = {"other": "other materials", "sulfide_other": "other sulfides", "sulfide_glass_other": "other glass formers"}


@dataclass(frozen=True, kw_only=True)
class Verdicts:
    """Applicability of ``n`` candidates as numbers.

    Attributes:
        score: 0 to 0.5 is in, to 1 edge, above out, (n,).
        nearest: Distance to the nearest row, in units of the typical distance between papers, (n,).
        few_papers: Whether few papers know the group, (n,).
        beyond: How far each quantity lies beyond the range of the group, (n, quantities): 0 needs no word, 1 is out.
        electrolyte: The column of the family of a cell's electrolyte where no row is of that family, else −1, (n,).
        physics: What the simulator says minus what is predicted, decades, (n,); 0 where it is silent or not asked.
        limited: Whether a law leaves a cell so little that it answers instead of rows, (n,).
        strangers: What the compositions hold that no row of their group does; ``None`` where that is not known.
        doubts: What is doubtful about electrolytes whatever rows there are; ``None`` for cells.
    """

    score: Array
    nearest: Array
    few_papers: NDArray[np.bool_]
    beyond: Array
    electrolyte: NDArray[np.int64]
    physics: Array
    limited: NDArray[np.bool_]
    strangers: Strangers | None = None
    doubts: Doubts | None = None

    @property
    def codes(self) -> NDArray[np.int8]:
        """Positions in :data:`STATUSES`, (n,)."""
        return ((self.score > 0.5).astype(np.int8) + (self.score > 1.0)).astype(np.int8)


@dataclass(frozen=True, kw_only=True)
class _Shown:
    """What is read of ``m`` rows to rank them.

    Attributes:
        material: The columns of the material among the prepared ones.
        stated: 1 where a row states a column, else 0, (columns, m).
        of_material: What :func:`_stated_squares` gives of the columns of the material.
        of_row: The same of all columns.
    """

    material: NDArray[np.int64]
    stated: Array
    of_material: Array
    of_row: Array


@dataclass(frozen=True, kw_only=True)
class _Limits:
    """The quantities that are judged, their columns, and per group (groups, quantities) what each is held against.

    ``ranges`` (groups, quantities, 2) are as measured; ``low`` and ``high`` the same on the scales that are judged;
    beyond ``edge`` an excess is named, and as large as ``out`` it is out.
    """

    quantities: tuple[str, ...]
    columns: NDArray[np.int64]
    ranges: Array
    low: Array
    high: Array
    edge: Array
    out: Array

    @classmethod
    def of(cls, columns: Mapping[str, int], ranges: Array) -> _Limits:
        low, high = _judged(columns, ranges[..., 0]), _judged(columns, ranges[..., 1])
        edge, out = np.array([(_JUDGED[name].edge, _JUDGED[name].out) for name in columns]).T
        return cls(
            quantities=tuple(columns),
            columns=np.array(list(columns.values()), dtype=np.int64),
            ranges=ranges,
            low=low,
            high=high,
            edge=np.maximum(edge, BEYOND_EDGE * (high - low)),
            out=np.maximum(out, BEYOND_OUT * (high - low)),
        )


@dataclass(frozen=True, kw_only=True)
class Applicability:
    """The scaled rows of the training set, (n, k), and the distances that separate in, edge and out."""

    preparation: Preparation
    rows: Array
    group: NDArray[np.int64]
    inner: float
    outer: float
    ranges: Array  # (groups, quantities, 2): lowest and highest value per group, NaN where never stated
    n_papers: NDArray[np.int64]  # per group
    mixed: NDArray[np.bool_]  # per group, whether its rows have little in common
    stated: NDArray[np.bool_] | None = None  # (n, columns): what each row states; older models do not say
    contents: Array | None = (
        None  # (n, elements), see :mod:`surrogate.models.support`; older models and cells have none
    )

    @classmethod
    def fit(
        cls, training: TrainingSet, as_measured: Array | None = None, groups: Sequence[str] | None = None
    ) -> Applicability:
        """Learn the scales, the ranges per group, and how far rows are from the nearest row of another paper.

        Args:
            training: The rows, (n, d), at the standard conditions that the members see.
            as_measured: The features (n, d) at the conditions of the tests; those of ``training`` if they are the same.
            groups: The label of each group code.
        """
        columns = sorted({*identity_columns(training.names), *process_columns(training.names)})
        preparation = Preparation.fit(training.X, columns)
        rows = preparation(training.X)
        distance = _distances(rows, training.group, *_sides_of(rows), training.group)
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
            ranges=_group_ranges(training, training.X if as_measured is None else as_measured, n_groups),
            n_papers=np.array([len(np.unique(training.paper[training.group == g])) for g in range(n_groups)]),
            mixed=np.array([groups is not None and groups[g].endswith(MIXED) for g in range(n_groups)]),
            stated=~np.isnan(training.X[:, preparation.columns]),
            contents=contents_of(training.columns) if isinstance(training.columns, ElectrolyteColumns) else None,
        )

    def distances(self, view: View) -> Array:
        """(n, rows): how far each candidate is from each row, in units of the typical distance between papers."""
        prepared = self.preparation(view.X)
        distances = _distances(prepared, view.group, *self._sides, self.group)
        distances /= self.inner
        return distances

    def between(self, a: View, b: View) -> Array:
        """(a, b): how far candidates are from each other, in units of the typical distance between papers."""
        return _distances(self.preparation(a.X), a.group, *_sides_of(self.preparation(b.X)), b.group) / self.inner

    def ranks(self, view: View, names: Sequence[str]) -> Array:
        """The distance by which rows are shown, (n, rows), in units of the typical distance between papers.

        What candidate and row both state is judged; what the candidate does not state is no distance. Of rows of the
        same material, one that leaves out what the candidate states comes after those that agree with it and before
        those that contradict it (:data:`LEFT_OUT_STEP`). To rows of other materials, :data:`ANOTHER_MATERIAL` is added,
        what they leave out is no distance, and of equally near ones the one that states more is nearer.
        """
        shown, columns = self._shown(names), self.preparation.columns
        states = (~np.isnan(view.X[:, columns])).astype(float)
        values = self.preparation(view.X)[:, : len(columns)]
        ranks = np.empty((len(values), len(self.rows)))
        for start in range(0, len(values), _RANKED):
            block = slice(start, start + _RANKED)
            self._rank(values[block], states[block], view.group[block], shown, ranks[block])
        return ranks

    def _rank(self, values: Array, states: Array, group: NDArray[np.int64], shown: _Shown, ranks: Array) -> None:
        """Put the distances of :meth:`ranks` into ``ranks`` (n, rows).

        Args:
            values: The prepared values of the candidates, (n, columns).
            states: 1 where a candidate states a column, else 0, (n, columns).
            group: The group of each candidate, (n,).
            shown: What is read of the rows.
            ranks: Where the distances go.
        """
        count = values.shape[1]
        shared = states @ shown.stated
        left_out = states.sum(axis=1)[:, None] - shared
        material = _stated_sides(values[:, shown.material], states[:, shown.material])
        another = material @ shown.of_material > SAME_MATERIAL**2
        np.matmul(_stated_sides(values, states), shown.of_row, out=ranks)
        ranks -= _LAST_DIGITS  # equal rows are equally near, in whatever order their squares were added up
        np.maximum(ranks, 0.0, out=ranks)
        # What both state stands for all features, so that a row is neither nearer nor farther for what it leaves out.
        np.maximum(shared, 1.0, out=shared)
        ranks *= np.divide(count / self.rows.shape[1], shared, out=shared)
        ranks += GROUP_STEP * (group[:, None] != self.group)
        ranks += LEFT_OUT_STEP / count * left_out * ~another
        np.sqrt(ranks, out=ranks)
        ranks /= self.inner
        left_out *= LESS_STATED
        ranks += left_out
        ranks += ANOTHER_MATERIAL * another

    @cached_property
    def _sides(self) -> tuple[Array, Array]:
        return _sides_of(self.rows)

    def _shown(self, names: Sequence[str]) -> _Shown:
        """What :meth:`ranks` reads of the rows, whose features are called ``names``: always the same for one model."""
        kept: dict[tuple[str, ...], _Shown] = self._kept
        key = tuple(names)
        if key not in kept:
            count = len(self.preparation.columns)
            stated = np.ones((len(self.rows), count), dtype=bool) if self.stated is None else self.stated
            material = [i for i, c in enumerate(self.preparation.columns) if names[c].startswith(_MATERIAL)]
            values = self.rows[:, :count]
            kept[key] = _Shown(
                material=np.array(material, dtype=np.int64),
                stated=np.ascontiguousarray(stated.T, dtype=float),
                of_material=_stated_squares(values[:, material], stated[:, material]),
                of_row=_stated_squares(values, stated),
            )
        return kept[key]

    @cached_property
    def _kept(self) -> dict[Any, Any]:
        """What follows from the rows and the names of the features alone."""
        return {}

    def verdicts(self, view: View, nearest: Array, names: Sequence[str], physics: Array | None = None) -> Verdicts:
        """Judge ``n`` candidates.

        Args:
            view: The encoded candidates.
            nearest: Distance of each candidate to the nearest row, (n,), from :meth:`distances`.
            names: The names of the features.
            physics: What the simulator says minus what is predicted, decades, (n,); NaN where it is silent.
        """
        group = self._group_of(view)
        strayed = np.zeros(len(group)) if physics is None else np.nan_to_num(physics)
        limited = are_limited(view)
        has_group = group >= 0
        beyond = self._beyond(view, names)
        # 0 … 0.5 up to the border of "in", … 1 up to that of "edge", above 1 outside.
        farther = 0.5 + 0.5 * (nearest - 1.0) / max(self._limit - 1.0, 1e-9)
        score = np.where(nearest <= 1.0, 0.5 * nearest, farther)
        score = np.where(has_group, score, np.maximum(score, UNKNOWN_GROUP))
        few = has_group & (self.n_papers[group] < FEW_PAPERS)
        score = np.where(
            few | limited | (has_group & self.mixed[group]) | (beyond > 0.0).any(axis=1) | (np.abs(strayed) > STRAYED),
            np.maximum(score, 0.75),
            score,
        )
        score = np.where((beyond >= 1.0).any(axis=1), np.maximum(score, 1.1), score)
        electrolyte = self._unseen_electrolyte(view, names)
        if (electrolyte >= 0).any():
            hopeless = [column for column, family in _electrolytes(names).items() if family in NO_ELECTROLYTE]
            least = np.where(np.isin(electrolyte, hopeless), UNKNOWN_GROUP, np.where(electrolyte >= 0, 0.75, 0.0))
            score = np.maximum(score, least)
        strangers = None
        if self._support is not None and isinstance(view.columns, ElectrolyteColumns):
            strangers = self._support.judge(view.columns, group)
            score = np.maximum(score, strangers.least_score)
        doubts = Doubts.of(view.columns) if isinstance(view.columns, ElectrolyteColumns) else None
        if doubts is not None:
            score = np.maximum(score, doubts.least_score)
        return Verdicts(
            score=np.maximum(score, 0.0),
            nearest=nearest,
            few_papers=few,
            beyond=beyond,
            electrolyte=electrolyte,
            physics=strayed,
            strangers=strangers,
            doubts=doubts,
            limited=limited,
        )

    def domains(self, view: View, verdicts: Verdicts, encoding: Encoding) -> list[Domain]:
        """What a person reads of each verdict: status, score and the reasons in words."""
        limits = self._limits(encoding.names)
        # Most candidates lie within all ranges: only those beyond one are looked at closely.
        outside: dict[int, list[str]] = {}
        for row, number in zip(*np.nonzero(verdicts.beyond), strict=True):
            quantity = limits.quantities[number]
            low, high = limits.ranges[view.group[row], number]
            value = view.X[row, limits.columns[number]]
            words = _beyond_words(quantity, value, low, high, encoding.groups[view.group[row]])
            outside.setdefault(int(row), []).append(words)
        families = _electrolytes(encoding.names) if (verdicts.electrolyte >= 0).any() else {}
        return [
            Domain(
                status=STATUSES[code],
                score=score,
                reasons=(
                    *self._group_reason(group, few, encoding),
                    *(
                        (f"no row learnt from has an electrolyte of this family ({_called(families[electrolyte])})",)
                        if electrolyte in families
                        else ()
                    ),
                    *(() if verdicts.doubts is None else verdicts.doubts.reasons(row)),
                    *outside.get(row, ()),
                    *self._strange(verdicts.strangers, row, group, encoding),
                    *_strayed_words(physics),
                    *(("window, paths or rate leave so little that a law answers, not rows",) if limited else ()),
                    *self._far(nearest),
                ),
            )
            for row, (code, score, group, few, nearest, electrolyte, physics, limited) in enumerate(
                zip(
                    verdicts.codes.tolist(),
                    verdicts.score.round(4).tolist(),
                    self._group_of(view).tolist(),
                    verdicts.few_papers.tolist(),
                    verdicts.nearest.tolist(),
                    verdicts.electrolyte.tolist(),
                    verdicts.physics.tolist(),
                    verdicts.limited.tolist(),
                    strict=True,
                )
            )
        ]

    @cached_property
    def _support(self) -> Support | None:
        """What the rows hold, where that is known."""
        return None if self.contents is None else Support(contents=self.contents, group=self.group)

    def _strange(self, strangers: Strangers | None, row: int, group: int, encoding: Encoding) -> Iterable[str]:
        """What the composition in ``row`` holds that no row of its group does, in words."""
        if strangers is None or self._support is None or group < 0 or not strangers.least_score[row]:
            return ()
        return self._support.reasons(strangers, row, group, _rows_called(encoding.groups[group]))

    def _group_of(self, view: View) -> NDArray[np.int64]:
        """The group of each candidate, −1 where no row of the property is of it."""
        return np.where(view.group < len(self.n_papers), view.group, -1)

    @property
    def _limit(self) -> float:
        """Where "edge" ends, in units of the typical distance between papers."""
        return self.outer / self.inner

    def _beyond(self, view: View, names: Sequence[str]) -> Array:
        """How far each quantity lies beyond the range of its group, (n, quantities), as a share of what is out.

        It is 0 within the range, a little beyond it, and where a value is not known.
        """
        limits, group = self._limits(names), self._group_of(view)
        values = _judged(limits.quantities, view.X[:, limits.columns])
        excess = np.maximum(values - limits.high[group], limits.low[group] - values)
        worth = excess > limits.edge[group]  # never where something is not known
        worth[group < 0] = False
        if not worth.any():
            return np.zeros(worth.shape)
        return np.where(worth, excess / limits.out[group], 0.0)

    def _limits(self, names: Sequence[str]) -> _Limits:
        """What is judged of candidates whose features are called ``names``: always the same for one model."""
        key = ("limits", tuple(names))
        if key not in self._kept:
            at = {int(column): place for place, column in enumerate(self.preparation.columns)}
            material = {q: c for q, c in _columns_of(MATERIAL_RANGES, names).items() if c in at}
            places = [at[column] for column in material.values()]
            ranges = np.concatenate([self.ranges, self._of_rows[:, places]], axis=1)
            self._kept[key] = _Limits.of({**_range_columns(names), **material}, ranges)
        limits: _Limits = self._kept[key]
        return limits

    @cached_property
    def _of_rows(self) -> Array:
        """The range of every prepared column, read back from the scaled rows, (groups, columns, 2).

        A gap counts as the median there, which widens no range by much, and a candidate with a gap is not judged; nor
        is one of a group that has little in common.
        """
        count = len(self.preparation.columns)
        values = self.rows[:, :count] * self.preparation.scale + self.preparation.center
        distances = np.full((len(self.n_papers), count, 2), np.nan)
        for group in np.unique(self.group[~self.mixed[self.group]]):
            of_group = values[self.group == group]
            distances[group] = np.stack([of_group.min(axis=0), of_group.max(axis=0)], axis=1)
        return distances

    def _unseen_electrolyte(self, view: View, names: Sequence[str]) -> NDArray[np.int64]:
        """The column of the electrolyte's family where no row is of that family, (n,), else −1.

        A column that is the same in all rows was dropped. That is the column of a family without rows, unless all
        rows are of one family: then no column of any family is left, and the answer is −1.
        """
        key = ("families", tuple(names))
        if key not in self._kept:
            families = list(_electrolytes(names))
            unseen = [column for column in families if column not in self.preparation.columns]
            self._kept[key] = [] if len(unseen) == len(families) else unseen
        unseen = self._kept[key]
        if not unseen:
            return np.full(len(view.X), -1, dtype=np.int64)
        is_unseen = view.X[:, unseen] == 1.0
        return np.where(is_unseen.any(axis=1), np.array(unseen)[is_unseen.argmax(axis=1)], -1)

    def _group_reason(self, group: int, few: bool, encoding: Encoding) -> tuple[str, ...]:
        if group < 0:
            return ("no measurement of this family is known to the model",)
        if self.mixed[group]:
            return (f"{_called(encoding.groups[group])} have little in common",)
        evidence = f"only {counted(self.n_papers[group], 'paper')} on {_called(encoding.groups[group])}"
        return (evidence,) if few else ()

    def _far(self, nearest: float) -> tuple[str, ...]:
        if nearest > self._limit:
            return (f"the nearest measurement is {nearest:.1f} times as far as papers usually are from each other",)
        return ("farther from every measurement than most papers are from each other",) if nearest > 1.0 else ()


def _beyond_words(quantity: str, value: float, low: float, high: float, group: str) -> str:
    kind = _JUDGED[quantity]
    side, bound = ("above", high) if value > high else ("below", low)
    rows = f"every {_rows_called(group)}"
    shown, limit = kind.format_value(value, quantity), kind.format_value(bound, quantity)
    # The tables may hold others: rows that repeat a value, or were measured in an oven.
    return f"{kind.words} {shown} is {side} {rows} learnt from ({limit})"


def _strayed_words(physics: float) -> tuple[str, ...]:
    """The reason where the simulator lies ``physics`` decades above the prediction, and far from it."""
    if abs(physics) <= STRAYED:
        return ()
    side = "above" if physics > 0 else "below"
    return (
        f"simulator and rows disagree: the simulator lies a factor of {10.0 ** abs(physics):.2g} {side} the prediction",
    )


def _electrolytes(names: Sequence[str]) -> dict[int, str]:
    """The columns of the families of a cell's electrolyte, each with its family."""
    return {i: name.removeprefix(_ELECTROLYTE) for i, name in enumerate(names) if name.startswith(_ELECTROLYTE)}


def _rows_called(group: str) -> str:
    """What one of the rows of a group is called after 'every' or 'no'."""
    return f"row of {_CALLED[group]}" if group in _CALLED else f"{_called(group)} row"


def _called(group: str) -> str:
    return _CALLED.get(group, group.replace("_", " "))


def _judged(columns: Iterable[str], values: Array) -> Array:
    """Values (n, quantities) on the scales on which their ranges are judged."""
    return np.column_stack([_JUDGED[name].scaled(values[:, i]) for i, name in enumerate(columns)])


def _sides_of(b: Array) -> tuple[Array, Array]:
    """Prepared rows (m, k) as :func:`_distances` reads them: −2 bᵀ (k, m), and the sums of the squares, (m,)."""
    return -2.0 * b.T, (b**2).sum(1)


def _distances(
    a: Array, a_group: NDArray[np.int64], doubled: Array, squares: Array, b_group: NDArray[np.int64]
) -> Array:
    """Root mean square difference per feature, (n, m), with a step for another group; see :func:`_sides_of`."""
    square: Array = a @ doubled  # from here in place: new arrays of this size take longer than what is done with them
    square += (a**2).sum(1)[:, None]
    square += squares
    np.maximum(square, 0.0, out=square)
    square /= a.shape[1]
    np.add(square, GROUP_STEP, out=square, where=a_group[:, None] != b_group[None, :])
    return np.sqrt(square, out=square)


def _stated_squares(b: Array, stated: NDArray[np.bool_]) -> Array:
    """Rows b (m, k) as the other side of :func:`_stated_sides`: t b², t b and t below each other, (3k, m), with t 1
    where b is stated, else 0.
    """
    t = stated.astype(float)
    return np.vstack([(t * b**2).T, (t * b).T, t.T])


def _stated_sides(a: Array, s: Array) -> Array:
    """Candidates a (n, k), s 1 where they are stated, so that a product with :func:`_stated_squares` gives sums of
    squared differences over the columns that both state: Σ s t (a − b)² = s·(t b²) − 2 (s a)·(t b) + (s a²)·t.
    """
    return np.hstack([s, -2.0 * s * a, s * a**2])


def _range_columns(names: Sequence[str]) -> dict[str, int]:
    return _columns_of(RANGES, names)


def _columns_of(quantities: Iterable[str], names: Sequence[str]) -> dict[str, int]:
    position = {name: index for index, name in enumerate(names)}
    return {quantity: position[quantity] for quantity in quantities if quantity in position}


def _group_ranges(training: TrainingSet, X: Array, n_groups: int) -> Array:
    columns = list(_range_columns(training.names).values())
    ranges = np.full((n_groups, len(columns), 2), np.nan)
    for group in range(n_groups):
        for number, column in enumerate(columns):
            values = X[training.group == group, column]
            values = values[~np.isnan(values)]
            if len(values):
                ranges[group, number] = values.min(), values.max()
    return ranges
