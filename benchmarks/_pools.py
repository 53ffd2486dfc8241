"""Pools of measured candidates: any folder of csv files, read as its ``pools.toml`` says, if there is one.

The last column is the target, the others are inputs; an input of words becomes a column of 0 and 1 for each word. Rows
that repeat an input are replicates, whose unique target values are averaged. A csv without an entry is maximised. The
keys of an entry:

- ``direction``: what is better, "maximise" or "minimise".
- ``header``: whether the first line names the columns; unstated, it does unless it holds numbers alone.
- ``simplex``: the total that the inputs add up to, for a mixture; rows that do not are told.
- ``transfer_from``: a pool with the same inputs to learn from.

What else an entry holds (a source, a licence) is told and not read; a key that looks like a slip of one of these is
refused.
"""

from __future__ import annotations

import hashlib
import math
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks._tables import scaled
from surrogate.datasets.tables import cells_of
from surrogate.errors import ConfigError, Fault, TableError, Unavailable

Array = NDArray[np.float64]
#: A line of a table: its number in the file, and its cells.
Line = tuple[int, list[str]]
TOP_SHARE = 0.05
DESCRIPTION = "pools.toml"
#: How far, as a share of the total, the inputs of a mixture may be from adding up to it: they are rounded.
_ROUNDED = 0.02
_DIRECTIONS = {"maximise": 1.0, "maximize": 1.0, "minimise": -1.0, "minimize": -1.0}
_IS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "direction": (lambda value: value in _DIRECTIONS, '"maximise" or "minimise"'),
    "header": (lambda value: isinstance(value, bool), "true or false"),
    "simplex": (lambda value: type(value) in (int, float) and value > 0, "a number above 0"),
    "transfer_from": (lambda value: isinstance(value, str), "the name of a pool"),
}


@dataclass(frozen=True, kw_only=True)
class Pool:
    """``n`` candidates: raw inputs (n, k), inputs scaled to 0..1 (n, d), targets (n,) of which more is better."""

    name: str
    inputs: Array
    x: Array
    y: Array
    transfer_from: str | None = None

    @property
    def top(self) -> frozenset[int]:
        """The best 5 % of the candidates."""
        count = int(np.ceil(TOP_SHARE * len(self.y)))
        return frozenset(np.argsort(-self.y, kind="stable")[:count].tolist())

    @property
    def sha256(self) -> str:
        """What tells it from another pool of the same name."""
        return hashlib.sha256(self.x.tobytes() + self.y.tobytes()).hexdigest()[:12]


def load_pools(folder: Path) -> tuple[dict[str, Pool], list[str]]:
    """All pools of a folder by name, and what is to be said about how they are read.

    Raises :class:`Unavailable` for a folder without csv files, :class:`ConfigError` for a description that cannot be
    right, :class:`TableError` with every fault of the tables.
    """
    files = sorted(folder.glob("*.csv"))
    if not files:
        raise Unavailable(f"The folder '{folder}' holds no csv file.", hint="Give the folder of the pools.")
    described, notes = _described(folder / DESCRIPTION)
    pools, faults = {}, list[Fault]()
    for path in files:
        try:
            pools[path.stem] = read_pool(path, described.get(path.stem, {}))
        except TableError as problem:
            faults += problem.faults
    if faults:
        raise TableError(faults)
    notes += [f"{name}: no entry in {DESCRIPTION}, so it is maximised." for name in pools if name not in described]
    notes += [
        note for name, pool in pools.items() if (note := _off_the_total(pool, described.get(name, {}).get("simplex")))
    ]
    notes += [
        f"{name}: there is no pool '{pool.transfer_from}' to learn from."
        for name, pool in pools.items()
        if pool.transfer_from is not None and pool.transfer_from not in pools
    ]
    return pools, notes


