"""The life of a suggestion: which state may follow which, and why.

::

    proposed → accepted → running → measured | failed | cancelled
        └─────────┴──────────┴────→ expired   (its lease ran out: the recipe is free to be proposed again)

A client moves a suggestion forward, never back. What a laboratory measured is always taken: telling a complete result
makes any suggestion ``measured``, also one that expired, failed or was cancelled before.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from surrogate.errors import Conflict, InvalidInput, UnknownName
from surrogate.wire.states import State

#: States that hold a lease: the recipe is being made, so nothing proposes it again.
OPEN = (State.PROPOSED, State.ACCEPTED, State.RUNNING)

#: What a client may ask for. ``measured`` comes from telling, ``expired`` from time.
FOLLOWS: Mapping[State, tuple[State, ...]] = MappingProxyType(
    {
        State.PROPOSED: (State.ACCEPTED, State.RUNNING, State.FAILED, State.CANCELLED),
        State.ACCEPTED: (State.ACCEPTED, State.RUNNING, State.FAILED, State.CANCELLED),
        State.RUNNING: (State.RUNNING, State.FAILED, State.CANCELLED),
        State.MEASURED: (),
        State.FAILED: (),
        State.CANCELLED: (),
        State.EXPIRED: (),
    }
)


def state_named(name: str) -> State:
    """A state by its name; :class:`UnknownName` proposes the nearest."""
    try:
        return State(name)
    except ValueError:
        raise UnknownName("state", name, [str(s) for s in State]) from None


def check_move(suggestion_id: str, old: State, new: State, reason: str) -> None:
    """Refuse a move that the life of a suggestion does not have, with the moves that it has.

    Args:
        suggestion_id: For the message.
        old: The state that it is in.
        new: The state that it is to be in.
        reason: Why.

    Raises:
        Conflict: There is no such move.
        InvalidInput: A failure has no reason.
    """
    if new is State.MEASURED:
        raise Conflict(
            f"Suggestion {suggestion_id} cannot be set to measured by hand.",
            hint="Tell its results; that makes it measured.",
        )
    if new is State.EXPIRED:
        raise Conflict(
            f"Suggestion {suggestion_id} cannot be set to expired by hand.", hint="Cancel it to give its recipe free."
        )
    if new not in FOLLOWS[old]:
        allowed = [str(state) for state in FOLLOWS[old] if state is not old]
        raise Conflict(
            f"Suggestion {suggestion_id} is {old}; it cannot become {new}.",
            hint=f"From {old} it may become {', '.join(allowed)}." if allowed else "Results can still be told.",
        )
    if new is State.FAILED and not reason.strip():
        raise InvalidInput(
            f"Suggestion {suggestion_id} failed without a reason.",
            hint="Say in a few words what happened; failures teach what can be made.",
        )
