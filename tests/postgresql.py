"""A PostgreSQL cluster of the tests' own: a temporary folder, a socket in it, a network if asked, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any
from uuid import uuid4


def programs() -> Path | None:
    """The folder of ``initdb`` and ``postgres``, ``None`` where they are not installed."""
    if shutil.which("pg_config"):
        found = Path(
            subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=True).stdout.strip()
        )
        if (found / "initdb").exists() and (found / "postgres").exists():
            return found
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: folder.parent.name)
    return found[-1] if found and (found[-1] / "initdb").exists() else None


def owner() -> dict[str, Any]:
    """Who runs the cluster, as arguments of subprocess: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


class Cluster:
    """A running cluster; ``url`` makes an empty database, ``kill`` and ``start`` are for tests of faults."""

    def __init__(self, bindir: Path, *, network: str = "", address: str = "", port: int = 5432) -> None:
        self.bindir, self.address, self.port = bindir, address, port
        self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
        self.owner = owner()
        if self.owner:
            os.chown(self.folder, self.owner["user"], self.owner["group"])
        self.process: subprocess.Popen[bytes] | None = None
        self.free: list[str] = []
        command = ["initdb", "-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        self._run(command)
        if network:
            with (self.folder / "data" / "pg_hba.conf").open("a") as access:
                access.write(f"host all all {network} trust\n")
        self.start()

    def _run(self, command: list[str]) -> None:
        command[0] = str(self.bindir / command[0])
        done = subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, env=self._environment, **self.owner
        )
        assert done.returncode == 0, done.stderr

    @property
    def _environment(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LC_ALL": "C", "TZ": "UTC"}

    def start(self) -> None:
        """Start the server and wait until it answers."""
        command = [str(self.bindir / "postgres"), "-D", "data", "-k", str(self.folder)]
        command += ["-c", f"listen_addresses={self.address}", "-p", str(self.port)]
        # The tests kill processes, not the machine, so nothing is lost without fsync and everything is quicker.
        command += ["-c", "fsync=off", "-c", "shared_buffers=32MB", "-c", "max_connections=60"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self.folder, stdout=log, stderr=log, env=self._environment, **self.owner
            )
        deadline = time.monotonic() + 30
        while not self.answers():
            assert self.process.poll() is None, (self.folder / "log").read_text()[-2000:]
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.05)

    def answers(self) -> bool:
        """Whether a client gets through."""
        import psycopg

        try:
            place = f"host={self.folder} port={self.port}"
            psycopg.connect(f"{place} user=postgres dbname=postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End the server: SIGINT closes it quickly and in order, SIGQUIT is what a crash looks like."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(timeout=30)
            self.process = None

    def url(self) -> str:
        """The address of an empty database."""
        if not self.free:
            name = f"test_{uuid4().hex[:12]}"
            with self._administrator() as connection:
                connection.execute(f"CREATE DATABASE {name}")
            self.free.append(name)
        return f"postgresql://postgres@/{self.free.pop()}?host={self.folder}&port={self.port}"

    def give_back(self, url: str) -> None:
        """Empty a database for the next test: much quicker than a new one."""
        name = url.partition("@/")[2].partition("?")[0]
        with self._administrator() as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        with self._administrator(name) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        self.free.append(name)

    def _administrator(self, database: str = "postgres") -> Any:
        import psycopg

        return psycopg.connect(f"host={self.folder} port={self.port} user=postgres dbname={database}", autocommit=True)

    def remove(self) -> None:
        """Stop the server and delete its folder."""
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)
