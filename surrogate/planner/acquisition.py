"""What recipes are worth beside what is measured and pending: the acquisition of every batch.

:func:`score` ranks recipes: with one goal (or one weighted sum) by expected improvement beside a prior and by optimism
without, with several by the expected gain. For the gain, draws of the utilities at the measured and pending recipes
come from the joint posterior; given a draw, the gain of a candidate is computed exactly from its conditional mean and
variance (see :mod:`surrogate.planner.improvement`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from surrogate.planner.improvement import (
    OPTIMISM,
    beside,
    boxes,
    log_box_gain,
    log_worth,
    non_dominated,
    normal_draws,
    reference_point,
)
from surrogate.planner.objective import Goal, Target
from surrogate.planner.observations import EncodedCandidates, Observations, goals_of
from surrogate.planner.opening import value_of_outcome
from surrogate.space.variables import Array, Mask

DRAWS, ROUGH_DRAWS = 16, 4
#: Most measured recipes that a front is drawn from; beyond, those with the best predicted utilities.
MOST_BASELINE = 160
_JITTER = 1e-8
#: What a failing experiment costs beside what it does not gain, in smallest worthwhile gains (decision 35); and the
#: hope below which no gain makes up for it, so that a prior that is sure of what fails is not followed.
_PRICE, _LEAST_HOPE = 0.3, 0.2
#: How many later experiments gain by what one outcome opens, and how many recipes may be made then, of each kind: those
#: that gain most, and those that gain most times their chance (decision 42).
_LATER, _PROSPECTS = 2.0, 32
#: Where worth is no gain, a recipe of which there is less hope than this is dreaded: five hundredths below it cost a
#: factor of e. What may well fail by all that failures taught is dreaded, and not what they say nothing certain about.
_LIKELY, _DREAD = 0.7, 20.0
#: Below a half it is shunned there: where all are shunned the likeliest comes first.
_UNLIKELY, _SHUN = 0.5, 1e4
#: Below every gain that a number can hold.
_LOSS = -1e3


def utility(target: Target, values: Array) -> Array:
    """Scale values → more is better."""
    if target.goal is Goal.REACH:
        return -np.abs(values - target.scale_value)
    return target.sign * values


def utility_moments(target: Target, mean: Array, std: Array) -> tuple[Array, Array]:
    """Mean and standard deviation of the utility of a normal value; for a value to reach, those of the folded
    normal.
    """
    if target.goal is not Goal.REACH:
        return target.sign * mean, std
    from scipy.special import ndtr

    gap = mean - target.scale_value
    ratio = gap / std
    folded = std * np.sqrt(2.0 / np.pi) * np.exp(-0.5 * ratio**2) + gap * (1.0 - 2.0 * ndtr(-ratio))
    return -folded, np.sqrt(np.maximum(gap**2 + std**2 - folded**2, 1e-18))


@dataclass(frozen=True, kw_only=True)
class Acquisition:
    """Expected gains and optimism given a ``baseline`` of measured and pending recipes.

    ``scales`` (m,) divide the utilities, so that hypervolumes do not depend on units; ``virtual`` (v, m) are utilities
    that are predicted to be reachable, used as the front while nothing is measured. ``pending`` is the open part of the
    baseline; ``lowest`` the lowest utility predicted for the pool, from which optimistic values are counted. ``rivals``
    (r, m) are the best utilities predicted for the pool, ``ceilings`` (m,) what nature allows, ``steps`` (m,) the
    smallest differences that are worth an experiment. ``prospects`` are recipes of the pool that may be made once more
    is known of what fails; none while nothing has failed. With ``certain`` recipes are ranked by what they gain if
    every prediction is right.
    """

    observations: Observations
    baseline: EncodedCandidates
    pending: EncodedCandidates
    lowest: float
    virtual: Array
    reference: Array
    scales: Array
    rivals: Array
    ceilings: Array
    steps: Array
    prospects: EncodedCandidates
    seed: int
    certain: bool = False

    @property
    def goals(self) -> tuple[Target, ...]:
        """What is improved, in the order of the utilities."""
        return goals_of(self.observations.objective)

    @property
    def one_goal(self) -> bool:
        """Whether there is one number to raise: a single goal, or a weighted sum."""
        return len(self.reference) == 1

    @cached_property
    def _joint(self) -> dict[str, tuple[Array, Array]]:
        """Draws of each property at the baseline, (s, b), and the inverse covariance of measuring there, (b, b).

        The weights count the noise of a measurement, which also keeps them stable where a forest has few trees.
        """
        names = list(dict.fromkeys(t.base for t in self.goals if t.base is not None))
        b = len(self.baseline)
        draws = normal_draws(DRAWS, b * len(names), self.seed)
        joint = {}
        for place, name in enumerate(names):
            points, posterior = self.baseline.points[name], self.observations.posteriors[name]
            covariance = posterior.regressor.covariance(points, points)
            covariance = 0.5 * (covariance + covariance.T) + _JITTER * (
                np.trace(covariance) / max(b, 1) + 1e-12
            ) * np.eye(b)
            lower = _cholesky(covariance)
            noise = draws[:, place * b : (place + 1) * b]
            joint[name] = (
                posterior.mean(points) + noise @ lower.T,
                np.linalg.inv(covariance + posterior.regressor.noise * np.eye(b)),
            )
        return joint

    @cached_property
    def _drawn(self) -> Array:
        """Utilities of the baseline in every draw, (s, b, m)."""
        columns = []
        for target in self.goals:
            if target.base is None:
                values = np.broadcast_to(self.baseline.derived[target.quantity], (DRAWS, len(self.baseline)))
            else:
                values = self._joint[target.base][0] * self.observations.slope(self.baseline, target)
            columns.append(utility(target, values))
        return self._scaled(np.stack(columns, axis=-1))

    def _scaled(self, utilities: Array) -> Array:
        """Utilities over their scales; one weighted sum when the objective is weighted."""
        utilities = utilities / self.scales
        if not self.observations.objective.weighted:
            return utilities
        weights = np.array([target.weight for target in self.goals])
        return np.asarray((utilities * weights).sum(axis=-1, keepdims=True))

    @property
    def in_play(self) -> Mask:
        """Rows of the baseline that are on the front in at least one draw, (b,)."""
        return np.asarray(np.any([non_dominated(draw) for draw in self._drawn], axis=0))

    @cached_property
    def _boxes(self) -> list[tuple[Array, Array]]:
        """What lies above the front, in every draw."""
        keep = self._competes
        tilings = []
        for draw in self._drawn:
            front = np.vstack([draw[keep], self.virtual])
            front = front[np.all(front > self.reference, axis=1)]
            lows, highs = boxes(front[non_dominated(front)] if len(front) else front, self.reference)
            room = np.all(lows < self.ceilings, axis=1)
            tilings.append((lows[room], np.minimum(highs, self.ceilings)[room]) if room.any() else (lows, highs))
        return tilings

    def log_gain(self, encoded: EncodedCandidates, *, draws: int = DRAWS, certain: bool = False) -> Array:
        """log of the expected gain of each recipe, (n,); ``certain`` takes the predictions as exact."""
        means, stds = self._conditional(encoded, draws)
        logs = np.stack([
            log_box_gain(means[s], np.full_like(stds, 1e-9) if certain else stds, *self._boxes[s]) for s in range(draws)
        ])  # fmt: skip
        return np.asarray(np.logaddexp.reduce(logs, axis=0) - np.log(draws))

    def rough(self, encoded: EncodedCandidates) -> Array:
        """:meth:`log_gain` from a few draws, (n,); remembered for each set of recipes."""
        if encoded not in self._rough:
            self._rough[encoded] = self.log_gain(encoded, draws=ROUGH_DRAWS)
        return self._rough[encoded]

    @cached_property
    def _rough(self) -> dict[EncodedCandidates, Array]:
        return {}

    def log_worth(self, encoded: EncodedCandidates) -> Array:
        """log of what each recipe is worth once the pending ones are known, (n,); for one goal."""
        mean, std = self._combined(encoded)
        ceiling = float(self.ceilings[0])
        return log_worth(mean, std, incumbent=self.incumbent, lowest=self.lowest, ceiling=ceiling)

    def log_gain_if_made(self, encoded: EncodedCandidates, *, rough: bool = False) -> Array:
        """log of what each recipe gains if it can be made, times its chance to meet the thresholds, (n,)."""
        gain = self.log_worth if self.one_goal else self.rough if rough else self.log_gain
        return np.asarray(gain(encoded) + self.observations.log_thresholds(encoded))

    def opened(self, encoded: EncodedCandidates) -> Array:
        """What it is worth to know whether each recipe can be made, (n,), see :func:`value_of_outcome`."""
        feasibility = self.observations.feasibility
        if feasibility is None:
            return np.zeros(len(encoded))
        return value_of_outcome(feasibility, encoded.x, self.prospects.x, self._promised)

    @cached_property
    def _promised(self) -> Array:
        """What each of the prospects gains if it can be made, (p,)."""
        return np.exp(self.log_gain_if_made(self.prospects, rough=True))

    def worth_asking(self, encoded: EncodedCandidates) -> Mask:
        """Recipes that teach more than they cost, (n,): not out of the models' domain while nothing is measured, and
        not expected to be worse than another recipe of the pool on every goal by more than is unsure of them.
        """
        if self.certain:
            return ~encoded.unknown
        if self.one_goal:
            mean, std = self._combined(encoded)
            hopes = (mean + OPTIMISM * std)[:, None]
        else:
            moments = [utility_moments(t, *self._beside_pending(encoded, t)) for t in self.goals]
            hopes = np.column_stack([mean + OPTIMISM * std for mean, std in moments]) / self.scales
        beaten = np.zeros(len(encoded), dtype=bool)
        for rival in self.rivals:
            beaten |= np.all(hopes < rival, axis=1)
        return ~beaten & ~encoded.unknown

    @cached_property
    def incumbent(self) -> float | None:
        """What a recipe has to improve on, for one goal: the highest mean of what is measured or pending and likely
        meets the thresholds; while nothing is measured at least ``virtual``. None where there is neither a prior nor
        anything to choose: then optimism has to tell the good from the bad (decision 25).
        """
        if not any(p.prior.shape[1] or p.options is not None for p in self.baseline.points.values()):
            return None
        values = self._combined(self.baseline)[0][self._competes]
        return float(np.concatenate([values, self.virtual.ravel()]).max(initial=self.lowest))

    @cached_property
    def smallest_gain(self) -> float:
        """The gain that is worth an experiment: such a difference in one goal; for several, the hypervolume that it
        adds over the width of the front in the others.
        """
        if self.one_goal:
            return float(np.min(self.steps))
        front = self._drawn.mean(axis=0) if len(self.baseline) else self.virtual
        widths = np.maximum(np.vstack([front, self.virtual]).max(axis=0) - self.reference, 1e-9)
        return float(min(step * np.prod(np.delete(widths, j)) for j, step in enumerate(self.steps)))

    @property
    def _competes(self) -> Mask:
        """Rows of the baseline that have to be beaten: recipes that likely miss a threshold are no competition."""
        return np.asarray(np.exp(self.observations.log_thresholds(self.baseline)) * self.baseline.success >= 0.5)

    def _combined(self, encoded: EncodedCandidates) -> tuple[Array, Array]:
        """Mean and standard deviation of the one utility once the pending recipes are known, (n,) each."""
        means, variances = np.zeros(len(encoded)), np.zeros(len(encoded))
        for target, scale in zip(self.goals, self.scales, strict=True):
            mean, std = self._beside_pending(encoded, target)
            mean, std = utility_moments(target, mean, std)
            weight = (target.weight if self.observations.objective.weighted else 1.0) / scale
            means, variances = means + weight * mean, variances + (weight * std) ** 2
        return means, np.sqrt(variances)

    def _beside_pending(self, encoded: EncodedCandidates, target: Target) -> tuple[Array, Array]:
        if target.base is None:
            return self.observations.moments(encoded, target.quantity)
        regressor = self.observations.posteriors[target.base].regressor
        mean, std = beside(regressor, encoded.points[target.base], self.pending.points[target.base])
        slope = self.observations.slope(encoded, target)
        return mean * slope, std * slope

    def _conditional(self, encoded: EncodedCandidates, draws: int) -> tuple[Array, Array]:
        """Utility means (s, n, m) and standard deviations (n, m) given each draw of the baseline."""
        means, stds = [], []
        for target in self.goals:
            mean, std = self.observations.moments(encoded, target.base or target.quantity)
            many = np.broadcast_to(mean, (draws, len(encoded)))
            if target.base is not None and len(self.baseline):
                posterior, points = self.observations.posteriors[target.base], encoded.points[target.base]
                base = self.baseline.points[target.base]
                drawn, inverse = self._joint[target.base]
                cross = posterior.regressor.covariance(points, base)
                weight = cross @ inverse
                many = mean + (drawn[:draws] - posterior.mean(base)) @ weight.T
                std = np.sqrt(np.maximum(std**2 - (weight * cross).sum(axis=1), (1e-3 * std) ** 2 + 1e-18))
            if target.base is not None:
                slope = self.observations.slope(encoded, target)
                many, std = many * slope, std * slope
            u_mean, u_std = utility_moments(target, many, np.broadcast_to(std, many.shape))
            means.append(u_mean)
            stds.append(u_std.mean(axis=0))
        stacked = self._scaled(np.stack(means, axis=-1))
        spread = np.stack(stds, axis=-1) / self.scales
        if self.observations.objective.weighted:
            weights = np.array([target.weight for target in self.goals])
            spread = np.sqrt(((spread * weights) ** 2).sum(axis=-1, keepdims=True))
        return stacked, spread

    def complete_rows(self) -> tuple[Array, Array]:
        """Encoded measured recipes at which every goal is known, and their utilities, (h, d) and (h, m)."""
        observations, baseline = self.observations, self.baseline
        columns: list[dict[bytes, float]] = []
        for target in self.goals:
            if target.base is None:
                exact = zip(baseline.x, baseline.derived[target.quantity], strict=True)
                columns.append({row.tobytes(): float(value) for row, value in exact})
                continue
            slopes = zip(baseline.x, observations.slope(baseline, target), strict=True)
            slope = {row.tobytes(): float(value) for row, value in slopes}
            measured = zip(*observations.values[target.base], strict=True)
            columns.append({
                row.tobytes(): float(value) * slope[row.tobytes()] for row, value in measured if row.tobytes() in slope
            })  # fmt: skip
        rows = [row for row in observations.measured_x if all(row.tobytes() in column for column in columns)]
        if not rows:
            return np.zeros((0, observations.measured_x.shape[1])), np.zeros((0, len(columns)))
        values = np.array([[column[row.tobytes()] for column in columns] for row in rows])
        utilities = np.column_stack([utility(target, values[:, j]) for j, target in enumerate(self.goals)])
        return np.vstack(rows), self._scaled(utilities)

    def with_pending(self, chosen: EncodedCandidates) -> Acquisition:
        """The acquisition once ``chosen`` are pending too."""
        baseline = EncodedCandidates.joined([self.baseline, chosen]) if len(self.baseline) else chosen
        pending = EncodedCandidates.joined([self.pending, chosen]) if len(self.pending) else chosen
        return replace(self, baseline=baseline, pending=pending)


def score(acquisition: Acquisition, encoded: EncodedCandidates, *, rough: bool = False) -> Array:
    """log(worth · P(thresholds met) · P(success)), (n,), with one goal; log of the expected gain times these with
    several. Where worth is a gain, what the outcome opens is added and what failing is likely to cost taken from it.
    """
    if acquisition.certain:
        logs = acquisition.log_gain(encoded, draws=ROUGH_DRAWS if rough else DRAWS, certain=True)
        logs = logs + acquisition.observations.log_thresholds(encoded)
    else:
        logs = acquisition.log_gain_if_made(encoded, rough=rough)
    logs = np.asarray(logs + np.log(encoded.success))
    if acquisition.certain or (acquisition.one_goal and acquisition.incumbent is None):
        return (
            logs - _DREAD * np.maximum(_LIKELY - encoded.hope, 0.0) - _SHUN * np.maximum(_UNLIKELY - encoded.hope, 0.0)
        )
    if acquisition.observations.feasibility is None:
        return logs
    logs = np.logaddexp(logs, np.log(_LATER * acquisition.opened(encoded) + 1e-300))
    net = _less_cost(logs, _PRICE * acquisition.smallest_gain * (1.0 - encoded.hope))
    return net - _SHUN * np.maximum(_LEAST_HOPE - encoded.hope, 0.0)


def _less_cost(logs: Array, cost: Array) -> Array:
    """log of gains less their cost, (n,); what costs more than it gains comes after, by the ratio of both."""
    ratio = cost * np.exp(-np.maximum(logs, -600.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        net = logs + np.log1p(-np.minimum(ratio, 1.0))
    return np.where(ratio < 1.0, net, _LOSS - np.log(np.maximum(ratio, 1.0)))


def start_acquisition(
    observations: Observations,
    measured: EncodedCandidates,
    pending: EncodedCandidates,
    pool: EncodedCandidates,
    seed: int,
) -> Acquisition:
    """The acquisition before anything is chosen; the pool sets scales, and what to beat while nothing is measured."""
    goals = goals_of(observations.objective)
    predicted = _utilities(observations, goals, pool)
    scales = np.maximum(np.std(predicted, axis=0), 1e-9) if len(goals) > 1 else np.ones(1)
    utilities_measured = _utilities(observations, goals, measured) if len(measured) else predicted
    if len(measured) > MOST_BASELINE:
        best = np.sort(np.argsort(-(utilities_measured / scales).sum(axis=1), kind="stable")[:MOST_BASELINE])
        measured, utilities_measured = measured.take(best), utilities_measured[best]
    weights = np.array([target.weight for target in goals])

    def scaled(values: Array) -> Array:
        values = values / scales
        return (values * weights).sum(axis=1, keepdims=True) if observations.objective.weighted else values

    stated = np.array([_stated(observations, target) for target in goals]) / scales
    thresholds = np.full(1, np.nan) if observations.objective.weighted or len(goals) == 1 else stated
    reference = reference_point(scaled(utilities_measured), thresholds)
    virtual = np.zeros((0, len(reference)))
    if not len(measured):
        # Nothing is in hand, so what has to be beaten is a recipe picked blindly, not the best that is predicted:
        # against that only what is least utilities_measured would count.
        virtual = np.median(scaled(predicted), axis=0, keepdims=True)
    able = np.exp(observations.log_thresholds(pool)) * pool.success >= 0.5
    rivals = scaled(predicted)[able & ~pool.unknown]
    parts = [o for o in (measured, pending) if len(o)]
    baseline = EncodedCandidates.joined(parts) if parts else pending
    acquisition = Acquisition(
        observations=observations,
        baseline=baseline,
        pending=pending,
        lowest=float(scaled(predicted).min()),
        virtual=virtual,
        reference=reference,
        scales=scales,
        rivals=rivals[non_dominated(rivals)],
        ceilings=np.array([np.inf])
        if observations.objective.weighted
        else np.array([_ceiling(observations, t, pool) for t in goals]) / scales,
        steps=np.array([_worthwhile(observations, t, pool) for t in goals])
        / scales
        * (weights if observations.objective.weighted else 1.0),
        prospects=pool.take(np.arange(0)),
        seed=seed,
    )
    if observations.feasibility is None:
        return acquisition
    gains = acquisition.log_gain_if_made(pool, rough=True)
    ranked = [np.argsort(-logs, kind="stable")[:_PROSPECTS] for logs in (gains, gains + np.log(pool.success))]
    return replace(acquisition, prospects=pool.take(np.unique(np.concatenate(ranked))))


def _worthwhile(observations: Observations, target: Target, pool: EncodedCandidates) -> float:
    """The smallest difference in one goal that is worth an experiment, on its scale."""
    if target.worthwhile > 0:
        return target.worthwhile
    if target.quantity not in pool.derived:
        return 0.0
    return 0.05 * float(np.ptp(observations.moments(pool, target.quantity)[0]))


def _ceiling(observations: Observations, target: Target, pool: EncodedCandidates) -> float:
    """The highest utility that nature allows, as far as anybody knows: for a property that is raised."""
    if target.base is None or target.goal is not Goal.MAXIMISE:
        return np.inf
    return observations.ceiling(target.base).mean * float(observations.slope(pool, target).max())


def _stated(observations: Observations, target: Target) -> float:
    """The utility of a threshold on the same quantity, NaN without one."""
    for threshold in observations.objective.thresholds:
        if threshold.quantity == target.quantity and threshold.sign == target.sign:
            return float(target.sign * threshold.scale_value)
    return float("nan")


def _utilities(observations: Observations, goals: tuple[Target, ...], encoded: EncodedCandidates) -> Array:
    """Mean utilities, (n, m)."""
    columns = [utility_moments(t, *observations.moments(encoded, t.quantity))[0] for t in goals]
    return np.column_stack(columns)


def _cholesky(matrix: Array) -> Array:
    """Lower factor of a covariance, with as little added to the diagonal as it takes."""
    scale = float(np.trace(matrix)) / max(len(matrix), 1) + 1e-12
    for jitter in (0.0, 1e-8, 1e-6, 1e-4):
        try:
            return np.asarray(np.linalg.cholesky(matrix + jitter * scale * np.eye(len(matrix))))
        except np.linalg.LinAlgError:
            continue
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))
