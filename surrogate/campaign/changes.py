"""A campaign that changes its mind: another objective, space or number of recipes from here on; results are kept.

A change is one event of the history, ``changed``, with what was there before and what is there now, written in the
transaction that changes the row. So the event says what an earlier batch was asked for, and nothing else has to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from surrogate.campaign import tables
from surrogate.campaign.codec import objective_to_plain, space_to_plain
from surrogate.campaign.ledger import Ledger
from surrogate.errors import Conflict
from surrogate.planner.objective import Objective
from surrogate.planner.observations import check_wanted
from surrogate.planner.planners import BATCH
from surrogate.space.design_space import DesignSpace

CHANGED = "changed"


@dataclass(frozen=True, kw_only=True)
class Changed:
    """What a change did: the version after it, and the open suggestions that the space would not propose any more."""

    version: int
    outside: tuple[str, ...]


def write_change(
    book: Ledger,
    old: tuple[DesignSpace, Objective],
    *,
    space: DesignSpace | None,
    objective: Objective | None,
    batch: int | None,
    reason: str,
) -> bool:
    """Write what is different, with an event; false, and nothing written, where nothing is.

    Raises :class:`Conflict` for a space of another kind of candidate, and what :func:`check_wanted` raises.
    """
    if space is not None and space.subject is not old[0].subject:
        raise Conflict(
            f"The campaign is about {old[0].subject}s, the new space about {space.subject}s.",
            hint="Start another campaign, and take the results along with 'surrogate sheet import --from-campaign'.",
        )
    check_wanted(space or old[0], objective or old[1])
    before: dict[str, Any] = {"space": space_to_plain(old[0]), "objective": objective_to_plain(old[1])}
    before["batch"] = batch_size(book.connection, book.campaign_id)
    after = {
        "space": before["space"] if space is None else space_to_plain(space),
        "objective": before["objective"] if objective is None else objective_to_plain(objective),
        "batch": before["batch"] if batch is None else batch,
    }
    different = [name for name in after if after[name] != before[name]]
    if not different:
        return False
    row = {name: after[name] for name in ("space", "objective") if name in different}
    if row:
        mine = tables.campaign.c.id == book.campaign_id
        book.connection.execute(tables.campaign.update().where(mine).values(row))
    book.event(
        CHANGED,
        reason=reason,
        asks=book.counters["asks"],
        before={name: before[name] for name in different},
        after={name: after[name] for name in different},
    )
    return True


def batch_size(connection: sa.Connection, campaign_id: str) -> int:
    """How many recipes the campaign asks for where an ask does not say."""
    sizes = [detail["after"]["batch"] for detail in _changes(connection, campaign_id) if "batch" in detail["after"]]
    return int(sizes[-1]) if sizes else BATCH


def value_at(connection: sa.Connection, campaign_id: str, ask: int, name: str) -> Any:
    """The stored space or objective that ask number ``ask`` was made with; ``None`` where it is still the same."""
    later = (detail for detail in _changes(connection, campaign_id) if detail["asks"] >= ask)
    return next((detail["before"][name] for detail in later if name in detail["before"]), None)


def _changes(connection: sa.Connection, campaign_id: str) -> Iterator[Mapping[str, Any]]:
    """The details of all changes, in order."""
    table = tables.event
    query = sa.select(table.c.detail).where(table.c.campaign_id == campaign_id, table.c.kind == CHANGED)
    yield from connection.scalars(query.order_by(table.c.number))
