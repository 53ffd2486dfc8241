"""A Gaussian process whose covariance says how the field works.

    k(i, j) = a_group² [same group] + a_is² M(is_i, is_j) + a_made² M(is_i, is_j) M(made_i, made_j)
              + a_physics² s_i s_j + a_covered² [both covered] + a_paper² [same paper] + σ_tier² [i = j]

``is`` are the features that say what the candidate is (composition, electrode), ``made`` how it was made and tested.
``s`` is what the law of cells says, 0 where it is silent: a straight line in it is the mean about which the rest
varies, and the evidence decides how steep that line is (Rasmussen & Williams, section 2.7). Without it both of its
terms are absent. What the simulator of electrolytes says, which is carried by decades beyond all rows, is no line but
one more dimension of ``is``: where no row supports it, it moves nothing.
M is the Matérn-5/2 covariance with a length per dimension (Rasmussen & Williams, Gaussian Processes for Machine
Learning, 2006, eq. 4.17). The group term is partial pooling: a family with three rows borrows from the others. The
paper term is what all values of one paper share (apparatus, powder lot, pellet): it is learnt, it keeps forty rows of
one paper from shouting down forty papers, and it is part of the spread of a paper never seen. Each trust tier has its
own noise. Hyper-parameters maximise the marginal likelihood (eq. 5.8) with log-normal priors; lengths scale with √d
as in Hvarfner, Hellsten, Nardi, ICML 2024. A few steps from the prior are enough, and better than many: what the
evidence gains later, papers that were not seen lose (docs/decisions/0023).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.models.estimators.kinds import Kind, Range, count_to
from surrogate.models.exact_gp import ExactPosterior, condition
from surrogate.models.preparation import (
    Preparation,
    add_response,
    extrapolating_columns,
    identity_columns,
    physics_columns,
    process_columns,
)
from surrogate.models.training_set import TrainingSet

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

DEFAULTS: Mapping[str, Any] = {"length_prior": 1.0, "noise_floor": 0.1, "iterations": 10}
#: Tiers A–D and simulated; each has its own noise.
N_TIERS = 5
#: Rows that the hyper-parameters are learnt from at most; all rows are then conditioned on.
LEARN_ROWS = 450
#: Candidates whose covariances are worked out at once, so that they stay in the processor's cache.
_ROWS = 128
_LINE = 4 + N_TIERS  # where the parameters of the simulator's line begin, and without it those of the lengths
_JITTER = 1e-6
#: Widths of the prior within which hyper-parameters stay, so that the covariance can always be factorised.
_FARTHEST = 4.0


@dataclass(frozen=True, kw_only=True)
class GaussianProcess:
    """A fitted process: prepared training inputs, the solved weights and the Cholesky factor of their covariance.

    ``log_parameters`` holds, in this order, log a_group, a_is, a_made, a_paper, σ per tier, a_physics and a_covered
    (with a simulator, whose column is ``physics`` (0 or 1,)), then the lengths of the first (identity) and the second
    (process) block. ``y_mean`` and ``y_scale`` bring targets to unit spread, after what the column ``response``,
    (0 or 1,), adds is taken out of them.
    """

    first: Preparation
    second: Preparation
    physics: Codes
    log_parameters: Array
    inputs_first: Array
    inputs_second: Array
    inputs_physics: Array
    group: Codes
    weights: Array
    cholesky: Array
    y_mean: float
    y_scale: float
    noise_floor: float = 0.1
    response: Codes = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def predict(self, X: Array, group: Codes) -> tuple[Array, Array]:
        """X (n, d), group (n,) → mean (n,) and standard deviation (n,) of the latent function for a new paper."""
        here, (rows, posterior) = self._inputs(X, group), self._distinct
        cross = np.empty((len(X), len(rows.group)))
        for start in range(0, len(X), _ROWS):
            block = slice(start, start + _ROWS)
            _covariance(rows, here.take(block), out=cross[block])
        # k(x, x): the three amplitudes, and the line of the simulator.
        prior = rows.amplitude.sum() + here.physics**2 @ rows.line
        mean = posterior.mean(cross) * self.y_scale + self.y_mean + add_response(X, self.response)
        variance = posterior.variance(prior, cross)
        return mean, np.sqrt(np.maximum(variance, 1e-12)) * self.y_scale

    def noise(self) -> dict[str, float]:
        """The learnt spreads in units of y: between papers, and per trust tier."""
        values = np.exp(self.log_parameters[3 : 4 + N_TIERS]) * self.y_scale
        return dict(zip(("paper", "A", "B", "C", "D", "simulated"), map(float, values), strict=True))

    def conditioned(self, training: TrainingSet) -> GaussianProcess:
        """The process with these hyper-parameters and scales, conditioned on the rows of ``training`` alone."""
        inputs = self._inputs(training.X, training.group)
        covariance = np.empty((len(training), len(training)))
        _covariance(_Rows.of(self.log_parameters, inputs), inputs, out=covariance)
        covariance += np.exp(2 * self.log_parameters[3]) * (training.paper[:, None] == training.paper[None, :])
        noise = np.exp(2 * self.log_parameters[4 : 4 + N_TIERS])[training.tier] + self.noise_floor**2 + _JITTER
        covariance[np.diag_indices_from(covariance)] += noise
        rest = training.y - add_response(training.X, self.response)
        posterior = condition(covariance, (rest - self.y_mean) / self.y_scale)
        return replace(
            self,
            inputs_first=inputs.first,
            inputs_second=inputs.second,
            inputs_physics=inputs.physics,
            group=training.group,
            weights=posterior.weights,
            cholesky=posterior.cholesky,
        )

    def _inputs(self, X: Array, group: Codes) -> _Inputs:
        simulated = _simulated(X[:, self.physics], self.y_mean, self.y_scale)
        return _Inputs(self.first(X), self.second(X), simulated, group)

    @cached_property
    def _distinct(self) -> tuple[_Rows, ExactPosterior]:
        """The rows that differ in what the covariance reads, and the process as a function of these alone."""
        inputs = _Inputs(self.inputs_first, self.inputs_second, self.inputs_physics, self.group)
        read = np.column_stack([inputs.first, inputs.second, inputs.physics, inputs.group])
        _, first, place = np.unique(read, axis=0, return_index=True, return_inverse=True)
        posterior = ExactPosterior(cholesky=self.cholesky, weights=self.weights)
        return _Rows.of(self.log_parameters, inputs.take(first)), posterior.merged(place.ravel())


@dataclass(frozen=True)
class _Inputs:
    """What the covariance of ``n`` rows reads: both blocks (n, k), the simulator (n, 0 or 2), the group (n,)."""

    first: Array
    second: Array
    physics: Array
    group: Codes

    def take(self, rows: slice | NDArray[np.intp]) -> _Inputs:
        return _Inputs(self.first[rows], self.second[rows], self.physics[rows], self.group[rows])


@dataclass(frozen=True, kw_only=True)
class _Block:
    """One block of ``m`` rows as a product of matrices reads it: ``lengths`` (k,), ``doubled`` −2·rowsᵀ in units of the
    lengths, (k, m), and the sum of the ``squares`` of each row, (m,).
    """

    lengths: Array
    doubled: Array
    squares: Array

    @classmethod
    def of(cls, block: Array, log_lengths: Array) -> _Block:
        lengths = np.exp(log_lengths)
        scaled = block / lengths
        return cls(lengths=lengths, doubled=-2.0 * scaled.T, squares=(scaled**2).sum(axis=1))


@dataclass(frozen=True, kw_only=True)
class _Rows:
    """``m`` rows and the covariance, with what does not depend on the rows that they are compared with."""

    first: _Block
    second: _Block
    physics: Array
    group: Codes
    amplitude: Array
    line: Array

    @classmethod
    def of(cls, log_parameters: Array, inputs: _Inputs) -> _Rows:
        n_first, n_physics = inputs.first.shape[1], inputs.physics.shape[1]
        lengths = log_parameters[_LINE + n_physics :]
        return cls(
            first=_Block.of(inputs.first, lengths[:n_first]),
            second=_Block.of(inputs.second, lengths[n_first:]),
            physics=inputs.physics,
            group=inputs.group,
            amplitude=np.exp(2 * log_parameters[:3]),
            line=np.exp(2 * log_parameters[_LINE : _LINE + n_physics]),
        )


def fit(training: TrainingSet, hyperparameters: Mapping[str, Any], rng: np.random.Generator) -> GaussianProcess:
    """Learn the covariance from at most :data:`LEARN_ROWS` rows of ``training``, and condition it on all of them.

    ``rng`` is unused (the start and the rows are fixed) and there so that all estimators are called alike.
    """
    bounded = extrapolating_columns(training.names)
    line = sorted({*physics_columns(training.names)} - {*bounded})
    return learn(training, hyperparameters, identity=[*identity_columns(training.names), *bounded], physics=line)


def learn(
    training: TrainingSet,
    hyperparameters: Mapping[str, Any],
    *,
    identity: Sequence[int],
    physics: Sequence[int],
    response: Codes | None = None,
) -> GaussianProcess:
    """:func:`fit` with other columns.

    Args:
        training: The rows, (n, d).
        hyperparameters: Those that are not at their default.
        identity: The columns of the first block, what the candidate is.
        physics: The column of the line, or none.
        response: The column of the simulated response that is taken out of the targets, or none.
    """
    from scipy.optimize import minimize

    settings = {**DEFAULTS, **hyperparameters}
    process = _without_rows(training, settings, identity, physics)
    if response is not None:
        process = replace(process, response=response)
    mean, width = _prior(process, settings)
    evidence = _Evidence.of(process, training.take(_rows_to_learn_from(training.paper)))

    def loss(scores: Array) -> tuple[float, Array]:
        value, slopes = evidence.loss(mean + width * scores)
        return value + 0.5 * float(scores @ scores), width * slopes + scores  # minus the log posterior

    answer = minimize(
        loss,
        np.zeros(len(mean)),
        jac=True,
        bounds=[(-_FARTHEST, _FARTHEST)] * len(mean),
        method="L-BFGS-B",
        options={"maxiter": int(settings["iterations"])},
    )
    return replace(process, log_parameters=mean + width * answer.x).conditioned(training)


def refit(fitted: GaussianProcess, training: TrainingSet) -> GaussianProcess:
    """``fitted`` with other rows, and the hyper-parameters it has: in a hundredth of the time."""
    return fitted.conditioned(training)


def _without_rows(
    training: TrainingSet, settings: Mapping[str, Any], identity: Sequence[int], physics: Sequence[int]
) -> GaussianProcess:
    """The process before anything is learnt, with the scales of ``training``."""
    none = np.zeros((0, 0))
    return GaussianProcess(
        first=Preparation.fit(training.X, identity),
        second=Preparation.fit(training.X, process_columns(training.names)),
        physics=np.array(physics, dtype=np.int64),
        log_parameters=np.zeros(0),
        inputs_first=none,
        inputs_second=none,
        inputs_physics=none,
        group=np.zeros(0, dtype=np.int64),
        weights=np.zeros(0),
        cholesky=none,
        y_mean=float(training.y.mean()),
        y_scale=float(max(training.y.std(), 1e-9)),
        noise_floor=float(settings["noise_floor"]),
    )


def _rows_to_learn_from(paper: Codes) -> NDArray[np.intp]:
    """At most :data:`LEARN_ROWS` rows: as many of each paper as there can be, spread over its rows."""
    _, code, counts = np.unique(paper, return_inverse=True, return_counts=True)
    if len(paper) <= LEARN_ROWS:
        return np.arange(len(paper))
    # The place of each row among those of its paper, as a share: the rows of small shares are spread evenly.
    order = np.argsort(code, kind="stable")
    place = np.empty(len(paper), dtype=np.int64)
    place[order] = np.arange(len(paper)) - np.repeat(np.cumsum(counts) - counts, counts)
    most = next(m for m in range(int(counts.max()), 0, -1) if np.minimum(counts, m).sum() <= LEARN_ROWS or m == 1)
    step = np.maximum(counts[code] / most, 1.0)
    chosen = np.floor(place / step) != np.floor((place - 1) / step)
    return np.flatnonzero(chosen)


def _simulated(simulated: Array, y_mean: float, y_scale: float) -> Array:
    """The inputs from the simulator, (n, 0 or 2): its value on the scale of the targets, and whether it has one.

    ``simulated`` (n, 0 or 1) is NaN where it has none, for which the value is 0.
    """
    silent = np.isnan(simulated)
    return np.hstack([np.where(silent, 0.0, (simulated - y_mean) / y_scale), (~silent).astype(float)])


def _prior(process: GaussianProcess, settings: Mapping[str, Any]) -> tuple[Array, Array]:
    """Means and widths of the normal priors on the log parameters."""
    blocks, n_physics = (process.first, process.second), 2 * len(process.physics)
    amplitudes = [math.log(0.5), math.log(0.5), math.log(0.5), math.log(0.4)]
    noises = [math.log(0.3)] * N_TIERS
    lengths = [
        math.log(settings["length_prior"]) + 0.5 * math.log(max(b.width, 1)) for b in blocks for _ in range(b.width)
    ]
    line = [math.log(0.3)] * n_physics
    widths = [0.7] * 4 + [0.5] * N_TIERS + [1.5] * n_physics + [0.7] * sum(b.width for b in blocks)
    return np.array(amplitudes + noises + line + lengths), np.array(widths)


@dataclass(frozen=True, kw_only=True)
class _Evidence:
    """The marginal likelihood of ``n`` targets, as a function of the log parameters."""

    inputs: _Inputs
    y: Array
    same_group: Array
    same_paper: Array
    tier: Codes
    floor: float

    @classmethod
    def of(cls, process: GaussianProcess, training: TrainingSet) -> _Evidence:
        return cls(
            inputs=process._inputs(training.X, training.group),
            y=(training.y - add_response(training.X, process.response) - process.y_mean) / process.y_scale,
            same_group=(training.group[:, None] == training.group[None, :]).astype(float),
            same_paper=(training.paper[:, None] == training.paper[None, :]).astype(float),
            tier=training.tier,
            floor=process.noise_floor**2 + _JITTER,
        )

    def loss(self, parameters: Array) -> tuple[float, Array]:
        """Minus the log marginal likelihood (eq. 2.30), and its slopes (eq. 5.9)."""
        first, second, physics = self.inputs.first, self.inputs.second, self.inputs.physics
        n_first, n_physics = first.shape[1], physics.shape[1]
        square = np.exp(2 * parameters)
        lengths = np.exp(parameters[_LINE + n_physics :])
        a, b = first / lengths[:n_first], second / lengths[n_first:]
        is_alike, is_slope = _matern_with_slope(a)
        made_alike, made_slope = _matern_with_slope(b)
        line = square[_LINE : _LINE + n_physics]
        noise = square[4 : 4 + N_TIERS][self.tier]
        covariance = square[0] * self.same_group + square[3] * self.same_paper + (physics * line) @ physics.T
        covariance += is_alike * (square[1] + square[2] * made_alike)
        covariance[np.diag_indices_from(covariance)] += noise + self.floor
        posterior = condition(covariance, self.y)
        pull = posterior.inverse() - np.outer(posterior.weights, posterior.weights)  # eq. 5.9
        both = pull * is_alike
        amplitudes = [
            (pull * self.same_group).sum(),
            both.sum(),
            (both * made_alike).sum(),
            (pull * self.same_paper).sum(),
        ]
        noises = np.bincount(self.tier, weights=np.diag(pull), minlength=N_TIERS)
        slopes = np.concatenate(
            [
                square[:4] * amplitudes,
                square[4 : 4 + N_TIERS] * noises,
                line * np.einsum("ik,ik->k", physics, pull @ physics),
                _length_slopes(a, pull * is_slope * (square[1] + square[2] * made_alike)),
                _length_slopes(b, both * made_slope * square[2]),
            ]
        )
        return -posterior.log_marginal_likelihood(self.y), slopes


def _matern_with_slope(scaled: Array) -> tuple[Array, Array]:
    """The Matérn-5/2 covariance of rows (n, k) in units of their lengths, and −2 times its slope to the square."""
    norm = (scaled**2).sum(axis=1)
    square = np.maximum(norm[:, None] + norm[None, :] - 2.0 * scaled @ scaled.T, 1e-12)
    distance = np.sqrt(5.0 * square)
    decay = np.exp(-distance)
    slope = (1.0 + distance) * decay
    return slope + (5.0 / 3.0) * square * decay, (5.0 / 3.0) * slope


def _length_slopes(scaled: Array, weights: Array) -> Array:
    """½ Σ w_ij (x_ik − x_jk)² for each dimension k, (k,), where the weights (n, n) are symmetric."""
    return np.asarray(weights.sum(axis=1) @ scaled**2 - np.einsum("ik,ik->k", scaled, weights @ scaled))


def _covariance(rows: _Rows, inputs: _Inputs, out: Array) -> None:
    """Put the latent covariance of ``n`` candidates with ``m`` rows into ``out``, (n, m)."""
    latent = _matern(inputs.second, rows.second, out=out)
    latent *= rows.amplitude[2]
    latent += rows.amplitude[1]
    latent *= _matern(inputs.first, rows.first)
    np.add(latent, rows.amplitude[0], out=latent, where=inputs.group[:, None] == rows.group)
    if len(rows.line):
        latent += (inputs.physics * rows.line) @ rows.physics.T


def _matern(inputs: Array, rows: _Block, out: Array | None = None) -> Array:
    """Matérn-5/2 (Rasmussen & Williams 2006, eq. 4.17) with a length per dimension, (n, m).

    In place: many new arrays take longer than the numbers in them.
    """
    a = inputs / rows.lengths
    square: Array = np.matmul(a, rows.doubled, out=out)
    square += (a**2).sum(axis=1)[:, None]
    square += rows.squares
    np.maximum(square, 1e-12, out=square)
    distance = np.sqrt(square)
    distance *= math.sqrt(5.0)
    square *= 5.0 / 3.0
    square += distance
    square += 1.0
    np.negative(distance, out=distance)
    square *= np.exp(distance, out=distance)
    return square


KIND = Kind(
    name="gaussian_process",
    fit=fit,
    refit=refit,
    defaults=DEFAULTS,
    allowed={
        "length_prior": Range(low=0.01, high=100.0),
        "noise_floor": Range(low=0.0, high=10.0),  # in standard deviations of the targets
        "iterations": count_to(10_000),
    },
    search={
        "length_prior": Range(low=0.3, high=3.0, log=True),
        "noise_floor": Range(low=0.03, high=0.4, log=True),
    },
    stored=GaussianProcess,
)
