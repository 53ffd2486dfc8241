"""Whether the file of a SQLite store is still the one that was opened.

A file that is deleted, moved or replaced goes on taking writes from whoever has it open, and loses them when the last
one closes it. So each connection remembers which files it opened, and each transaction looks whether the names still
lead to them: before it begins, so that nothing is read from a store that is gone, and after its commit, so that nothing
is acknowledged that is not there.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from surrogate.errors import StoreUnavailable

#: Device and number of a file, which no other file has at the same time.
FileIdentity = tuple[int, int]
#: Where a connection keeps the identities of its files.
_MAIN, _LOG = "surrogate_file", "surrogate_log"


def _identify(path: Path) -> FileIdentity | None:
    """Which file ``path`` leads to now; ``None`` for none."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def remember(info: dict[Any, Any], path: Path) -> None:
    """Note in the ``info`` of a new connection which file it has opened."""
    info[_MAIN] = _identify(path)


def remember_log(info: dict[Any, Any], path: Path) -> None:
    """Note which write-ahead log the connection writes to; to be called once a transaction that writes holds it."""
    info.setdefault(_LOG, _identify(_log_of(path)))


def check(info: dict[Any, Any], path: Path) -> None:
    """Refuse a connection whose store, or the write-ahead log of it, is no longer where it was opened.

    Raises:
        StoreUnavailable: The file was deleted, moved or replaced.
    """
    opened, opened_log = info.get(_MAIN), info.get(_LOG)
    if opened is None:  # no plain path
        return
    present = _identify(path)
    if present == opened and (opened_log is None or _identify(_log_of(path)) == opened_log):
        return
    fate = "is gone" if present is None else "or its write-ahead log was replaced"
    raise StoreUnavailable(
        f"The campaign store {path} cannot be used: the file {fate} since it was opened.",
        hint="Put the file back, or stop what uses it, restore a copy with 'surrogate campaign restore', and start it "
        "again.",
    )


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")
