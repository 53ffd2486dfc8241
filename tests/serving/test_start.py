"""How a service starts: closed to strangers, and at once at an end, with one sentence, where a setting is wrong."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

import httpx
import pytest

from tests.clusters import free_port
from tests.serving.conftest import ROOT, Running

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
SERVE = [sys.executable, "-m", "bentoml", "serve", "serving.service:SurrogateService"]
PLAIN = """
daemon off; worker_processes 1; pid nginx.pid; error_log stderr warn;
events { worker_connections 64; }
http {
    access_log off;
    client_body_temp_path a; proxy_temp_path b; fastcgi_temp_path c; uwsgi_temp_path d; scgi_temp_path e;
    server { listen 127.0.0.1:%d; location / { proxy_pass http://127.0.0.1:%d; } }
}
"""


@pytest.fixture(scope="module")
def without_keys(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The service as 'make serve' starts it: no keys, no word about who may come in."""
    service = Running(
        tmp_path_factory.mktemp("closed"), workers=1, SURROGATE_MODELS=str(trained), SURROGATE_AUTH="auto"
    )
    try:
        service.wait("/readyz")
        yield service
    finally:
        service.stop()


def link_of(service: Running) -> tuple[str, str]:
    """The link that the start printed, and the token in it."""
    match = re.search(r"Open (http://\S+/sign-in\?token=(\S+))", service.log.read_text())
    assert match is not None
    return match[1], match[2]


def test_the_printed_link_opens_the_pages_and_its_token_the_interface(without_keys: Running) -> None:
    link, token = link_of(without_keys)
    with httpx.Client(follow_redirects=True) as browser:
        assert browser.get(link).status_code == 200
        assert browser.get(f"{without_keys.url}/campaigns").url.path == "/campaigns"
    with httpx.Client(base_url=without_keys.url) as program:
        assert program.get("/v1/models").status_code == 401
        assert program.get("/v1/models", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert without_keys.log.read_text().count(token) == 1


def is_closed(url: str, **headers: str) -> bool:
    """Whether a stranger without a key neither reads nor writes there, and the page asks to sign in."""
    with httpx.Client(base_url=url, headers=headers) as stranger:
        body = {"name": "x", "space": "argyrodite", "objective": "maximise ionic_conductivity"}
        answers = [stranger.get("/v1/campaigns"), stranger.post("/v1/campaigns", json=body), stranger.get("/campaigns")]
    return [answer.status_code for answer in answers] == [401, 401, 303]


def test_a_changed_host_opens_nothing(without_keys: Running) -> None:
    assert is_closed(without_keys.url)
    assert is_closed(without_keys.url, Host="localhost")
    assert is_closed(without_keys.url, Host="battery.example.org")


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_the_plainest_proxy_opens_nothing(without_keys: Running, tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "nginx.conf").write_text(PLAIN % (port, without_keys.port))
    assert NGINX is not None
    proxy = subprocess.Popen([NGINX, "-p", str(tmp_path), "-c", "nginx.conf"])
    try:
        url = f"http://127.0.0.1:{port}"
        with httpx.Client(transport=httpx.HTTPTransport(retries=5)) as client:
            assert client.get(f"{url}/livez").status_code == 200
        assert is_closed(url)
        assert is_closed(url, Host="battery.example.org")
        _, token = link_of(without_keys)
        assert httpx.get(f"{url}/v1/models", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    finally:
        proxy.terminate()
        proxy.wait(timeout=10)


def test_a_forwarder_of_connections_opens_nothing(without_keys: Running) -> None:
    with forwarding_to(without_keys.port) as port:
        assert httpx.get(f"http://127.0.0.1:{port}/livez").status_code == 200
        assert is_closed(f"http://127.0.0.1:{port}")
        assert is_closed(f"http://127.0.0.1:{port}", Host="localhost:3000")


@contextmanager
def forwarding_to(port: int) -> Iterator[int]:
    """A port whose connections are carried to ``port`` byte by byte, as 'ssh -L' and socat do."""

    def carry(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while content := source.recv(65_536):
                target.sendall(content)
            target.shutdown(socket.SHUT_WR)

    def forward(near: socket.socket) -> None:
        with near, socket.create_connection(("127.0.0.1", port)) as far:
            back = Thread(target=carry, args=(far, near), daemon=True)
            back.start()
            carry(near, far)
            back.join()

    def accept() -> None:
        with suppress(OSError):
            while True:
                near, _ = listening.accept()
                Thread(target=forward, args=(near,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        Thread(target=accept, daemon=True).start()
        yield int(listening.getsockname()[1])


def start(folder: Path, *arguments: str, **settings: str) -> tuple[int, str]:
    """Start the service as people do, and wait for its end: the exit code, and all it said."""
    (folder / "models").mkdir(exist_ok=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SURROGATE_")}
    environment |= {"PYTHONPATH": str(ROOT), "BENTOML_HOME": str(folder / "bentoml"), "BENTOML_DO_NOT_TRACK": "True"}
    done = subprocess.run(
        [*SERVE, *arguments], cwd=folder, env={**environment, **settings}, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


WRONG = {
    "an unknown name": ({"SURROGATE_MAX_BODY_BYTE": "1"}, "Did you mean SURROGATE_MAX_BODY_BYTES?"),
    "a port out of range": ({"SURROGATE_PORT": "80000"}, "65535 is the most"),
    "a host that is no address": ({"SURROGATE_HOST": "nowhere"}, "'nowhere', which is no address"),
    "no folder of models": ({"SURROGATE_MODELS": "nope"}, "'nope', which is no folder"),
    "registered models without a name": ({"SURROGATE_MODELS": "models:/foo"}, "which registered models"),
    "no folder of tables": ({"SURROGATE_DATA": "nope"}, "'nope', which is no folder"),
    "no folder of campaigns": ({"SURROGATE_CAMPAIGNS": "nope/c.db"}, "whose folder does not exist"),
    "no store": ({"SURROGATE_CAMPAIGNS": "mysql://host/x"}, "A campaign store on mysql is not supported."),
    "no file of properties": ({"SURROGATE_PROPERTIES": "nope.toml"}, "nope.toml"),
    "no folder of keys": ({"SURROGATE_KEYS": "nope/keys.json"}, "whose folder does not exist"),
    "other machines and no keys": ({"SURROGATE_HOST": "0.0.0.0"}, "there are no keys"),
    "keys needed and none named": ({"SURROGATE_AUTH": "on"}, "names no file of keys"),
    "a token to be guessed": ({"SURROGATE_TOKEN": "x"}, "SURROGATE_TOKEN is no token"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_setting_ends_the_start_with_one_sentence(tmp_path: Path, name: str) -> None:
    settings, sentence = WRONG[name]
    code, output = start(tmp_path, **settings)
    assert (code, output.count("\n")) == (2, 1), output
    assert output.startswith("The service does not start: ")
    assert sentence in output


def test_a_port_in_use_and_one_on_the_command_line_are_looked_at(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, output = start(tmp_path, "--port", str(port))
        assert (code, output.count("\n")) == (2, 1), output
        assert f"Port {port} of 127.0.0.1 is in use." in output
    code, output = start(tmp_path, "--host", "0.0.0.0")
    assert (code, output.count("\n")) == (2, 1), output


def test_models_none_of_which_can_be_loaded_end_the_start(tmp_path: Path, trained: Path) -> None:
    shutil.copytree(trained / "ionic_conductivity", tmp_path / "models" / "ionic_conductivity")
    arrays = tmp_path / "models" / "ionic_conductivity" / "arrays.npz"
    arrays.write_bytes(arrays.read_bytes()[:-1])
    code, output = start(tmp_path)
    assert (code, output.count("\n")) == (2, 1), output
    assert "is not what was saved" in output
