"""Between callers and JSON: what is sent holds values of tables and arrays as numbers and no NaN; what is answered is
read as the models of :mod:`surrogate.wire`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from surrogate.errors import InvalidInput, Unavailable

T = TypeVar("T", bound=BaseModel)
V = TypeVar("V")


def plain(value: Any, at: str = "") -> Any:
    """``value`` in the types of JSON.

    Numbers and arrays of NumPy and pandas are recognised by their methods, so that neither has to be installed.

    Args:
        value: Anything.
        at: Its place in the request, for messages.

    Raises:
        InvalidInput: A part of it has no place in JSON.
    """
    if isinstance(value, BaseModel):  # a candidate of an earlier answer
        return plain(value.model_dump(mode="json", exclude_unset=True), at)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        raise InvalidInput(
            f"{at or 'The value'} is {value}, which is not a finite number.", hint="Leave it out when it is unknown."
        )
    if isinstance(value, Mapping):
        return {str(name): plain(part, f"{at}/{name}") for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part, f"{at}/{place}") for place, part in enumerate(value)]
    for says in ("tolist", "item"):  # an array of any shape; a single number
        if callable(getattr(value, says, None)):
            return plain(getattr(value, says)(), at)
    raise InvalidInput(
        f"{at or 'The value'} is a {type(value).__name__}, which cannot be sent.",
        hint="Give numbers, texts, lists and dictionaries.",
    )


def answer_of(kind: type[T], content: Any) -> T:
    """What the service answered as ``kind``; fields that only a newer service knows are left out."""
    try:
        return kind.model_validate(content, extra="ignore")
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise Unavailable(
            f"The service answers with what this client cannot read (at {place or 'the start'}).",
            hint="Bring the client and the service to one version.",
        ) from error


def listed(values: Iterable[V], noun: str) -> list[V]:
    """All of ``values``; :class:`InvalidInput` for one ``noun`` (or a text) in the place of a list of them."""
    if isinstance(values, Mapping | BaseModel | str):
        raise InvalidInput(f"One {noun} was given where a list of them is needed.", hint=f"Put it in a list: [{noun}].")
    return list(values)
