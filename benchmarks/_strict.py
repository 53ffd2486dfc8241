"""Papers that may be one work under two names, joined so that no fold parts them.

A table may hold one measurement twice where nobody has noticed: under two names of a paper, or quoted in another. The
strict protocol joins papers that share the DOI of the work which reported the value, and papers that share values of
one material: two to three digits, or for electrolytes one that has three digits, which seldom agrees by chance. Values
of cells crowd in a narrow range, where three digits agree often. Joining costs independent papers that agree; it can
only make a model look worse.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from surrogate.candidate.cell import Cell
from surrogate.candidate.measurement import Measurement
from surrogate.datasets import paper_name
from surrogate.datasets.findings import count_digits

#: Shared values of one material, to three digits, from which on two papers are taken for one work.
SHARED_VALUES = 2


def join_papers(measurements: Sequence[Measurement]) -> dict[str, str]:
    """The name of each paper → the first name, in alphabetical order, of the papers that it is joined with."""
    first = {m.source.paper: m.source.paper for m in measurements}

    def root(paper: str) -> str:
        while first[paper] != paper:
            paper = first[paper]
        return paper

    for one, other in _links(measurements):
        low, high = sorted((root(one), root(other)))
        first[high] = low
    return {paper: root(paper) for paper in first}


def with_papers(measurements: Iterable[Measurement], names: dict[str, str]) -> list[Measurement]:
    """``measurements`` under the ``names`` of the joined papers; a paper without one keeps its own."""
    return [replace(m, source=replace(m.source, paper=names.get(m.source.paper, m.source.paper))) for m in measurements]


def _links(measurements: Sequence[Measurement]) -> Iterator[tuple[str, str]]:
    """Pairs of papers that are to be joined."""
    of_work: dict[str, set[str]] = defaultdict(set)
    of_value: dict[tuple[str, tuple[str, ...], str], set[str]] = defaultdict(set)
    for m in measurements:
        of_work[paper_name(m.source.doi or m.source.paper)].add(m.source.paper)
        of_value[m.property, _material(m), f"{m.value:.3g}"].add(m.source.paper)
    for papers in of_work.values():
        yield from combinations(sorted(papers), 2)
    shared: dict[tuple[str, str], int] = defaultdict(int)
    for (_, material, value), papers in of_value.items():
        for pair in combinations(sorted(papers), 2):
            # One value tells of one work by itself where it has three significant digits and is of an electrolyte.
            shared[pair] += SHARED_VALUES if len(material) == 1 and count_digits(float(value)) >= 3 else 1
    yield from (pair for pair, count in shared.items() if count >= SHARED_VALUES)


def _material(measurement: Measurement) -> tuple[str, ...]:
    """What was measured: the formula of an electrolyte, or active material and host of a cell."""
    subject = measurement.candidate.subject
    if not isinstance(subject, Cell):
        return (subject.composition.reduced_formula,)
    host = subject.electrode.electrolyte
    return subject.electrode.active_material.name, host.composition.reduced_formula if host else ""
