"""Full disks, read-only files, servers that are away, power cuts: a clear error, and nothing that was told is lost."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from surrogate.campaign import CampaignStore, random_planner
from surrogate.campaign.records import every
from surrogate.errors import StoreUnavailable
from tests.campaigns import GOAL, conductivity, small_space
from tests.faults.workers import FORK, Job


def filled_store(path, *, suggestions=4):
    """A store with a campaign and some results; the ids that were told."""
    with CampaignStore.open(path) as store:
        campaign = store.create("glass", small_space(), GOAL, id="glass")
        campaign.ask(random_planner(), batch=suggestions)
        campaign.tell(conductivity("s1", id="before"))
    return {"before"}


def check_whole(path, told):
    """The file is sound, and holds everything that was told."""
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with CampaignStore.open(path) as store:
        campaign = store.get("glass")
        found = {m.id for m in every(campaign.measurements)}
        numbers = [event.number for event in every(campaign.history)]
        assert numbers == list(range(1, len(numbers) + 1))
        assert told <= found
        campaign.tell(conductivity("s1", id=f"after-{len(found)}"))
    return found


def tell_until_it_fails(path, promised):
    """In a process of its own: tell long results until the store refuses; each promise is a line in a pipe."""
    with CampaignStore.open(path) as store:
        campaign = store.get("glass")
        for number in range(10_000):
            try:
                campaign.tell(conductivity("s1", id=f"m{number}", note="x" * 1500))
            except StoreUnavailable as error:
                os.write(promised, f"error {error}\n".encode())
                return
            os.write(promised, f"m{number}\n".encode())


def in_a_child(function, *arguments):
    """Lines that ``function`` wrote to its pipe, and its exit code."""
    read, write = os.pipe()
    process = FORK.Process(target=lambda: function(*arguments, write))
    process.start()
    os.close(write)
    with os.fdopen(read) as pipe:
        lines = pipe.read().splitlines()
    process.join()
    return lines, process.exitcode


def with_a_limit_on_files(path, promised):
    soft = sum(each.stat().st_size for each in path.parent.iterdir()) + 60_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, soft))
    tell_until_it_fails(path, promised)


def test_a_limit_on_the_file_size_loses_nothing(tmp_path):
    path = tmp_path / "campaigns.db"
    told = filled_store(path)
    lines, code = in_a_child(with_a_limit_on_files, path)
    assert code == 0
    *promised, error = lines
    assert promised
    assert error.startswith("error The campaign store")
    assert "safe" in error
    assert check_whole(path, told | set(promised)) == told | set(promised)


def test_a_full_disk_loses_nothing(tmp_path):
    path = tmp_path / "campaigns.db"
    told = filled_store(path)
    with CampaignStore.open(path) as store:

        @sa.event.listens_for(store.database.engine, "connect")
        def no_room(connection, _):
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {pages + 3}")

        store.close()  # the next connection has no room
        campaign = store.get("glass")
        with pytest.raises(StoreUnavailable, match="the disk is full"):  # noqa: PT012 - some fit before
            for number in range(100):
                campaign.tell(conductivity("s1", id=f"m{number}", note="x" * 1500))
                told.add(f"m{number}")
        with pytest.raises(StoreUnavailable, match="the disk is full"):
            campaign.ask(random_planner(), batch=50)
        assert campaign.summary().measurements == len(told)  # reading goes on
    assert check_whole(path, told) == told


@pytest.fixture
def small_disk():
    """A file system of 1 MB, where one may be mounted."""
    folder = Path(tempfile.mkdtemp(prefix="small-disk-"))
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, text=True)
    if done.returncode != 0:
        folder.rmdir()
        pytest.skip("no file system may be mounted here")
    yield folder
    subprocess.run(["umount", folder], check=True)
    folder.rmdir()


def test_a_small_disk_that_fills_up_loses_nothing(small_disk):
    path = small_disk / "campaigns.db"
    told = filled_store(path)
    lines, code = in_a_child(tell_until_it_fails, path)
    assert code == 0
    *promised, error = lines
    assert "the disk is full" in error
    roomy = small_disk.parent / f"{small_disk.name}-copy"
    shutil.copytree(small_disk, roomy)
    try:
        assert check_whole(roomy / "campaigns.db", told | set(promised)) >= told | set(promised)
    finally:
        shutil.rmtree(roomy)


def as_somebody_else(path, promised):
    """Tell as a user who may read the file but not write it."""
    if os.geteuid() == 0:
        os.setresgid(65534, 65534, 65534)
        os.setresuid(65534, 65534, 65534)
    for step in ("open", "tell"):
        try:
            if step == "open":
                store = CampaignStore.open(path, patience_s=1)
                campaign = store.get("glass")
            else:
                campaign.tell(conductivity("s1", id="forbidden"))
            os.write(promised, f"{step} done\n".encode())
        except StoreUnavailable as error:
            os.write(promised, f"{step}: {error}\n".encode())
            return


def test_a_read_only_file_is_said_to_be_read_only():
    folder = Path(tempfile.mkdtemp(prefix="read-only-"))
    try:
        told = filled_store(folder / "campaigns.db")
        # Another client has it open, so that the log and its index are there and reading is possible.
        reader = CampaignStore.open(folder / "campaigns.db")
        reader.get("glass").tell(conductivity("s1", id="second"))
        for each in folder.iterdir():
            each.chmod(0o444)
        folder.chmod(0o555)
        lines, code = in_a_child(as_somebody_else, folder / "campaigns.db")
        assert code == 0
        opened, refused = lines
        assert opened == "open done"
        assert "cannot be used: it is read-only" in refused
        folder.chmod(0o755)
        for each in folder.iterdir():
            each.chmod(0o644)
        reader.close()
        assert check_whole(folder / "campaigns.db", told) == told | {"second"}
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_a_read_only_server_is_said_to_be_read_only(postgresql):
    url = postgresql.url()
    filled_store(url)
    with CampaignStore.open(url) as store:
        campaign = store.get("glass")
        database = sa.make_url(url).database
        with store.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text(f"ALTER DATABASE {database} SET default_transaction_read_only = on"))
        store.close()
        for write in (lambda: campaign.tell(conductivity("s1", id="m2")), lambda: campaign.ask(random_planner())):
            with pytest.raises(StoreUnavailable, match="read-only"):
                write()
        assert campaign.summary().measurements == 1


def test_a_server_that_is_away_is_said_to_be_away_and_found_again(postgresql):
    url = postgresql.url()
    filled_store(url)
    with CampaignStore.open(url, patience_s=2) as store:
        campaign = store.get("glass")
        postgresql.stop(signal.SIGQUIT)
        try:
            for call in (campaign.summary, lambda: campaign.tell(conductivity("s1", id="m2"), key="k2")):
                with pytest.raises(StoreUnavailable, match="cannot be used"):
                    call()
            with pytest.raises(StoreUnavailable):
                CampaignStore.open(url, patience_s=2)
        finally:
            postgresql.start()
        assert campaign.tell(conductivity("s1", id="m2"), key="k2").repeated == ()
        assert campaign.tell(conductivity("s1", id="m2"), key="k2").replayed


def test_a_store_that_another_program_holds_is_waited_for_and_then_said_to_be_held(tmp_path):
    path = tmp_path / "campaigns.db"
    filled_store(path)
    with CampaignStore.open(path, patience_s=0.5) as store:
        campaign = store.get("glass")
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        started = time.monotonic()
        with pytest.raises(StoreUnavailable, match="another program holds it"):
            campaign.tell(conductivity("s1", id="m2"))
        assert time.monotonic() - started >= 0.4
        assert campaign.summary().measurements == 1  # readers never wait
        other.execute("ROLLBACK")
        other.close()
        campaign.tell(conductivity("s1", id="m2"))


def test_a_folder_that_vanished_is_a_clear_error(tmp_path):
    folder = tmp_path / "gone"
    folder.mkdir()
    filled_store(folder / "campaigns.db")
    shutil.rmtree(folder)
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        CampaignStore.open(folder / "campaigns.db")


# Power cuts -----------------------------------------------------------------------------------------------------------


def snapshots(path, folder, *, count, job, worker, rng):
    """Copies of the store as the disk had it at some moment, each with what had been promised before that moment."""
    for number in range(count):
        time.sleep(rng.uniform(0.02, 0.12))
        promised = {p["id"] for p in job.promises() if p["what"] == "tell"}
        os.kill(worker.pid, signal.SIGSTOP)  # the disk stands still while it is copied
        copy = folder / f"cut-{number}"
        copy.mkdir()
        for ending in ("", "-wal"):
            if Path(f"{path}{ending}").exists():
                shutil.copyfile(f"{path}{ending}", copy / f"campaigns.db{ending}")
        os.kill(worker.pid, signal.SIGCONT)
        yield copy / "campaigns.db", promised


def cut_the_power(tmp_path, *, count, rounds, seed):
    path = tmp_path / "campaigns.db"
    filled_store(path)
    job = Job(url=f"sqlite:///{path}", campaign="glass", name="w", rounds=rounds, folder=tmp_path)
    worker, rng = job.start(), random.Random(seed)
    try:
        for copy, promised in snapshots(path, tmp_path, count=count, job=job, worker=worker, rng=rng):
            torn = tear(copy, rng)
            check_whole(copy, promised)
            check_whole(torn, promised)
    finally:
        worker.kill()
        worker.join()
    check_whole(path, {p["id"] for p in job.promises() if p["what"] == "tell"})


def tear(copy, rng):
    """The same copy with scrambled bytes at the end of its log, as an interrupted next commit leaves them."""
    torn = copy.parent / "torn.db"
    for ending in ("", "-wal"):
        if Path(f"{copy}{ending}").exists():
            shutil.copyfile(f"{copy}{ending}", f"{torn}{ending}")
    with Path(f"{torn}-wal").open("ab") as log:
        log.write(rng.randbytes(rng.randrange(1, 20_000)))
    return torn


def test_copies_of_a_power_cut_open_clean_short(tmp_path):
    cut_the_power(tmp_path, count=4, rounds=100, seed=5)


@pytest.mark.faults
@pytest.mark.parametrize("seed", range(4))
def test_copies_of_many_power_cuts_open_clean(tmp_path, seed):
    cut_the_power(tmp_path, count=40, rounds=2000, seed=seed)
