"""Who is let in: nobody without a key, as soon as another machine can connect."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from serving import keys
from serving.errors import PROBLEM_JSON
from serving.security import (
    Gate,
    KeyFile,
    Role,
    bound_to_loopback,
    gate_for,
    needs,
    new_key,
    read_keys,
    revoke,
    write_keys,
)
from serving.settings import Auth, Settings
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

    from serving.errors import ProblemError

    def request(role: Role) -> object:
        return types.SimpleNamespace(state=types.SimpleNamespace(key=new_key(role)[1]))

    for have in Role:
        for need in Role:
            if have.includes(need):
                needs(need)(request(have))  # type: ignore[arg-type]
            else:
                with pytest.raises(ProblemError) as refused:
                    needs(need)(request(have))  # type: ignore[arg-type]
                assert refused.value.status_code == 403


def test_roles_include_the_lesser_ones() -> None:
    assert [[a.includes(b) for b in Role] for a in Role] == [[True, False, False], [True, True, False], [True] * 3]


@pytest.mark.parametrize(("host", "expected"), [("127.0.0.1", True), ("0.0.0.0", False)])
def test_listening_address_is_asked_of_the_socket(host: str, expected: bool) -> None:
    with socket.socket() as listening:
        listening.bind((host, 0))
        assert bound_to_loopback(["worker", "--fd", str(listening.fileno())]) is expected


def test_without_a_socket_keys_are_asked_for() -> None:
    assert not bound_to_loopback(["worker"])
    assert not bound_to_loopback(["worker", "--fd", "999999"])
    assert gate_for(Auth.AUTO, None).keys is not None
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


def test_open_service_without_models_asks_for_keys_and_is_not_ready(tmp_path: Path, file: Path) -> None:
    """Bound to every interface and with nothing to serve: alive, not ready (and it says why), closed to strangers."""
    key = stored(file)
    service = Running(
        tmp_path, workers=1, host="0.0.0.0", SURROGATE_MODELS=str(tmp_path / "no-models"), SURROGATE_KEYS=str(file)
    )
    try:
        service.wait("/livez")
        unready = httpx.get(f"{service.url}/readyz")
        assert (unready.status_code, unready.headers["content-type"]) == (503, PROBLEM_JSON)
        assert "no folder of models" in unready.json()["detail"].lower()
        assert httpx.get(f"{service.url}/v1/schema").status_code == 401
        assert httpx.get(f"{service.url}/v1/schema", headers=bearer(key)).status_code == 200
        body = {"items": [{"electrolyte": {"composition": "S"}}]}
        assert httpx.post(f"{service.url}/v1/predict", json=body, headers=bearer(key)).status_code == 503
        assert key not in service.log.read_text()
    finally:
        service.stop()
