"""What the simulator says: an input of models, a baseline, and sweeps read back as measurements.

The physics is asked at its analytic level, which is quick. Its nominal constants were read from papers that are also
rows of the tables (:func:`surrogate.physics.parameters.registry.calibration_papers`), so they serve the baseline, the
sweeps and planners, and no model. A model's simulator (:class:`ReadSimulator`) reads its constants from the rows that
the model is fitted to and from no other (docs/decisions/0012).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from surrogate.cell import Protocol
from surrogate.measurement import Candidate, Fidelity, Measurement, Source
from surrogate.models.columns import PHYSICS
from surrogate.models.simulator_inputs import electrolytes_in
from surrogate.models.training_set import TrainingSet
from surrogate.physics.chain import FEATURES, simulate_matrix
from surrogate.physics.parameters.base import ParameterDraw
from surrogate.physics.reading import constants_at, log_conductivity, read_constants
from surrogate.properties import Subject, get_property

Array = NDArray[np.float64]

#: Properties whose models ask the simulator, with what it says of them.
SIMULATED = {"ionic_conductivity": f"{PHYSICS}ionic_conductivity_log10"}


@dataclass(frozen=True, kw_only=True)
class ReadSimulator:
    """The simulator with the constants that a training set tells, as ``scores`` (k,) of their guesses."""

    scores: Array

    @classmethod
    def fit(cls, training: TrainingSet) -> ReadSimulator:
        """Read the constants from the rows of ``training``, whose targets are log10 S/cm."""
        batch = electrolytes_in(training.names, training.X)
        return cls(scores=read_constants(batch, training.y, training.paper))

    @cached_property
    def constants(self) -> ParameterDraw:
        """The constants that were read."""
        return constants_at(self.scores)

    def says(self, names: tuple[str, ...], X: Array) -> Array:
        """log10 of the simulated S/cm of each row of X (n, d), (n,); NaN where the physics is silent."""
        return log_conductivity(electrolytes_in(names, X), self.constants)

    def beside(self, names: tuple[str, ...], X: Array) -> Array:
        """X (n, d) with what the simulator says as the last column, (n, d + 1)."""
        return np.column_stack([X, self.says(names, X)])


def with_simulator(training: TrainingSet) -> tuple[TrainingSet, ReadSimulator | None]:
    """``training`` with what the simulator says of its rows as the last feature, and that simulator.

    A training set that asks for no physics comes back as it is, with ``None``.
    """
    if training.simulated is None:
        return training, None
    simulator = ReadSimulator.fit(training)
    names = (*training.names, training.simulated)
    return replace(training, names=names, X=simulator.beside(training.names, training.X), simulated=None), simulator


def simulated_values(candidates: Sequence[Candidate], property: str) -> Array:
    """The simulated value of ``property`` in its unit, (n,); NaN where the physics is silent, or has no such thing."""
    column = get_property(property).column
    if column not in FEATURES:
        return np.full(len(candidates), np.nan)
    return np.asarray(simulate_matrix(candidates)[:, FEATURES.index(column)])


def simulated_measurements(folder: Path, property: str) -> list[Measurement]:
    """The sweep in ``folder`` (see :mod:`surrogate.physics.sweep`) as measurements of ``property``.

    Only points that went well and say something of the property count; their fidelity is *simulated*, so splits keep
    them out of every test part. Raises :class:`surrogate.errors.InvalidInput` where there is no sweep.
    """
    from surrogate.physics.space import candidate_of
    from surrogate.physics.sweep import read_sweep

    prop = get_property(property)
    found = []
    for row in read_sweep(folder).to_pylist():
        value = row.get(prop.column)
        if row["status"] != "ok" or value is None or not prop.lower <= value <= prop.upper:
            continue
        made = candidate_of(row)
        if prop.subject is Subject.ELECTROLYTE:
            if made.electrolyte is None:
                continue
            made = Candidate(subject=made.electrolyte, protocol=Protocol(temperature_c=row["temperature_c"]))
        source = Source(
            row_id=row["row_id"], paper=f"simulation {row['code_version']}", reference=row["fidelity_level"]
        )
        found.append(
            Measurement(property=property, value=value, candidate=made, source=source, fidelity=Fidelity.SIMULATED)
        )
    return found
