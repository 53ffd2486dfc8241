"""The reference page names every address and every setting, and nothing that does not exist."""

from __future__ import annotations

import re

from serving.app import routed_app
from serving.http.settings import _VARIABLE, Settings
from surrogate.models.artifact import MODELS
from tests.serving.conftest import ROOT

PAGE = (ROOT / "docs/reference/service.md").read_text(encoding="utf-8")
OF_BENTOML = {("GET", "/livez"), ("GET", "/readyz")}
BEFORE_THE_SERVICE = {"SURROGATE_HOST", "SURROGATE_PORT", "SURROGATE_PROPERTIES", "SURROGATE_WORKERS"}


def test_every_address_is_in_the_reference_and_the_other_way_round() -> None:
    written = set(re.findall(r"`(GET|POST|PATCH|PUT|DELETE) (/[^`]*)`", PAGE))
    documents = {("GET", "/v1/docs"), ("GET", "/v1/openapi.json"), ("GET", "/metrics")}
    paths = routed_app().openapi()["paths"]
    there = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert written == there | documents | OF_BENTOML


def test_every_setting_is_in_the_reference_with_its_default() -> None:
    table = PAGE.split("## Settings")[1]
    variables = set(re.findall(r"`([A-Z_]+)`", table))
    assert variables == set(_VARIABLE.values()) | BEFORE_THE_SERVICE
    defaults = Settings()
    for field in ("reload_s", "timeout_s", "max_in_flight", "max_body_bytes", "campaigns"):
        row = row_of(table, field)
        value = getattr(defaults, field)
        assert f"{value:g}" in row if isinstance(value, float) else str(value) in row
    assert f"`{MODELS}` if it holds models, else those of the package" in row_of(table, "models")


def row_of(table: str, field: str) -> str:
    return next(line for line in table.splitlines() if f"`{_VARIABLE[field]}`" in line)


def test_the_proxy_may_repeat_every_question_that_stores_nothing() -> None:
    written = re.search(r"POST /v1/\(([^)]+)\)", (ROOT / "deploy/nginx.conf").read_text(encoding="utf-8"))
    assert written is not None
    asked = {path for path, methods in routed_app().openapi()["paths"].items() if "post" in methods}
    assert {f"/v1/{name}" for name in written[1].split("|")} == {p for p in asked if not p.startswith("/v1/campaigns")}
