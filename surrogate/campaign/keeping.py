"""Files of instruments that users asked to keep: in the store of the campaign, each once, and not without bounds.

Without being asked, a campaign keeps the names and hashes of files alone (:mod:`surrogate.candidate.provenance`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
    """Write what is not there yet; raises :class:`InvalidInput` for more than is kept, and then nothing is."""
    table = tables.kept_file
    kept = {file.sha256: file.size_bytes for file in list_kept(book.connection, book.campaign_id)}
    for file in files:
        if file.sha256 in kept:
            continue
        size = len(file.content)
        if size > MAX_FILE_BYTES:
            raise InvalidInput(
                f"'{file.name}' has {size / 2**20:.1f} MB; files of {MAX_FILE_BYTES // 2**20} MB are kept at most.",
                hint="Tell its values without keeping it: its name and hash are stored with them.",
            )
        if sum(kept.values()) + size > MAX_CAMPAIGN_BYTES:
            raise InvalidInput(
                f"The campaign keeps {sum(kept.values()) / 2**20:.0f} MB of files already; "
                f"{MAX_CAMPAIGN_BYTES // 2**20} MB are the most.",
                hint="Tell the values without keeping the files.",
            )
        row = {"sha256": file.sha256, "name": file.name[:200], "size_bytes": size, "content": file.content}
        book.connection.execute(table.insert().values(campaign_id=book.campaign_id, created=book.now, **row))
        book.event("kept", file=file.name[:200], sha256=file.sha256)
        kept[file.sha256] = size


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
