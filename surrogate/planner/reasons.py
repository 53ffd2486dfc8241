"""From chosen recipes to suggestions that a person can judge: predictions, shares, limits, neighbours, a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from surrogate.beliefs.selection import LEVEL, PropertyPosterior
from surrogate.candidate.measurement import Candidate
from surrogate.models.base import (
    Domain,
    DomainStatus,
    Interval,
    ModelIdentity,
    ModelStatus,
    Neighbour,
    Prediction,
)
from surrogate.planner.acquisition import Acquisition, score
from surrogate.planner.electrode import warn_of_thin_electrodes
from surrogate.planner.observations import EncodedCandidates, Observations, goals_of, view
from surrogate.planner.predictive import Ceiling, ends
from surrogate.planner.suggestion import ModelChoice, Stopping, Suggestion, SuggestionBatch
from surrogate.properties import Property, Scale, get_property
from surrogate.space.design_space import Pool
from surrogate.space.energy import FROM_PROPERTY
from surrogate.space.thumb import broken_rules, unseen_combination
from surrogate.text import counted, in_percent, number, quantity, span

_LOW_COVERAGE = 0.8
_NEIGHBOURS = 3
#: Expected gains below this are none, on the scale of a goal or as hypervolume.
_NOTHING = 1e-4
#: Most words of the reason of a suggestion.
_WORDS = 30
#: A chance below this is not worth the name.
HOPELESS = 1e-3
#: A recipe that is less likely to work than this is no safe bet.
_SAFE = 0.9
#: An interval that spans more than this factor leaves too much open for a safe bet.
_SAFE_SPAN = 3.0
#: Recipes that must be measured before stopping is advised.
_LEAST_MEASURED = 10


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """One recipe of a pool, with the acquisition it was chosen by, and whether it is the best bet of several."""

    pool: Pool
    position: int
    encoded: EncodedCandidates
    acquisition: Acquisition
    score: float
    replicated: Candidate | None = None
    best_bet: bool = False

    @classmethod
    def of(cls, pool: Pool, encoded: EncodedCandidates, position: int, acquisition: Acquisition) -> Chosen:
        """The recipe of ``pool`` at this position, with its score."""
        one = encoded.take(np.array([position]))
        value = float(score(acquisition, one)[0])
        return cls(pool=pool, position=position, encoded=one, acquisition=acquisition, score=value)

    @property
    def candidate(self) -> Candidate:
        """What is proposed; for a replicate the measured recipe itself."""
        return self.pool.candidates[self.position] if self.replicated is None else self.replicated

    def beside(self, acquisition: Acquisition) -> Chosen:
        """The same recipe with its score by another acquisition."""
        return replace(self, acquisition=acquisition, score=float(score(acquisition, self.encoded)[0]))

    def as_replicate(self, measured: Sequence[Candidate]) -> Chosen:
        """The same recipe as one that was made before."""
        return replace(self, replicated=measured[self.position])


def batch_of(
    chosen: Sequence[Chosen],
    observations: Observations,
    acquisition: Acquisition,
    pool: EncodedCandidates,
    *,
    planner: str,
    seed: int,
    first_number: int = 1,
) -> SuggestionBatch:
    """The answer to one ask."""
    suggestions = tuple(_suggestion(one, observations, number) for number, one in enumerate(chosen, first_number))
    space = observations.space
    shared = {n: v for n, v in suggestions[0].settings.items() if n in space.shared}
    return SuggestionBatch(
        suggestions=suggestions,
        space=space.name,
        objective=str(observations.objective),
        planner=planner,
        seed=seed,
        pool=len(pool),
        models={name: _choice(posterior) for name, posterior in observations.posteriors.items()},
        stopping=_stopping_advice(observations, acquisition, pool),
        shared=shared,
        warnings=(
            *observations.warnings,
            *_unknown_warnings(observations),
            *_threshold_warnings(observations, pool, chosen),
            *_coverage_warnings(observations),
            *warn_of_thin_electrodes(
                space, observations.objective, [one.pool.settings(one.position) for one in chosen]
            ),
        ),
    )


def _choice(posterior: PropertyPosterior) -> ModelChoice:
    return ModelChoice(
        winner=posterior.regressor.name,
        n_measurements=posterior.n,
        log_scores=posterior.scores,
        calibration=posterior.calibration,
    )


def _coverage_warnings(observations: Observations) -> list[str]:
    sentences = []
    for name, posterior in observations.posteriors.items():
        calibration = posterior.calibration
        if calibration.cross_validated is not None and calibration.cross_validated < _LOW_COVERAGE:
            sentences.append(
                f"The {100 * calibration.level:.0f} % intervals of {name} held "
                f"{100 * calibration.cross_validated:.0f} % of {calibration.n} measured values "
                f"before they were widened by {calibration.widened:.2f}."
            )
    return sentences


def _suggestion(chosen: Chosen, observations: Observations, number: int) -> Suggestion:
    unknown = _unknown_of(observations)
    predictions = {
        name: predicted(chosen.candidate, chosen.encoded, observations, name)
        for name in observations.objective.properties
        if name not in unknown
    }
    chances = _chances(chosen, observations, predictions)
    derived = {
        name: float(observations.moments(chosen.encoded, name)[0][0])
        for name in chosen.encoded.derived
        if FROM_PROPERTY.get(name) not in unknown
    }
    suggestion = Suggestion(
        number=number,
        candidate=chosen.candidate,
        settings=chosen.pool.settings(chosen.position),
        weigh_in_g=chosen.pool.weigh_in_g(chosen.position),
        predictions=predictions,
        derived=derived,
        acquisition=chosen.score,
        expected_gain=float(np.exp(chosen.acquisition.log_gain(chosen.encoded)[0])),
        exploit_share=_exploit_share(chosen),
        chance_of_success=float(chosen.encoded.success[0]),
        chance_of_thresholds=_chance_of_all(chances, observations),
        chances=chances,
        binding=chosen.pool.binding(chosen.position),
        neighbours=_neighbours(predictions),
        warnings=tuple(
            dict.fromkeys([*(w for p in predictions.values() for w in p.warnings), *broken_rules(chosen.candidate)])
        ),
        is_replicate=chosen.replicated is not None,
    )
    return replace(suggestion, reason=_reason(suggestion, chosen, observations))


def _unknown_of(observations: Observations) -> tuple[str, ...]:
    """The properties of the objective that neither a model nor a measurement speaks of."""
    spoken_of = {*observations.models, *observations.simulators}
    return tuple(
        name for name, posterior in observations.posteriors.items() if not posterior.n and name not in spoken_of
    )


def _chances(chosen: Chosen, observations: Observations, predictions: Mapping[str, Prediction]) -> dict[str, float]:
    """The chance of each threshold of which anything is known, by the distribution of the prediction beside it."""
    chances = {}
    for target in observations.objective.thresholds:
        if target.base is None:
            log_met = observations.log_threshold(chosen.encoded, target)
        elif target.base in predictions:
            prediction = predictions[target.base]
            mean, std = np.array([prediction.scale_mean]), np.array([prediction.scale_std])
            log_met = observations.log_met(target, mean, std, observations.slope(chosen.encoded, target))
        else:
            continue
        chances[str(target)] = float(np.exp(log_met[0]))
    return chances


def _chance_of_all(chances: Mapping[str, float], observations: Observations) -> float:
    """The chance that all thresholds are met at once; one of which nothing is known does not count."""
    logs = [np.log(np.array([max(chances.get(str(t), 1.0), 1e-300)])) for t in observations.objective.thresholds]
    return float(np.exp(observations.log_all_met(logs, 1)[0]))


def _unknown_warnings(observations: Observations) -> list[str]:
    return [
        f"Nothing is known of {name}: there is neither a model nor a measurement of it, so no number is "
        "predicted. Give a model or measurements of it."
        for name in _unknown_of(observations)
    ]


def _threshold_warnings(observations: Observations, pool: EncodedCandidates, chosen: Sequence[Chosen]) -> list[str]:
    """Thresholds that no recipe of the pool meets, or has a chance worth the name of meeting."""
    objective, unknown = observations.objective, _unknown_of(observations)
    encoded_sets = [pool, *(one.encoded for one in chosen)]
    exact = [t for t in objective.thresholds if t.base is None]
    values = {t.quantity: np.concatenate([o.derived[t.quantity] for o in encoded_sets]) for t in exact}
    met = {t: t.sign * (values[t.quantity] - t.scale_value) >= -1e-9 for t in exact}
    sentences = []
    for target in exact:
        if not met[target].any():
            nearest = target.sign * float(np.max(target.sign * values[target.quantity]))
            sentences.append(
                f"No recipe of the pool of {len(pool)} meets {target.shown}: the nearest comes to "
                f"{target.shown_value(nearest)}. Loosen it or widen the space."
            )
    if sentences:
        return sentences
    if exact and not np.all(list(met.values()), axis=0).any():
        both = " and ".join(target.shown for target in exact)
        return [f"No recipe of the pool of {len(pool)} meets {both} at once. Loosen one of them or widen the space."]
    if objective.thresholds and not any(t.base in unknown for t in objective.thresholds):
        best = max(float(np.exp(observations.log_thresholds(encoded).max())) for encoded in encoded_sets)
        if best < HOPELESS:
            thresholds = " and ".join(target.shown for target in objective.thresholds)
            return [
                f"No recipe of the pool of {len(pool)} has a chance above {100 * HOPELESS:g} % of meeting "
                f"{thresholds}. Loosen a threshold or widen the space; 'surrogate design' says what comes nearest."
            ]
    return []


def _exploit_share(chosen: Chosen) -> float:
    """The gain with exact predictions over the expected gain."""
    whole = float(chosen.acquisition.log_gain(chosen.encoded)[0])
    certain = float(chosen.acquisition.log_gain(chosen.encoded, certain=True)[0])
    return float(np.clip(np.exp(min(certain - whole, 0.0)), 0.0, 1.0)) if np.isfinite(whole) else 0.0


def predicted(candidate: Candidate, encoded: EncodedCandidates, observations: Observations, name: str) -> Prediction:
    """The prior model's prediction of ``candidate``, the first row of ``encoded``; with the campaign's own mean and
    interval once it has measurements.
    """
    property, posterior = get_property(name), observations.posteriors[name]
    prior = None
    if name in observations.models:
        prior = observations.models[name].predict([view(candidate, name)], level=LEVEL, neighbours=_NEIGHBOURS)[0]
        prior = _never_in_unseen(prior, candidate)
        if not posterior.n:
            return prior
    points = encoded.points[name]
    mean, std = float(posterior.mean(points)[0]), float(posterior.std(points)[0])
    median, interval = _in_unit(property, mean, std, observations.ceiling(name))
    identity = ModelIdentity(
        name=f"campaign {posterior.regressor.name}", version=str(posterior.n), status=ModelStatus.PROVISIONAL,
        data_sha256="" if prior is None else prior.model.data_sha256,
        reason=_fitted_to(posterior.n),
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


def _never_in_unseen(prediction: Prediction, candidate: Candidate) -> Prediction:
    """At the edge of the domain at best, where no row has the dopant and the halides together."""
    combination = unseen_combination(candidate)
    if not combination or prediction.domain.status is DomainStatus.OUT:
        return prediction
    reason = f"No row has {combination} together in an argyrodite."
    domain = replace(prediction.domain, status=DomainStatus.EDGE, reasons=(reason, *prediction.domain.reasons))
    return replace(prediction, domain=domain)


def _fitted_to(n: int) -> str:
    if not n:
        return "what a simulator says; nothing is measured in the campaign"
    return f"fitted to {counted(n, 'measurement')} of the campaign"


def in_words(name: str, prediction: Prediction) -> str:
    """``4.1 mS/cm (0.9 to 15 mS/cm)``: a prediction in the unit that a person reads."""
    ends = span(prediction.interval.low, prediction.interval.high, name, between=" to ")
    return f"{quantity(prediction.median, name)} ({ends})"


def _in_unit(property: Property, mean: float, std: float, ceiling: Ceiling) -> tuple[float, Interval]:
    """Median and interval in the unit of the property, cut at its physical bounds."""
    values = property.from_scale(np.array(ends(mean, std, ceiling)))
    low, median, high = (float(v) for v in np.clip(values, property.lower, property.upper))
    return median, Interval(level=LEVEL, low=low, high=high)


def _neighbours(predictions: Mapping[str, Prediction]) -> tuple[Neighbour, ...]:
    """The nearest cited rows over all properties, each once, nearest first."""
    by_row = {n.row_id: n for p in predictions.values() for n in p.neighbours}
    return tuple(sorted(by_row.values(), key=lambda n: (n.distance, n.row_id))[:_NEIGHBOURS])


def _reason(suggestion: Suggestion, chosen: Chosen, observations: Observations) -> str:
    """Why to make it, in :data:`_WORDS` words at most: what kind of bet it is, and what it may add.

    Predictions, chances, limits and nearest rows stand beside it wherever it is shown, so no number is said twice.
    """
    sentences = (
        _kind_of_bet(suggestion, observations, best=chosen.best_bet),
        _chance_to_work(suggestion),
        "" if suggestion.is_replicate else _gain(suggestion, chosen),
    )
    kept: list[str] = []
    for sentence in filter(None, sentences):
        if len(" ".join([*kept, sentence]).split()) <= _WORDS:
            kept.append(sentence)
    return " ".join(kept)


def _chance_to_work(suggestion: Suggestion) -> str:
    """What failures say of it; nothing where it likely works, or was made before."""
    chance = suggestion.chance_of_success
    if suggestion.is_replicate or chance >= _SAFE:
        return ""
    if chance < 0.5:
        return f"Similar recipes failed; its chance to work is {in_percent(chance)}."
    return f"Its chance to work is {in_percent(chance)}, since some recipes failed."


def _kind_of_bet(suggestion: Suggestion, observations: Observations, *, best: bool) -> str:
    """Whether it is a safe bet or a question worth asking, or the ``best`` bet of a batch all the same."""
    if suggestion.is_replicate:
        return "Repeats the best measured recipe, to learn how far repeats differ."
    unknown = _unknown_of(observations)
    if any(goal.base in unknown for goal in goals_of(observations.objective)):
        return f"Explores: nothing is known of {_in_a_row(unknown)}."
    chance = suggestion.chance_of_thresholds
    outside, at_edge = (
        [
            name
            for name, p in suggestion.predictions.items()
            if p.domain.status is status and name in observations.models
        ]
        for status in (DomainStatus.OUT, DomainStatus.EDGE)
    )
    combination = unseen_combination(suggestion.candidate)
    checks = (
        (
            suggestion.expected_gain < _NOTHING,
            "Not expected to improve on what is measured, open or proposed before it.",
        ),
        (chance < HOPELESS, "Has practically no chance to meet the thresholds."),
        (
            suggestion.exploit_share < 0.5,
            "The best bet of the batch, though little is known here."
            if best
            else "Explores: what it may gain comes from how little is known here.",
        ),
        (bool(outside), f"No safe bet: for {_in_a_row(outside)} it is out of domain."),
        (bool(combination), f"No safe bet: no measured recipe has {combination} together."),
        (chance < 0.5, "No safe bet: it likely misses a threshold."),
        (suggestion.chance_of_success < _SAFE, "No safe bet."),
        (
            bool(at_edge),
            f"{'The best bet of the batch; for' if best else 'No safe bet: for'} {_in_a_row(at_edge)} it lies at the "
            "edge of the domain.",
        ),
        (
            any(p.interval.high > _SAFE_SPAN * p.interval.low for p in suggestion.predictions.values()),
            "The best bet on what is known." if best else "A bet on what is known, though its interval is wide.",
        ),
    )
    return next((sentence for holds, sentence in checks if holds), "A safe bet on what is known.")


def _in_a_row(properties: Sequence[str]) -> str:
    """``ionic conductivity and activation energy``."""
    return " and ".join(get_property(name).label.lower() for name in properties)


def _gain(suggestion: Suggestion, chosen: Chosen) -> str:
    """What one goal is expected to gain, in its own terms; nothing where there is none, and for several goals."""
    acquisition = chosen.acquisition
    amount = _amount(suggestion.expected_gain, acquisition.observations)
    goal = goals_of(acquisition.observations.objective)[0]
    if not amount or suggestion.expected_gain < _NOTHING or suggestion.chance_of_thresholds < HOPELESS:
        return ""
    if goal.base in _unknown_of(acquisition.observations):
        return ""
    nearer = f" nearer to {goal.shown_value(goal.value)}" if goal.value is not None else ""
    rival = "the best before it" if len(acquisition.baseline) else "a typical recipe of the space"
    return f"Expected gain over {rival}: {amount}{nearer}."


def _amount(gain: float, observations: Observations) -> str:
    """A gain in one goal as a person reads it; several goals make a hypervolume, which says nobody much."""
    goals = goals_of(observations.objective)
    prop = goals[0].prop
    if len(goals) > 1 or observations.objective.weighted or (prop is not None and prop.scale is Scale.LOGIT):
        return ""
    if prop is not None and prop.scale is Scale.LOG10:
        return f"a factor of {number(10.0**gain)}"
    return goals[0].shown_value(gain)


def _stopping_advice(observations: Observations, acquisition: Acquisition, pool: EncodedCandidates) -> Stopping:
    """Whether the best recipe of the pool is still expected to add what is worth an experiment, counting its chances to
    work and to meet the thresholds.
    """
    best = float(np.exp(np.max(acquisition.rough(pool) + observations.log_thresholds(pool) + np.log(pool.success))))
    least = acquisition.smallest_gain
    enough = len(observations.measured) >= _LEAST_MEASURED
    stop = bool(enough and best < least)
    words = "less" if best < least else "more"
    sizes = [_amount(gain, observations) for gain in (best, least)]
    adds, worth = (f" {sizes[0]},", f" ({sizes[1]})") if all(sizes) else ("", "")
    sentence = f"The best recipe left is expected to add{adds} {words} than what is worth an experiment{worth}: "
    sentence += "stop, or widen the space." if stop else "go on."
    if not enough:
        n = len(observations.measured)
        counted = "No recipe is" if n == 0 else "Only one recipe is" if n == 1 else f"Only {n} recipes are"
        sentence = f"{counted} measured for this objective, too few to advise stopping: go on."
    return Stopping(stop=stop, expected_gain=best, smallest_worthwhile=least, sentence=sentence)
