"""Client processes that ask and tell until they are done, with a journal of what they were promised.

A worker writes to its journal *after* each call returned. What the journal says must be in the store for ever, whatever
happened to the worker, to its sisters and to the database.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

from surrogate.campaign import CampaignStore, random_planner
from surrogate.errors import Busy, StoreUnavailable
from tests.campaigns import conductivity

#: Short, because each killed planner keeps the others waiting that long.
PLANNING_LEASE_S = 0.5
FORK = multiprocessing.get_context("fork")  # everything is imported already: a worker starts at once


@dataclass(frozen=True, kw_only=True)
class Job:
    """One worker: which campaign, how many suggestions to ask for and tell, where its journal is."""

    url: str
    campaign: str
    name: str
    rounds: int
    folder: Path
    lease_s: float = 3600.0

    @property
    def journal(self) -> Path:
        """Survives the worker; its successor goes on where it ends."""
        return self.folder / f"{self.name}.jsonl"

    def start(self) -> BaseProcess:
        """The worker as a process."""
        process = FORK.Process(target=self.run, daemon=True)
        process.start()
        return process

    def promises(self) -> Iterator[dict]:
        """What the worker was promised so far; a line that a kill cut short was no promise."""
        if self.journal.exists():
            for line in self.journal.read_text().splitlines(keepends=True):
                if line.endswith("\n"):
                    yield json.loads(line)

    def run(self) -> None:
        """Ask and tell, each as often as it takes, always with the same key."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        done = {(p["what"], p["round"]) for p in self.promises()}
        store = insisting(lambda: CampaignStore.open(self.url, patience_s=10, planning_lease_s=PLANNING_LEASE_S))
        campaign = insisting(lambda: store.get(self.campaign))
        for number in range(self.rounds):
            key = f"{self.name}-{number}"
            asked = insisting(
                lambda key=key: campaign.ask(random_planner(32), batch=1, key=key, lease_s=self.lease_s, wait_s=60)
            )
            suggestion = asked.suggestions[0].id
            if ("ask", number) not in done:
                self._promise(what="ask", round=number, suggestion=suggestion)
            value = 1e-6 * (number + 1)
            for _ in range(1 + number % 2):  # every other result is told twice
                insisting(lambda key=key, s=suggestion, v=value: campaign.tell(conductivity(s, v, id=key)))
            if ("tell", number) not in done:
                self._promise(what="tell", round=number, id=key, suggestion=suggestion, value=value)
        store.close()

    def _promise(self, **said: object) -> None:
        handle = os.open(self.journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(handle, (json.dumps(said) + "\n").encode())
        os.close(handle)


def insisting(call, patience_s: float = 120.0):
    """Repeat a call while the store is away or busy, as every client may."""
    deadline = time.monotonic() + patience_s
    while True:
        try:
            return call()
        except (StoreUnavailable, Busy):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
