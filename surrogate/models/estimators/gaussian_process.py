"""A Gaussian process whose covariance says how the field works.

    k(i, j) = a_group² [same group] + a_is² M(is_i, is_j) + a_made² M(is_i, is_j) M(made_i, made_j)
              + a_physics² s_i s_j + a_covered² [both covered] + a_paper² [same paper] + σ_tier² [i = j]

``is`` are the features that say what the candidate is (composition, electrode), ``made`` how it was made and tested.
``s`` is what the simulator says, 0 where it is silent: a straight line in it is the mean about which the rest varies,
and the evidence decides how steep that line is (Rasmussen & Williams, section 2.7). Without a simulator both of its
terms are absent.
M is the Matérn-5/2 covariance with a length per dimension (Rasmussen & Williams, Gaussian Processes for Machine
Learning, 2006, eq. 4.17). The group term is partial pooling: a family with three rows borrows from the others. The
paper term is what all values of one paper share (apparatus, powder lot, pellet): it is learnt, it keeps forty rows of
one paper from shouting down forty papers, and it is part of the spread of a paper never seen. Each trust tier has its
own noise. Hyper-parameters maximise the marginal likelihood (eq. 5.8) with log-normal priors; lengths scale with √d
as in Hvarfner, Hellsten, Nardi, ICML 2024.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.models.estimators.kinds import Kind, Range, count_to
from surrogate.models.exact_gp import ExactPosterior
from surrogate.models.preparation import Preparation, identity_columns, physics_columns, process_columns
from surrogate.models.training_set import TrainingSet

Array = NDArray[np.float64]

DEFAULTS: Mapping[str, Any] = {"length_prior": 1.0, "noise_floor": 0.1, "iterations": 60}
#: Tiers A–D and simulated; each has its own noise.
N_TIERS = 5
_LINE = 4 + N_TIERS  # where the parameters of the simulator's line begin, and without it those of the lengths
_JITTER = 1e-6


@dataclass(frozen=True, kw_only=True)
class GaussianProcess:
    """A fitted process: prepared training inputs, the solved weights and the Cholesky factor of their covariance.

    ``log_parameters`` holds, in this order, log a_group, a_is, a_made, a_paper, σ per tier, a_physics and a_covered
    (with a simulator, whose column is ``physics`` (0 or 1,)), then the lengths of the first (identity) and the second
    (process) block. ``y_mean`` and ``y_scale`` bring targets to unit spread.
    """

    first: Preparation
    second: Preparation
    physics: NDArray[np.int64]
    log_parameters: Array
    inputs_first: Array
    inputs_second: Array
    inputs_physics: Array
    group: NDArray[np.int64]
    weights: Array
    cholesky: Array
    y_mean: float
    y_scale: float

    def predict(self, X: Array, group: NDArray[np.int64]) -> tuple[Array, Array]:
        """X (n, d), group (n,) → mean (n,) and standard deviation (n,) of the latent function for a new paper."""
        simulated = _simulated(X[:, self.physics], self.y_mean, self.y_scale)
        here = (self.first(X), self.second(X), simulated, group)
        there = (self.inputs_first, self.inputs_second, self.inputs_physics, self.group)
        cross = _covariance(self.log_parameters, here, there)
        posterior = ExactPosterior(cholesky=self.cholesky, weights=self.weights)
        # k(x, x): the three amplitudes, and the line of the simulator.
        line = np.exp(2 * self.log_parameters[_LINE : _LINE + simulated.shape[1]])
        prior = np.exp(2 * self.log_parameters[:3]).sum() + simulated**2 @ line
        variance = posterior.variance(prior, cross)
        deviation = np.sqrt(np.maximum(variance, 1e-12))
        return posterior.mean(cross) * self.y_scale + self.y_mean, deviation * self.y_scale

    def noise(self) -> dict[str, float]:
        """The learnt spreads in units of y: between papers, and per trust tier."""
        values = np.exp(self.log_parameters[3 : 4 + N_TIERS]) * self.y_scale
        return dict(zip(("paper", "A", "B", "C", "D", "simulated"), map(float, values), strict=True))


def fit(training: TrainingSet, hyperparameters: Mapping[str, Any], rng: np.random.Generator) -> GaussianProcess:
    """Learn the covariance from ``training``.

    ``rng`` is unused (the start is fixed) and there so that all estimators are called alike.
    """
    import torch

    settings = {**DEFAULTS, **hyperparameters}
    blocks = (
        Preparation.fit(training.X, identity_columns(training.names)),
        Preparation.fit(training.X, process_columns(training.names)),
    )
    physics = np.array(physics_columns(training.names), dtype=np.int64)
    y_mean, y_scale = float(training.y.mean()), float(max(training.y.std(), 1e-9))
    y = torch.from_numpy((training.y - y_mean) / y_scale)
    simulated = _simulated(training.X[:, physics], y_mean, y_scale)
    inputs = [torch.from_numpy(block) for block in (blocks[0](training.X), blocks[1](training.X), simulated)]
    data = (*inputs, torch.from_numpy(training.group))
    paper, tier = torch.from_numpy(training.paper), torch.from_numpy(training.tier)
    prior = _prior(blocks, simulated.shape[1], settings)
    free = torch.zeros_like(prior[0], requires_grad=True)
    optimiser = torch.optim.LBFGS(
        [free], max_iter=int(settings["iterations"]), line_search_fn="strong_wolfe", tolerance_change=1e-6
    )

    def loss() -> Any:
        optimiser.zero_grad()
        parameters = _bounded(free, prior)
        factor, weights = _solve(_noisy_covariance(parameters, data, paper, tier, settings), y)
        evidence = 0.5 * y @ weights + factor.diagonal().log().sum()  # minus eq. 2.30
        value = evidence + 0.5 * (((parameters - prior[0]) / prior[1]) ** 2).sum()  # minus the log prior
        value.backward()
        return value

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        parameters = _bounded(free, prior)
        factor, weights = _solve(_noisy_covariance(parameters, data, paper, tier, settings), y)
    return GaussianProcess(
        first=blocks[0],
        second=blocks[1],
        physics=physics,
        log_parameters=parameters.numpy(),
        inputs_first=inputs[0].numpy(),
        inputs_second=inputs[1].numpy(),
        inputs_physics=simulated,
        group=training.group,
        weights=weights.numpy(),
        cholesky=factor.numpy(),
        y_mean=y_mean,
        y_scale=y_scale,
    )


def _simulated(simulated: Array, y_mean: float, y_scale: float) -> Array:
    """The inputs from the simulator, (n, 0 or 2): its value on the scale of the targets, and whether it has one.

    ``simulated`` (n, 0 or 1) is NaN where it has none, for which the value is 0.
    """
    silent = np.isnan(simulated)
    return np.hstack([np.where(silent, 0.0, (simulated - y_mean) / y_scale), (~silent).astype(float)])


def _prior(blocks: tuple[Preparation, Preparation], n_physics: int, settings: Mapping[str, Any]) -> tuple[Any, Any]:
    """Means and widths of the normal priors on the log parameters."""
    import torch

    amplitudes = [math.log(0.5), math.log(0.5), math.log(0.5), math.log(0.4)]
    noises = [math.log(0.3)] * N_TIERS
    lengths = [
        math.log(settings["length_prior"]) + 0.5 * math.log(max(b.width, 1)) for b in blocks for _ in range(b.width)
    ]
    line = [math.log(0.3)] * n_physics
    widths = [0.7] * 4 + [0.5] * N_TIERS + [1.5] * n_physics + [0.7] * sum(b.width for b in blocks)
    means = torch.tensor(amplitudes + noises + line + lengths, dtype=torch.float64)
    return means, torch.tensor(widths, dtype=torch.float64)


def _bounded(free: Any, prior: tuple[Any, Any]) -> Any:
    """Free coordinates → log parameters within four prior widths, where the covariance can always be factorised."""
    return prior[0] + 4.0 * prior[1] * (free / 4.0).tanh()


def _solve(covariance: Any, y: Any) -> tuple[Any, Any]:
    """What :func:`surrogate.models.exact_gp.condition` does, on tensors, so that gradients pass through it."""
    import torch

    factor = torch.linalg.cholesky(covariance)
    return factor, torch.cholesky_solve(y[:, None], factor)[:, 0]


def _noisy_covariance(parameters: Any, data: Any, paper: Any, tier: Any, settings: Mapping[str, Any]) -> Any:
    import torch

    latent = _covariance(parameters, data, data)
    same_paper = torch.exp(2 * parameters[3]) * (paper[:, None] == paper[None, :])
    noise = torch.exp(2 * parameters[4 : 4 + N_TIERS])[tier] + settings["noise_floor"] ** 2 + _JITTER
    return latent + same_paper + torch.diag(noise)


def _covariance(log_parameters: Any, left: Any, right: Any) -> Any:
    """The latent covariance of two sets of rows (n, m); arrays or tensors, whichever the parameters are."""
    n_first, n_physics = left[0].shape[1], left[2].shape[1]
    lengths = log_parameters[_LINE + n_physics :]
    composition = _matern(left[0], right[0], lengths[:n_first])
    process = _matern(left[1], right[1], lengths[n_first:])
    amplitude = _exp(2 * log_parameters[:3])
    same_group = left[3][:, None] == right[3][None, :]
    latent = amplitude[0] * same_group + amplitude[1] * composition + amplitude[2] * composition * process
    if not n_physics:
        return latent
    return latent + (left[2] * _exp(2 * log_parameters[_LINE : _LINE + n_physics])) @ right[2].T


def _matern(left: Any, right: Any, log_lengths: Any) -> Any:
    """Matérn-5/2 (Rasmussen & Williams 2006, eq. 4.17) with a length per dimension."""
    a, b = left / _exp(log_lengths), right / _exp(log_lengths)
    square = (a**2).sum(-1)[:, None] + (b**2).sum(-1)[None, :] - 2 * a @ b.T
    if isinstance(square, np.ndarray):
        return _matern_in_place(square)
    distance = math.sqrt(5.0) * square.clamp_min(1e-12) ** 0.5
    return (1 + distance + distance**2 / 3) * _exp(-distance)


def _matern_in_place(square: Array) -> Array:
    """The same of squared distances, which are overwritten: many new arrays take longer than the numbers in them."""
    np.maximum(square, 1e-12, out=square)
    distance = np.sqrt(square)
    distance *= math.sqrt(5.0)
    square *= 5.0 / 3.0
    square += distance
    square += 1.0
    np.negative(distance, out=distance)
    square *= np.exp(distance, out=distance)
    return square


def _exp(values: Any) -> Any:
    return np.exp(values) if isinstance(values, np.ndarray) else values.exp()


KIND = Kind(
    name="gaussian_process",
    fit=fit,
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
