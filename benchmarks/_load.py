"""Servers on the loopback interface, and a client quick enough to wear them out.

The client speaks just enough HTTP/1.1 over plain sockets: a full-blown client library would cost more time per request
than the servers that are compared.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks._processes import HOST, running, wait_until

START_S, ANSWER_S = 120.0, 120.0


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server: its name, its port, its process (the leader of a group), and how long it took to answer."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    cold_start_s: float

    def memory_mib(self) -> float:
        """Memory of the process and its children; what they share counts once (proportional set size)."""
        import psutil

        parent = psutil.Process(self.process.pid)
        return sum(_own_memory(process) for process in [parent, *parent.children(recursive=True)]) / 2**20


def _own_memory(process: object) -> int:
    import psutil

    try:
        return int(process.memory_full_info().pss)  # type: ignore[attr-defined]
    except psutil.NoSuchProcess:
        return 0


@contextmanager
def serving(
    name: str, command: Sequence[str], *, port: int, ready: bytes, environment: Mapping[str, str], log: Path
) -> Iterator[Server]:
    """Start ``command``, wait until it answers the request ``ready`` with 200, and end its process group afterwards."""
    began = time.perf_counter()

    def answers() -> bool:
        try:
            return asyncio.run(_once(port, ready)) == 200
        except (OSError, asyncio.IncompleteReadError, ValueError):
            return False

    with (
        log.open("wb") as out,
        running(command, env={**os.environ, **environment}, stdout=out, stderr=out) as process,
    ):
        if not wait_until(answers, process, START_S):
            raise RuntimeError(f"the server did not start:\n{log.read_text(errors='replace')[-3000:]}")
        yield Server(name=name, port=port, process=process, cold_start_s=time.perf_counter() - began)


def post(path: str, body: bytes) -> bytes:
    """A request as it goes over the wire."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@dataclass(frozen=True, kw_only=True)
class Load:
    """What came of a load: milliseconds of each answer that was a success, how many answers had which status, and how
    long everything took. Status 0 is a broken connection."""

    milliseconds: np.ndarray
    statuses: Mapping[int, int]
    seconds: float

    @property
    def per_s(self) -> float:
        """Successes per second."""
        return len(self.milliseconds) / self.seconds

    def quantile(self, q: float) -> float | None:
        """Milliseconds within which the share ``q`` of the successes came."""
        return float(np.quantile(self.milliseconds, q)) if len(self.milliseconds) else None


def run_load(
    server: Server,
    requests: Sequence[bytes],
    *,
    concurrency: int,
    seconds: float,
    first: bytes,
    at_most: int | None = None,
) -> Load:
    """Send ``requests`` in turn over ``concurrency`` connections for so many seconds, or until so many are answered.

    ``first`` is a small request, not counted, that each connection begins with.
    """
    return asyncio.run(_load(server.port, requests, concurrency, seconds, first, at_most))


async def _load(
    port: int, requests: Sequence[bytes], concurrency: int, seconds: float, first: bytes, at_most: int | None
) -> Load:
    milliseconds: list[float] = []
    statuses: Counter[int] = Counter()
    # One after the other, each used once: a worker that finds many new connections takes them all and works alone.
    opened = [await _opened(port, first) for _ in range(concurrency)]
    began = time.perf_counter()
    end, sent = began + seconds, iter(range(at_most if at_most is not None else 10**9))

    async def one(number: int) -> None:
        connection = opened[number]
        while time.perf_counter() < end:
            turn = next(sent, None)
            if turn is None:
                break
            started, is_kept = time.perf_counter(), connection is not None
            try:
                if connection is None:
                    connection = await asyncio.open_connection(HOST, port)
                status = await asyncio.wait_for(_exchange(*connection, requests[turn % len(requests)]), ANSWER_S)
            except (OSError, ValueError, asyncio.IncompleteReadError, TimeoutError):
                status, connection = 0, None
                if is_kept:  # closed while it lay idle, as servers do after seconds; every client opens another then
                    continue
            statuses[status] += 1
            if status == 200:
                milliseconds.append((time.perf_counter() - started) * 1e3)
        if connection is not None:
            connection[1].close()

    await asyncio.gather(*(one(number) for number in range(concurrency)))
    return Load(milliseconds=np.array(milliseconds), statuses=dict(statuses), seconds=time.perf_counter() - began)


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _opened(port: int, request: bytes) -> Connection | None:
    try:
        connection = await asyncio.open_connection(HOST, port)
        await asyncio.wait_for(_exchange(*connection, request), ANSWER_S)
    except (OSError, ValueError, asyncio.IncompleteReadError, TimeoutError):
        return None
    return connection


async def _once(port: int, request: bytes) -> int:
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        return await asyncio.wait_for(_exchange(reader, writer, request), ANSWER_S)
    finally:
        writer.close()


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> int:
    """One request and the status of its answer, which is read to its end."""
    writer.write(request)
    await writer.drain()
    # Acknowledge at once: a server that writes head and body apart (uvicorn with several workers) would else wait 40 ms
    # for the kernel of its client, and the comparison would flatter whoever does not.
    if hasattr(socket, "TCP_QUICKACK"):
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines[1:])}
    if b"content-length" in headers:
        await reader.readexactly(int(headers[b"content-length"]))
    elif headers.get(b"transfer-encoding", b"").lower() == b"chunked":
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            await reader.readexactly(size + 2)
        await reader.readuntil(b"\r\n")
    return int(lines[0].split(b" ")[1])


@contextmanager
def slow_clients(port: int, count: int, begun: bytes) -> Iterator[None]:
    """So many connections that have sent ``begun`` and add a byte a second, as long as the block lasts."""
    stop, ready = threading.Event(), threading.Event()

    def dawdle() -> None:
        sockets = []
        for _ in range(count):
            connection = socket.create_connection((HOST, port), timeout=ANSWER_S)
            connection.sendall(begun)
            sockets.append(connection)
        ready.set()
        while not stop.wait(1.0):
            for connection in sockets:
                with suppress(OSError):  # some have been closed by now, as they should be
                    connection.sendall(b"a")
        for connection in sockets:
            connection.close()

    thread = threading.Thread(target=dawdle, daemon=True)
    thread.start()
    ready.wait(ANSWER_S)
    try:
        yield
    finally:
        stop.set()
        thread.join()
