"""A deep ensemble in PyTorch: many small networks trained at once, each on its own draw of papers.

Every member sees a bootstrap of *papers*, not of rows, so the disagreement of the members speaks of unseen papers
(Lakshminarayanan, Pritzel, Blundell, NeurIPS 2017, with a cluster bootstrap). The members are one batched network, so
fitting sixteen costs little more than fitting one. Weights are stored as arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.models.estimators.kinds import PAPER_POWER, TIER_DISCOUNT, Kind, Range, count_to
from surrogate.models.preparation import Preparation, smooth_columns
from surrogate.models.training_set import TrainingSet, paper_weights

Array = NDArray[np.float64]

DEFAULTS: Mapping[str, Any] = {
    "n_members": 8,
    "width": 32,
    "epochs": 120,
    "learning_rate": 5e-3,
    "weight_decay": 3e-2,
    "dropout": 0.2,
    "paper_power": 0.5,
    "tier_discount": 0.8,
}


@dataclass(frozen=True, kw_only=True)
class NeuralEnsemble:
    """Members with two hidden layers: ``w1`` (members, k, width), ``w2`` (…, width, width), ``w3`` (…, width, 1)."""

    preparation: Preparation
    w1: Array
    b1: Array
    w2: Array
    b2: Array
    w3: Array
    b3: Array
    y_mean: float
    y_scale: float

    def predict(self, X: Array, group: NDArray[np.int64]) -> tuple[Array, Array]:
        """X (n, d), group (n,) unused → mean (n,) and standard deviation (n,) over the members."""
        hidden = _layer(self.preparation(X), self.w1, self.b1)  # (members, n, width)
        out = (_layer(hidden, self.w2, self.b2) @ self.w3 + self.b3)[..., 0]
        return out.mean(axis=0) * self.y_scale + self.y_mean, out.std(axis=0) * self.y_scale


def _layer(inputs: Array, weights: Array, bias: Array) -> Array:
    """SiLU of the linear map. In place: new arrays of this size cost more than what is done with them."""
    values = inputs @ weights
    values += bias
    below = np.exp(-values)
    below += 1.0
    values /= below
    return values


def fit(training: TrainingSet, hyperparameters: Mapping[str, Any], rng: np.random.Generator) -> NeuralEnsemble:
    """Train all members together on ``training`` with a Huber loss (robust to digitising slips) and weight decay.

    Runs on a GPU when there is one; the start and the bootstrap come from ``rng``, so a seed gives one answer.
    """
    import torch

    settings = {**DEFAULTS, **hyperparameters}
    preparation = Preparation.fit(training.X, smooth_columns(training.names))
    y_mean, y_scale = float(training.y.mean()), float(max(training.y.std(), 1e-9))
    device = "cuda" if torch.cuda.is_available() else "cpu"
    x = torch.tensor(preparation(training.X), dtype=torch.float32, device=device)
    y = torch.tensor((training.y - y_mean) / y_scale, dtype=torch.float32, device=device)
    counts = torch.tensor(_bootstrap(training, settings, rng), dtype=torch.float32, device=device)
    weights = [w.to(device).requires_grad_(True) for w in _initial(x.shape[1], settings, rng)]
    generator = torch.Generator(device=device).manual_seed(int(rng.integers(2**31 - 1)))
    _train(weights, x, y, counts, settings, generator)
    arrays = [w.detach().cpu().numpy().astype(np.float64) for w in weights]
    return NeuralEnsemble(
        preparation=preparation, y_mean=y_mean, y_scale=y_scale, **dict(zip(_WEIGHTS, arrays, strict=True))
    )


_WEIGHTS = ("w1", "b1", "w2", "b2", "w3", "b3")


def _initial(k: int, settings: Mapping[str, Any], rng: np.random.Generator) -> list[Any]:
    """He-style starting weights (He et al., ICCV 2015) for all members."""
    import torch

    m, h = int(settings["n_members"]), int(settings["width"])
    shapes = [(m, k, h), (m, 1, h), (m, h, h), (m, 1, h), (m, h, 1), (m, 1, 1)]
    return [
        torch.tensor(
            rng.standard_normal(shape) * np.sqrt(1.0 / max(shape[1], 1)) if position % 2 == 0 else np.zeros(shape),
            dtype=torch.float32,
        )
        for position, shape in enumerate(shapes)
    ]


def _bootstrap(training: TrainingSet, settings: Mapping[str, Any], rng: np.random.Generator) -> Array:
    """Row weights (members, n): a bootstrap of papers times the weights of paper and tier."""
    papers, inverse = np.unique(training.paper, return_inverse=True)
    base = paper_weights(training.paper, power=settings["paper_power"]) * settings["tier_discount"] ** training.tier
    draws = rng.multinomial(len(papers), np.full(len(papers), 1 / len(papers)), size=int(settings["n_members"]))
    weights = draws[:, inverse] * base
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _train(weights: list[Any], x: Any, y: Any, counts: Any, settings: Mapping[str, Any], generator: Any) -> None:
    import torch

    decayed, free = weights[0::2], weights[1::2]
    optimiser = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": settings["weight_decay"]}, {"params": free, "weight_decay": 0.0}],
        lr=settings["learning_rate"],
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=settings["learning_rate"], total_steps=int(settings["epochs"])
    )
    keep = 1.0 - float(settings["dropout"])
    for _ in range(int(settings["epochs"])):
        w1, b1, w2, b2, w3, b3 = weights
        hidden = torch.nn.functional.silu(x @ w1 + b1)
        hidden = hidden * (torch.rand(hidden.shape, generator=generator, device=x.device) < keep) / keep
        hidden = torch.nn.functional.silu(hidden @ w2 + b2)
        out = (hidden @ w3 + b3)[..., 0]
        loss = (counts * torch.nn.functional.huber_loss(out, y.expand_as(out), reduction="none")).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()


KIND = Kind(
    name="neural_ensemble",
    fit=fit,
    defaults=DEFAULTS,
    allowed={
        "n_members": count_to(1000),
        "width": count_to(4096),
        "epochs": count_to(100_000),
        "learning_rate": Range(low=1e-6, high=1.0),
        "weight_decay": Range(low=0.0, high=10.0),
        "dropout": Range(low=0.0, high=0.9),
        "paper_power": PAPER_POWER,
        "tier_discount": TIER_DISCOUNT,
    },
    search={
        "width": Range(low=16, high=96, whole=True, log=True),
        "epochs": Range(low=60, high=400, whole=True, log=True),
        "learning_rate": Range(low=1e-3, high=2e-2, log=True),
        "weight_decay": Range(low=1e-3, high=0.3, log=True),
        "dropout": Range(low=0.0, high=0.5),
        "paper_power": Range(low=0.0, high=1.0),
    },
    stored=NeuralEnsemble,
)
