"""The table of properties in force: those of the product, and those of the file that ``SURROGATE_PROPERTIES`` names.

The setting is looked at when a property is asked for, never at import; a file is read once per process. So the command
line, training with its worker processes, the service and a notebook all know the same properties, and a test that
changes the setting leaves nothing behind.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Generic, TypeVar

from surrogate.errors import UnknownName
from surrogate.properties.own import OwnProperty, read_own
from surrogate.properties.property import Property
from surrogate.properties.shipped import SHIPPED

#: Names a TOML file with properties of the user's own; unset, there are none.
SETTING = "SURROGATE_PROPERTIES"

V = TypeVar("V")


@dataclass(frozen=True, kw_only=True, eq=False)
class PropertyTable:
    """All properties by name: the product's first, then the user's.

    ``own`` says of the user's where their values are.
    """

    properties: Mapping[str, Property]
    own: Mapping[str, OwnProperty]


def current_table() -> PropertyTable:
    """The table in force; the same object as long as the setting stays. :class:`ConfigError` for a faulty file."""
    return _table(os.environ.get(SETTING) or None)


def own_properties() -> Mapping[str, OwnProperty]:
    """The properties of the user's own, by name, in the order of their file."""
    return current_table().own


def get_property(name: str) -> Property:
    """The property called ``name``; :class:`UnknownName` proposes the nearest."""
    properties = current_table().properties
    try:
        return properties[name]
    except KeyError:
        raise UnknownName("property", name, properties) from None


class InForce(Mapping[str, V], Generic[V]):
    """A mapping that is looked up anew at each use, so that it always agrees with the table in force."""

    def __init__(self, current: Callable[[], Mapping[str, V]]) -> None:
        self._current = current

    def __getitem__(self, name: str) -> V:
        return self._current()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._current())

    def __len__(self) -> int:
        return len(self._current())


class _Names(Sequence[str]):
    """The names of the table in force, in its order."""

    def __getitem__(self, place):  # type: ignore[no-untyped-def]
        return tuple(current_table().properties)[place]

    def __len__(self) -> int:
        return len(current_table().properties)


@cache
def _table(setting: str | None) -> PropertyTable:
    entries = {} if setting is None else read_own(Path(setting), reserved=SHIPPED)
    return PropertyTable(
        properties=MappingProxyType({**SHIPPED, **{name: entry.property for name, entry in entries.items()}}),
        own=MappingProxyType(entries),
    )


PROPERTIES: Mapping[str, Property] = InForce(lambda: current_table().properties)
#: The properties that are trained, served and suggested on: all of them.
MODELLED: Sequence[str] = _Names()


def in_order(names: Iterable[str]) -> list[str]:
    """``names`` as people expect them: in the order of the table, those it does not know last, by name."""
    place = {name: number for number, name in enumerate(MODELLED)}
    return sorted(names, key=lambda name: (place.get(name, len(place)), name))
