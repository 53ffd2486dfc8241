"""``POST /v1/predict``: predictions with intervals, domain verdicts and cited neighbours."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Response
from pydantic import ValidationError

from serving.http import examples
from serving.http.bodies import JsonRoute, JsonText, parse
from serving.http.errors import ProblemError
from serving.http.security import Role, needs
from serving.http.state import Shared, State
from serving.predictions import work as prediction
from surrogate.wire.predictions import PredictRequest, PredictResponse

router = APIRouter(tags=["predictions"], route_class=JsonRoute, dependencies=[Depends(needs(Role.READ))])

Given = Annotated[PredictRequest, Body(openapi_examples=examples.PREDICT)]


@router.post("/v1/predict", summary="Predict properties of 1 to 1000 items", response_model=PredictResponse)
async def predict(body: Given, state: Shared) -> Response:
    """Items keep their order and each has its own status; when none can be predicted the answer is 422."""
    return JsonText(await _answer(body, state))


async def answer_plainly(body: bytes, state: State) -> bytes | None:
    """What :func:`predict` answers to the text of a request; ``None`` where the request is not valid."""
    try:
        request = PredictRequest.model_validate(parse(body), from_attributes=True)  # as the framework reads it
    except (ProblemError, ValidationError):
        return None
    return await _answer(request, state)


async def _answer(request: PredictRequest, state: State) -> bytes:
    # Written out where it was computed: a thousand items would hold up the event loop.
    call = prediction.Call(request=request, snapshot=state.snapshot, library=state.library)
    if len(request.items) > prediction.FEW or request.given:  # hundreds of own rows are no small question
        return await state.compute.run(prediction.predict_json, call)
    return await state.predicting.run(call)
