"""Where a cited value comes from."""

from __future__ import annotations

from http import HTTPStatus

from serving.http.errors import ProblemError
from serving.http.state import Library
from surrogate.candidate.cell import Cell
from surrogate.candidate.measurement import Measurement
from surrogate.datasets import bibtex, cite, terms_of
from surrogate.datasets.citation import find_near_rows
from surrogate.properties import get_property
from surrogate.wire.answers import list_conditions
from surrogate.wire.catalogue import Citation, MeasuredValue, MeasurementResponse
from surrogate.wire.problems import Fault

_NONE = "There is no measurement with this row_id."
_WHERE = "Ask for the row_id of a neighbour, or look it up on the page Data."


def get_measurement(row_id: str, library: Library) -> MeasurementResponse:
    """Everything measured in a row that can be cited; 404 for one that is not there."""
    measured = library.by_row.get(row_id)
    if not measured:
        near = find_near_rows(row_id, library.by_row)
        hint = f"Did you mean {' or '.join(near)}?" if near else _WHERE
        fault = Fault(pointer="/path/row_id", code="not_found", message=_NONE, hint=hint)
        raise ProblemError(HTTPStatus.NOT_FOUND, fault.message, errors=[fault])
    first = measured[0]
    electrolyte, cell, source = first.candidate.electrolyte, first.candidate.subject, first.source
    return MeasurementResponse(
        row_id=row_id,
        composition=electrolyte.composition.reading if electrolyte else None,
        active_material=cell.electrode.active_material.text if isinstance(cell, Cell) else None,
        values=[_value(measurement) for measurement in measured],
        source=Citation(
            paper=source.paper,
            doi=source.doi,
            url=f"https://doi.org/{source.doi}" if source.doi else None,
            reference=source.reference,
            location=source.location,
            duplicate_of=source.duplicate_of,
            quoted_in=source.quoted_in,
            quoted_in_doi=source.quoted_in_doi,
            citation=cite(source),
            bibtex=bibtex([source]),
            license=terms_of(source),
        ),
    )


def _value(measurement: Measurement) -> MeasuredValue:
    return MeasuredValue(
        property=measurement.property,
        unit=get_property(measurement.property).unit,
        value=measurement.value,
        censoring=measurement.censoring,
        uncertainty=measurement.uncertainty,
        fidelity=measurement.fidelity,
        tier=measurement.tier.value if measurement.tier else None,
        conditions=list_conditions(measurement.candidate.protocol),
    )
