"""The whole numbers that work is asked with: where chance starts, and how many of a thing.

Everything that draws or counts takes its refusals from here, so one number is refused with one sentence at every door.
"""

from __future__ import annotations

from numbers import Integral
from typing import TypeGuard

from surrogate.errors import InvalidInput

#: The largest seed that every generator and every store takes: a signed integer of 64 bits.
LARGEST_SEED = 2**63 - 1


def is_whole(value: object) -> TypeGuard[int]:
    """Whether ``value`` counts: an integer of Python or NumPy, and no truth value."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def check_seed(seed: object) -> None:
    """Refuse what no generator of random numbers starts from; raises :class:`InvalidInput`."""
    if not (is_whole(seed) and 0 <= seed <= LARGEST_SEED):
        raise InvalidInput(
            f"The seed is {seed!r}; it must be a whole number from 0 to 2^63 - 1.", hint="Give such a number, e.g. 7."
        )


def check_count(noun: str, count: object, *, most: int | None = None, error: type[InvalidInput] = InvalidInput) -> None:
    """Refuse a number that is not whole, below 1, or above ``most``.

    Args:
        noun: What there are so many of, for the message.
        count: How many.
        most: The highest number, where there is one.
        error: The class that is raised.
    """
    if is_whole(count) and count >= 1 and (most is None or count <= most):
        return
    end = "on" if most is None else f"to {most}"
    raise error(
        f"A {noun} of {count!r} was asked for; it must be a whole number from 1 {end}.", hint="Give such a number."
    )
