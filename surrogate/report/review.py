"""Are the predictions kept? What came out beside what was predicted for it, in this laboratory, as time goes on.

A review looks at every result that was told for a suggestion: whether it lay inside the interval, and by how much the
prediction was off. A limit counts where it tells on which side of the interval the value lies. Results of a recipe that
was made otherwise than suggested say nothing about the prediction; what is left out is counted by its reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from surrogate.candidate.measurement import Censoring
from surrogate.properties import PROPERTIES, Scale, get_property, in_order
from surrogate.text import counted, number, percent_in_full, quantity

if TYPE_CHECKING:
    from surrogate.campaign.campaign import Campaign
    from surrogate.campaign.records import MeasurementRecord, SuggestionRecord
    from surrogate.campaign.store import CampaignStore

#: Results that a standing looks back on, and how many say nothing yet.
LAST, TOO_FEW = 20, 5
#: So unlikely is a share of results that is not put down to chance.
_SURELY = 0.05
#: Why a result is left out.
_OTHERWISE, _OPEN, _ROUGH, _UNPREDICTED = (
    "made otherwise", "limit that does not tell", "approximate value", "without a prediction",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Reviewed:
    """One result beside what was predicted for it, in the unit of the property; ``model`` is what predicted.

    Where ``censoring`` says that ``measured`` is a limit, the value lies beyond it.
    """

    property_name: str
    recorded: datetime
    campaign: str
    suggestion: str
    model: str
    expected: float
    low: float
    high: float
    level: float
    measured: float
    censoring: Censoring = Censoring.EXACT

    @property
    def tells(self) -> bool:
        """Whether it is sure on which side of the ends of the interval the value lies."""
        prop = get_property(self.property_name)
        if self.censoring is Censoring.BELOW:
            return self.measured <= self.low or (self.low <= prop.lower and self.measured <= self.high)
        if self.censoring is Censoring.ABOVE:
            return self.measured >= self.high or (self.high >= prop.upper and self.measured >= self.low)
        return self.censoring is Censoring.EXACT

    @property
    def is_inside(self) -> bool:
        """Whether the interval held."""
        if self.censoring is Censoring.BELOW:
            return self.low < self.measured <= self.high
        if self.censoring is Censoring.ABOVE:
            return self.low <= self.measured < self.high
        return self.low <= self.measured <= self.high

    @property
    def shown(self) -> str:
        """What was measured, as a person reads it: ``<0.5 mS/cm``."""
        return f"{self.censoring.sign}{quantity(self.measured, self.property_name)}"

    @property
    def error(self) -> float:
        """Measured minus predicted: in decades for what is modelled in decades, else in the unit of the property.

        A limit counts as its value: the least that a prediction outside it was off.
        """
        return self.error_of(self.measured)

    def error_of(self, value: float) -> float:
        """The error that ``value`` would be, as an end of the interval."""
        prop = get_property(self.property_name)
        if prop.scale is Scale.LOG10:
            return float(prop.to_scale(value) - prop.to_scale(self.expected))
        return value - self.expected


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How predictions of a property stood after a result, by the last ``n`` results.

    Attributes:
        coverage: Share of the results inside their intervals, beside the promised ``level``.
        bias: Mean of measured minus predicted; below zero the predictions are too high.
        mean_absolute_error: Of the same errors.
        n_limits: How many of the results are limits, whose errors are those of their values.
    """

    property_name: str
    recorded: datetime
    n: int
    level: float
    coverage: float
    bias: float
    mean_absolute_error: float
    n_limits: int = 0

    @property
    def error_unit(self) -> str:
        """What errors are in."""
        prop = get_property(self.property_name)
        return "decades" if prop.scale is Scale.LOG10 else prop.unit

    @property
    def judgement(self) -> str:
        """Whether the intervals keep in this laboratory what they promise, as far as so many results can tell."""
        from scipy.stats import binom

        if self.n < TOO_FEW:
            return f"{counted(self.n, 'result')} cannot tell yet whether intervals hold; {TOO_FEW} can."
        n_inside, promised = round(self.coverage * self.n), percent_in_full(self.level)
        if binom.cdf(n_inside, self.n, self.level) < _SURELY:
            return f"That is fewer than chance explains: take {promised} intervals as too narrow here."
        if binom.sf(n_inside - 1, self.n, self.level) < _SURELY:
            return f"That is more than chance explains: {promised} intervals are wider than needed here."
        return f"That agrees with {promised}."

    @property
    def sentence(self) -> str:
        """What a person should know of it."""
        prop = get_property(self.property_name)
        held = (
            f"{self.coverage * self.n:.0f} of {counted(self.n, 'result')} "
            f"lay inside the {percent_in_full(self.level)} interval"
        )
        if prop.scale is Scale.LOG10:
            factor = 10.0 ** abs(self.bias)
            off = "as predicted" if factor < 1.05 else f"{number(factor)} times {_side(self.bias)} than predicted"
        else:
            off = f"{number(prop.shown_factor * abs(self.bias))} {prop.shown_unit} {_side(self.bias)} than predicted"
        limits = f", {counted(self.n_limits, 'limit')} taken as {'its value' if self.n_limits == 1 else 'their values'}"
        limits = limits if self.n_limits else ""
        return f"{prop.label}: {held}; on average values came out {off}{limits}."


