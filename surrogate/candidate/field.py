"""What can be said of a candidate under one name: the rows of the table of fields.

A row stands where its value is kept, in the metadata of an attribute of a value object, so that a recipe and what can
be said of a recipe cannot drift apart. :mod:`surrogate.candidate.fields` gathers all rows.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any

from surrogate.errors import InvalidInput, about
from surrogate.text import check_text
from surrogate.units import check_range, unit_of

#: How settings and cells say yes, no, and that something is known to be absent.
YES, NO, NONE = "yes", "no", "none"
#: Words that say that a value is not known, and that something is known not to be there.
# fmt: off
MISSING = frozenset({
    "", "-", "–", "—", "?", "/", "n/a", "na", "n.a.", "n. a.", "nan", "none", "null", "unknown", "not known",
    "not stated", "not measured", "nm", "n.m.", "k.a.", "k. a.", "keine angabe", "unbekannt", "entfällt", "未知",
})
ABSENT = frozenset({
    "none", "no", "bare", "uncoated", "not coated", "without", "keine", "kein", "keiner", "ohne", "nein",
    "unbeschichtet", "nicht beschichtet", "无", "無", "无包覆", "未包覆",
})
# fmt: on
_ERROR = re.compile(r"#(?:N/A|NV|#+|NOT CALCULATED|GETTING_DATA|[^\W\d_¡][\w/]*[!?]|¡\w+!)|Err:\d+", re.IGNORECASE)
#: Longest text of one field, in characters.
MAX_TEXT = 200


@dataclass(frozen=True, kw_only=True)
class Field:
    """One row.

    ``name`` is flat and unique among all fields. ``kind`` is number, whole, text, choice, flag or composition. ``low``
    and ``high`` are allowed themselves. ``can_be_absent``: an empty text says that it is known not to be there.
    ``formerly`` is an older name that requests may still use, ``headers`` are further names of its column in sheets.
    ``group`` is the heading under which a form shows it; where it is empty, that of its value object (``GROUP``).
    ``rare`` fields stand in no empty sheet. ``unused``: no model has a feature for it. ``per_result``: it may differ
    from result to result of one cell or pellet. ``part``, ``path`` (in an electrolyte, a cell or a protocol) and
    ``default`` (``...``: there is none) are what its place in the value objects says.
    """

    name: str
    kind: str
    label: str
    meaning: str
    example: float | str
    low: float | None = None
    high: float | None = None
    choices: type[StrEnum] | None = None
    can_be_absent: bool = False
    formerly: str = ""
    headers: tuple[str, ...] = ()
    group: str = ""
    rare: bool = False
    unused: bool = False
    per_result: bool = False
    part: str = ""
    path: tuple[str, ...] = ()
    default: Any = None

    @property
    def number(self) -> bool:
        """Whether it is a number, with bounds."""
        return self.kind in ("number", "whole")

    @property
    def unit(self) -> str:
        """Its unit as it is printed; empty for a pure number and for text. The c of a rate is none."""
        return "" if not self.number or self.name == "c_rate" else unit_of(self.name)

    @property
    def titled(self) -> str:
        """What it is called, with its unit: ``Milling time / h``."""
        return f"{self.label} / {self.unit}" if self.unit else self.label

    @property
    def options(self) -> tuple[str, ...]:
        """What it may be, where that is closed."""
        if self.kind == "flag":
            return (YES, NO)
        return () if self.choices is None else tuple(str(member.value) for member in self.choices)


def row(
    kind: str,
    name: str,
    label: str,
    meaning: str,
    example: float | str,
    bounds: tuple[float, float] | None = None,
    **more: Any,
) -> Mapping[str, Field]:
    """Describe a field of a candidate, as the metadata of an attribute; see :class:`Field`.

    Args:
        kind: What values are.
        name: Flat name, with its unit at the end.
        label: The name as a person reads it.
        meaning: One sentence.
        example: A typical value.
        bounds: Lowest and highest value of a number.
        more: Further attributes of :class:`Field`.
    """
    low, high = bounds or (None, None)
    field = Field(kind=kind, name=name, label=label, meaning=meaning, example=example, low=low, high=high, **more)
    return MappingProxyType({"field": field})


def optional(kind: str, *parts: Any, default: Any = None, **more: Any) -> Any:
    """An attribute that need not be stated, with its row; the arguments are those of :func:`row`."""
    return dataclasses.field(default=default, metadata=row(kind, *parts, **more))


@cache
def rows_of(kind: type) -> tuple[tuple[str, Field], ...]:
    """The attributes of a value object that have a row, each with it."""
    return tuple((item.name, item.metadata["field"]) for item in dataclasses.fields(kind) if "field" in item.metadata)


def is_error(text: str) -> bool:
    """Whether a text is what a spreadsheet shows in the place of a value."""
    return _ERROR.fullmatch(text.strip()) is not None


def check_fields(value: object, error: type[InvalidInput]) -> None:
    """Check the fields of a value object: numbers against their bounds, texts for characters that cannot be seen.

    Call it from ``__post_init__``; texts lose the spaces around them, and a text that only says that nothing is known
    becomes ``None``.

    Args:
        value: The value object.
        error: The class that is raised, with the name of the field.
    """
    kind: Any = type(value)
    for attribute, field in rows_of(kind):
        entry = getattr(value, attribute)
        if entry is None:
            continue
        if field.low is not None and field.high is not None:
            check_range(field.name, entry, field.low, field.high, error)
        elif field.kind == "text":
            _check_text(value, attribute, field, entry, error)


def _check_text(value: object, attribute: str, field: Field, text: str, error: type[InvalidInput]) -> None:
    with about(field.name):
        check_text(field.name, text, error)
    stripped = text.strip()
    trimmed: str | None = stripped
    if is_error(text):
        raise error(f"{field.name} is the spreadsheet error {stripped}.", hint="Write the value.", field=field.name)
    word = stripped.casefold()
    if field.can_be_absent and word in ABSENT:
        trimmed = ""
    elif word and word in MISSING | ABSENT and getattr(type(value), attribute, ...) is None:
        trimmed = None
    if trimmed == "" and not field.can_be_absent:
        raise error(f"{field.name} is empty.", hint="Leave it out when it is not known.", field=field.name)
    if trimmed != text:
        object.__setattr__(value, attribute, trimmed)


def listed(names: Iterable[str]) -> str:
    """Names as people list them.

    >>> listed(["milling_time_h", "route"])
    'milling_time_h and route'
    """
    *before, last = names
    return f"{', '.join(before)} and {last}" if before else last
