"""One planner at a time per campaign, without holding the database while it thinks.

Two asks that ran at once would not see each other's suggestions and could propose one recipe twice. A planner takes
seconds, though, and a write transaction held that long would block every other client of a SQLite store. So the
campaign has a planning lock, a token with a time in its row:

1. a short transaction puts our token there if nobody's token is valid, and reads what the planner needs to know;
2. the planner runs with no transaction open, while a thread keeps pushing the time of the token ahead;
3. a short transaction checks that the token is *still ours*, writes the suggestions, and takes the token away.

A client that dies in step 2 stops pushing; its token runs out and the next one goes on. A client that was frozen and
wakes up late finds another token in step 3 and writes nothing. Telling and updating need no lock: they run in
between, and the planner's answer is written beside them.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_hex

import sqlalchemy as sa

from surrogate.campaign import tables
from surrogate.campaign.database import Database
from surrogate.campaign.ledger import Clock, Ledger, no_campaign
from surrogate.errors import Busy, StoreUnavailable

#: How long a token is believed without a sign of life from its owner, in seconds.
PLANNING_LEASE_S = 15.0


@dataclass(frozen=True, kw_only=True)
class PlanningLock:
    """The planning lock of one campaign, as one ask sees it."""

    database: Database
    campaign_id: str
    clock: Clock
    lease_s: float
    token: str

    @classmethod
    def of(cls, database: Database, campaign_id: str, clock: Clock, lease_s: float) -> PlanningLock:
        """A lock with a token of its own; nothing is taken yet."""
        return cls(database=database, campaign_id=campaign_id, clock=clock, lease_s=lease_s, token=token_hex(16))

    def take(self, book: Ledger) -> bool:
        """Whether the lock is ours now (step 1, inside the transaction of ``book``)."""
        until = book.row["planning_until"]
        if book.row["planning_token"] is not None and until is not None and until > book.now:
            return False
        self._write(book.connection, self.token)
        return True

    def wait_until_free(self, deadline: float) -> None:
        """Wait for the other planner, looking only.

        Raises :class:`Busy` when :func:`time.monotonic` passes ``deadline``.
        """
        pause = 0.02
        while True:
            time.sleep(pause * random.uniform(0.5, 1.5))
            pause = min(2 * pause, 0.5)
            if not self._is_held():
                return
            if time.monotonic() > deadline:
                raise Busy(
                    f"Another client is planning for the campaign '{self.campaign_id}'.",
                    hint="Ask again in a while; nothing was proposed.",
                )

    def check_ours(self, book: Ledger) -> None:
        """Refuse to write when another planner took over (step 3)."""
        if book.row["planning_token"] != self.token:
            raise Busy(
                f"This ask stood still for more than {self.lease_s:g} s and another client went on without it.",
                hint="Ask again; nothing was proposed by this one.",
            )

    def release(self, connection: sa.Connection) -> None:
        """Take our token away, if it is still there."""
        table = tables.campaign
        condition = sa.and_(table.c.id == self.campaign_id, table.c.planning_token == self.token)
        connection.execute(table.update().where(condition).values(planning_token=None, planning_until=None))

    @contextmanager
    def kept_alive(self) -> Iterator[None]:
        """Push the time of the token ahead while the planner thinks; release it when it fails."""
        finished = threading.Event()
        thread = threading.Thread(target=self._push, args=(finished,), daemon=True, name="campaign-planning-lease")
        thread.start()
        try:
            yield
        except BaseException:
            finished.set()
            thread.join()
            with suppress(StoreUnavailable), self.database.write() as connection:
                self.release(connection)
            raise
        finally:
            finished.set()
            thread.join()

    def _push(self, finished: threading.Event) -> None:
        while not finished.wait(self.lease_s / 3.0):
            with suppress(StoreUnavailable), self.database.write() as connection:  # the next push may get through
                self._write(connection, self.token, only_ours=True)

    def _write(self, connection: sa.Connection, token: str, *, only_ours: bool = False) -> None:
        table = tables.campaign
        condition = table.c.id == self.campaign_id
        if only_ours:
            condition = sa.and_(condition, table.c.planning_token == self.token)
        until = self.clock() + timedelta(seconds=self.lease_s)
        connection.execute(table.update().where(condition).values(planning_token=token, planning_until=until))

    def _is_held(self) -> bool:
        table = tables.campaign
        query = sa.select(table.c.planning_token, table.c.planning_until).where(table.c.id == self.campaign_id)
        with self.database.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise no_campaign(self.campaign_id)
        token, until = row
        return token is not None and until is not None and until > self.clock()
