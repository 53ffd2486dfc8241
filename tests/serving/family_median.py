"""A small real surrogate for tests of the service: the median of the family, with the spread the data have.

It answers in microseconds and needs no artifact, so that tests of limits, reloads and faults can make as many as they
like; tests of the whole service use models that were trained.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surrogate.candidate.measurement import Candidate, Measurement
from surrogate.composition import Family
from surrogate.datasets import load, sha256_of
from surrogate.models.base import (
    Array,
    Domain,
    DomainStatus,
    Interval,
    ModelIdentity,
    ModelStatus,
    Neighbour,
    Posterior,
    Prediction,
)
from surrogate.properties import Property, get_property

Z90 = 1.6448536269514722  # standard normal quantile of 0.95


def family_of(candidate: Candidate) -> Family | None:
    return candidate.electrolyte.composition.family if candidate.electrolyte else None


class FamilyMedian:
    """Median and spread, on the scale, of the measurements of the candidate's family (of all, if it has none)."""

    def __init__(self, property: str, measurements: Sequence[Measurement], *, version: str = "1") -> None:
        self._property = get_property(property)
        self._measurements = tuple(measurements)
        self._families = np.array([str(family_of(m.candidate)) for m in measurements])
        self._y = self._property.to_scale(np.array([max(m.value, 1e-12) for m in measurements]))
        self._identity = ModelIdentity(
            name="family_median",
            version=version,
            status=ModelStatus.PROVISIONAL,
            data_sha256=sha256_of(measurements),
            reason="A baseline, not a model.",
        )

    @property
    def identity(self) -> ModelIdentity:
        return self._identity

    def posterior(self, candidates: Sequence[Candidate]) -> Posterior:
        values = [self._y[self._rows(candidate)] for candidate in candidates]
        mean = np.array([np.median(v) for v in values])
        std = np.array([np.hypot(np.std(v), self._property.between_papers) for v in values])
        return Posterior(mean=mean, std=std, std_model=std)

    def predict(self, candidates: Sequence[Candidate], *, level: float = 0.9, neighbours: int = 3) -> list[Prediction]:
        posterior = self.posterior(candidates)
        rows = zip(candidates, posterior.mean, posterior.std, strict=True)
        return [self._prediction(c, m, s, level, neighbours) for c, m, s in rows]

    def _rows(self, candidate: Candidate) -> Array:
        own = self._families == str(family_of(candidate))
        return own if own.any() else np.ones(len(own), dtype=bool)

    def _prediction(self, candidate: Candidate, mean: float, std: float, level: float, neighbours: int) -> Prediction:
        prop, half = self._property, Z90 * std * level / 0.9
        low, median, high = (
            float(np.clip(prop.from_scale(v), prop.lower, prop.upper)) for v in (mean - half, mean, mean + half)
        )
        known = str(family_of(candidate)) in self._families
        near = np.flatnonzero(self._rows(candidate))[:neighbours]
        return Prediction(
            property=prop.name,
            median=median,
            interval=Interval(level=level, low=low, high=high),
            scale_mean=float(mean),
            scale_std=float(std),
            domain=Domain(
                status=DomainStatus.IN if known else DomainStatus.OUT,
                score=0.5 if known else 2.0,
                reasons=() if known else ("no measurement of this family",),
            ),
            neighbours=tuple(self._neighbour(self._measurements[i]) for i in near),
            model=self._identity,
        )

    def _neighbour(self, measurement: Measurement) -> Neighbour:
        return Neighbour(
            row_id=measurement.source.row_id,
            distance=1.0,
            value=measurement.value,
            paper=measurement.source.paper,
            description=measurement.candidate.electrolyte.composition.reading
            if measurement.candidate.electrolyte
            else "",
            doi=measurement.source.doi,
            reference=measurement.source.reference,
            tier=measurement.tier,
        )

    @property
    def property(self) -> Property:
        return self._property


def fit_family_median(property: str, *, version: str = "1") -> FamilyMedian:
    """The baseline on the bundled data."""
    return FamilyMedian(property, load(property), version=version)
