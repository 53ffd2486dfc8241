"""Sentences about single rows of a batch, kept as masks until somebody reads them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Remark:
    """A sentence about the rows in ``mask``, (n,); ``values`` (n,) stand in its gaps, ``{:g}`` and the like."""

    def __init__(self, mask: NDArray[np.bool_], text: str, *values: NDArray[Any]) -> None:
        self.mask, self._text, self._values = mask, text, values

    def about(self, row: int) -> str:
        """The sentence about one row."""
        return self._text.format(*(column[row] for column in self._values))


def remarks_on(row: int, remarks: Iterable[Remark]) -> tuple[str, ...]:
    """The sentences that hold for one row, in order.

    Args:
        row: Its position.
        remarks: About n rows each.
    """
    return tuple(remark.about(row) for remark in remarks if remark.mask[row])


def first_on(row: int, remarks: Sequence[Remark]) -> str:
    """The first sentence that holds for one row; empty where none does.

    Args:
        row: Its position.
        remarks: About n rows each.
    """
    return next((remark.about(row) for remark in remarks if remark.mask[row]), "")
