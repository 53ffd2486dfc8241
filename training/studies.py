"""Where the studies of hyper-parameter searches are kept: a SQLite file, or a PostgreSQL database for several machines.

A study is worked on by one process at a time, because each of its trials learns from those before; that is also what
makes a search the same whoever carries it out. Several processes share a search study by study: :meth:`Studies.hold`
gives a study to the first that asks. Its hold ends with the process, however that ends: on PostgreSQL it is an advisory
lock of a connection, beside SQLite a locked file. Who held a study and lost the connection may not go on with it.
"""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from surrogate.errors import ConfigError, Unavailable

#: Seconds for a database server to answer, and to find out that a process which held a study is cut off.
CONNECT_S, CUT_OFF_S = 5, 30
_KEEPALIVES = {"keepalives": 1, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 4}
#: The same for the server's end of the connection, which is where a hold ends.
_SERVER = f"-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_user_timeout={CUT_OFF_S * 1000}"
_SETTING_UP = "setting up the tables"


class Studies:
    """The studies at ``place``: a path, ``sqlite:///FILE`` or ``postgresql://user@host/database``.

    Raises :class:`ConfigError` for an address of another kind and :class:`Unavailable` for one that does not answer.
    """

    def __init__(self, place: str | Path) -> None:
        self._locks: _Locks
        address, options = _address(place)
        self.name = str(address.render_as_string(hide_password=True))
        self._locks = _FileLocks(Path(address.database)) if _is_sqlite(address) else _ServerLocks(address, self.name)
        with self.translated(), self._locks.waiting(_SETTING_UP):
            self._storage = _storage(address, options)

    def study(self, name: str, **how: Any) -> Any:
        """The Optuna study ``name``, which is made when it is not there."""
        import optuna

        with self.translated(), self._locks.waiting(_SETTING_UP):
            return optuna.create_study(storage=self._storage, study_name=name, load_if_exists=True, **how)

    def hold(self, name: str) -> bool:
        """Whether the study ``name`` is ours now; nobody else can hold it until we let go or end."""
        with self.translated():
            return self._locks.take(name)

    def let_go(self, name: str) -> None:
        """Let others have the study."""
        with suppress(Exception):  # a connection that broke has let go already
            self._locks.release(name)

    def check(self) -> None:
        """:class:`Unavailable` when the connection that our holds live in is lost."""
        with self.translated():
            self._locks.check()

    def close(self) -> None:
        """Let go of everything."""
        self._locks.close()
        self._storage.remove_session()
        self._storage.engine.dispose()

    @contextmanager
    def translated(self) -> Iterator[None]:
        """What the database says as one sentence of ours."""
        import sqlalchemy as sa
        from optuna.exceptions import StorageInternalError

        try:
            yield
        except (sa.exc.DBAPIError, sa.exc.TimeoutError, StorageInternalError) as error:
            cause = error.__cause__ if isinstance(error, StorageInternalError) and error.__cause__ else error
            detail = str(getattr(cause, "orig", None) or cause).strip().splitlines()[0]
            raise Unavailable(
                f"The studies at {self.name} cannot be used: {detail}",
                hint="Finished trials are kept; repeat the command to go on.",
            ) from None


def _address(place: str | Path) -> tuple[Any, dict[str, Any]]:
    """The address with the driver we use, and the options of its connections."""
    import sqlalchemy as sa

    text = str(place)
    try:
        address = sa.make_url(text if "://" in text else f"sqlite:///{Path(text).resolve()}")
    except sa.exc.ArgumentError:
        raise ConfigError(
            f"The address of the studies, '{text}', cannot be read.", hint="Write postgresql://user@host/database."
        ) from None
    if _is_sqlite(address) and address.database not in (None, "", ":memory:"):
        return address, {"connect_args": {"timeout": 60}}
    if address.get_backend_name() in ("postgresql", "postgres"):
        address = address.set(drivername="postgresql+psycopg")
        return address, {"connect_args": {"connect_timeout": CONNECT_S, **_KEEPALIVES}, "pool_pre_ping": True}
    raise ConfigError(
        f"Studies cannot be kept at {address.render_as_string(hide_password=True)}.",
        hint="Give the path of a SQLite file or postgresql://user@host/database.",
    )


def _is_sqlite(address: Any) -> bool:
    return bool(address.get_backend_name() == "sqlite")


def _storage(address: Any, options: dict[str, Any]) -> Any:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)  # our progress tells of trials, on the right stream
    return optuna.storages.RDBStorage(address.render_as_string(hide_password=False), engine_kwargs=options)


class _FileLocks:
    """Locked files in a folder beside the database; the system unlocks them when their process ends."""

    def __init__(self, database: Path) -> None:
        self._folder = database.with_name(f"{database.name}.locks")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            message = f"Studies cannot be kept at {database}: {problem.strerror}."
            raise Unavailable(message, hint="Name another file with --studies.") from None
        self._held: dict[str, IO[bytes]] = {}

    def take(self, name: str, *, wait: bool = False) -> bool:
        file = (self._folder / hashlib.sha256(name.encode()).hexdigest()[:16]).open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            file.close()
            return False
        self._held[name] = file
        return True

    def release(self, name: str) -> None:
        self._held.pop(name).close()

    @contextmanager
    def waiting(self, name: str) -> Iterator[None]:
        self.take(name, wait=True)
        try:
            yield
        finally:
            self.release(name)

    def check(self) -> None:
        """A file stays locked as long as we live."""

    def close(self) -> None:
        for name in list(self._held):
            self.release(name)


class _ServerLocks:
    """Advisory locks of one connection to PostgreSQL; the server lets go of them when the connection ends."""

    def __init__(self, address: Any, name: str) -> None:
        import sqlalchemy as sa

        self._text = sa.text
        try:
            engine = sa.create_engine(
                address,
                isolation_level="AUTOCOMMIT",
                connect_args={"connect_timeout": CONNECT_S, **_KEEPALIVES, "options": _SERVER},
            )
            self._connection = engine.connect()
        except ModuleNotFoundError:
            raise Unavailable(
                "Studies on PostgreSQL need the package psycopg.",
                hint="Install it with: pip install 'sulfide-surrogate[postgres]'.",
            ) from None
        except sa.exc.DBAPIError as error:
            detail = str(error.orig).strip().splitlines()[0]
            raise Unavailable(f"The database {name} does not answer: {detail}", hint="Check --studies.") from None

    def take(self, name: str) -> bool:
        return bool(self._ask("pg_try_advisory_lock", name))

    def release(self, name: str) -> None:
        self._ask("pg_advisory_unlock", name)

    @contextmanager
    def waiting(self, name: str) -> Iterator[None]:
        self._ask("pg_advisory_lock", name)
        try:
            yield
        finally:
            self.release(name)

    def check(self) -> None:
        self._connection.execute(self._text("SELECT 1"))

    def close(self) -> None:
        with suppress(Exception):  # a connection that broke has let go already
            # The server notices the end of a connection when it gets to it; what was let go is free at once.
            self._connection.execute(self._text("SELECT pg_advisory_unlock_all()"))
        self._connection.close()
        self._connection.engine.dispose()

    def _ask(self, function: str, name: str) -> Any:
        key = int.from_bytes(hashlib.sha256(f"surrogate study {name}".encode()).digest()[:8], "big", signed=True)
        return self._connection.execute(self._text(f"SELECT {function}(:key)"), {"key": key}).scalar()


_Locks = _FileLocks | _ServerLocks
