"""Who is cited: years and printed references of sources, and the papers one prediction rests on."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from surrogate.candidate.measurement import Candidate, Source
from surrogate.datasets.citation import text_of, work_of
from surrogate.errors import Unavailable
from surrogate.models.base import Neighbour
from surrogate.models.estimators.kinds import Averaging
from surrogate.models.surrogate import Surrogate
from surrogate.report.markup import Html, joined, tag

#: A part of the weight below this is not worth a line.
LEAST_NAMED = 0.005
_YEAR = re.compile(r"\b(19[5-9]\d|20[0-4]\d)\b")


@dataclass(frozen=True, kw_only=True)
class Share:
    """How much one paper counts in one prediction: its ``share`` of the weight, and its rows with theirs."""

    paper: str
    share: float
    rows: int
    reference: str
    doi: str | None
    fidelity: str
    value: float  # weighted mean over its rows, in the unit of the property


def year_of(source: Source, *, data: Path | None = None) -> int | None:
    """The year of a source: from its reference, else from the bibliography; ``None`` where neither says."""
    years = _YEAR.findall(source.reference or "")
    if years:
        return int(years[-1])
    year = work_of(source.doi, None, data=data).year if source.doi else None
    years = _YEAR.findall(source.paper)
    return year or (int(years[-1]) if years else None)


def reference_of(doi: str | None, reference: str | None, paper: str) -> str:
    """Write how a source is printed in a list: its reference, else what the bibliography has, else its name.

    Args:
        doi: Of the work.
        reference: As a table states it.
        paper: As the table calls the paper.
    """
    return reference or (text_of(work_of(doi, None)) if doi else "") or paper


def shares(model: Surrogate, candidate: Candidate) -> list[Share]:
    """The papers that the trees of ``model`` average over for ``candidate``, the weightiest first.

    Shares sum to 1, less what cells weigh of which only the other direction of the first cycle was measured: trees of
    charges learn from their discharges too, which stand after the rows of the property. Each tree averages over the
    measured rows in the leaf of the candidate (Meinshausen, J. Mach. Learn. Res. 7, 983 (2006)), so the weights are
    exact for that member, and only a reading aid for a blend. Raises :class:`Unavailable` for a model without trees.
    """
    trees = next((member for member in model.members.values() if isinstance(member, Averaging)), None)
    if trees is None:
        raise Unavailable(
            f"The model {model.identity.name} has no trees, so the share of each paper is not defined.",
            hint="Use a model of kind 'stack' or 'tree_ensemble'.",
        )
    weights = trees.row_weights(model.inputs(model.encoding.view([candidate])))[0][: len(model.rows)]
    values = np.array([row.value for row in model.rows])
    papers = np.array([row.paper for row in model.rows])
    by_paper = []
    for paper in dict.fromkeys(papers.tolist()):
        rows_of_paper = np.flatnonzero((papers == paper) & (weights > 0))
        if not len(rows_of_paper):
            continue
        first, row_weights = model.rows[int(rows_of_paper[0])], weights[rows_of_paper]
        scale = model.property.to_scale(values[rows_of_paper])
        by_paper.append(
            Share(
                paper=paper,
                share=float(row_weights.sum()),
                rows=len(rows_of_paper),
                reference=first.reference or paper,
                doi=first.doi,
                fidelity=first.fidelity,
                value=float(model.property.from_scale(row_weights @ scale / row_weights.sum())),
            )
        )
    return sorted(by_paper, key=lambda share: -share.share)


def tree_weight(model: Surrogate) -> float:
    """How much the trees count in the blend, 0 to 1."""
    members = zip(model.members.values(), model.weights.tolist(), strict=True)
    return sum(float(weight) for member, weight in members if isinstance(member, Averaging))


@dataclass(kw_only=True)
class References:
    """The sources of a report, numbered in the order in which they are cited."""

    cited: dict[tuple[str, str], int] = field(default_factory=dict)

    def cite(self, neighbour: Neighbour) -> Html:
        """``[3]``, a link to the list."""
        text = reference_of(neighbour.doi, neighbour.reference, neighbour.paper)
        place = self.cited.setdefault((text, neighbour.doi or ""), len(self.cited) + 1)
        return tag("a", f"[{place}]", href=f"#ref-{place}")

    def entries(self) -> list[Html]:
        """The list, with DOIs as links to follow by hand."""
        entries = []
        for (text, doi), place in self.cited.items():
            address = f"https://doi.org/{doi}"
            link = tag("a", address, href=address) if doi else None
            printed = None if doi and doi.lower() in text.lower() else text
            entries.append(tag("span", joined([printed, link], " "), id=f"ref-{place}"))
        return entries
