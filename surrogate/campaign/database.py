"""The connection to the store: SQLite or PostgreSQL, one transaction at a time, one class of error when it fails.

SQLite runs with a write-ahead log, ``synchronous=FULL`` (a commit is on the disk when it returns), a busy timeout, and
``BEGIN IMMEDIATE`` for everything that writes, so that a writer never finds out at its commit that it came too late.
PostgreSQL runs its writers at READ COMMITTED; they lock the row of their campaign first (``SELECT … FOR UPDATE``, which
SQLite does not need and SQLAlchemy leaves out there). Readers see one snapshot on both.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from surrogate.campaign import presence
from surrogate.campaign.migrations import bring_up_to_date
from surrogate.errors import ConfigError, NotFound, StoreUnavailable, Unavailable

#: Seconds that a writer waits for another one before it gives up.
PATIENCE_S = 30.0
#: Seconds after which either end of a connection knows that the other one is cut off or switched off, and after which a
#: server gives up a client that is frozen in the middle of a transaction. TCP by itself believes in the other end for
#: two hours, and so long would a campaign stay locked, or a replica wait for an answer.
CUT_OFF_S, FROZEN_S = 20, 60
_CLIENT = {
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": CUT_OFF_S * 1000,
}
_SERVER = {
    "tcp_keepalives_idle": 5,
    "tcp_keepalives_interval": 5,
    "tcp_keepalives_count": 3,
    "tcp_user_timeout": CUT_OFF_S * 1000,
    "idle_in_transaction_session_timeout": FROZEN_S * 1000,
}
_WRITES = "surrogate_writes"

# What the two databases say → what we say. First match wins.
_REASONS = (
    ("full", "the disk is full", "Make room; what was told before is safe, and the same request can be sent again."),
    ("no space left", "the disk is full", "Make room; what was told before is safe."),
    ("disk i/o error", "the disk refuses to write", "Check its space, quota and health; what was told before is safe."),
    ("readonly", "it is read-only", "Check the permissions of the file and its folder."),
    ("read-only", "it is read-only", "Check the permissions of the database."),
    ("lock timeout", "another program holds it", "Send the same request again."),
    ("locked", "another program holds it", "Send the same request again; if it stays so, find who has the file open."),
    ("unable to open", "its file cannot be opened", "Check that the folder exists and may be written."),
    ("not a database", "its file is no SQLite database", "Give another path."),
    ("malformed", "its file is damaged", "Restore a copy; 'sqlite3 FILE .recover' saves what can be read."),
    ("password authentication", "it refuses the password", "Check the user and the password of the address."),
    ("does not exist", "the database does not exist", "Create it first, with 'createdb'."),
)


@dataclass(frozen=True, kw_only=True)
class Database:
    """An open store.

    ``write`` and ``read`` are transactions; both raise :class:`StoreUnavailable` when the store fails.
    """

    engine: sa.Engine
    place: str

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that may write: all of it is on the disk afterwards, or none of it."""
        with self.translated(), self.engine.execution_options(**{_WRITES: True}).connect() as connection:
            with connection.begin():
                yield connection
            # After a commit: nothing is acknowledged that went into a file which nobody finds again.
            if self.engine.dialect.name == "sqlite":
                presence.check(connection.info, Path(str(self.engine.url.database)))

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A transaction that reads one snapshot."""
        options: dict[str, Any] = {}
        if self.engine.dialect.name == "postgresql":
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self.translated(), self.engine.execution_options(**options).begin() as connection:
            yield connection

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Failures of the store, as opposed to violated rules, become :class:`StoreUnavailable`."""
        try:
            yield
        except (sa.exc.IntegrityError, sa.exc.ProgrammingError, sa.exc.DataError):
            raise
        except (sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
            raise unavailable(self.place, error) from error

    def close(self) -> None:
        """Give the connections back; the store can be opened again."""
        self.engine.dispose()


def unavailable(place: str, error: Exception) -> StoreUnavailable:
    """What the database says, as one sentence and a way out."""
    words = str(getattr(error, "orig", None) or error).strip().split("\n")[0]
    for sign, reason, hint in _REASONS:
        if sign in words.lower():
            return StoreUnavailable(f"The campaign store {place} cannot be used: {reason} ({words}).", hint=hint)
    return StoreUnavailable(
        f"The campaign store {place} cannot be used: {words}.",
        hint="Nothing that was told before is lost; the same request can be sent again.",
    )


def open_database(url: str | Path, *, patience_s: float = PATIENCE_S, must_exist: bool = False) -> Database:
    """Connect to a store and bring its tables up to date.

    Args:
        url: A SQLite file (a path or ``sqlite:///…``), or the address of a PostgreSQL database.
        patience_s: How long a writer waits for another, in seconds.
        must_exist: Whether a file that is not there is refused instead of made.

    Raises:
        NotFound: There is no file, and it must exist.
        ConfigError: The address cannot be a store.
        Unavailable: The driver is missing.
        StoreUnavailable: The store does not answer.
    """
    address = address_of(url)
    place = address.render_as_string(hide_password=True)
    if must_exist and address.get_backend_name() == "sqlite" and not Path(address.database or "").exists():
        raise NotFound(
            f"There is no campaign store '{address.database}'.",
            hint="Check the path; 'surrogate campaign create' makes a store with its first campaign.",
        )
    engine = (
        _open_sqlite(address, patience_s)
        if address.get_backend_name() == "sqlite"
        else _open_postgresql(address, patience_s)
    )
    database = Database(engine=engine, place=place)
    try:
        _prepare(database)
    except BaseException:
        database.close()
        raise
    return database


def address_of(url: str | Path) -> sa.URL:
    """The address with the driver we use; a plain path is a SQLite file."""
    text = str(url)
    try:
        address = sa.make_url(text if "://" in text else f"sqlite:///{text}")
        backend = address.get_backend_name()
    except sa.exc.ArgumentError:
        raise ConfigError("The address of the campaign store cannot be read.", hint="Write sqlite:///FILE.") from None
    if backend == "sqlite":
        if address.database in (None, "", ":memory:"):
            raise ConfigError("A campaign store in memory would not be durable.", hint="Give the path of a file.")
        return address
    if backend in ("postgresql", "postgres"):
        return address.set(drivername="postgresql+psycopg")
    raise ConfigError(
        f"A campaign store on {backend} is not supported.", hint="Use a SQLite file or postgresql://user@host/database."
    )


def _open_sqlite(address: sa.URL, patience_s: float) -> sa.Engine:
    engine, path = sa.create_engine(address, connect_args={"timeout": patience_s}), Path(str(address.database))

    @sa.event.listens_for(engine, "connect")
    def settle(connection: Any, record: sa.pool.ConnectionPoolEntry) -> None:
        presence.remember(record.info, path)
        connection.isolation_level = None  # the driver begins no transaction of its own
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA synchronous=FULL")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        presence.check(connection.info, path)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
        if writes:
            presence.remember_log(connection.info, path)

    return engine


def _open_postgresql(address: sa.URL, patience_s: float) -> sa.Engine:
    session = {"lock_timeout": int(patience_s * 1000), **_SERVER}
    settings = " ".join(f"-c {name}={value}" for name, value in session.items())
    stated = address.query.get("options", "")  # what the address says comes last, and so it counts
    options = f"{settings} {stated if isinstance(stated, str) else ' '.join(stated)}".strip()
    defaults = {"connect_timeout": max(2, int(patience_s)), **_CLIENT}
    arguments = {name: value for name, value in defaults.items() if name not in address.query}
    try:
        return sa.create_engine(address, pool_pre_ping=True, connect_args={**arguments, "options": options})
    except ModuleNotFoundError:
        raise Unavailable(
            "A campaign store on PostgreSQL needs the package psycopg.",
            hint="Install it with: pip install 'sulfide-surrogate[postgres]'.",
        ) from None


def _prepare(database: Database) -> None:
    """Write-ahead log and current tables; an up-to-date store is only read, so that a read-only one opens too."""
    with database.read() as connection:
        current = bring_up_to_date(connection, dry_run=True)
    if current:
        return
    if database.engine.dialect.name == "sqlite":
        with database.translated(), database.engine.connect() as connection:
            connection.connection.driver_connection.execute("PRAGMA journal_mode=WAL")  # type: ignore[union-attr]
    with database.write() as connection:
        if database.engine.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(7301834522)"))
        bring_up_to_date(connection)
