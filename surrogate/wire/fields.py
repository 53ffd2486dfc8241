"""Every field of the requests with its unit, range and categories, read off the pydantic models themselves."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from surrogate.wire.base import Input, units_of
from surrogate.wire.campaigns import AskInput, CampaignInput, ResultInput, SuggestionChange, TellInput
from surrogate.wire.candidates import (
    ActiveMaterialInput,
    CandidateInput,
    CellInput,
    ElectrodeInput,
    ElectrolyteInput,
    MeasuredInput,
    ProtocolInput,
)
from surrogate.wire.catalogue import CompositionRequest, FieldOutput
from surrogate.wire.comparisons import CompareRequest
from surrogate.wire.design import DesignRequest
from surrogate.wire.explanations import ExplainRequest
from surrogate.wire.predictions import PredictRequest
from surrogate.wire.suggestions import SpaceInput, SuggestRequest, VariableInput

#: The parts of a request by the name under which ``GET /v1/schema`` describes them.
PARTS: Mapping[str, type[Input]] = MappingProxyType(
    {
        "candidate": CandidateInput,
        "electrolyte": ElectrolyteInput,
        "cell": CellInput,
        "electrode": ElectrodeInput,
        "active_material": ActiveMaterialInput,
        "protocol": ProtocolInput,
    }
)

_REQUESTS: tuple[type[Input], ...] = (
    *PARTS.values(),
    PredictRequest,
    CompareRequest,
    ExplainRequest,
    CompositionRequest,
    SuggestRequest,
    DesignRequest,
    MeasuredInput,
    SpaceInput,
    VariableInput,
    CampaignInput,
    AskInput,
    SuggestionChange,
    TellInput,
    ResultInput,
)
#: Every field name a request may use: what a misspelt name is compared with.
INPUT_FIELDS = frozenset(name for part in _REQUESTS for name in part.model_fields)


def describe(part: type[Input]) -> dict[str, FieldOutput]:
    """The fields of one part, in order."""
    schema = part.model_json_schema()
    definitions = schema.get("$defs", {})
    required = schema.get("required", [])
    return {
        name: _field(name, field_schema, definitions, required=name in required)
        for name, field_schema in schema["properties"].items()
    }


def _field(name: str, schema: Mapping[str, Any], definitions: Mapping[str, Any], *, required: bool) -> FieldOutput:
    options = [option for option in schema.get("anyOf", [schema]) if option.get("type") != "null"]
    resolved = [definitions[o["$ref"].rsplit("/", 1)[1]] if "$ref" in o else o for o in options]
    units = units_of(name)
    return FieldOutput(
        description=schema.get("description", resolved[0].get("description", "") if resolved else ""),
        unit=units[0] if units else None,
        ucum=units[1] if units else None,
        type=" or ".join(dict.fromkeys(str(option.get("type", "object")) for option in resolved)),
        minimum=resolved[0].get("minimum"),
        maximum=resolved[0].get("maximum"),
        categories=[str(value) for value in resolved[0]["enum"]] if "enum" in resolved[0] else None,
        required=required,
    )
