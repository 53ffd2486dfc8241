"""Candidates → feature matrix: composition, process, electrode, cell and protocol, with names that follow one grammar.

:func:`feature_matrix` is the only crossing from what a lab writes to what a model eats; :func:`features_of` is the same
with names on it, for people. Nothing is imputed here: NaN means *not stated*, and a model that needs numbers everywhere
says in its card how it fills them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from surrogate.errors import InvalidInput
from surrogate.features.registry import Feature, registered
from surrogate.measurement import Candidate, with_article
from surrogate.properties import Subject

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["Feature", "families_in", "feature_matrix", "feature_table", "features_of"]


def feature_table(subject: Subject) -> dict[str, Feature]:
    """Every feature of an electrolyte or of a cell by name, in the order of the columns of :func:`features_of`."""
    from surrogate.features.composition import composition_features
    from surrogate.features.electrode import electrode_features
    from surrogate.features.process import process_features

    temperature = Feature(name="protocol.temperature_c", meaning="temperature of the measurement", unit="°C")
    if subject is Subject.ELECTROLYTE:
        return dict(registered((*composition_features(), *process_features(), temperature)))
    return dict(registered((*electrode_features(), temperature)))


def features_of(candidates: Sequence[Candidate], subject: Subject) -> pd.DataFrame:
    """The features of ``n`` candidates, a frame of float64 (n, d) with the names of :func:`feature_table`.

    Raises :class:`InvalidInput` when a candidate is not of the ``subject`` asked for.
    """
    import pandas as pd

    return pd.DataFrame(feature_matrix(candidates, subject), columns=list(feature_table(subject)))


def feature_matrix(candidates: Sequence[Candidate], subject: Subject) -> NDArray[np.float64]:
    """The features of ``n`` candidates, (n, d) in the order of :func:`feature_table`; NaN is *not stated*.

    Raises :class:`InvalidInput` when a candidate is not of the ``subject`` asked for.
    """
    import numpy as np

    from surrogate.features.composition import composition_matrix
    from surrogate.features.electrode import electrode_matrix
    from surrogate.features.process import process_matrix

    for candidate in candidates:
        if candidate.kind is not subject:
            raise InvalidInput(
                f"The property belongs to {with_article(subject)}, but a candidate is {with_article(candidate.kind)}.",
                hint="Describe the electrolyte for conductivities, the cell for capacities and retention.",
            )
    if not candidates:
        return np.empty((0, len(feature_table(subject))))
    temperature = np.array([[c.protocol.temperature_c] for c in candidates], dtype=float)  # None becomes NaN
    if subject is Subject.CELL:
        return np.hstack([electrode_matrix(candidates), temperature])
    electrolytes = [c.electrolyte for c in candidates if c.electrolyte is not None]
    blocks = [
        composition_matrix([e.composition for e in electrolytes]),
        process_matrix([e.recipe for e in electrolytes]),
        temperature,
    ]
    return np.hstack(blocks)


def families_in(matrix: NDArray[np.float64]) -> NDArray[np.int64]:
    """The family of each electrolyte of a :func:`feature_matrix`, (n,), as a position in
    :data:`surrogate.features.amounts.FAMILIES`.

    Read back from its columns: finding the families of a thousand compositions one by one takes longer than all their
    other features.
    """
    from surrogate.features.amounts import FAMILIES
    from surrogate.features.composition import composition_features

    end = len(composition_features())
    codes: NDArray[np.int64] = matrix[:, end - len(FAMILIES) : end].argmax(axis=1)
    return codes
