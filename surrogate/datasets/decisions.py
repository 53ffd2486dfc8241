"""What was decided about rows and papers that contradict or repeat each other: the table ``decisions.csv``.

Decisions are data: a line names the kind of finding, what it applies to, the verdict and its reason. A folder without
the table has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from surrogate.datasets.package import read_package
from surrogate.datasets.tables import SEE_CHECK, read_table

DECISIONS = "decisions"
#: What joins the rows, papers or labels that one decision applies to.
BETWEEN = "; "


class Verdict(StrEnum):
    """What a finding is taken for, and what follows from it."""

    REPEAT = "repeat"  # one measurement: of its rows, the first is learnt from
    INDEPENDENT = "independent"  # several measurements that agree by chance, or because the material is the same
    AS_REPORTED = "as_reported"  # sources contradict each other; each is learnt from as printed
    EXCLUDED = "excluded"  # the rows are not learnt from
    SAME_PAPER = "same_paper"  # one paper: its rows are held out together, under the first name
    DIFFERENT_PAPERS = "different_papers"


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A line of ``decisions.csv``; ``subjects`` are rows, papers or labels, the first of them the one that stays."""

    finding: str
    subjects: tuple[str, ...]
    verdict: Verdict
    reason: str


def read_decisions(folder: Path) -> tuple[Decision, ...]:
    """Every decision of the data ``folder``; raises :class:`surrogate.errors.TableError` for a damaged table."""
    described = read_package(folder).get(DECISIONS)
    if described is None or not (folder / described.path).is_file():
        return ()
    path = folder / described.path
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _read(path: Path, modified: int) -> tuple[Decision, ...]:
    described = read_package(path.parent)[DECISIONS]
    return tuple(
        Decision(
            finding=row.text("finding") or "",
            subjects=tuple((row.text("applies_to") or "").split(BETWEEN)),
            verdict=Verdict(row.text("verdict") or ""),
            reason=row.text("reason") or "",
        )
        for row in read_table(path, described, hint=SEE_CHECK)
    )


def excluded_rows(folder: Path) -> Mapping[str, str]:
    """Row → why a decision keeps it out of training."""
    reasons: dict[str, str] = {}
    for decision in read_decisions(folder):
        if decision.verdict is Verdict.REPEAT:
            reasons |= dict.fromkeys(decision.subjects[1:], REPEATS)
        elif decision.verdict is Verdict.EXCLUDED:
            reasons |= dict.fromkeys(decision.subjects, SET_ASIDE)
    return MappingProxyType(reasons)


def paper_names(folder: Path) -> Mapping[str, str]:
    """Another name of a paper → the one that its rows are grouped under."""
    return MappingProxyType(
        {
            name: decision.subjects[0]
            for decision in read_decisions(folder)
            if decision.verdict is Verdict.SAME_PAPER
            for name in decision.subjects[1:]
        }
    )


#: Why a row that repeats another is kept out of training.
REPEATS = "repeats the value of another row"
#: Why a row that a decision excludes is kept out of training.
SET_ASIDE = "was set aside by a decision"
