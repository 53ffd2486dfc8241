"""Which results that were just told the others contradict: asked at once, while the pellet is still on the bench."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from surrogate.beliefs.base import Points
from surrogate.beliefs.reading import LEAST_ROWS, find_suspects
from surrogate.candidate.measurement import Measurement
from surrogate.planner.evidence import entries_of, suspicion
from surrogate.properties import get_property
from surrogate.space.design_space import DesignSpace

#: Latest results of a property that are compared with each other.
_MOST = 150


def questions_about(space: DesignSpace, measurements: Collection[Measurement], ids: Collection[str]) -> tuple[str, ...]:
    """A question for each result called one of ``ids`` that the other ``measurements`` of a campaign contradict."""
    questions = []
    for name in dict.fromkeys(m.property for m in measurements if m.source.row_id in ids):
        alike = [m for m in measurements if m.property == name and m.candidate.kind is space.subject][-_MOST:]
        if len(alike) < LEAST_ROWS:
            continue
        entries, _ = entries_of(space, name, alike)
        x = space.encode([entry.candidate for entry in entries])
        points = Points(
            x=x,
            prior=np.zeros((len(x), 0)),
            prior_std=np.zeros((len(x), 0)),
            extra=np.array([entry.extra for entry in entries]),
        )
        y, side = (np.array([getattr(entry, column) for entry in entries]) for column in ("value", "side"))
        suspects = find_suspects(points, y, side, between=get_property(name).between_papers)
        questions += [
            suspicion(name, entries[suspect.row], suspect)
            for suspect in suspects
            if not set(ids).isdisjoint(entries[suspect.row].ids)
        ]
    return tuple(questions)
