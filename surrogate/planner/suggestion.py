"""What a planner answers: suggestions with their reasons, and how far the answer can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from surrogate.beliefs.selection import Coverage
from surrogate.candidate.measurement import Candidate
from surrogate.models.base import Neighbour, Prediction
from surrogate.planner.objective import Target
from surrogate.text import in_percent


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


def chances_in_words(chances: Mapping[str, float], chance_of_all: float) -> str:
    """The chance of each threshold, and of all at once where there are several: ``peak_temperature_c <= 300 °C 44 %``.

    Thresholds of one recipe are met or missed together, so their chances do not multiply.
    """
    listing = ", ".join(f"{Target.parse(wish).shown} {in_percent(chance)}" for wish, chance in chances.items())
    return f"{listing}; of all {in_percent(chance_of_all)}" if len(chances) > 1 else listing
