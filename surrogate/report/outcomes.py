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
    """The expected and the measured value of one recipe, in the unit of the property.

    Nothing is expected of a recipe that nobody suggested. ``order`` counts the measurements as they came.
    """

    number: int | None
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    measured: float | None = None
    failed: bool = False
    order: int | None = None


def outcomes_of(campaign: Campaign, property: str) -> list[Outcome]:
    """List every suggestion that predicts a property and every measurement of it, by number.

    Recipes that the lab added come last.

    Args:
        campaign: Whose they are.
        property: Its name.
    """
    from surrogate.campaign.records import every

    return outcomes(every(campaign.suggestions), every(campaign.measurements), property)


def outcomes(
    suggestions: Iterable[SuggestionRecord], measurements: Iterable[MeasurementRecord], property: str
) -> list[Outcome]:
    """The same from records; corrected measurements count once, repeats of a recipe each."""
    results: dict[str | None, list[MeasurementRecord]] = {}
    for record in measurements:
        if record.is_used and record.result.property in (property, None):
            results.setdefault(record.result.suggestion, []).append(record)
    in_order: list[Outcome] = []
    for suggestion in sorted(suggestions, key=lambda record: record.number):
        expected: dict[str, float] = {}
        prediction = suggestion.answer.predictions.get(property)
        if prediction is not None:
            interval = prediction.interval
            expected = {"expected": prediction.median, "low": interval.low, "high": interval.high}
        for measurement in results.pop(suggestion.id, None) or (None,):
            value = None if measurement is None else measurement.result.value
            failed = str(suggestion.state) == "failed" or (measurement is not None and value is None)
            order = None if measurement is None else measurement.number
            in_order.append(Outcome(number=suggestion.number, measured=value, failed=failed, order=order, **expected))
    added = [(record.result.value, record.number) for record in results.get(None, [])]
    return [*in_order, *(Outcome(number=None, measured=float(v), order=n) for v, n in added if v is not None)]
