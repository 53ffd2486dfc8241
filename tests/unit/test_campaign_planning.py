"""Asks of one campaign come one after the other, without holding the store while a planner thinks."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from surrogate.campaign import CampaignStore, bayesian_planner, random_planner
from surrogate.errors import Busy, SpaceError
from tests.campaigns import GOAL, FakeClock, conductivity, small_space
from tests.trained import fitted


@pytest.fixture
def url(store_url):
    return store_url()


def opened(url, **more):
    return CampaignStore.open(url, **more)


def test_clients_that_ask_at_once_get_different_recipes(url):
    with opened(url) as store:
        store.create("glass", small_space(), GOAL, id="glass")

    def client(_):
        with opened(url) as store:
            return store.get("glass").ask(random_planner(), batch=3).suggestions

    with ThreadPoolExecutor(4) as pool:
        batches = list(pool.map(client, range(6)))
    suggestions = [s for batch in batches for s in batch]
    assert len({s.candidate for s in suggestions}) == 18
    assert sorted(s.number for s in suggestions) == list(range(1, 19))


def test_results_can_be_told_while_a_planner_thinks(url):
    with opened(url) as store:
        campaign = store.create("glass", small_space(), GOAL)
        campaign.ask(random_planner(), batch=1)
        thinking, go_on = threading.Event(), threading.Event()

        def slow(question):
            thinking.set()
            assert go_on.wait(20)
            return random_planner()(question)

        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(campaign.ask, slow, batch=1)
            assert thinking.wait(20)
            started = time.monotonic()
            campaign.tell(conductivity("s1"))
            assert time.monotonic() - started < 5
            go_on.set()
            assert [s.id for s in asked.result(20).suggestions] == ["s2"]
        assert campaign.suggestion("s1").state == "measured"


def test_a_planner_that_takes_longer_than_the_lease_keeps_the_lock(url):
    with opened(url, planning_lease_s=0.6) as store:
        campaign = store.create("glass", small_space(), GOAL)

        def slow(question):
            time.sleep(2.0)
            return random_planner()(question)

        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(campaign.ask, slow, batch=1)
            time.sleep(0.5)
            second = pool.submit(campaign.ask, random_planner(), batch=1)
            assert [s.id for s in first.result(20).suggestions] == ["s1"]
            assert [s.id for s in second.result(20).suggestions] == ["s2"]


def test_waiting_has_an_end(url):
    with opened(url) as store:
        campaign = store.create("glass", small_space(), GOAL)

        def impatient(question):
            with pytest.raises(Busy, match="Another client"):
                campaign.ask(random_planner(), wait_s=0.1)
            return random_planner()(question)

        assert len(campaign.ask(impatient, batch=1)) == 1


def test_a_client_that_was_frozen_writes_nothing_when_it_wakes_up(url):
    clock = FakeClock()
    with opened(url, clock=clock) as store:
        campaign = store.create("glass", small_space(), GOAL)

        def frozen(question):
            clock.advance(minutes=5)  # as if this process had been stopped: no sign of life
            assert len(campaign.ask(random_planner(), batch=2)) == 2
            return random_planner()(question)

        with pytest.raises(Busy, match="went on without it"):
            campaign.ask(frozen, batch=4)
        assert [s.id for s in campaign.suggestions().items] == ["s1", "s2"]


def test_a_planner_that_fails_leaves_the_campaign_free(url):
    with opened(url) as store:
        campaign = store.create("glass", small_space(), GOAL)

        def failing(question):
            raise SpaceError("Nothing fits.")

        version = campaign.version
        with pytest.raises(SpaceError, match="Nothing fits"):
            campaign.ask(failing)
        assert campaign.version == version
        assert len(campaign.ask(random_planner(), batch=1, wait_s=0.5)) == 1


def test_the_real_planner_learns_from_what_was_told(url):
    models = {"ionic_conductivity": fitted("ionic_conductivity")}
    planner = bayesian_planner(models, planner="analytic", pool=256)
    with opened(url) as store:
        campaign = store.create("glass", small_space(), GOAL)
        first = campaign.ask(planner, batch=3)
        assert [s.answer["number"] for s in first.suggestions] == [1, 2, 3]
        assert first.suggestions[0].answer["predictions"]["ionic_conductivity"]["unit"] == "S/cm"
        assert set(first.suggestions[0].weigh_in_g) <= {"Li2S", "P2S5"}
        campaign.tell([conductivity(s.id, 10.0 ** -(3 + n)) for n, s in enumerate(first.suggestions)])
        second = campaign.ask(planner, batch=2)
        assert second.report["models"]["ionic_conductivity"]["n_measurements"] == 3
        assert {s.candidate for s in first.suggestions}.isdisjoint(s.candidate for s in second.suggestions)
        assert campaign.report(2) == second.report


def test_two_real_planners_at_once_propose_different_recipes(url):
    with opened(url) as store:
        campaign = store.create("glass", small_space(), GOAL)
        planner = bayesian_planner({}, planner="analytic", pool=128)
        with ThreadPoolExecutor(2) as pool:
            first, second = pool.map(lambda _: campaign.ask(planner, batch=2).suggestions, range(2))
        assert len({s.candidate for s in (*first, *second)}) == 4


def test_two_clients_that_create_one_campaign_make_it_once(url):
    with opened(url) as store, ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: store.create("glass", small_space(), GOAL, id="glass", key="k"), range(4)))
        assert made == [made[0]] * 4
        assert [event.kind for event in made[0].history().items] == ["created"]
