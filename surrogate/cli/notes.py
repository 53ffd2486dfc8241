"""What was stated and makes no difference, in a sentence on stderr: an answer that ignores a word must say so."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from surrogate.candidate.field import listed
from surrogate.candidate.fields import FIELDS
from surrogate.candidate.measurement import Candidate
from surrogate.candidate.settings import read
from surrogate.properties import Subject


def name_options(sentence: str) -> str:
    """A sentence of the library with arguments as options of a command."""
    return sentence.replace("decimal = ','", "--decimal ,")


def unused_by(kind: Subject) -> frozenset[str]:
    """The names of what models of a kind of candidate have no feature for; a test holds them against the features.

    A conductivity knows of its protocol the temperature alone, a capacity of its electrolyte what it is made of.
    """
    other = "cell" if kind is Subject.ELECTROLYTE else "electrolyte"
    beside = "protocol" if kind is Subject.ELECTROLYTE else "electrolyte"
    names = {field.name for field in FIELDS.values() if (field.unused and field.part != other) or field.part == beside}
    return frozenset(names - {"electrolyte", "temperature_c"})


def unused(candidates: Sequence[Candidate]) -> list[str]:
    """A sentence for each kind of candidate of which something was stated that its models do not know."""
    sentences = []
    for kind in Subject:
        stated = {name for c in candidates if c.kind is kind for name in _stated(c)}
        names = [name for name in FIELDS if name in stated & unused_by(kind)]
        if names:
            makes, them = ("makes", "it") if len(names) == 1 else ("make", "them")
            sentences.append(f"{listed(names)} {makes} no difference: models of {kind}s do not know {them}.")
    return sentences


def say(sentences: Iterable[str], kind: str = "note") -> None:
    """Sentences beside an answer, on stderr, each with what it is: a note on how something was read, a warning."""
    for sentence in sentences:
        print(f"{kind}: {sentence}", file=sys.stderr)


def say_unused(candidates: Sequence[Candidate]) -> None:
    """:func:`unused` on stderr."""
    say(unused(candidates))


def _stated(candidate: Candidate) -> set[str]:
    """The names of the settings of a candidate, without what a heat treatment says by itself."""
    names = set(read(candidate))
    heated = names & {"heat_treatment_temperature_c", "heat_treatment_time_h", "atmosphere"}
    return names - {"heat_treated"} if heated else names
