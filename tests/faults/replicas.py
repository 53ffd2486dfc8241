"""Replicas of the service behind nginx, and clients that keep a steady pace and write down every answer."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.clusters import free_port
from tests.serving.conftest import ROOT, Running

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
DRAIN_S = 3.0
#: As in deploy/replicas.conf: how long nginx leaves a replica alone that has failed.
FAIL_TIMEOUT_S = 5.0


class Replicas:
    """Services with one database (``store``) behind the nginx of ``deploy/``; each can be stopped and started."""

    store: str

    def __init__(self, folder: Path, environment: Mapping[str, str], *, count: int = 2, workers: int = 1) -> None:
        self._folder, self._environment, self._workers = folder, dict(environment), workers
        self._numbers = itertools.count()
        self.ports = [free_port() for _ in range(count)]
        self.services = [self._started(port) for port in self.ports]
        for service in self.services:
            service.wait("/readyz")
        self.nginx, self.url = proxy(folder / "nginx", self.ports)

    def _started(self, port: int) -> Running:
        folder = self._folder / f"replica-{next(self._numbers)}"
        folder.mkdir()
        settings = {"SURROGATE_DRAIN_S": str(DRAIN_S), **self._environment}
        return Running(folder, workers=self._workers, port=port, **settings)

    def leave(self, index: int) -> list[int]:
        """Stop a replica as a deployment does; what its /readyz said on the way, the last answer last."""
        service, seen = self.services[index], []
        service.process.send_signal(signal.SIGTERM)
        end = time.monotonic() + 120
        while service.process.poll() is None and time.monotonic() < end:
            try:
                seen.append(httpx.get(service.url + "/readyz", timeout=60).status_code)
            except httpx.TransportError:
                seen.append(0)
            time.sleep(0.05)
        assert service.process.poll() is not None, service.log.read_text()[-2000:]
        return seen

    def kill(self, index: int) -> None:
        """End every process of a replica without a word."""
        import psutil

        parent = psutil.Process(self.services[index].process.pid)
        for process in [*parent.children(recursive=True), parent]:
            process.kill()
        self.services[index].process.wait(timeout=10)

    def come_back(self, index: int) -> None:
        """Start it again, until it is ready and nginx has had time to notice."""
        self.services[index] = self._started(self.ports[index])
        self.services[index].wait("/readyz")
        time.sleep(FAIL_TIMEOUT_S)

    def stop(self) -> None:
        """End everything at once."""
        self.nginx.terminate()
        self.nginx.wait(timeout=10)
        for index, service in enumerate(self.services):
            if service.process.poll() is None:
                self.kill(index)


def proxy(folder: Path, ports: Sequence[int], *, ready: int = 200) -> tuple[subprocess.Popen[bytes], str]:
    """nginx with ``deploy/nginx.conf`` in front of ``ports``, and its address; waits until /readyz says ``ready``."""
    assert NGINX is not None
    folder.mkdir()
    port = free_port()
    config = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    assert config.count("listen 8080;") == 1
    (folder / "nginx.conf").write_text(config.replace("listen 8080;", f"listen 127.0.0.1:{port};"))
    lines = [f"server 127.0.0.1:{each} max_fails=3 fail_timeout={FAIL_TIMEOUT_S:g}s;" for each in ports]
    (folder / "replicas.conf").write_text("\n".join(lines))
    with (folder / "nginx.log").open("wb") as log:
        command = [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf")]
        process = subprocess.Popen(command, stdout=log, stderr=log)
    url, end = f"http://127.0.0.1:{port}", time.monotonic() + 10
    while time.monotonic() < end:
        try:
            if httpx.get(url + "/readyz", timeout=10).status_code == ready:
                return process, url
        except httpx.TransportError:
            time.sleep(0.05)
    process.terminate()
    raise AssertionError((folder / "nginx.log").read_text())


#: Requests without an answer beyond which no more are sent: a busy machine may be slow, which is not what is tested.
MOST_OPEN = 200


@dataclass(kw_only=True)
class Load:
    """Requests at a steady pace, whatever the answers, from an event loop in a thread of its own."""

    url: str
    per_s: float
    makers: tuple[Any, ...]
    answers: list[tuple[str, int, str]] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)
    stopping: bool = False

    def run(self) -> None:
        """Until ``stopping``; every request that was begun is finished."""
        asyncio.run(self._run())

    async def _run(self) -> None:
        limits = httpx.Limits(max_connections=2000, max_keepalive_connections=50)
        async with httpx.AsyncClient(base_url=self.url, timeout=110.0, limits=limits) as client:
            begun, tasks = time.monotonic(), []
            for number in itertools.count():
                if self.stopping:
                    break
                while sum(not task.done() for task in tasks[-2 * MOST_OPEN :]) >= MOST_OPEN:
                    await asyncio.sleep(0.1)
                tasks.append(asyncio.create_task(self._one(client, number)))
                await asyncio.sleep(max(0.0, begun + (number + 1) / self.per_s - time.monotonic()))
            await asyncio.gather(*tasks)

    async def _one(self, client: httpx.AsyncClient, number: int) -> None:
        method, path, given = self.makers[number % len(self.makers)](number)
        try:
            answer = await client.request(method, path, **given)
            self.answers.append((path, answer.status_code, "" if answer.is_success else answer.text[:300]))
            if answer.is_success and path.endswith("/measurements"):
                self.told.append((given["json"]["results"][0]["id"], answer.text))
        except httpx.HTTPError as problem:
            self.answers.append((path, 0, repr(problem)))

    @property
    def failed(self) -> list[tuple[str, int, str]]:
        """Everything that was not answered as it should be."""
        return [answer for answer in self.answers if not 200 <= answer[1] < 300]
