"""One seam for all work that can be split: the same results everywhere, whatever dies in the middle."""

from __future__ import annotations

import inspect
import itertools
import os
import pickle
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from surrogate import errors
from surrogate.errors import InvalidInput, SurrogateError, Unavailable, UnknownName, WorkerLost
from surrogate.execution import on_dask
from surrogate.execution import workers as module
from surrogate.execution.futures import Executor
from surrogate.execution.process import in_one_thread
from surrogate.execution.workers import executor
from tests.clusters import DaskCluster, dask_cluster, free_port
from tests.labour import deadly, faulty, noted, numbers, own_pid, slow

SEEDS = range(40)
EXPECTED = [numbers(seed) for seed in SEEDS]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    with dask_cluster(tmp_path_factory.mktemp("dask")) as running:
        yield running


@pytest.fixture(scope="module")
def local() -> Iterator[Executor]:
    """Two processes of this machine, started once."""
    with executor(workers=2) as somewhere:
        yield somewhere


@pytest.fixture(params=["here", "local", "cluster"])
def somewhere(request: pytest.FixtureRequest) -> Iterator[Executor]:
    if request.param == "local":
        yield request.getfixturevalue("local")
        return
    scheduler = request.getfixturevalue("cluster").address if request.param == "cluster" else None
    with executor(scheduler=scheduler, workers=0) as made:
        yield made


def test_everywhere_the_same_in_the_order_of_the_items(somewhere):
    assert somewhere.map(numbers, SEEDS) == EXPECTED
    assert {seed: job.result() for seed, job in somewhere.stream(numbers, SEEDS)} == dict(enumerate(EXPECTED))


def test_an_error_of_the_work_comes_out_as_it_is_and_ends_nothing_else(somewhere):
    found = dict(somewhere.stream(faulty, range(8)))
    with pytest.raises(UnknownName, match="no property named 'sigma'") as caught:
        found.pop(3).result()
    assert caught.value.known == ("ionic_conductivity",)
    assert [found[seed].result() for seed in sorted(found)] == [EXPECTED[seed] for seed in (0, 1, 2, 4, 5, 6, 7)]
    with pytest.raises(UnknownName):
        somewhere.map(faulty, range(8))


def test_items_are_read_as_they_are_needed(somewhere):
    read = itertools.count()
    taken = [seed for seed, _ in itertools.islice(somewhere.stream(numbers, read), 5)]
    assert len(taken) == 5
    assert next(read) <= 5 + 2 * somewhere.size


def test_what_is_shared_arrives(somewhere, tmp_path):
    journal = somewhere.share(str(tmp_path / "journal"))
    assert [job.result() for _, job in somewhere.stream(noted, [4], journal)] == [EXPECTED[4]]
    assert (tmp_path / "journal").read_text().startswith("4 ")


@pytest.mark.parametrize("where", ["local", "cluster"])
def test_work_that_kills_is_told_from_its_neighbours(where, request):
    if where == "local":
        found = dict(request.getfixturevalue("local").stream(partial(deadly, poison=7), SEEDS))
    else:
        with executor(scheduler=request.getfixturevalue("cluster").address) as somewhere:
            found = dict(somewhere.stream(partial(deadly, poison=7), range(12)))
    with pytest.raises(WorkerLost, match="ends every worker"):
        found.pop(7).result()
    assert {seed: job.result() for seed, job in found.items()} == {seed: EXPECTED[seed] for seed in found}
    assert len(found) in (11, 39)


@pytest.mark.parametrize("nanny", ["--nanny", "--no-nanny"])
def test_a_worker_killed_in_the_middle_loses_nothing_and_doubles_nothing(nanny, tmp_path):
    with dask_cluster(tmp_path, nanny) as cluster, executor(scheduler=cluster.address) as somewhere:
        journal, results, victims = tmp_path / "journal", [], []
        for seed, job in somewhere.stream(noted, SEEDS, str(journal)):
            results.append((seed, job.result()))
            if len(results) in (5, 15) and len(victims) < (2 if nanny == "--nanny" else 1):
                victims.append(int(journal.read_text().split()[-1]))
                os.kill(victims[-1], signal.SIGKILL)
        assert sorted(results) == list(enumerate(EXPECTED))  # nothing lost, nothing twice, the same bits
        done_by = Counter(line.split()[1] for line in journal.read_text().splitlines())
        assert victims
        assert all(str(victim) in done_by for victim in victims)


