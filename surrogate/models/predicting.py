"""Predictions of many candidates by all models that fit them, in one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from surrogate.candidate.measurement import Candidate, Measurement, with_article
from surrogate.errors import InvalidInput, Unavailable
from surrogate.execution.progress import Progress, silent
from surrogate.models.artifact import ARRAYS, MANIFEST, load_models, models_folder
from surrogate.models.base import Prediction
from surrogate.models.own_rows import with_own_rows
from surrogate.models.surrogate import Surrogate
from surrogate.properties import PropertyTable, Subject, current_table, get_property

#: A file, when it was changed, and its size.
_Stamp = tuple[Path, int, int]
#: Candidates that are predicted between two reports of progress.
_PART = 500


def predict(
    candidates: Sequence[Candidate],
    *,
    models: Mapping[str, Surrogate] | str | Path | None = None,
    properties: Sequence[str] = (),
    level: float = 0.9,
    neighbours: int = 3,
    given: Sequence[Measurement] = (),
    progress: Progress = silent,
) -> list[dict[str, Prediction]]:
    """Predict every property that makes sense for each candidate.

    Args:
        candidates: ``n`` electrolytes, cells, or both.
        models: Models by property, as :func:`load_models` returns them, or the folder to load them from; without, those
            in ``models`` if it holds some, else those of the package. A folder is loaded anew when its files change.
        properties: Names of the properties to predict; every property with a model when empty.
        level: Probability that an interval holds, between 0 and 1.
        neighbours: How many of the nearest cited measurements come with each prediction.
        given: Rows that the asking laboratory measured itself, 200 of a property at most: they shift and sharpen its
            predictions, and each of these says what it was without them.
        progress: Called with the parts of the work that are done, and all parts.

    Returns:
        For each candidate, in their order, its predictions by property.

    Raises:
        Unavailable: No model is in the folder, or none fits the candidates or the properties.
        UnknownName: There is no property of that name.
        InvalidInput: The level lies outside its bounds, or there are too many own rows.
    """
    if isinstance(candidates, Candidate) or not all(isinstance(candidate, Candidate) for candidate in candidates):
        raise InvalidInput(
            "Predictions are made of a list of candidates.",
            hint="Write predict([candidate]), each made by build_candidate or from its parts.",
        )
    if isinstance(properties, str):
        properties = (properties,)
    fitting = select_models(models, properties, candidates) if candidates else {}
    parts = [
        (name, rows[start : start + _PART])
        for name, model in fitting.items()
        for rows in [[i for i, c in enumerate(candidates) if c.kind is model.property.subject]]
        for start in range(0, len(rows), _PART)
    ]
    predictions: list[dict[str, Prediction]] = [{} for _ in candidates]
    progress(0, len(parts))
    for count, (name, rows) in enumerate(parts, 1):
        described = [candidates[i] for i in rows]
        part = fitting[name].predict(described, level=level, neighbours=neighbours)
        if given:
            part = with_own_rows(fitting[name], described, part, given)
        for i, prediction in zip(rows, part, strict=True):
            predictions[i][name] = prediction
        progress(count, len(parts))
    return predictions


def _load(folder: Path) -> Mapping[str, Surrogate]:
    """The models in ``folder``: those of the call before, where neither its files nor the properties have changed."""
    files = sorted(file for name in (MANIFEST, ARRAYS) for file in folder.glob(f"*/{name}"))
    stamps = tuple((file, (status := file.stat()).st_mtime_ns, status.st_size) for file in files)
    return _load_once(folder.resolve(), stamps, current_table()) if files else load_models(folder)


@lru_cache(maxsize=1)
def _load_once(folder: Path, stamps: tuple[_Stamp, ...], table: PropertyTable) -> Mapping[str, Surrogate]:
    return MappingProxyType(load_models(folder))


def select_models(
    models: Mapping[str, Surrogate] | str | Path | None, properties: Sequence[str], candidates: Sequence[Candidate]
) -> dict[str, Surrogate]:
    """The models of ``properties`` (of all properties when empty) that fit any of ``candidates``; at least one."""
    models = models_folder() if models is None else models
    available = _load(Path(models)) if isinstance(models, str | Path) else models
    for name in properties:
        get_property(name)
        if name not in available:
            place = f" in '{models}'" if isinstance(models, str | Path) else " among those given"
            raise Unavailable(f"There is no model of {name}{place}.", hint="Train it with 'python -m training fit'.")
    kinds = {candidate.kind for candidate in candidates}
    fitting = {
        name: model
        for name, model in available.items()
        if model.property.subject in kinds and (not properties or name in properties)
    }
    if not fitting:
        other = Subject.CELL if candidates[0].kind is Subject.ELECTROLYTE else Subject.ELECTROLYTE
        raise Unavailable(
            "No loaded model fits what was described.", hint=f"The models wanted describe {with_article(other)}."
        )
    return fitting
