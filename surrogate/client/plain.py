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
    """``value`` made of what JSON knows; :class:`InvalidInput` with the place ``at`` of what it cannot say.

    Numbers and arrays of NumPy and pandas are recognised by what they can do, so that neither has to be there.
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
        return {str(name): plain(each, f"{at}/{name}") for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each, f"{at}/{place}") for place, each in enumerate(value)]
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


def listed(given: Iterable[V], what: str) -> list[V]:
    """All of ``given``; :class:`InvalidInput` for one ``what`` (or a text) in the place of a list of them."""
    if isinstance(given, Mapping | BaseModel | str):
        raise InvalidInput(f"One {what} was given where a list of them is needed.", hint=f"Put it in a list: [{what}].")
    return list(given)
