"""The store of all campaigns: open it once per process, then create, get, list, move campaigns in and out.

In short::

    store = CampaignStore.open("campaigns.db")
    campaign = store.create("argyrodites", ready("argyrodite"), "maximise ionic_conductivity")
    asked = campaign.ask(bayesian_planner(models), batch=4)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from types import TracebackType
from typing import Any

import sqlalchemy as sa

from surrogate.campaign import glance, reading, tables
from surrogate.campaign.campaign import Campaign, checked_lease
from surrogate.campaign.changes import is_archived
from surrogate.campaign.codec import objective_to_plain, sha256_of, space_to_plain
from surrogate.campaign.database import PATIENCE_S, Database, open_database
from surrogate.campaign.glance import wanted_in
from surrogate.campaign.ledger import Clock, campaign_row, now_utc, store_answer, stored_answer
from surrogate.campaign.locking import PLANNING_LEASE_S
from surrogate.campaign.records import Page, Summary, checked_id, checked_key, checked_text
from surrogate.campaign.transfer import exported, imported
from surrogate.errors import Conflict, InvalidInput
from surrogate.execution.checks import check_seed
from surrogate.instruments.source import InstrumentFile
from surrogate.planner.objective import Objective, objective_of
from surrogate.planner.observations import check_wanted
from surrogate.space.design_space import DesignSpace
from surrogate.space.ready import load_space

#: How long a suggestion stays open when nobody says otherwise: a fortnight, in seconds.
LEASE_S = 14 * 86_400.0


@dataclass(frozen=True, kw_only=True)
class Created:
    """A campaign that was asked to be created; ``replayed`` when its idempotency key had been used before."""

    campaign: Campaign
    replayed: bool = False


@dataclass(frozen=True, kw_only=True)
class CampaignStore:
    """All campaigns of one SQLite file or PostgreSQL database.

    Make one with :meth:`open`; safe to share among threads.
    """

    database: Database
    clock: Clock = now_utc
    planning_lease_s: float = PLANNING_LEASE_S

    @classmethod
    def open(
        cls,
        url: str | Path,
        *,
        clock: Clock = now_utc,
        patience_s: float = PATIENCE_S,
        planning_lease_s: float = PLANNING_LEASE_S,
        must_exist: bool = False,
    ) -> CampaignStore:
        """Open a store, made if it is new and brought up to date if it is old.

        Args:
            url: A path, ``sqlite:///…`` or ``postgresql://…``.
            clock: Gives the time.
            patience_s: How long a writer waits for another, in seconds.
            planning_lease_s: How long a planner that gives no sign of life is waited for, in seconds.
            must_exist: Whether a new store is refused instead of made.

        Raises:
            StoreUnavailable: The store cannot be opened, or a newer version of the library wrote it.
        """
        database = open_database(url, patience_s=patience_s, must_exist=must_exist)
        return cls(database=database, clock=clock, planning_lease_s=planning_lease_s)

    def close(self) -> None:
        """Close the connections."""
        self.database.close()

    def __enter__(self) -> CampaignStore:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def create(
        self,
        name: str,
        space: DesignSpace | str,
        objective: Objective | str | Sequence[str],
        *,
        id: str | None = None,
        seed: int = 0,
        lease_s: float = LEASE_S,
        key: str | None = None,
    ) -> Campaign:
        """Create a campaign, or get the one that has this content already.

        Args:
            name: In a few words, what it is about.
            space: What can be made, or the name of a ready-made space or of a TOML file.
            objective: What is wished for, as text or parsed.
            id: Chosen when not given.
            seed: Of everything that its planners draw.
            lease_s: How long a suggestion is held for its laboratory, in seconds.
            key: Makes the call repeatable.

        Raises:
            Conflict: The ``id`` or the ``key`` was used with another content.
        """
        return self.make(name, space, objective, id=id, seed=seed, lease_s=lease_s, key=key).campaign

    def make(
        self,
        name: str,
        space: DesignSpace | str,
        objective: Objective | str | Sequence[str],
        *,
        id: str | None = None,
        seed: int = 0,
        lease_s: float = LEASE_S,
        key: str | None = None,
    ) -> Created:
        """Create a campaign as :meth:`create` does, of the same arguments and with the same errors.

        Returns:
            The campaign, and whether ``key`` had been used for it before.
        """
        row = self._described(name, load_space(space) if isinstance(space, str) else space, objective, seed, lease_s)
        checked_key(key)
        request = sha256_of({"create": row["content_sha256"], "id": id})
        for attempt in (1, 2):  # two clients that create one campaign at once: the second finds the first's
            try:
                chosen, replayed = self._created(row, id, key, request)
                return Created(campaign=self.get(chosen), replayed=replayed)
            except sa.exc.IntegrityError:
                if attempt == 2:
                    raise Conflict(
                        "Another client creates the same campaign.", hint="Send the request again."
                    ) from None
        raise AssertionError("the loop returns or raises")

    def _created(
        self, row: Mapping[str, Any], campaign_id: str | None, key: str | None, request: str
    ) -> tuple[str, bool]:
        """The id of the campaign, written if it is not there, and whether ``key`` answered."""
        with self.database.write() as connection:
            answered = stored_answer(connection, "", key, request)
            if answered is not None:
                return str(answered["id"]), True
            chosen = checked_id(campaign_id or f"c-{token_hex(5)}", "campaign id")
            if not self._exists(connection, chosen, row["content_sha256"]):
                self._insert(connection, {"id": chosen, **row})
            store_answer(connection, "", key, request, {"id": chosen}, self.clock())
        return chosen, False

    def _described(
        self, name: str, space: DesignSpace, objective: Objective | str | Sequence[str], seed: int, lease_s: float
    ) -> dict[str, Any]:
        if not name.strip():
            raise InvalidInput("The campaign has no name.", hint="Say in a few words what it is about.")
        checked_text(name, "name", 200)
        check_seed(seed)
        parsed = objective_of(objective)
        check_wanted(space, parsed)
        described = {
            "name": name.strip(),
            "space": space_to_plain(space),
            "objective": objective_to_plain(parsed),
            "seed": seed,
            "lease_s": checked_lease(lease_s),
        }
        return {**described, "content_sha256": sha256_of(described)}

    def _exists(self, connection: sa.Connection, campaign_id: str, content: str) -> bool:
        table = tables.campaign
        stored = connection.scalar(sa.select(table.c.content_sha256).where(table.c.id == campaign_id))
        if stored is not None and stored != content:
            raise Conflict(
                f"There is a campaign '{campaign_id}' already, with another name, space, objective, seed or lease.",
                hint="Choose another id, or get the one that exists.",
            )
        return stored is not None

    def _insert(self, connection: sa.Connection, row: Mapping[str, Any]) -> None:
        now = self.clock()
        counters = {"version": 1, "asks": 0, "n_suggestions": 0, "n_measurements": 0, "n_events": 1}
        connection.execute(tables.campaign.insert().values({**row, **counters, "created": now, "updated": now}))
        created = {"campaign_id": row["id"], "number": 1, "at": now, "kind": "created", "detail": {"name": row["name"]}}
        connection.execute(tables.event.insert().values(created))

    def get(self, campaign_id: str) -> Campaign:
        """The campaign of this id; :class:`NotFound` when there is none.

        Raises :class:`CampaignError` when what is stored as its space or objective is refused; :meth:`summary` and
        :meth:`export` go on working.
        """
        with self.database.read() as connection:
            row = campaign_row(connection, campaign_id)
        space, objective = wanted_in(row)
        return Campaign(
            database=self.database,
            id=row["id"],
            name=row["name"],
            space=space,
            objective=objective,
            seed=row["seed"],
            lease_s=row["lease_s"],
            created=row["created"],
            clock=self.clock,
            planning_lease_s=self.planning_lease_s,
        )

    def list(self, *, limit: int = 100, after: str | None = None, archived: bool | None = None) -> Page[Summary]:
        """List campaigns at a glance, in the order of their ids; one that cannot be worked with says so in ``trouble``.

        Args:
            limit: The most of one page.
            after: What the page before called next.
            archived: Only those that were put away, or only the others.
        """
        table, now = tables.campaign, self.clock()
        with self.database.read() as connection:
            query = sa.select(table)
            if archived is not None:
                query = query.where(is_archived(connection).is_(archived))
            return reading.page_of(
                connection, query, table.c.id, lambda row: glance.summary(connection, row, now),
                limit=limit, after=after,
            )  # fmt: skip

    def count(self, *, archived: bool) -> int:
        """Count the campaigns that were put away, or that were not."""
        with self.database.read() as connection:
            query = sa.select(sa.func.count()).select_from(tables.campaign)
            return int(connection.scalar(query.where(is_archived(connection).is_(archived))) or 0)

    def summary(self, campaign_id: str) -> Summary:
        """One campaign at a glance, also when it cannot be worked with; :class:`NotFound` when there is none."""
        with self.database.read() as connection:
            return glance.summary_of(connection, campaign_id, self.clock())

    def export(self, campaign_id: str) -> dict[str, Any]:
        """Everything about a campaign as plain data, for :meth:`import_` here or elsewhere."""
        with self.database.read() as connection:
            return exported(connection, campaign_id)

    def import_(
        self, data: Mapping[str, Any], *, id: str | None = None, files: Sequence[InstrumentFile] = ()
    ) -> Campaign:
        """Import a campaign from :meth:`export`; it goes on exactly where the original stood.

        Args:
            data: The export.
            id: Of the copy; the original's when not given.
            files: Those of instruments that the original kept, which an export in JSON does not hold.

        Raises:
            Conflict: The id is taken.
            InvalidInput: The data are not an export.
        """
        with self.database.write() as connection:
            chosen = imported(
                connection, data, None if id is None else checked_id(id, "campaign id"), self.clock(), files
            )
        return self.get(chosen)
