"""The yardstick of the service benchmark: what one writes in twenty minutes with FastAPI around the same model.

No keys, no limits, no errors by item, no log. It reads and answers the same numbers as ``POST /v1/predict``.
"""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Response
from pydantic import BaseModel

from surrogate.candidate.cell import Protocol
from surrogate.candidate.measurement import Candidate
from surrogate.candidate.recipe import Electrolyte, HeatTreatment, Milling, Recipe
from surrogate.composition import parse_composition
from surrogate.models import load


class Item(BaseModel):
    """An electrolyte, and the temperature at which it is measured."""

    composition: str
    milling_time_h: float | None = None
    milling_speed_rpm: float | None = None
    heat_treatment_temperature_c: float | None = None
    heat_treatment_time_h: float | None = None
    temperature_c: float | None = None


def candidate(item: Item) -> Candidate:
    """The noun that the model works with."""
    recipe = Recipe(
        milling=Milling(time_h=item.milling_time_h, speed_rpm=item.milling_speed_rpm),
        heat_treatment=HeatTreatment(
            temperature_c=item.heat_treatment_temperature_c, time_h=item.heat_treatment_time_h
        ),
    )
    subject = Electrolyte(composition=parse_composition(item.composition), recipe=recipe)
    return Candidate(subject=subject, protocol=Protocol(temperature_c=item.temperature_c))


app = FastAPI()
model = load(Path(os.environ["BENCHMARK_MODEL"]))


@app.post("/predict")
def predict(items: list[Item]) -> list[dict[str, Any]]:
    """Predictions as plain data."""
    return [asdict(prediction) for prediction in model.predict([candidate(item) for item in items])]


@app.post("/constant/{size}")
async def constant(size: int) -> Response:
    """So many bytes that are always the same: what the server alone costs."""
    return Response(b'"' + b"x" * (size - 2) + b'"', media_type="application/json")
