"""The analytic physics simulator in the shape of a fitted model: a prior, or the driver of a planner on its own.

Its spread is not fitted but stated: how far the closed-form chain may be from a laboratory. Where the physics does not
cover a material it says what is typical of the field, with a spread that says "unknown".
"""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from surrogate.beliefs.base import Array
from surrogate.candidate.measurement import Candidate
from surrogate.errors import Unavailable
from surrogate.models.base import (
    Domain,
    DomainStatus,
    Interval,
    ModelIdentity,
    ModelStatus,
    Posterior,
    Prediction,
)
from surrogate.properties import PROPERTIES, Property, get_property


class Runs:
    """The last simulated candidates, so that several properties of one pool cost one simulation."""

    def __init__(self) -> None:
        self._last: tuple[tuple[Candidate, ...], list[Any]] = ((), [])

    def of(self, candidates: Sequence[Candidate]) -> list[Any]:
        """Outcomes of these candidates, simulated now or just before (the very same objects)."""
        from surrogate.physics.chain import simulate

        previous, outcomes = self._last
        if len(previous) != len(candidates) or any(a is not b for a, b in zip(previous, candidates, strict=True)):
            outcomes = simulate(candidates, level="analytic")
            self._last = (tuple(candidates), outcomes)
        return outcomes


@dataclass(frozen=True, kw_only=True)
class PhysicsSimulator:
    """The simulator's answer to one property; raises :class:`Unavailable` for a property it does not compute."""

    property: Property
    runs: Runs = field(default_factory=Runs, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.property.simulator is None:
            computed = ", ".join(name for name, prop in PROPERTIES.items() if prop.simulator is not None)
            raise Unavailable(f"The simulator does not compute {self.property.name}.", hint=f"It computes {computed}.")

    @builtins.property
    def identity(self) -> ModelIdentity:
        """The simulator itself: no data, no version beyond its own."""
        return ModelIdentity(
            name="physics simulator", version="analytic", status=ModelStatus.CANDIDATE, data_sha256="",
            reason="closed-form laws, not fitted to the tables",
        )  # fmt: skip

    def posterior(self, candidates: Sequence[Candidate]) -> Posterior:
        """Mean and stated spread on the scale, (n,)."""
        mean, std = self._simulated(candidates)[:2]
        return Posterior(mean=mean, std=np.hypot(std, self.property.between_papers), std_model=std)

    def _simulated(self, candidates: Sequence[Candidate]) -> tuple[Array, Array, list[str]]:
        spread = self.property.simulator
        assert spread is not None  # refused when it was made
        outcomes = self.runs.of(candidates)
        values = [getattr(outcome, self.property.column) for outcome in outcomes]
        computed = np.array([value is not None and value > 0 for value in values])
        in_unit = [spread.typical if value is None or value <= 0 else value for value in values]
        mean = np.asarray(self.property.to_scale(np.array(in_unit)), dtype=float)
        return mean, np.where(computed, spread.simulated, spread.silent), [outcome.reason for outcome in outcomes]

    def predict(self, candidates: Sequence[Candidate], *, level: float = 0.9, neighbours: int = 3) -> list[Prediction]:
        """One prediction per candidate; it has no cited neighbours."""
        from scipy.special import ndtri

        mean, std, reasons = self._simulated(candidates)
        z = float(ndtri(0.5 + level / 2.0))
        total = np.hypot(std, self.property.between_papers)
        edges = [self.property.from_scale(mean + sign * z * total) for sign in (-1.0, 0.0, 1.0)]
        low, median, high = (np.clip(edge, self.property.lower, self.property.upper) for edge in edges)
        return [
            Prediction(
                property=self.property.name,
                median=float(median[i]),
                interval=Interval(level=level, low=float(low[i]), high=float(high[i])),
                scale_mean=float(mean[i]),
                scale_std=float(total[i]),
                domain=Domain(
                    status=DomainStatus.OUT if reasons[i] else DomainStatus.EDGE,
                    score=2.0 if reasons[i] else 1.0,
                    reasons=(reasons[i] or "A simulation, not a measurement.",),
                ),
                neighbours=(),
                model=self.identity,
                warnings=("This value is simulated.",),
            )
            for i in range(len(candidates))
        ]


def simulators(properties: Sequence[str]) -> dict[str, PhysicsSimulator]:
    """A simulator for each of these properties that it computes."""
    runs = Runs()
    entries = [get_property(name) for name in properties]
    return {p.name: PhysicsSimulator(property=p, runs=runs) for p in entries if p.simulator is not None}
