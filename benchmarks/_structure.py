"""A model of OBELiX that reads the crystal structure as well: three unlike members, each with the same say.

The quantile forest of the house reads every feature of a composition and of a structure and learns from the literature
too, whose rows have no structure. The Gaussian process of the house measures distances between the shares of the
elements and between the structures, which only the rows of OBELiX have. A random forest, whose splits are sought where
those of the first are drawn, reads the same block and the content of the cell. Upper limits enter all three as such
(:mod:`surrogate.models.bounds`). See docs/decisions/0008 for what else was tried.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks._crystals import (
    Structure,
    amount_matrix,
    share_features,
    share_matrix,
    structure_features,
    structure_matrix,
)
from surrogate.candidate.measurement import Measurement
from surrogate.composition import Composition
from surrogate.datasets import obelix_rows
from surrogate.datasets.tables import Row
from surrogate.errors import Fault, InvalidInput, TableError
from surrogate.models.bounds import with_expected_targets
from surrogate.models.estimators.registry import fit_estimator
from surrogate.models.surrogate import encode
from surrogate.models.training_set import TrainingSet, paper_weights

Array = NDArray[np.float64]
Structures = Mapping[str, Structure]

FOREST, PROCESS, BAGGED = "tree_ensemble", "gaussian_process", "random_forest"
N_BAGGED = 300


def obelix_structures(path: Path | None) -> dict[str, Structure]:
    """The structure of the rows of the table at ``path`` (default: the bundled one), by the row's identifier.

    A row that does not state all of it has none. Raises :class:`TableError` with every row that no crystal can have.
    """
    structures: dict[str, Structure] = {}
    faults: list[Fault] = []
    for row in obelix_rows(path):
        try:
            structure = _structure(row)
        except InvalidInput as problem:
            faults.append(row.fault(problem.message, hint=problem.hint))
        else:
            structures |= {} if structure is None else {f"obelix-{row.text('ID')}": structure}
    if faults:
        raise TableError(faults)
    return structures


def predict(
    training: Sequence[Measurement],
    test: Sequence[Measurement],
    structures: Structures,
    seed: int,
    *,
    test_structures: Structures | None = None,
) -> Array:
    """log10 of the conductivities of ``test`` (n,): the mean of the members."""
    return np.asarray(
        np.mean(
            list(member_predictions(training, test, structures, seed, test_structures=test_structures).values()), axis=0
        )
    )


def member_predictions(
    training: Sequence[Measurement],
    test: Sequence[Measurement],
    structures: Structures,
    seed: int,
    *,
    test_structures: Structures | None = None,
) -> dict[str, Array]:
    """Predict ``test`` with each member, (n,) each, learnt from ``training``.

    ``structures`` are by row identifier, those of ``test`` among them unless ``test_structures`` has them apart.

    A row of ``test`` without a structure has gaps: forests send it to the branch with more rows, the Gaussian process
    reads the medians of its training rows.
    """
    encoding, composed, _ = encode(training, "ionic_conductivity")
    rng = np.random.default_rng(seed)
    view = encoding.view([m.candidate for m in test], materials=False)
    inside, outside = (
        _block(training, structures),
        _block(test, structures if test_structures is None else test_structures),
    )
    names = tuple(feature.name for feature in (*structure_features(), *share_features()))
    wide = replace(composed, names=(*composed.names, *names), X=np.hstack([composed.X, inside]))
    wide = with_expected_targets(wide, rng)
    crystal = np.array([m.source.row_id in structures for m in training])
    narrow = replace(wide, names=names, X=inside).take(crystal)
    members = {FOREST: (wide, np.hstack([view.X, outside])), PROCESS: (narrow, outside)}
    predictions = {
        kind: fit_estimator(kind, rows, {}, rng).predict(X, rows.mask_unknown_groups(view.group))[0]
        for kind, (rows, X) in members.items()
    }
    content = contents_of([m for m, known_here in zip(training, crystal, strict=True) if known_here])
    predictions[BAGGED] = _bagged(narrow, content, np.hstack([outside, contents_of(test)]), rng)
    return predictions


def _bagged(rows: TrainingSet, content: Array, X: Array, rng: np.random.Generator) -> Array:
    """A random forest (Breiman, Machine Learning 45, 5 (2001)) on the block and the amounts in the cell."""
    from sklearn.ensemble import RandomForestRegressor

    forest = RandomForestRegressor(
        n_estimators=N_BAGGED, max_features=1 / 3, random_state=int(rng.integers(2**31 - 1)), n_jobs=1
    )
    forest.fit(np.hstack([rows.X, content]), rows.y, sample_weight=paper_weights(rows.paper, power=0.5))
    return np.asarray(forest.predict(X))


def contents_of(measurements: Sequence[Measurement]) -> Array:
    """Amounts of all elements in the cell, (n, elements)."""
    return amount_matrix([_composition(m) for m in measurements])


def _block(measurements: Sequence[Measurement], structures: Structures) -> Array:
    """Structure and shares of the rows, (n, d); NaN where a row has no structure."""
    contents = [_composition(m) for m in measurements]
    at = [i for i, m in enumerate(measurements) if m.source.row_id in structures]
    crystals = np.full((len(measurements), len(structure_features())), np.nan)
    crystals[at] = structure_matrix([structures[measurements[i].source.row_id] for i in at], [contents[i] for i in at])
    return np.hstack([crystals, share_matrix(contents)])


def _composition(measurement: Measurement) -> Composition:
    electrolyte = measurement.candidate.electrolyte
    if electrolyte is None:
        raise TypeError(f"{measurement.source.row_id} is not an electrolyte")
    return electrolyte.composition


def _structure(row: Row) -> Structure | None:
    """The structure of ``row``, ``None`` when any part of it is not stated."""
    symbol = row.text("Space group")
    stated = [row.number(name) for name in ("Space group #", "a", "b", "c", "alpha", "beta", "gamma", "Z")]
    numbers = [number for number in stated if number is not None]
    if symbol is None or len(numbers) < len(stated):
        return None
    group, a, b, c, alpha, beta, gamma, formula_units = numbers
    return Structure(
        space_group=int(group),
        symbol=symbol,
        lengths=(a, b, c),
        angles=(alpha, beta, gamma),
        formula_units=formula_units,
    )
