"""What cannot work in a cell, typed at the command line and sent to the service: the law answers, or it is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from surrogate.candidate.fields import FIELDS
from surrogate.models import load_models
from tests.commands import run_here
from tests.serving.conftest import Application
from tests.trained import save_provisional

OXIDE: dict[str, Any] = {
    "active_material": "LiCoO2", "electrolyte": "Li6PS5Cl", "active_weight_fraction": 0.7,
    "electrolyte_weight_fraction": 0.3, "additive": "none", "voltage_min_v": 2.6, "voltage_max_v": 4.2, "cycles": 100,
}  # fmt: skip
SULFUR: dict[str, Any] = {
    "active_material": "S", "electrolyte": "Li6PS5Cl", "active_weight_fraction": 0.3, "additive": "VGCF",
    "electrolyte_weight_fraction": 0.6, "additive_weight_fraction": 0.1, "voltage_min_v": 1.1, "voltage_max_v": 3.1,
}  # fmt: skip
BARE: dict[str, Any] = {"additive": "none", "additive_weight_fraction": 0.0, "electrolyte_weight_fraction": 0.7}
#: What is stated, the most of the theoretical capacity that is answered, and the sentence that comes with it.
ANSWERED = [
    (OXIDE | {"voltage_max_v": 3.4}, 0.1, "LiCoO2 has next to no redox couple between 2.6 V and 3.4 V"),
    (SULFUR | {"voltage_min_v": 2.6, "voltage_max_v": 4.2}, 0.1, "S has next to no redox couple between 2.6 V and"),
    (OXIDE | {"active_weight_fraction": 1.0, "electrolyte_weight_fraction": 0.0}, 0.1, "Too little electrolyte"),
    (SULFUR | BARE, 0.3, "No carbon and no conductive host"),
    (SULFUR | {"coating": "LiNbO3"}, 1.0, "The coating LiNbO3 makes little difference"),
]
REFUSED = [
    (OXIDE | {"cycles": 2, "reference_cycle": 5}, "comes after the 2 cycles"),
    (OXIDE | {"electrolyte_weight_fraction": 0.5}, "1.2"),
    (OXIDE | {"voltage_min_v": 4.5}, "4.5"),
    (OXIDE | {"active_material": "NMC"}, "stands for several stoichiometries"),
]
THEORY = {"LiCoO2": 273.8, "S": 1672.0}


def request(settings: dict[str, Any]) -> dict[str, Any]:
    """The same cell as a request writes it."""
    protocol = {name: value for name, value in settings.items() if FIELDS[name].part == "protocol"}
    electrode = {name: value for name, value in settings.items() if name not in protocol}
    electrode["electrolyte"] = {"composition": electrode["electrolyte"]}
    return {"items": [{"cell": {"electrode": electrode}, "protocol": protocol}]}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    save_provisional(folder, property="first_discharge_capacity")
    return folder


def typed(settings: dict[str, Any], models: Path) -> dict[str, Any]:
    """What the command line answers: one item, or the sentence on standard error."""
    words = [f"{name}={value}" for name, value in settings.items()]
    answer = run_here("predict", *words, "--models", models, "--format", "json")
    return {"error": answer.stderr} if answer.returncode else json.loads(answer.stdout)["items"][0]


@pytest.mark.parametrize(("settings", "share", "sentence"), ANSWERED)
def test_what_cannot_work_is_answered_by_the_law_at_every_door(
    settings: dict[str, Any], share: float, sentence: str, application: Application, models: Path
) -> None:
    client = application(models=load_models(models))
    sent = client.post("/v1/predict", json=request(settings)).json()["items"][0]
    for item in (sent, typed(settings, models)):
        capacity = item["properties"]["first_discharge_capacity"]
        assert capacity["median"] <= share * THEORY[settings["active_material"]]
        assert sum(sentence in warning for warning in capacity["warnings"]) == 1


@pytest.mark.parametrize(("settings", "sentence"), REFUSED)
def test_what_cannot_be_meant_is_refused_at_every_door(
    settings: dict[str, Any], sentence: str, application: Application, models: Path
) -> None:
    client = application(models=load_models(models))
    sent = client.post("/v1/predict", json=request(settings))
    assert sent.status_code == 422
    assert sentence in sent.text
    assert sentence in " ".join(typed(settings, models)["error"].split())
