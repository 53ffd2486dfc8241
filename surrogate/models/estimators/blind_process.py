"""The Gaussian process that hears no simulated conductivity, and sees which halides and network formers there are.

It stands beside :mod:`~surrogate.models.estimators.gaussian_process` in the stack of electrolytes, so that what the
simulator extrapolates is held against what rows say without it. The shares of these elements help here and not there
(docs/decisions/0023). Of the simulator it takes half of what heat and too much halide do to an argyrodite, of which few
rows tell, as the mean about which it learns (docs/decisions/0038).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from surrogate.models.estimators import gaussian_process
from surrogate.models.estimators.gaussian_process import GaussianProcess
from surrogate.models.estimators.kinds import Kind
from surrogate.models.preparation import identity_columns, response_columns
from surrogate.models.training_set import TrainingSet

#: Elements whose shares tell materials apart that descriptors do not.
ELEMENTS = ("Cl", "Br", "I", "Ge", "Si", "Sn", "Sb", "As", "Al")
_FRACTIONS = frozenset(f"composition.fraction.{element}" for element in ELEMENTS)


def fit(training: TrainingSet, hyperparameters: Mapping[str, Any], rng: np.random.Generator) -> GaussianProcess:
    """Learn the covariance from ``training``; ``rng`` is unused."""
    shares = [i for i, name in enumerate(training.names) if name in _FRACTIONS]
    columns = sorted({*identity_columns(training.names), *shares})
    response = response_columns(training.names)
    return gaussian_process.learn(training, hyperparameters, identity=columns, physics=[], response=response)


KIND = Kind(
    name="blind_process",
    fit=fit,
    refit=gaussian_process.refit,
    defaults=gaussian_process.KIND.defaults,
    allowed=gaussian_process.KIND.allowed,
    search=gaussian_process.KIND.search,
    stored=GaussianProcess,
)
