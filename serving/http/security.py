"""API keys: who may call, and what they may do.

A key is ``ssk_<id>_<secret>`` with 256 random bits in the secret; only the SHA-256 of the whole key is stored, which
is enough for a secret that cannot be guessed (a slow hash protects passwords that people choose). Comparison takes the
same time whether the first or the last byte differs. A keys file that is missing or damaged lets nobody in.

Without keys, a service that only this machine can connect to asks for the token of its start instead. Where a request
comes from opens nothing: a proxy or a tunnel on this machine makes strangers look as if they were on it.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import ipaddress
import json
import logging
import os
import secrets
import socket
import sys
import tempfile
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import Depends, Request
from starlette.datastructures import Headers
from starlette.requests import cookie_parser

from serving.http.errors import ProblemError
from serving.http.settings import Auth
from surrogate.errors import ConfigError, UnknownName
from surrogate.wire.problems import Fault

log = logging.getLogger("serving.http.security")

PREFIX = "ssk"
#: Where the pages keep the key of whoever signed in.
KEY_COOKIE = "surrogate_key"
#: First parts of the addresses of pages; everything else is for programs.
PAGES = frozenset(
    {"", "predict", "what-if", "compare", "many", "suggest", "design", "spaces", "report", "sheet", "campaigns",
     "models", "review", "data", "sign-in", "sign-out", "static"}
)  # fmt: skip
#: The one address for programs that pages call too: it reads a composition as it is typed, and stores nothing.
_READING = "/v1/compositions:parse"


class Role(StrEnum):
    """What a key may do; each role includes the ones before it."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"

    def includes(self, other: Role) -> bool:
        """Whether this role may do what ``other`` may."""
        order = list(Role)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, kw_only=True)
class StoredKey:
    """What is kept of a key: enough to recognise it, not enough to use it."""

    id: str
    role: Role
    sha256: str
    created: str
    note: str = ""
    expires: str | None = None

    def __post_init__(self) -> None:
        if self.expires is not None and datetime.fromisoformat(self.expires).tzinfo is None:
            raise ValueError("the end of a key needs a time zone")

    def is_valid(self, now: datetime) -> bool:
        """Whether the key has not expired."""
        return self.expires is None or now < datetime.fromisoformat(self.expires)


def new_key(role: Role, *, note: str = "", expires: datetime | None = None) -> tuple[str, StoredKey]:
    """Make a key; it cannot be had again.

    Args:
        role: What it may do.
        note: Who it is for.
        expires: When it ends, with a time zone; without, it is revoked by hand.

    Returns:
        The key itself, and what to store of it.
    """
    ident, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    key = f"{PREFIX}_{ident}_{secret}"
    created = datetime.now(UTC).isoformat(timespec="seconds")
    end = None if expires is None else expires.isoformat(timespec="seconds")
    return key, StoredKey(id=ident, role=role, sha256=_hash(key), created=created, note=note, expires=end)


class KeyFile:
    """The keys in a file; a change on disk (a new key, a revoked one) counts from the next request on."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._keys: Mapping[str, StoredKey] = {}

    def find(self, key: str) -> StoredKey | None:
        """The stored key that ``key`` is, or ``None`` when there is none or it has expired."""
        parts = key.split("_", 2)
        stored = self._current().get(parts[1]) if len(parts) == 3 and parts[0] == PREFIX else None
        # An unknown id is compared with something too, so that it takes as long as a wrong secret.
        matches = hmac.compare_digest(_hash(key), stored.sha256 if stored else "0" * 64)
        return stored if matches and stored is not None and stored.is_valid(datetime.now(UTC)) else None

    def _current(self) -> Mapping[str, StoredKey]:
        if self._path is None:
            return {}
        try:
            stat = self._path.stat()
            stamp = (stat.st_mtime_ns, stat.st_size)
            if stamp != self._stamp:
                self._keys, self._stamp = {key.id: key for key in read_keys(self._path)}, stamp
        except (OSError, ConfigError) as error:
            log.error("no key is accepted", extra={"fields": {"reason": str(error)}})
            self._keys, self._stamp = {}, None
        return self._keys


def read_keys(path: Path) -> list[StoredKey]:
    """The keys stored in ``path``, none if it does not exist; :class:`ConfigError` if it is damaged."""
    if not path.exists():
        return []
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))["keys"]
        return [StoredKey(**{**entry, "role": Role(entry["role"])}) for entry in stored]
    except (ValueError, KeyError, TypeError):
        raise ConfigError(
            f"The keys file {path} cannot be read.", hint="Restore it, or remove it and create keys anew."
        ) from None


def write_keys(path: Path, keys: Sequence[StoredKey]) -> None:
    """Replace the keys in ``path`` at once (readers see the old file or the new one), readable by the owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".keys-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"keys": [asdict(key) for key in keys]}, file, indent=2)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def add(path: Path, key: StoredKey) -> None:
    """Keep one key more.

    Args:
        path: The keys file, made when missing.
        key: What is stored of it.

    Raises:
        ConfigError: The file is damaged.
    """
    with _alone(path):
        write_keys(path, [*read_keys(path), key])


