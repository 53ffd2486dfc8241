"""What a planner answers: suggestions with their reasons, and how far the answer can be trusted."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from surrogate.beliefs.selection import Coverage
from surrogate.design.objective import Target
from surrogate.measurement import Candidate
from surrogate.models.base import Neighbour, Prediction


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """One recipe to make next, and why.

    ``settings`` are the lab values by name, ``weigh_in_g`` the masses of the precursors. ``expected_gain`` is what the
    recipe is expected to add, on the scale of the goal (one goal) or as hypervolume (several); ``acquisition`` is its
    logarithm with the chances of meeting thresholds and of success. ``exploit_share`` is the part of the gain that
    stays when the prediction is taken as exact; the rest is exploration. ``predictions`` and ``chances`` (of each
    threshold) leave out properties of which nothing is known.
    """

    number: int
    candidate: Candidate
    settings: Mapping[str, float | str]
    weigh_in_g: Mapping[str, float]
    predictions: Mapping[str, Prediction]
    derived: Mapping[str, float]
    acquisition: float
    expected_gain: float
    exploit_share: float
    chance_of_success: float
    chance_of_thresholds: float
    binding: tuple[str, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    reason: str = ""
    warnings: tuple[str, ...] = ()
    is_replicate: bool = False
    chances: Mapping[str, float] = field(default_factory=dict)

    @property
    def explore_share(self) -> float:
        """The part of the expected gain that comes from not knowing."""
        return 1.0 - self.exploit_share


@dataclass(frozen=True, kw_only=True)
class ModelChoice:
    """Which model speaks for a property: the winner, the leave-one-out log scores of all, and its calibration."""

    winner: str
    n_measurements: int
    log_scores: Mapping[str, float]
    calibration: Coverage


@dataclass(frozen=True, kw_only=True)
class Stopping:
    """Advice on going on: the largest expected gain in the pool beside the smallest that is worth an experiment."""

    stop: bool
    expected_gain: float
    smallest_worthwhile: float
    sentence: str


@dataclass(frozen=True, kw_only=True)
class SuggestionBatch:
    """The answer to one ask: suggestions in the order of their choice, models and calibration, advice, warnings."""

    suggestions: tuple[Suggestion, ...]
    space: str
    objective: str
    planner: str
    seed: int
    pool: int
    models: Mapping[str, ModelChoice]
    stopping: Stopping
    shared: Mapping[str, float | str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.suggestions)

    @property
    def exploit_share(self) -> float:
        """Mean exploit share of the batch."""
        return sum(s.exploit_share for s in self.suggestions) / len(self.suggestions)

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The recipes."""
        return tuple(suggestion.candidate for suggestion in self.suggestions)


def in_percent(chance: float) -> str:
    """A chance as a person reads it; none is rounded to certainty.

    >>> in_percent(0.44), in_percent(0.0004), in_percent(0.0), in_percent(0.9999)
    ('44%', 'below 1%', '0%', 'above 99%')
    """
    if 0.0 < chance < 0.005:
        return "below 1%"
    return "above 99%" if 0.995 <= chance < 1.0 - 1e-9 else f"{chance:.0%}"


def chances_in_words(chances: Mapping[str, float]) -> str:
    """The chance of each threshold, and of all where there are several: ``peak_temperature_c <= 300 °C 44%``."""
    each = ", ".join(f"{Target.parse(wish).shown} {in_percent(chance)}" for wish, chance in chances.items())
    return f"{each}; of all {in_percent(math.prod(chances.values()))}" if len(chances) > 1 else each


def finite_or_none(value: float) -> float | None:
    """A number that JSON can carry."""
    return value if math.isfinite(value) else None


def prediction_to_json(prediction: Prediction) -> dict[str, Any]:
    """A prediction as plain data."""
    return {
        "unit": prediction.unit,
        "median": prediction.median,
        "interval": {
            "level": prediction.interval.level,
            "low": prediction.interval.low,
            "high": prediction.interval.high,
        },
        "scale": {"mean": prediction.scale_mean, "std": prediction.scale_std},
        "domain": {
            "status": str(prediction.domain.status),
            "score": finite_or_none(prediction.domain.score),
            "reasons": list(prediction.domain.reasons),
        },
        "model": {
            "name": prediction.model.name,
            "version": prediction.model.version,
            "status": str(prediction.model.status),
            "data_sha256": prediction.model.data_sha256,
        },
        "warnings": list(prediction.warnings),
    }


def suggestion_to_json(suggestion: Suggestion) -> dict[str, Any]:
    """A suggestion as plain data; every number carries its unit in its name or beside it."""
    material = suggestion.candidate.electrolyte
    return {
        "number": suggestion.number,
        "composition": None if material is None else material.composition.text,
        "settings": dict(suggestion.settings),
        "weigh_in_g": dict(suggestion.weigh_in_g),
        "predictions": {name: prediction_to_json(p) for name, p in suggestion.predictions.items()},
        "derived": dict(suggestion.derived),
        "acquisition": finite_or_none(suggestion.acquisition),
        "expected_gain": suggestion.expected_gain,
        "exploit_share": suggestion.exploit_share,
        "explore_share": suggestion.explore_share,
        "chance_of_success": suggestion.chance_of_success,
        "chance_of_thresholds": suggestion.chance_of_thresholds,
        "binding": list(suggestion.binding),
        "neighbours": [neighbour_to_json(n) for n in suggestion.neighbours],
        "reason": suggestion.reason,
        "warnings": list(suggestion.warnings),
        "is_replicate": suggestion.is_replicate,
    }


def neighbour_to_json(neighbour: Neighbour) -> dict[str, Any]:
    """A cited row as plain data."""
    return {
        "row_id": neighbour.row_id,
        "distance": neighbour.distance,
        "value": neighbour.value,
        "paper": neighbour.paper,
        "doi": neighbour.doi,
        "description": neighbour.description,
        "fidelity": neighbour.fidelity,
    }


def to_json(batch: SuggestionBatch) -> dict[str, Any]:
    """The whole answer as plain data, without NaN."""
    return {
        "space": batch.space,
        "objective": batch.objective,
        "planner": batch.planner,
        "seed": batch.seed,
        "pool": batch.pool,
        "exploit_share": batch.exploit_share,
        "shared": dict(batch.shared),
        "suggestions": [suggestion_to_json(s) for s in batch.suggestions],
        "models": {name: _choice_to_json(choice) for name, choice in batch.models.items()},
        "stopping": {
            "stop": batch.stopping.stop,
            "expected_gain": batch.stopping.expected_gain,
            "smallest_worthwhile": batch.stopping.smallest_worthwhile,
            "sentence": batch.stopping.sentence,
        },
        "warnings": list(batch.warnings),
    }


def _choice_to_json(choice: ModelChoice) -> dict[str, Any]:
    calibration = choice.calibration
    return {
        "winner": choice.winner,
        "n_measurements": choice.n_measurements,
        "log_scores": {name: finite_or_none(score) for name, score in choice.log_scores.items()},
        "calibration": {
            "level": calibration.level,
            "cross_validated_coverage": calibration.cross_validated,
            "last_coverage": calibration.last,
            "last_measurements": calibration.n_last,
            "widened_by": calibration.widened,
        },
    }
