"""Copies of a store, made by the databases' own means while it is written to, hold everything told before."""

from __future__ import annotations

import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from surrogate.campaign import Campaign, CampaignStore, Result, random_planner
from surrogate.campaign.records import every
from tests.campaigns import GOAL, small_space
from tests.postgresql import Cluster

BEFORE = 20


@contextmanager
def written_to(store: CampaignStore) -> Iterator[None]:
    """A campaign with results in it, which somebody goes on telling."""
    campaign = store.create("glass", small_space(), GOAL, id="glass")
    campaign.ask(random_planner(), batch=1)
    for number in range(BEFORE):
        tell(campaign, number)
    done = threading.Event()

    def go_on() -> None:
        number = BEFORE
        while not done.is_set():
            tell(campaign, number)
            number += 1

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def tell(campaign: Campaign, number: int) -> None:
    campaign.tell(Result(suggestion="s1", property="ionic_conductivity", value=1e-3, id=f"m{number}"))


def assert_whole(copy: str | Path, original: CampaignStore) -> None:
    """A beginning of the original, without a gap; and work goes on in it."""
    with CampaignStore.open(copy, must_exist=True) as restored:
        campaign = restored.get("glass")
        found = [record.id for record in every(campaign.measurements)]
        assert found == [f"m{number}" for number in range(len(found))]
        assert BEFORE <= len(found) <= original.summary("glass").measurements
        events = [event.number for event in every(campaign.history)]
        assert events == list(range(1, len(events) + 1))
        tell(campaign, 10_000)
        assert len(campaign.ask(random_planner(), batch=1)) == 1


def test_a_copy_of_a_file_in_use(tmp_path: Path) -> None:
    with CampaignStore.open(tmp_path / "campaigns.db") as store:
        with (
            written_to(store),
            closing(sqlite3.connect(tmp_path / "campaigns.db")) as source,
            closing(sqlite3.connect(tmp_path / "copy.db")) as target,
        ):
            source.backup(target)
        assert_whole(tmp_path / "copy.db", store)


def test_a_dump_of_a_database_in_use(postgresql: Cluster, tmp_path: Path) -> None:
    url, empty = postgresql.url(), None
    dump = tmp_path / "campaigns.dump"
    try:
        with CampaignStore.open(url) as store:
            with written_to(store):
                run(postgresql, "pg_dump", "--format=custom", f"--file={dump}", url)
            empty = postgresql.url()
            run(postgresql, "pg_restore", f"--dbname={empty}", str(dump))
            assert_whole(empty, store)
    finally:
        for each in (url, empty):
            if each is not None:
                postgresql.give_back(each)


def run(cluster: Cluster, program: str, *arguments: str) -> None:
    subprocess.run([str(cluster.bindir / program), *arguments], check=True, capture_output=True)
