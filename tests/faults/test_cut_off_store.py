"""A client of the store that is cut off in the middle of a change does not hold the campaign of the others."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from surrogate.campaign import CampaignStore, Result, random_planner
from surrogate.campaign.database import CUT_OFF_S, open_database
from tests.campaigns import GOAL, small_space
from tests.clusters import free_port
from tests.faults.test_cut_off_hosts import Hosts, hosts  # noqa: F401 - a fixture
from tests.postgresql import Cluster, programs

# Begins a change, says that it has the campaign, and never ends.
HOLDER = """
import sys, time
from surrogate.campaign import CampaignStore
from surrogate.campaign.ledger import ledger
with CampaignStore.open(sys.argv[1]) as store, ledger(store.database, "glass", store.clock) as book:
    book.event("created")
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def networked(hosts: Hosts) -> Iterator[Cluster]:  # noqa: F811
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL is not installed")
    cluster = Cluster(found, network="10.203.77.0/24", address="10.203.77.1", port=free_port())
    yield cluster
    cluster.remove()


@pytest.mark.faults
def test_a_client_that_is_cut_off_in_a_change_holds_the_campaign_no_longer_than_is_said(
    hosts: Hosts,  # noqa: F811
    networked: Cluster,
) -> None:
    local = networked.url()
    name = local.partition("@/")[2].partition("?")[0]
    far = f"postgresql://postgres@10.203.77.1:{networked.port}/{name}"
    with CampaignStore.open(local, patience_s=2 * CUT_OFF_S) as store:
        campaign = store.create("glass", small_space(), GOAL, id="glass")
        campaign.ask(random_planner(), batch=1)
        command = [*hosts.inside("a"), sys.executable, "-c", HOLDER, far]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
            try:
                assert holder.stdout is not None
                assert holder.stdout.readline() == "held\n"
                hosts.cut("a")
                began = time.monotonic()
                campaign.tell(Result(suggestion="s1", property="ionic_conductivity", value=1e-3))
                assert time.monotonic() - began < 1.5 * CUT_OFF_S
                assert [event.kind for event in campaign.history().items].count("created") == 1
            finally:
                holder.kill()


def test_settings_in_the_address_of_a_store_count(postgresql: Cluster) -> None:
    address = f"{postgresql.url()}&options=-c%20lock_timeout%3D1234&connect_timeout=7"
    database = open_database(address)
    try:
        with database.read() as connection:
            shown = {name: connection.exec_driver_sql(f"SHOW {name}").scalar() for name in SHOWN}
    finally:
        database.close()
    assert shown == SHOWN


#: What the server says of a connection of ours, with one setting of the operator's own.
SHOWN = {"lock_timeout": "1234ms", "idle_in_transaction_session_timeout": "1min"}
