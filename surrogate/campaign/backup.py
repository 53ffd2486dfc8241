"""Copies of a whole store, and a store from a copy, whatever database either is in.

A copy is a SQLite store of its own, written row by row from one snapshot: it holds everything that was acknowledged
before it was begun, also while the store is in use or where a process was killed and left its write-ahead log behind.
No file of a store is ever copied or replaced as a file; a log that belongs to another file would be played into it.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa

from surrogate.campaign import tables
from surrogate.campaign.database import address_of, open_database
from surrogate.campaign.migrations import HEAD, begin_anew
from surrogate.errors import Conflict, StoreUnavailable

#: Rows that are held in memory on their way; of files of instruments fewer.
CHUNK, FEW = 500, 4


def back_up(store: str | Path, copy: Path) -> Mapping[str, int]:
    """Copy the whole ``store`` into the new file ``copy``; the numbers of rows by table.

    Raises:
        Conflict: There is a file ``copy`` already.
        NotFound: There is no such store.
        StoreUnavailable: The store cannot be read, or the copy not written.
    """
    if copy.exists():
        raise Conflict(
            f"There is a file '{copy}' already.", hint="Give the copy another name, such as one with a date."
        )
    source = open_database(store, must_exist=True)
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=f".{copy.name}-", dir=copy.parent) as folder:
            written = Path(folder) / copy.name
            target = open_database(written)
            try:
                with source.read() as reading, target.write() as writing:
                    counts = _copy_rows(reading, writing)
            finally:
                target.close()
            # One file without a log beside it, whole and on the disk.
            with closing(sqlite3.connect(written)) as connection:
                connection.execute("PRAGMA journal_mode=DELETE")
            _sync(written)
            os.link(written, copy)  # never over a file that somebody else has put there meanwhile
    except FileExistsError:
        raise Conflict(f"There is a file '{copy}' already.", hint="Give the copy another name.") from None
    except OSError as error:
        raise StoreUnavailable(
            f"'{copy}' cannot be written ({error.strerror or error}).", hint="Make room, or choose another place."
        ) from error
    finally:
        source.close()
    _sync(copy.parent)
    return counts


def restore(copy: Path, store: str | Path, *, replace: bool = False) -> Mapping[str, int]:
    """Put what ``copy`` holds into ``store``, all of it or nothing; the numbers of rows by table.

    Args:
        copy: What :func:`back_up` wrote; it is only read.
        store: A file or the address of a database; made when it is new.
        replace: Whether campaigns that are in the store may be lost.

    Raises:
        Conflict: The store holds campaigns, and nobody said that they may be lost.
        NotFound: There is no such copy.
        StoreUnavailable: The copy is damaged, or the store cannot be written.
    """
    with TemporaryDirectory(prefix="surrogate-copy-") as folder:
        return _restore(_bring_up_to_date(copy, Path(folder)), store, replace)


def _bring_up_to_date(copy: Path, folder: Path) -> Path:
    """The copy itself or, where an earlier version wrote it, one in ``folder``: opening it brings it up to date."""
    if not copy.is_file():
        return copy
    with (
        suppress(sqlite3.DatabaseError),
        closing(sqlite3.connect(f"{copy.resolve().as_uri()}?mode=ro", uri=True)) as old,
    ):
        (version,) = old.execute("SELECT version_num FROM alembic_version").fetchone()
        if version < HEAD:
            with closing(sqlite3.connect(folder / copy.name)) as new:
                old.backup(new)
            return folder / copy.name
    return copy


def _restore(copy: Path, store: str | Path, replace: bool) -> Mapping[str, int]:
    source = open_database(copy, must_exist=True)
    try:
        with source.read() as reading:
            state = reading.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if state != "ok":
            raise StoreUnavailable(f"The copy '{copy}' is damaged ({state}).", hint="Restore another one.")
        target = open_database(store)
        try:
            with source.read() as reading, target.write() as writing:
                _clear(writing, address_of(store).render_as_string(hide_password=True), replace)
                return _copy_rows(reading, writing)
        finally:
            target.close()
    finally:
        source.close()


def _clear(connection: sa.Connection, place: str, replace: bool) -> None:
    """Begin the tables anew; until the end of the transaction nobody else can work on them."""
    present = connection.scalar(sa.select(sa.func.count()).select_from(tables.campaign)) or 0
    if present and not replace:
        raise Conflict(
            f"The campaign store {place} holds {present} campaigns, which a restored copy would take the place of.",
            hint="Back it up, then say --replace; or give a new store.",
        )
    begin_anew(connection)


def _copy_rows(reading: sa.Connection, writing: sa.Connection) -> dict[str, int]:
    """Copy the rows of every table, parents first, and count them on arrival."""
    counts: dict[str, int] = {}
    for table in tables.metadata.sorted_tables:
        chunk = FEW if table is tables.kept_file else CHUNK
        rows = reading.execution_options(yield_per=chunk).execute(sa.select(table)).mappings()
        sent = 0
        for part in rows.partitions(chunk):
            writing.execute(table.insert(), [dict(row) for row in part])
            sent += len(part)
        counts[table.name] = writing.scalar(sa.select(sa.func.count()).select_from(table)) or 0
        if counts[table.name] != sent:
            raise StoreUnavailable(
                f"Of {sent} rows of '{table.name}', {counts[table.name]} arrived.", hint="Nothing was kept; try again."
            )
    return counts


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
