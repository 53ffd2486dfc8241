"""``POST /v1/compositions:parse``, ``predict``, ``compare`` and ``explain``: how recipes are read, what is expected of
them, which has more, and why.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Response
from pydantic import ValidationError

from serving.http import bodies, examples
from serving.http.errors import ProblemError
from serving.http.security import READ
from serving.http.state import Shared, State
from serving.predictions import comparisons, compositions, explanations
from serving.predictions import work as prediction
from surrogate.wire.catalogue import CompositionRequest, CompositionResponse
from surrogate.wire.comparisons import CompareRequest, CompareResponse
from surrogate.wire.explanations import ExplainRequest, ExplainResponse
from surrogate.wire.predictions import PredictRequest, PredictResponse

router = APIRouter(route_class=bodies.JsonRoute, dependencies=[READ])
PREDICT = "/v1/predict"

Read = Annotated[CompositionRequest, Body(openapi_examples=examples.COMPOSITION)]
Predict = Annotated[PredictRequest, Body(openapi_examples=examples.PREDICT)]
Compare = Annotated[CompareRequest, Body(openapi_examples=examples.COMPARE)]
Explain = Annotated[ExplainRequest, Body(openapi_examples=examples.EXPLAIN)]


@router.post("/v1/compositions:parse", summary="The reading of a composition, with warnings", tags=["compositions"])
def parse(body: Read) -> CompositionResponse:
    """Any notation of the field is read and echoed; what looks wrong is warned about, what cannot be read is refused
    with proposals."""
    return compositions.parse(body)


@router.post(
    PREDICT, summary="Predict properties of 1 to 1000 items", tags=["predictions"], response_model=PredictResponse
)
async def predict(body: Predict, state: Shared) -> Response:
    """Items keep their order and each has its own status; when none can be predicted the answer is 422."""
    return bodies.JsonText(await _answer(body, state))


async def answer_plainly(body: bytes, state: State) -> bytes | None:
    """Answer the text of a request as :func:`predict` does.

    Args:
        body: Of the request.
        state: What the routes share.

    Returns:
        The answer as JSON; ``None`` where the request is not valid.
    """
    try:
        request = PredictRequest.model_validate(bodies.parse(body), from_attributes=True)  # as the framework reads it
    except (ProblemError, ValidationError):
        return None
    return await _answer(request, state)


async def _answer(request: PredictRequest, state: State) -> bytes:
    # Written out where it was computed: a thousand items would hold up the event loop.
    call = prediction.Call(request=request, snapshot=state.snapshot, library=state.library)
    if len(request.items) > prediction.FEW or request.given:  # hundreds of own rows are no small question
        return await state.compute.run(prediction.predict_json, call)
    return await state.predicting.run(call)


@router.post("/v1/compare", summary="Which of 2 to 20 items has more of each property", tags=["predictions"])
async def compare(body: Compare, state: Shared) -> CompareResponse:
    """Every pair, with the chance that the second has more if one laboratory makes and measures both: what differs
    between laboratories cancels. Chances are learnt from pairs of papers held out."""
    return await state.compute.run(comparisons.compare, body, state.snapshot)


@router.post("/v1/explain", summary="What moved the predictions of 1 to 8 items", tags=["predictions"])
async def explain(body: Explain, state: Shared) -> ExplainResponse:
    """From what is usual in the family to what is predicted, part by part, in decades or in the unit; the share that
    came from physics; the papers that weighed most, with DOI. Effects are what the model has learnt, not laws of
    nature. Items as in POST /v1/predict: they keep their order and each has its own status."""
    return await state.explaining.run(explanations.explain, body, state.snapshot, state.library)
