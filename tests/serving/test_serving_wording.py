"""What a schema refuses is said as the library says it: the name, the rule with its unit, and a way out."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from serving.http.errors import faults_of
from serving.predictions import items
from surrogate.wire.campaigns import AskInput, CampaignInput
from surrogate.wire.candidates import CandidateInput
from surrogate.wire.fields import INPUT_FIELDS
from surrogate.wire.predictions import InvalidItem, PredictRequest
from surrogate.wire.problems import Fault

SPACE = {"name": "s", "subject": "cell"}
SECRET = "do-not-echo-7f3a"


def faults(part: type[BaseModel], given: Any) -> list[Fault]:
    with pytest.raises(ValidationError) as caught:
        part.model_validate(given)
    return faults_of(caught.value.errors(), known_fields=INPUT_FIELDS)


def electrolyte(**said: Any) -> dict[str, Any]:
    return {"electrolyte": {"composition": "Li6PS5Cl", **said}}


@pytest.mark.parametrize(
    ("part", "given", "message", "hint"),
    [
        (CandidateInput, electrolyte(milling_time_h=-1), "milling_time_h is -1; it must be at least 0 h.", "read in h"),
        (CandidateInput, electrolyte(pressure_mpa=1e9), "pressure_mpa is 1000000000; it must be at most 5000", "MPa"),
        (CandidateInput, electrolyte(milling_time_h="5 h"), "milling_time_h must be a number.", "without its unit"),
        (CandidateInput, electrolyte(milling_time_h=True), "milling_time_h must be a number.", "Leave the field out"),
        (CandidateInput, electrolyte(milling_time_h=1e999), "milling_time_h is not a finite number.", "Leave"),
        (CandidateInput, electrolyte(wet_milled=1), "wet_milled must be true or false.", "without quotes"),
        (CandidateInput, electrolyte(route="mecanical"), "route has no such option.", "Did you mean mechanical"),
        (CandidateInput, electrolyte(route=SECRET), "route has no such option.", "Known: mechanical_milling, solid"),
        (CandidateInput, {"electrolyte": {"composition": ""}}, "composition is empty.", "Say something"),
        (CandidateInput, {"electrolyte": "Li6PS5Cl"}, "electrolyte must be an object with names.", "braces"),
        (CandidateInput, electrolyte(milling_time=5), "There is no field named 'milling_time' here.", "milling_time_h"),
        (CandidateInput, electrolyte(temperature_c=25), "There is no field named 'temperature_c'", "of protocol"),
        (CandidateInput, {"composition": "Li6PS5Cl"}, "There is no field named 'composition'", "of electrolyte"),
        (PredictRequest, {"items": []}, "items is empty; it needs at least 1.", "Give at least one"),
        (PredictRequest, {"items": [{}] * 1001}, "items has more than 1000 entries.", "several requests"),
        (AskInput, {"batch": 10**400}, "batch must be at most 32.", "Check"),
        (AskInput, {"batch": 4.5}, "batch must be a whole number.", "decimal point"),
        (CampaignInput, {"name": "x", "space": "s", "objective": ""}, "objective is empty.", "Say something"),
        (CampaignInput, {"name": "x", "space": "s", "objective": []}, "objective is empty; it needs", "Give"),
        (CampaignInput, {"name": "x", "space": "s", "objective": "o", "id": "a b"}, "id holds a character", "hyphens"),
        (CampaignInput, {"name": "x", "space": 5, "objective": "o"}, "space must be a text or an object", "one of"),
        (CampaignInput, {"name": "x", "space": {**SPACE, "fixed": {"a": True}}, "objective": "o"},
         "a must be a number or a text.", "one of them"),
        (CampaignInput, 5, "The request must be an object with names.", "braces"),
    ],
)  # fmt: skip
def test_a_fault_is_a_sentence_with_name_rule_and_way_out(
    part: type[BaseModel], given: Any, message: str, hint: str
) -> None:
    (fault,) = faults(part, given)
    assert "float" not in fault.pointer  # a place in the request, not in the schema
    assert fault.message.startswith(message)
    assert hint in fault.hint
    assert SECRET not in fault.message + fault.hint


def test_an_item_that_is_no_object_is_called_by_its_place() -> None:
    (item,) = PredictRequest.model_validate({"items": ["Li6PS5Cl"]}).items
    (fault,) = items.read([item])[0].errors
    assert (fault.pointer, fault.message) == ("/items/0", "items[0] must be an object with names.")


@pytest.mark.parametrize("name", ["str", "body", "float", "SpaceInput"])
def test_an_unknown_field_may_be_called_what_the_schema_calls_its_branches(name: str) -> None:
    (fault,) = faults(CandidateInput, {**electrolyte(), name: 1})
    assert (fault.pointer, fault.code) == (f"/{name}", "unknown_field")
    assert f"'{name}'" in fault.message


def test_the_name_of_another_part_is_not_proposed_for_what_it_is_not_like() -> None:
    (fault,) = faults(CandidateInput, {**electrolyte(), "extra": 1})
    assert fault.hint == "GET /v1/schema lists the fields."


@pytest.mark.parametrize(
    ("said", "pointer", "message"),
    [
        ({"electrode": {"active_weight_fraction": 0}}, "/cell/electrode/active_weight_fraction", "holds some active"),
        ({"protocol": {"cycles": 2.5}}, "/protocol/cycles", "cycles is 2.5; cycles are counted."),
    ],
)
def test_a_prediction_is_refused_for_what_nobody_can_ask_as_the_command_line_refuses_it(
    said: dict[str, Any], pointer: str, message: str
) -> None:
    cell = {"electrode": {"active_material": "S", **said.get("electrode", {})}}
    given = PredictRequest.model_validate({"items": [{"cell": cell, "protocol": said.get("protocol", {})}]}).items
    assert not isinstance(given[0], InvalidItem)
    (fault,) = items.read(given)[0].errors
    assert fault.pointer == f"/items/0{pointer}"
    assert message in fault.message
    assert fault.hint
