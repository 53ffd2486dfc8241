"""Clients are killed and databases restart, at any moment: nothing told is lost, nothing is proposed or told twice."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter

import pytest

from surrogate.campaign import CampaignStore, State
from surrogate.campaign.records import every
from tests.campaigns import GOAL, small_space
from tests.faults.workers import Job, insisting


def jobs_of(url, tmp_path, *, workers, rounds, lease_s=3600.0):
    with CampaignStore.open(url) as store:
        store.create("glass", small_space(), GOAL, id="glass", lease_s=lease_s)
    return [
        Job(url=url, campaign="glass", name=f"w{n}", rounds=rounds, folder=tmp_path, lease_s=lease_s)
        for n in range(workers)
    ]


def run_with_kills(jobs, *, kills, seed, restart=None, restarts=0, limit_s=240.0):
    """Run all jobs to their end; on the way, at random points of the work, a worker is killed and started again."""
    rng, started = random.Random(seed), time.monotonic()
    running = {job: job.start() for job in jobs}
    total = sum(2 * job.rounds for job in jobs)
    strikes = sorted([(rng.uniform(0.1, 0.9) * total, "kill") for _ in range(kills)]
                     + [(total * (n + 0.5) / restarts, "restart") for n in range(restarts)])  # fmt: skip
    while running:
        assert time.monotonic() - started < limit_s, "the workers do not come to an end"
        done = sum(1 for job in jobs for _ in job.promises())
        if strikes and done >= strikes[0][0]:
            time.sleep(rng.uniform(0.0, 0.05))
            strike(strikes.pop(0)[1], running, rng, restart)
        for job, process in list(running.items()):
            process.join(0.01)
            assert process.exitcode in (None, 0), "a worker met an error that no client should meet"
            if process.exitcode == 0:
                del running[job]
    assert not strikes, "the workers were done before all blows had fallen"


def strike(how, running, rng, restart):
    """Kill a worker that is at work, or let the database go away and come back."""
    if how == "restart":
        restart()
        return
    job = rng.choice(list(running))
    os.kill(running[job].pid, signal.SIGKILL)
    running[job].join()
    running[job] = job.start()


def check(url, jobs):
    """Every promise is kept, and nothing happened twice."""
    store = insisting(lambda: CampaignStore.open(url))
    with store:
        campaign = store.get("glass")
        suggestions = {s.id: s for s in every(campaign.suggestions)}
        told = {m.id: m for m in every(campaign.measurements)}
        promises = [p for job in jobs for p in job.promises()]
        tells = [p for p in promises if p["what"] == "tell"]
        assert len(tells) == sum(job.rounds for job in jobs)
        for promise in tells:
            assert told[promise["id"]].result.value == promise["value"], "a told result was lost or changed"
            assert told[promise["id"]].result.suggestion == promise["suggestion"]
        assert len(told) == len(tells), "a result was told that nobody told"
        assert max(Counter(m.result.suggestion for m in told.values()).values()) == 1, "a suggestion was told twice"
        assert len(suggestions) == len(tells), "an ask was answered twice"
        assert all(s.state is State.MEASURED for s in suggestions.values())
        events = list(every(campaign.history))
        assert [e.number for e in events] == list(range(1, len(events) + 1))
        check_recipes(suggestions, events)


def check_recipes(suggestions, events):
    """No recipe was open twice at one time: it came again only after its lease had run out."""
    ended = {e.suggestion: e.number for e in events if e.kind in ("expired", "measured")}
    begun = {e.suggestion: e.number for e in events if e.kind == "proposed"}
    by_recipe = {}
    for suggestion in suggestions.values():
        for earlier in by_recipe.setdefault(suggestion.candidate, []):
            assert ended[earlier.id] < begun[suggestion.id], "one recipe was open twice"
            assert earlier.state is not State.MEASURED, "a measured recipe was proposed again"
        by_recipe[suggestion.candidate].append(suggestion)


def test_clients_killed_at_any_moment_short(store_url, tmp_path):
    url = store_url()
    jobs = jobs_of(url, tmp_path, workers=4, rounds=6)
    run_with_kills(jobs, kills=8, seed=1)
    check(url, jobs)


def test_a_server_that_restarts_loses_nothing_short(postgresql, tmp_path):
    url = postgresql.url()
    jobs = jobs_of(url, tmp_path, workers=3, rounds=4)

    def crash():
        postgresql.stop(signal.SIGQUIT)
        postgresql.start()

    run_with_kills(jobs, kills=1, seed=2, restart=crash, restarts=1)
    check(url, jobs)


@pytest.mark.faults
@pytest.mark.parametrize("seed", [11, 12])
def test_eight_clients_killed_again_and_again(store_url, tmp_path, seed):
    url = store_url()
    jobs = jobs_of(url, tmp_path, workers=8, rounds=25)
    run_with_kills(jobs, kills=40, seed=seed)
    check(url, jobs)


@pytest.mark.faults
def test_eight_clients_and_a_server_that_restarts(postgresql, tmp_path):
    url = postgresql.url()
    jobs = jobs_of(url, tmp_path, workers=8, rounds=25)
    ways = iter([signal.SIGINT, signal.SIGQUIT, signal.SIGKILL, signal.SIGQUIT])

    def restart():
        postgresql.stop(next(ways))
        time.sleep(0.3)
        postgresql.start()

    run_with_kills(jobs, kills=20, seed=13, restart=restart, restarts=4)
    check(url, jobs)


def test_no_lease_stays_open_after_its_time(store_url, tmp_path):
    """Clients that die with a suggestion in hand: it is free again when the lease ends, and not before."""
    url = store_url()
    jobs = jobs_of(url, tmp_path, workers=3, rounds=50, lease_s=1.0)
    workers = [job.start() for job in jobs]
    deadline = time.monotonic() + 60
    while not all(any(p["what"] == "ask" for p in job.promises()) for job in jobs):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    for worker in workers:
        os.kill(worker.pid, signal.SIGKILL)
        worker.join()
    with CampaignStore.open(url) as store:
        campaign = store.get("glass")
        time.sleep(1.2)
        assert campaign.suggestions("open").items == ()
        assert store.list().items[0].suggestions["proposed"] == 0
        states = {s.state for s in every(campaign.suggestions)}
        assert states <= {State.MEASURED, State.EXPIRED}
        promised = {p["id"] for job in jobs for p in job.promises() if p["what"] == "tell"}
        assert promised <= {m.id for m in every(campaign.measurements)}