@dataclass(frozen=True, kw_only=True)
class Review:
    """Results beside their predictions in the order in which they were told, and how many are left out, by reason."""

    rows: tuple[Reviewed, ...]
    left_out: Mapping[str, int]

    @property
    def omissions(self) -> str:
        """``Left out: 1 limit that does not tell, 1 made otherwise.``; empty where nothing is."""
        if not self.left_out:
            return ""
        return f"Left out: {', '.join(_omission(n, why) for why, n in sorted(self.left_out.items()))}."


def _omission(n: int, why: str) -> str:
    if n > 1 and why == _OPEN:
        return f"{n} limits that do not tell"
    return counted(n, why) if why == _ROUGH else f"{n} {why}"


def _side(bias: float) -> str:
    return "higher" if bias > 0 else "lower"


def review_store(store: CampaignStore, ids: Sequence[str] = (), properties: Sequence[str] = ()) -> Review:
    """Review campaigns of a store; see :func:`review`.

    Args:
        store: Holds the campaigns.
        ids: Which of them; all that can be worked with when empty.
        properties: Which properties; all when empty.
    """
    from surrogate.campaign.records import every

    names = ids or [summary.id for summary in every(store.list) if summary.measurements and summary.trouble is None]
    return review([store.get(name) for name in names], properties)


def review(campaigns: Iterable[Campaign], properties: Sequence[str] = ()) -> Review:
    """Every result of ``campaigns`` that a prediction was made for, in the order in which they were told.

    Args:
        campaigns: Of one store, or of several.
        properties: Names of the properties to look at; all when empty.
    """
    from surrogate.campaign.records import every

    rows: list[Reviewed] = []
    left_out: Counter[str] = Counter()
    for campaign in campaigns:
        suggested = {record.id: record for record in every(campaign.suggestions)}
        for result in every(campaign.measurements):
            if not result.is_used or result.result.value is None:
                continue
            if result.result.property not in (properties or PROPERTIES):
                continue
            row = _beside(result, suggested.get(result.result.suggestion or ""))
            if isinstance(row, str):
                left_out[row] += 1
            else:
                rows.append(row)
    return Review(rows=tuple(sorted(rows, key=lambda row: row.recorded)), left_out=left_out)


def standings(rows: Sequence[Reviewed], last: int = LAST) -> list[Standing]:
    """Judge the predictions of each property after every result.

    Args:
        rows: Results beside their predictions, (n,), in the order in which they were told.
        last: How many results of the property count, the newest.

    Returns:
        The standing after each of ``rows``, (n,).
    """
    seen: dict[str, list[Reviewed]] = {}
    answers = []
    for row in rows:
        of_property = seen.setdefault(row.property_name, [])
        of_property.append(row)
        recent = of_property[-last:]
        errors = [one.error for one in recent]
        answers.append(
            Standing(
                property_name=row.property_name,
                recorded=row.recorded,
                n=len(recent),
                level=row.level,
                coverage=sum(one.is_inside for one in recent) / len(recent),
                bias=sum(errors) / len(errors),
                mean_absolute_error=sum(map(abs, errors)) / len(errors),
                n_limits=sum(one.censoring is not Censoring.EXACT for one in recent),
            )
        )
    return answers


def latest(rows: Sequence[Reviewed], last: int = LAST) -> dict[str, Standing]:
    """Judge the predictions of each property after the last of its results.

    Args:
        rows: Results beside their predictions, in the order in which they were told.
        last: How many results of the property count, the newest.

    Returns:
        Standings by property.
    """
    newest = {standing.property_name: standing for standing in standings(rows, last)}
    return {name: newest[name] for name in in_order(newest)}


def _beside(record: MeasurementRecord, suggestion: SuggestionRecord | None) -> Reviewed | str:
    """A result with the prediction of its suggestion, or why it says nothing about one."""
    from surrogate.planner.observations import view

    result = record.result
    assert result.property is not None
    assert result.value is not None
    prediction = None if suggestion is None else suggestion.answer.predictions.get(result.property)
    if suggestion is None or prediction is None:
        return _UNPREDICTED
    if view(suggestion.candidate, result.property) != record.candidate:
        return _OTHERWISE
    row = Reviewed(
        property_name=result.property,
        recorded=record.created,
        campaign=record.campaign,
        suggestion=suggestion.id,
        model=prediction.model.name,
        expected=prediction.median,
        low=prediction.interval.low,
        high=prediction.interval.high,
        level=prediction.interval.level,
        measured=float(result.value),
        censoring=result.censoring,
    )
    if row.tells:
        return row
    return _ROUGH if result.censoring is Censoring.APPROXIMATE else _OPEN
