"""Numerical libraries held to one thread where the arrays are small and the order of sums counts."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def one_thread() -> Any:
    """A context in which the numerical libraries loaded so far use one thread.

    Sums in another order would be other numbers, processes side by side would fight for the cores, and with arrays of
    some hundred rows threads wait for each other longer than they work.
    """
    import scipy.linalg  # noqa: F401 - only libraries that are loaded can be held to one thread
    from threadpoolctl import threadpool_limits

    return threadpool_limits(limits=1)


def in_one_thread(function: Callable[P, R]) -> Callable[P, R]:
    """``function`` within :func:`one_thread`."""

    @wraps(function)
    def alone(*args: P.args, **kwargs: P.kwargs) -> R:
        with one_thread():
            return function(*args, **kwargs)

    return alone
