"""Every hostile request gets its own status as a problem, says nothing back, and leaves the service standing."""

from __future__ import annotations

import http.client
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serving.http.errors import MAX_FAULTS, PROBLEM_JSON, Problem
from surrogate.wire.fields import INPUT_FIELDS
from tests.serving.conftest import Application, Running
from tests.serving.hostile import CORPUS, MARKER, Hostile


def send(running: Running, request: Hostile) -> tuple[int, str | None, bytes]:
    """The request byte by byte as it stands in the corpus: no client library puts it right."""
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=30)
    try:
        connection.putrequest(request.method, request.path, skip_accept_encoding=True)
        headers = {"Content-Length": str(len(request.body)), **request.headers}
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders(request.body)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type"), answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("request_", CORPUS, ids=[case.name for case in CORPUS])
def test_hostile_request_is_answered_with_its_problem(running: Running, request_: Hostile) -> None:
    status, media_type, body = send(running, request_)
    assert (status, media_type) == (request_.status, PROBLEM_JSON), body[:500]
    problem = Problem.model_validate(json.loads(body))
    assert problem.status == status
    assert problem.detail
    assert len(problem.errors) <= MAX_FAULTS
    assert len(body) < 200_000
    if status in (400, 415, 422):
        assert problem.errors
        assert all(fault.code and fault.message for fault in problem.errors)


def test_values_are_never_sent_back(running: Running) -> None:
    """Only names may be repeated (of unknown fields and properties, and compositions that cannot be read)."""
    named = {"unknown key", f"GET /v1/models/{MARKER}", "composition: markup"}
    for request in CORPUS:
        if MARKER.encode() in request.body and request.name not in named:
            assert MARKER.encode() not in send(running, request)[2], request.name


def test_control_character_in_a_header_is_refused(running: Running) -> None:
    """By the HTTP parser, of which there are two, or by us."""
    headers = {"Content-Type": "\x01/;;;=" + MARKER}
    status, _, body = send(running, Hostile(name="control", status=400, body=b"{}", headers=headers))
    assert status in (400, 415)
    assert MARKER.encode() not in body


def test_line_break_in_an_address_reaches_no_header(running: Running) -> None:
    """Such an address matches no route, not even ours for unknown addresses; BentoML answers it."""
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=30)
    connection.request("GET", "/v1/schema%0d%0aSet-Cookie:%20a=b")
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("Set-Cookie")) == (404, None)
    connection.close()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(sorted(INPUT_FIELDS)) | st.text(max_size=8), inner, max_size=6)
    ),
    max_leaves=12,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(["/v1/predict", "/v1/explain", "/v1/suggest", "/v1/design", "/v1/compositions:parse"]),
    body=json_values,
)
def test_any_json_is_answered_or_refused(application: Application, path: str, body: object) -> None:
    """Whatever JSON arrives, with field names of ours in any place: an answer or a refusal, never a failure."""
    headers = {"Content-Type": "application/json"}
    answer = application().post(path, content=json.dumps(body), headers=headers)
    assert answer.status_code in (200, 400, 422)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=60), media_type=st.sampled_from(["application/json", "text/plain"]))
def test_any_bytes_are_refused(application: Application, content: bytes, media_type: str) -> None:
    answer = application().post("/v1/predict", content=content, headers={"Content-Type": media_type})
    assert answer.status_code in (400, 415, 422)


def test_service_stands_after_the_corpus(running: Running) -> None:
    running.wait("/livez")
    running.wait("/readyz")
    assert '"event": "unexpected"' not in running.log.read_text()
