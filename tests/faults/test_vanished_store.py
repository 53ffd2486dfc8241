"""The file of campaigns is deleted, moved or replaced under the running service: 503, and predictions go on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from surrogate.campaign import CampaignStore
from surrogate.campaign.backup import back_up, restore
from tests.serving.conftest import Running
from tests.trained import save_provisional
from tests.unit.test_campaign_copies import delete, move, replace

CAMPAIGN = {"name": "Glass", "space": "argyrodite", "objective": ["maximise ionic_conductivity"]}
ITEM = {"items": [{"electrolyte": {"composition": "Li6PS5Cl"}}]}


@pytest.mark.parametrize("vanish", [delete, move, replace])
def test_a_store_that_vanishes(tmp_path: Path, vanish: Callable[[Path], None]) -> None:
    save_provisional(tmp_path / "models", property="ionic_conductivity", kind="group_median")
    store, copy = tmp_path / "campaigns.db", tmp_path / "copy.db"
    service = Running(tmp_path, SURROGATE_MODELS=str(tmp_path / "models"))
    try:
        service.wait("/readyz")
        with httpx.Client(base_url=service.url, timeout=60.0) as client:
            assert client.post("/v1/campaigns", json={**CAMPAIGN, "id": "kept"}).status_code == 201
            back_up(store, copy)
            vanish(store)
            # New connections, so that both workers are asked: one of them may not have opened the store before.
            for number in range(12):
                answer = httpx.post(f"{service.url}/v1/campaigns", json={**CAMPAIGN, "id": f"lost{number}"}, timeout=60)
                if vanish is replace and answer.status_code == 201:  # a worker that opens what is there now
                    with CampaignStore.open(store, must_exist=True) as opened:
                        assert opened.summary(f"lost{number}").name == "Glass"
                    continue
                assert (answer.status_code, answer.json()["errors"][0]["code"]) == (503, "store_unavailable")
                assert str(tmp_path) not in answer.text
            assert client.post("/v1/predict", json=ITEM).status_code == 200
    finally:
        service.stop()
    restore(copy, store, replace=True)
    (tmp_path / "metrics").rename(tmp_path / "metrics-before")
    service = Running(tmp_path, SURROGATE_MODELS=str(tmp_path / "models"))
    try:
        service.wait("/readyz")
        assert [item["id"] for item in httpx.get(service.url + "/v1/campaigns").json()["items"]] == ["kept"]
    finally:
        service.stop()
