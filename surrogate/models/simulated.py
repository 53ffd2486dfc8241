"""What the simulator says: an input of models and a baseline.

The physics is asked at its analytic level, which is quick. Its nominal constants were read from papers that are also
rows of the tables (:func:`surrogate.physics.parameters.registry.calibration_papers`), so they serve the baseline and
planners, and no model. A model's simulator (:class:`ReadSimulator`) reads its constants from the rows that
the model is fitted to and from no other (docs/decisions/0012).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.columns import CellColumns, ElectrolyteColumns
from surrogate.candidate.measurement import Candidate
from surrogate.models.conditions import STANDARD_TEMPERATURE_C, barrier_of, log_conductivity_of
from surrogate.models.preparation import PHYSICS, RESPONSE
from surrogate.models.retention_law import RetentionLaw
from surrogate.models.training_set import TrainingSet
from surrogate.models.utilisation import ChargeLaw, UtilisationLaw
from surrogate.physics.chain import FEATURES, simulate_matrix
from surrogate.physics.coordinates import Family
from surrogate.physics.defaults import TYPICAL_HEAT, settle_electrolytes
from surrogate.physics.electrolyte import ElectrolyteBatch
from surrogate.physics.reading import ReadConstants, read_constants
from surrogate.properties import get_property

Array = NDArray[np.float64]

#: Properties whose models ask the simulator, with what it says of them.
SIMULATED = {
    "ionic_conductivity": f"{PHYSICS}ionic_conductivity_log10",
    "activation_energy": f"{PHYSICS}activation_energy_ev",
    "first_discharge_capacity": f"{PHYSICS}utilisation",
    "first_charge_capacity": f"{PHYSICS}charge_utilisation",
    "capacity_retention": f"{PHYSICS}retention",
}


#: How many times farther than conductivities activation energies lie off the law, through the compensation rule.
_COMPENSATION_SCATTER = 3.0
#: How much of what is learnt beside a law counts, where members learn what the law leaves.
REST_SHARE = 0.75
#: Halides per phosphorus that an argyrodite dissolves for sure; more of them make a second phase.
_DISSOLVED_HALIDE = 1.6
#: Decades that a simulated argyrodite lies at most from what the usual furnace makes of one without a second phase.
_MOST_RESPONSE = 1.5
#: Decimals of what the physics appends. Its last bits depend on the number of threads and on the machine, and of two
#: splits of a tree that are alike they would choose one.
_DIGITS = 6
#: log10 S/cm of a sulfide electrolyte whose activation energy no law knows.
_TYPICAL_LOG_CONDUCTIVITY = -3.5


@dataclass(frozen=True, kw_only=True)
class ReadSimulator:
    """The simulator with the constants that a training set tells, and how sure of them it is.

    With ``barrier`` the training set holds activation energies, which belong to conductivities by the compensation rule
    (:func:`surrogate.models.conditions.barrier_of`). The constants are then read from the conductivities that it
    borrows; where it borrows none, the energies tell them loosely.
    """

    read: ReadConstants
    barrier: bool = False

    @classmethod
    def fit(
        cls, columns: ElectrolyteColumns, training: TrainingSet, alike: ReadSimulator | None = None
    ) -> ReadSimulator:
        """Read the constants from the rows of ``training``, which are ``columns`` with targets in log10 S/cm or in eV.

        With ``alike``, the simulator of nearly the same rows, the reading starts there.
        """
        start = None if alike is None else alike.read.scores
        if training.simulated != SIMULATED["activation_energy"]:
            return cls(read=read_constants(_batch(columns), training.y, training.paper, start))
        lent = training.lent
        if lent is None:
            measured = log_conductivity_of(training.y)
            read = read_constants(_batch(columns), measured, training.paper, start, scatter=_COMPENSATION_SCATTER)
        else:
            read = read_constants(_batch(lent.columns), lent.y, lent.paper, start)
        return cls(read=read, barrier=True)

    @property
    def n_constants(self) -> int:
        """How many constants were read."""
        return len(self.read.scores)

    @property
    def leaves_rest(self) -> bool:
        """Whether members learn what it leaves of the targets, not the targets."""
        return self.barrier

    def log_conductivity(self, columns: ElectrolyteColumns) -> Array:
        """log10 of the simulated S/cm of ``n`` electrolytes, (n,); NaN where the physics is silent."""
        return self.read.log_conductivity(_batch(columns))

    def append_to(self, X: Array, columns: ElectrolyteColumns) -> Array:
        """Features X (n, d) of these electrolytes with those of :func:`features_of_physics`, what is simulated last."""
        batch = _batch(columns)
        if self.barrier:
            simulated = self.read.log_conductivity(batch)
            silent = np.isnan(simulated)
            return np.column_stack([X, barrier_of(np.where(silent, _TYPICAL_LOG_CONDUCTIVITY, simulated))])
        rows = np.flatnonzero(batch.family == int(Family.ARGYRODITE))
        both = batch.take(np.concatenate([np.arange(len(batch)), rows]))
        heat_c, heat_h, halides = both.heat_c.copy(), both.heat_h.copy(), both.halides.copy()
        usual = slice(len(batch), None)
        heat_c[usual], heat_h[usual] = TYPICAL_HEAT[Family.ARGYRODITE]
        halides[usual] *= _DISSOLVED_HALIDE / np.maximum(halides[usual].sum(axis=1, keepdims=True), _DISSOLVED_HALIDE)
        simulated = self.read.log_conductivity(replace(both, heat_c=heat_c, heat_h=heat_h, halides=halides))
        response = np.zeros(len(batch))
        response[rows] = np.clip(simulated[rows] - simulated[usual], -_MOST_RESPONSE, _MOST_RESPONSE)
        return np.column_stack([X, response, simulated[: len(batch)]])


def _batch(columns: ElectrolyteColumns) -> ElectrolyteBatch:
    """Electrolytes as the physics takes them, at the standard temperature at which members learn."""
    return settle_electrolytes(columns.at(STANDARD_TEMPERATURE_C)).batch


#: What models ask beside their features: the simulator of electrolytes, or the law of cells.
ReadPhysics = ReadSimulator | UtilisationLaw


#: The laws of cells by the feature that they add; every other feature comes from the simulator of electrolytes.
_LAWS = {
    f"{PHYSICS}utilisation": UtilisationLaw,
    f"{PHYSICS}charge_utilisation": ChargeLaw,
    f"{PHYSICS}retention": RetentionLaw,
}


def stored_physics(property_name: str) -> type[ReadSimulator] | type[UtilisationLaw]:
    """The class of what models of a property ask."""
    return _LAWS.get(SIMULATED[property_name], ReadSimulator)


def leave_the_rest(training: TrainingSet, physics: ReadPhysics | None) -> TrainingSet:
    """``training`` with what its law leaves of the targets, and without the feature of that law.

    A training set whose members learn the targets themselves comes back as it is.
    """
    if physics is None or not physics.leaves_rest:
        return training
    rest = training.y - training.X[:, -1]
    return replace(training, names=training.names[:-1], X=training.X[:, :-1], y=rest)


def add_to_law(physics: ReadPhysics | None, X: Array, rest: Array) -> Array:
    """What members that were fitted after :func:`leave_the_rest` say of the targets themselves, like ``rest``.

    Args:
        physics: What members ask.
        X: The features, (n, d), with what the physics says last.
        rest: What the members say, (n,) or (n, members).
    """
    if physics is None or not physics.leaves_rest:
        return rest
    law = X[:, -1]
    return np.asarray((law if rest.ndim == 1 else law[:, None]) + REST_SHARE * rest)


def append_physics(physics: ReadPhysics | None, X: Array, columns: ElectrolyteColumns | CellColumns | None) -> Array:
    """Features X (n, d) of these candidates with what the physics says as the last of (n, d + 1), or of (n, d + 2).

    Without physics, or without candidates as it sees them, the features stay as they are.
    """
    if physics is None or columns is None:
        return X
    if isinstance(physics, UtilisationLaw):
        assert isinstance(columns, CellColumns)
        appended = physics.append_to(X, columns)
    else:
        assert isinstance(columns, ElectrolyteColumns)
        appended = physics.append_to(X, columns)
    appended[:, X.shape[1] :] = np.round(appended[:, X.shape[1] :], _DIGITS)
    return appended


def features_of_physics(simulated: str) -> tuple[str, ...]:
    """The names of what the physics adds for the feature ``simulated``, which is the last of them."""
    return (RESPONSE, simulated) if simulated == SIMULATED["ionic_conductivity"] else (simulated,)


def with_simulator(training: TrainingSet, alike: ReadPhysics | None = None) -> tuple[TrainingSet, ReadPhysics | None]:
    """``training`` with what the physics says of its rows as the last features, and that physics.

    A training set that asks for no physics comes back as it is, with ``None``. Where the physics of nearly the same
    rows is known, ``alike``, reading that of these starts from it.
    """
    if training.simulated is None or training.columns is None:
        return training, None
    physics: ReadPhysics
    if isinstance(training.columns, CellColumns):
        physics = _LAWS[training.simulated].fit(training.columns, training.y, training.paper)
    else:
        physics = ReadSimulator.fit(training.columns, training, alike if isinstance(alike, ReadSimulator) else None)
    names = (*training.names, *features_of_physics(training.simulated))
    return replace(
        training, names=names, X=append_physics(physics, training.X, training.columns), simulated=None
    ), physics


def simulated_values(candidates: Sequence[Candidate], property: str) -> Array:
    """The simulated value of ``property`` in its unit, (n,); NaN where the physics has no law for it."""
    column = get_property(property).column
    if column not in FEATURES:
        return np.full(len(candidates), np.nan)
    return np.asarray(simulate_matrix(candidates)[:, FEATURES.index(column)])
