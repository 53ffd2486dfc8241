"""The words of the interface agree with the library's nouns, with the committed document and with themselves."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from importlib import resources
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from pydantic import BaseModel

from serving.http import conversion
from serving.http.errors import Refused, pointer_to
from serving.openapi import document
from surrogate.candidate.cell import Protocol
from surrogate.candidate.fields import FIELDS
from surrogate.candidate.measurement import Candidate
from surrogate.datasets import load
from surrogate.models.base import Prediction
from surrogate.properties import MODELLED, PROPERTIES
from surrogate.space import ready as spaces
from surrogate.wire.answers import write_prediction
from surrogate.wire.candidates import (
    FORMER,
    CandidateInput,
    CellInput,
    ElectrodeInput,
    ElectrolyteInput,
    ProtocolInput,
)
from surrogate.wire.described import describe_candidate
from surrogate.wire.fields import PARTS
from surrogate.wire.suggestions import SpaceInput
from tests.serving.conftest import ROOT
from tests.serving.family_median import FamilyMedian
from tests.strategies import candidates


def test_committed_document_is_the_generated_one() -> None:
    """After a change: python -m serving.openapi > docs/reference/openapi.json"""
    assert (ROOT / "docs/reference/openapi.json").read_text(encoding="utf-8") == document()


def test_every_operation_is_described() -> None:
    openapi = json.loads(document())
    for path, methods in openapi["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], f"{method} {path}"
            assert operation["description"], f"{method} {path}"
            assert {"200", "201"} & set(operation["responses"])
            for status in ("401", "403", "429", "503"):
                assert "application/problem+json" in operation["responses"][status]["content"]
            if "application/json" in operation.get("requestBody", {}).get("content", {}):
                assert operation["requestBody"]["content"]["application/json"]["examples"]
    refs = set(_references(openapi))
    assert refs <= {f"#/components/schemas/{name}" for name in openapi["components"]["schemas"]}


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if "$ref" in value else []
        return own + [ref for item in value.values() for ref in _references(item)]
    return [ref for item in value for ref in _references(item)] if isinstance(value, list) else []


def _electrolyte(**fields: Any) -> CandidateInput:
    return CandidateInput.model_construct(
        electrolyte=ElectrolyteInput.model_construct(composition="Li6PS5Cl", **fields), protocol=ProtocolInput()
    )


def _cell(**fields: Any) -> CandidateInput:
    cell = CellInput.model_construct(electrode=ElectrodeInput(active_material="S"), **fields)
    return CandidateInput.model_construct(cell=cell, protocol=ProtocolInput())


def _electrode(**fields: Any) -> CandidateInput:
    electrode = ElectrodeInput.model_construct(active_material="S", **fields)
    return CandidateInput.model_construct(cell=CellInput.model_construct(electrode=electrode), protocol=ProtocolInput())


def _protocol(**fields: Any) -> CandidateInput:
    return CandidateInput.model_construct(
        electrolyte=ElectrolyteInput(composition="Li6PS5Cl"), protocol=ProtocolInput.model_construct(**fields)
    )


MAKERS: dict[type[BaseModel], Callable[..., CandidateInput]] = {
    ElectrolyteInput: _electrolyte,
    CellInput: _cell,
    ElectrodeInput: _electrode,
    ProtocolInput: _protocol,
}
BOUNDS = [
    (part, name, end, value)
    for part in MAKERS
    for name, described in part.model_json_schema()["properties"].items()
    for option in described.get("anyOf", [described])
    for end, value in (("minimum", option.get("minimum")), ("maximum", option.get("maximum")))
    if value is not None and name != "x"
]


@pytest.mark.parametrize(("part", "name", "end", "value"), BOUNDS)
def test_stated_range_is_the_range_of_the_noun(part: type[BaseModel], name: str, end: str, value: float) -> None:
    """The bound itself is accepted by the library, and the next number outside is not."""
    step = 1 if isinstance(value, int) else max(abs(value) * 1e-6, 1e-12)
    outside = value - step if end == "minimum" else value + step
    conversion.build(MAKERS[part](**{name: value}))
    with pytest.raises(Refused) as refused:
        conversion.build(MAKERS[part](**{name: outside}))
    if name in ("milling_speed_rpm", "milling_time_h", "temperature_c"):
        assert refused.value.fault.pointer.endswith(f"/{name}")


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(candidates())
def test_a_candidate_survives_the_way_there_and_back(candidate: Candidate) -> None:
    sent = json.loads(describe_candidate(candidate).model_dump_json(exclude_unset=True))
    assert conversion.build(CandidateInput.model_validate(sent)) == candidate


OLDER = {
    "milling_time_min": 60.0, "milling_speed_rpm": 300.0, "ball_to_powder_ratio": 20.0,
    "heat_treatment_temperature_c": 150.0,
}  # fmt: skip


def test_older_names_are_read_and_answers_still_have_them() -> None:
    electrode = {"active_material": "S", **OLDER}
    older = CandidateInput.model_validate({"cell": {"electrode": electrode}})
    renamed = {FORMER.get(name, name): value for name, value in electrode.items()}
    assert set(renamed) - {"active_material"} <= set(FIELDS)
    assert conversion.build(older) == conversion.build(CandidateInput.model_validate({"cell": {"electrode": renamed}}))
    answered = json.loads(describe_candidate(conversion.build(older)).model_dump_json(exclude_unset=True))
    assert answered["cell"]["electrode"].items() >= OLDER.items()


@pytest.mark.parametrize("name", ["mixing_time_min", "milling_time_min"])
def test_a_fault_points_at_the_name_that_was_sent(name: str) -> None:
    electrode = {"active_material": "S", "mixing_method": "hand_mixed", name: 60.0}
    with pytest.raises(Refused) as refused:
        conversion.build(CandidateInput.model_validate({"cell": {"electrode": electrode}}))
    assert refused.value.fault.pointer == f"/cell/electrode/{name}"


@pytest.mark.parametrize(
    ("request_", "pointer"),
    [
        ({"electrolyte": {"composition": "LPSCl"}}, "/electrolyte/composition"),
        ({"cell": {"electrode": {"active_material": "S", "electrolyte": {"composition": "LPSCl"}}}},
         "/cell/electrode/electrolyte/composition"),
        ({"cell": {"electrode": {"active_material": "S"}, "separator": {"composition": "LPSCl"}}},
         "/cell/separator/composition"),
        ({"cell": {"electrode": {"active_material": "S"}, "separator": {
            "composition": "Li6PS5Cl", "heat_treatment_temperature_c": 500, "heat_treatment_time_h": 0}}},
         "/cell/separator/heat_treatment_time_h"),
        ({"cell": {"electrode": {"active_material": "unobtainium"}}}, "/cell/electrode/active_material"),
        ({"cell": {"electrode": {"active_material": {"text": " ", "chemistry": "other"}}}},
         "/cell/electrode/active_material/text"),
        ({"electrolyte": {"composition": "S", "heat_treated": False, "heat_treatment_time_h": 5}},
         "/electrolyte/heat_treated"),
        ({"electrolyte": {"composition": "S"}, "protocol": {"voltage_min_v": 3, "voltage_max_v": 2}},
         "/protocol/voltage_min_v"),
    ],
)  # fmt: skip
def test_a_refusal_points_at_its_field(request_: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Refused) as refused:
        conversion.build(CandidateInput.model_validate(request_))
    assert refused.value.fault.pointer == pointer


@pytest.mark.parametrize("name", MODELLED)
def test_every_measured_candidate_can_be_described(name: str) -> None:
    """What the tables hold fits into a request and means the same afterwards."""
    for measurement in load(name)[::7]:
        assert conversion.build(describe_candidate(measurement.candidate)) == measurement.candidate


@pytest.mark.parametrize("name", spaces.names())
def test_ready_made_spaces_are_valid_spaces_of_a_request(name: str) -> None:
    """The shape of a space in a request is that of the files, so a file can be sent as it is."""
    text = resources.files(spaces).joinpath(f"{name}.toml").read_text("utf-8")
    described = SpaceInput.model_validate(tomllib.loads(text)).model_dump(exclude_unset=True)
    assert spaces.space_from(described) == spaces.ready(name)


def test_no_layer_drops_what_belongs_to_a_prediction(median: FamilyMedian) -> None:
    """Every field of a prediction has its place in the answer."""
    (made,) = median.predict([conversion.build(_electrolyte())])
    sent = write_prediction(made, conversion.build(_electrolyte()).protocol, alias="champion")
    places = {
        "median": sent.median, "interval": sent.interval, "domain": sent.domain, "neighbours": sent.neighbours,
        "model": sent.model, "warnings": sent.warnings, "property": sent.unit, "scale_mean": sent.log10,
        "scale_std": sent.scale, "without_own_rows": sent.without_own_rows,
    }  # fmt: skip
    assert set(places) == set(Prediction.__dataclass_fields__)
    for field in ("unit", "ucum", "median", "interval", "domain", "neighbours", "model", "warnings", "conditions"):
        assert type(sent).model_fields[field].is_required()


def test_nan_cannot_be_sent(median: FamilyMedian) -> None:
    from dataclasses import replace

    (made,) = median.predict([conversion.build(_electrolyte())])
    with pytest.raises(ArithmeticError, match="family_median 1 answers with NaN or infinity"):
        write_prediction(replace(made, median=float("nan")), Protocol(), alias="champion")


def test_every_part_is_described() -> None:
    assert set(PARTS.values()) >= set(MAKERS)
    assert all(part.__doc__ for part in PARTS.values())


def test_pointers_are_escaped() -> None:
    assert pointer_to(["a/b", "c~d", 0]) == "/a~1b/c~0d/0"


def test_columns_of_measured_values_name_their_unit() -> None:
    assert {p.column for p in PROPERTIES.values()} >= {"ionic_conductivity_s_per_cm", "capacity_retention_percent"}
