"""The elemental table: 22 Magpie properties for Z = 1–103, as a matrix.

Ward, Agrawal, Choudhary, Wolverton, npj Comput. Mater. 2, 16028 (2016), as distributed with matminer 0.10.1 (modified
BSD licence, see ELEMENTS_LICENSE beside this file). Where the source has no value the entry is NaN.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_TABLE = Path(__file__).with_name("elements.csv")


@dataclass(frozen=True)
class ElementTable:
    """``values`` (elements, properties) with the symbols of its rows and the names of its columns."""

    symbols: tuple[str, ...]
    properties: tuple[str, ...]
    values: Array

    @cached_property
    def index(self) -> dict[str, int]:
        """Symbol → row."""
        return {symbol: row for row, symbol in enumerate(self.symbols)}


@cache
def element_table() -> ElementTable:
    """The table, read once."""
    with _TABLE.open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file))
    values = np.array([[float(cell) if cell else np.nan for cell in row[2:]] for row in rows])
    return ElementTable(tuple(row[0] for row in rows), tuple(header[2:]), values)
