"""Candidates → feature matrix: composition, process, electrode, cell and protocol, with names that follow one grammar.

:func:`feature_matrix` is the only crossing from what a lab writes to what a model eats; :func:`features_of` is the same
with names on it, for people. Nothing is imputed here: NaN means *not stated*, and a model that needs numbers everywhere
says in its card how it fills them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from surrogate.candidate.measurement import Candidate
from surrogate.features.registry import Feature, registered
from surrogate.properties import Subject

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from surrogate.candidate.columns import CellColumns, ElectrolyteColumns

__all__ = ["Feature", "feature_matrix", "feature_table", "features_of"]


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
    """Compute the features of ``n`` candidates.

    Args:
        candidates: All of them electrolytes, or all of them cells.
        subject: Which of both.

    Returns:
        A frame of float64 (n, d) with the names of :func:`feature_table`; NaN is *not stated*.

    Raises:
        InvalidInput: A candidate is not of the ``subject``.
    """
    import pandas as pd

    from surrogate.candidate.columns import columns_of

    return pd.DataFrame(feature_matrix(columns_of(candidates, subject)), columns=list(feature_table(subject)))


def feature_matrix(columns: ElectrolyteColumns | CellColumns) -> NDArray[np.float64]:
    """The features of ``n`` candidates, (n, d) in the order of :func:`feature_table`; NaN is *not stated*."""
    import numpy as np

    from surrogate.candidate.columns import CellColumns
    from surrogate.features.composition import composition_matrix
    from surrogate.features.electrode import electrode_matrix
    from surrogate.features.process import process_matrix

    temperature = columns.temperature_c[:, None]
    if isinstance(columns, CellColumns):
        return np.hstack([electrode_matrix(columns), temperature])
    if not len(columns):  # nor is there an element
        return np.empty((0, len(feature_table(Subject.ELECTROLYTE))))
    # Equal ones are worked out once.
    composition = columns.amounts.derive("features", composition_matrix)[columns.composition]
    return np.hstack([composition, process_matrix(columns), temperature])
