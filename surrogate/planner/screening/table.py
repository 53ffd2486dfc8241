"""The answer of a screening as a table: recipes with what to set and weigh in, and what is predicted of each."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from surrogate.models.applicability import STATUSES
from surrogate.planner.observations import view
from surrogate.planner.screening.shortlist import Shortlist, Tally, import_parquet, select_apart
from surrogate.planner.screening.task import Screening
from surrogate.properties import get_property
from surrogate.space.design_space import Pool
from surrogate.space.variables import Array

#: Where the table says what it is: metadata of the Parquet schema, JSON.
METADATA = b"screening"


def chosen(task: Screening, shortlist: Shortlist) -> tuple[Shortlist, Array]:
    """The rows of the answer, best first, and how far each lies from a better one."""
    if not len(shortlist):
        return shortlist, np.zeros(0)
    encoded = task.space.decode(shortlist.places).encoded
    rows, distance = select_apart(encoded, task.top, task.min_distance)
    return shortlist.take(rows), distance


def columns_of(task: Screening, rows: Shortlist, distance: Array) -> dict[str, list[Any]]:
    """Columns of the table: rank and recipe, then per property median, interval and verdict, then the objective."""
    pool = task.space.decode(rows.places)
    columns: dict[str, list[Any]] = {"rank": list(range(1, len(rows) + 1)), "candidate": rows.number.tolist()}
    if pool.compositions is not None:
        columns["composition"] = [composition.text for composition in pool.compositions]
    columns |= _recipe_columns(pool)
    for name in task.models:
        columns |= _predicted_columns(task, name, pool, rows)
    for name in task.objective.derived:
        columns[name] = rows.columns[name].tolist()
    if task.objective.thresholds:
        columns["chance_of_all"] = np.exp(rows.columns["log_chance_of_all"]).tolist()
    columns["score"] = rows.columns["score"].tolist()
    columns["distance_to_better"] = [float(gap) if np.isfinite(gap) else None for gap in distance]
    return columns


def _recipe_columns(pool: Pool) -> dict[str, list[Any]]:
    """Settings by name, and masses in g by precursor or part; None where one does not apply."""
    settings = [pool.settings(row) for row in range(pool.n)]
    masses = [{f"weigh_in_g.{part}": g for part, g in pool.weigh_in_g(row).items()} for row in range(pool.n)]
    columns: dict[str, list[Any]] = {}
    for rows in (settings, masses):
        for name in dict.fromkeys(name for row in rows for name in row):
            columns[name] = [row.get(name) for row in rows]
    return columns


def _predicted_columns(task: Screening, name: str, pool: Pool, rows: Shortlist) -> dict[str, list[Any]]:
    candidates = [view(candidate, name) for candidate in pool.candidates]
    predictions = task.models[name].predict(candidates, level=task.level, neighbours=0) if candidates else []
    column = get_property(name).column
    return {
        column: rows.columns[f"{name}.median"].tolist(),
        f"{column}_low": rows.columns[f"{name}.low"].tolist(),
        f"{column}_high": rows.columns[f"{name}.high"].tolist(),
        f"{name}_domain": [STATUSES[int(code)].value for code in rows.columns[f"{name}.domain_code"]],
        f"{name}_domain_score": rows.columns[f"{name}.domain_score"].tolist(),
        f"{name}_domain_reasons": ["; ".join(prediction.domain.reasons) for prediction in predictions],
    }


def to_table(columns: Mapping[str, list[Any]], manifest: Mapping[str, Any], tally: Tally) -> bytes:
    """The table as a Parquet file in memory, with what it is in its metadata."""
    pa, pq = import_parquet()
    metadata = json.dumps({**manifest, "looked_at": tally.__dict__}).encode()
    buffer = io.BytesIO()
    pq.write_table(pa.table(dict(columns)).replace_schema_metadata({METADATA: metadata}), buffer, compression="zstd")
    return buffer.getvalue()
