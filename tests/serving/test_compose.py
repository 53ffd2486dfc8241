"""The compose file for a team sets what the service reads, publishes nothing to the world, and holds no secret."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from serving.http.settings import _VARIABLE, Settings
from surrogate.campaign.database import address_of
from tests.serving.conftest import ROOT

TEXT = (ROOT / "compose.yaml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
REPLICAS = [name for name in COMPOSE["services"] if name.startswith("service-")]
SERVICE: dict[str, Any] = COMPOSE["services"][REPLICAS[0]]
DEPLOY = ROOT / "deploy"


def filled(value: str) -> str:
    """With the variables of compose replaced: by their defaults, or by something."""
    return re.sub(r"\$\{(\w+):[-?]([^}]*)\}", "0a1b2c", value)


def test_service_gets_settings_that_exist_and_can_be_read() -> None:
    environment = {name: filled(value) for name, value in SERVICE["environment"].items()}
    assert set(environment) <= set(_VARIABLE.values()) | {"SURROGATE_WORKERS"}
    settings = Settings.from_environment(environment)
    assert settings.auth == "on"
    assert int(environment["SURROGATE_WORKERS"]) >= 2
    address_of(settings.campaigns)
    mounted = {volume.split(":")[1] for volume in SERVICE["volumes"]}
    assert {settings.models, str(settings.keys.parent) if settings.keys else ""} <= mounted


def test_stopping_waits_for_the_longest_answer() -> None:
    grace = int(SERVICE["stop_grace_period"].removesuffix("s"))
    settings = Settings.from_environment({name: filled(value) for name, value in SERVICE["environment"].items()})
    assert grace > settings.drain_s + settings.timeout_s + 30
    patience = re.findall(r"proxy_read_timeout (\d+)s;", (DEPLOY / "nginx.conf").read_text())
    assert patience
    assert all(settings.timeout_s < float(seconds) for seconds in patience)


def test_proxy_knows_every_replica_and_forgets_a_failure_before_the_draining_ends() -> None:
    text = (DEPLOY / "replicas.conf").read_text()
    assert len(REPLICAS) >= 2
    assert re.findall(r"server ([\w-]+):3000 ", text) == REPLICAS
    assert all(COMPOSE["services"][name] == SERVICE for name in REPLICAS)
    assert "ports" not in SERVICE, "replicas are reached through the proxy"
    assert float(SERVICE["environment"]["SURROGATE_DRAIN_S"]) > max(
        map(float, re.findall(r"fail_timeout=(\d+)s", text))
    )
    (published,) = COMPOSE["services"]["proxy"]["ports"]
    assert f"listen {published.split(':')[-1]};" in (DEPLOY / "nginx.conf").read_text()


def test_every_file_that_is_mounted_or_built_from_is_there() -> None:
    services = COMPOSE["services"].values()
    files = [v.split(":")[0] for s in services for v in s.get("volumes", []) if v.startswith("./deploy/")]
    files += [s["build"]["dockerfile"] for s in services if isinstance(s.get("build"), dict)]
    assert files
    assert all((ROOT / file).is_file() for file in files)


def test_every_database_that_is_used_is_made() -> None:
    used = set(re.findall(r"@store:5432/(\w+)", TEXT))
    made = set(re.findall(r"CREATE DATABASE (\w+);", (DEPLOY / "databases.sql").read_text()))
    assert used <= made | {COMPOSE["services"]["store"]["environment"]["POSTGRES_DB"]}


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_nothing_is_published_to_other_machines(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in COMPOSE["services"][name].get("ports", []))


def test_passwords_come_from_outside_and_have_no_default() -> None:
    assert re.findall(r"\$\{POSTGRES_PASSWORD:(.)", TEXT) == ["?"] * 3
    assert not re.search(r"(?i)password: *[a-z0-9]", TEXT)


def test_every_volume_is_declared() -> None:
    used = {
        v.split(":")[0] for s in COMPOSE["services"].values() for v in s.get("volumes", []) if not v.startswith(".")
    }
    assert used == set(COMPOSE["volumes"])
