"""What the simulator says about a candidate, as further features of a model or as a baseline.

The physics is asked at its analytic level, which is quick. Constants of the simulator were read from the papers of
:func:`surrogate.physics.parameters.registry.calibration_papers`; comparisons that should be free of them leave those
papers out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from surrogate.features import Feature
from surrogate.measurement import Candidate
from surrogate.physics.chain import FEATURES, simulate_matrix
from surrogate.properties import Subject, get_property

Array = NDArray[np.float64]

_COLUMNS = {
    Subject.ELECTROLYTE: {
        "ionic_conductivity_s_per_cm": Feature(
            name="physics.ionic_conductivity_log10", meaning="log10 of the simulated S/cm"
        ),
        "activation_energy_ev": Feature(name="physics.activation_energy_ev", meaning="simulated barrier", unit="eV"),
    },
    Subject.CELL: {
        "utilisation": Feature(name="physics.utilisation", meaning="simulated share of the theoretical capacity"),
        "capacity_retention_percent": Feature(name="physics.retention", meaning="simulated retention", unit="%"),
    },
}


def simulated_features(subject: Subject) -> tuple[Feature, ...]:
    """The features in the order of the columns of :func:`simulated_matrix`."""
    return tuple(_COLUMNS[subject].values())


def simulated_matrix(candidates: Sequence[Candidate], subject: Subject) -> Array:
    """What the physics says of ``n`` candidates, (n, d); NaN where it has nothing to say."""
    names = list(_COLUMNS[subject])
    said = simulate_matrix(candidates)[:, [FEATURES.index(name) for name in names]]
    return np.column_stack(
        [np.log10(said[:, i]) if name.endswith("s_per_cm") else said[:, i] for i, name in enumerate(names)]
    )


def simulated_values(candidates: Sequence[Candidate], property: str) -> Array:
    """The simulated value of ``property`` in its unit, (n,); NaN where the physics is silent."""
    return np.asarray(simulate_matrix(candidates)[:, FEATURES.index(get_property(property).column)])
