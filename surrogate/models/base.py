"""What a model is: ``fit`` returns a :class:`FittedSurrogate`, which answers with :class:`Prediction`.

There is no half-made model to guard: an object that exists can predict. A prediction always carries an interval, a
domain verdict, the nearest cited measurements and the identity of the model, so that no layer above can drop them.
"""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.measurement import Candidate
from surrogate.properties import Property, get_property

Array = NDArray[np.float64]


class DomainStatus(StrEnum):
    """Where a candidate lies relative to the measurements the model has seen."""

    IN = "in"
    EDGE = "edge"
    OUT = "out"


class ModelStatus(StrEnum):
    """Whether the model passed the gate; a provisional one is served with the reason in every answer."""

    CHAMPION = "champion"
    PROVISIONAL = "provisional"
    CANDIDATE = "candidate"


@dataclass(frozen=True, kw_only=True)
class Interval:
    """Bounds, in the unit of the property, between which the next *reported* value falls with probability ``level``."""

    level: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Domain:
    """The applicability verdict with its reasons; ``score`` is 0 at the heart of the data, 1 at the border."""

    status: DomainStatus
    score: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """One cited measurement near the candidate; ``distance`` is in feature space, in units of the typical distance."""

    row_id: str
    distance: float
    value: float
    paper: str
    description: str
    doi: str | None = None
    reference: str | None = None
    tier: str | None = None
    fidelity: str = "measured"
    quoted_in: str | None = None
    quoted_in_doi: str | None = None
    notice: str | None = None

    def at(self, distance: float) -> Neighbour:
        """The same measurement at another distance."""
        near = object.__new__(Neighbour)
        # What dataclasses.replace does, without its checks: predictions make thousands of these.
        near.__dict__.update(self.__dict__, distance=distance)
        return near


@dataclass(frozen=True, kw_only=True)
class ModelIdentity:
    """Which model answered: version and data hash make the answer reproducible."""

    name: str
    version: str
    status: ModelStatus
    data_sha256: str
    reason: str = ""


#: Own rows of one property at most, since what more of them say belongs into training; and candidates that are compared
#: at once, since every pair is answered.
MOST_OWN_ROWS, MOST_COMPARED = 200, 20


@dataclass(frozen=True, kw_only=True)
class WithoutOwnRows:
    """What was predicted before a laboratory's own rows were known, and how many of them changed it."""

    own_rows: int
    median: float
    interval: Interval


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What a model says about one property of one candidate.

    ``median`` and ``interval`` are in the unit of the property; ``scale_mean`` and ``scale_std`` describe the
    predictive distribution on the scale of the property (log10 for conductivities) and are what planners use.
    ``without_own_rows`` is there where rows of the asking laboratory entered (:mod:`surrogate.models.own_rows`).
    """

    property: str
    median: float
    interval: Interval
    scale_mean: float
    scale_std: float
    domain: Domain
    neighbours: tuple[Neighbour, ...]
    model: ModelIdentity
    warnings: tuple[str, ...] = ()
    without_own_rows: WithoutOwnRows | None = None

    @builtins.property
    def unit(self) -> str:
        """The unit of ``median`` and ``interval``."""
        return get_property(self.property).unit


@dataclass(frozen=True, kw_only=True)
class Posterior:
    """The predictive distribution of ``n`` candidates on the property's scale: ``mean`` (n,), ``std`` (n,).

    ``std`` is the calibrated standard deviation of the next reported value; ``std_model`` (n,) is the part that more
    data would remove, which is what acquisition functions should explore.
    """

    mean: Array
    std: Array
    std_model: Array


@runtime_checkable
class FittedSurrogate(Protocol):
    """A model of one property that can predict, and can be stored without pickle (:mod:`surrogate.models.artifact`)."""

    @property
    def identity(self) -> ModelIdentity:
        """Name, version, status and data hash."""
        ...

    @property  # last of the two: from here on the name is taken in this class
    def property(self) -> Property:
        """The property it predicts."""
        ...

    def posterior(self, candidates: Sequence[Candidate]) -> Posterior:
        """Mean and spread on the scale for ``n`` candidates; use :meth:`predict` for what a person reads."""
        ...

    def predict(self, candidates: Sequence[Candidate], *, level: float = 0.9, neighbours: int = 3) -> list[Prediction]:
        """Predict the property of candidates.

        Args:
            candidates: Electrolytes or cells, as the property needs.
            level: The probability that an interval holds, between 0 and 1.
            neighbours: How many of the nearest measurements each prediction cites.

        Returns:
            One prediction per candidate, in the same order.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class ModelCard:
    """What a reader must know before trusting a model; stored in the artifact and shown wherever the model is."""

    property: str
    kind: str
    n_measurements: int
    n_papers: int
    metrics: dict[str, Any] = field(default_factory=dict)
    hyperparameters: dict[str, Any] = field(default_factory=dict)
    limits: tuple[str, ...] = ()
    #: What the licences of the tables ask to be told wherever the model goes.
    notices: tuple[str, ...] = ()
    #: Measured and predicted values of the evaluation on unseen papers, column by column; empty for a model not judged.
    held_out: dict[str, list[Any]] = field(default_factory=dict)

    def with_metrics(self, **metrics: Any) -> ModelCard:
        """A copy with further metrics."""
        return replace(self, metrics={**self.metrics, **metrics})
