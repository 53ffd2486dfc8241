"""Files of instruments that users asked to keep: in the store of the campaign, each once, and not without bounds.

Without being asked, a campaign keeps the names and hashes of files alone (:mod:`surrogate.candidate.provenance`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from surrogate.campaign import tables
from surrogate.errors import InvalidInput, NotFound
from surrogate.instruments.source import InstrumentFile

if TYPE_CHECKING:
    from surrogate.campaign.ledger import Ledger

#: Most bytes of one file that is kept, and of all files of one campaign.
MAX_FILE_BYTES, MAX_CAMPAIGN_BYTES = 8 * 2**20, 256 * 2**20


@dataclass(frozen=True, kw_only=True)
class KeptFile:
    """A file that is kept beside a campaign, without its content."""

    name: str
    sha256: str
    size_bytes: int


def keep_files(book: Ledger, files: Sequence[InstrumentFile]) -> None:
    """Keep what is not kept yet, with a line in the history; raises as :func:`put_files`."""
    for file in put_files(book.connection, book.campaign_id, files, book.now):
        book.event("kept", file=file.name, sha256=file.sha256)


def put_files(
    connection: sa.Connection, campaign_id: str, files: Sequence[InstrumentFile], now: datetime
) -> list[KeptFile]:
    """Write what is not there yet; those that are new.

    Raises :class:`InvalidInput` for more than is kept; nothing is then, once the transaction is given up.
    """
    sizes = {file.sha256: file.size_bytes for file in list_kept(connection, campaign_id)}
    new: list[KeptFile] = []
    for file in files:
        if file.sha256 in sizes:
            continue
        kept = KeptFile(name=file.name[:200], sha256=file.sha256, size_bytes=len(file.content))
        _check_size(kept, sum(sizes.values()))
        row = {**vars(kept), "campaign_id": campaign_id, "content": file.content, "created": now}
        connection.execute(tables.kept_file.insert().values(row))
        sizes[kept.sha256] = kept.size_bytes
        new.append(kept)
    return new


def _check_size(file: KeptFile, kept_bytes: int) -> None:
    hint = "Tell the values without keeping the file: its name and hash are stored with them."
    size, most = f"{file.size_bytes / 2**20:.1f}", MAX_FILE_BYTES // 2**20
    if file.size_bytes > MAX_FILE_BYTES:
        raise InvalidInput(f"'{file.name}' has {size} MB; files of {most} MB are kept at most.", hint=hint)
    if kept_bytes + file.size_bytes > MAX_CAMPAIGN_BYTES:
        kept, most = f"{kept_bytes / 2**20:.0f}", MAX_CAMPAIGN_BYTES // 2**20
        raise InvalidInput(f"The campaign keeps {kept} MB of files already; {most} MB are the most.", hint=hint)


def list_kept(connection: sa.Connection, campaign_id: str) -> tuple[KeptFile, ...]:
    """The files of a campaign, in the order of their names."""
    table = tables.kept_file
    query = sa.select(table.c.name, table.c.sha256, table.c.size_bytes).where(table.c.campaign_id == campaign_id)
    rows = connection.execute(query.order_by(table.c.name, table.c.sha256)).mappings()
    return tuple(KeptFile(**row) for row in rows)


def read_kept(connection: sa.Connection, campaign_id: str, sha256: str) -> InstrumentFile:
    """One file with its content; :class:`NotFound` when the campaign keeps none of this hash."""
    table = tables.kept_file
    query = sa.select(table.c.name, table.c.content).where(table.c.campaign_id == campaign_id, table.c.sha256 == sha256)
    row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFound(f"The campaign '{campaign_id}' keeps no file of the hash '{sha256[:12]}'.", hint="List them.")
    return InstrumentFile(name=row["name"], content=bytes(row["content"]))
