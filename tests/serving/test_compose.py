"""The compose file for a team sets what the service reads, publishes nothing to the world, and holds no secret."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from serving.http.settings import _VARIABLE, Settings
from surrogate.campaign import CampaignStore
from surrogate.campaign.database import address_of
from surrogate.errors import StoreUnavailable
from tests.postgresql import Cluster
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
    files += [s["build"].get("dockerfile", "Dockerfile") for s in services if isinstance(s.get("build"), dict)]
    assert files
    assert all((ROOT / file).is_file() for file in files)


def test_each_purpose_has_an_account_a_database_and_a_password_of_its_own() -> None:
    used = re.findall(r"//(\w+)@store:5432/(\w+)", TEXT)
    assert {account == database for account, database in used} == {True}
    (made,) = re.findall(r"for purpose in ([\w ]+); do", (DEPLOY / "databases.sh").read_text())
    assert {account for account, _ in used} <= set(made.split()) <= set(COMPOSE["secrets"])
    for service in COMPOSE["services"].values():
        text = str(service)
        assert {name for name in made.split() if f"/run/secrets/{name}" in text} <= set(service.get("secrets", ()))


def test_an_account_reaches_its_own_database_alone(postgresql: Cluster, tmp_path: Path) -> None:
    purposes = ("campaigns", "mlflow", "studies")
    for purpose in purposes:
        (tmp_path / purpose).write_text(f"it's {purpose}")
    place = {"PGHOST": str(postgresql.folder), "PGPORT": str(postgresql.port)}
    environment = {**os.environ, **place, "POSTGRES_USER": "postgres", "SECRETS": str(tmp_path)}
    subprocess.run([DEPLOY / "databases.sh"], env=environment, check=True, capture_output=True)
    with CampaignStore.open(f"postgresql://campaigns@/campaigns?host={postgresql.folder}&port={postgresql.port}"):
        pass
    with pytest.raises(StoreUnavailable, match="permission denied"):
        CampaignStore.open(f"postgresql://campaigns@/mlflow?host={postgresql.folder}&port={postgresql.port}")


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_each_service_is_bounded_watched_and_pinned(name: str) -> None:
    service = COMPOSE["services"][name]
    assert {"mem_limit", "pids_limit", "healthcheck"} <= set(service)
    if "build" in service:
        assert re.search(r"@\$\{\w+_DIGEST:\?", service["build"]["args"]["BASE"])
    elif service["image"] != "sulfide-surrogate":
        assert re.search(r"@\$\{\w+_DIGEST:\?", service["image"])


#: Of the Compose Specification (https://github.com/compose-spec/compose-spec), the words that are used here.
WORDS = {
    "build", "cap_drop", "command", "depends_on", "entrypoint", "environment", "healthcheck", "image", "mem_limit",
    "network_mode", "pids_limit", "ports", "profiles", "read_only", "restart", "secrets", "security_opt",
    "stop_grace_period", "tmpfs", "user", "volumes",
}  # fmt: skip
CHECK_WORDS = {"test", "interval", "timeout", "retries", "disable"}


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_each_service_is_written_in_words_of_the_specification(name: str) -> None:
    """Compose refuses a file with one word that it does not know, and says so only where there is a Docker."""
    service = COMPOSE["services"][name]
    assert set(service) <= WORDS
    check = service["healthcheck"]
    assert set(check) <= CHECK_WORDS
    assert check.get("disable") or check["test"][0] in ("CMD", "CMD-SHELL")
    needed = service.get("depends_on", [])
    conditions = [needed[other]["condition"] for other in needed] if isinstance(needed, dict) else []
    assert set(needed) <= set(COMPOSE["services"])
    assert set(conditions) <= {"service_started", "service_healthy", "service_completed_successfully"}
    assert re.fullmatch(r"\d+[kmg]", service["mem_limit"])
    assert set(service.get("secrets", ())) <= set(COMPOSE["secrets"])


def test_what_serves_cannot_change_its_keys_or_models() -> None:
    assert all(volume.endswith(":ro") for volume in SERVICE["volumes"])
    assert COMPOSE["services"]["keys"]["volumes"] == ["./keys:/keys"]


def test_preparing_pins_every_image_and_makes_every_password() -> None:
    script = (DEPLOY / "prepare.sh").read_text()
    (images,) = re.findall(r"for image in ([^;]+);", script)
    pinned = dict(image.split("=") for image in images.split())
    used = re.findall(r"docker.io/library/([\w.:-]+)@\$\{(\w+)_DIGEST:", TEXT)
    assert {variable: image for image, variable in used} == pinned
    (accounts,) = re.findall(r"for account in ([\w ]+);", script)
    assert set(accounts.split()) == set(COMPOSE["secrets"])


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_nothing_is_published_to_other_machines(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in COMPOSE["services"][name].get("ports", []))


def test_passwords_are_files_and_stand_in_no_address() -> None:
    assert not re.search(r"://\w+:[^@\s]*@", TEXT)
    assert not re.search(r"(?i)password: *[a-z0-9]", TEXT)
    assert all(set(secret) == {"file"} for secret in COMPOSE["secrets"].values())


def test_every_volume_is_declared() -> None:
    used = {
        v.split(":")[0] for s in COMPOSE["services"].values() for v in s.get("volumes", []) if not v.startswith(".")
    }
    assert used == set(COMPOSE["volumes"])
