"""What tests of the library share: an empty store of campaigns whose clock stands still until a test moves it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from surrogate.campaign import CampaignStore
from tests.campaigns import FakeClock


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CampaignStore]:
    with CampaignStore.open(tmp_path / "campaigns.db", clock=FakeClock()) as opened:
        yield opened
