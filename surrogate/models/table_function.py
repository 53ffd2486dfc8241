"""A stored model as a function from a table to a table, which is what MLflow calls a ``python_function``.

The ``MLmodel`` file that training writes beside an artifact names this module; ``mlflow.pyfunc.load_model`` then calls
:func:`_load_pyfunc`. Nothing here needs MLflow, and nothing of ours loads a model this way.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surrogate.candidate.field import NO, YES
from surrogate.candidate.fields import FIELDS
from surrogate.candidate.settings import Builder
from surrogate.errors import InvalidInput, UnknownName
from surrogate.models.artifact import load
from surrogate.models.surrogate import Surrogate
from surrogate.properties import Subject

if TYPE_CHECKING:
    import pandas as pd

#: Columns of the answer, with their types as a signature names them.
ANSWERED = {
    "property": "string",
    "unit": "string",
    "median": "double",
    "low": "double",
    "high": "double",
    "level": "double",
    "domain": "string",
    "reasons": "string",
    "model_version": "string",
    "model_status": "string",
}


@dataclass(frozen=True, kw_only=True)
class _TableFunction:
    """A model of one property that takes a table of settings: a column per setting, an empty cell for not stated."""

    model: Surrogate

    def predict(self, table: pd.DataFrame) -> pd.DataFrame:
        """Predict a row for each row of a table, in its order; the columns are those of :data:`ANSWERED`.

        Args:
            table: Columns are settings by their names, as ``surrogate settings`` lists them; units are in the names.

        Raises:
            UnknownName: A column is no setting.
            InvalidInput: A row describes nothing possible; the message names the row, counted from 1.
        """
        import pandas as pd

        self._check_columns([str(name) for name in table.columns])
        builder, subject = Builder(), self.model.property.subject
        candidates = []
        for number, row in enumerate(table.to_dict("records"), 1):
            try:
                candidates.append(builder.candidate(_settings(row), subject))
            except InvalidInput as problem:
                raise InvalidInput(f"Row {number}: {problem.message}", hint=problem.hint, field=problem.field) from None
        rows = [
            (
                p.property, p.unit, p.median, p.interval.low, p.interval.high, p.interval.level, p.domain.status.value,
                "; ".join(p.domain.reasons), p.model.version, p.model.status.value,
            )
            for p in self.model.predict(candidates, neighbours=0)
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=list(ANSWERED), index=table.index)

    def _check_columns(self, names: Sequence[str]) -> None:
        """Refuse what is no setting, and what describes a cell where the model takes an electrolyte."""
        for name in names:
            if name not in FIELDS:
                raise UnknownName("setting", name, FIELDS)
            if FIELDS[name].part == "cell" and self.model.property.subject is Subject.ELECTROLYTE:
                raise InvalidInput(
                    f"{name} describes a cell, and {self.model.property.name} is one of an electrolyte.",
                    hint="Leave that column out.",
                    field=name,
                )


def _settings(row: Mapping[Any, Any]) -> dict[str, float | str]:
    """What a row states: empty cells (``None``, NaN, no text) state nothing."""
    stated: dict[str, float | str] = {}
    for name, value in row.items():
        if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
            continue
        if FIELDS[name].number and not _is_number(value):
            raise InvalidInput(
                f"{name} is '{value}'; it must be a number.", hint="Write it without its unit, which is in the name."
            )
        stated[name] = (YES if value else NO) if isinstance(value, bool) else value
    return stated


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return not isinstance(value, bool)


def _load_pyfunc(path: str) -> _TableFunction:
    """What MLflow calls with the folder of the model."""
    return _TableFunction(model=load(Path(path)))
