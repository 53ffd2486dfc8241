"""``GET /v1/schema``: what can be asked, in which units and ranges."""

from __future__ import annotations

from fastapi import APIRouter

from serving.http.security import READ
from serving.http.state import Shared
from surrogate.composition import FAMILIES
from surrogate.properties import MODELLED, PROPERTIES
from surrogate.wire import fields
from surrogate.wire.catalogue import PropertyDescription, SchemaResponse

router = APIRouter(tags=["schema"], dependencies=[READ])


@router.get("/v1/schema", summary="Properties, inputs, units, ranges, categories")
async def get_schema(state: Shared) -> SchemaResponse:
    """Every property that can be predicted and every field that can describe an item, with UCUM units and ranges."""
    available = state.snapshot.models
    return SchemaResponse(
        properties={
            name: PropertyDescription(
                label=prop.label,
                symbol=prop.symbol,
                unit=prop.unit,
                ucum=prop.ucum,
                scale=prop.scale,
                subject=prop.subject,
                minimum=prop.lower,
                maximum=prop.upper,
                between_papers=prop.between_papers,
                meaning=prop.meaning,
                available=name in available,
            )
            for name, prop in PROPERTIES.items()
            if name in MODELLED or name in available
        },
        inputs={name: fields.describe(part) for name, part in fields.PARTS.items()},
        families={family.value: rule for family, rule in FAMILIES.items()},
    )
