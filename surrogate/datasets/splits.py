"""Splits that never part the rows of one paper, and weights that make papers equal.

Rows of one paper share a furnace, a mill and a habit: a random split by row tests memory, not prediction (on the
conductivities of OBELiX the same forest errs by 1.09 decades on random folds and by 1.54 on folds grouped by paper).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.cell import Cell
from surrogate.candidate.measurement import Fidelity, Measurement
from surrogate.errors import InvalidInput
from surrogate.execution.checks import check_seed, is_whole
from surrogate.properties import get_property
from surrogate.text import counted

Indices = NDArray[np.intp]

# What may stand before a DOI: "https://doi.org/", "http://dx.doi.org/", the address of a publisher, "doi:", "DOI ".
_BEFORE_DOI = re.compile(r"(?!10\.\d)(?:\S*[/:]|doi)\s*(?=10\.\d+/)")


@dataclass(frozen=True, kw_only=True)
class Fold:
    """Positions of training and test rows; the papers of ``test`` do not occur in ``train``."""

    train: Indices
    test: Indices
    papers: tuple[str, ...]


def paper_folds(measurements: Sequence[Measurement], n_folds: int, seed: int | np.random.Generator) -> list[Fold]:
    """Part measurements into folds of about equal numbers of rows, whole papers only.

    The assignment depends on the set of papers and their sizes, not on the order of the rows. Simulated rows are in
    every training part and in no test. Use :func:`leave_one_paper_out` where every paper is to be its own fold.

    Args:
        measurements: n rows.
        n_folds: From 2 to the number of papers.
        seed: The same seed gives the same folds.

    Raises:
        InvalidInput: There are fewer than two papers, or fewer papers than folds.
    """
    sizes = _count_rows_of_papers(measurements)
    if len(sizes) < 2:
        raise InvalidInput(
            f"Measurements of {counted(len(sizes), 'paper')} cannot be parted into folds.",
            hint="Give measurements of two papers at the least; a paper is never split.",
        )
    if not (is_whole(n_folds) and 2 <= n_folds <= len(sizes)):
        raise InvalidInput(
            f"{n_folds} folds of {len(sizes)} papers cannot be made.",
            hint=f"Choose between 2 and {len(sizes)} folds; a paper is never split.",
        )
    if not isinstance(seed, np.random.Generator):
        check_seed(seed)
    papers = sorted(sizes)
    part = balanced_parts(np.array([sizes[paper] for paper in papers]), n_folds, np.random.default_rng(seed))
    return [_make_fold(measurements, [papers[i] for i in np.flatnonzero(part == number)]) for number in range(n_folds)]


def balanced_parts(sizes: NDArray[np.int64], n_parts: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Deal groups of rows into parts that hold about as many rows each.

    The largest groups are dealt first, each to the part that has the fewest rows; equal sizes are in random order.

    Args:
        sizes: Rows of each group, (groups,).
        n_parts: How many parts.
        rng: Shuffles groups of equal size.

    Returns:
        The part of each group, 0 … ``n_parts`` − 1, (groups,).
    """
    shuffled = rng.permutation(len(sizes))
    filled = np.zeros(n_parts, dtype=np.int64)
    part = np.empty(len(sizes), dtype=np.int64)
    for group in shuffled[np.argsort(-sizes[shuffled], kind="stable")]:
        part[group] = int(np.argmin(filled))
        filled[part[group]] += sizes[group]
    return part


def leave_one_paper_out(measurements: Sequence[Measurement]) -> list[Fold]:
    """One fold per paper, in alphabetical order of papers; simulated rows are in every training part."""
    return [_make_fold(measurements, [paper]) for paper in sorted(_count_rows_of_papers(measurements))]


@dataclass(frozen=True, kw_only=True)
class Spread:
    """How far papers differ on one material: a pooled standard deviation on the scale of the property."""

    spread: float
    n_materials: int
    n_papers: int


def between_papers(measurements: Sequence[Measurement]) -> Spread | None:
    """The spread of papers' medians on one material, ``None`` when no material was measured in two papers.

    A material is a reduced formula, for cells the name of the active material: recipes differ as well, so this is what
    a reader of one number must expect, not the error of a measurement.
    """
    values: dict[tuple[str, str], dict[str, list[float]]] = {}
    for m in measurements:
        of_material = values.setdefault((m.property, _name_material(m)), {})
        of_material.setdefault(m.source.paper, []).append(float(get_property(m.property).to_scale(m.value)))
    shared = [papers for papers in values.values() if len(papers) > 1]
    if not shared:
        return None
    medians = [np.array([float(np.median(of_paper)) for of_paper in papers.values()]) for papers in shared]
    squares = sum(
        float(((values_of_material - values_of_material.mean()) ** 2).sum()) for values_of_material in medians
    )
    freedom = sum(len(values_of_material) - 1 for values_of_material in medians)
    n_papers = len({paper for papers in shared for paper in papers})
    return Spread(spread=float(np.sqrt(squares / freedom)), n_materials=len(shared), n_papers=n_papers)


def _name_material(measurement: Measurement) -> str:
    subject = measurement.candidate.subject
    return subject.electrode.active_material.name if isinstance(subject, Cell) else subject.composition.reduced_formula


def paper_name(text: str) -> str:
    """What a paper is called, whoever writes it: in small letters, a DOI without its address.

    >>> paper_name("https://doi.org/10.1038/NMAT3066"), paper_name("Song 2020")
    ('10.1038/nmat3066', 'song 2020')
    """
    name = unquote(text.strip()).lower()
    before = _BEFORE_DOI.match(name)
    return name[before.end() :] if before else name


def without_duplicates(measurements: Sequence[Measurement]) -> list[Measurement]:
    """The measurements that do not repeat the value of another row, in their order, each once."""
    return list(dict.fromkeys(m for m in measurements if m.source.duplicate_of is None))


def check_once(measurements: Sequence[Measurement]) -> None:
    """Refuse to count a value twice; raises :class:`InvalidInput`.

    That is a measurement given twice, the row included, or beside the one that its row says it repeats. Equal values of
    two rows are two measurements.
    """
    seen: set[Measurement] = set()
    rows = {(m.property, m.source.row_id) for m in measurements}
    for m in measurements:
        if m in seen or (m.property, m.source.duplicate_of) in rows:
            reason = "is given twice" if m in seen else f"repeats row '{m.source.duplicate_of}', which is given as well"
            raise InvalidInput(
                f"The {m.property} of row '{m.source.row_id}' of {m.source.paper} would count twice: it {reason}.",
                hint="surrogate.datasets.without_duplicates(measurements) keeps each value once.",
            )
        seen.add(m)


def _count_rows_of_papers(measurements: Sequence[Measurement]) -> Counter[str]:
    return Counter(m.source.paper for m in measurements if m.fidelity is Fidelity.MEASURED)


def _make_fold(measurements: Sequence[Measurement], papers: Sequence[str]) -> Fold:
    held_out = set(papers)
    test = np.array(
        [m.fidelity is Fidelity.MEASURED and m.source.paper in held_out for m in measurements], dtype=np.bool_
    )
    return Fold(train=np.flatnonzero(~test), test=np.flatnonzero(test), papers=tuple(sorted(papers)))
