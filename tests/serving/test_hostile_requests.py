"""Every hostile request gets its own status as a problem, says nothing back, and leaves the service standing."""

from __future__ import annotations

import http.client
import json

import pytest

from serving.errors import MAX_FAULTS, PROBLEM_JSON, Problem
from tests.serving.conftest import Running
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


def test_service_stands_after_the_corpus(running: Running) -> None:
    running.wait("/livez")
    running.wait("/readyz")
    assert '"event": "unexpected"' not in running.log.read_text()
