"""The same model as ``mlflow models serve`` takes it: a Python function from a table to a list of dictionaries."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd


class Served(mlflow.pyfunc.PythonModel):  # type: ignore[misc,name-defined]
    """Loads the artifact once, predicts a table at a time."""

    def load_context(self, context: Any) -> None:
        """The artifact that was logged beside this code."""
        from surrogate.models import load

        self.model = load(Path(context.artifacts["model"]))

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> list[dict[str, Any]]:
        """One dictionary per row."""
        from surrogate.candidate.cell import Protocol
        from surrogate.candidate.measurement import Candidate
        from surrogate.candidate.recipe import Electrolyte, HeatTreatment, Milling, Recipe
        from surrogate.composition import parse_composition

        rows = model_input.astype(object).where(model_input.notna(), None).to_dict("records")
        candidates = [
            Candidate(
                subject=Electrolyte(
                    composition=parse_composition(row["composition"]),
                    recipe=Recipe(
                        milling=Milling(time_h=row["milling_time_h"], speed_rpm=row["milling_speed_rpm"]),
                        heat_treatment=HeatTreatment(
                            temperature_c=row["heat_treatment_temperature_c"], time_h=row["heat_treatment_time_h"]
                        ),
                    ),
                ),
                protocol=Protocol(temperature_c=row["temperature_c"]),
            )
            for row in rows
        ]
        return [asdict(prediction) for prediction in self.model.predict(candidates)]


mlflow.models.set_model(Served())