def read_pool(path: Path, described: Mapping[str, Any]) -> Pool:
    """One pool; :class:`TableError` with the line of every cell that cannot be used."""
    read = cells_of(path, path.name, ())
    if read.fault is not None:
        raise TableError([read.fault])
    if not read.lines:
        raise TableError([Fault(table=path.name, row=None, column=None, message="The file is empty.")])
    lines = list(read.lines)
    header = described.get("header", not all(map(_is_number, lines[0][1])))
    body = lines[1:] if header else lines
    names = lines[0][1] if header else [f"column {n}" for n in range(1, len(lines[0][1]) + 1)]
    faults = _odd_lines(path.name, len(names), body)
    if faults:
        raise TableError(faults)
    *columns, target = [[(line, cells[n]) for line, cells in body] for n in range(len(names))]
    table = [_input(path.name, name, cells, faults) for name, cells in zip(names, columns, strict=False)]
    values = _numbers(path.name, names[-1], target, faults)
    if faults:
        raise TableError(sorted(faults, key=lambda fault: fault.row or 0))
    inputs, place = np.unique(np.hstack(table), axis=0, return_inverse=True)
    place = place.ravel()
    y = np.array([np.unique(values[place == i]).mean() for i in range(len(inputs))])
    return Pool(
        name=path.stem,
        inputs=inputs,
        x=scaled(inputs),
        y=_DIRECTIONS[described.get("direction", "maximise")] * y,
        transfer_from=described.get("transfer_from"),
    )


def _described(path: Path) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """The entries of the description by pool, none where there is no such file, and what of it is not read."""
    if not path.is_file():
        return {}, []
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise ConfigError(f"{path} is not TOML: {problem}.") from None
    entries = {pool: entry for pool, entry in content.items() if isinstance(entry, dict)}
    notes = [f"'{name}' in {DESCRIPTION} is no table of a pool and is not read." for name in content.keys() - entries]
    for pool, entry in entries.items():
        for key in entry:
            _check_key(path, pool, key, entry[key])
        notes += [f"{pool}: '{key}' in {DESCRIPTION} is not read." for key in entry if key not in _IS]
    return entries, sorted(notes)


def _check_key(path: Path, pool: str, key: str, value: object) -> None:
    """Refuse a key that was meant to be another one, and a value that a key cannot have."""
    if key not in _IS:
        if near := get_close_matches(key, _IS, n=1, cutoff=0.7):
            raise ConfigError(f"{path}, [{pool}]: there is no key named '{key}'.", hint=f"Did you mean {near[0]}?")
        return
    holds, words = _IS[key]
    if not holds(value):
        raise ConfigError(f"{path}, [{pool}]: {key} is {value!r}; it must be {words}.")


def _odd_lines(table: str, width: int, body: Sequence[Line]) -> list[Fault]:
    """What is wrong with the shape of the table."""
    if width < 2:
        message = "There is one column, and it takes an input and a target, with a comma between."
        return [Fault(table=table, row=1, column=None, message=message)]
    if not body:
        return [Fault(table=table, row=1, column=None, message="There are no rows below the header.")]
    return [
        Fault(table=table, row=line, column=None, message=f"{len(cells)} cells where the first line has {width}.")
        for line, cells in body
        if len(cells) != width
    ]


def _input(table: str, name: str, cells: Sequence[tuple[int, str]], faults: list[Fault]) -> Array:
    """The columns (n, ·) of one input: its numbers, or for words one column per word."""
    texts = [cell.strip() for _, cell in cells]
    if not all(texts) or any(map(_is_number, texts)):
        return _numbers(table, name, cells, faults)[:, None]
    return np.array([[float(text == word) for word in sorted(set(texts))] for text in texts])


def _numbers(table: str, name: str, cells: Sequence[tuple[int, str]], faults: list[Fault]) -> Array:
    """The numbers (n,) of a column; what is none is added to the ``faults``."""
    numbers = np.full(len(cells), np.nan)
    for place, (line, cell) in enumerate(cells):
        if _is_number(cell):
            numbers[place] = float(cell)
        if not math.isfinite(numbers[place]):
            message = f"'{cell}' is not a finite number." if cell.strip() else "The cell is empty."
            faults.append(Fault(table=table, row=line, column=name, message=message, hint="Fill or remove the row."))
    return numbers


def _off_the_total(pool: Pool, total: float | None) -> str | None:
    """A sentence on the candidates whose inputs do not add up to the ``total`` of a mixture."""
    if total is None:
        return None
    off = int((np.abs(pool.inputs.sum(axis=1) - total) > _ROUNDED * total).sum())
    return f"{pool.name}: the inputs of {off} of {len(pool.y)} candidates do not add up to {total:g}." if off else None


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
