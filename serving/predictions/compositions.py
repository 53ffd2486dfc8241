"""How a composition is read, before anything is made of it."""

from __future__ import annotations

from http import HTTPStatus

from serving.http.errors import ProblemError, fault_of
from surrogate.composition import parse_composition
from surrogate.errors import CompositionError
from surrogate.wire.catalogue import CompositionRequest, CompositionResponse


def parse(request: CompositionRequest) -> CompositionResponse:
    """The reading of a composition; 422 with proposals for one that cannot be read."""
    try:
        return CompositionResponse.model_validate(parse_composition(request.composition, x=request.x))
    except CompositionError as error:
        faults = [fault_of(error, "/composition")]
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, error.message, errors=faults) from None
