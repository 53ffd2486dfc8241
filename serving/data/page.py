"""``/data``: the measurements behind the models, row by row, with where each comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Path, Query, Request, Response

from serving.data import work as measurements
from serving.http.errors import clean
from serving.http.state import Library, Shared
from serving.pages.rendering import page
from serving.pages.routing import page_router
from serving.predictions.form import FORM, address_of
from surrogate.candidate.cell import Cell
from surrogate.candidate.measurement import Measurement
from surrogate.candidate.settings import read
from surrogate.models.encoding import describe
from surrogate.properties import PROPERTIES
from surrogate.report.sources import reference_of

router = page_router("/data")
PER_PAGE = 50


@dataclass(frozen=True, kw_only=True)
class Line:
    """One row of the tables as the list shows it; ``haystack`` is what is searched, in lower case."""

    row_id: str
    material: str
    family: str
    values: tuple[tuple[str, float, str], ...]  # property, value, sign of a bound
    paper: str
    doi: str | None
    tier: str
    haystack: str

    @property
    def properties(self) -> frozenset[str]:
        """What was measured."""
        return frozenset(name for name, _, _ in self.values)


@dataclass(frozen=True, kw_only=True)
class _Filters:
    """What is looked for; an empty text means everything."""

    text: str = ""
    family: str = ""
    property: str = ""
    paper: str = ""
    tier: str = ""

    def fits(self, line: Line) -> bool:
        """Whether a row passes all filters; every word of the text has to be in it."""
        return (
            all(word in line.haystack for word in self.text.lower().split())
            and self.family in ("", line.family)
            and (not self.property or self.property in line.properties)
            and self.paper in ("", line.paper)
            and self.tier in ("", line.tier)
        )


Word = Annotated[str, Query(max_length=200)]


@router.get("")
async def browse(
    request: Request,
    state: Shared,
    text: Word = "",
    family: Word = "",
    property: Word = "",
    paper: Word = "",
    tier: Word = "",
    start: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Response:
    """Rows that fit, fifty at a time."""
    filters = _Filters(text=text, family=family, property=property, paper=paper, tier=tier)
    lines = await state.compute.run(_list_lines, state.library)
    matches = [line for line in lines if filters.fits(line)]
    first = min(start, max(len(matches) - 1, 0)) // PER_PAGE * PER_PAGE
    return page(
        request,
        "data.html",
        filters=filters,
        lines=matches[first : first + PER_PAGE],
        n_found=len(matches),
        n_papers=len({line.paper for line in matches}),
        n_all=len(lines),
        first=first,
        back=_address(filters, first - PER_PAGE) if first else "",
        forward=_address(filters, first + PER_PAGE) if first + PER_PAGE < len(matches) else "",
        families=sorted({line.family for line in lines}),
        properties=[name for name in PROPERTIES if any(name in line.properties for line in lines)],
        tiers=sorted({line.tier for line in lines}),
    )


@router.get("/{row_id:path}.bib")
async def get_bibtex(row_id: Annotated[str, Path(max_length=100)], state: Shared) -> Response:
    """The citation of a row as a file of BibTeX."""
    row = await state.compute.run(measurements.get_measurement, row_id, state.library)
    return Response(
        row.source.bibtex,
        media_type="application/x-bibtex",
        headers={"Content-Disposition": 'attachment; filename="citation.bib"'},
    )


@router.get("/{row_id:path}")
async def get_row(row_id: Annotated[str, Path(max_length=100)], request: Request, state: Shared) -> Response:
    """One row: what was measured, how it was made, and where it stands."""
    row = await state.compute.run(measurements.get_measurement, row_id, state.library)
    first = state.library.by_row[row_id][0]
    source = row.source
    typed = FORM.typed_for(first.candidate)
    return page(
        request,
        "row.html",
        row=row,
        material=describe(first.candidate),
        family=_family(first),
        settings=read(first.candidate),
        reference=clean(reference_of(source.doi, source.reference, source.paper), limit=600),
        again=address_of("/predict", typed),
        what_if=address_of("/what-if", typed),
        citation=clean(row.source.citation, limit=1000),
        bibtex=row.source.bibtex,
    )


@lru_cache(maxsize=2)
def _list_lines(library: Library) -> Sequence[Line]:
    """Every row of the library, ready to be filtered; made once."""
    return tuple(_line(row, measured) for row, measured in library.by_row.items())


def _line(row: str, measured: Sequence[Measurement]) -> Line:
    first = measured[0]
    source, material, family = first.source, describe(first.candidate), _family(first)
    haystack = " ".join(t for t in (row, material, family, source.paper, source.doi, source.reference) if t)
    return Line(
        row_id=row,
        material=material,
        family=family,
        values=tuple((m.property, m.value, m.censoring.sign) for m in measured),
        paper=source.paper,
        doi=source.doi,
        tier=first.tier.value if first.tier else "",
        haystack=haystack.lower(),
    )


def _family(measurement: Measurement) -> str:
    subject = measurement.candidate.subject
    if isinstance(subject, Cell):
        return subject.electrode.active_material.chemistry.value
    return subject.composition.family.value


def _address(filters: _Filters, start: int) -> str:
    filled = {name: value for name, value in vars(filters).items() if value}
    return "/data?" + urlencode({**filled, **({"start": start} if start > 0 else {})})
