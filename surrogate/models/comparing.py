"""Which of two recipes has more, if one laboratory makes both: what laboratories differ by cancels.

The chance follows from the difference of the predictions over its deviation within a laboratory, and its steepness is
learnt from pairs of rows of papers held out. It speaks of the next reported values, so it is never surer than repeats
of one recipe are alike.
"""

from __future__ import annotations

import builtins
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from surrogate.candidate.measurement import Candidate, Measurement
from surrogate.errors import InvalidInput
from surrogate.models.base import MOST_COMPARED, Prediction
from surrogate.models.own_rows import covariance_of_next, with_own_rows, within_lab_of
from surrogate.models.predicting import select_models
from surrogate.models.surrogate import Surrogate
from surrogate.properties import get_property
from surrogate.text import in_percent

#: A chance below this is no reason to prefer one.
_TOSS_UP = 0.525


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The chance that the next value of candidate ``second`` lies above that of ``first``, made in one laboratory.

    ``first`` and ``second`` are places among the candidates; ``chance`` is of more, ``1 - chance`` of less.
    """

    property: str
    first: int
    second: int
    chance: float

    @builtins.property
    def sentence(self) -> str:
        """The comparison in words, from the side that is more likely."""
        more, less, chance = (
            (self.second, self.first, self.chance)
            if self.chance >= 0.5
            else (self.first, self.second, 1.0 - self.chance)
        )
        prop = get_property(self.property)
        if chance < _TOSS_UP:
            both = f"{letter(self.first)} and {letter(self.second)}"
            return f"{both} cannot be told apart in {prop.label.lower()} ({in_percent(chance)})."
        return f"{letter(more)} {prop.more} than {letter(less)}: {in_percent(chance)}."


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Candidates beside each other: what is predicted of each, by property, and every pair of them."""

    predictions: tuple[Mapping[str, Prediction], ...]
    comparisons: tuple[Comparison, ...]


def letter(place: int) -> str:
    """What the candidate at a place is called, from A on."""
    return chr(ord("A") + place)


def compare(
    candidates: Sequence[Candidate],
    *,
    models: Mapping[str, Surrogate] | str | Path | None = None,
    properties: Sequence[str] = (),
    level: float = 0.9,
    given: Sequence[Measurement] = (),
) -> Compared:
    """Compare candidates in every property that they can have, as if one laboratory made them all.

    Args:
        candidates: 2 to :data:`MOST_COMPARED` electrolytes, or as many cells.
        models: As for :func:`surrogate.models.predicting.predict`.
        properties: Names of the properties to compare; every property with a model when empty.
        level: Probability that an interval holds.
        given: Rows that this laboratory has measured, 200 of a property at most: they shift and sharpen the comparison.

    Raises:
        InvalidInput: There are too few or too many candidates, electrolytes beside cells, or too many own rows.
        Unavailable: No model fits, or one is older than comparisons.
    """
    if not 2 <= len(candidates) <= MOST_COMPARED:
        raise InvalidInput(
            f"{len(candidates)} candidates cannot be compared; 2 to {MOST_COMPARED} can.",
            hint="Give each of them in a row, or one and what changes.",
        )
    if len({candidate.kind for candidate in candidates}) > 1:
        raise InvalidInput(
            "An electrolyte and a cell have no property in common.", hint="Compare electrolytes or cells."
        )
    fitting = select_models(models, properties, candidates)
    answers: list[dict[str, Prediction]] = [{} for _ in candidates]
    comparisons: list[Comparison] = []
    for name, model in fitting.items():
        predictions, pairs = compare_property(model, candidates, level, given)
        for answer, prediction in zip(answers, predictions, strict=True):
            answer[name] = prediction
        comparisons += pairs
    return Compared(predictions=tuple(answers), comparisons=tuple(comparisons))


def compare_property(
    model: Surrogate, candidates: Sequence[Candidate], level: float = 0.9, given: Sequence[Measurement] = ()
) -> tuple[list[Prediction], list[Comparison]]:
    """What ``model`` predicts of ``candidates`` in the laboratory of ``given`` rows, and every pair of them.

    The chance is a half for equal ones.
    """
    usual = model.predict(candidates, level=level, neighbours=0)
    own = [row for row in given if row.property == model.property.name]
    predictions = with_own_rows(model, candidates, usual, own)
    covariance = covariance_of_next(model, model.encoding.view(candidates, materials=False), own)
    chances = within_lab_of(model).chances_of_more(
        np.array([p.scale_mean for p in predictions]), np.array([p.scale_std for p in usual]), covariance
    )
    return predictions, [
        Comparison(property=model.property.name, first=first, second=second, chance=float(chances[first, second]))
        for first, second in itertools.combinations(range(len(candidates)), 2)
    ]
