"""The one schema of what is asked and answered, in pydantic models whose field names carry their units.

HTTP, the client, ``--format json``, stored answers and the OpenAPI document are all made of it. A request is an
``…Input`` or a ``…Request``, an answer an ``…Output`` or a ``…Response``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from surrogate._lazy import lazy_names

if TYPE_CHECKING:
    from surrogate.wire.answers import write_batch, write_design, write_item, write_prediction, write_suggestion
    from surrogate.wire.campaigns import (
        AskedOutput,
        AskInput,
        CampaignChange,
        CampaignChangedOutput,
        CampaignInput,
        CampaignOutput,
        CampaignPage,
        EventOutput,
        EventPage,
        MeasurementPage,
        MeasurementRecordOutput,
        ResultInput,
        SuggestionChange,
        SuggestionPage,
        SuggestionRecordOutput,
        TellInput,
        ToldOutput,
    )
    from surrogate.wire.candidates import CandidateInput, ElectrolyteInput, MeasuredInput
    from surrogate.wire.catalogue import (
        CompositionRequest,
        CompositionResponse,
        MeasurementResponse,
        ModelsResponse,
        SchemaResponse,
    )
    from surrogate.wire.comparisons import CompareRequest, CompareResponse, write_comparisons
    from surrogate.wire.described import describe_candidate
    from surrogate.wire.design import DesignRequest, DesignResponse, RecipeOutput
    from surrogate.wire.explanations import ExplainRequest, ExplainResponse, ExplanationOutput
    from surrogate.wire.instruments import FilesOutput, MeasureOutput, write_reading
    from surrogate.wire.predictions import (
        NeighbourOutput,
        PredictedItem,
        PredictRequest,
        PredictResponse,
        PropertyOutput,
    )
    from surrogate.wire.problems import Fault, Problem
    from surrogate.wire.reviews import ReviewResponse
    from surrogate.wire.sheets import SheetOutput
    from surrogate.wire.spaces import SpaceOutput, SpacesResponse
    from surrogate.wire.states import State, Status
    from surrogate.wire.stored import keep, read_report, read_suggestion
    from surrogate.wire.suggestions import BatchOutput, SpaceInput, SuggestionOutput, SuggestRequest, SuggestResponse

__all__ = [
    "AskInput",
    "AskedOutput",
    "BatchOutput",
    "CampaignChange",
    "CampaignChangedOutput",
    "CampaignInput",
    "CampaignOutput",
    "CampaignPage",
    "CandidateInput",
    "CompareRequest",
    "CompareResponse",
    "CompositionRequest",
    "CompositionResponse",
    "DesignRequest",
    "DesignResponse",
    "ElectrolyteInput",
    "EventOutput",
    "EventPage",
    "ExplainRequest",
    "ExplainResponse",
    "ExplanationOutput",
    "Fault",
    "FilesOutput",
    "MeasureOutput",
    "MeasuredInput",
    "MeasurementPage",
    "MeasurementRecordOutput",
    "MeasurementResponse",
    "ModelsResponse",
    "NeighbourOutput",
    "PredictRequest",
    "PredictResponse",
    "PredictedItem",
    "Problem",
    "PropertyOutput",
    "RecipeOutput",
    "ResultInput",
    "ReviewResponse",
    "SchemaResponse",
    "SheetOutput",
    "SpaceInput",
    "SpaceOutput",
    "SpacesResponse",
    "State",
    "Status",
    "SuggestRequest",
    "SuggestResponse",
    "SuggestionChange",
    "SuggestionOutput",
    "SuggestionPage",
    "SuggestionRecordOutput",
    "TellInput",
    "ToldOutput",
    "describe_candidate",
    "keep",
    "read_report",
    "read_suggestion",
    "write_batch",
    "write_comparisons",
    "write_design",
    "write_item",
    "write_prediction",
    "write_reading",
    "write_suggestion",
]

__getattr__, __dir__ = lazy_names(__name__)
