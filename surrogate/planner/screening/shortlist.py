"""The best of very many candidates as columns, so that any two shortlists can be merged into that of both.

Candidates have a total order: those that meet every threshold (a chance of one half or more) before the others, then
by what is to be improved, then by their number. The encoding of a space is cut into niches, boxes of one edge; of each
niche the best candidate is kept, and of the niches the best ``size``. The best of a niche is the best of its best in
every part, and a niche among the best ``size`` of all is among the best ``size`` of the part that holds its best; so
the outcome depends on neither how candidates were cut into parts nor the order in which these are merged.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.errors import InvalidInput, Unavailable
from surrogate.models.applicability import STATUSES
from surrogate.space.design_space import keys_of
from surrogate.space.variables import Array, Rows

_PLACE = "place_"
_TALLY = b"screening"


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What was looked at: ``candidates`` predicted, ``draws`` that it took, how many ``meet`` every threshold, and how
    many have each ``domain`` verdict (the worst over the properties).
    """

    candidates: int = 0
    draws: int = 0
    meet: int = 0
    domain: tuple[int, ...] = (0,) * len(STATUSES)

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            candidates=self.candidates + other.candidates,
            draws=self.draws + other.draws,
            meet=self.meet + other.meet,
            domain=tuple(a + b for a, b in zip(self.domain, other.domain, strict=True)),
        )


@dataclass(frozen=True, kw_only=True)
class Shortlist:
    """Candidates as columns: ``number`` (r,) of the candidate, ``first`` and ``second`` (r,) of its rank (more is
    better), ``niche`` (r,), ``places`` (r, dimensions) between 0 and 1, and ``columns`` (r,) of what is said of it.
    """

    number: NDArray[np.int64]
    first: Array
    second: Array
    niche: NDArray[np.uint64]
    places: Array
    columns: Mapping[str, Array]

    def __len__(self) -> int:
        return len(self.number)

    def take(self, rows: Rows) -> Shortlist:
        """The candidates at these positions."""
        return Shortlist(
            number=self.number[rows],
            first=self.first[rows],
            second=self.second[rows],
            niche=self.niche[rows],
            places=self.places[rows],
            columns={name: column[rows] for name, column in self.columns.items()},
        )

    @property
    def order(self) -> Rows:
        """Positions, best first: a total order, because numbers are different."""
        return np.lexsort((self.number, -self.second, -self.first))

    def best(self, size: int) -> Shortlist:
        """The best of each niche, and of these the best ``size``, best first."""
        ordered = self.take(self.order)
        _, first_of_niche = np.unique(ordered.niche, return_index=True)
        return ordered.take(np.sort(first_of_niche)[:size])

    @staticmethod
    def joined(parts: Sequence[Shortlist]) -> Shortlist:
        """One below the other."""
        return Shortlist(
            number=np.concatenate([p.number for p in parts]),
            first=np.concatenate([p.first for p in parts]),
            second=np.concatenate([p.second for p in parts]),
            niche=np.concatenate([p.niche for p in parts]),
            places=np.vstack([p.places for p in parts]),
            columns={name: np.concatenate([p.columns[name] for p in parts]) for name in parts[0].columns},
        )


def find_niches(encoded: Array, edge: float) -> NDArray[np.uint64]:
    """The niche of each row of an encoding (n, d), (n,); with an edge of 0 only repeats share one."""
    if edge <= 0.0:
        return np.asarray(keys_of(encoded), dtype=np.uint64)
    # A thousandth of the edge is added, so that the noise of weighing does not move what lies on a bound.
    return np.asarray(keys_of(np.floor(encoded / edge + 1e-3)), dtype=np.uint64)


def select_apart(encoded: Array, count: int, distance: float) -> tuple[Rows, Array]:
    """Up to ``count`` rows (best first), each the best left that lies at least ``distance`` from those taken before;
    and how far each lies from the nearest of these, inf for the first.

    Where too few lie apart, the best of those passed over fill up, so that ``count`` rows are given while there are
    any. The rows come back best first.
    """
    nearest = np.full(len(encoded), np.inf)
    chosen = np.zeros(len(encoded), dtype=bool)
    for row in range(len(encoded)):
        if nearest[row] >= distance:
            chosen[row] = True
            if chosen.sum() == count:
                break
            gap = np.sqrt(((encoded[row + 1 :] - encoded[row]) ** 2).sum(axis=1))
            nearest[row + 1 :] = np.minimum(nearest[row + 1 :], gap)
    passed_over = np.flatnonzero(~chosen)[: count - int(chosen.sum())]
    rows = np.sort(np.concatenate([np.flatnonzero(chosen), passed_over]))
    return rows, nearest[rows]


# -- as a file ----------


def to_parquet(shortlist: Shortlist, tally: Tally) -> bytes:
    """A shortlist and its tally as a Parquet file in memory."""
    pa, pq = import_parquet()
    columns = {
        "number": shortlist.number,
        "first": shortlist.first,
        "second": shortlist.second,
        "niche": shortlist.niche,
        **{f"{_PLACE}{i}": np.ascontiguousarray(shortlist.places[:, i]) for i in range(shortlist.places.shape[1])},
        **shortlist.columns,
    }
    metadata = json.dumps(tally.__dict__).encode()
    table = pa.table(columns).replace_schema_metadata({_TALLY: metadata})
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def from_parquet(content: bytes, where: str) -> tuple[Shortlist, Tally]:
    """The inverse of :func:`to_parquet`; :class:`InvalidInput` for a file that is damaged."""
    pa, pq = import_parquet()
    try:
        table = pq.read_table(io.BytesIO(content))
        counts = json.loads(table.schema.metadata[_TALLY])
        columns = {name: table[name].to_numpy() for name in table.column_names}
        places = [columns.pop(name) for name in [n for n in columns if n.startswith(_PLACE)]]
        number, first, second, niche = (columns.pop(name) for name in ("number", "first", "second", "niche"))
    except (pa.ArrowInvalid, OSError, KeyError, TypeError, ValueError):
        raise InvalidInput(
            f"{where} is damaged.", hint="Delete it and run again with --resume: it is computed again."
        ) from None
    shortlist = Shortlist(
        number=number, first=first, second=second, niche=niche, places=np.column_stack(places), columns=columns
    )
    return shortlist, Tally(**{**counts, "domain": tuple(counts["domain"])})


def import_parquet() -> tuple[Any, Any]:
    """``pyarrow`` and ``pyarrow.parquet``; :class:`Unavailable` where they are not installed."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise Unavailable(
            "pyarrow is not installed, which writes Parquet.", hint="Install the extra 'physics'."
        ) from None
    return pa, pq
