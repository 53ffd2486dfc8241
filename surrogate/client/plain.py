"""What a caller gives, as plain JSON: values of tables and arrays become numbers, and NaN is told before it is sent."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from surrogate.errors import InvalidInput


def plain(value: Any, at: str = "") -> Any:
    """``value`` made of what JSON knows; :class:`InvalidInput` with the place ``at`` of what it cannot say.

    Numbers and arrays of NumPy and pandas are recognised by what they can do, so that neither has to be there.
    """
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


def listed(given: Iterable[Mapping[str, Any]], what: str) -> list[Mapping[str, Any]]:
    """All of ``given``; :class:`InvalidInput` for one ``what`` (or a text) in the place of a list of them."""
    if isinstance(given, Mapping | str):
        raise InvalidInput(f"One {what} was given where a list of them is needed.", hint=f"Put it in a list: [{what}].")
    return list(given)
