"""What ``image_check.py`` runs inside the container, with what it has to know as JSON on standard input.

Prints a line per promise and exits with the number of those that are not kept.
"""

from __future__ import annotations

import glob
import hashlib
import importlib.util
import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ADDRESS = "http://127.0.0.1:3000"
PATIENCE_S = 180
TOOLS = re.compile(r"(gcc|g\+\+|cc|c\+\+|clang|ld|make|cmake|ninja|pip|easy_install|git)(-?[0-9.]+)?")
PACKAGERS = ("pip", "setuptools", "wheel", "ensurepip", "ninja", "conda")
PRIVATE = re.compile(r"\.netrc|\.pypirc|\.git-credentials|\.env|id_(rsa|ed25519|ecdsa)|keys\.json|credentials(\.json)?")
SAID = re.compile(r"password|passwd|secret|token|api_?key", re.IGNORECASE)
CANDIDATE = {
    "electrolyte": {"composition": "Li6PS5Cl", "heat_treatment_temperature_c": 550, "heat_treatment_time_h": 5},
    "protocol": {"temperature_c": 25},
}


def user() -> str:
    """It runs without rights."""
    status = dict(re.findall(r"^(\w+):\s*(.*)$", Path("/proc/self/status").read_text(), re.MULTILINE))
    assert os.getuid() > 0, "runs as root"
    assert int(status["CapEff"], 16) == 0, f"capabilities: {status['CapEff']}"
    first = Path("/proc/1/status").read_text().split("Uid:")[1].split()[0]
    assert first == str(os.getuid()), f"the service runs as {first}"
    return f"user {os.getuid()}, no capabilities"


def _read_only() -> str:
    """Only /tmp and the mounted state can be written."""
    for folder in ("/", "/app", "/app/serving", "/opt/venv/bin", "/etc", "/models"):
        try:
            Path(folder, "written").write_text("x")
        except OSError:
            continue
        raise AssertionError(f"{folder} can be written")
    Path("/tmp/written").write_text("x")
    return "the file system is read-only, /tmp is not"


def _own_code() -> str:
    """Every file of ours is there, as it is in the repository, and belongs to root."""
    for name, expected in ASKED["files"].items():
        path = Path("/app", name)
        assert path.is_file(), f"{name} is missing"
        assert hashlib.sha256(path.read_bytes()).hexdigest() == expected, f"{name} differs; build the image again"
        assert path.stat().st_uid == 0, f"{name} belongs to {path.stat().st_uid}"
    return f"{len(ASKED['files'])} files of ours, as in the repository, owned by root"


def _no_tools() -> str:
    """Nothing that builds, installs or fetches."""
    places = {*os.environ["PATH"].split(":"), "/usr/bin", "/usr/sbin", "/usr/local/bin"}
    tools = [p for place in places for p in glob.glob(f"{place}/*") if TOOLS.fullmatch(os.path.basename(p))]
    assert not tools, ", ".join(tools)
    importable = [name for name in PACKAGERS if importlib.util.find_spec(name)]
    assert not importable, f"importable: {', '.join(importable)}"
    wheels = [*glob.glob("/usr/share/python-wheels/*"), *glob.glob("/usr/**/ensurepip", recursive=True)]
    assert not wheels, ", ".join(wheels)
    return "no compiler, no make, no pip, no setuptools"


def _nothing_private() -> str:
    """No secret and nothing of the machine that built it."""
    named = [name for name in os.environ if SAID.search(name)]
    assert not named, f"variables: {', '.join(named)}"
    files = list(_files("/app", "/etc", "/opt", "/root", "/home", "/usr/local", "/var"))
    private = [str(p) for p in files if PRIVATE.fullmatch(p.name) or (p.name == "pip.conf" and p.stat().st_size)]
    assert not private, ", ".join(private)
    texts = [p for p in files if p.suffix in (".pth", ".cfg", ".json", ".conf", ".toml", ".txt") or "/etc/" in str(p)]
    for path in texts:
        try:
            content = path.read_bytes()
        except OSError:
            continue  # not for this user
        for elsewhere in ASKED["elsewhere"]:
            if elsewhere not in ("/root", "/app"):  # a name that every image has
                assert elsewhere.encode() not in content, f"{path} says {elsewhere}"
    return f"no secret in {len(files)} files, no path of the machine that built it"


