"""Who is let in: nobody without a key, as soon as another machine can connect."""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from serving import keys
from serving.app import ROUTERS, routed_app
from serving.http import examples
from serving.http.errors import PROBLEM_JSON
from serving.http.security import (
    Gate,
    KeyFile,
    Role,
    add,
    bound_to_loopback,
    gate_for,
    needs,
    new_key,
    read_keys,
    revoke,
    write_keys,
)
from serving.http.settings import Auth, Settings
from surrogate.errors import ConfigError, UnknownName
from tests.serving.conftest import ROOT, Application, Running


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


def stored(file: Path, role: Role = Role.READ) -> str:
    key, entry = new_key(role)
    write_keys(file, [*read_keys(file), entry])
    return key


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def test_key_opens_and_anything_else_does_not(application: Application, file: Path) -> None:
    key = stored(file)
    client = application(gate=Gate(keys=KeyFile(file)))
    assert client.get("/v1/models", headers=bearer(key)).status_code == 200
    wrong = [key[:-1], key + "x", key.upper(), key.replace("ssk", "sss"), "ssk__", "ssk", "", "é" * 50, "x" * 10_000]
    for headers in [{}, *({"Authorization": f"Bearer {w}".encode()} for w in wrong), {"Authorization": f"Basic {key}"}]:
        answer = client.get("/v1/models", headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (401, PROBLEM_JSON)
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_body_of_a_stranger_is_not_even_parsed(application: Application, file: Path) -> None:
    stored(file)
    answer = application(gate=Gate(keys=KeyFile(file))).post("/v1/predict", content=b"{broken")
    assert answer.status_code == 401


def test_documents_and_metrics_need_no_key(application: Application, file: Path) -> None:
    client = application(gate=Gate(keys=KeyFile(file)))
    for path in ("/v1/docs", "/v1/openapi.json", "/metrics"):
        assert client.get(path).status_code == 200


def test_file_holds_no_key_and_belongs_to_its_owner(file: Path) -> None:
    key = stored(file)
    assert key not in file.read_text()
    assert key.split("_", 2)[2] not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_keys_that_are_made_and_revoked_at_once_are_all_made_and_all_revoked(file: Path) -> None:
    """Two administrators: a change that reads before and writes after another one would bring a revoked key back."""
    old = [new_key(Role.WRITE)[1] for _ in range(8)]
    new = [new_key(Role.READ)[1] for _ in range(8)]
    write_keys(file, old)
    with ThreadPoolExecutor(16) as people:
        done = [people.submit(add, file, key) for key in new] + [people.submit(revoke, file, key.id) for key in old]
        for each in done:
            each.result()
    assert {key.id for key in read_keys(file)} == {key.id for key in new}


def test_revoked_key_is_refused_at_once(application: Application, file: Path) -> None:
    first, second = stored(file), stored(file)
    client = application(gate=Gate(keys=KeyFile(file)))
    assert client.get("/v1/models", headers=bearer(first)).status_code == 200
    revoke(file, first.split("_")[1])
    assert client.get("/v1/models", headers=bearer(first)).status_code == 401
    assert client.get("/v1/models", headers=bearer(second)).status_code == 200
    with pytest.raises(UnknownName):
        revoke(file, "none")


@pytest.mark.parametrize("content", ["", "{}", '{"keys": 5}', '{"keys": [{"id": "a"}]}', "\x00"])
def test_damaged_file_lets_nobody_in(application: Application, file: Path, content: str) -> None:
    key = stored(file)
    file.write_text(content)
    assert application(gate=Gate(keys=KeyFile(file))).get("/v1/models", headers=bearer(key)).status_code == 401
    with pytest.raises(ConfigError):
        read_keys(file)


def test_role_that_does_not_suffice_is_403(file: Path) -> None:
    import types

    from serving.http.errors import ProblemError

    def request(role: Role) -> object:
        return types.SimpleNamespace(state=types.SimpleNamespace(key=new_key(role)[1]))

    for have in Role:
        for need in Role:
            if have.includes(need):
                asyncio.run(needs(need)(request(have)))  # type: ignore[arg-type]
            else:
                with pytest.raises(ProblemError) as refused:
                    asyncio.run(needs(need)(request(have)))  # type: ignore[arg-type]
                assert refused.value.status_code == 403


def test_no_request_is_sent_through_a_thread_for_what_it_depends_on() -> None:
    """FastAPI does so for every dependency that is a plain function, and the way there takes longer than the work."""
    found = [
        each.call
        for router in ROUTERS
        for route in router.routes
        for each in getattr(getattr(route, "dependant", None), "dependencies", [])
    ]
    assert found
    assert all(inspect.iscoroutinefunction(call) for call in found)


def test_roles_include_the_lesser_ones() -> None:
    assert [[a.includes(b) for b in Role] for a in Role] == [[True, False, False], [True, True, False], [True] * 3]


@pytest.mark.parametrize(("host", "expected"), [("127.0.0.1", True), ("0.0.0.0", False)])
def test_listening_address_is_asked_of_the_socket(host: str, expected: bool) -> None:
    with socket.socket() as listening:
        listening.bind((host, 0))
        assert bound_to_loopback(["worker", "--fd", str(listening.fileno())]) is expected


FROM_HERE = [
    {},
    {"Host": "127.0.0.1:3000"},
    {"Host": "localhost"},
    {"Host": "battery.example.org"},
    {"X-Forwarded-For": "127.0.0.1"},
    {"X-Forwarded-For": "192.0.2.7", "Via": "1.1 proxy"},
]


@pytest.mark.parametrize("headers", FROM_HERE)
def test_without_keys_the_token_opens_and_where_a_request_comes_from_does_not(
    application: Application, headers: dict[str, str]
) -> None:
    token = "a-token-of-this-start"
    client = application(gate=Gate(keys=KeyFile(None), token=token))
    assert client.get("/v1/models", headers=headers).status_code == 401
    assert client.get("/", headers=headers).status_code == 303
    assert client.get("/v1/models", headers={**headers, **bearer(token)}).status_code == 200
    assert client.get("/v1/models", headers={**headers, **bearer(token + "x")}).status_code == 401
    assert client.get(f"/sign-in?token={token}x", headers=headers).status_code == 401
    letting_in = client.get(f"/sign-in?token={token}&next=/predict", headers=headers)
    assert (letting_in.status_code, letting_in.headers["location"]) == (303, "/predict")
    cookie = letting_in.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert client.get("/predict", headers={**headers, "Cookie": cookie.partition(";")[0]}).status_code == 200


def test_without_a_socket_keys_are_asked_for() -> None:
    assert not bound_to_loopback(["worker"])
    assert not bound_to_loopback(["worker", "--fd", "999999"])
    gate = gate_for(Auth.AUTO, None, "a-token-of-this-start")
    assert gate.keys is not None
    assert gate.token is None
    assert gate_for(Auth.OFF, None).keys is None


def test_command_prints_the_key_once_and_stores_its_hash(file: Path) -> None:
    environment = {**os.environ, "SURROGATE_KEYS": str(file)}
    command = [sys.executable, "-m", "serving.keys", "create", "--role", "write", "--note", "the lab"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    key = done.stdout.strip()
    found = KeyFile(file).find(key)
    assert found is not None
    assert (found.role, found.note) == (Role.WRITE, "the lab")
    assert key not in done.stderr


def test_command_lists_and_revokes(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = stored(file)
    assert keys.main(["--file", str(file), "list"]) == 0
    (shown,) = json.loads(capsys.readouterr().out)
    assert "sha256" not in shown
    assert keys.main(["--file", str(file), "revoke", shown["id"]]) == 0
    assert KeyFile(file).find(key) is None
    assert keys.main(["--file", str(file), "revoke", shown["id"]]) == 3


def test_settings_refuse_what_cannot_be() -> None:
    assert Settings.from_environment({"SURROGATE_THREADS": "3", "SURROGATE_AUTH": "on"}).threads == 3
    for wrong in ({"SURROGATE_AUTH": "maybe"}, {"SURROGATE_THREADS": "two"}, {"SURROGATE_TIMEOUT_S": "0"}):
        with pytest.raises(ConfigError, match="SURROGATE_"):
            Settings.from_environment(wrong)


def test_expired_key_is_refused_like_an_unknown_one(application: Application, file: Path) -> None:
    now = datetime.now(UTC)
    (old, was), (new, will) = (new_key(Role.READ, expires=now + timedelta(hours=h)) for h in (-1, 1))
    write_keys(file, [was, will])
    client = application(gate=Gate(keys=KeyFile(file)))
    assert client.get("/v1/models", headers=bearer(new)).status_code == 200
    expired, unknown = (client.get("/v1/models", headers=bearer(key)) for key in (old, old + "x"))
    assert expired.status_code == unknown.status_code == 401
    assert expired.json()["errors"] == unknown.json()["errors"]


@pytest.mark.parametrize("expires", ["tomorrow", "2026-01-01", 5, "2026-01-01T00:00:00"])
def test_end_that_cannot_be_read_lets_nobody_in(file: Path, expires: object) -> None:
    key = stored(file)
    kept = json.loads(file.read_text())
    kept["keys"][0]["expires"] = expires
    file.write_text(json.dumps(kept))
    assert KeyFile(file).find(key) is None


def test_command_makes_a_key_that_ends(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert keys.main(["--file", str(file), "create", "--days", "30"]) == 0
    (kept,) = read_keys(file)
    left = datetime.fromisoformat(str(kept.expires)) - datetime.now(UTC)
    assert timedelta(days=29, hours=23) < left <= timedelta(days=30)
    assert KeyFile(file).find(capsys.readouterr().out.strip()) == kept
    for days in ("0", "-1", "nan", "1e9", "soon"):
        with pytest.raises(SystemExit):
            keys.main(["--file", str(file), "create", "--days", days])


def test_wrong_secret_takes_as_long_as_an_unknown_key(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is wrong, one digest is compared with one of the same length, in constant time."""
    key = stored(file)
    compared: list[tuple[int, int]] = []

    def compare(a: str, b: str) -> bool:
        compared.append((len(a), len(b)))
        return a == b

    monkeypatch.setattr("serving.http.security.hmac.compare_digest", compare)
    for tried in (key, key[:-1] + "?", "ssk_00000000_" + "x" * 43, "nonsense", ""):
        KeyFile(file).find(tried)
    assert compared == [(64, 64)] * 5


EVERY_ADDRESS = [
    (method.upper(), path)
    for path, methods in routed_app().openapi()["paths"].items()
    for method in methods
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), EVERY_ADDRESS)
def test_no_address_answers_a_stranger(application: Application, file: Path, method: str, path: str) -> None:
    stored(file)
    client = application(gate=Gate(keys=KeyFile(file)))
    answer = client.request(method, path.replace("{", "").replace("}", ""))
    assert (answer.status_code, answer.headers["content-type"]) == (401, PROBLEM_JSON)


@pytest.mark.parametrize(("method", "path"), [a for a in EVERY_ADDRESS if a[0] != "GET" and "campaigns" in a[1]])
def test_reading_key_changes_nothing_anywhere(application: Application, file: Path, method: str, path: str) -> None:
    key = stored(file, Role.READ)
    client = application(gate=Gate(keys=KeyFile(file)))
    headers = {**bearer(key), "Content-Type": "application/json"}
    answer = client.request(method, path.replace("{", "").replace("}", ""), content=b"{}", headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "role")


def test_open_service_without_models_asks_for_keys_and_is_not_ready(tmp_path: Path, file: Path) -> None:
    """Bound to every interface and with nothing to serve: alive, not ready (and it says why), closed to strangers."""
    key = stored(file)
    no_models = tmp_path / "no-models"
    no_models.mkdir()
    service = Running(tmp_path, workers=1, host="0.0.0.0", SURROGATE_MODELS=str(no_models), SURROGATE_KEYS=str(file))
    try:
        service.wait("/livez")
        unready = httpx.get(f"{service.url}/readyz")
        assert (unready.status_code, unready.headers["content-type"]) == (503, PROBLEM_JSON)
        assert "holds no model" in unready.json()["detail"]
        assert httpx.get(f"{service.url}/v1/schema").status_code == 401
        assert httpx.get(f"{service.url}/v1/schema", headers=bearer(key)).status_code == 200
        body = {"items": [{"electrolyte": {"composition": "S"}}]}
        assert httpx.post(f"{service.url}/v1/predict", json=body, headers=bearer(key)).status_code == 503
        assert key not in service.log.read_text()
    finally:
        service.stop()


def test_stopping_finishes_what_was_begun_and_logs_no_secret(trained: Path, tmp_path: Path, file: Path) -> None:
    """SIGTERM while a plan is at work: its client gets the answer, then the processes end by themselves."""
    key = stored(file)
    service = Running(tmp_path, workers=2, SURROGATE_MODELS=str(trained), SURROGATE_KEYS=str(file), SURROGATE_AUTH="on")
    secret = "secret-of-a-lab"
    try:
        service.wait("/readyz")
        wish = {**examples.SUGGEST["conductor"]["value"], "pool": 4096, "batch": 4}
        wish["measured"] = [{**wish["measured"][0], "id": secret}]
        headers = {**bearer(key), "X-Request-ID": "the-last-one"}
        with ThreadPoolExecutor(1) as pool:
            plan = pool.submit(httpx.post, f"{service.url}/v1/suggest", json=wish, headers=headers, timeout=60.0)
            # The plan and the question for the metrics itself.
            wait_until(lambda: "surrogate_requests_in_flight 2.0" in httpx.get(f"{service.url}/metrics").text)
            assert not plan.done()
            service.process.terminate()
            answer = plan.result()
        assert (answer.status_code, len(answer.json()["suggestions"])) == (200, 4)
        service.process.wait(timeout=30.0)
        with pytest.raises(httpx.TransportError):
            httpx.get(f"{service.url}/livez")
    finally:
        if service.process.poll() is None:
            service.stop()
    log = service.log.read_text()
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    (line,) = [each for each in lines if each.get("request_id") == "the-last-one"]
    assert (line["route"], line["status"], line["key"]) == ("/v1/suggest", 200, key.split("_")[1])
    assert key not in log
    assert key.split("_", 2)[2] not in log
    assert secret not in log
    assert "Traceback" not in log


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20.0
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("place", ["/proc/nothing/keys.json", "/dev/full/keys.json", "{folder}"])
def test_a_keys_file_that_cannot_be_is_one_sentence(tmp_path: Path, place: str) -> None:
    command = [sys.executable, "-m", "serving.keys", "--file", place.format(folder=tmp_path), "create"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == ConfigError.exit_code
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_a_list_of_keys_may_be_cut_short(file: Path) -> None:
    command = f"{sys.executable} -m serving.keys --file {file} list | head -c 1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
