"""``POST /v1/compositions:parse``: how a composition is read, before anything is made of it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Body, Depends

from serving import examples
from serving.bodies import JsonRoute
from serving.errors import ProblemError, fault_of
from serving.security import Role, needs
from surrogate.composition import Composition, parse_composition
from surrogate.errors import CompositionError
from surrogate.wire.catalogue import CompositionRequest, CompositionResponse

router = APIRouter(tags=["compositions"], route_class=JsonRoute, dependencies=[Depends(needs(Role.READ))])

Given = Annotated[CompositionRequest, Body(openapi_examples=examples.COMPOSITION)]


@router.post("/v1/compositions:parse", summary="The reading of a composition, with warnings")
def parse(given: Given) -> CompositionResponse:
    """Any notation of the field is read and echoed; what looks wrong is warned about, what cannot be read is refused
    with proposals."""
    try:
        return _response(parse_composition(given.composition, x=given.x))
    except CompositionError as error:
        faults = [fault_of(error, "/composition")]
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, error.message, errors=faults) from None


def _response(read: Composition) -> CompositionResponse:
    return CompositionResponse(
        composition=read.text,
        reading=read.reading,
        formula=read.formula,
        reduced_formula=read.reduced_formula,
        amounts=dict(read.amounts),
        precursors=dict(read.precursors),
        molar_mass_g_per_mol=read.molar_mass_g_per_mol,
        family=read.family.value,
        net_charge=read.net_charge,
        is_charge_neutral=read.is_charge_neutral,
        oxidation_states=dict(read.oxidation_states),
        warnings=list(read.warnings),
        notes=list(read.notes),
    )
