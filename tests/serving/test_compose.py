"""The compose file for a team sets what the service reads, publishes nothing to the world, and holds no secret."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from serving.settings import _VARIABLE, Settings
from surrogate.campaign.database import address_of
from tests.serving.conftest import ROOT

TEXT = (ROOT / "compose.yaml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICE: dict[str, Any] = COMPOSE["services"]["service"]


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
    assert grace > float(SERVICE["environment"]["SURROGATE_TIMEOUT_S"]) + 30


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_nothing_is_published_to_other_machines(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in COMPOSE["services"][name].get("ports", []))


def test_passwords_come_from_outside_and_have_no_default() -> None:
    assert re.findall(r"\$\{POSTGRES_PASSWORD:(.)", TEXT) == ["?", "?"]
    assert not re.search(r"(?i)password: *[a-z0-9]", TEXT)


def test_every_volume_is_declared() -> None:
    used = {
        v.split(":")[0] for s in COMPOSE["services"].values() for v in s.get("volumes", []) if not v.startswith(".")
    }
    assert used == set(COMPOSE["volumes"])