def _files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        for place, _, names in os.walk(folder):
            for name in names:
                path = Path(place, name)
                if path.is_file():
                    yield path


def ask(method: str, path: str, body: Any = None, key: str = "") -> tuple[int, Any]:
    """The status and the body of an answer."""
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(ADDRESS + path, data=data, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            status, content = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, content = error.code, error.read()
    try:
        return status, json.loads(content)
    except ValueError:
        return status, content


def ready() -> str:
    """It becomes alive and ready, and its health check agrees."""
    begun, last = time.monotonic(), ""
    while time.monotonic() - begun < PATIENCE_S:
        try:
            if ask("GET", "/livez")[0] == ask("GET", "/readyz")[0] == 200:
                break
            last = str(ask("GET", "/readyz"))
        except OSError as error:
            last = str(error)
        time.sleep(0.5)
    else:
        raise AssertionError(f"not ready after {PATIENCE_S} s: {last}")
    took = time.monotonic() - begun
    assert ASKED["health"], "the image has no health check"
    checked = subprocess.run(ASKED["health"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    return f"/livez and /readyz answer 200 after {took:.0f} s, and so does the health check"


def new_key(role: str) -> str:
    """A key made by the program that operators use."""
    command = [sys.executable, "-m", "serving.keys", "create", "--role", role, "--days", "1"]
    process = subprocess.run(command, capture_output=True, text=True, check=True, cwd="/app")
    return process.stdout.strip()


def predicts() -> str:
    """A prediction needs a key, and with one is an answer."""
    body = {"items": [CANDIDATE]}
    assert ask("POST", "/v1/predict", body)[0] == 401, "answers without a key"
    KEYS["read"], KEYS["write"] = new_key("read"), new_key("write")
    for _ in range(30):  # the service notices a new key within seconds
        status, answer = ask("POST", "/v1/predict", body, KEYS["read"])
        if status != 401:
            break
        time.sleep(1)
    assert status == 200, f"{status}: {answer}"
    prediction = answer["items"][0]["properties"]["ionic_conductivity"]
    low, high = prediction["interval"]["low"], prediction["interval"]["high"]
    return (
        f"POST /v1/predict: 401 without a key; with one {prediction['median']:.3g} {prediction['unit']} "
        f"({low:.2g} to {high:.2g})"
    )


def plans() -> str:
    """A campaign starts, suggests by a planner that needs a library of its own, and is told."""
    campaign = {"id": "image", "name": "Image", "space": "argyrodite", "objective": ["maximise ionic_conductivity"]}
    status, answer = ask("POST", "/v1/campaigns", campaign, KEYS["write"])
    assert status == 201, f"{status}: {answer}"
    wish = {"batch": 1, "planner": "tpe"}
    status, answer = ask("POST", "/v1/campaigns/image/suggestions", wish, KEYS["write"])
    assert status in (200, 201), f"{status}: {answer}"
    return "a campaign is created and suggests a recipe"


def documents() -> str:
    """What people look at is there without a network."""
    for path in ("/v1/docs", "/v1/openapi.json", "/metrics"):
        status, _ = ask("GET", path, key=KEYS["read"])
        assert status == 200, f"{path}: {status}"
    for path in ("/", "/static/page.css"):
        with urllib.request.urlopen(ADDRESS + path, timeout=60) as answer:
            assert answer.status == 200, f"{path}: {answer.status}"
    return "/v1/docs, /v1/openapi.json, /metrics, the page and its style answer"


ASKED: dict[str, Any] = {}
KEYS: dict[str, str] = {}
PROMISES: tuple[Callable[[], str], ...] = (
    user, _read_only, _own_code, _no_tools, _nothing_private, ready, predicts, plans, documents
)  # fmt: skip


def main() -> int:
    """Look at every promise; the number of those not kept."""
    faults = 0
    for promise in PROMISES:
        try:
            print("ok  ", promise())
        except (AssertionError, OSError, KeyError, subprocess.SubprocessError) as error:
            faults += 1
            print("NOT ", promise.__name__.replace("_", " ") + ":", error)
    return faults


if __name__ == "__main__":
    ASKED.update(json.load(sys.stdin))
    sys.exit(main())
