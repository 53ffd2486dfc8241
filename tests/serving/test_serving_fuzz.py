"""Requests made up from the OpenAPI document: whatever arrives, the answer is one that the document promises.

The short form runs with every test; ``make fuzz`` sends thousands (the slow tests of this file).
"""

from __future__ import annotations

import copy
import json
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from serving.app import routed_app
from serving.http.errors import PROBLEM_JSON
from tests.campaigns import SMALL_SPACE
from tests.serving.conftest import Running

load_all_checks()
CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
SCHEMA = schemathesis.openapi.from_dict(routed_app().openapi(), config=SchemathesisConfig())
OPERATIONS = {result.ok().label: result.ok() for result in SCHEMA.get_all_operations()}
SHORT, LONG, ENOUGH = 12, 400, 5000
#: Planning is the only thing that takes long; small pools keep it quick and change nothing about what is refused.
SMALL_POOL = 64

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
tempting = st.sampled_from(
    [0, -1, 1e308, 5e-324, 2**63, "", " ", "Li6PS5Cl", "\u202e", "\x00", "9" * 400, [], {}, None, True]
)  # fmt: skip


@st.composite
def changed(draw: st.DrawFn, bodies: list[Any]) -> Any:
    """A worked example in which one or two values are replaced, dropped or doubled."""
    body = copy.deepcopy(draw(st.sampled_from(bodies)))
    for _ in range(draw(st.integers(0, 2))):
        places = list(_places(body))
        assume(places)
        holder, key = draw(st.sampled_from(places))
        match draw(st.sampled_from(["replace", "drop", "double"])):
            case "replace":
                holder[key] = draw(tempting | json_values)
            case "drop":
                del holder[key]
            case "double" if isinstance(holder, list):
                holder.append(copy.deepcopy(holder[key]))
    return body


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield value, key
        yield from _places(inner)


def cases(operation: Any) -> st.SearchStrategy[Any]:
    """Requests that fit the document, requests that do not, and worked examples with something changed."""
    made = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    kinds = [made]
    if operation.body or operation.path_parameters or operation.query or operation.headers:
        kinds.append(operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
    content = operation.definition.raw.get("requestBody", {}).get("content", {}).get("application/json", {})
    bodies = [example["value"] for example in content.get("examples", {}).values()]
    if bodies:
        kinds += [st.builds(_with_body, made, changed(bodies))] * 2
    return st.one_of(kinds)


def _with_body(case: Any, body: Any) -> Any:
    case.body, case.media_type = body, "application/json"
    return case


@pytest.fixture(scope="module")
def campaign(http: httpx.Client) -> str:
    """A campaign with open suggestions, for addresses that would otherwise all be 404."""
    import tomllib

    name = f"fuzz-{uuid.uuid4().hex[:8]}"
    new = {"id": name, "name": "Fuzz", "space": tomllib.loads(SMALL_SPACE), "objective": "maximise ionic_conductivity"}
    assert http.post("/v1/campaigns", json=new).status_code == 201
    asked = {"batch": 8, "planner": "random", "pool": SMALL_POOL}
    assert http.post(f"/v1/campaigns/{name}/suggestions", json=asked).status_code == 201
    return name


SENT: dict[str, int] = {}


def fuzz(label: str, running: Running, campaign: str, *, examples: int, derandomize: bool) -> None:
    real = {
        "campaign_id": campaign,
        "suggestion_id": "s1",
        "property": "ionic_conductivity",
        "row_id": "SE0001",
        "name": "argyrodite",
    }

    @settings(
        max_examples=examples,
        derandomize=derandomize,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
    )
    @given(case=cases(OPERATIONS[label]), reach=st.booleans())
    def run(case: Any, reach: bool) -> None:
        if reach:
            case.path_parameters = {name: real[name] for name in case.path_parameters or {}}
        if isinstance(case.body, dict) and isinstance(case.body.get("pool"), int) and case.body["pool"] > SMALL_POOL:
            case.body["pool"] = SMALL_POOL
        SENT[label] = SENT.get(label, 0) + 1
        answer = case.call(base_url=running.url, timeout=90.0)
        assert answer.status_code != 500, answer.text
        if answer.status_code in (404, 405) and answer.headers.get("content-type", [""])[0] != PROBLEM_JSON:
            return  # an address of another shape, which the framework before the application answers
        case.validate_response(answer, checks=CHECKS)

    run()


@pytest.mark.parametrize("label", OPERATIONS)
def test_answers_are_those_of_the_document(running: Running, campaign: str, label: str) -> None:
    fuzz(label, running, campaign, examples=SHORT, derandomize=True)


@pytest.mark.slow
@pytest.mark.parametrize("label", OPERATIONS)
def test_answers_are_those_of_the_document_thousands_of_times(running: Running, campaign: str, label: str) -> None:
    fuzz(label, running, campaign, examples=LONG, derandomize=False)


@pytest.mark.slow
def test_enough_was_sent_and_the_service_stands(running: Running) -> None:
    print(json.dumps(SENT, indent=1), sum(SENT.values()), "cases")
    assert sum(SENT.values()) >= ENOUGH
    running.wait("/readyz")
    assert '"event": "unexpected"' not in running.log.read_text()
