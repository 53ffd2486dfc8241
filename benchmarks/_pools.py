"""Pools of measured candidates: any folder of csv files, read as its ``pools.toml`` says.

The last column is the target, the others are inputs; rows that repeat an input are replicates, whose unique target
values are averaged. ``direction`` says what is better, ``simplex`` that inputs add up to a total, ``header = false``
that there is none, ``transfer_from`` names a pool with the same inputs. A csv without an entry is maximised.
"""

from __future__ import annotations

import csv
import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from surrogate.design.finite import scaled
from surrogate.errors import Fault, TableError, Unavailable

Array = NDArray[np.float64]
TOP_SHARE = 0.05


@dataclass(frozen=True, kw_only=True)
class Pool:
    """``n`` candidates: raw inputs (n, d), inputs scaled to 0..1, targets (n,) of which more is better."""

    name: str
    inputs: Array
    x: Array
    y: Array
    simplex: float | None
    transfer_from: str | None
    sha256: str

    @property
    def top(self) -> frozenset[int]:
        """The best 5 % of the candidates."""
        count = int(np.ceil(TOP_SHARE * len(self.y)))
        return frozenset(np.argsort(-self.y, kind="stable")[:count].tolist())


def load_pools(folder: Path) -> dict[str, Pool]:
    """All pools of a folder, by name."""
    described = {}
    if (folder / "pools.toml").is_file():
        described = tomllib.loads((folder / "pools.toml").read_text("utf-8"))
    files = sorted(folder.glob("*.csv"))
    if not files:
        raise Unavailable(f"The folder '{folder}' holds no csv file.", hint="Give the folder of the pools.")
    return {path.stem: read_pool(path, described.get(path.stem, {})) for path in files}


def read_pool(path: Path, described: dict[str, object]) -> Pool:
    """One pool; :class:`TableError` with the line of a cell that is not a number."""
    rows = [row for row in csv.reader(path.read_text("utf-8-sig").splitlines()) if row]
    first = 1 if described.get("header", True) else 0
    table = np.array([[_number(path, line, cell) for cell in row] for line, row in enumerate(rows[first:], first + 1)])
    inputs, place = np.unique(table[:, :-1], axis=0, return_inverse=True)
    place = place.ravel()
    y = np.array([np.unique(table[place == i, -1]).mean() for i in range(len(inputs))])
    simplex, source = described.get("simplex"), described.get("transfer_from")
    return Pool(
        name=path.stem,
        inputs=inputs,
        x=scaled(inputs),
        y=-y if described.get("direction", "maximise") == "minimise" else y,
        simplex=float(simplex) if isinstance(simplex, int | float) else None,
        transfer_from=str(source) if source is not None else None,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest()[:12],
    )


def _number(path: Path, line: int, cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        raise TableError(
            [Fault(table=path.name, row=line, column=None, message=f"'{cell}' is not a number.")]
        ) from None
