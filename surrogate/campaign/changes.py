"""A campaign that changes its mind: another objective, space, number of recipes or name from here on; results are kept.

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
    name: str | None,
    archived: bool | None,
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
    batch_before, archived_before = batch_and_archived(book.connection, book.campaign_id)
    before = {
        "space": space_to_plain(old[0]),
        "objective": objective_to_plain(old[1]),
        "batch": batch_before,
        "name": book.row["name"],
        "archived": archived_before,
    }
    after = {
        "space": before["space"] if space is None else space_to_plain(space),
        "objective": before["objective"] if objective is None else objective_to_plain(objective),
        "batch": before["batch"] if batch is None else batch,
        "name": before["name"] if name is None else name,
        "archived": before["archived"] if archived is None else archived,
    }
    different = [part for part in after if after[part] != before[part]]
    if not different:
        return False
    row = {part: after[part] for part in ("space", "objective", "name") if part in different}
    if row:
        mine = tables.campaign.c.id == book.campaign_id
        book.connection.execute(tables.campaign.update().where(mine).values(row))
    book.event(
        CHANGED,
        reason=reason,
        asks=book.counters["asks"],
        before={part: before[part] for part in different},
        after={part: after[part] for part in different},
    )
    return True


def batch_and_archived(connection: sa.Connection, campaign_id: str) -> tuple[int, bool]:
    """How many recipes the campaign asks for where an ask does not say, and whether it was put away: nothing of it is
    lost then, and lists leave it out until it is looked for.
    """
    newest: dict[str, Any] = {}
    for detail in _changes(connection, campaign_id):
        newest |= detail["after"]
    return int(newest.get("batch", BATCH)), bool(newest.get("archived", False))


def is_archived(connection: sa.Connection) -> sa.ColumnElement[bool]:
    """Whether a row of campaigns was put away, for a query of ``connection``: by the newest change that tells."""
    table = tables.event
    read = sa.cast if connection.dialect.name == "postgresql" else sa.type_coerce  # SQLite reads JSON of any text
    archived = read(table.c.detail, sa.JSON)[("after", "archived")]
    newest = (
        sa.select(archived.as_boolean())
        .where(table.c.campaign_id == tables.campaign.c.id, table.c.kind == CHANGED, archived.as_string().is_not(None))
        .order_by(table.c.number.desc())
        .limit(1)
        .correlate(tables.campaign)
        .scalar_subquery()
    )
    return sa.func.coalesce(newest, sa.false())


def replaced_since(connection: sa.Connection, campaign_id: str, ask: int) -> dict[str, Any]:
    """What ask number ``ask`` was made with, as it is stored: the space, the objective and so on that were changed
    later; what is still the same is not in it.
    """
    replaced: dict[str, Any] = {}
    for detail in _changes(connection, campaign_id):
        if detail["asks"] >= ask:
            replaced = {**detail["before"], **replaced}
    return replaced


def _changes(connection: sa.Connection, campaign_id: str) -> Iterator[Mapping[str, Any]]:
    """The details of all changes, in order."""
    table = tables.event
    query = sa.select(table.c.detail).where(table.c.campaign_id == campaign_id, table.c.kind == CHANGED)
    yield from connection.scalars(query.order_by(table.c.number))
