"""What a campaign expected and what it measured, suggestion by suggestion."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from surrogate.campaign.campaign import Campaign
    from surrogate.campaign.records import MeasurementRecord, SuggestionRecord


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One recipe: what was expected of it (``None`` for one that nobody suggested) and what was measured, in the unit
    of the property. ``told`` counts the measurements in the order in which they came."""

    number: int | None
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    measured: float | None = None
    failed: bool = False
    told: int | None = None


def outcomes_of(campaign: Campaign, property: str) -> list[Outcome]:
    """Every suggestion of ``campaign`` that predicts ``property`` and every measurement of it, by number; recipes that
    the lab added come last."""
    from surrogate.campaign.records import every

    return outcomes(every(campaign.suggestions), every(campaign.measurements), property)


def outcomes(
    suggestions: Iterable[SuggestionRecord], measurements: Iterable[MeasurementRecord], property: str
) -> list[Outcome]:
    """The same from records; corrected measurements count once, repeats of a recipe each."""
    told: dict[str | None, list[MeasurementRecord]] = {}
    for each in measurements:
        if each.is_used and each.result.property in (property, None):
            told.setdefault(each.result.suggestion, []).append(each)
    found: list[Outcome] = []
    for suggestion in sorted(suggestions, key=lambda each: each.number):
        expected: dict[str, float] = {}
        prediction = suggestion.answer.predictions.get(property)
        if prediction is not None:
            interval = prediction.interval
            expected = {"expected": prediction.median, "low": interval.low, "high": interval.high}
        for record in told.pop(suggestion.id, None) or (None,):
            value = None if record is None else record.result.value
            failed = str(suggestion.state) == "failed" or (record is not None and value is None)
            told_as = None if record is None else record.number
            found.append(Outcome(number=suggestion.number, measured=value, failed=failed, told=told_as, **expected))
    added = [(each.result.value, each.number) for each in told.get(None, [])]
    return [*found, *(Outcome(number=None, measured=float(v), told=n) for v, n in added if v is not None)]
