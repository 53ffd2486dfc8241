"""What the simulator says: features of a candidate, a baseline, and sweeps read back as measurements.

The physics is asked at its analytic level, which is quick. Constants of the simulator were read from the papers of
:func:`surrogate.physics.parameters.registry.calibration_papers`; comparisons that should be free of them leave those
papers out.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from surrogate.cell import Protocol
from surrogate.features import Feature
from surrogate.measurement import Candidate, Fidelity, Measurement, Source
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
