"""Stored answers of earlier versions, rewritten as this version stores them; what anyone reads of them is the same.

The history stays as it was written: the database itself refuses to change it, and reading it is as tolerant.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from pydantic import ValidationError

from surrogate.campaign import reading, tables
from surrogate.campaign.campaign import Campaign
from surrogate.campaign.reading import Candidates
from surrogate.errors import CampaignError
from surrogate.wire.stored import keep


@dataclass(frozen=True, kw_only=True)
class Rewritten:
    """How many answers of a campaign were rewritten, and how many were left because they cannot be read."""

    rewritten: int
    left: int


def rewrite_answers(campaign: Campaign) -> Rewritten:
    """Rewrite what planners said of the suggestions of ``campaign``, in one transaction."""
    candidates, rewritten, left = Candidates(), 0, 0
    table = tables.suggestion
    with campaign.database.write() as connection:
        for row in reading.rows_of(connection, table, campaign.id).all():
            try:
                record = reading.suggestion_record(row, campaign.clock(), candidates)
                answer = {**row["answer"], **keep(record.read_answer(strict=True))}
            except (CampaignError, ValidationError):
                left += 1
                continue
            if answer != row["answer"]:
                same = sa.and_(table.c.campaign_id == campaign.id, table.c.id == row["id"])
                connection.execute(table.update().where(same).values(answer=answer))
                rewritten += 1
    return Rewritten(rewritten=rewritten, left=left)
