"""From chosen recipes to suggestions that a person can judge: predictions, shares, limits, neighbours, a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from surrogate.design.gain import Gain
from surrogate.design.knowledge import Knowledge, Outlook, goals_of, view
from surrogate.design.objective import Target
from surrogate.design.posteriors import LEVEL, Belief
from surrogate.design.space import Pool
from surrogate.design.suggestion import ModelChoice, Stopping, Suggestion, SuggestionBatch
from surrogate.design.variables import Array
from surrogate.measurement import Candidate
from surrogate.models.base import (
    Domain,
    DomainStatus,
    Interval,
    ModelIdentity,
    ModelStatus,
    Neighbour,
    Prediction,
)
from surrogate.properties import Property, get_property
from surrogate.units import stated

_Z = 1.6448536269514722  # of LEVEL
_LOW_COVERAGE = 0.8
_NEIGHBOURS = 3
#: Recipes that must be measured before stopping is advised.
_LEAST_MEASURED = 10


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """One recipe of a pool, with the gain it was chosen by."""

    pool: Pool
    position: int
    outlook: Outlook
    gain: Gain
    score: float
    replicated: Candidate | None = None

    @property
    def candidate(self) -> Candidate:
        """What is proposed; for a replicate the measured recipe itself."""
        return self.pool.candidates[self.position] if self.replicated is None else self.replicated

    def as_replicate(self, measured: Sequence[Candidate]) -> Chosen:
        """The same recipe as one that was made before."""
        return replace(self, replicated=measured[self.position])


def batch_of(
    chosen: Sequence[Chosen], knowledge: Knowledge, gain: Gain, pool: Outlook, *, planner: str, seed: int,
    first_number: int = 1,
) -> SuggestionBatch:  # fmt: skip
    """The answer to one ask."""
    suggestions = tuple(_suggestion(one, knowledge, number) for number, one in enumerate(chosen, first_number))
    space = knowledge.space
    shared = {n: v for n, v in suggestions[0].settings.items() if n in space.shared}
    return SuggestionBatch(
        suggestions=suggestions,
        space=space.name,
        objective=str(knowledge.objective),
        planner=planner,
        seed=seed,
        pool=len(pool),
        models={name: _choice(belief) for name, belief in knowledge.beliefs.items()},
        stopping=stopping_advice(knowledge, gain, pool),
        shared=shared,
        warnings=(*knowledge.warnings, *_coverage_warnings(knowledge)),
    )


def _choice(belief: Belief) -> ModelChoice:
    return ModelChoice(
        winner=belief.regressor.name, n_measurements=belief.n, log_scores=belief.scores, calibration=belief.calibration
    )


def _coverage_warnings(knowledge: Knowledge) -> list[str]:
    found = []
    for name, belief in knowledge.beliefs.items():
        calibration = belief.calibration
        if calibration.cross_validated is not None and calibration.cross_validated < _LOW_COVERAGE:
            found.append(
                f"The {calibration.level:.0%} intervals of {name} held {calibration.cross_validated:.0%} of "
                f"{calibration.n} measured values before they were widened by {calibration.widened:.2f}."
            )
    return found


def _suggestion(chosen: Chosen, knowledge: Knowledge, number: int) -> Suggestion:
    predictions = {
        name: predicted(chosen.candidate, chosen.outlook, knowledge, name) for name in knowledge.objective.properties
    }
    exploit = _exploit_share(chosen)
    binding = chosen.pool.binding(chosen.position)
    neighbours = _neighbours(predictions)
    derived = {name: float(knowledge.moments(chosen.outlook, name)[0][0]) for name in chosen.outlook.derived}
    thresholds = float(np.exp(knowledge.log_thresholds(chosen.outlook)[0]))
    success = float(chosen.outlook.success[0])
    warnings = tuple(dict.fromkeys(w for p in predictions.values() for w in p.warnings))
    return Suggestion(
        number=number,
        candidate=chosen.candidate,
        settings=chosen.pool.settings(chosen.position),
        weigh_in_g=chosen.pool.weigh_in_g(chosen.position),
        predictions=predictions,
        derived=derived,
        acquisition=chosen.score,
        expected_gain=float(np.exp(chosen.gain.log_gain(chosen.outlook)[0])),
        exploit_share=exploit,
        chance_of_success=success,
        chance_of_thresholds=thresholds,
        binding=binding,
        neighbours=neighbours,
        reason=_reason(predictions, derived, exploit, binding, neighbours, success, chosen.replicated is not None),
        warnings=warnings,
        is_replicate=chosen.replicated is not None,
    )


def _exploit_share(chosen: Chosen) -> float:
    """The gain with exact predictions over the expected gain."""
    whole = float(chosen.gain.log_gain(chosen.outlook)[0])
    certain = float(chosen.gain.log_gain(chosen.outlook, certain=True)[0])
    return float(np.clip(np.exp(min(certain - whole, 0.0)), 0.0, 1.0)) if np.isfinite(whole) else 0.0


def predicted(candidate: Candidate, outlook: Outlook, knowledge: Knowledge, name: str) -> Prediction:
    """The prior model's prediction of ``candidate``, the first row of ``outlook``; with the campaign's own mean and
    interval once it has measurements.
    """
    property, belief = get_property(name), knowledge.beliefs[name]
    prior = None
    if name in knowledge.models:
        prior = knowledge.models[name].predict([view(candidate, name)], level=LEVEL, neighbours=_NEIGHBOURS)[0]
        if not belief.n:
            return prior
    points = outlook.points[name]
    mean, std = float(belief.mean(points)[0]), float(belief.std(points)[0])
    median, interval = _in_unit(property, mean, std)
    identity = ModelIdentity(
        name=f"campaign {belief.regressor.name}", version=str(belief.n), status=ModelStatus.PROVISIONAL,
        data_sha256="" if prior is None else prior.model.data_sha256,
        reason=f"fitted to {belief.n} measurements of the campaign",
    )  # fmt: skip
    if prior is not None:
        return replace(prior, median=median, interval=interval, scale_mean=mean, scale_std=std, model=identity)
    domain = Domain(
        status=DomainStatus.EDGE, score=1.0, reasons=("No model of the literature was given for this property.",)
    )
    return Prediction(
        property=name, median=median, interval=interval, scale_mean=mean, scale_std=std, domain=domain, neighbours=(),
        model=identity,
    )  # fmt: skip


def in_words(name: str, prediction: Prediction, *, share: str = "") -> str:
    """``4.1 mS/cm (0.9 to 15 mS/cm)``: a prediction in the unit that a person reads."""
    prop, interval = get_property(name), prediction.interval
    ends = prop.shown_range(interval.low, interval.high, joint=" to ")
    return f"{prop.shown(prediction.median)} ({share}{ends})"


def _in_unit(property: Property, mean: float, std: float) -> tuple[float, Interval]:
    """Median and interval in the unit of the property, cut at its physical bounds."""
    values = property.from_scale(np.array([mean - _Z * std, mean, mean + _Z * std]))
    low, median, high = (float(v) for v in np.clip(values, property.lower, property.upper))
    return median, Interval(level=LEVEL, low=low, high=high)


def _neighbours(predictions: Mapping[str, Prediction]) -> tuple[Neighbour, ...]:
    """The nearest cited rows over all properties, each once, nearest first."""
    found = {n.row_id: n for p in predictions.values() for n in p.neighbours}
    return tuple(sorted(found.values(), key=lambda n: (n.distance, n.row_id))[:_NEIGHBOURS])


def _reason(
    predictions: Mapping[str, Prediction],
    derived: Mapping[str, float],
    exploit: float,
    binding: Sequence[str],
    neighbours: Sequence[Neighbour],
    success: float,
    replicate: bool,
) -> str:
    parts = [f"{get_property(name).label} {in_words(name, p, share='90 %: ')}" for name, p in predictions.items()]
    parts += [stated(name, value) for name, value in derived.items()]
    sentence = "Repeats the best measured recipe to learn its spread: " if replicate else "Predicted: "
    sentence += "; ".join(parts) + "."
    if not replicate:
        mode = "a safe bet on what is known" if exploit >= 0.5 else "worth making for what it may reveal"
        sentence += f" It is {mode} ({exploit:.0%} of the expected gain is exploitation)."
    if neighbours:
        near = neighbours[0]
        sentence += f" Nearest cited row: {near.row_id} ({near.description}{f', doi {near.doi}' if near.doi else ''})."
    if binding:
        sentence += f" Held by: {binding[0]}."
    if success < 0.9:
        sentence += f" Similar recipes failed; its chance to work is {success:.0%}."
    return sentence


def stopping_advice(knowledge: Knowledge, gain: Gain, pool: Outlook) -> Stopping:
    """Whether the best recipe of the pool is still expected to add what is worth an experiment.

    For one goal the gain is compared with its smallest worthwhile difference; for several, with the hypervolume that
    such a difference in one goal adds over the width of the front in the others.
    """
    best = float(np.exp(np.max(gain.rough(pool))))
    goals = goals_of(knowledge.objective)
    steps = np.array([_worthwhile(t, knowledge, pool) for t in goals]) / gain.scales
    if knowledge.objective.weighted:
        least = float(np.min(steps * np.array([t.weight for t in goals])))
    else:
        widths = _widths(gain)
        least = float(min(steps[j] * np.prod(np.delete(widths, j)) for j in range(len(goals))))
    enough = len(knowledge.measured) >= _LEAST_MEASURED
    stop = bool(enough and best < least)
    words = "below" if best < least else "above"
    sentence = (
        f"The best recipe left is expected to add {best:.3g}, {words} the smallest difference worth an experiment"
    )
    sentence += f" ({least:.3g}): " + ("stop, or widen the space." if stop else "go on.")
    if not enough:
        n = len(knowledge.measured)
        counted = "No recipe is" if n == 0 else "Only one recipe is" if n == 1 else f"Only {n} recipes are"
        sentence = f"{counted} measured in this campaign, too few to advise stopping: go on."
    return Stopping(stop=stop, expected_gain=best, smallest_worthwhile=least, sentence=sentence)


def _worthwhile(target: Target, knowledge: Knowledge, pool: Outlook) -> float:
    if target.worthwhile > 0:
        return target.worthwhile
    return 0.05 * float(np.ptp(knowledge.moments(pool, target.quantity)[0])) if target.quantity in pool.derived else 0.0


def _widths(gain: Gain) -> Array:
    """How far the front reaches above the reference in each goal, on the scaled utilities."""
    drawn = gain._drawn.mean(axis=0) if len(gain.baseline) else gain.virtual
    values = np.vstack([drawn, gain.virtual])
    return np.asarray(np.maximum(values.max(axis=0) - gain.reference, 1e-9))
