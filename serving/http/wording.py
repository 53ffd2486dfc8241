"""What a schema refuses, in sentences: the name, the rule and a way out, as the library's own errors have them.

The words of pydantic ("Input should be greater than or equal to 0") name neither the field nor its unit. Of what was
sent only the names of fields and numbers out of range are repeated; a text may be a secret in the wrong place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from surrogate.units import unit_of

#: One fault as pydantic describes it.
ErrorDetails = Mapping[str, Any]
_BOUNDS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "above"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "below"),
}
_LEAVE_OUT = "Leave the field out when the value is not known."
#: What a value has to be, and how to write one.
_KINDS = {
    "float_type": ("a number", "Write it without quotes and without its unit. " + _LEAVE_OUT),
    "int_type": ("a whole number", "Write it without quotes and without a decimal point."),
    "int_from_float": ("a whole number", "Write it without a decimal point."),
    "int_parsing": ("a whole number", "Write digits alone."),
    "float_parsing": ("a number", "Write digits alone."),
    "bool_type": ("true or false", "Write it without quotes. " + _LEAVE_OUT),
    "bool_parsing": ("true or false", "Write one of the two."),
    "string_type": ("a text", "Put it in quotes."),
    "list_type": ("a list", "Put it in square brackets."),
    "dict_type": ("an object with names", 'Put it in braces: {"name": …}.'),
    "model_type": ("an object with names", 'Put it in braces: {"name": …}.'),
    "model_attributes_type": ("an object with names", 'Put it in braces: {"name": …}.'),
}
#: Longest name that is repeated, in characters.
_MAX_SHOWN = 60


def sentence(fault: ErrorDetails, place: Sequence[str | int], clean: Callable[[str], str]) -> tuple[str, str] | None:
    """Message and hint for a fault at ``place``; ``None`` for one that says it all itself.

    ``clean`` makes a text fit to be sent back.
    """
    name, kind = _name_of(place, clean), fault["type"]
    if kind in _BOUNDS:
        return _write_bound(fault, place, name)
    if kind in _KINDS:
        kind_name, hint = _KINDS[kind]
        return f"{name} must be {kind_name}.", hint
    if kind in ("enum", "literal_error"):
        return _write_option(fault, name)
    if kind == "finite_number":
        return f"{name} is not a finite number.", _LEAVE_OUT
    return _write_length(kind, fault.get("ctx", {}), name)


def _name_of(place: Sequence[str | int], clean: Callable[[str], str]) -> str:
    """The name of what a fault is about; an item of a list has its number, counted from 0 as in the pointer."""
    names = [index for index, part in enumerate(place) if isinstance(part, str)]
    if not names:
        return "The request"
    numbers = "".join(f"[{part}]" for part in place[names[-1] + 1 :])
    return f"{clean(str(place[names[-1]]))[:_MAX_SHOWN]}{numbers}"


def _write_bound(fault: ErrorDetails, place: Sequence[str | int], name: str) -> tuple[str, str]:
    key, words = _BOUNDS[fault["type"]]
    unit = unit_of(str(place[-1])) if place else ""
    rule = f"must be {words} {fault['ctx'][key]:.10g}{' ' + unit if unit else ''}"
    value = fault.get("input")
    hint = f"Values of this quantity are read in {unit}." if unit else "Check the value."
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e300:
        return f"{name} {rule}.", hint
    return f"{name} is {value:.10g}; it {rule}.", hint


def _write_option(fault: ErrorDetails, name: str) -> tuple[str, str]:
    options, value = re.findall(r"'([^']*)'", str(fault.get("ctx", {}).get("expected", ""))), fault.get("input")
    near = get_close_matches(value, options, n=3, cutoff=0.5) if isinstance(value, str) and len(value) < 100 else []
    hint = f"Did you mean {' or '.join(near)}?" if near else f"Known: {', '.join(options)}."
    return f"{name} has no such option.", hint


def _write_length(kind: str, limits: Mapping[str, Any], name: str) -> tuple[str, str] | None:
    if kind == "string_too_short":
        return f"{name} is empty.", "Say something, or leave the field out."
    if kind == "string_too_long":
        return f"{name} has more than {limits['max_length']} characters.", "Shorten it."
    if kind == "too_short":
        least, length = limits["min_length"], limits["actual_length"]
        size = "is empty" if length == 0 else f"holds {length}"
        return f"{name} {size}; it needs at least {least}.", "Give that many." if least > 1 else "Give at least one."
    if kind == "too_long":
        return f"{name} has more than {limits['max_length']} entries.", "Send them in several requests."
    if kind == "string_pattern_mismatch":
        return (
            f"{name} holds a character that is not possible there.",
            "Use letters, digits, points and hyphens, and begin with a letter or digit.",
        )
    return None
