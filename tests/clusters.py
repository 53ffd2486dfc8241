"""Dask clusters of the tests' own: a scheduler and workers in processes of their own, on the loopback interface."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
START_S = 60.0
#: What the command line program ``dask`` is, without looking for it on the path.
DASK = [sys.executable, "-m", "dask"]


class DaskCluster:
    """A scheduler that runs; ``worker`` adds workers. ``prefix`` is a command that starts them somewhere else."""

    def __init__(
        self, folder: Path, *, host: str = "127.0.0.1", prefix: Sequence[str] = (), **environment: str
    ) -> None:
        self.folder, self.host, self._environment = folder, host, environment
        self.port = free_port()
        self.address = f"tcp://{host}:{self.port}"
        self.processes: list[subprocess.Popen[bytes]] = []
        command = ["scheduler", "--host", host, "--port", str(self.port), "--no-dashboard"]
        self.scheduler = self._start([*prefix, *DASK, *command], "scheduler.log")

    def worker(self, *options: str, prefix: Sequence[str] = ()) -> subprocess.Popen[bytes]:
        """One more worker of one thread; with ``--no-nanny`` among the options its process is the worker."""
        scratch = ["--local-directory", str(self.folder), "--no-dashboard", "--nthreads", "1"]
        command = [*prefix, *DASK, "worker", self.address, *scratch, *options]
        return self._start(command, f"worker-{len(self.processes)}.log")

    def _start(self, command: Sequence[str], log: str) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **self._environment}
        with (self.folder / log).open("wb") as out:
            process = subprocess.Popen(
                list(command), cwd=self.folder, env=environment, stdout=out, stderr=out, start_new_session=True
            )
        self.processes.append(process)
        return process

    def wait_for(self, workers: int) -> None:
        """Until so many workers have registered."""
        import distributed

        end = time.monotonic() + START_S
        while time.monotonic() < end:
            with suppress(OSError, TimeoutError), distributed.Client(self.address, timeout=START_S) as client:
                if workers:
                    client.wait_for_workers(workers, timeout=START_S)
                return
        raise AssertionError("\n".join(log.read_text()[-1500:] for log in self.folder.glob("*.log")))

    def stop(self) -> None:
        """End every process that was started here."""
        for process in self.processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def dask_cluster(folder: Path, *options: str, workers: int = 2, **environment: str) -> Iterator[DaskCluster]:
    """A scheduler with ``workers`` workers, each in a process of its own."""
    cluster = DaskCluster(folder, **environment)
    try:
        for _ in range(workers):
            cluster.worker(*options)
        cluster.wait_for(workers)
        yield cluster
    finally:
        cluster.stop()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
