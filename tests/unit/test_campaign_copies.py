"""A store that vanishes is noticed, and a copy brings back exactly what it holds, whatever lies beside the store."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from surrogate.campaign import CampaignStore
from surrogate.campaign.backup import back_up, restore
from surrogate.campaign.records import every
from surrogate.errors import Conflict, NotFound, StoreUnavailable
from tests.campaigns import GOAL, small_space
from tests.postgresql import Cluster

NAME = "campaigns.db"
ROOT = Path(__file__).resolve().parents[2]


def ids(store: str | Path) -> list[str]:
    with CampaignStore.open(store, must_exist=True) as opened:
        return [summary.id for summary in every(opened.list)]


def create(store: CampaignStore, *names: str) -> None:
    for name in names:
        store.create(name, small_space(), GOAL, id=name)


def delete(path: Path) -> None:
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()


def move(path: Path) -> None:
    path.rename(path.with_name("elsewhere.db"))


def replace(path: Path) -> None:
    other = path.with_name("other.db")
    with CampaignStore.open(other) as opened:
        create(opened, "other")
    other.replace(path)


def delete_log(path: Path) -> None:
    path.with_name(f"{path.name}-wal").unlink()


@pytest.mark.parametrize("vanish", [delete, move, replace, delete_log])
def test_nothing_is_acknowledged_once_the_file_is_not_there(tmp_path: Path, vanish: Callable[[Path], None]) -> None:
    with CampaignStore.open(tmp_path / NAME) as store:
        create(store, "before")
        vanish(tmp_path / NAME)
        with pytest.raises(StoreUnavailable):
            create(store, "after")


@pytest.mark.parametrize("vanish", [delete, move, replace])
def test_a_file_that_vanishes_during_a_write_is_not_acknowledged(
    tmp_path: Path, vanish: Callable[[Path], None]
) -> None:
    with CampaignStore.open(tmp_path / NAME) as store:
        create(store, "before")

        def write() -> None:
            with store.database.write() as connection:
                connection.exec_driver_sql("UPDATE campaign SET name = 'after'")
                vanish(tmp_path / NAME)

        with pytest.raises(StoreUnavailable):
            write()


def test_a_file_that_is_put_back_is_used_again(tmp_path: Path) -> None:
    with CampaignStore.open(tmp_path / NAME) as store:
        create(store, "before")
        move(tmp_path / NAME)
        with pytest.raises(StoreUnavailable):
            store.summary("before")
        (tmp_path / "elsewhere.db").rename(tmp_path / NAME)
        create(store, "after")
    assert ids(tmp_path / NAME) == ["after", "before"]


KILLED = """
import os, signal, sys
from surrogate.campaign import CampaignStore
from tests.campaigns import GOAL, small_space
store = CampaignStore.open(sys.argv[1])
for number in range(3):
    store.create(str(number), small_space(), GOAL, id=f"later{number}")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """A store of four campaigns whose last writer was killed, with its log; a copy of the first is beside it."""
    with CampaignStore.open(tmp_path / NAME) as store:
        create(store, "first")
    back_up(tmp_path / NAME, tmp_path / "early.db")
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / NAME)], env={**os.environ})
    assert done.returncode == -signal.SIGKILL
    assert (tmp_path / f"{NAME}-wal").stat().st_size > 0
    return tmp_path / NAME


def test_a_copy_after_a_kill_holds_what_the_log_holds(killed: Path) -> None:
    counts = back_up(killed, killed.with_name("late.db"))
    assert counts["campaign"] == 4
    assert not list(killed.parent.glob("late.db-*"))
    assert ids(killed.with_name("late.db")) == ["first", "later0", "later1", "later2"]


def test_a_restored_store_holds_what_the_copy_holds_beside_a_stale_log(killed: Path) -> None:
    copy = killed.with_name("early.db")
    with pytest.raises(Conflict):
        restore(copy, killed)
    assert len(ids(killed)) == 4
    restore(copy, killed, replace=True)
    assert ids(killed) == ["first"]
    with CampaignStore.open(killed) as store:
        create(store, "next")
    assert ids(killed) == ["first", "next"]


def test_a_stale_log_beside_a_deleted_file_is_not_played_into_the_restored_one(killed: Path) -> None:
    killed.unlink()
    restore(killed.with_name("early.db"), killed)
    assert ids(killed) == ["first"]


def test_a_store_moves_between_databases_by_a_copy(postgresql: Cluster, tmp_path: Path) -> None:
    url = postgresql.url()
    try:
        with CampaignStore.open(tmp_path / NAME) as store:
            create(store, "one", "two")
            expected = {name: store.export(name) for name in ("one", "two")}
        back_up(tmp_path / NAME, tmp_path / "a.db")
        restore(tmp_path / "a.db", url)
        with CampaignStore.open(url) as store:
            create(store, "three")
        back_up(url, tmp_path / "b.db")
        restore(tmp_path / "a.db", url, replace=True)
        assert ids(url) == ["one", "two"]
        with CampaignStore.open(tmp_path / "b.db") as store:
            assert {name: store.export(name) for name in ("one", "two")} == expected
            assert len(store.list().items) == 3
    finally:
        postgresql.give_back(url)


def test_a_damaged_copy_changes_nothing(tmp_path: Path) -> None:
    with CampaignStore.open(tmp_path / NAME) as store:
        create(store, "here")
    back_up(tmp_path / NAME, tmp_path / "copy.db")
    content = bytearray((tmp_path / "copy.db").read_bytes())
    content[4096:12288] = os.urandom(8192)
    (tmp_path / "copy.db").write_bytes(content)
    with pytest.raises(StoreUnavailable):
        restore(tmp_path / "copy.db", tmp_path / NAME, replace=True)
    assert ids(tmp_path / NAME) == ["here"]


def test_neither_a_store_nor_a_copy_is_made_or_overwritten_by_mistake(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        back_up(tmp_path / NAME, tmp_path / "copy.db")
    with pytest.raises(NotFound):
        restore(tmp_path / "copy.db", tmp_path / NAME)
    assert not list(tmp_path.iterdir())
    with CampaignStore.open(tmp_path / NAME) as store:
        create(store, "here")
    shutil.copy(tmp_path / NAME, tmp_path / "copy.db")
    with pytest.raises(Conflict):
        back_up(tmp_path / NAME, tmp_path / "copy.db")


def test_the_commands_of_the_how_to_copy_and_restore(tmp_path: Path) -> None:
    how_to = (ROOT / "docs" / "how-to" / "postgresql.md").read_text(encoding="utf-8").partition("## Keep copies")[2]
    commands = [
        shlex.split(line, comments=True) for line in how_to.splitlines() if line.startswith("surrogate campaign")
    ]
    of_files = [command for command in commands if not any("postgresql" in word for word in command)]
    assert [command[2] for command in of_files] == ["backup", "restore"]
    with CampaignStore.open(tmp_path / NAME) as store:
        create(store, "here")
    for command in of_files:
        run = [sys.executable, "-m", "surrogate.cli", *command[1:]]
        done = subprocess.run(run, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True)
        assert (done.returncode, done.stderr) == (0, b"")
        assert b"1 campaign, 0 suggestions, 0 measurements" in done.stdout
    assert ids(tmp_path / "new.db") == ["here"]
