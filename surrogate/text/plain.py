"""Values as JSON has them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def in_json_types(value: Any) -> Any:
    """The same in the types of JSON: numbers and arrays of numpy become Python's, and what is not finite null.

    >>> in_json_types({"mae": float("nan"), 3: (1.0, "x")})
    {'mae': None, '3': [1.0, 'x']}
    """
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): in_json_types(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [in_json_types(item) for item in value]
    return value
