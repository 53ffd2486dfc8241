"""Calls that wait at the same moment are done as one, in the event loop where that is quick."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence

import pytest

from serving.http.compute import QUICK_S, Compute, Together
from serving.http.errors import ProblemError


class Doubler:
    """Doubles numbers, and remembers how many came together and in which thread."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.batches: list[list[int]] = []
        self.threads: list[threading.Thread] = []

    def __call__(self, numbers: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(numbers))
        self.threads.append(threading.current_thread())
        time.sleep(self.seconds)
        if 13 in numbers and len(numbers) > 1:
            raise RuntimeError("one of them is 13")
        return [ValueError("13") if number == 13 else 2 * number for number in numbers]


class SlowOnce(Doubler):
    """Slow the first time only."""

    def __call__(self, numbers: Sequence[int]) -> list[int | Exception]:
        answers = super().__call__(numbers)
        self.seconds = 0.0
        return answers


def run(work: Doubler, talk: Callable[[Together[int, int]], object], **limits: float) -> Compute:
    """What ``talk`` does with the calls of one event loop."""
    compute = Compute(**{"threads": 1, "queue": 100, "timeout_s": 5.0, **limits})  # type: ignore[arg-type]
    together: Together[int, int] = Together(compute, work, most=8)

    async def main() -> None:
        await talk(together)  # type: ignore[misc]

    try:
        asyncio.run(main())
    finally:
        compute.close()
    return compute


async def gather(together: Together[int, int], *numbers: int) -> list[int | BaseException]:
    return await asyncio.gather(*map(together.run, numbers), return_exceptions=True)


def test_quick_calls_stay_in_the_event_loop_and_slow_ones_leave_it() -> None:
    quick, slow = Doubler(), Doubler(2 * QUICK_S)

    async def ask_twice(together: Together[int, int]) -> None:
        assert await gather(together, 1) == [2]
        assert await gather(together, 2) == [4]

    run(quick, ask_twice)
    run(slow, ask_twice)
    main = threading.main_thread()
    assert [thread is main for thread in quick.threads] == [False, True]  # nothing is known of the first
    assert not any(thread is main for thread in slow.threads)


@pytest.mark.parametrize("seconds", [0.0, 0.6 * QUICK_S, 2 * QUICK_S])
def test_who_waits_at_the_same_moment_is_answered_as_one_in_order(seconds: float) -> None:
    work = Doubler(seconds)

    async def ask(together: Together[int, int]) -> None:
        await together.run(0)
        assert await gather(together, *range(20, 40)) == [2 * number for number in range(20, 40)]

    compute = run(work, ask)
    assert sum(len(batch) for batch in work.batches) == 21
    assert len(work.batches) < 10
    assert max(map(len, work.batches)) <= 8
    assert compute.taken == 0


def test_who_asks_again_as_soon_as_he_is_answered_is_waited_for_beside_others() -> None:
    async def ask_on(together: Together[int, int], rounds: int) -> None:
        for _ in range(10):
            for _ in range(rounds):  # of the event loop, until the next question is here
                await asyncio.sleep(0)
            assert await together.run(rounds) == 2 * rounds

    async def ask(together: Together[int, int]) -> None:
        await together.run(0)
        await asyncio.gather(*(ask_on(together, rounds) for rounds in (0, 2, 4, 6)))

    work = Doubler()
    run(work, ask)
    assert sum(map(len, work.batches)) == 41
    assert len(work.batches) < 20


def test_a_fault_of_one_call_is_that_of_no_other() -> None:
    async def ask(together: Together[int, int]) -> None:
        await together.run(0)
        one, fault, two = await gather(together, 1, 13, 2)
        assert (one, two) == (2, 4)
        assert isinstance(fault, ValueError)

    assert run(Doubler(), ask).taken == 0


def test_who_waits_too_long_is_told_and_the_work_keeps_its_place_until_it_ends() -> None:
    async def ask(together: Together[int, int]) -> None:
        with pytest.raises(ProblemError, match="took longer"):
            await together.run(1)
        with pytest.raises(ProblemError, match="at work"):
            await together.run(2)
        await asyncio.sleep(0.4)
        assert await together.run(3) == 6

    run(SlowOnce(0.3), ask, queue=0, timeout_s=0.1)
