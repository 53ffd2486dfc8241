"""What was stated and makes no difference, in a sentence on stderr: an answer that ignores a word must say so."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from surrogate.design.settings import SETTINGS, read
from surrogate.measurement import Candidate
from surrogate.properties import Subject

_ALWAYS_USED = ("electrolyte", "temperature_c")
#: Settings that no model reads, by what the model is about; a test holds them against the features.
UNUSED: Mapping[Subject, frozenset[str]] = {
    Subject.ELECTROLYTE: frozenset({n for n, s in SETTINGS.items() if s.part == "protocol"}.difference(_ALWAYS_USED)),
    Subject.CELL: frozenset(
        {
            "additive",
            "separator",
            "mixing_ball_to_powder_ratio",
            "electrode_heat_treatment_temperature_c",
            *(n for n, s in SETTINGS.items() if s.part == "electrolyte"),
        }.difference(_ALWAYS_USED)
    ),
}


def unused(candidates: Sequence[Candidate]) -> list[str]:
    """A sentence for each kind of candidate of which something was stated that its models do not know."""
    sentences = []
    for kind in Subject:
        stated = {name for c in candidates if c.kind is kind for name in _stated(c)}
        names = [name for name in SETTINGS if name in stated & UNUSED[kind]]
        if names:
            makes, them = ("makes", "it") if len(names) == 1 else ("make", "them")
            sentences.append(f"{_listed(names)} {makes} no difference: models of {kind}s do not know {them}.")
    return sentences


def say_unused(candidates: Sequence[Candidate]) -> None:
    """:func:`unused` on stderr."""
    for sentence in unused(candidates):
        print(f"note: {sentence}", file=sys.stderr)


def _stated(candidate: Candidate) -> set[str]:
    """The names of the settings of a candidate, without what a heat treatment says by itself."""
    names = set(read(candidate))
    heated = names & {"heat_treatment_temperature_c", "heat_treatment_time_h", "atmosphere"}
    return names - {"heat_treated"} if heated else names


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