def test_a_negative_number_of_workers_is_refused_before_anything_is_started():
    with pytest.raises(InvalidInput, match="impossible"), executor(workers=-1):
        pass


@contextmanager
def soon(limit_s):
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < limit_s


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:{port}", "127.0.0.1:{port}", "tcp://no-such-host.invalid:8786", "carrier://pigeon", "tcp://"]
)  # fmt: skip
def test_an_address_where_nobody_answers_is_one_sentence_within_seconds(address, monkeypatch):
    monkeypatch.setattr(module, "CONNECT_TIMEOUT_S", 1.0)
    with soon(15), pytest.raises(Unavailable, match="No Dask scheduler answers") as caught:  # noqa: SIM117
        with executor(scheduler=address.format(port=free_port())):
            pass
    assert caught.value.exit_code == 5
    assert "\n" not in str(caught.value)


def test_another_program_at_the_address_is_the_same_sentence(monkeypatch):
    import socket

    monkeypatch.setattr(module, "CONNECT_TIMEOUT_S", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts and says nothing
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        with soon(20), pytest.raises(Unavailable, match="answers"), executor(scheduler=address):
            pass


def test_a_scheduler_without_workers_is_one_sentence(tmp_path):
    with dask_cluster(tmp_path, workers=0) as cluster:  # noqa: SIM117
        with pytest.raises(Unavailable, match="has no workers"), executor(scheduler=cluster.address):
            pass


def test_a_cluster_that_loses_all_workers_ends_the_work(tmp_path, monkeypatch):
    monkeypatch.setattr(on_dask, "PATIENCE_S", 1.0)
    with dask_cluster(tmp_path, "--no-nanny", workers=1) as cluster, executor(scheduler=cluster.address) as somewhere:
        os.kill(somewhere.map(own_pid, [0])[0], signal.SIGKILL)
        with soon(30), pytest.raises(Unavailable, match="no workers for 1 s"):
            somewhere.map(numbers, SEEDS)


def test_a_scheduler_that_dies_in_the_middle_ends_the_work(tmp_path, monkeypatch):
    monkeypatch.setenv("DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT", "2s")
    import dask

    with (
        dask_cluster(tmp_path) as cluster,
        dask.config.set({"distributed.comm.timeouts.connect": "2s"}),
        executor(scheduler=cluster.address) as somewhere,
    ):
        threading.Timer(1.0, cluster.scheduler.kill).start()
        with soon(40), pytest.raises(Unavailable, match="went away in the middle"):
            somewhere.map(slow, range(4))


def test_leaving_by_an_error_leaves_no_process_behind():
    """Its own processes, as they name themselves: those of other executors may start new ones meanwhile."""
    import psutil

    with pytest.raises(KeyboardInterrupt), executor(workers=2) as somewhere:  # noqa: PT012
        started = [psutil.Process(pid) for pid in somewhere._client.run(os.getpid).values()]
        somewhere.submit(slow, 1)
        raise KeyboardInterrupt
    assert len(started) == 2
    # Each end is waited for; the limit only keeps a process that stays from holding up everything else.
    _gone, alive = psutil.wait_procs(started, timeout=120)
    assert alive == []


ERRORS = [found for _, found in inspect.getmembers(errors, inspect.isclass) if issubclass(found, SurrogateError)]


@pytest.mark.parametrize("kind", ERRORS)
def test_every_error_survives_the_way_out_of_another_process(kind):
    given = {
        "CompositionError": {"message": "m", "hint": "h", "proposals": ("a",)},
        "UnknownName": {"kind": "colour", "name": "gren", "names": ["green"]},
        "TableError": {"faults": [errors.Fault(table="t", row=1, column="c", message="m")]},
    }.get(kind.__name__, {"message": "m", "hint": "h"})
    there = kind(**given)
    back = pickle.loads(pickle.dumps(there))
    assert type(back) is kind
    assert (str(back), back.args, vars(back)) == (str(there), there.args, vars(there))


def _threads_in_use() -> dict[str, int]:
    return {library["filepath"]: library["num_threads"] for library in threadpool_info()}


def test_what_runs_in_one_thread_uses_one_thread_and_leaves_the_others_as_they_were() -> None:
    in_one_thread(_threads_in_use)()  # the first time it loads a library
    with threadpool_limits(limits=2):
        before = _threads_in_use()
        # Not all of them need be at two: the solvers of the simulator bring a library that has one thread and no more.
        assert 2 in before.values()
        assert set(in_one_thread(_threads_in_use)().values()) == {1}
        assert _threads_in_use() == before
