"""A campaign at a glance, from its rows alone: also of one whose space or objective is refused by now.

What was accepted once may be refused later (a typo that is checked today, a property of one's own that this process
was not given). Such a campaign stays in the list with the reason, and can be exported; it does not hide the others.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from surrogate.campaign import tables
from surrogate.campaign.changes import batch_and_archived
from surrogate.campaign.codec import objective_from_plain, space_from_plain
from surrogate.campaign.ledger import campaign_row
from surrogate.campaign.reading import NOTHING_LOST, state_filter
from surrogate.campaign.records import Summary
from surrogate.errors import CampaignError, SurrogateError
from surrogate.planner.objective import Objective
from surrogate.space.design_space import DesignSpace
from surrogate.wire.states import WITHOUT_VALUE, State


def wanted_in(row: sa.RowMapping) -> tuple[DesignSpace, Objective]:
    """Space and objective of a stored campaign; :class:`CampaignError` when one of them is refused."""
    try:
        return space_from_plain(row["space"]), objective_from_plain(row["objective"])
    except SurrogateError as error:
        reason = f"{error.message} {error.hint}".rstrip()
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        reason = f"What is stored of it is damaged ({type(error).__name__}: {error})."
    raise CampaignError(
        f"The campaign '{row['id']}' cannot be worked with: {reason}",
        hint=NOTHING_LOST,
    )


def summary_of(connection: sa.Connection, campaign_id: str, now: datetime) -> Summary:
    """The campaign of this id at a glance; :class:`NotFound` when there is none."""
    return summary(connection, campaign_row(connection, campaign_id), now)


def summary(connection: sa.Connection, row: sa.RowMapping, now: datetime) -> Summary:
    """The campaign of this row at a glance."""
    trouble = None
    try:
        objective = str(wanted_in(row)[1])
    except CampaignError as error:
        trouble, objective = error.message, _spelled(row["objective"])
    batch, archived = batch_and_archived(connection, row["id"])
    return Summary(
        id=row["id"],
        name=row["name"],
        objective=objective,
        space=str(row["space"].get("name", "")) if isinstance(row["space"], dict) else "",
        version=row["version"],
        created=row["created"],
        updated=row["updated"],
        suggestions=_states(connection, row["id"], now),
        batch=batch,
        archived=archived,
        trouble=trouble,
        **_told_counts(connection, row["id"]),
    )


def _spelled(objective: Any) -> str:
    """The stored objective of a campaign in trouble, in words; what it is about, where it is the objective that is
    refused.
    """
    with suppress(SurrogateError, KeyError, TypeError, ValueError, AttributeError):
        return str(objective_from_plain(objective))
    targets = objective.get("targets", []) if isinstance(objective, dict) else []
    return ", ".join(str(target.get("quantity", "")) for target in targets if isinstance(target, dict))


def _states(connection: sa.Connection, campaign_id: str, now: datetime) -> dict[str, int]:
    table = tables.suggestion
    shown = sa.case((state_filter(str(State.EXPIRED), now), str(State.EXPIRED)), else_=table.c.state)
    query = sa.select(shown, sa.func.count()).where(table.c.campaign_id == campaign_id).group_by(shown)
    counts = {str(state): int(n) for state, n in connection.execute(query)}
    return {str(state): counts.get(str(state), 0) for state in State}


def _told_counts(connection: sa.Connection, campaign_id: str) -> dict[str, int]:
    table = tables.measurement
    failed = table.c.status.in_([str(status) for status in WITHOUT_VALUE])
    query = sa.select(failed, sa.func.count()).where(table.c.campaign_id == campaign_id).group_by(failed)
    counts = {bool(is_failed): int(n) for is_failed, n in connection.execute(query)}
    with_result = sa.select(table.c.suggestion_id).where(
        table.c.campaign_id == campaign_id, failed, table.c.suggestion_id.is_not(None)
    )
    suggestions = tables.suggestion
    without_result = sa.select(sa.func.count()).where(
        suggestions.c.campaign_id == campaign_id,
        suggestions.c.state == str(State.FAILED),
        suggestions.c.id.not_in(with_result),
    )
    failures = counts.get(True, 0) + int(connection.scalar(without_result) or 0)
    return {"measurements": counts.get(False, 0), "failures": failures}
