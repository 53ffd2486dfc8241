"""The tables of the store, version by version (Alembic); shipped with the library and run when a store is opened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from surrogate.errors import StoreUnavailable

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

#: The newest version: the last file in ``versions/``.
HEAD = "0002"


def bring_up_to_date(connection: sa.Connection, *, dry_run: bool = False) -> bool:
    """Whether the tables were at :data:`HEAD` already; if not, and this is no ``dry_run``, they are afterwards.

    Runs inside the transaction of ``connection``, so that two clients that open a new store do not meet. Raises
    :class:`StoreUnavailable` for a store that a newer version of the library wrote.
    """
    version = _version_of(connection)
    if version == HEAD:
        return True
    if version is not None and version > HEAD:
        raise StoreUnavailable(
            f"The campaign store has tables of version {version}; this library knows them up to {HEAD}.",
            hint="Use the version of sulfide-surrogate that wrote it, or a newer one.",
        )
    if not dry_run:
        _upgrade(connection)
    return False


def _version_of(connection: sa.Connection) -> str | None:
    """The version of the tables, ``None`` for an empty store."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return version


def begin_anew(connection: sa.Connection) -> None:
    """Take the tables with all they hold away and make new ones, inside the transaction of ``connection``.

    Deleting rows would not do: the history of a campaign only grows, and the database itself sees to that.
    """
    _run(connection, lambda scripts, revision: scripts._downgrade_revs("base", revision))
    _upgrade(connection)


def _upgrade(connection: sa.Connection) -> None:
    _run(connection, lambda scripts, revision: scripts._upgrade_revs(HEAD, revision))


def _run(connection: sa.Connection, steps: Callable[[ScriptDirectory, Any], Any]) -> None:
    from alembic.migration import MigrationContext
    from alembic.operations import Operations
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(Path(__file__).parent))
    context = MigrationContext.configure(
        connection, opts={"fn": lambda revision, _: steps(scripts, revision), "transactional_ddl": True}
    )
    with Operations.context(context):
        context.run_migrations()
