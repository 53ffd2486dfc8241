"""What a client can hold with a head or a body that does not end: a connection for a while, and no place."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import httpx
import pytest

from serving.http import connections, places
from serving.http.errors import PROBLEM_JSON
from serving.http.middleware import SIGN_INS
from tests.serving.conftest import Application, Running

BODY = {"items": [{"electrolyte": {"composition": "Li6PS5Cl"}}]}
HEAD = b"POST /v1/predict HTTP/1.1\r\nHost: 127.0.0.1\r\n"
SLOW = 300


def connect(running: Running) -> socket.socket:
    return socket.create_connection(("127.0.0.1", running.port), timeout=60)


def answer_to(running: Running, request: bytes) -> bytes:
    """Everything that comes back until the service closes the connection."""
    with closing(connect(running)) as connection:
        try:
            for start in range(0, len(request), 65536):
                connection.sendall(request[start : start + 65536])
        except ConnectionError:  # it may have answered and closed by then
            pass
        content = b""
        try:
            while part := connection.recv(65536):
                content += part
        except ConnectionError:
            pass
        return content


@pytest.mark.parametrize(
    "request_",
    [
        HEAD + b"X: " + b"a" * (connections.HEAD_BYTES + 1) + b"\r\n\r\n",
        HEAD + b"X: " + b"a" * (4 * connections.HEAD_BYTES),  # and no end
        HEAD + b"".join(b"X-%d: 1\r\n" % number for number in range(connections.HEADERS + 1)) + b"\r\n",
        b"GET /" + b"a" * (connections.HEAD_BYTES + 1) + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    ],
)
def test_too_large_a_head_is_431_and_closed(running: Running, request_: bytes) -> None:
    head, _, body = answer_to(running, request_).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 431 ")
    assert PROBLEM_JSON.encode() in head
    assert b'"status":431' in body


def test_what_is_no_http_is_a_problem_too(running: Running) -> None:
    content = answer_to(running, b"NONSENSE\r\n\r\n")
    assert content.startswith(b"HTTP/1.1 400 ")
    assert PROBLEM_JSON.encode() in content


def test_a_head_of_ordinary_size_after_another_is_answered(running: Running) -> None:
    with httpx.Client(base_url=running.url) as client:
        for _ in range(3):
            answer = client.get("/v1/models", headers={"X": "a" * (connections.HEAD_BYTES // 2)})
            assert answer.status_code == 200


@pytest.mark.slow
def test_half_sent_heads_are_closed_in_time(running: Running) -> None:
    began = time.monotonic()
    with ExitStack() as stack:
        opened = [stack.enter_context(closing(connect(running))) for _ in range(SLOW)]
        for connection in opened:
            connection.sendall(HEAD)
        for connection in opened:
            assert connection.recv(20).startswith(b"HTTP/1.1 408")
    assert time.monotonic() - began < 2 * connections.HEAD_S


@pytest.fixture
def dawdlers(running: Running) -> Iterator[list[socket.socket]]:
    """Many clients that have sent a byte of their body."""
    begun = HEAD + b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    with ExitStack() as stack:
        opened = [stack.enter_context(closing(connect(running))) for _ in range(SLOW)]
        for connection in opened:
            connection.sendall(begun)
        yield opened


def test_slow_bodies_take_nobodys_place(running: Running, dawdlers: list[socket.socket]) -> None:
    statuses = {httpx.post(running.url + "/v1/predict", json=BODY, timeout=60).status_code for _ in range(20)}
    assert statuses == {200}
    assert len(dawdlers) == SLOW


def test_the_sign_in_has_places_of_its_own(application: Application) -> None:
    client = application(max_in_flight=1)
    front = client.app
    held = ExitStack()
    for _ in range(SIGN_INS):
        held.enter_context(front._signing_in.take())  # type: ignore[attr-defined]
    with held:
        assert client.get("/sign-in").status_code == 429
        assert client.post("/v1/predict", json=BODY).status_code == 200
    with front._places.take():  # type: ignore[attr-defined]
        assert client.post("/v1/predict", json=BODY).status_code == 429
        assert client.get("/sign-in").status_code == 303  # nobody needs to, here


def test_a_body_has_a_time_and_bodies_have_a_size_together(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = application()

    async def send(pause_s: float) -> httpx.Response:
        async def content() -> Iterator[bytes]:  # type: ignore[misc]
            yield b"{"
            await asyncio.sleep(pause_s)
            yield b"}"

        async with client.open() as opened:
            return await opened.post("/v1/predict", content=content(), headers={"Content-Type": "application/json"})

    monkeypatch.setattr(places, "BODY_S", 0.1)
    late = asyncio.run(send(1.0))
    assert (late.status_code, late.headers["content-type"]) == (408, PROBLEM_JSON)
    monkeypatch.setattr(places, "BODIES_BYTES", 1)
    assert asyncio.run(send(0.0)).status_code == 429


def test_who_is_refused_hears_how_long_the_queue_is() -> None:
    pace = places.Pace()
    pace.note(2.0)
    assert pace.wait_s(ahead=12, side_by_side=2) == pytest.approx(12.0)


def test_one_connection_too_many_is_told_so(trained: Path, tmp_path: Path) -> None:
    """A worker that may open few files takes few connections, and says so to the next instead of resetting it."""
    service = Running(tmp_path, workers=1, files=300, SURROGATE_MODELS=str(trained))
    try:
        service.wait("/readyz")
        with ExitStack() as stack:
            opened = [stack.enter_context(closing(connect(service))) for _ in range(150)]
            assert answer_to(service, b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").startswith(b"HTTP/1.1 429 ")
            assert len(opened) == 150
        assert service.wait("/livez")
    finally:
        service.stop()