def revoke(path: Path, ident: str) -> None:
    """Forget one key.

    Args:
        path: The keys file.
        ident: Of the key.

    Raises:
        UnknownName: There is no such key.
        ConfigError: The file is damaged.
    """
    if not path.exists():
        raise UnknownName("key", ident, [])
    with _alone(path):
        keys = read_keys(path)
        if ident not in {key.id for key in keys}:
            raise UnknownName("key", ident, [key.id for key in keys])
        write_keys(path, [key for key in keys if key.id != ident])


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One change of the file at a time: two at once would bring back a key that one of them has just revoked."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent / f".{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@dataclass(frozen=True, kw_only=True)
class Gate:
    """Decides who is let in: whoever has one of the ``keys`` or the ``token``; with ``keys=None`` everyone."""

    keys: KeyFile | None
    token: str | None = field(default=None, repr=False)

    @property
    def is_open(self) -> bool:
        """Whether nobody needs a key."""
        return self.keys is None

    def admit(self, authorization: str) -> StoredKey | None:
        """The key behind an ``Authorization`` header; :class:`ProblemError` 401 when one is needed and none fits."""
        if self.keys is None:
            return None
        scheme, _, key = authorization.partition(" ")
        stored = self._find(key.strip()) if scheme.lower() == "bearer" and len(key) < 200 else None
        if stored is None:
            raise ProblemError(
                HTTPStatus.UNAUTHORIZED,
                "A valid key is needed.",
                errors=[
                    Fault(
                        pointer="",
                        code="key",
                        message="The Authorization header holds no key, or one that is not valid.",
                        hint=_SEND_A_KEY if self.token is None else _SEND_THE_TOKEN,
                    )
                ],
                headers={"WWW-Authenticate": 'Bearer realm="sulfide-surrogate"'},
            )
        return stored

    def _find(self, key: str) -> StoredKey | None:
        if self.token is not None and hmac.compare_digest(_hash(key), _hash(self.token)):
            return _TOKEN_HOLDER
        return None if self.keys is None else self.keys.find(key)


_SEND_A_KEY = "Send 'Authorization: Bearer <key>'; 'python -m serving.keys create' makes one."
_SEND_THE_TOKEN = "Send 'Authorization: Bearer <token>' with the token that the service printed when it started."
#: Who comes with the token of the start: the person who started the service.
_TOKEN_HOLDER = StoredKey(id="token", role=Role.ADMIN, sha256="", created="")


def is_page(path: str) -> bool:
    """Whether an address is one of the site for people, where a key may stand in a cookie."""
    return path.startswith("/") and path.split("/", 2)[1] in PAGES


def presented(path: str, headers: Headers) -> str:
    """What a request for ``path`` presents as its ``Authorization``: the header, or on pages the cookie of the sign-in.

    A cookie is sent by the browser whoever wrote the request, so it opens nothing but pages, whose forms carry tokens.
    """
    authorization = headers.get("authorization", "")
    if authorization or not (is_page(path) or path == _READING):
        return authorization
    key = cookie_parser(headers.get("cookie", "")).get(KEY_COOKIE, "")
    return f"Bearer {key}" if key else ""


def gate_for(auth: Auth, keys: Path | None, token: str | None = None) -> Gate:
    """Make the gate that the settings ask for.

    Args:
        auth: Whether keys are needed.
        keys: The file that holds them.
        token: Opens a service without keys, on loopback alone.
    """
    if auth is Auth.OFF:
        return Gate(keys=None)
    by_token = auth is Auth.AUTO and keys is None and bound_to_loopback()
    if not by_token and (keys is None or not keys.exists()):
        log.warning(
            "keys are needed but there are none",
            extra={"fields": {"hint": "set SURROGATE_KEYS and run 'python -m serving.keys create'"}},
        )
    return Gate(keys=KeyFile(keys), token=token if by_token else None)


def bound_to_loopback(arguments: Sequence[str] | None = None) -> bool:
    """Whether this worker's listening socket (its ``--fd``) takes connections from this machine only.

    The socket is asked, not the configuration: a ``--host`` on the command line overrides what the environment says.
    Where there is no such socket the answer is ``False``, and no token is accepted.
    """
    arguments = sys.argv if arguments is None else arguments
    try:
        descriptor = int(arguments[arguments.index("--fd") + 1])
        with socket.socket(fileno=os.dup(descriptor)) as listening:
            return ipaddress.ip_address(listening.getsockname()[0]).is_loopback
    except (ValueError, IndexError, OSError):
        return False


def may(key: StoredKey | None, role: Role) -> bool:
    """Whether whoever has ``key`` (``None``: where none is needed) may do what ``role`` may."""
    return key is None or key.role.includes(role)


def needs(role: Role) -> Callable[[Request], Coroutine[Any, Any, None]]:
    """A dependency that answers 403 when the caller's key may not do what ``role`` may."""

    async def check(request: Request) -> None:
        key: StoredKey | None = getattr(request.state, "key", None)
        if key is not None and not may(key, role):
            raise ProblemError(
                HTTPStatus.FORBIDDEN,
                f"The key '{key.id}' has the role '{key.role}', and this needs '{role}'.",
                errors=[Fault(pointer="", code="role", message=f"The role '{role}' is needed.")],
            )

    return check


#: Dependencies of routes that every key may use, and of those that change something.
READ, WRITE = Depends(needs(Role.READ)), Depends(needs(Role.WRITE))


def describe(keys: Sequence[StoredKey]) -> list[dict[str, Any]]:
    """What may be shown of keys: everything but the hash."""
    return [{name: value for name, value in asdict(key).items() if name != "sha256"} for key in keys]


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
