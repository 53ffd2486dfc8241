"""Hosts of a cluster, each with a network of its own: one is cut off in the middle, and nothing is lost or doubled."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from surrogate.execution.workers import executor
from tests.clusters import DaskCluster
from tests.labour import noted, numbers

SEEDS = range(200)
#: How long silence may last before the scheduler gives a host up; minutes in production.
SILENCE = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP": "12s", "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "8s"}


class Hosts:
    """Network namespaces on one bridge, reachable at 10.203.77.N; ``cut`` pulls the cable of one."""

    def __init__(self, names: list[str]) -> None:
        self._mark = f"s{os.getpid() % 100_000}"
        self.names = names
        self.bridge = f"{self._mark}br"
        ip("link", "add", self.bridge, "type", "bridge")
        ip("addr", "add", "10.203.77.1/24", "dev", self.bridge)
        ip("link", "set", self.bridge, "up")
        for number, name in enumerate(names, start=2):
            space = self.space(name)
            ip("netns", "add", space)
            ip("link", "add", self.cable(name), "type", "veth", "peer", "name", "eth0", "netns", space)
            ip("link", "set", self.cable(name), "master", self.bridge, "up")
            ip("-n", space, "addr", "add", f"10.203.77.{number}/24", "dev", "eth0")
            ip("-n", space, "link", "set", "eth0", "up")
            ip("-n", space, "link", "set", "lo", "up")

    def space(self, name: str) -> str:
        return f"{self._mark}-{name}"

    def cable(self, name: str) -> str:
        return f"{self._mark}{name}"

    def inside(self, name: str) -> list[str]:
        """The beginning of a command that runs on this host."""
        return ["ip", "netns", "exec", self.space(name)]

    def cut(self, name: str) -> None:
        """No packet comes in or goes out any more; nobody is told."""
        ip("link", "set", self.cable(name), "down")

    def remove(self) -> None:
        for name in self.names:  # the cable first: the kernel takes its time with those of a namespace that went
            subprocess.run(["ip", "link", "del", self.cable(name)], check=False)
            subprocess.run(["ip", "netns", "del", self.space(name)], check=False)
        subprocess.run(["ip", "link", "del", self.bridge], check=False)


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


@pytest.fixture
def hosts() -> Iterator[Hosts]:
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("network namespaces need root and the program ip")
    probe = f"probe{os.getpid() % 100_000}"
    if subprocess.run(["ip", "netns", "add", probe], capture_output=True).returncode != 0:
        pytest.skip("this machine allows no network namespaces")
    subprocess.run(["ip", "netns", "del", probe], check=True)
    made = Hosts.__new__(Hosts)
    try:
        made.__init__(["a", "b"])
    except subprocess.CalledProcessError as problem:
        made.remove()
        pytest.skip(f"this machine allows no virtual network: {problem.stderr.decode().strip()}")
    yield made
    made.remove()


@pytest.mark.faults
def test_a_host_that_is_cut_off_in_the_middle_loses_and_doubles_nothing(hosts: Hosts, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    cluster = DaskCluster(tmp_path, host="10.203.77.1", **SILENCE)
    try:
        for name in hosts.names:
            cluster.worker("--no-nanny", prefix=hosts.inside(name))
        cluster.wait_for(2)
        results = []
        with executor(scheduler=cluster.address) as somewhere:
            for seed, job in somewhere.stream(noted, SEEDS, str(journal)):
                results.append((seed, job.result()))
                if len(results) == 30:
                    hosts.cut("b")
        assert sorted(results) == [(seed, numbers(seed)) for seed in SEEDS]
        done_by = {line.split()[1] for line in journal.read_text().splitlines()}
        assert len(done_by) == 2, "the host that was cut off did nothing before"
    finally:
        cluster.stop()


@pytest.mark.faults
def test_a_cable_that_is_plugged_in_again_doubles_nothing(hosts: Hosts, tmp_path: Path) -> None:
    """The host comes back with results that were computed elsewhere meanwhile."""
    journal = tmp_path / "journal"
    cluster = DaskCluster(tmp_path, host="10.203.77.1", **SILENCE)
    try:
        for name in hosts.names:
            cluster.worker("--no-nanny", prefix=hosts.inside(name))
        cluster.wait_for(2)
        results = []
        with executor(scheduler=cluster.address) as somewhere:
            for seed, job in somewhere.stream(noted, SEEDS, str(journal)):
                results.append((seed, job.result()))
                if len(results) == 30:
                    hosts.cut("b")
                    threading.Timer(15.0, ip, ("link", "set", hosts.cable("b"), "up")).start()
        assert sorted(results) == [(seed, numbers(seed)) for seed in SEEDS]
    finally:
        cluster.stop()
