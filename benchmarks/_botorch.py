"""The reference for several goals: the last choice among a shortlist by BoTorch's qLogNEHVI.

The planner of the product ranks by the same quantity in closed form (decision 17 compares them).

BoTorch sees the campaign's own beliefs through :class:`TableModel`: rows of a table with a joint normal posterior, so
that forests, mixtures and priors count as well as Gaussian processes. Thresholds and the chance of success enter as
log-probabilities, as in the closed form. While nothing is measured the front is a predicted one, which BoTorch's noisy
acquisitions do not know; then the closed form decides.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from botorch.acquisition.multi_objective.logei import qLogNoisyExpectedHypervolumeImprovement
from botorch.acquisition.multi_objective.objective import GenericMCMultiOutputObjective
from botorch.models.model import Model
from botorch.posteriors.gpytorch import GPyTorchPosterior
from botorch.sampling.normal import SobolQMCNormalSampler
from gpytorch.distributions import MultitaskMultivariateNormal, MultivariateNormal
from linear_operator.operators import to_linear_operator
from torch import Tensor

from surrogate.execution.process import in_one_thread
from surrogate.planner.acquisition import Acquisition, score
from surrogate.planner.analytic_planner import refine, shortlist
from surrogate.planner.objective import Goal
from surrogate.planner.observations import EncodedCandidates
from surrogate.planner.open_pool import OpenPool
from surrogate.planner.planners import PlannerKind
from surrogate.planner.reasons import Chosen
from surrogate.space.variables import Array

BOTORCH = PlannerKind(
    name="botorch",
    meaning="BoTorch's qLogNEHVI on a shortlist",
    on_page="by BoTorch",
    choose="benchmarks._botorch:choose",
    needs=("botorch",),
)
SHORTLIST = 32
#: Draws for up to two goals, and for more (the boxes of every draw are cut in Python).
_SAMPLES, _SAMPLES_MANY = 64, 16
_JITTER = 1e-8


class TableModel(Model):
    """A BoTorch model whose inputs are row numbers of a table: means (t, m) and covariances (m, t, t)."""

    def __init__(self, means: Array, covariances: Array) -> None:
        super().__init__()
        self.means = torch.as_tensor(means, dtype=torch.double)
        self.covariances = torch.as_tensor(covariances, dtype=torch.double)

    @property
    def num_outputs(self) -> int:
        """How many goals."""
        return int(self.means.shape[1])

    @property
    def batch_shape(self) -> torch.Size:
        """One model, no batch of models."""
        return torch.Size([])

    def posterior(self, X: Tensor, output_indices: Any = None, observation_noise: Any = False,
                  posterior_transform: Any = None) -> GPyTorchPosterior:  # fmt: skip
        """The joint normal of the rows that ``X`` (…, q, 1) numbers."""
        rows = X[..., 0].round().long()
        parts = [
            MultivariateNormal(
                self.means[rows, j], to_linear_operator(self.covariances[j][rows.unsqueeze(-1), rows.unsqueeze(-2)])
            )
            for j in range(self.num_outputs)
        ]
        joint = parts[0] if len(parts) == 1 else MultitaskMultivariateNormal.from_independent_mvns(parts)
        posterior = GPyTorchPosterior(joint)
        return posterior if posterior_transform is None else posterior_transform(posterior)


def choose(open_pool: OpenPool, acquisition: Acquisition, seed: int) -> Chosen:
    """The recipe that BoTorch prefers of those that the closed form ranks highest, then refined as usual."""
    rows = shortlist(open_pool, acquisition)
    few = open_pool.encoded.take(rows)
    best = int(rows[pick(few, score(acquisition, few), acquisition, seed=seed)])
    return refine(Chosen.of(open_pool.pool, open_pool.encoded, best, acquisition), open_pool, acquisition, seed)


@in_one_thread  # once more: torch is loaded after the limit that the planner set
def pick(encoded: EncodedCandidates, values: Array, acquisition: Acquisition, *, seed: int) -> int:
    """The row of ``encoded`` that BoTorch prefers among the :data:`SHORTLIST` with the highest closed-form
    ``values``.
    """
    if len(acquisition.virtual) or not len(acquisition.baseline):
        return int(np.argmax(values))
    short = np.argsort(-values, kind="stable")[:SHORTLIST]
    few, front = encoded.take(short), acquisition.baseline.take(acquisition.in_play)
    model, b = _table(acquisition, front, few), len(front)
    samples = _SAMPLES if len(acquisition.reference) < 3 else _SAMPLES_MANY
    sampler = SobolQMCNormalSampler(sample_shape=torch.Size([samples]), seed=seed)
    baseline = torch.arange(b, dtype=torch.double).unsqueeze(-1)
    rows = torch.arange(b, b + len(short), dtype=torch.double).reshape(-1, 1, 1)
    with torch.no_grad():
        gains = _acquisition(acquisition, model, baseline, sampler)(rows).numpy()
    chances = acquisition.observations.log_thresholds(few) + np.log(few.success)
    return int(short[int(np.argmax(gains + chances))])


def _acquisition(acquisition: Acquisition, model: TableModel, baseline: Tensor, sampler: Any) -> Any:
    def objective(samples: Tensor, X: Tensor | None = None) -> Tensor:
        # Scale values (…, m) → scaled utilities (…, m).
        columns = [
            -(samples[..., j] - t.scale_value).abs() if t.goal is Goal.REACH else t.sign * samples[..., j]
            for j, t in enumerate(acquisition.goals)
        ]
        return torch.stack(columns, dim=-1) / torch.as_tensor(acquisition.scales, dtype=samples.dtype)

    # Let BoTorch add up in Python: it would compile code of its own on first use, and wait for ever for a lock
    # that a process left behind which was ended while it did so.
    from botorch.acquisition.multi_objective import logei

    if hasattr(logei, "_load_attempted"):
        logei._load_attempted = True
    return qLogNoisyExpectedHypervolumeImprovement(
        model,
        torch.as_tensor(acquisition.reference, dtype=torch.double),
        baseline,
        sampler=sampler,
        objective=GenericMCMultiOutputObjective(objective),
        prune_baseline=False,
        cache_root=False,
    )


def _table(acquisition: Acquisition, front: EncodedCandidates, few: EncodedCandidates) -> TableModel:
    """Recipes that are or may be on the front, then the shortlist."""
    rows = EncodedCandidates.joined([front, few])
    means, covariances = [], []
    for target in acquisition.goals:
        mean, _ = acquisition.observations.moments(rows, target.quantity)
        if target.base is None:
            covariance = 1e-12 * np.eye(len(rows))
        else:
            regressor = acquisition.observations.posteriors[target.base].regressor
            points, slope = rows.points[target.base], acquisition.observations.slope(rows, target)
            covariance = regressor.covariance(points, points) * np.outer(slope, slope)
            covariance = 0.5 * (covariance + covariance.T) + _JITTER * np.trace(covariance) / len(rows) * np.eye(
                len(rows)
            )
        means.append(mean)
        covariances.append(covariance)
    return TableModel(np.column_stack(means), np.stack(covariances))
