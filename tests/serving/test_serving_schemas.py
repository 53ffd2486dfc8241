"""The words of the interface agree with the library's nouns, with the committed document and with themselves."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from importlib import resources
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from serving import conversion
from serving.errors import Refused, pointer_to
from serving.openapi import document
from surrogate.active_material import Chemistry
from surrogate.cell import MixingMethod
from surrogate.datasets import load
from surrogate.design import spaces
from surrogate.measurement import Candidate
from surrogate.models.base import Prediction
from surrogate.properties import MODELLED, PROPERTIES
from surrogate.recipe import Form, Route
from surrogate.units import CANONICAL
from surrogate.wire.answers import write_prediction
from surrogate.wire.base import UCUM
from surrogate.wire.candidates import (
    ActiveMaterialInput,
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


def test_every_unit_has_its_ucum_code() -> None:
    assert set(UCUM) == set(CANONICAL)


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
    conversion.candidate(MAKERS[part](**{name: value}))
    with pytest.raises(Refused) as refused:
        conversion.candidate(MAKERS[part](**{name: outside}))
    if name in ("milling_speed_rpm", "milling_time_h", "temperature_c"):
        assert refused.value.fault.pointer.endswith(f"/{name}")


def _optional(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


electrolytes = st.builds(
    ElectrolyteInput,
    composition=st.sampled_from(["Li6PS5Cl", "75Li2S-25P2S5", "Li3PS4 + 10 wt% LiI", "Li5.5PS4.5Cl1.5"]),
    route=_optional(st.sampled_from(Route)),
    form=_optional(st.sampled_from(Form)),
    milling_time_h=_optional(st.floats(0, 2000)),
    heat_treatment_temperature_c=_optional(st.floats(20, 1200)),
    heat_treatment_time_h=_optional(st.floats(0, 5000, exclude_min=True)),
    solvent=_optional(st.sampled_from(["THF", "ethanol"])),
    remilled=st.booleans(),
    wet_milled=st.sampled_from([None, True]),
)
electrodes = st.builds(
    ElectrodeInput,
    active_material=st.sampled_from(["S", "TiS2", "LiCoO2"])
    | st.builds(ActiveMaterialInput, text=st.just("MXene"), chemistry=st.sampled_from(Chemistry)),
    electrolyte=_optional(electrolytes),
    active_weight_fraction=_optional(st.floats(0, 0.5)),
    additive_weight_fraction=_optional(st.floats(0, 0.2)),
    coating=_optional(st.sampled_from(["", "LiNbO3"])),
    mixing_method=_optional(st.sampled_from([MixingMethod.BALL_MILLED, MixingMethod.SOLUTION])),
    milling_time_min=_optional(st.floats(0, 1000)),
)
candidates = st.builds(
    CandidateInput,
    electrolyte=electrolytes,
    protocol=st.builds(ProtocolInput, temperature_c=_optional(st.floats(-100, 200))),
) | st.builds(
    CandidateInput,
    cell=st.builds(CellInput, electrode=electrodes, separator=_optional(electrolytes)),
    protocol=st.builds(ProtocolInput, cycles=_optional(st.floats(1, 1000)), voltage_min_v=_optional(st.floats(0, 2))),
)


@settings(max_examples=60)
@given(candidates)
def test_candidate_survives_the_way_there_and_back(described: CandidateInput) -> None:
    made = conversion.candidate(described)
    sent = json.loads(describe_candidate(made).model_dump_json())
    assert conversion.candidate(CandidateInput.model_validate(sent)) == made


@pytest.mark.parametrize("name", MODELLED)
def test_every_measured_candidate_can_be_described(name: str) -> None:
    """What the tables hold fits into a request and means the same afterwards; only the text of a formula may differ."""
    for measurement in load(name)[::7]:
        again = conversion.candidate(describe_candidate(measurement.candidate))
        assert _without_text(again) == _without_text(measurement.candidate)


def _without_text(candidate: Candidate) -> str:
    import dataclasses

    def plain(value: Any) -> Any:
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            if hasattr(value, "reduced_formula"):
                return value.reduced_formula
            return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return value

    return repr(plain(candidate))


@pytest.mark.parametrize("name", spaces.names())
def test_ready_made_spaces_are_valid_spaces_of_a_request(name: str) -> None:
    """The shape of a space in a request is that of the files, so a file can be sent as it is."""
    text = resources.files(spaces).joinpath(f"{name}.toml").read_text("utf-8")
    described = SpaceInput.model_validate(tomllib.loads(text)).model_dump(exclude_unset=True)
    assert spaces.space_from(described) == spaces.ready(name)


def test_no_layer_drops_what_belongs_to_a_prediction(median: FamilyMedian) -> None:
    """Every field of a prediction has its place in the answer."""
    (made,) = median.predict([conversion.candidate(_electrolyte())])
    sent = write_prediction(made, conversion.candidate(_electrolyte()).protocol, alias="champion")
    places = {
        "median": sent.median, "interval": sent.interval, "domain": sent.domain, "neighbours": sent.neighbours,
        "model": sent.model, "warnings": sent.warnings, "property": sent.unit, "scale_mean": sent.log10,
        "scale_std": sent.scale,
    }  # fmt: skip
    assert set(places) == set(Prediction.__dataclass_fields__)
    for field in ("unit", "ucum", "median", "interval", "domain", "neighbours", "model", "warnings", "conditions"):
        assert type(sent).model_fields[field].is_required()


def test_nan_cannot_be_sent(median: FamilyMedian) -> None:
    from dataclasses import replace

    (made,) = median.predict([conversion.candidate(_electrolyte())])
    with pytest.raises(ArithmeticError, match="family_median 1 answers with NaN or infinity"):
        write_prediction(replace(made, median=float("nan")), conversion.Protocol(), alias="champion")


def test_every_part_is_described() -> None:
    assert set(PARTS.values()) >= set(MAKERS)
    assert all(part.__doc__ for part in PARTS.values())


def test_pointers_are_escaped() -> None:
    assert pointer_to(["a/b", "c~d", 0]) == "/a~1b/c~0d/0"


def test_columns_of_measured_values_name_their_unit() -> None:
    assert {p.column for p in PROPERTIES.values()} >= {"ionic_conductivity_s_per_cm", "capacity_retention_percent"}
