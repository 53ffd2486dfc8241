"""`surrogate campaign backup` and `surrogate campaign restore`: copies of a whole store."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from surrogate.cli.options import STORE, StoreOption
from surrogate.text import counted

CopyArgument = Annotated[Path, typer.Argument(metavar="copy", help="File of the copy.")]


def backup(copy: CopyArgument, store: StoreOption = STORE) -> None:
    """Copy the whole store, SQLite or PostgreSQL, into a new file; it may be in use meanwhile."""
    from surrogate.campaign.backup import back_up

    print(f"{copy}: {_contents(back_up(store, copy))}")


def restore(
    copy: CopyArgument,
    store: StoreOption = STORE,
    replace: Annotated[bool, typer.Option("--replace", help="Campaigns in the store may be lost.")] = False,
) -> None:
    """Put what 'campaign backup' wrote into a store, all or nothing; --replace where it holds campaigns."""
    from surrogate.campaign.backup import restore as put_back

    print(_contents(put_back(copy, store, replace=replace)))


def _contents(counts: Mapping[str, int]) -> str:
    return ", ".join(counted(counts[name], name) for name in ("campaign", "suggestion", "measurement"))
